"""The journal of the machine. It is not there yet, so a unit writes into it when the machine runs."""

import os
from pathlib import Path
from typing import Sequence

from metal_installer.files import File, remove, write
from metal_installer.templates import render

_WARNINGS = "/etc/metal/warnings"
_UNIT = "metal-installer-warnings.service"
_DIRECTORY = Path("/etc/systemd/system")


def keep_for_journal(warnings: Sequence[str]) -> None:
    """Takes the place of what an earlier installation had to say."""
    enabled = _DIRECTORY / "multi-user.target.wants" / _UNIT
    for path in (enabled, _DIRECTORY / _UNIT, Path(_WARNINGS)):
        remove(path)
    if not warnings:
        return
    write(
        [
            File(_WARNINGS, "".join(f"warning: {warning}\n" for warning in warnings), mode=0o600),
            File(str(_DIRECTORY / _UNIT), render(f"units/{_UNIT}.j2", file=_WARNINGS)),
        ]
    )
    enabled.parent.mkdir(exist_ok=True)
    os.symlink(str(_DIRECTORY / _UNIT), str(enabled))
