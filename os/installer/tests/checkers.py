"""What systemd-networkd and udev have to say against the files that they read.

Neither has a mode for checking. Both name the file and the line of what they do not understand, and go on.
"""

from __future__ import annotations

import os
import subprocess
from typing import List

from chroot import Image

_VERBOSE = {"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_LOG_COLOR": "0"}
_ALL_FILES_ARE_READ = "Enumeration completed"


def complaints_of_networkd(image: Image) -> List[str]:
    """Runs networkd until it has read all files, in the network namespace that the tests have for themselves."""
    environment = {**os.environ, **_VERBOSE}
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


def _complaints(lines: List[str]) -> List[str]:
    return [line for line in lines if "/etc/systemd/network" in line and "Parsed configuration file" not in line]
