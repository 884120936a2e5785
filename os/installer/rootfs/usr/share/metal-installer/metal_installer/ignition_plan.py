"""What ignition is going to do, checked and prepared while nothing has been changed; and then done.

ignition itself gets no secrets that it would show to other processes, nothing that it would have to fetch, and nothing that
it can only do on a machine that runs.
"""

import grp
import json
import os
import pwd
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

from metal_installer import commands, provisioner
from metal_installer.accounts import UID, USER
from metal_installer.document import Document
from metal_installer.errors import InputError, InstallError
from metal_installer.files import File, remove, write
from metal_installer.ignition import translated, version_of, without_other_stages
from metal_installer.provisioner import Json, Rendered
from metal_installer.units import as_preset, instance_of

_PRESETS = "/etc/systemd/system-preset/20-metal-userdata.preset"
_MODES_OF_VERSION_3 = 0o777
_LARGEST_SUM = 512 * 2**20
_LARGEST_CONFIGURATION = 16 * 2**20
_NAME = re.compile(r"[^-+~:/,\s\x00-\x1f\x7f][^:/,\s\x00-\x1f\x7f]{0,31}")
"""Of a user or a group, as useradd takes it."""
_ENDS_THE_HASH = re.compile(r"[:\s]")


class Plan(NamedTuple):
    rendered: Rendered
    modes: Dict[str, int]
    """Of paths whose bits beyond rwx are not in the specification that ignition knows."""
    user_hashes: Dict[str, str]
    group_hashes: Dict[str, str]
    users_with_keys: Tuple[str, ...]
    units: Tuple[str, ...]
    """That are written."""
    instances: Dict[str, bool]
    """Of templates, and whether they are enabled. ignition would ask the systemd that runs."""


def make_plan(document: Document) -> Plan:
    """Reads and checks a configuration of version 2 or 3, with all that it refers to."""
    provisioner.conceal_secrets(document.value)
    major, _ = version_of(document)
    configuration = without_other_stages(document)
    fetch = _Fetch(document)
    if major == 2:
        reduced = Document(document.file, "", configuration, warnings=document.warnings)
        configuration = translated(reduced, fetch.configuration)
    try:
        rendered = provisioner.render(configuration)
    except InstallError as error:
        raise InputError(document.file, "", str(error)) from error
    provisioner.conceal_secrets(rendered.configuration)
    # Of a translation, such warnings have been given before.
    for warning in rendered.warnings if major == 3 else ():
        document.warn(warning)
    # What was included has stages, too.
    final = Document(document.file, "", rendered.configuration, warnings=document.warnings)
    rendered = rendered._replace(configuration=without_other_stages(final))
    fetch.contents(rendered)
    plan = Plan(
        rendered=rendered,
        modes=_modes(configuration) if major == 2 else {},
        user_hashes=_without_hashes(document, rendered.configuration, "users"),
        group_hashes=_without_hashes(document, rendered.configuration, "groups"),
        users_with_keys=tuple(u["name"] for u in _parts(rendered, "passwd", "users") if u.get("sshAuthorizedKeys")),
        units=tuple(unit["name"] for unit in _parts(rendered, "systemd", "units") if unit.get("contents")),
        instances=_without_instances(rendered.configuration),
    )
    _Accounts(document, rendered).check()
    _check_ways(document, rendered)
    return plan


def carry_out(plan: Plan) -> None:
    provisioner.write(plan.rendered)
    for path, mode in plan.modes.items():
        os.chmod(path, mode)
    for program, hashes in (("chpasswd", plan.user_hashes), ("chgpasswd", plan.group_hashes)):
        if hashes:
            lines = "".join(f"{name}:{value}\n" for name, value in hashes.items())
            commands.run([program, "--encrypted"], stdin=lines)
    for user in plan.users_with_keys:
        _merge_keys(user)
    remove(Path(_PRESETS))
    enabled = [unit for unit, is_enabled in plan.instances.items() if is_enabled]
    if enabled:
        lines = "".join(f"enable {as_preset(unit)}\n" for unit in enabled)
        write([File(_PRESETS, "# Written by the installer, of the userdata.\n" + lines)])


def preset_units(plan: Plan) -> List[str]:
    """Enables and disables units, as presets say. Returns what went wrong: a machine without a unit is still a machine."""
    problems = []
    for arguments in [["preset-all"], *(["enable" if on else "disable", unit] for unit, on in plan.instances.items())]:
        result = commands.start(["systemctl", *arguments]).result()
        if result.returncode != 0:
            problems.append(f"systemctl {' '.join(arguments)} failed{commands.said(result.stdout + result.stderr)}")
    return problems


class _Fetch:
    """Gets what a configuration refers to, while nothing has been changed."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._sum = 0

    def configuration(self, entry: Document, resource: Json, section: Json) -> Document:
        """Another configuration, which one of version 2 includes."""
        source = resource.get("source") or "data:,"
        name = "the data in it" if source.startswith("data:") else provisioner.shown(source)
        try:
            content = provisioner.fetch(provisioner.render({"ignition": section}), resource)
        except InstallError as error:
            raise InputError(entry.file, entry.field, f"{name} cannot be fetched: {error}") from error
        try:
            if len(content) > _LARGEST_CONFIGURATION:
                raise ValueError("it is too large")
            value = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise InputError(entry.file, entry.field, f"{name} is no configuration: {error}") from error
        provisioner.conceal_secrets(value)
        return Document(name, "", value, warnings=self._document.warnings).mapping()

    def contents(self, rendered: Rendered) -> None:
        """All contents of files. What comes from elsewhere takes the place of its URL."""
        resources = [
            (file["path"], resource)
            for file in _parts(rendered, "storage", "files")
            for resource in [file.get("contents") or {}, *(file.get("append") or [])]
            if resource.get("source")
        ]
        inline = [(path, resource) for path, resource in resources if not provisioner.is_remote(resource)]
        try:
            provisioner.check(rendered, [resource for _, resource in inline])
        except InstallError:
            # Now for the one that it was.
            for path, resource in inline:
                self._fetched(rendered, path, resource)
            raise
        for path, resource in resources:
            if provisioner.is_remote(resource):
                content = self._fetched(rendered, path, resource)
                resource.clear()
                resource.update({"source": provisioner.data_url(content)})

    def _fetched(self, rendered: Rendered, path: str, resource: Json) -> bytes:
        try:
            content = provisioner.fetch(rendered, resource)
        except InstallError as error:
            origin = ""
            if provisioner.is_remote(resource):
                origin = f"{provisioner.shown(resource['source'])}, which has {rendered.patience} s: "
            self._document.get("storage").get("files").fail(f"{path}: {origin}{error}")
        self._sum += len(content)
        if self._sum > _LARGEST_SUM:
            self._document.get("storage").get("files").fail(
                f"{path}: with it, more than {_LARGEST_SUM >> 20} MiB are to be fetched; have the machine do it when it runs"
            )
        return content


class _Accounts:
    """Users and groups, held against those of the image: useradd and groupadd end at the first that doesn't fit."""

    def __init__(self, document: Document, rendered: Rendered) -> None:
        self._passwd = document.get("passwd")
        self._rendered = rendered
        self._users = [user for user in _parts(rendered, "passwd", "users") if user.get("shouldExist") is not False]
        self._groups = [group for group in _parts(rendered, "passwd", "groups") if group.get("shouldExist") is not False]
        self._user_names = {entry.pw_name for entry in pwd.getpwall()} | {user["name"] for user in self._users}
        self._group_names = {entry.gr_name for entry in grp.getgrall()} | {group["name"] for group in self._groups}
        # A new user has a group of the same name, unless one says otherwise.
        self._group_names |= {user["name"] for user in self._users}

    def check(self) -> None:
        for kind, entries in (("users", self._users), ("groups", self._groups)):
            for entry in entries:
                if not _NAME.fullmatch(entry["name"]):
                    self._passwd.get(kind).fail(f"{entry['name']!r} is no name that useradd takes")
        taken = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
        taken.setdefault(UID, USER)
        for user in self._users:
            self._join_own_group(user)
            self._drop_taken(user, "users", "uid", taken)
            self._drop_unknown_groups(user)
        taken = {entry.gr_gid: entry.gr_name for entry in grp.getgrall()}
        for group in self._groups:
            self._drop_taken(group, "groups", "gid", taken)
        self._drop_groups_of_the_image()
        for kind in ("files", "directories", "links"):
            for node in _parts(self._rendered, "storage", kind):
                for role, names in (("user", self._user_names), ("group", self._group_names)):
                    name = (node.get(role) or {}).get("name")
                    if name is not None and name not in names:
                        del node[role]
                        self._warn("storage", f"{node['path']}: there is no {role} {name!r}: it belongs to root")

    def _drop_taken(self, entry: Json, kind: str, number: str, taken: Dict[int, str]) -> None:
        value = entry.get(number)
        if value is None:
            return
        holder = taken.setdefault(value, entry["name"])
        if holder != entry["name"]:
            del entry[number]
            self._warn(f"passwd.{kind}", f"{entry['name']}: {number} {value} is {holder}'s: it gets another one")

    def _join_own_group(self, user: Json) -> None:
        """useradd makes no group for a user if there is one of that name, and no user either."""
        names = {entry.gr_name for entry in grp.getgrall()} | {group["name"] for group in self._groups}
        is_new = user["name"] not in {entry.pw_name for entry in pwd.getpwall()}
        if is_new and user["name"] in names and not user.get("primaryGroup") and not user.get("noUserGroup"):
            user["primaryGroup"] = user["name"]

    def _drop_groups_of_the_image(self) -> None:
        """ignition cannot be told to make what is there."""
        known = {entry.gr_name: entry.gr_gid for entry in grp.getgrall()}
        for group in self._groups:
            if group["name"] in known and group.get("gid") not in (None, known[group["name"]]):
                self._warn("passwd.groups", f"{group['name']}: is there already, as number {known[group['name']]}")
        passwd = self._rendered.configuration.get("passwd") or {}
        if passwd.get("groups"):
            passwd["groups"] = [
                group for group in passwd["groups"] if group["name"] not in known or group.get("shouldExist") is False
            ]

    def _drop_unknown_groups(self, user: Json) -> None:
        unknown = [name for name in user.get("groups") or [] if name not in self._group_names]
        if unknown:
            user["groups"] = [name for name in user["groups"] if name not in unknown]
        primary = user.get("primaryGroup")
        if primary and primary not in self._group_names:
            del user["primaryGroup"]
            unknown.append(primary)
        for name in unknown:
            self._warn("passwd.users", f"{user['name']}: there is no group {name!r}: the user is made without it")

    def _warn(self, field: str, problem: str) -> None:
        Document(self._passwd.file, field, None, warnings=self._passwd.warnings).warn(problem)


def _parts(rendered: Rendered, section: str, kind: str) -> List[Json]:
    return (rendered.configuration.get(section) or {}).get(kind) or []


def _modes(configuration: Json) -> Dict[str, int]:
    nodes = configuration["storage"]["files"] + configuration["storage"]["directories"]
    return {node["path"]: node["mode"] for node in nodes if node.get("mode", 0) > _MODES_OF_VERSION_3}


def _without_hashes(document: Document, configuration: Json, kind: str) -> Dict[str, str]:
    """Takes the hashes of passwords out: ignition would give them to useradd as arguments, which everybody may read."""
    hashes = {}
    for entry in (configuration.get("passwd") or {}).get(kind) or []:
        if entry.get("passwordHash"):
            hashes[entry["name"]] = entry.pop("passwordHash")
            if _ENDS_THE_HASH.search(hashes[entry["name"]]):
                document.get("passwd").get(kind).fail(f"{entry['name']}: passwordHash has a character that is in no hash")
    return hashes


def _without_instances(configuration: Json) -> Dict[str, bool]:
    instances = {}
    for unit in (configuration.get("systemd") or {}).get("units") or []:
        if instance_of(unit["name"]) and unit.get("enabled") is not None:
            instances[unit["name"]] = unit.pop("enabled")
    return instances


def _check_ways(document: Document, rendered: Rendered) -> None:
    """Fails if something is in the way that ignition would not replace."""
    for kind in ("files", "directories", "links"):
        for node in _parts(rendered, "storage", kind):
            problem = _in_the_way(node, kind)
            if problem:
                document.get("storage").get(kind).fail(f"{node['path']}: {problem}")


def _in_the_way(node: Json, kind: str) -> str:
    path = Path(node["path"])
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            return f"{parent} is a file already, so nothing can be in it"
    if not os.path.lexists(str(path)) or node.get("overwrite"):
        return ""
    if kind == "directories":
        return "" if path.is_dir() and not path.is_symlink() else "a file is there already; overwrite: true would replace it"
    if path.is_dir() and not path.is_symlink():
        return "a directory is there already; overwrite: true would replace it"
    if kind == "links":
        same = path.is_symlink() and not node.get("hard") and os.readlink(str(path)) == node.get("target")
        return "" if same else "a file is there already; overwrite: true would replace it"
    if (node.get("contents") or {}).get("source"):
        return "a file is there already; overwrite: true would replace it"
    return ""


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
    os.chown(str(keys), entry.pw_uid, entry.pw_gid)
