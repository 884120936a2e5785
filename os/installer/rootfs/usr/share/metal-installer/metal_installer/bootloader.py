"""Kernel command line, and GRUB."""

import os
import re
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple

from metal_installer import bootentries, commands
from metal_installer.allocation import Allocation
from metal_installer.consoles import grub_settings
from metal_installer.errors import InstallError
from metal_installer.files import File, write
from metal_installer.image import BOOTLOADER_IDS, Distribution, Kernel

_DEFAULTS = Path("/etc/default/grub")
_EFI_DIRECTORY = Path("/boot/efi")
_FALLBACK_LOADER = "\\EFI\\BOOT\\BOOTX64.EFI"
"""Where grub-install --removable puts GRUB, and where firmware looks without being told."""


def kernel_command_line(allocation: Allocation) -> str:
    parameters = [
        *(f"console={console.name}" for console in allocation.consoles),
        f"root=UUID={allocation.root_uuid}",
        "init=/sbin/init",
        "net.ifnames=0",
        "biosdevname=0",
        # Long enough for a firewall to be replaced while the disk is somewhere in the network.
        "nvme_core.io_timeout=300",
    ]
    if allocation.raid:
        parameters += ["rdloaddriver=raid0", "rdloaddriver=raid1"]
        parameters += [f"rd.md.uuid={uuid}" for uuid in _array_ids(allocation.root_uuid)]
    return " ".join(parameters)


def install_grub(
    allocation: Allocation, distribution: Distribution, kernel: Kernel, bootloader_id: str, command_line: str
) -> List[str]:
    """Returns what a person should know of."""
    write([_grub_defaults(allocation, distribution, command_line)])
    if allocation.raid:
        _write_mdadm_conf(Path(distribution.mdadm_conf))
        _remake_initrd(distribution, kernel)
    if distribution.is_red_hat:
        # grub2-mkconfig refuses to write onto the EFI partition: what lies there leads to the menu, as Anaconda does it.
        menu = Path("/boot/grub2/grub.cfg")
        menu.parent.mkdir(parents=True, exist_ok=True)
        commands.run(["grub2-mkconfig", "-o", str(menu)])
        # The signed loader looks beside itself, in the directory that its package gave it, whatever the entry is called.
        write([_way_to_menu(distribution, allocation.root_uuid)])
    else:
        menu = Path("/boot/grub/grub.cfg")
        # They write different files, and each takes its time. With --removable the firmware's variables stay the same.
        loader = commands.start(
            [
                "grub-install",
                "--target=x86_64-efi",
                f"--efi-directory={_EFI_DIRECTORY}",
                "--boot-directory=/boot",
                f"--bootloader-id={bootloader_id}",
                "--removable",
            ]
        )
        configuration = commands.start(["update-grub"])
        results = [loader.result(), configuration.result()]
        for result in results:
            if result.returncode != 0:
                raise InstallError(f"{' '.join(result.args)} failed{commands.said(result.stdout + result.stderr)}")
    # It is content with a menu that has no entry.
    if f"vmlinuz-{kernel.version}" not in menu.read_text(encoding="utf-8"):
        raise InstallError(f"{menu} does not start the kernel {kernel.version}: GRUB did not find it")
    if allocation.raid:
        return _make_all_disks_bootable(bootloader_id)
    # Without a RAID the firmware needs no entry; those of an earlier one lead nowhere.
    return _renew_boot_entries([], bootloader_id) if bootentries.are_in_reach() else []


def _way_to_menu(distribution: Distribution, root_uuid: str) -> File:
    return File(
        str(_EFI_DIRECTORY / "EFI" / distribution.bootloader_id / "grub.cfg"),
        f"search --no-floppy --fs-uuid --set=root {root_uuid}\n"
        "set prefix=($root)/boot/grub2\n"
        "configfile $prefix/grub.cfg\n",
        mode=0o755,  # that of every file there: vfat has no other, and refuses to be told one
    )


def _grub_defaults(allocation: Allocation, distribution: Distribution, command_line: str) -> File:
    """The image's file, with what depends on the machine."""
    terminal, serial_command = grub_settings(allocation.consoles)
    values = {
        "GRUB_CMDLINE_LINUX": command_line,
        "GRUB_CMDLINE_LINUX_DEFAULT": "",
        "GRUB_TERMINAL": terminal,
        "GRUB_SERIAL_COMMAND": serial_command,
    }
    if distribution.is_red_hat:
        values.update({"GRUB_DEVICE": f"UUID={allocation.root_uuid}", "GRUB_ENABLE_BLSCFG": "false"})
    lines = _DEFAULTS.read_text(encoding="utf-8").splitlines() if _DEFAULTS.exists() else []
    kept = [line for line in lines if not _is_setting_of(line, values)]
    return File(str(_DEFAULTS), "".join(f"{l}\n" for l in kept + [f'{name}="{v}"' for name, v in values.items()]))


def _is_setting_of(line: str, values: Dict[str, str]) -> bool:
    match = re.match(r"\s*(?:export\s+)?(GRUB_\w+)=", line)
    return match is not None and match[1] in values


def _array_ids(root_uuid: str) -> List[str]:
    """The array that holds the root file system; all of them if something lies between the two."""
    device = commands.run(["blkid", "--uuid", root_uuid]).strip()
    detail = commands.start(["mdadm", "--detail", "--export", device]).result()
    ids = re.findall(r"^MD_UUID=(\S+)$", detail.stdout, re.MULTILINE) if detail.returncode == 0 else []
    ids = ids or re.findall(r"\bUUID=(\S+)", _arrays())
    if not ids:
        raise InstallError("raidenabled is true, but mdadm knows of no array")
    return ids


def _arrays() -> str:
    return commands.run(["mdadm", "--examine", "--scan"])


def _write_mdadm_conf(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    lines = [line for line in lines if not line.startswith("ARRAY")]
    if not any(line.startswith(("MAILADDR", "PROGRAM")) for line in lines):
        lines.append("MAILADDR root")
    lines += [line for line in _arrays().splitlines() if line.startswith("ARRAY")]
    write([File(str(path), "".join(f"{line}\n" for line in lines))])


def _remake_initrd(distribution: Distribution, kernel: Kernel) -> None:
    """It has to know the arrays."""
    if distribution.is_red_hat:
        # For any hardware, as the one in the image: made for this one, it would lack modules that the image asks for on boot.
        commands.run(
            [
                "dracut",
                "--force",
                "--kver",
                kernel.version,
                "--mdadmconf",
                "--add",
                "dm mdraid",
                "--add-drivers",
                "raid0 raid1",
                kernel.initrd,
            ]
        )
    else:
        commands.run(["update-initramfs", "-u", "-k", kernel.version])


class _EfiPartition(NamedTuple):
    device: str
    disk: str
    number: int
    content: str
    """As blkid names it; empty if it knows of none."""


def _make_all_disks_bootable(bootloader_id: str) -> List[str]:
    """Each disk of a mirror has an EFI partition. What is mounted is complete by now; the others get what it holds."""
    notes = []
    written = _partitions_below(_EFI_DIRECTORY)
    bootable = []
    for partition in _efi_partitions():
        if os.path.basename(partition.device) in written:
            bootable.append(partition)
        elif partition.content in ("", "vfat"):
            _copy_loader(partition)
            bootable.append(partition)
        else:
            notes.append(f"{partition.device} holds {partition.content}: nothing boots from it")
    return notes + _renew_boot_entries(bootable, bootloader_id)


def _renew_boot_entries(partitions: List[_EfiPartition], bootloader_id: str) -> List[str]:
    if not bootentries.are_in_reach():
        return [f"the firmware's variables are out of reach; it has to find {_FALLBACK_LOADER} by itself"]
    places = [bootentries.BootPartition(partition.disk, partition.number) for partition in partitions]
    return bootentries.renew(places, _FALLBACK_LOADER, bootloader_id, BOOTLOADER_IDS)


def _partitions_below(mount_point: Path) -> List[str]:
    """The names of the devices that a file system is written to: its own or, if that is an array, all that make it up."""
    device = os.stat(mount_point).st_dev
    place = Path("/sys/dev/block", f"{os.major(device)}:{os.minor(device)}").resolve()
    members = [path.name for path in place.glob("slaves/*")]
    return members or [place.name]


def _efi_partitions() -> List[_EfiPartition]:
    partitions = []
    for line in commands.run(["blkid"]).splitlines():
        device, _, attributes = line.partition(":")
        values = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        if values.get("PARTLABEL") == "efi":
            device = os.path.realpath(device)
            place = Path("/sys/class/block", os.path.basename(device)).resolve()
            number = int((place / "partition").read_text(encoding="ascii"))
            partitions.append(_EfiPartition(device, f"/dev/{place.parent.name}", number, values.get("TYPE", "")))
    return partitions


def _copy_loader(partition: _EfiPartition) -> None:
    if not partition.content:
        commands.run(["mkfs.vfat", "-F", "32", "-n", "EFI", partition.device])
    with tempfile.TemporaryDirectory() as directory:
        commands.run(["mount", "-t", "vfat", partition.device, directory])
        try:
            # Without modes and owners, which this file system doesn't have.
            commands.run(["cp", "--recursive", str(_EFI_DIRECTORY / "EFI"), directory])
        finally:
            commands.run(["umount", directory])
