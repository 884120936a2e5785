"""What systemd-networkd and udev have to say against the files that they read.

Neither has a mode for checking. Both name the file and the line of what they do not understand, and go on.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import List, Mapping, Sequence

from chroot import Image

_VERBOSE = {"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_LOG_COLOR": "0"}
_ALL_FILES_ARE_READ = "Enumeration completed"
_PRAISES = ("Parsed configuration file", "Successfully loaded")


def complaints_of_networkd(image: Image) -> List[str]:
    """Runs networkd until it has read all files, in the network namespace that the tests have for themselves."""
    environment = {**os.environ, **_VERBOSE}
    # On a machine that runs, it is there.
    image.path("/run/systemd").mkdir(parents=True, exist_ok=True)
    program = ["chroot", str(image.root), "/usr/lib/systemd/systemd-networkd"]
    lines = []
    with subprocess.Popen(
        program, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=environment
    ) as daemon:
        assert daemon.stdout is not None
        for line in daemon.stdout:
            lines.append(line.strip())
            if _ALL_FILES_ARE_READ in line:
                daemon.terminate()
                break
        daemon.stdout.read()
    if not any(_ALL_FILES_ARE_READ in line for line in lines):
        raise AssertionError("networkd did not get to its files:\n" + "\n".join(lines[-20:]))
    return _complaints(lines)


def complaints_of_udev(image: Image) -> List[str]:
    result = image.run("udevadm", "test-builtin", "net_setup_link", "/sys/class/net/lo", variables=_VERBOSE)
    lines = (result.output + result.errors).splitlines()
    if not any("10-lan0.link" in line for line in lines):
        raise AssertionError("udev did not get to its files:\n" + "\n".join(lines[-20:]))
    return _complaints(lines)


def complaints_of_frr(image: Image, configurations: Mapping[str, str], at_once: int = 100) -> List[str]:
    """Has FRR read many configurations in one process. Each complaint has the configuration's name before it."""
    complaints = []
    for names in _portions(list(configurations), at_once):
        text, starts = "", []
        for name in names:
            starts.append(text.count("\n"))
            text += configurations[name] + "!\n"
        image.write("/tmp/frr.conf", text)
        result = image.run("vtysh", "--dryrun", "--inputfile", "/tmp/frr.conf")
        complaints += _named(result.output + result.errors, r"line (\d+)", names, starts)
        if result.code and not complaints:
            raise AssertionError(f"vtysh ended with {result.code}: {result.errors}")
    return complaints


def complaints_of_nft(image: Image, rulesets: Mapping[str, str], at_once: int = 100) -> List[str]:
    """Has nft check many rule sets in one process, each with tables of its own."""
    complaints = []
    for names in _portions(list(rulesets), at_once):
        text, starts = "", []
        for number, name in enumerate(names):
            starts.append(text.count("\n"))
            text += re.sub(r"^table inet (\w+)", rf"table inet \1_{number}", rulesets[name], flags=re.MULTILINE)
        image.write("/tmp/rules", text)
        result = image.run("nft", "--check", "--file", "/tmp/rules")
        complaints += _named(result.output + result.errors, r"^/tmp/rules:(\d+)", names, starts)
        if result.code and not complaints:
            raise AssertionError(f"nft ended with {result.code}: {result.errors}")
    return complaints


def major_version_of_frr(image: Image) -> int:
    match = re.search(r"FRR \(version (\d+)", image.run("vtysh", "--help").output)
    assert match, "vtysh does not tell its version"
    return int(match.group(1))


def _portions(names: Sequence[str], size: int) -> List[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _named(output: str, line_number: str, names: Sequence[str], starts: Sequence[int]) -> List[str]:
    found = []
    for line in output.splitlines():
        match = re.search(line_number, line)
        if match:
            index = max(i for i, start in enumerate(starts) if start < int(match.group(1)))
            found.append(f"{names[index]}: {line}")
    return found


def _complaints(lines: List[str]) -> List[str]:
    return [line for line in lines if "/etc/systemd/network" in line and not any(praise in line for praise in _PRAISES)]
