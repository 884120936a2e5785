# Nothing has to be set up before: ./metal-images finds or installs what it needs.

.DEFAULT_GOAL := help
.PHONY: help all nvidia nvidia-12 nvidia-13 debian debian-12 debian-13 firewall firewall-3.0-debian firewall-3.0-debian-13 firewall-3.0-ubuntu ubuntu ubuntu-22.04 ubuntu-24.04 ubuntu-26.04 almalinux almalinux-9 almalinux-10 centos test test-installer test-installer-trixie test-all bench screenshots format clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

debian: debian-12 ## build the current Debian, 12, into images/debian/12, and test it on a virtual machine

debian-12: ## build Debian 12 into images/debian/12, and test it
	./metal-images build debian/12
	./metal-images test debian/12

debian-13: ## build Debian 13 into images/debian/13, and test it
	./metal-images build debian/13
	./metal-images test debian/13 --userdata ignition

firewall: firewall-3.0-debian ## build the firewall upon Debian 12, and test it between networks of the rack

firewall-3.0-debian: ## build the firewall upon Debian 12 into images/firewall, and test it
	./metal-images build debian/12 firewall/3.0-debian
	./metal-images test firewall/3.0-debian --memory 3G

firewall-3.0-debian-13: ## build the firewall upon Debian 13, and test it
	./metal-images build debian/13 firewall/3.0-debian-13
	./metal-images test firewall/3.0-debian-13 --memory 3G

ubuntu: ubuntu-22.04 ## build Ubuntu 22.04, and test it; ARCHIVE=stand-in where no archive of Ubuntu is in reach

almalinux: almalinux-9 ## build AlmaLinux 9, and test it; ARCHIVE=stand-in where no archive of AlmaLinux is in reach

# What runs a build that needs the archive of a distribution that this machine does not know.
ifeq ($(ARCHIVE),stand-in)
with_archive = ./metal-images --prepare stand-in > /dev/null && os/tests/archives/$(1)/stand-in $(2) --
endif

ubuntu-22.04 ubuntu-24.04 ubuntu-26.04: ubuntu-%: ## build a release of Ubuntu into images/ubuntu, and test it
	$(call with_archive,ubuntu,--release $*) ./metal-images build ubuntu/$*
	./metal-images test ubuntu/$*

almalinux-9 almalinux-10: almalinux-%: ## build a release of AlmaLinux into images/almalinux, and test it
	$(call with_archive,almalinux,--release $*) ./metal-images build almalinux/$*
	./metal-images test almalinux/$*

centos: ## say why there is no image of CentOS 7
	@echo "Error: CentOS 7 can't be built: its archive was closed in 2024, and no copy of it is in reach, nor an archive with FRR for it." >&2; \
	echo >&2; \
	echo "Next step: Build almalinux/9, which is of the same family and alive: make almalinux" >&2; \
	exit 3

firewall-3.0-ubuntu: ## build the firewall upon Ubuntu 22.04, and test it; ARCHIVE as for ubuntu
	$(call with_archive,ubuntu,--release 22.04) ./metal-images build ubuntu/22.04 firewall/3.0-ubuntu
	./metal-images test firewall/3.0-ubuntu --memory 3G

nvidia: nvidia-12 ## build the image for NVIDIA's cards upon Debian 12, and test it

nvidia-12 nvidia-13: nvidia-%: ## build the image for NVIDIA's cards upon a release of Debian, and test it
	./metal-images build debian/$* nvidia/$*
	./metal-images test nvidia/$*

# Make goes on where an image fails, and waits for those that others start from.
all: ## build all images, as many at once as JOBS says, and list them; ARCHIVE=stand-in as for ubuntu
	@$(MAKE) --no-print-directory --keep-going --output-sync=target --jobs=$(JOBS) $(addprefix image/,$(IMAGES)); \
	status=$$?; ./metal-images list; exit $$status

JOBS = 2
IMAGES = $(shell ./metal-images list --quiet)
image/firewall/3.0-debian image/nvidia/12: image/debian/12
image/firewall/3.0-debian-13 image/nvidia/13: image/debian/13

image/firewall/3.0-ubuntu: image/ubuntu/22.04
	$(call with_archive,ubuntu,--release 22.04) ./metal-images build firewall/3.0-ubuntu

image/ubuntu/%:
	$(call with_archive,ubuntu,--release $*) ./metal-images build ubuntu/$*

image/almalinux/%:
	$(call with_archive,almalinux,--release $*) ./metal-images build almalinux/$*

image/%:
	./metal-images build $*

test: ## run the tests, and boot Debian 12 on a virtual machine
	./metal-images --maven verify
	os/installer/tests/run
	$(MAKE) debian-12

test-installer: ## run the tests of the installer alone
	os/installer/tests/run

test-installer-trixie: ## run the tests of the installer with Debian 13's Python, in a file system built for that
	os/installer/tests/run --suite trixie

test-all: debian-12 debian-13 ## run all tests, the slow ones too, and boot all images, Ubuntu and AlmaLinux on stand-ins
	./metal-images test debian/12 --allocation machine-of-the-newer-api --userdata multi-part --reboots 2 \
		--reports target/machines/newer-api
	./metal-images test debian/12 --allocation machine-with-storage --userdata script --layout lvm --reports target/machines/storage
	./metal-images test debian/12 --allocation machine-dual-stack --userdata ignition-3 --reports target/machines/dual-stack
	./metal-images test debian/12 --baseline --reboots 0 --reports target/machines/baseline
	$(MAKE) firewall nvidia
	$(MAKE) ubuntu almalinux ARCHIVE=stand-in
	./metal-images test almalinux/9 --layout raid1 --reports target/machines/almalinux-raid1
	./metal-images --maven verify -DexcludedGroups=
	os/tests/archives/almalinux/stand-in ./metal-images --maven --projects rack --also-make verify -DexcludedGroups= \
		-Dtest=EnterpriseLinuxBreachesTest -Dsurefire.failIfNoSpecifiedTests=false
	os/installer/tests/run

bench: ## measure against the tools that people use instead
	@missed=; for benchmark in startup pipeline rack store; do \
		echo "bench/$$benchmark"; bench/$$benchmark || missed="$$missed bench/$$benchmark"; \
	done; \
	[ -z "$$missed" ] || { echo "Failed, or slower than wanted:$$missed"; exit 1; }

screenshots: ## photograph the web pages for the README; needs built images
	./metal-images --maven --projects catalog --also-make verify -DexcludedGroups= \
		-Dtest=ScreenshotsTest -Dsurefire.failIfNoSpecifiedTests=false
	cp catalog/target/screenshots/*.png docs/

format: ## format the Java sources as the tests demand
	./metal-images --maven --quiet spotless:apply

clean: ## remove what was compiled; images and caches stay
	rm -rf target */target
