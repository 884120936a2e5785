"""Runs programs of the image."""

import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Mapping, NamedTuple, Optional, Sequence

from metal_installer.errors import InstallError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LINES_TO_SHOW = 20


class Limits(NamedTuple):
    """What a program may take."""

    seconds: float
    bytes: int
    """Of each file that it writes."""


def find(program: str) -> Optional[str]:
    return shutil.which(program, path=_PATH)


def environment(**additional: str) -> Dict[str, str]:
    """What programs see. metal-hammer's own environment is not theirs."""
    return {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": "/root", "SYSTEMD_OFFLINE": "1", **additional}


def start(
    command: Sequence[str],
    stdin: str = "",
    variables: Optional[Mapping[str, str]] = None,
    directory: Path = Path("/"),
    limits: Optional[Limits] = None,
) -> "Started":
    """Starts a program, and lets it run beside this one until its result is asked for."""
    return Started(command, stdin, environment(**(variables or {})), directory, limits)


def run(
    command: Sequence[str],
    stdin: str = "",
    variables: Optional[Mapping[str, str]] = None,
    directory: Path = Path("/"),
) -> str:
    """Runs a program to its end. Returns its standard output; what else it said is only told when it fails."""
    return start(command, stdin, variables, directory).output()


class Started:
    def __init__(
        self,
        command: Sequence[str],
        stdin: str,
        variables: Mapping[str, str],
        directory: Path,
        limits: Optional[Limits] = None,
    ) -> None:
        self._command = list(command)
        self._stdin = stdin
        self._limits = limits
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(variables),
                cwd=str(directory),
                encoding="utf-8",
                errors="replace",
                preexec_fn=self._limit_files if limits else None,
            )
        except OSError as error:
            raise InstallError(f"cannot start {os.path.basename(self._command[0])}: {error}") from error

    def result(self) -> "subprocess.CompletedProcess[str]":
        """Waits for the end, however it ended. A program that takes longer than it may is killed."""
        try:
            output, errors = self._process.communicate(self._stdin, self._limits.seconds if self._limits else None)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, errors = self._process.communicate()
        return subprocess.CompletedProcess(self._command, self._process.returncode, output, errors)

    def _limit_files(self) -> None:
        assert self._limits is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._limits.bytes, self._limits.bytes))

    def output(self) -> str:
        """Waits for the end, which has to be a good one."""
        result = self.result()
        if result.returncode != 0:
            raise InstallError(
                f"{' '.join(self._command)} failed ({_ending(result.returncode)}){said(result.stdout + result.stderr)}"
            )
        return result.stdout


def said(output: str) -> str:
    """The end of what a program said, for an error message."""
    lines = [line for line in output.splitlines() if line.strip()]
    return "" if not lines else ":\n  " + "\n  ".join(lines[-_LINES_TO_SHOW:])


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
