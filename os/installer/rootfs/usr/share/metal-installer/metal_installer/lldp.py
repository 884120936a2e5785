"""How a machine announces itself to its switches: metal-core, which runs on them, takes it for alive by that."""

from metal_installer.allocation import Allocation
from metal_installer.files import File


def lldp_file(allocation: Allocation) -> File:
    """lldpd reads it when it starts. metal-core looks for the machine's UUID, and for the word "provisioned"."""
    name = allocation.machine_id or allocation.hostname
    return File(
        "/etc/lldpd.d/provisioned.conf",
        "# Written by the installer: the switches know the machine by its UUID.\n"
        f"configure system hostname {name}\n"
        'configure system description "provisioned"\n',
    )
