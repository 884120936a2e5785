"""The installation: checks everything, then takes the steps, one after the other."""

import time
import traceback
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Tuple

import yaml

from metal_installer import accounts, bootloader, commands, firewall, identity, image, provisioner
from metal_installer.allocation import Allocation, read_allocation
from metal_installer.console import complain, say, without_secrets
from metal_installer.errors import InputError, InstallError
from metal_installer.files import File, remove, write
from metal_installer.frr import FRR_CONF, frr_conf
from metal_installer.ignition_plan import preset_units
from metal_installer.journal import keep_for_journal
from metal_installer.lldp import lldp_file
from metal_installer.networkd import networkd_files
from metal_installer.nftables import RULES, FilterOptions, nftables_files
from metal_installer.settings import Settings, read_settings
from metal_installer.userdata import Userdata, apply_userdata, read_userdata

_FIRMWARE = Path("/sys/firmware/efi")
_DMI = Path("/sys/class/dmi")
_TMPFILES = Path("/usr/lib/tmpfiles.d/metal.conf")
_BGPD = "/usr/lib/frr/bgpd"
_BGPD_OF_RED_HAT = "/usr/libexec/frr/bgpd"
_BUILD = Path("/usr/share/metal-installer/build.yaml")
"""Where an image says from what it was built, with the fields of build-meta.yaml. It may be absent."""

_FRAMES_TO_SHOW = 5
_FAILED = 1
_WRONG_INPUT = 2


class Installation:
    """One run of the installer. To make one is to check all of the input; nothing is changed by that."""

    def __init__(self) -> None:
        self.settings: Settings = read_settings(_NAMES)
        self.distribution: image.Distribution = image.read_distribution(self.settings.os_name)
        self.kernel: image.Kernel = image.read_kernel(self.distribution)
        self.allocation: Allocation = read_allocation()
        image.check_programs(self.distribution, self.allocation, self.settings.wants)
        accounts.check_user()
        self.userdata: Userdata = read_userdata() if self.settings.wants("userdata") else Userdata()
        self.bootloader_id = self.settings.bootloader_id or self.distribution.bootloader_id
        self.command_line = ""

        self.oddities: Tuple[str, ...] = (*self.settings.warnings, *self.allocation.warnings, *self.userdata.warnings)
        self._warnings: List[str] = []

    def warn(self, warning: str) -> None:
        """Tells what a person should know of: on the console now, in the journal when the machine runs."""
        self._warnings.append(without_secrets(warning))
        say(f"warning: {warning}")

    # The steps, in their order.

    def check_firmware(self) -> None:
        # A container has no such hardware to look at.
        if _DMI.is_dir() and not _FIRMWARE.is_dir():
            raise InstallError("the machine was not started by UEFI, but GRUB is going to need it")

    def restore_ownership(self) -> None:
        """metal-hammer's untar has made everything root's, and all directories 0755."""
        if _TMPFILES.exists():
            commands.run(["systemd-tmpfiles", "--create", str(_TMPFILES)])

    def remove_container_mark(self) -> None:
        # systemd would take the machine for a container.
        remove(Path("/.dockerenv"))

    def write_names(self) -> None:
        write(identity.name_files(self.allocation))

    def write_resolver(self) -> None:
        write([identity.resolver_file(self.allocation)])

    def write_time_servers(self) -> None:
        write(identity.time_files(self.allocation, self.distribution))

    def make_user(self) -> None:
        accounts.make_user(self.allocation, self.distribution)

    def write_network(self) -> None:
        write(network_files(self.allocation, self._frr_major_version(), self.settings.filter_options))
        commands.run(["vtysh", "--dryrun", "--inputfile", FRR_CONF])
        if self.allocation.is_firewall:
            commands.run(["nft", "--check", "--file", RULES])

    def write_firewall_services(self) -> None:
        if self.allocation.is_firewall:
            for warning in firewall.install_services(self.allocation):
                self.warn(warning)

    def set_permissions(self) -> None:
        Path("/var/tmp").chmod(0o1777)
        Path("/etc/hosts").chmod(0o644)

    def apply_userdata(self) -> None:
        apply_userdata(self.userdata)
        plan = self.userdata.plan
        if plan is not None:
            for warning in (*preset_units(plan), *firewall.verify_units((*plan.units, *plan.instances)).remarks):
                self.warn(warning)

    def set_command_line(self) -> None:
        self.command_line = bootloader.kernel_command_line(self.allocation)

    def write_boot_info(self) -> None:
        info = {
            "initrd": self.kernel.initrd,
            "cmdline": self.command_line,
            "kernel": self.kernel.image,
            "bootloader_id": self.bootloader_id,
        }
        write([File("/etc/metal/boot-info.yaml", yaml.safe_dump(info, sort_keys=False, width=4096), mode=0o600)])

    def install_bootloader(self) -> None:
        warnings = bootloader.install_grub(
            self.allocation, self.distribution, self.kernel, self.bootloader_id, self.command_line
        )
        for warning in warnings:
            self.warn(warning)

    def empty_machine_id(self) -> None:
        write([File("/etc/machine-id", "", mode=0o444)])
        of_dbus = Path("/var/lib/dbus/machine-id")
        if of_dbus.is_file() and not of_dbus.is_symlink():
            write([File(str(of_dbus), "")])

    def write_build_meta(self) -> None:
        program = provisioner.program()
        known = yaml.safe_load(_BUILD.read_text(encoding="utf-8")) if _BUILD.exists() else {}
        meta = {name: str(known.get(name, "")) for name in ("buildVersion", "buildDate", "buildSHA", "buildRevision")}
        meta["ignitionVersion"] = commands.run([program, "-version"]).strip() if program else ""
        write([File("/etc/metal/build-meta.yaml", "---\n" + yaml.safe_dump(meta, sort_keys=False))])

    def run_custom_script(self) -> None:
        script = self.settings.custom_script
        if script:
            commands.run([script.path], directory=script.directory)

    def keep_warnings(self) -> None:
        keep_for_journal(self._warnings)

    def _frr_major_version(self) -> int:
        """Only a firewall's configuration depends on it."""
        if not self.allocation.is_firewall:
            return 0
        program = _BGPD if Path(_BGPD).exists() else _BGPD_OF_RED_HAT
        version = commands.run([program, "--version"]).split("\n", 1)[0].split()
        return int(version[-1].split(".")[0])


def network_files(allocation: Allocation, frr_major_version: int, filter_options: FilterOptions) -> List[File]:
    files = [*networkd_files(allocation), lldp_file(allocation), frr_conf(allocation, frr_major_version)]
    if allocation.is_firewall:
        files += nftables_files(allocation, filter_options)
    return files


class Step(NamedTuple):
    name: str
    take: Callable[[Installation], None]
    other_name: str = ""
    """What os-installer.yaml of metal-stack's own installer calls it."""


STEPS: Tuple[Step, ...] = (
    Step("firmware", Installation.check_firmware, "check if running in efi mode"),
    Step("ownership", Installation.restore_ownership),
    Step("container-mark", Installation.remove_container_mark, "remove .dockerenv if running in virtual environment"),
    Step("names", Installation.write_names, "write hostname"),
    Step("resolver", Installation.write_resolver, "write /etc/resolv.conf"),
    Step("time", Installation.write_time_servers, "write ntp configuration"),
    Step("user", Installation.make_user, "create metal user"),
    Step("network", Installation.write_network, "configure network"),
    Step("firewall-services", Installation.write_firewall_services, "deploy systemd services"),
    Step("permissions", Installation.set_permissions, "fix wrong filesystem permissions"),
    Step("userdata", Installation.apply_userdata, "process userdata"),
    Step("command-line", Installation.set_command_line, "build kernel cmdline"),
    Step("boot-info", Installation.write_boot_info, "write /etc/metal/boot-info.yaml"),
    Step("bootloader", Installation.install_bootloader, "write booatloader config"),
    Step("machine-id", Installation.empty_machine_id, "unset machine id"),
    Step("build-meta", Installation.write_build_meta, "write /etc/metal/build-meta.yaml"),
    Step("custom-script", Installation.run_custom_script, "execute custom executable"),
    Step("journal", Installation.keep_warnings),
)

_NAMES: Dict[str, str] = {
    **{step.name: step.name for step in STEPS},
    **{step.other_name: step.name for step in STEPS if step.other_name},
    # One step here, two there.
    "write /etc/hosts": "names",
    "authorized ssh keys": "user",
}


def main() -> int:
    try:
        installation = Installation()
    except InputError as error:
        complain(str(error))
        return _WRONG_INPUT
    except (InstallError, OSError) as error:
        complain(str(error))
        return _FAILED
    except Exception as error:
        complain(f"the input was not checked to its end, by {_fault(error)}")
        return _FAILED
    for oddity in installation.oddities:
        installation.warn(oddity)
    for step in STEPS:
        if not installation.settings.wants(step.name):
            say(f"{step.name}: left out, as os-installer.yaml says")
            continue
        start = time.monotonic()
        try:
            step.take(installation)
        except (InstallError, OSError, KeyError) as error:
            complain(f"step {step.name}: {error}")
            return _FAILED
        except Exception as error:
            complain(f"step {step.name}: was broken off by {_fault(error)}")
            return _FAILED
        say(f"{step.name}: {time.monotonic() - start:.1f} s")
    return 0


def _fault(error: Exception) -> str:
    """Where the installer itself is wrong. The exception's own text may have values in it, secrets for one."""
    places = "".join(traceback.format_tb(error.__traceback__)[-_FRAMES_TO_SHOW:]).rstrip()
    return f"a fault of the installer, {type(error).__name__}:\n{places}"
