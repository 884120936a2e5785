"""What the owner of the machine wants on it: userdata, for cloud-init or for ignition.

cloud-init does its work when the machine boots, ignition does it now.
"""

import json
import os
import pwd
import tempfile
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import yaml

from metal_installer import commands
from metal_installer.document import Document
from metal_installer.errors import InputError, InstallError
from metal_installer.files import remove
from metal_installer.ignition import check_stages, translated, version_of

USERDATA = Path("/etc/metal/userdata")
"""cloud-init takes it from here, if it is there."""
CONFIG_IGN = Path("/etc/metal/config.ign")

_CLOUD_CONFIG = "#cloud-config"
_TEMPLATE = "## template:"
_PLACES_OF_IGNITION = ("/usr/lib/dracut/modules.d/30ignition/ignition", "/usr/bin/ignition", "/usr/sbin/ignition")
_SELINUX = Path("/etc/selinux/config")
_RESULT = Path("/etc/.ignition-result.json")


class IgnitionInput(NamedTuple):
    """What ignition's stage `fetch` leaves for its stage `files`: the configuration with all that it refers to."""

    configuration: bytes
    state: bytes


class Userdata(NamedTuple):
    """None, for cloud-init, or for ignition."""

    for_cloud_init: bool = False
    ignition: Optional[IgnitionInput] = None
    users_with_keys: Tuple[str, ...] = ()
    """Users whom ignition gives ssh keys."""
    units: Tuple[str, ...] = ()
    """Units of systemd that ignition writes."""
    warnings: Tuple[str, ...] = ()


def ignition_program() -> Optional[str]:
    return next((path for path in _PLACES_OF_IGNITION if os.access(path, os.X_OK)), None)


def read_userdata(path: Path = USERDATA, kept: Path = CONFIG_IGN) -> Userdata:
    """Reads and checks userdata. Where ignition had its turn before, what it got then."""
    source = path if path.exists() else kept
    if not source.exists():
        return Userdata()
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(source), "", f"cannot be read: {error}") from error
    if not text.strip():
        return Userdata()
    if any(_CLOUD_CONFIG in line for line in text.split("\n")[:3]):
        return _for_cloud_init(source, text)
    return _for_ignition(source, text)


def apply_userdata(userdata: Userdata) -> List[str]:
    """Returns what a person should know of."""
    if userdata.for_cloud_init:
        USERDATA.chmod(0o600)
        result = commands.start(["cloud-init", "schema", "--config-file", str(USERDATA)]).result()
        if result.returncode != 0:
            return ["cloud-init finds faults with the userdata" + commands.said(result.stdout + result.stderr)]
        return []
    if userdata.ignition is None:
        # Empty userdata would make cloud-init start for nothing.
        remove(USERDATA)
        return []
    if USERDATA.exists():
        os.replace(USERDATA, CONFIG_IGN)
    CONFIG_IGN.chmod(0o600)
    remove(_RESULT)
    with tempfile.TemporaryDirectory() as directory:
        _Ignition(Path(directory)).apply(userdata.ignition)
    for user in userdata.users_with_keys:
        _merge_keys(user)
    return list(userdata.warnings)


def _for_cloud_init(path: Path, text: str) -> Userdata:
    try:
        # What a template makes of itself on the machine may be YAML; the template isn't yet.
        configuration = None if text.startswith(_TEMPLATE) else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(str(path), "", "is not YAML: " + " ".join(str(error).split())) from error
    if configuration is not None and not isinstance(configuration, dict):
        raise InputError(str(path), "", "a cloud-config has to be a mapping")
    if not commands.find("cloud-init"):
        raise InputError(str(path), "", "is meant for cloud-init, which this image lacks")
    return Userdata(for_cloud_init=True)


def _for_ignition(path: Path, text: str) -> Userdata:
    try:
        value = json.loads(text)
    except ValueError as error:
        problem = f"is neither a cloud-config (no line {_CLOUD_CONFIG}) nor JSON for ignition: {error}"
        raise InputError(str(path), "", problem) from error
    configuration = Document(str(path), "", value).mapping()
    major, _ = version_of(configuration)
    check_stages(configuration)
    warnings: List[str] = []
    if major == 2:
        value, warnings = translated(configuration)
    if ignition_program() is None:
        raise InputError(str(path), "", "is meant for ignition, which this image lacks")
    with tempfile.TemporaryDirectory() as directory:
        try:
            ignition_input = _Ignition(Path(directory)).fetch(json.dumps(value))
        except InstallError as error:
            raise InputError(str(path), "", str(error)) from error
    written = Document(str(path), "", value)
    users = written.get("passwd").value or {}
    units = written.get("systemd").value or {}
    return Userdata(
        ignition=ignition_input,
        users_with_keys=tuple(u["name"] for u in users.get("users") or [] if u.get("sshAuthorizedKeys")),
        units=tuple(u["name"] for u in units.get("units") or [] if u.get("contents")),
        warnings=tuple(warnings),
    )


class _Ignition:
    """Runs ignition, with a directory for what it leaves from stage to stage."""

    def __init__(self, directory: Path) -> None:
        self._source = directory / "config.ign"
        self._cache = directory / "cache.json"
        self._state = directory / "state.json"

    def fetch(self, config: str) -> IgnitionInput:
        """Reads and checks a configuration in version 3."""
        self._source.write_text(config, encoding="utf-8")
        self._run("fetch")
        return IgnitionInput(self._cache.read_bytes(), self._state.read_bytes())

    def apply(self, ignition_input: IgnitionInput) -> None:
        self._cache.write_bytes(ignition_input.configuration)
        self._state.write_bytes(ignition_input.state)
        self._run("files")

    def _run(self, stage: str) -> None:
        program = ignition_program()
        assert program is not None
        result = commands.start(
            [
                program,
                "-platform=file",
                f"-stage={stage}",
                "-root=/",
                "-log-to-stdout",
                f"-config-cache={self._cache}",
                f"-state-file={self._state}",
                f"-neednet={self._source.with_name('neednet')}",
            ],
            variables={"IGNITION_CONFIG_FILE": str(self._source)},
        ).result()
        log = result.stdout + result.stderr
        if result.returncode != 0 and not _only_labels_are_missing(log):
            raise InstallError(f"ignition failed{commands.said(_messages(log))}")


def _only_labels_are_missing(log: str) -> bool:
    """Debian's ignition labels files for SELinux at its end, and fails where there is none. All else is done by then."""
    return "failed to handle relabeling" in log and _RESULT.exists() and not _SELINUX.exists()


def _messages(log: str) -> str:
    """Without the configuration, which may have secrets, and without what went well."""
    return "\n".join(line for line in log.splitlines() if line.startswith(("CRITICAL", "ERROR", "WARNING")))


def _merge_keys(user: str) -> None:
    """ignition writes keys into a directory of its own, where sshd doesn't look."""
    entry = pwd.getpwnam(user)
    directory = Path(entry.pw_dir, ".ssh")
    written = directory / "authorized_keys.d" / "ignition"
    if not written.exists():
        return
    keys = directory / "authorized_keys"
    known = keys.read_text(encoding="utf-8").splitlines() if keys.exists() else []
    added = [line for line in written.read_text(encoding="utf-8").splitlines() if line and line not in known]
    keys.write_text("".join(f"{line}\n" for line in known + added), encoding="utf-8")
    keys.chmod(0o600)
    os.chown(keys, entry.pw_uid, entry.pw_gid)
