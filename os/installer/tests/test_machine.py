"""Machines: what the installer leaves behind, held against the programs that read it."""

import json
import unittest

import allocations
from allocations import internet, machine, mpls, private, shared
from checkers import complaints_of_networkd, complaints_of_udev
from chroot import KERNEL, Image

NETWORKS = {
    "one private network": [private()],
    "several addresses": [private(ips=["10.0.17.2", "10.0.17.9"])],
    "IPv6 alone": [private(ips=["2001:db8:1::2"], prefixes=["2001:db8:1::/64"])],
    "IPv4 and IPv6": [private(ips=["2001:db8:1::2", "10.0.17.2"], prefixes=["2001:db8:1::/64", "10.0.16.0/22"])],
    "private shared": [private(networktype="privateprimaryshared")],
    "internet": [private(), internet(), mpls()],
    "internet without an address": [private(), internet(ips=[])],
    "storage": [shared(), private()],
    "no VRF": [private(vrf=None)],
}


class MachineTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def install(self, allocation: dict, **arguments: object) -> str:
        result = self.image.install(allocation, **arguments)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        return result.output

    def test_every_kind_of_network_passes_the_checkers(self) -> None:
        for name, networks in NETWORKS.items():
            with self.subTest(name):
                self.install(machine(*networks))
                frr = self.image.run("vtysh", "--dryrun", "--inputfile", "/etc/frr/frr.conf")
                self.assertEqual((frr.code, frr.output + frr.errors), (0, ""))
                self.assertEqual(complaints_of_networkd(self.image), [])
                self.assertEqual(complaints_of_udev(self.image), [])

    def test_addresses_are_on_the_loopback_interface(self) -> None:
        v6 = private(ips=["10.0.17.2", "2001:db8:1::2"], prefixes=["10.0.16.0/22", "2001:db8:1::/64"])
        self.install(machine(v6, internet(), shared()))
        addresses = [l for l in self.image.lines("/etc/systemd/network/00-lo.network") if l.startswith("Address=")]
        self.assertEqual(
            addresses,
            [
                "Address=127.0.0.1/8",
                "Address=10.0.17.2/32",
                "Address=2001:db8:1::2/128",
                "Address=185.1.2.3/32",
                "Address=10.0.20.2/32",
            ],
        )

    def test_interfaces_get_their_names_by_address(self) -> None:
        self.install(machine())
        for index, mac in enumerate(("00:03:00:11:11:01", "00:03:00:11:12:01")):
            link = self.image.lines(f"/etc/systemd/network/1{index}-lan{index}.link")
            self.assertIn(f"PermanentMACAddress={mac}", link)
            self.assertIn(f"Name=lan{index}", link)
            self.assertIn("MTUBytes=9000", link)
            network = self.image.lines(f"/etc/systemd/network/1{index}-lan{index}.network")
            self.assertIn(f"Name=lan{index}", network)
            self.assertIn("IPv6AcceptRA=no", network)

    def test_bgp_announces_what_is_its_own(self) -> None:
        self.install(machine(private(ips=["2001:db8:1::2", "10.0.17.2"]), internet(asn=1)))
        frr = self.image.lines("/etc/frr/frr.conf")
        for line in (
            "frr defaults datacenter",
            f"router bgp {allocations.ASN}",
            "bgp router-id 10.0.17.2",
            "neighbor TOR remote-as external",
            "neighbor TOR timers 2 8",
            "neighbor lan0 interface peer-group TOR",
            "neighbor lan1 interface peer-group TOR",
            "ipv6 nd ra-interval 6",
            "no ipv6 nd suppress-ra",
            "bgp as-path access-list SELF permit ^$",
            "match as-path SELF",
        ):
            self.assertIn(line, frr)
        for line in ("redistribute connected", "redistribute kernel", "neighbor TOR route-map only-self-out out"):
            self.assertEqual(frr.count(line), 2, line)
        status = self.image.path("/etc/frr/frr.conf").stat()
        self.assertEqual(status.st_mode & 0o777, 0o640)
        self.assertEqual(self.image.run("stat", "-c", "%U:%G", "/etc/frr/frr.conf").output.strip(), "frr:frr")

    def test_programs_on_the_machine_and_pods_may_announce(self) -> None:
        self.install(machine(private(), internet()))
        ranges = [line for line in self.image.lines("/etc/frr/frr.conf") if line.startswith("bgp listen range")]
        self.assertEqual(
            [line.split()[3] for line in ranges],
            [
                "127.0.0.0/8",
                "::1/128",
                "10.0.0.0/8",
                "100.64.0.0/10",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "fd00::/8",
                "185.1.2.3/32",
            ],
        )

    def test_announces_itself_to_the_switches_by_its_uuid(self) -> None:
        allocation = machine(private())
        self.install(allocation)
        lines = self.image.lines("/etc/lldpd.d/provisioned.conf")
        self.assertIn(f"configure system hostname {allocation['machineuuid']}", lines)
        self.assertIn('configure system description "provisioned"', lines)

    def test_one_interface_is_enough(self) -> None:
        self.install(machine(nics=[{"mac": "AC:1F:6B:7A:EB:90"}]))
        self.assertIn("PermanentMACAddress=ac:1f:6b:7a:eb:90", self.image.lines("/etc/systemd/network/10-lan0.link"))
        self.assertNotIn("lan1", self.image.read("/etc/frr/frr.conf"))

    def test_mac_addresses_of_digits_are_no_numbers(self) -> None:
        text = """
            hostname: machine
            role: machine
            password: test
            console: ttyS0,9600n8
            root_uuid: 543eb7f8-98d4-d986-e669-824dbebe69e5
            timestamp: 2019-07-01T09:41:43Z
            networks:
              - {networkid: a, networktype: privateprimaryunshared, asn: 65000, ips: [10.0.0.1], prefixes: [10.0.0.0/8]}
            nics:
              - {mac: 44:38:39:00:00:04}
        """
        self.install(text)
        self.assertIn("PermanentMACAddress=44:38:39:00:00:04", self.image.lines("/etc/systemd/network/10-lan0.link"))

    def test_router_ids_without_ipv4_differ(self) -> None:
        ids = []
        for address in ("2001:db8:1::2", "2001:db8:1::3"):
            self.install(machine(private(ips=[address], prefixes=["2001:db8:1::/64"])))
            ids += [line for line in self.image.lines("/etc/frr/frr.conf") if line.startswith("bgp router-id 169.254.")]
        self.assertEqual(len(set(ids)), 2, ids)

    def test_names_and_resolvers(self) -> None:
        self.image.path("/etc/resolv.conf").unlink(missing_ok=True)
        self.image.path("/etc/resolv.conf").symlink_to("/run/systemd/resolve/stub-resolv.conf")
        servers = [{"ip": "8.8.4.4"}, {"ip": "2001:4860:4860::8844"}]
        self.install(machine(hostname="shoot--a--b-0-5gttm.example", dns_servers=servers))
        self.assertEqual(self.image.read("/etc/hostname"), "shoot--a--b-0-5gttm.example\n")
        self.assertIn("10.0.17.2 shoot--a--b-0-5gttm.example shoot--a--b-0-5gttm", self.image.lines("/etc/hosts"))
        self.assertFalse(self.image.path("/etc/resolv.conf").is_symlink())
        self.assertEqual(
            self.image.lines("/etc/resolv.conf"), ["nameserver 8.8.4.4", "nameserver 2001:4860:4860::8844"]
        )

    def test_public_resolvers_of_the_families_that_it_has(self) -> None:
        self.install(machine())
        self.assertEqual(self.image.lines("/etc/resolv.conf"), ["nameserver 8.8.8.8", "nameserver 1.1.1.1"])
        self.install(machine(private(ips=["2001:db8:1::2"], prefixes=["2001:db8:1::/64"])))
        self.assertTrue(all(":" in line for line in self.image.lines("/etc/resolv.conf")))

    def test_time_servers(self) -> None:
        drop_in = "/etc/systemd/timesyncd.conf.d/metal.conf"
        self.install(machine())
        self.assertFalse(self.image.path(drop_in).exists(), "the distribution's choice stands")
        self.install(machine(ntp_servers=[{"address": "1.pool.ntp.org"}, {"address": "192.0.2.1"}]))
        self.assertIn("NTP=1.pool.ntp.org 192.0.2.1", self.image.lines(drop_in))

    def test_user_has_key_and_password(self) -> None:
        second = allocations.PUBLIC_KEY.replace("metal-images", "another")
        self.install(machine(sshpublickey=f"{allocations.PUBLIC_KEY}\n\n{second}\n"))
        entry = next(line for line in self.image.lines("/etc/passwd") if line.startswith("metal:")).split(":")
        sudo = next(line for line in self.image.lines("/etc/group") if line.startswith("sudo:")).split(":")
        self.assertEqual((entry[2], entry[3], entry[6]), ("1000", sudo[2], "/bin/bash"))
        keys = self.image.path(f"{entry[5]}/.ssh/authorized_keys")
        self.assertEqual(keys.read_text(encoding="utf-8").splitlines(), [allocations.PUBLIC_KEY, second])
        self.assertEqual((keys.stat().st_mode & 0o777, keys.stat().st_uid), (0o600, 1000))
        self.assertEqual((keys.parent.stat().st_mode & 0o777, keys.parent.stat().st_uid), (0o700, 1000))
        stored = next(line for line in self.image.lines("/etc/shadow") if line.startswith("metal:")).split(":")[1]
        hashed = self.image.run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", "KAWT5DugqSPAezMl", stored)
        self.assertEqual(hashed.output, stored, hashed.errors)

    def test_boot_info(self) -> None:
        self.install(machine())
        self.assertEqual(
            self.image.lines("/etc/metal/boot-info.yaml"),
            [
                f"initrd: /boot/initrd.img-{KERNEL}",
                "cmdline: console=ttyS1,115200n8 root=UUID=543eb7f8-98d4-d986-e669-824dbebe69e5 init=/sbin/init "
                "net.ifnames=0 biosdevname=0 nvme_core.io_timeout=300",
                f"kernel: /boot/vmlinuz-{KERNEL}",
                "bootloader_id: metal-debian",
            ],
        )

    def test_root_uuid_of_disk_json(self) -> None:
        partitions = [
            {"Label": "efi", "Filesystem": "vfat", "Properties": {"UUID": "AAAA-BBBB"}},
            {"Label": "root", "Filesystem": "ext4", "Properties": {"UUID": "11111111-98d4-d986-e669-824dbebe69e5"}},
        ]
        self.image.write("/etc/metal/disk.json", json.dumps({"Device": "/dev/sda", "Partitions": partitions}))
        self.install(machine(root_uuid=""))
        self.assertIn("root=UUID=11111111-98d4-d986-e669-824dbebe69e5 ", self.image.read("/etc/metal/boot-info.yaml"))

    def test_the_newer_files(self) -> None:
        allocation = machine(private(), internet(asn=0, nat=False))
        self.image.prepare({})
        self.image.path("/etc/metal/install.yaml").unlink()
        self.image.write("/etc/metal/machine-allocation.yaml", json.dumps(allocations.newer(allocation)))
        self.image.write("/etc/metal/machine-details.yaml", json.dumps(allocations.details(allocation)))
        result = self.image.run("/install.sh")
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn("Address=185.1.2.3/32", self.image.lines("/etc/systemd/network/00-lo.network"))
        self.assertIn("console=ttyS1,115200n8 ", self.image.read("/etc/metal/boot-info.yaml"))

    def test_what_belongs_to_one_machine_is_gone(self) -> None:
        self.image.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.image.write("/var/lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.image.write("/.dockerenv", "")
        self.image.path("/var/tmp").chmod(0o755)
        self.install(machine())
        self.assertEqual(self.image.read("/etc/machine-id"), "")
        self.assertEqual(self.image.read("/var/lib/dbus/machine-id"), "")
        self.assertFalse(self.image.path("/.dockerenv").exists())
        self.assertEqual(self.image.path("/var/tmp").stat().st_mode & 0o7777, 0o1777)

    def test_build_meta(self) -> None:
        self.image.write("/usr/share/metal-installer/build.yaml", "buildVersion: v1.2.3\nbuildSHA: 0c0ffee\n")
        self.install(machine())
        meta = self.image.lines("/etc/metal/build-meta.yaml")
        self.assertIn("buildVersion: v1.2.3", meta)
        self.assertIn("buildSHA: 0c0ffee", meta)
        self.assertRegex(self.image.read("/etc/metal/build-meta.yaml"), r"ignitionVersion: Ignition \S*.*\d")

    def test_second_run_gives_the_same(self) -> None:
        allocation = machine(private(), internet(), ntp_servers=[{"address": "192.0.2.1"}])
        first = self._files_after(allocation)
        second = self._files_after(allocation)
        self.assertEqual({name for name in first if first[name] != second.get(name)}, set())
        self.assertEqual(first.keys(), second.keys())

    def _files_after(self, allocation: dict) -> dict:
        self.install(allocation)
        # A password's hash begins with random salt. Programs that change /etc/shadow keep a copy of what was there.
        return {
            n: f for n, f in self.image.changed_files().items() if not n.startswith(("/etc/shadow", "/etc/passwd-"))
        }

    def test_nothing_is_left_that_was_only_for_the_way(self) -> None:
        self.install(machine(private(), internet()))
        strange = [name for name in self.image.changed_files() if "unfinished" in name or "__pycache__" in name]
        self.assertEqual(strange, [])


class AlmaLinuxTest(unittest.TestCase):
    """As far as this goes without one: where files are, and what they are called."""

    def test_differences(self) -> None:
        image = Image()
        self.addCleanup(image.close)
        image.write("/etc/os-release", 'ID="almalinux"\n')
        image.write(f"/boot/initramfs-{KERNEL}.img", "")
        result = image.install(machine(ntp_servers=[{"address": "192.0.2.1"}, {"address": "pool.example"}]))
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn("server 192.0.2.1 iburst", image.lines("/etc/chrony.conf"))
        self.assertIn("pool pool.example iburst", image.lines("/etc/chrony.conf"))
        info = image.lines("/etc/metal/boot-info.yaml")
        self.assertIn(f"initrd: /boot/initramfs-{KERNEL}.img", info)
        self.assertIn("bootloader_id: almalinux", info)
        wheel = next(line for line in image.lines("/etc/group") if line.startswith("wheel:")).split(":")[2]
        user = next(line for line in image.lines("/etc/passwd") if line.startswith("metal:"))
        self.assertEqual(user.split(":")[3], wheel)
        root = next(line for line in image.lines("/etc/shadow") if line.startswith("root:"))
        self.assertTrue(root.split(":")[1].startswith("$"), "root can log in to rescue mode")

    def test_what_lies_on_the_efi_partition_leads_to_the_menu(self) -> None:
        """EL 9's grub2-mkconfig does not write onto that partition."""
        image = Image()
        self.addCleanup(image.close)
        image.write("/etc/os-release", 'ID="almalinux"\n')
        image.write(f"/boot/initramfs-{KERNEL}.img", "")
        image.write(
            "/usr/sbin/grub2-mkconfig",
            '#!/bin/sh\ncase $2 in /boot/efi/*) exit 1 ;; esac\n' f'echo "linux /boot/vmlinuz-{KERNEL}" >"$2"\n',
            0o755,
        )
        allocation = machine()
        settings = {"overwrites": {"bootloader_id": "mine"}}
        result = image.install(allocation, settings=settings, leave_out=())
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(image.lines("/boot/grub2/grub.cfg"), [f"linux /boot/vmlinuz-{KERNEL}"])
        self.assertEqual(
            image.lines("/boot/efi/EFI/almalinux/grub.cfg"),
            [
                f"search --no-floppy --fs-uuid --set=root {allocation['root_uuid']}",
                "set prefix=($root)/boot/grub2",
                "configfile $prefix/grub.cfg",
            ],
        )
        # As vfat shows its files; it refuses to be told otherwise.
        self.assertEqual(image.path("/boot/efi/EFI/almalinux/grub.cfg").stat().st_mode & 0o777, 0o755)
        defaults = image.lines("/etc/default/grub")
        self.assertIn('GRUB_ENABLE_BLSCFG="false"', defaults)
        self.assertIn(f'GRUB_DEVICE="UUID={allocation["root_uuid"]}"', defaults)


if __name__ == "__main__":
    unittest.main()
