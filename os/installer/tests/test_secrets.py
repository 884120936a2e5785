"""Secrets: none is on the console, in an argument or an environment of a process, or in a file that everybody may read."""

import json
import unittest
from typing import Any, Dict, Optional

from allocations import firewall, machine
from chroot import Image, Result

CANARY = "cAnArY0815"
VPN = {"address": "https://vpn.example:8080", "auth_key": CANARY, "connected": False}
# Runs the installer, and prints the arguments and the environment of each program that it starts.
OBSERVED = """
import subprocess, sys
sys.path.insert(0, "/usr/share/metal-installer")
from metal_installer import commands, installation
start = subprocess.Popen
def observed(command, **keywords):
    with open("/tmp/processes", "a") as log:
        print(command, keywords.get("env"), file=log)
    return start(command, **keywords)
commands.subprocess.Popen = observed
sys.exit(installation.main())
"""
LOGGED_PROGRAM = '#!/bin/sh\necho "$0 $*" >>/tmp/processes\nexec /usr/sbin/{} "$@"\n'


class SecretsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        for program in ("chronyd", "tailscale", "tailscaled"):
            self.image.write_program(f"/usr/local/bin/{program}")

    def refused(self, allocation: Any, message: str, userdata: Optional[str] = None) -> None:
        self.image.prepare(allocation, userdata=userdata)
        result = self.image.run("/install.sh")
        self.assertEqual(result.code, 2, result.errors)
        self.assertIn(message, result.errors)
        self.assert_silent(result)

    def assert_silent(self, result: Result) -> None:
        self.assertNotIn(CANARY, result.output + result.errors)
        self.assertNotIn("Traceback", result.errors)

    def test_fields_with_faults(self) -> None:
        faults: Dict[str, Any] = {
            "line break": f"{CANARY}\n{CANARY}",
            "only the second line": f"a\n{CANARY}",
            "list": [CANARY],
            "mapping": {CANARY: CANARY},
            "list in a list": [[CANARY]],
        }
        for name, value in faults.items():
            with self.subTest(name):
                self.refused(machine(password=value), "install.yaml: password: has")
                self.refused(firewall(vpn={**VPN, "auth_key": value}), "install.yaml: vpn.auth_key: has")
        self.refused(firewall(vpn={**VPN, "auth_key": f"{CANARY} {CANARY}"}), "install.yaml: vpn.auth_key: has a")
        self.refused(firewall(vpn={**VPN, "auth_key": [CANARY]}), "install.yaml: vpn.auth_key: has to be a string")

    def test_files_that_are_no_yaml(self) -> None:
        text = json.dumps(machine(password=CANARY))
        self.assertIn(f'"{CANARY}"', text)
        for value in (
            f"[{CANARY}",
            f'"{CANARY}',
            f'"{CANARY}\\q"',
            f"*{CANARY}",
            f"!{CANARY} a",
            f"&{CANARY} !!{CANARY} a",
            f"!<{CANARY}> a",
            f"%{CANARY}",
            f"@{CANARY}",
            f"`{CANARY}",
            f"{CANARY}: a: b",
            f"!!int {CANARY}",
            f"!!float {CANARY}",
            f"!!timestamp {CANARY}",
            f"!!binary {CANARY}é",
            f"!!python/name:{CANARY} a",
            f'"{CANARY}\x01"',
        ):
            with self.subTest(value):
                self.refused(text.replace(f'"{CANARY}"', value), "install.yaml: ")

    def test_number_as_secret(self) -> None:
        self.image.prepare(machine(password=77889900))
        result = self.image.run("/install.sh")
        self.assertEqual(result.code, 2)
        self.assertIn("install.yaml: password: has to be a string", result.errors)
        self.assertNotIn("77889900", result.errors)

    def test_programs_that_repeat_what_they_are_told(self) -> None:
        self.image.write("/usr/local/sbin/chpasswd", "#!/bin/sh\ncat >&2\nexit 1\n", 0o755)
        result = self.image.install(machine(password=CANARY))
        self.assertEqual(result.code, 1)
        self.assertIn("step user: chpasswd failed (exit code 1):\n  metal:(left out)", result.errors)
        self.assert_silent(result)

    def test_script_that_reads_what_it_should_not(self) -> None:
        self.image.write("/opt/script", "#!/bin/sh\ncat /etc/metal/install.yaml\nexit 1\n", 0o755)
        settings = {"custom_script": {"executable_path": "/opt/script"}}
        for secret in (CANARY, f'{CANARY}"\\ü€ {CANARY}'):
            with self.subTest(secret):
                result = self.image.install(machine(password=secret), settings=settings)
                self.assertEqual(result.code, 1)
                self.assertIn("(left out)", result.errors)
                self.assert_silent(result)

    def test_fault_of_the_installer(self) -> None:
        path = "/usr/share/metal-installer/metal_installer/accounts.py"
        self.image.write(path, self.image.read(path) + "\ndef make_user(a, d):\n    raise RuntimeError('x', a)\n")
        result = self.image.install(machine(password="short"))
        self.assertEqual(result.code, 1)
        self.assertIn("step user: was broken off by a fault of the installer, RuntimeError:", result.errors)
        self.assertIn("accounts.py", result.errors)
        self.assertNotIn("short", result.errors)
        self.assertNotIn("Traceback", result.errors)

    def test_processes_and_files(self) -> None:
        for name in ("useradd", "usermod", "groupadd"):
            self.image.write(f"/usr/local/sbin/{name}", LOGGED_PROGRAM.format(name), 0o755)
        self.image.prepare(firewall(password=CANARY, vpn={**VPN, "auth_key": f"{CANARY}%b"}))
        self.image.path("/etc/metal/install.yaml").chmod(0o600)
        result = self.image.run("/usr/bin/python3", "-IBc", OBSERVED)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assert_silent(result)
        processes = self.image.read("/tmp/processes")
        for program in ("chpasswd", "/useradd --create-home", "nft"):
            self.assertIn(program, processes)
        self.assertNotIn(CANARY, processes)
        holders = {
            name: description.split()[0]
            for name, description in self.image.changed_files().items()
            if CANARY in description
        }
        self.assertEqual(holders, {"/etc/metal/install.yaml": "100600", "/etc/metal/vpn-auth-key": "100600"})
        unit = self.image.read("/etc/systemd/system/tailscale.service")
        self.assertIn("up --hostname e0ab02d2-27cd-5a5e-8efc-080ba80cf258 --auth-key file:/etc/metal/vpn-auth-key ", unit)
        self.assertEqual(self.image.read("/etc/metal/vpn-auth-key"), f"{CANARY}%b")


if __name__ == "__main__":
    unittest.main()
