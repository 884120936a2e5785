"""An image in which the installer runs, as metal-hammer has it run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set

KERNEL = "6.1.0-0-test"

_LOWER = os.environ.get("INSTALLER_TESTS_LOWER", "")
_SCRATCH = os.environ.get("INSTALLER_TESTS_SCRATCH", "")
_ACCOUNTS_OF_PACKAGES = ("frr", "frrvty", "systemd-network", "_chrony")
_FIRST_UID_OF_PEOPLE = 1000


@dataclass(frozen=True)
class Result:
    code: int
    output: str
    errors: str


class Image:
    """A root file system, laid over the one that the tests were started with. Its own layer holds what changes."""

    def __init__(self) -> None:
        if not _LOWER:
            raise RuntimeError("Start the tests with os/installer/tests/run: it prepares what they run in.")
        self._directory = Path(tempfile.mkdtemp(dir=_SCRATCH))
        self._layer = self._directory / "layer"
        self.root = self._directory / "root"
        for path in (self._layer, self._directory / "work", self.root):
            path.mkdir()
        self._mount(
            "-t",
            "overlay",
            "overlay",
            "-o",
            f"lowerdir={_LOWER},upperdir={self._layer},workdir={self._directory / 'work'}",
        )
        self._make_pure()
        for name in ("dev", "proc", "sys", "tmp", "etc/metal"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self._mount("--bind", "/dev", at="dev")
        self._mount("-t", "proc", "proc", at="proc")
        self._mount("-t", "sysfs", "sysfs", at="sys")
        self._mount("-t", "tmpfs", "tmpfs", at="tmp")

    def close(self) -> None:
        subprocess.run(["umount", "--recursive", str(self.root)], check=True)
        shutil.rmtree(self._directory)

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def read(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def lines(self, name: str) -> List[str]:
        return [line.strip() for line in self.read(name).splitlines()]

    def write(self, name: str, content: str, mode: int = 0o644) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)

    def write_program(self, name: str) -> None:
        """A program that an image may have. It is never started, only found."""
        self.write(name, "#!/bin/sh\nexit 1\n", 0o755)

    def run(self, *command: str, variables: Optional[Dict[str, str]] = None) -> Result:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **(variables or {})}
        done = subprocess.run(
            ["chroot", str(self.root), *command], capture_output=True, text=True, env=environment, errors="replace"
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def install(
        self,
        allocation: Any,
        userdata: Optional[str] = None,
        settings: Optional[Dict[str, Any]] = None,
        leave_out: Sequence[str] = ("bootloader",),
    ) -> Result:
        """Runs the installer. GRUB is left out: it wants a disk, which the virtual machines of the rack have."""
        self.prepare(allocation, userdata, settings, leave_out)
        return self.run("/install.sh")

    def prepare(
        self,
        allocation: Any,
        userdata: Optional[str] = None,
        settings: Optional[Dict[str, Any]] = None,
        leave_out: Sequence[str] = ("bootloader",),
    ) -> None:
        """Writes what the installer reads."""
        self.write("/etc/metal/install.yaml", allocation if isinstance(allocation, str) else json.dumps(allocation))
        if userdata is not None:
            self.write("/etc/metal/userdata", userdata)
        self.write("/etc/metal/os-installer.yaml", json.dumps({"except": list(leave_out), **(settings or {})}))

    def driver(self) -> "Driver":
        """What runs the installer many times over. To be closed before this image."""
        return Driver(self.root)

    def changed_files(self) -> Dict[str, str]:
        """What the image's own layer has: for each path its kind, mode, owner and content."""
        found = {}
        for directory, names, files in os.walk(self._layer):
            for name in names + files:
                path = Path(directory, name)
                status = path.lstat()
                content: object = ""
                if path.is_symlink():
                    content = os.readlink(path)
                elif path.is_file():
                    content = path.read_bytes()
                found[f"/{path.relative_to(self._layer)}"] = (
                    f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {content!r}"
                )
        return found

    def _make_pure(self) -> None:
        """Makes an image of what may be a machine's file system: no people, one kernel, accounts of packages."""
        passwd = [l for l in self.read("/etc/passwd").splitlines() if not _is_of_a_person(l)]
        group = self.read("/etc/group").splitlines()
        users = {line.split(":")[0] for line in passwd}
        groups = {line.split(":")[0] for line in group}
        number = _free_number(passwd + group)
        for name in (*_ACCOUNTS_OF_PACKAGES, "sudo", "wheel"):
            if name not in groups:
                group.append(f"{name}:x:{number}:")
            if name in _ACCOUNTS_OF_PACKAGES and name not in users:
                gid = next(line.split(":")[2] for line in group if line.startswith(f"{name}:"))
                passwd.append(f"{name}:x:{number}:{gid}::/nonexistent:/usr/sbin/nologin")
            number -= 1
        self.write("/etc/passwd", "".join(f"{line}\n" for line in passwd))
        self.write("/etc/group", "".join(f"{line}\n" for line in group))
        people = {line.split(":")[0] for line in self.read("/etc/passwd").splitlines()}
        shadow = [line for line in self.read("/etc/shadow").splitlines() if line.split(":")[0] in people]
        self.write("/etc/shadow", "".join(f"{line}\n" for line in shadow), 0o640)
        for name in ("etc/metal", "boot", "etc/systemd/network", "home"):
            shutil.rmtree(self.path(name), ignore_errors=True)
        for name in ("System.map", "vmlinuz", "initrd.img"):
            self.write(f"/boot/{name}-{KERNEL}", "")

    def _mount(self, *arguments: str, at: str = "") -> None:
        subprocess.run(["mount", *arguments, str(self.root / at)], check=True)


class Driver:
    """A process in an image, for many tasks: see driver.py."""

    def __init__(self, root: Path) -> None:
        program = Path(__file__).with_name("driver.py").read_text(encoding="utf-8")
        self._process = subprocess.Popen(
            ["chroot", str(root), "/usr/bin/python3", "-IB", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )

    def do(self, name: str, **arguments: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": name, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the process in the image has ended")
        return json.loads(answer)

    def install(self) -> Result:
        """Runs the installer as /install.sh does."""
        return Result(**self.do("install"))

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _is_of_a_person(line: str) -> bool:
    return _FIRST_UID_OF_PEOPLE <= int(line.split(":")[2]) < 65534


def _free_number(lines: Sequence[str]) -> int:
    taken: Set[int] = {int(line.split(":")[2]) for line in lines}
    return next(
        number for number in range(_FIRST_UID_OF_PEOPLE - 1, 0, -1) if taken.isdisjoint(range(number - 9, number + 1))
    )


class SharedImageTest(unittest.TestCase):
    """Tests that share an image and a driver in it."""

    image: Image
    driver: Driver

    @classmethod
    def setUpClass(cls) -> None:
        cls.image = Image()
        cls.addClassCleanup(cls.image.close)
        cls.driver = cls.image.driver()
        cls.addClassCleanup(cls.driver.close)
