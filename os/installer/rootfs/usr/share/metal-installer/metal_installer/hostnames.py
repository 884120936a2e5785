"""What a machine is called."""

import re
from typing import NamedTuple, Tuple

from metal_installer.document import Document

_LONGEST = 64
"""The kernel's limit."""
_LONGEST_WITH_DOMAIN = 253
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class Hostname(NamedTuple):
    name: str
    """What the kernel and /etc/hostname get: all of it, with the domain, as metal-stack's users expect of their nodes."""
    in_hosts: Tuple[str, ...]
    """All names by which the machine has to find itself, the one with the domain first."""


def read_hostname(document: Document) -> Hostname:
    given = document.text()
    asked = given.strip()
    if asked.endswith(".") and not asked.endswith(".."):
        asked = asked[:-1]
        document.warn(f"{given!r}: the dot at the end is left out")
    name = ".".join(_without_underscores(label) for label in asked.split("."))
    if len(name) > _LONGEST_WITH_DOMAIN or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        document.fail(
            f"{given!r} is not a host name: letters, digits, hyphens and underscores, up to 63 of them between dots, "
            "a letter or a digit first"
        )
    if name != asked:
        document.warn(f"{asked!r}: the machine is {name!r} to itself, as systemd takes no underscores")
    short = name.split(".")[0]
    in_hosts = tuple(dict.fromkeys((name, short, asked, asked.split(".")[0])))
    if len(name) <= _LONGEST:
        return Hostname(name, in_hosts)
    document.warn(f"{asked!r} is longer than {_LONGEST} characters: the machine is {short!r} to itself")
    return Hostname(short, in_hosts)


def _without_underscores(label: str) -> str:
    return label.replace("_", "-").strip("-") if "_" in label else label
