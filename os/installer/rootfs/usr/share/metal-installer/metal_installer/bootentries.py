"""The boot entries of the firmware, which outlive all that is on the disks."""

import os
import re
from pathlib import Path
from typing import Collection, List, NamedTuple, Sequence

from metal_installer import commands
from metal_installer.errors import InstallError

_EFI_VARIABLES = Path("/sys/firmware/efi/efivars")
_ENTRY = re.compile(r"^Boot(?P<number>[0-9A-Fa-f]{4})[* ] (?P<label>[^\t\n]*)", re.MULTILINE)
_ID_OF_METAL_STACK = r"metal-[A-Za-z0-9._-]+"
_DISK = r"[a-z]+[a-z0-9-]*"


class BootPartition(NamedTuple):
    disk: str
    """As /dev/sda."""
    number: int


def are_in_reach() -> bool:
    """Whether the firmware lets its entries be seen at all."""
    return _EFI_VARIABLES.is_dir() and any(_EFI_VARIABLES.iterdir()) and commands.find("efibootmgr") is not None


def renew(partitions: Sequence[BootPartition], loader: str, bootloader_id: str, other_ids: Collection[str]) -> List[str]:
    """Removes the entries of earlier installations, and writes one for each partition.

    Those of other systems, and of the network, stay. Entries that the firmware refuses are no reason to stop: it finds the
    loader without one. Returns what a person should know of.
    """
    notes = []
    try:
        known = commands.run(["efibootmgr"])
    except InstallError as error:
        return [f"the firmware's boot entries cannot be read: {error}"]
    commands_to_run = [["--bootnum", number, "--delete-bootnum"] for number in _ours(known, bootloader_id, other_ids)]
    for partition in partitions:
        label = f"{bootloader_id} {os.path.basename(partition.disk)}"
        place = ["--disk", partition.disk, "--part", str(partition.number)]
        commands_to_run.append(["--create", *place, "--loader", loader, "--label", label])
    for arguments in commands_to_run:
        try:
            commands.run(["efibootmgr", "--quiet", *arguments])
        except InstallError as error:
            notes.append(f"the firmware's boot entries stay as they are: {error}")
    return notes


def _ours(known: str, bootloader_id: str, other_ids: Collection[str]) -> List[str]:
    """The numbers of entries with a label as this installer writes it, or metal-stack's, which names no disk."""
    ids = "|".join([_ID_OF_METAL_STACK, *(re.escape(i) for i in sorted({bootloader_id, *other_ids}))])
    label = re.compile(rf"(?:{_ID_OF_METAL_STACK}|(?:{ids}) {_DISK})")
    return [entry.group("number") for entry in _ENTRY.finditer(known) if label.fullmatch(entry.group("label").strip())]
