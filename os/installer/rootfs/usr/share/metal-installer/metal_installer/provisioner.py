"""Runs ignition, which reads version 3 of its specification, within limits.

Its stage `fetch` reads and checks a configuration with all that it refers to; its stage `files` carries it out. What that
stage would fetch is fetched before, into a directory of its own: so it is known to be there, and to be what it should be,
before anything is changed.
"""

import base64
import json
import os
import re
import resource
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from metal_installer import commands
from metal_installer.commands import Limits
from metal_installer.console import conceal
from metal_installer.errors import InstallError
from metal_installer.files import remove

Json = Dict[str, Any]

_PROGRAMS = ("/usr/lib/dracut/modules.d/30ignition/ignition", "/usr/bin/ignition", "/usr/sbin/ignition")
_ROOT = Path("/proc/self/root")
"""Of / itself ignition thinks that it doesn't exist, as soon as a file lies directly in it."""
_SELINUX = Path("/etc/selinux/config")
_RESULT = "etc/.ignition-result.json"
_LONGEST_FETCH = 120
_LONGEST_RUN = 300.0
"""Of what takes no time but this machine's."""
_START = 5.0
"""Of ignition, until it fetches what it is told to."""
_LARGEST_FILE = 256 * 2**20
_NEWEST_MINOR_VERSION = 9
"""Of the versions 3 that are tried for one that nobody knows of yet."""
_LONGEST_WORD = 12
_UNKNOWN_VERSION = "unsupported config version"
_WARNING = re.compile(r"WARNING\s*: warning at \$\.?(?P<field>\S*?), line \d+ col \d+: (?P<problem>.*)")
_ERROR = re.compile(r"error at (?:\$\.?(?P<field>\S*?), )?line \d+ col \d+: (?P<problem>.*)")
_OTHER_TYPE = re.compile(
    r"json: cannot unmarshal (?P<given>\w+).* into Go (?:struct field \w+\.)?(?P<field>\S+) of type (?P<type>\S+)"
)
_TYPES = {"int": "a whole number", "string": "a string", "bool": "true or false"}
_REASON = re.compile(r"Ignition failed:|GET error:")


class Rendered(NamedTuple):
    """What the stage `fetch` leaves for the stage `files`: one configuration, with all that it included."""

    configuration: Json
    state: bytes
    warnings: Tuple[str, ...]
    patience: int
    """Seconds that a source has."""


def program() -> Optional[str]:
    return next((path for path in _PROGRAMS if os.access(path, os.X_OK)), None)


def render(configuration: Json) -> Rendered:
    """Reads and checks a configuration. One of a later version 3 than ignition knows is read as the latest it knows."""
    section = configuration["ignition"]
    patience = _patience(section)
    limits = Limits(_LONGEST_RUN, _LARGEST_FILE)
    if _refers_elsewhere(section):
        section, limits = _in_time(section, patience), Limits(patience + _START, _LARGEST_FILE)
    asked = section["version"]
    for version in _versions_to_try(asked):
        candidate = {**configuration, "ignition": {**section, "version": version}}
        with tempfile.TemporaryDirectory() as directory:
            run = _Run(Path(directory), Path("/"), limits)
            log = run.fetch(candidate)
            if log.code == 0:
                warnings = [f"{_as_field(field)}: {problem}" for field, problem in _WARNING.findall(log.text)]
                if version != asked:
                    warnings.insert(0, f"ignition.version: {asked} is unknown to this image's ignition: read as {version}")
                return Rendered(run.configuration(), run.state(), tuple(warnings), patience)
            if _UNKNOWN_VERSION not in log.text:
                break
    raise InstallError(log.failure())


def fetch(rendered: Rendered, described: Json) -> bytes:
    """What is behind a resource: uncompressed, and held against its hash."""
    return _fetch_all(rendered, [described], rendered.patience + _START)[0]


def check(rendered: Rendered, resources: List[Json]) -> None:
    """Fails if one of the resources, all of them within the configuration, is not what it should be."""
    if resources:
        _fetch_all(rendered, resources, _LONGEST_RUN)


def write(rendered: Rendered) -> None:
    """Writes files, users and units."""
    remove(Path("/", _RESULT))
    with tempfile.TemporaryDirectory() as directory:
        # Programs that it calls write files of any size, such as lastlog.
        _Run(Path(directory), _ROOT, Limits(_LONGEST_RUN, resource.RLIM_INFINITY)).write(rendered)


def is_remote(described: Json) -> bool:
    source = described.get("source") or ""
    return bool(source) and not source.startswith("data:")


def shown(source: str) -> str:
    """A URL as a message may show it."""
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + ("?…" if parts.query else "")


def conceal_secrets(configuration: Any, name: str = "") -> None:
    """Keeps out of messages what may be secret in a configuration, of any version."""
    if isinstance(configuration, dict):
        for key, value in configuration.items():
            conceal_secrets(value, key)
    elif isinstance(configuration, list):
        for value in configuration:
            conceal_secrets(value, name)
    elif isinstance(configuration, str):
        _conceal_value(name, configuration)


def data_url(content: bytes) -> str:
    return "data:;base64," + base64.b64encode(content).decode("ascii")


class _Log(NamedTuple):
    code: int
    text: str
    limits: Limits

    def failure(self) -> str:
        """Without the configuration, which may have secrets, and without what went well."""
        faults = [_fault(match.group("field"), match.group("problem")) for match in _ERROR.finditer(self.text)]
        if faults:
            return "ignition refuses it: " + "; ".join(dict.fromkeys(faults))
        lines = [line for line in self.text.splitlines() if _REASON.search(line)]
        end = f"did not come to an end in {self.limits.seconds:.0f} s" if self.code < 0 else "failed"
        return f"ignition {end}" + commands.said("\n".join(dict.fromkeys(lines)))


class _Run:
    """A directory for what ignition leaves from stage to stage, and the file system that it writes to."""

    def __init__(self, directory: Path, root: Path, limits: Limits) -> None:
        self._source = directory / "config.ign"
        self._cache = directory / "cache.json"
        self._state = directory / "state.json"
        self._root = root
        self._limits = limits

    def fetch(self, configuration: Json) -> _Log:
        self._source.write_text(json.dumps(configuration), encoding="utf-8")
        return self._stage("fetch")

    def configuration(self) -> Json:
        configuration: Json = json.loads(self._cache.read_text(encoding="utf-8"))
        return configuration

    def state(self) -> bytes:
        return self._state.read_bytes()

    def write(self, rendered: Rendered) -> None:
        self._cache.write_text(json.dumps(rendered.configuration), encoding="utf-8")
        self._state.write_bytes(rendered.state)
        log = self._stage("files")
        if log.code != 0 and not self._only_labels_are_missing(log):
            raise InstallError(log.failure())

    def _stage(self, stage: str) -> _Log:
        path = program()
        assert path is not None
        result = commands.start(
            [
                path,
                "-platform=file",
                f"-stage={stage}",
                f"-root={self._root}",
                "-log-to-stdout",
                f"-config-cache={self._cache}",
                f"-state-file={self._state}",
                f"-neednet={self._source.with_name('neednet')}",
            ],
            variables={"IGNITION_CONFIG_FILE": str(self._source)},
            limits=self._limits,
        ).result()
        return _Log(result.returncode, result.stdout + result.stderr, self._limits)

    def _only_labels_are_missing(self, log: _Log) -> bool:
        """Debian's ignition labels files for SELinux at its end, and fails where there is none. All else is done by then."""
        has_result = (self._root / _RESULT).exists()
        return "failed to handle relabeling" in log.text and has_result and not _SELINUX.exists()


def _fetch_all(rendered: Rendered, resources: List[Json], seconds: float) -> List[bytes]:
    section = {name: value for name, value in rendered.configuration["ignition"].items() if name != "config"}
    files = [{"path": f"/{number}", "contents": described} for number, described in enumerate(resources)]
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        root.mkdir()
        run = _Run(Path(directory), root, Limits(seconds, _LARGEST_FILE))
        log = run.fetch({"ignition": _in_time(section, rendered.patience), "storage": {"files": files}})
        if log.code != 0:
            raise InstallError(log.failure())
        run.write(rendered._replace(configuration=run.configuration(), state=run.state()))
        return [(root / str(number)).read_bytes() for number in range(len(files))]


def _in_time(section: Json, patience: int) -> Json:
    """Has ignition itself give up. It does so only for HTTP."""
    timeouts = section.get("timeouts")
    return {**section, "timeouts": {**(timeouts if isinstance(timeouts, dict) else {}), "httpTotal": patience}}


def _patience(section: Json) -> int:
    """By default ignition waits without end. Who writes the configuration may set an end of his own."""
    timeouts = section.get("timeouts")
    total = timeouts.get("httpTotal") if isinstance(timeouts, dict) else None
    return total if isinstance(total, int) and 0 < total < _LONGEST_FETCH else _LONGEST_FETCH


def _refers_elsewhere(value: Any) -> bool:
    if isinstance(value, dict):
        source = value.get("source")
        return isinstance(source, str) and is_remote(value) or any(_refers_elsewhere(part) for part in value.values())
    return isinstance(value, list) and any(_refers_elsewhere(part) for part in value)


def _versions_to_try(version: str) -> List[str]:
    minor = min(int(version.split(".")[1]), _NEWEST_MINOR_VERSION)
    others = [f"3.{number}.0{suffix}" for number in range(minor, -1, -1) for suffix in ("", "-experimental")]
    return list(dict.fromkeys([version, *others]))


def _as_field(path: str) -> str:
    """storage.files[0].mode for storage.files.0.mode."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)


def _fault(field: Optional[str], problem: str) -> str:
    """What ignition says of a field, in terms of JSON."""
    other_type = _OTHER_TYPE.search(problem)
    if other_type:
        kind = _TYPES.get(other_type.group("type"), "a list" if "[]" in other_type.group("type") else "a mapping")
        return f"{other_type.group('field')}: has to be {kind}, not this {other_type.group('given')}"
    return f"{_as_field(field)}: {problem}" if field else problem


def _conceal_value(name: str, value: str) -> None:
    if name in ("passwordHash", "value"):
        conceal(value)
    elif name == "source":
        if value.startswith("data:"):
            conceal(value)
        else:
            parts = urlsplit(value)
            conceal(parts.query)
            conceal(parts.netloc.rpartition("@")[0])
            conceal(parts.password or "")
    elif name == "contents":
        _conceal_in_unit(value)


def _conceal_in_unit(text: str) -> None:
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key.startswith("Exec"):
            for word in value.split()[1:]:
                # Longer than what is also said elsewhere.
                conceal(word if len(word) > _LONGEST_WORD and "/" not in word else word.partition("=")[2])
        elif key.endswith(("Environment", "Credential", "Key", "Password")):
            conceal(value)
            for word in value.split():
                conceal(word.strip("\"'").partition("=")[2])
