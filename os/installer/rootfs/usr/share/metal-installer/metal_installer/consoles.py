"""The consoles of a machine, as the kernel and GRUB take them."""

import re
from typing import List, NamedTuple, Optional, Tuple

from metal_installer.document import Document

_CONSOLE = re.compile(
    r"(?:console=)?(?P<device>(?P<kind>tty[A-Za-z]*|hvc|hvsi|sclp|xvc)(?P<unit>[0-9]{0,3}))"
    r"(?:,(?P<speed>[0-9]{2,7})(?P<parity>[noe]?)(?P<bits>[5-8]?)(?P<flow>r?))?"
)
_PC_SERIAL = "ttyS"
_DEFAULT_SPEED = 9600
"""The kernel's, and GRUB's."""
_PARITIES = {"": "no", "n": "no", "o": "odd", "e": "even"}


class SerialPort(NamedTuple):
    """A serial port of a PC, which GRUB can use by itself."""

    unit: int
    speed: int
    parity: str
    """As GRUB names it: no, odd, even."""
    bits: int


class Console(NamedTuple):
    name: str
    """As the kernel takes it: ttyS1,115200n8."""
    serial_port: Optional[SerialPort]
    """None if it is another kind of console."""


def read_consoles(document: Document) -> Tuple[Console, ...]:
    """One or several, with spaces between. The last one is where the boot's messages go, /dev/console."""
    consoles: List[Console] = []
    for word in document.text().split():
        match = _CONSOLE.fullmatch(word)
        if not match:
            document.fail(
                f"{word!r} is no console; it has to be a device and, where that is serial, its speed, "
                "like ttyS1,115200n8, or several of them with spaces between"
            )
        console = Console(word.replace("console=", "", 1), _serial_port(match))
        if match.group("kind") == _PC_SERIAL and match.group("speed") is None:
            document.warn(f"{word} is without a speed: the kernel takes {_DEFAULT_SPEED}")
        if console not in consoles:
            consoles.append(console)
    return tuple(consoles)


def grub_settings(consoles: Tuple[Console, ...]) -> Tuple[str, str]:
    """GRUB's terminals, and its command for the serial port; empty if there is none. GRUB has but one: the last."""
    ports = [console.serial_port for console in consoles if console.serial_port]
    if not ports:
        return "console", ""
    port = ports[-1]
    return (
        "serial console",
        f"serial --speed={port.speed} --unit={port.unit} --word={port.bits} --parity={port.parity} --stop=1",
    )


def _serial_port(match: "re.Match[str]") -> Optional[SerialPort]:
    if match.group("kind") != _PC_SERIAL or not match.group("unit"):
        return None
    return SerialPort(
        unit=int(match.group("unit")),
        speed=int(match.group("speed") or _DEFAULT_SPEED),
        parity=_PARITIES[match.group("parity") or ""],
        bits=int(match.group("bits") or 8),
    )
