"""Files that the installer writes."""

import grp
import os
import pwd
from pathlib import Path
from typing import Iterable, NamedTuple, Tuple


class File(NamedTuple):
    path: str
    content: str
    mode: int = 0o644
    owner: str = "root"
    """User and group have the same name."""


def write(files: Iterable[File]) -> None:
    """Writes each file whole or not at all. What was there, a symbolic link for one, is replaced."""
    for file in files:
        path = Path(file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        user, group = owner_ids(file.owner, file.owner)
        unfinished = path.with_name(f".{path.name}.unfinished")
        remove(unfinished)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(file.content)
            os.fchown(descriptor, user, group)
            os.fchmod(descriptor, file.mode)
        os.replace(unfinished, path)


def remove(path: Path) -> None:
    """Removes a file, which may be absent."""
    try:
        path.unlink()
    except FileNotFoundError:
        pass


def owner_ids(user: str, group: str) -> Tuple[int, int]:
    return pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
