#!/usr/bin/env python3
"""Writes the spec file of packages of rpm that are cut from a system of Debian: cut.py TABLES SYSTEM DIRECTORY.

Each file of the system gets into the package that Debian has it in, under the name that names.tsv gives that package. What no
package has is in the package setup, users and groups for one, which all others need. Scripts have none of them: the system is
set up.
"""

import fnmatch
import os
import re
import stat
import sys
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

SETUP = "setup"
RELEASE = "1.debian12.standin"

#: What no package gets: state of the machine, Debian's own tools and what is the same for everybody's eyes only.
NOT_SHIPPED = (
    "/boot/grub",
    "/boot/initrd*",
    "/dev/*",
    "/etc/.pwd.lock",
    "/etc/*-",
    "/etc/apt",
    "/etc/debian_version",
    "/etc/dpkg",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/init.d",
    "/etc/issue",
    "/etc/issue.net",
    "/etc/kernel",
    "/etc/machine-id",
    "/etc/nvme/host*",
    "/etc/os-release",
    "/etc/rc?.d",
    "/etc/resolv.conf",
    "/etc/ssh/ssh_host_*",
    "/etc/systemd/system/*",
    "/etc/systemd/user/*",
    "/proc/*",
    "/run/*",
    "/sys/*",
    "/tmp/*",
    "/usr/lib/os-release",
    "/usr/sbin/policy-rc.d",
    "/usr/lib/sysimage/rpm/*",
    "/usr/share/bug",
    "/usr/share/doc",
    "/usr/share/doc-base",
    "/usr/share/info",
    "/usr/share/initramfs-tools",
    "/usr/share/lintian",
    "/usr/share/man",
    "/usr/share/locale",
    "/var/cache/*",
    "/var/lib/apt",
    "/var/lib/dbus/machine-id",
    "/var/lib/dpkg",
    "/var/lib/pam",
    "/var/lib/rpm/*",
    "/var/lib/systemd",
    "/var/lib/ucf",
    "/var/lib/vim",
    "/*/__pycache__",
    "/initrd.img*",
    "/vmlinuz*",
)


class Package(NamedTuple):
    """A package of Debian."""

    name: str
    version: str
    summary: str
    needs: List[List[str]]
    """In each entry names of which one is enough."""
    provides: List[str]


def table(file: Path) -> List[List[str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def names(relations: str) -> List[List[str]]:
    """The names in a list such as "libc6 (>= 2.34), debconf | debconf-2.0"."""
    return [
        [re.match(r"[^ :(]*", name.strip())[0] for name in relation.split("|")]  # type: ignore[index]
        for relation in relations.split(",")
        if relation.strip()
    ]


def installed(system: Path) -> Dict[str, Package]:
    packages = {}
    for paragraph in (system / "var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): *(.*)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = Package(
                fields["Package"],
                fields["Version"],
                fields["Description"],
                names(fields.get("Pre-Depends", "")) + names(fields.get("Depends", "")),
                [alternatives[0] for alternatives in names(fields.get("Provides", ""))],
            )
    return packages


class Cut:
    def __init__(self, tables: Path, system: Path) -> None:
        self.system = system
        self.left_out: Set[str] = {line[0] for line in table(tables / "left-out")}
        self.packages = installed(system)
        self.repositories: Dict[str, str] = {}
        self.names: Dict[str, str] = {"base-files": SETUP, "netbase": SETUP}
        self.origin: Dict[str, str] = {}
        for line in table(tables / "names.tsv"):
            self.repositories[line[0]] = line[1]
            for debian in line[2].split() if len(line) > 2 else []:
                self.names[debian] = line[0]
                self.origin.setdefault(line[0], debian)
        kernel = next(name for name in self.packages if re.fullmatch(r"linux-image-[0-9].*", name))
        self.names[kernel] = self.names.pop("linux-image")
        self.origin[self.names[kernel]] = kernel
        # What only leads to another package.
        self.left_out.add("linux-image-amd64")
        for debian in self.packages:
            if debian not in self.left_out:
                self.names.setdefault(debian, debian)
        self.patterns: List[Tuple["re.Pattern[str]", str]] = [
            (re.compile(fnmatch.translate(pattern)), name) for pattern, name in table(tables / "files.tsv")
        ]
        self.not_shipped = re.compile("|".join(f"(?:{fnmatch.translate(one)[:-2]})(?:/.*)?\\Z" for one in NOT_SHIPPED))
        self.needs: Dict[str, Set[str]] = {}
        for name, needed in table(tables / "needs.tsv"):
            self.needs.setdefault(name, set()).update(needed.split())
        self.configuration: Set[str] = set()
        self.owners = self._owners()
        self.files = self._files()
        self._add_needs()

    def canonical(self, path: str) -> str:
        """The path without links in the place of directories, such as /lib."""
        parent, name = os.path.split(path)
        real = os.path.realpath(f"{self.system}{parent}")
        return os.path.join(real[len(str(self.system)) :] or "/", name)

    def _owners(self) -> Dict[str, List[str]]:
        """The packages that have each path."""
        owners: Dict[str, List[str]] = {}
        information = self.system / "var/lib/dpkg/info"
        for debian, name in self.names.items():
            if debian not in self.packages:
                continue
            for list_file in [*information.glob(f"{debian}.list"), *information.glob(f"{debian}:amd64.list")]:
                for path in list_file.read_text(encoding="utf-8").splitlines():
                    owners.setdefault(self.canonical(path), []).append(name)
                conffiles = list_file.with_suffix(".conffiles")
                if conffiles.exists():
                    self.configuration.update(
                        self.canonical(line.split()[-1]) for line in conffiles.read_text(encoding="utf-8").splitlines()
                    )
        return owners

    def _owner(self, path: str, is_directory: bool) -> str:
        if not is_directory:
            for pattern, name in self.patterns:
                if pattern.match(path):
                    return name
        found = self.owners.get(path, [])
        # Directories that several share, and links such as /lib, which all take for a directory.
        is_shared = len(set(found)) > 1 and (is_directory or os.path.islink(f"{self.system}{path}"))
        if not found or is_shared or path.count("/") == 1:
            return SETUP
        # Of a file that was diverted the last one to come.
        return found[-1]

    def _walk(self) -> Iterator[Tuple[str, bool]]:
        for directory, below, files in os.walk(self.system):
            path = directory[len(str(self.system)) :] or "/"
            kept = []
            for name in sorted(below):
                child = os.path.join(path, name)
                if self.not_shipped.match(child):
                    continue
                if os.path.islink(f"{self.system}{child}"):
                    yield child, False
                else:
                    kept.append(name)
                    yield child, True
            below[:] = kept
            for name in sorted(files):
                child = os.path.join(path, name)
                if not self.not_shipped.match(child) and not child.startswith("/var/log/"):
                    yield child, False

    def _files(self) -> Dict[str, List[str]]:
        files: Dict[str, List[str]] = {SETUP: []}
        left_behind = set()
        for debian in self.left_out & set(self.packages):
            for list_file in (self.system / "var/lib/dpkg/info").glob(f"{debian}*.list"):
                if list_file.name.split(":")[0].removesuffix(".list") == debian:
                    left_behind.update(self.canonical(path) for path in list_file.read_text(encoding="utf-8").splitlines())
        for path, is_directory in self._walk():
            if path in left_behind and path not in self.owners and not is_directory and path != "/usr/bin/sh":
                continue
            mode = os.lstat(f"{self.system}{path}").st_mode
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
                continue
            kind = "%dir " if is_directory else ""
            if path in self.configuration and stat.S_ISREG(mode):
                kind = "%config(noreplace) "
            files.setdefault(self._owner(path, is_directory), []).append(f'{kind}"{path.replace("%", "%%")}"')
        return files

    def _add_needs(self) -> None:
        providers = {name: debian for debian, package in self.packages.items() for name in package.provides}
        for debian, package in self.packages.items():
            if debian not in self.names:
                continue
            needs = self.needs.setdefault(self.names[debian], set())
            for alternatives in package.needs:
                there = [name if name in self.packages else providers.get(name, "") for name in alternatives]
                first = next((name for name in there if name), "")
                if first in self.names:
                    needs.add(self.names[first])

    def spec(self, directory: Path) -> str:
        parts = [
            "Name: stand-in\nVersion: 9\nRelease: 1\nSummary: Debian's packages under AlmaLinux's names\n"
            "License: as Debian's\n"
            "%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global __check_files %{nil}\n"
            "%global _build_id_links none\n%global __spec_install_pre %{___build_pre}\n%global __spec_clean_pre %{nil}\n"
            "%global _binary_payload w1.zstdio\n%global _buildhost stand-in\n%global use_source_date_epoch_as_buildtime 1\n"
            "%global clamp_mtime_to_source_date_epoch 0\n"
            "%description\n%{summary}.\n%prep\n%build\n%install\n%clean\n"
        ]
        everything = sorted({*self.names.values(), *self.repositories, SETUP})
        rows = []
        for name in everything:
            debian = self.origin.get(name, name)
            package = self.packages.get(debian)
            version = re.sub(r"^[0-9]+:", "", package.version).replace("-", "_") if package else "9"
            listed = directory / f"{name}.files"
            listed.write_text("".join(f"{line}\n" for line in self.files.get(name, [])), encoding="utf-8")
            summary = f"STAND-IN of Debian bookworm{': ' + package.summary if package else ''}".replace("%", "%%")
            needs = "".join(f"Requires: {need}\n" for need in sorted(self.needs.get(name, set()) - {name}))
            parts.append(
                f"%package -n {name}\nVersion: {version}\nRelease: {RELEASE}\nSummary: {summary}\nAutoReqProv: no\n"
                + (needs + f"Requires: {SETUP}\nRequires(pre): {SETUP}\n" if name != SETUP else "Provides: filesystem\n")
                + f"%description -n {name}\n{summary}.\n"
                + f"%files -n {name}{f' -f {listed}' if self.files.get(name) else ''}\n%defattr(-,-,-,-)\n"
            )
            rows.append(f"{name}-{version}-{RELEASE}.x86_64.rpm {self.repositories.get(name, 'baseos')}\n")
        (directory / "repositories").write_text("".join(rows), encoding="utf-8")
        return "".join(parts)


def main() -> None:
    tables, system, directory = (Path(argument) for argument in sys.argv[1:])
    cut = Cut(tables, system)
    unknown = {name for name in cut.files if name not in cut.names.values() and name not in cut.repositories and name != SETUP}
    needed = {need for needs in cut.needs.values() for need in needs}
    unknown |= needed - set(cut.names.values()) - set(cut.repositories)
    if unknown:
        sys.exit(f"cut.py: no package: {', '.join(sorted(unknown))}")
    (directory / "packages.spec").write_text(cut.spec(directory), encoding="utf-8")


if __name__ == "__main__":
    main()
