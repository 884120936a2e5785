"""Translates ignition configurations of version 2 into version 3, which is what the ignition of the images reads.

Only the stage `files` is ever run: disks and file systems are metal-hammer's. What has no counterpart is left out, with a
warning.
Formats: coreos.github.io/ignition, configuration-v2_4 and configuration-v3_0; what differs is in migrating-configs.
"""

import os
import re
from typing import Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import quote

from metal_installer.document import Document

_TRANSLATED_TO = "3.1.0"
_NETWORKD = "/etc/systemd/network"
_MODE_OF_UNITS = 0o644
_DEEPEST_CHAIN = 8
"""Of configurations that have others fetched."""
_SOURCES = ("data", "http", "https", "s3", "tftp")
_LAID_OUT = "is left out: the disks are laid out already, by the file system layout of the machine"
_FORMATTED = "is left out: file systems are made already, by the file system layout of the machine"
_NO_STAGE = "is left out: there is no stage that would set them"

Json = Dict[str, Any]


def version_of(configuration: Document) -> Tuple[int, int]:
    """Major and minor version of the specification that a configuration is written to."""
    if not configuration.get("ignitionVersion").is_absent():
        configuration.get("ignitionVersion").fail("version 1 is too old; known are 2 and 3")
    version = configuration.get("ignition").present().get("version")
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.\d{1,2}(-[a-z]+)?", version.text())
    if not match:
        version.fail(f"{version.value!r} is no version; it has to be like 2.3.0 or 3.3.0")
    if match.group(1) not in ("2", "3"):
        version.fail(f"version {version.value} is unknown; known are 2 and 3")
    return int(match.group(1)), int(match.group(2))


def without_other_stages(configuration: Document) -> Json:
    """The configuration without what another stage than `files` would have to do. Of both versions."""
    result = dict(configuration.mapping().value)
    storage = configuration.get("storage")
    if not storage.is_absent():
        kept = dict(storage.mapping().value)
        for name in ("disks", "raid", "luks"):
            if kept.pop(name, None):
                storage.get(name).warn(_LAID_OUT)
        kept["filesystems"] = [_without_format(filesystem) for filesystem in storage.get("filesystems").items()]
        if not any("name" in filesystem for filesystem in kept["filesystems"]):
            # Those of version 3 have no names: nothing refers to them.
            del kept["filesystems"]
        result["storage"] = kept
    if result.pop("kernelArguments", None):
        arguments = configuration.get("kernelArguments")
        if any(arguments.value.values() if isinstance(arguments.value, dict) else [arguments.value]):
            arguments.warn(_NO_STAGE)
    return result


def translated(configuration: Document, fetch: Callable[[Document, Json, Json], Document]) -> Json:
    """The configuration in version 3. `fetch` gets what it refers to: of whom, the resource, and the section `ignition`."""
    return _Translation(fetch).of(configuration)


class _Translation:
    def __init__(self, fetch: Callable[[Document, Json, Json], Document]) -> None:
        self._fetch = fetch
        self._mount_points: Dict[str, Optional[str]] = {"root": "/"}

    def of(self, configuration: Document) -> Json:
        result: Json = {"ignition": self._ignition(configuration.get("ignition"))}
        configurations = self._with_included(configuration, result["ignition"])
        for each in configurations:
            _warn_of_unknown(each, ("ignition", "storage", "passwd", "systemd", "networkd"))
            self._read_mount_points(_section(each, "storage").get("filesystems"))

        def entries(section: str, kind: str) -> List[Document]:
            return [entry for each in configurations for entry in _section(each, section).get(kind).items()]

        files = self._files(entries("storage", "files"))
        files += [file for unit in entries("networkd", "units") for file in self._networkd_files(unit)]
        result["storage"] = {
            "files": files,
            "directories": self._nodes(entries("storage", "directories"), self._directory),
            "links": self._nodes(entries("storage", "links"), self._link),
        }
        result["passwd"] = {
            "users": _merged([(entry, self._user(entry)) for entry in entries("passwd", "users")]),
            "groups": _merged([(entry, self._group(entry)) for entry in entries("passwd", "groups")]),
        }
        result["systemd"] = {"units": _merged([(e, self._unit(e)) for e in entries("systemd", "units")])}
        _check_unique(configuration, result["storage"])
        return result

    def _ignition(self, document: Document) -> Json:
        _warn_of_unknown(document, ("version", "config", "timeouts", "security", "proxy"))
        result: Json = {"version": _TRANSLATED_TO}
        for name in ("timeouts", "security", "proxy"):
            if document.get(name).value:
                result[name] = _without_empty(document.get(name).mapping().value)
        return result

    def _with_included(self, configuration: Document, section: Json, depth: int = 0) -> List[Document]:
        """The configuration and, behind it, what it appends; or what it is to be replaced by."""
        config = configuration.get("ignition").get("config")
        if config.is_absent():
            return [configuration]
        replace, appended = config.get("replace"), config.get("append").items()
        if depth >= _DEEPEST_CHAIN and (replace.value or appended):
            config.fail(f"each of {_DEEPEST_CHAIN} configurations has another one fetched; do they form a circle?")
        if replace.value and replace.get("source").value:
            return self._with_included(self._included(replace, section), section, depth + 1)
        included = [configuration]
        for entry in appended:
            included += self._with_included(self._included(entry, section), section, depth + 1)
        return included

    def _included(self, entry: Document, section: Json) -> Document:
        configuration = self._fetch(entry, self._contents(entry) or {}, section)
        version, _ = version_of(configuration)
        if version != 2:
            configuration.get("ignition").get("version").fail("a configuration of version 2 can include its like alone")
        return Document(
            configuration.file, "", without_other_stages(configuration), warnings=configuration.warnings
        )

    def _read_mount_points(self, filesystems: Document) -> None:
        for filesystem in filesystems.items():
            name = filesystem.get("name").optional_text()
            if name is not None:
                self._mount_points[name] = filesystem.get("path").optional_text()

    def _files(self, entries: List[Document]) -> List[Json]:
        """Each path once: version 3 refuses to be told twice. What is appended to it is collected."""
        files: Dict[str, Json] = {}
        for entry in entries:
            _warn_of_unknown(entry, ("filesystem", "path", "user", "group", "overwrite", "append", "contents", "mode"))
            file = self._node(entry)
            contents = self._contents(entry.get("contents"))
            if file is None or contents is None:
                continue
            if entry.get("append").truth():
                known = files.setdefault(file["path"], file)
                known.setdefault("append", []).append(contents)
                known.update({name: file[name] for name in ("user", "group", "mode") if name in file})
            else:
                overwrite = entry.get("overwrite")
                # Other than in version 3 a file that is there already is replaced unless one says no.
                file["overwrite"] = True if overwrite.is_absent() else overwrite.truth()
                file["contents"] = contents
                files[file["path"]] = file
        return list(files.values())

    @staticmethod
    def _nodes(entries: List[Document], translate: Callable[[Document], Optional[Json]]) -> List[Json]:
        return [node for node in (translate(entry) for entry in entries) if node is not None]

    def _directory(self, entry: Document) -> Optional[Json]:
        _warn_of_unknown(entry, ("filesystem", "path", "user", "group", "overwrite", "mode"))
        return self._node(entry)

    def _link(self, entry: Document) -> Optional[Json]:
        _warn_of_unknown(entry, ("filesystem", "path", "user", "group", "overwrite", "target", "hard"))
        link = self._node(entry)
        if link is not None:
            link["target"] = entry.get("target").text()
            link["hard"] = entry.get("hard").truth()
        return link

    def _node(self, entry: Document) -> Optional[Json]:
        """None if it lies in a file system that is not mounted."""
        filesystem = entry.get("filesystem")
        name = filesystem.optional_text() or "root"
        if name not in self._mount_points:
            filesystem.fail(f"{name!r} is unknown; known are {', '.join(self._mount_points)}")
        path = entry.get("path")
        if not path.text().startswith("/"):
            path.fail(f"{path.value!r} is not absolute")
        mount_point = self._mount_points[name]
        if mount_point is None:
            entry.warn(f"{path.value} is left out: only a file system that is mounted can be written to, not {name!r}")
            return None
        # Version 3 takes no path that could be simplified.
        node: Json = {"path": "/" + os.path.normpath(f"{mount_point}/{path.text()}").lstrip("/")}
        for owner in ("user", "group"):
            if entry.get(owner).value:
                node[owner] = self._owner(entry.get(owner))
        mode = entry.get("mode")
        if not mode.is_absent():
            if isinstance(mode.value, str):
                mode.fail(f"has to be a whole number, not {mode.value!r}; JSON has no octal ones: 0644 is 420")
            node["mode"] = mode.integer(0, 0o7777)
        if not entry.get("overwrite").is_absent():
            node["overwrite"] = entry.get("overwrite").truth()
        return node

    @staticmethod
    def _owner(document: Document) -> Json:
        if not document.get("id").is_absent():
            return {"id": document.get("id").integer(0, 2**32 - 2)}
        return {"name": document.get("name").text()}

    @staticmethod
    def _contents(document: Document) -> Optional[Json]:
        """None if they have no counterpart."""
        if document.is_absent() or not document.mapping().value:
            return {"source": "data:,"}
        _warn_of_unknown(document, ("source", "compression", "verification", "httpHeaders"))
        source = document.get("source").optional_text() or "data:,"
        if source.partition(":")[0].lower() not in _SOURCES:
            document.get("source").warn(f"is left out: of the sources only {', '.join(_SOURCES)} have a counterpart")
            return None
        contents: Json = {"source": source}
        if document.get("compression").value:
            contents["compression"] = document.get("compression").text()
        verification = document.get("verification")
        if verification.value and verification.get("hash").value:
            contents["verification"] = {"hash": verification.get("hash").text()}
        if document.get("httpHeaders").items():
            contents["httpHeaders"] = document.get("httpHeaders").value
        return contents

    @staticmethod
    def _user(entry: Document) -> Json:
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
        _warn_of_unknown(entry, (*copied, "create"))
        user = {name: entry.value[name] for name in copied if entry.get(name).value not in (None, "", [])}
        create = entry.get("create")
        if not create.is_absent():
            _warn_of_unknown(create, copied)
            # The older way to say the same; what is said outside of it counts.
            older = {k: v for k, v in create.mapping().value.items() if k in copied and v not in (None, "", [])}
            user = {**older, **user}
        entry.get("name").text()
        return user

    @staticmethod
    def _group(entry: Document) -> Json:
        copied = ("name", "gid", "passwordHash", "system")
        _warn_of_unknown(entry, copied)
        entry.get("name").text()
        return {name: entry.value[name] for name in copied if entry.get(name).value not in (None, "")}

    @staticmethod
    def _unit(entry: Document) -> Json:
        _warn_of_unknown(entry, ("name", "enable", "enabled", "mask", "contents", "dropins"))
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
        dropins = {d.get("name").text(): d.get("contents").value or "" for d in entry.get("dropins").items()}
        if dropins:
            unit["dropins"] = [{"name": name, "contents": contents} for name, contents in dropins.items()]
        return unit

    @staticmethod
    def _networkd_files(unit: Document) -> List[Json]:
        _warn_of_unknown(unit, ("name", "contents", "dropins"))
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


def _section(configuration: Document, name: str) -> Document:
    """An empty one where the configuration has none."""
    section = configuration.get(name)
    return Document(section.file, section.field, section.value or {}, warnings=section.warnings).mapping()


def _without_format(filesystem: Document) -> Json:
    """What is left of a file system is where it is mounted."""
    mount = filesystem.get("mount")
    if (filesystem if mount.is_absent() else mount).mapping().value.get("format"):
        filesystem.warn(_FORMATTED)
    return {name: value for name, value in filesystem.value.items() if name in ("name", "path")}


def _merged(entries: List[Tuple[Document, Json]]) -> List[Json]:
    """Each name once: what comes later counts, and is added to what is a list."""
    merged: Dict[str, Json] = {}
    for document, entry in entries:
        known = merged.setdefault(entry["name"], {})
        if known:
            document.warn(f"{entry['name']} is there twice: what comes later counts")
        for name, value in entry.items():
            if isinstance(value, list):
                value = known.get(name, []) + [item for item in value if item not in known.get(name, [])]
                if name == "dropins":
                    value = list({dropin["name"]: dropin for dropin in value}.values())
            known[name] = value
    return list(merged.values())


def _warn_of_unknown(entry: Document, known: Tuple[str, ...]) -> None:
    for name, value in entry.mapping().value.items():
        if name not in known and value:
            entry.get(name).warn("is ignored, it has no counterpart")


def _check_unique(configuration: Document, storage: Json) -> None:
    paths = [node["path"] for kind in ("files", "directories", "links") for node in storage[kind]]
    for path in paths:
        if paths.count(path) > 1:
            configuration.get("storage").fail(f"{path} is there twice")


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in pairs.items() if inner not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_without_empty(inner) for inner in value]
    return value


def _data_url(content: str) -> str:
    return "data:," + quote(content)
