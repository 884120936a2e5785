"""How people get in, and what the machine is called: keys, password, consoles, host name, in all the forms in use."""

import base64
import json
import unittest
from typing import Any, Dict, List, Tuple

from allocations import PUBLIC_KEY, machine
from chroot import Image

ECDSA = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAB6rgaaS+CYJ9+raA9lTZtqIcEqUOGlNDZ1Z/ZJjM5"
    "Tq7NThu/nE/vyKuQ/Nw6rZxY27yl8BWQPLYHh0o94trY="
)
CERTIFICATE = (
    "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgBpFG62a3yaL"
    "/Apj0Q6SfZHgn9lXbFRQZV8RECdRgtyoAAAAIbmlzdHAyNTYAAABBBAB6rgaaS+CYJ9+raA9lTZtqIcEqUOGlNDZ1Z/ZJjM5Tq7NThu/nE/vyKuQ/Nw6"
    "rZxY27yl8BWQPLYHh0o94trYAAAAAAAAAAAAAAAEAAAACaWQAAAAJAAAABW1ldGFsAAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTE"
    "tZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1"
    "wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIPBkEn5bgfhGC6Dbx2f9pJHE/fkDNVnrZ4v4k8kmagZ"
    "7AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEB/uOVrin2VNoDCk4BSQK9f6SJ2M20azvISHUCokBusTZeGuB+4LeZdsfnJ67frtrza8lVERSdhT0putUB8MjYJ"
)
READER = """
import json, sys
sys.path.insert(0, "/usr/share/metal-installer")
from metal_installer import consoles, errors, hostnames, passwords, sshkeys
from metal_installer.document import Document
readers = {
    "console": consoles.read_consoles,
    "hostname": hostnames.read_hostname,
    "password": passwords.read_password,
    "sshpublickey": sshkeys.read_keys,
}
answers = []
for field, value in json.load(open("/tmp/questions")):
    document = Document("install.yaml", "", {field: value})
    try:
        answers.append([readers[field](document.get(field)), document.warnings, None])
    except errors.InputError as error:
        answers.append([None, document.warnings, str(error)])
json.dump(answers, sys.stdout)
"""
"""Has many values read in one go."""


def key_of(name: str, *fields: bytes) -> str:
    blob = b"".join(len(field).to_bytes(4, "big") + field for field in (name.encode(), *fields))
    return f"{name} {base64.b64encode(blob).decode()}"


RSA = key_of("ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xa5" * 256)
SECURITY_KEY = key_of("sk-ssh-ed25519@openssh.com", b"\x05" * 32, b"ssh:")
SECURITY_KEY_ECDSA = key_of(
    "sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", base64.b64decode(ECDSA.split()[1])[-65:], b"ssh:work"
)


class AccessTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def install(self, **changes: Any) -> str:
        result = self.image.install(machine(**changes))
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        return result.output

    def read(self, field: str, values: List[Any]) -> List[Tuple[Any, List[str], str]]:
        """For each value what is read, the warnings, and the error."""
        self.image.write("/tmp/questions", json.dumps([(field, value) for value in values]))
        result = self.image.run("/usr/bin/python3", "-IBc", READER)
        self.assertEqual((result.code, result.errors), (0, ""))
        return json.loads(result.output)

    def refused(self, field: str, cases: Dict[str, str]) -> None:
        for value, (_, _, error) in zip(cases, self.read(field, list(cases))):
            with self.subTest(value):
                self.assertIsNotNone(error)
                self.assertIn(f"install.yaml: {field}: ", error)
                self.assertIn(cases[value], error)

    def test_keys_in_every_form_in_use(self) -> None:
        lines = (
            "# of the operators",
            PUBLIC_KEY,
            "",
            "   \t",
            f"  {ECDSA}\tjoe at work  ",
            PUBLIC_KEY.replace(" ", "\t") + "\r",
            f'from="10.0.0.0/8,2001:db8::/32",command="echo \\"a # b\\"",no-pty {PUBLIC_KEY}',
            f"restrict,pty\t{RSA} jöe",
            f"cert-authority {RSA}",
            SECURITY_KEY,
            f"{SECURITY_KEY_ECDSA} ssh:",
            f"{CERTIFICATE} c",
            "#" + PUBLIC_KEY,
        )
        output = self.install(sshpublickey="\n".join(lines) + "\n")
        self.assertIn("warning: /etc/metal/install.yaml: sshpublickey: line 12: is a certificate", output)
        written = self.image.read("/home/metal/.ssh/authorized_keys").splitlines()
        self.assertEqual(written, [line.strip() for line in lines if line.strip() and not line.startswith("#")])
        # OpenSSH's own reading of it.
        listed = self.image.run("ssh-keygen", "-l", "-f", "/home/metal/.ssh/authorized_keys")
        self.assertEqual(len(listed.output.splitlines()), len(written), listed.output + listed.errors)
        for kind in ("(ED25519)", "(ECDSA)", "(RSA)", "(ED25519-SK)", "(ECDSA-SK)", "(ECDSA-CERT)"):
            self.assertIn(kind, listed.output)

    def test_keys_that_are_odd(self) -> None:
        none = ["", " \n\t\n", None, "# nobody\n"]
        odd = [key_of("ssh-dss", b"a"), key_of("ssh-mldsa65@example.com", b"a"), [PUBLIC_KEY, ECDSA], "\ufeff" + RSA]
        answers = self.read("sshpublickey", none + odd)
        self.assertEqual([(keys, error) for keys, _, error in answers[: len(none)]], [([], None)] * len(none))
        self.assertEqual([keys for keys, _, _ in answers[len(none) :]], [odd[:1], odd[1:2], odd[2], [RSA]])
        warnings = [" ".join(warnings) for _, warnings, _ in answers]
        self.assertIn("only comments", warnings[3])
        self.assertIn("line 1: is of type ssh-dss, which sshd no longer takes", warnings[4])
        self.assertIn("is of type ssh-mldsa65@example.com, which sshd may not know", warnings[5])

    def test_keys_that_are_none(self) -> None:
        kind, key = PUBLIC_KEY.split()[:2]
        self.refused(
            "sshpublickey",
            {
                "hello": "line 1 is no ssh public key: 'hello'; it has to be a type",
                f"{PUBLIC_KEY}\nssh-rsa": "line 2 is no ssh public key: 'ssh-rsa'",
                f"{kind} {key[:-8]}": "the key of type ssh-ed25519 was cut off",
                f"{kind} {key[:-7]}": "is not base64; was it cut off or wrapped?",
                f"{kind} {key[:30]}\n{key[30:]}": "line 1 is no ssh public key: the key of type ssh-ed25519",
                f"ssh-rsa {key}": "what follows the type ssh-rsa is a key of another type, or none",
                f'command="a b {PUBLIC_KEY}': "line 1 is no ssh public key: 'command=\"a b ssh",
                f"{PUBLIC_KEY}\x07": "it has a control character",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA": "in the file whose name ends in .pub",
                "x" * 5000: "'" + "x" * 40 + "…'",
            },
        )
        ((_, _, error),) = self.read("sshpublickey", ["-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaA"])
        self.assertNotIn("b3BlbnNzaA", error)

    def test_passwords(self) -> None:
        for password in ("a:b:c", " spaces ", "\"'`$(reboot)\\ %&#!|;<>", "pässwörd €", "\ttab", "$6$salt$hash", "x" * 511):
            with self.subTest(password):
                self.install(password=password)
                stored = self._stored_password("metal")
                hashed = self.image.run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, stored)
                self.assertEqual(hashed.output, stored, hashed.errors)

    def test_empty_password_lets_nobody_in(self) -> None:
        self.install()
        output = self.install(password="")
        self.assertIn("warning: /etc/metal/install.yaml: password: is empty", output)
        # No password fits it, and the account isn't locked: its keys are good.
        self.assertEqual(self._stored_password("metal"), "*")

    def test_passwords_that_nobody_could_type(self) -> None:
        self.refused(
            "password",
            {"a\nroot:b": "has a line break", "a\r": "has a line break", "a\0": "has a line break", "ä" * 256: "is longer"},
        )

    def test_consoles(self) -> None:
        """What the kernel's command line has; GRUB's terminals; its command for the serial port."""
        serial = "serial --speed={} --unit={} --word={} --parity={} --stop=1"
        for console, kernel, terminal, command in (
            ("ttyS1,115200n8", ["ttyS1,115200n8"], "serial console", serial.format(115200, 1, 8, "no")),
            ("ttyS0", ["ttyS0"], "serial console", serial.format(9600, 0, 8, "no")),
            ("ttyS0,115200n8r", ["ttyS0,115200n8r"], "serial console", serial.format(115200, 0, 8, "no")),
            ("ttyS2,57600e7", ["ttyS2,57600e7"], "serial console", serial.format(57600, 2, 7, "even")),
            ("ttyS0,9600", ["ttyS0,9600"], "serial console", serial.format(9600, 0, 8, "no")),
            ("ttyAMA0", ["ttyAMA0"], "console", ""),
            ("ttyAMA0,115200", ["ttyAMA0,115200"], "console", ""),
            ("tty0", ["tty0"], "console", ""),
            ("hvc0", ["hvc0"], "console", ""),
            ("tty0 ttyS1,115200n8", ["tty0", "ttyS1,115200n8"], "serial console", serial.format(115200, 1, 8, "no")),
            (
                "console=tty0 console=ttyS0,19200n8",
                ["tty0", "ttyS0,19200n8"],
                "serial console",
                serial.format(19200, 0, 8, "no"),
            ),
            ("ttyS1,115200n8  ttyS1,115200n8", ["ttyS1,115200n8"], "serial console", serial.format(115200, 1, 8, "no")),
        ):
            with self.subTest(console):
                script = (
                    "import sys; sys.path.insert(0, '/usr/share/metal-installer')\n"
                    "from metal_installer import allocation, bootloader, image\n"
                    "read = allocation.read_allocation()\n"
                    "print(bootloader.kernel_command_line(read))\n"
                    "print(bootloader._grub_defaults(read, image.read_distribution(None), '').content)\n"
                )
                self.image.prepare(machine(console=console))
                result = self.image.run("/usr/bin/python3", "-IB", "-c", script)
                self.assertEqual((result.code, result.errors), (0, ""))
                line, *grub = result.output.splitlines()
                self.assertEqual([w[len("console=") :] for w in line.split() if w.startswith("console=")], kernel)
                self.assertIn(f'GRUB_TERMINAL="{terminal}"', grub)
                self.assertIn(f'GRUB_SERIAL_COMMAND="{command}"', grub)

    def test_console_without_a_speed_is_told(self) -> None:
        self.assertIn("install.yaml: console: ttyS0 is without a speed: the kernel takes 9600", self.install(console="ttyS0"))

    def test_consoles_that_are_none(self) -> None:
        self.refused(
            "console",
            {
                "ttyS1,115200n8 init=/bin/sh": "'init=/bin/sh' is no console; it has to be a device",
                "ttyS1,fast": "'ttyS1,fast' is no console",
                "ttyS1;reboot": "is no console",
                "/dev/ttyS0": "is no console",
                "": "is empty",
                'ttyS1,115200n8"': "is no console",
            },
        )

    def test_host_names(self) -> None:
        long = "node." + ".".join(["abcdefghi"] * 8)
        for given, name, hosts in (
            ("web_1", "web-1", "web-1 web_1"),
            ("_web_.example", "web.example", "web.example web _web_.example _web_"),
            ("node.example.com", "node.example.com", "node.example.com node"),
            ("node.example.com.", "node.example.com", "node.example.com node"),
            ("node.", "node", "node"),
            ("Shoot--A-b-0", "Shoot--A-b-0", "Shoot--A-b-0"),
            ("10", "10", "10"),
            (long, "node", f"{long} node"),
        ):
            with self.subTest(given):
                self.install(hostname=given)
                self.assertEqual(self.image.read("/etc/hostname"), f"{name}\n")
                self.assertIn(f"10.0.17.2 {hosts}", self.image.lines("/etc/hosts"))
                self.assertIn(f"hostname {name}", self.image.lines("/etc/frr/frr.conf"))
                # systemd's own reading of it.
                self.image.path("/tmp/empty").mkdir(exist_ok=True)
                verdict = self.image.run("systemd-firstboot", "--force", "--root=/tmp/empty", f"--hostname={name}")
                self.assertEqual(verdict.code, 0, verdict.errors)

    def test_odd_host_names_are_told_in_the_journal_too(self) -> None:
        output = self.install(hostname="web_1.example.")
        told = [
            "/etc/metal/install.yaml: hostname: 'web_1.example.': the dot at the end is left out",
            "/etc/metal/install.yaml: hostname: 'web_1.example': the machine is 'web-1.example' to itself, as systemd takes no "
            "underscores",
        ]
        for message in told:
            self.assertIn(f"install.sh: warning: {message}\n", output)
        units = self.image.path("/etc/systemd/system")
        enabled = units / "multi-user.target.wants/metal-installer-warnings.service"
        self.assertEqual(self.image.run("readlink", "-e", f"/{enabled.relative_to(self.image.root)}").code, 0)
        self.assertIn("ExecStart=/bin/cat /etc/metal/warnings", self.image.lines(f"/etc/systemd/system/{enabled.name}"))
        verdict = self.image.run("systemd-analyze", "verify", "--man=no", enabled.name)
        self.assertEqual((verdict.code, verdict.errors), (0, ""))
        self.assertEqual(self.image.lines("/etc/metal/warnings"), [f"warning: {message}" for message in told])
        self.install()
        self.assertFalse(enabled.is_symlink(), "the second time there was nothing to tell")
        self.assertFalse(self.image.path("/etc/metal/warnings").exists())

    def test_host_names_that_are_none(self) -> None:
        self.refused(
            "hostname",
            {
                "a b": "'a b' is not a host name: letters,",
                "a'; reboot": "is not a host name",
                "_": "a letter or a digit first",
                "-a": "is not a host name",
                "a-": "is not a host name",
                "a..b": "is not a host name",
                "a..": "is not a host name",
                ".": "is not a host name",
                "a/b": "is not a host name",
                "ä": "is not a host name",
                "a" * 64: "is not a host name",
                ".".join(["abcdefghi"] * 26): "is not a host name",
                "a\nb": "has a line break",
            },
        )

    def _stored_password(self, user: str) -> str:
        return next(line for line in self.image.lines("/etc/shadow") if line.startswith(f"{user}:")).split(":")[1]


if __name__ == "__main__":
    unittest.main()
