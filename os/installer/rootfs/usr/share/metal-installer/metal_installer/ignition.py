"""Translates ignition configurations of version 2 into version 3, which is what the ignition of the images reads.

Only the stage `files` is ever run: disks and file systems are metal-hammer's. What has no counterpart and would leave a
machine behind that is not the one asked for is an error; the rest is a warning.
Formats: coreos.github.io/ignition, configuration-v2_4 and configuration-v3_0; what differs is in migrating-configs.
"""

import re
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import quote

from metal_installer.document import Document

_TRANSLATED_TO = "3.0.0"
_NETWORKD = "/etc/systemd/network"
_MODE_OF_UNITS = 0o644

Json = Dict[str, Any]


def version_of(configuration: Document) -> Tuple[int, int]:
    """Major and minor version of the specification that a configuration is written to."""
    if not configuration.get("ignitionVersion").is_absent():
        configuration.get("ignitionVersion").fail("version 1 is too old; known are 2 and 3")
    version = configuration.get("ignition").present().get("version")
    match = re.fullmatch(r"(\d+)\.(\d+)\.\d+(-experimental)?", version.text())
    if not match:
        version.fail(f"{version.value!r} is no version")
    if match[1] not in ("2", "3"):
        version.fail(f"version {version.value} is unknown; known are 2 and 3")
    return int(match[1]), int(match[2])


def check_stages(configuration: Document) -> None:
    """Fails on what another stage than `files` would have to do. For both versions."""
    storage = configuration.get("storage")
    if not storage.is_absent():
        for name in ("disks", "raid", "luks"):
            if storage.get(name).items():
                storage.get(name).fail("the disks are laid out already, by the file system layout of the machine")
        for filesystem in storage.get("filesystems").items():
            mount = filesystem.get("mount")
            if (mount.value or filesystem.value).get("format"):
                filesystem.fail("file systems are made already, by the file system layout of the machine")
    if configuration.get("kernelArguments").value:
        configuration.get("kernelArguments").fail("there is no stage that would set them")


def translated(configuration: Document) -> Tuple[Json, List[str]]:
    """The configuration in version 3, and warnings."""
    translation = _Translation()
    return translation.of(configuration), translation.warnings


class _Translation:
    def __init__(self) -> None:
        self.warnings: List[str] = []
        self._mount_points = {"root": "/"}

    def of(self, configuration: Document) -> Json:
        storage = configuration.get("storage")
        passwd = configuration.get("passwd")
        systemd = configuration.get("systemd")
        self._warn_of_unknown(configuration, ("ignition", "storage", "passwd", "systemd", "networkd"))
        result: Json = {"ignition": self._ignition(configuration.get("ignition"))}
        if not storage.is_absent():
            self._read_mount_points(storage)
            result["storage"] = {
                "files": self._files(storage.get("files")),
                "directories": [self._directory(entry) for entry in storage.get("directories").items()],
                "links": [self._link(entry) for entry in storage.get("links").items()],
            }
        if not passwd.is_absent():
            result["passwd"] = {
                "users": [self._user(entry) for entry in passwd.get("users").items()],
                "groups": [self._group(entry) for entry in passwd.get("groups").items()],
            }
        if not systemd.is_absent():
            result["systemd"] = {"units": self._units(systemd.get("units"))}
        networkd = configuration.get("networkd")
        if not networkd.is_absent():
            files = [file for unit in networkd.get("units").items() for file in self._networkd_files(unit)]
            if files:
                result.setdefault("storage", {}).setdefault("files", []).extend(files)
        _check_unique(configuration, result)
        return result

    def _ignition(self, document: Document) -> Json:
        result: Json = {"version": _TRANSLATED_TO}
        config = document.get("config")
        if not config.is_absent():
            for name in ("append", "replace"):
                if config.get(name).value:
                    config.get(name).fail("a configuration of version 2 that is fetched cannot be translated")
        for name in ("timeouts", "security", "proxy"):
            if document.get(name).value:
                result[name] = _without_empty(document.get(name).mapping().value)
        if "proxy" in result:
            result["version"] = "3.1.0"
        return result

    def _read_mount_points(self, storage: Document) -> None:
        for filesystem in storage.get("filesystems").items():
            path = filesystem.get("path").optional_text()
            if path is None:
                filesystem.get("path").fail("has no counterpart: only a file system that is mounted can be written to")
            self._mount_points[filesystem.get("name").text()] = path

    def _files(self, document: Document) -> List[Json]:
        """Each path once: version 3 refuses to be told twice. What is appended to it is collected."""
        files: Dict[str, Json] = {}
        for entry in document.items():
            appended = entry.get("append").truth()
            file = self._node(entry)
            self._warn_of_unknown(
                entry, ("filesystem", "path", "user", "group", "overwrite", "append", "contents", "mode")
            )
            contents = self._contents(entry.get("contents"))
            if appended:
                known = files.setdefault(file["path"], file)
                known.setdefault("append", []).append(contents or {"source": "data:,"})
                known.update({name: file[name] for name in ("user", "group", "mode") if name in file})
            else:
                overwrite = entry.get("overwrite")
                # Other than in version 3 a file that is there already is replaced unless one says no.
                file["overwrite"] = True if overwrite.is_absent() else overwrite.truth()
                file["contents"] = contents or {"source": "data:,"}
                files[file["path"]] = file
        return list(files.values())

    def _directory(self, entry: Document) -> Json:
        self._warn_of_unknown(entry, ("filesystem", "path", "user", "group", "overwrite", "mode"))
        return self._node(entry)

    def _link(self, entry: Document) -> Json:
        self._warn_of_unknown(entry, ("filesystem", "path", "user", "group", "overwrite", "target", "hard"))
        link = self._node(entry)
        link["target"] = entry.get("target").text()
        link["hard"] = entry.get("hard").truth()
        return link

    def _node(self, entry: Document) -> Json:
        filesystem = entry.get("filesystem")
        name = filesystem.text()
        if name not in self._mount_points:
            filesystem.fail(f"{name!r} is unknown; known are {', '.join(self._mount_points)}")
        path = entry.get("path")
        if not path.text().startswith("/"):
            path.fail(f"{path.value!r} is not absolute")
        node: Json = {"path": self._mount_points[name].rstrip("/") + path.text()}
        for owner in ("user", "group"):
            if entry.get(owner).value:
                node[owner] = self._owner(entry.get(owner))
        mode = entry.get("mode")
        if not mode.is_absent():
            node["mode"] = mode.integer(0, 0o7777)
        if not entry.get("overwrite").is_absent():
            node["overwrite"] = entry.get("overwrite").truth()
        return node

    @staticmethod
    def _owner(document: Document) -> Json:
        if not document.get("id").is_absent():
            return {"id": document.get("id").integer(0, 2**32 - 2)}
        return {"name": document.get("name").text()}

    def _contents(self, document: Document) -> Optional[Json]:
        if document.is_absent() or not document.mapping().value:
            return None
        self._warn_of_unknown(document, ("source", "compression", "verification"))
        source = document.get("source")
        contents: Json = {"source": source.optional_text() or "data:,"}
        if document.get("compression").value:
            contents["compression"] = document.get("compression").text()
        verification = document.get("verification")
        if verification.value:
            contents["verification"] = {"hash": verification.get("hash").text()}
        return contents

    def _user(self, entry: Document) -> Json:
        copied = (
            "name",
            "passwordHash",
            "sshAuthorizedKeys",
            "uid",
            "gecos",
            "homeDir",
            "noCreateHome",
            "primaryGroup",
            "groups",
            "noUserGroup",
            "noLogInit",
            "shell",
            "system",
        )
        self._warn_of_unknown(entry, (*copied, "create"))
        user = {name: entry.value[name] for name in copied if entry.get(name).value not in (None, "", [])}
        create = entry.get("create")
        if not create.is_absent():
            # The older way to say the same; what is said outside of it counts.
            user = {**{k: v for k, v in create.mapping().value.items() if v not in (None, "", [])}, **user}
        entry.get("name").text()
        return user

    def _group(self, entry: Document) -> Json:
        self._warn_of_unknown(entry, ("name", "gid", "passwordHash", "system"))
        entry.get("name").text()
        return {name: value for name, value in entry.value.items() if value not in (None, "")}

    def _units(self, document: Document) -> List[Json]:
        units = []
        for entry in document.items():
            self._warn_of_unknown(entry, ("name", "enable", "enabled", "mask", "contents", "dropins"))
            unit: Json = {"name": entry.get("name").text()}
            enabled = entry.get("enabled")
            if not enabled.is_absent():
                unit["enabled"] = enabled.truth()
            elif entry.get("enable").truth():
                unit["enabled"] = True
            if entry.get("mask").truth():
                unit["mask"] = True
            if entry.get("contents").value:
                unit["contents"] = entry.get("contents").lines()
            dropins = [
                {"name": dropin.get("name").text(), "contents": dropin.get("contents").value or ""}
                for dropin in entry.get("dropins").items()
            ]
            if dropins:
                unit["dropins"] = dropins
            units.append(unit)
        return units

    def _networkd_files(self, unit: Document) -> List[Json]:
        name = unit.get("name").text()
        files = [(f"{_NETWORKD}/{name}", unit.get("contents"))]
        for dropin in unit.get("dropins").items():
            files.append((f"{_NETWORKD}/{name}.d/{dropin.get('name').text()}", dropin.get("contents")))
        return [
            {
                "path": path,
                "overwrite": True,
                "mode": _MODE_OF_UNITS,
                "contents": {"source": _data_url(contents.lines())},
            }
            for path, contents in files
            if contents.value
        ]

    def _warn_of_unknown(self, entry: Document, known: Tuple[str, ...]) -> None:
        for name, value in entry.mapping().value.items():
            if name not in known and value:
                self.warnings.append(f"{entry.file}: {entry.get(name).field}: is ignored, it has no counterpart")


def _check_unique(configuration: Document, result: Json) -> None:
    storage = result.get("storage", {})
    paths = [node["path"] for kind in ("files", "directories", "links") for node in storage.get(kind, [])]
    names = {
        "storage": paths,
        "systemd": [unit["name"] for unit in result.get("systemd", {}).get("units", [])],
        "passwd": [user["name"] for user in result.get("passwd", {}).get("users", [])],
    }
    for section, values in names.items():
        for value in values:
            if values.count(value) > 1:
                configuration.get(section).fail(f"{value} is there twice")


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in pairs.items() if inner not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_without_empty(inner) for inner in value]
    return value


def _data_url(content: str) -> str:
    return "data:," + quote(content)
