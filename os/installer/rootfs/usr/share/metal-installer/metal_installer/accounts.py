"""The user metal, by whom people get in: over ssh with a key, on the console with a password."""

import os
import pwd
from pathlib import Path

from metal_installer import commands
from metal_installer.allocation import Allocation
from metal_installer.errors import InputError
from metal_installer.files import owner_ids
from metal_installer.image import Distribution

USER = "metal"
UID = 1000
_NO_PASSWORD = "*"
"""Not `!`, which would lock the account: sshd might then refuse its keys, too."""


def check_user() -> None:
    """Fails if someone else has metal's number, or metal has another one."""
    for entry in pwd.getpwall():
        if (entry.pw_name == USER) != (entry.pw_uid == UID):
            raise InputError("/etc/passwd", entry.pw_name, f"has the user id {entry.pw_uid}; {UID} is for {USER}")


def make_user(allocation: Allocation, distribution: Distribution) -> None:
    attributes = ["--gid", distribution.admin_group, "--shell", "/bin/bash", USER]
    if any(entry.pw_name == USER for entry in pwd.getpwall()):
        commands.run(["usermod", *attributes])
    else:
        commands.run(["useradd", "--create-home", "--uid", str(UID), *attributes])
    # The rescue mode of Red Hat's asks for root's password, and lets nobody in when there is none.
    users = [USER, "root"] if distribution.is_red_hat else [USER]
    if allocation.password:
        commands.run(["chpasswd"], stdin="".join(f"{user}:{allocation.password}\n" for user in users))
    else:
        for user in users:
            commands.run(["usermod", "--password", _NO_PASSWORD, user])
    _write_authorized_keys(allocation, distribution)


def _write_authorized_keys(allocation: Allocation, distribution: Distribution) -> None:
    user, group = owner_ids(USER, distribution.admin_group)
    directory = Path(pwd.getpwnam(USER).pw_dir) / ".ssh"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = directory / "authorized_keys"
    keys.write_text("".join(f"{key}\n" for key in allocation.ssh_public_keys), encoding="utf-8")
    keys.chmod(0o600)
    directory.chmod(0o700)
    for path in (directory, keys):
        os.chown(path, user, group)
