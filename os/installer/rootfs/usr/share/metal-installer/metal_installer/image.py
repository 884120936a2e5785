"""What the installer needs to know of the image that it runs in."""

from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional

from metal_installer import commands
from metal_installer.allocation import Allocation
from metal_installer.errors import InputError

_OS_RELEASE = Path("/etc/os-release")
_BOOT = Path("/boot")


class Distribution(NamedTuple):
    """Where the distributions differ."""

    name: str
    admin_group: str
    bootloader_id: str
    initrd: str
    """Name of the file in /boot, with the kernel's version for {}."""
    chrony_conf: str
    uses_chrony: bool
    """On machines, too; on firewalls all do."""
    mdadm_conf: str
    is_red_hat: bool


_DEBIAN = Distribution(
    name="debian",
    admin_group="sudo",
    bootloader_id="metal-debian",
    initrd="initrd.img-{}",
    chrony_conf="/etc/chrony/chrony.conf",
    uses_chrony=False,
    mdadm_conf="/etc/mdadm/mdadm.conf",
    is_red_hat=False,
)
_UBUNTU = Distribution(
    name="ubuntu",
    admin_group="sudo",
    bootloader_id="metal-ubuntu",
    initrd="initrd.img-{}",
    chrony_conf="/etc/chrony/chrony.conf",
    uses_chrony=False,
    mdadm_conf="/etc/mdadm/mdadm.conf",
    is_red_hat=False,
)
_ALMALINUX = Distribution(
    name="almalinux",
    admin_group="wheel",
    # The directory that the package of the signed boot loader puts its files into.
    bootloader_id="almalinux",
    initrd="initramfs-{}.img",
    chrony_conf="/etc/chrony.conf",
    uses_chrony=True,
    mdadm_conf="/etc/mdadm.conf",
    is_red_hat=True,
)
_CENTOS = _ALMALINUX._replace(name="centos", bootloader_id="centos")
_DISTRIBUTIONS: Dict[str, Distribution] = {d.name: d for d in (_DEBIAN, _UBUNTU, _ALMALINUX, _CENTOS)}
BOOTLOADER_IDS = tuple(d.bootloader_id for d in _DISTRIBUTIONS.values())


class Kernel(NamedTuple):
    version: str
    image: str
    initrd: str


def read_distribution(name: Optional[str], os_release: Path = _OS_RELEASE) -> Distribution:
    """The distribution of that name; without a name, the one of /etc/os-release."""
    if name is None:
        try:
            lines = os_release.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise InputError(str(os_release), "", f"cannot be read: {error}") from error
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        name = values.get("ID", "").strip("\"'")
    if name not in _DISTRIBUTIONS:
        raise InputError(str(os_release), "ID", f"{name!r} is unknown; known are {', '.join(_DISTRIBUTIONS)}")
    return _DISTRIBUTIONS[name]


def read_kernel(distribution: Distribution, boot: Path = _BOOT) -> Kernel:
    """The one kernel that there is. With two nobody could say which one to boot."""
    maps = sorted(path.name for path in boot.glob("System.map-*"))
    if len(maps) != 1:
        there = ", ".join(maps) if maps else "none"
        raise InputError(
            str(boot), "System.map-*", f"exactly one has to be there, for the one kernel; there is: {there}"
        )
    version = maps[0][len("System.map-") :]
    image = boot / f"vmlinuz-{version}"
    initrd = boot / distribution.initrd.format(version)
    for path in (image, initrd):
        if path.is_symlink() or not path.is_file():
            raise InputError(str(path), "", "there is no such regular file")
    return Kernel(version, str(image), str(initrd))


def check_programs(distribution: Distribution, allocation: Allocation, wants: Callable[[str], bool]) -> None:
    """Fails if the image lacks a program that one of the wanted steps is going to need."""
    if allocation.is_firewall and distribution.is_red_hat:
        raise InputError(str(_OS_RELEASE), "ID", f"{distribution.name} cannot be a firewall")
    needed: List[str] = []
    if wants("user"):
        needed += ["useradd", "usermod", "chpasswd"]
    if wants("network"):
        needed += ["vtysh", "nft"] if allocation.is_firewall else ["vtysh"]
    if wants("firewall-services") and allocation.is_firewall:
        needed += ["systemctl", "systemd-analyze", "ip", "chronyd"]
        # Without the VPN nobody gets in.
        needed += ["tailscale", "tailscaled"] if allocation.vpn else []
    if wants("bootloader"):
        needed += ["grub2-mkconfig"] if distribution.is_red_hat else ["grub-install", "update-grub"]
        if allocation.raid:
            needed += ["mdadm", "blkid", "efibootmgr", "dracut" if distribution.is_red_hat else "update-initramfs"]
    lacking = [program for program in needed if not commands.find(program)]
    if lacking:
        raise InputError("the image", "", f"lacks what a {allocation.role} needs: {', '.join(lacking)}")
