"""The generator of systemd's units that a firewall's image has, by which listed services run in a VRF."""

import unittest
from pathlib import Path

from chroot import Image

_GENERATOR = "/usr/lib/systemd/system-generators/vrf-generator"
_SOURCE = Path(__file__).resolve().parents[2] / "firewall/context/rootfs" / _GENERATOR.lstrip("/")
_UNITS = "/usr/lib/systemd/system"
_GENERATED = "/run/systemd/generator"


class VrfGeneratorTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        self.image.write(_GENERATOR, _SOURCE.read_text(encoding="utf-8"), mode=0o755)
        self.image.write_program("/usr/sbin/clockd")

    def generate(self, listed: str, unit: str = "") -> str:
        """Returns what the generator complains of."""
        self.image.write("/etc/vrf/systemd.conf", listed)
        if unit:
            self.image.write(f"{_UNITS}/clock.service", unit)
        self.image.path(_GENERATED).mkdir(parents=True, exist_ok=True)
        result = self.image.run(_GENERATOR, _GENERATED, _GENERATED, _GENERATED)
        self.assertEqual(result.code, 0)
        return result.errors

    def commands(self, name: str = "clock@.service") -> list:
        return [line for line in self.image.lines(f"{_GENERATED}/{name}") if line.startswith("Exec")]

    def test_all_commands_run_in_the_vrf(self) -> None:
        complaints = self.generate(
            "# Comment\nclock.service # of this machine\n",
            "[Service]\nExecStartPre=-/bin/mkdir /run/clock\nExecStart = !/usr/sbin/clockd $OPTIONS\n"
            "ExecStop=@/bin/kill killer $MAINPID\nExecReload=\n[Install]\nAlias=clockd.service\n",
        )
        self.assertEqual(complaints, "")
        self.assertEqual(
            self.commands(),
            [
                "ExecStartPre=-/usr/sbin/ip vrf exec %i /bin/mkdir /run/clock",
                "ExecStart=!/usr/sbin/ip vrf exec %i /usr/sbin/clockd $OPTIONS",
                "ExecStop=/usr/sbin/ip vrf exec %i /bin/kill $MAINPID",
                "ExecReload=",
            ],
        )
        self.assertIn("Alias=clockd@.service", self.image.lines(f"{_GENERATED}/clock@.service"))
        drop_in = self.image.lines(f"{_GENERATED}/clock@.service.d/00-vrf.conf")
        for line in ("Conflicts=clock.service", "ProcSubset=all", "ProtectControlGroups=no"):
            self.assertIn(line, drop_in)

    def test_a_continued_line_stays_one_command(self) -> None:
        self.generate("clock", "[Service]\nExecStart=/bin/sh -c '\\\nExecutable=1 \\\n/bin/true'\nType=oneshot\n")
        self.assertEqual(
            self.image.lines(f"{_GENERATED}/clock@.service")[2:],
            ["ExecStart=/usr/sbin/ip vrf exec %i /bin/sh -c '\\", "Executable=1 \\", "/bin/true'", "Type=oneshot"],
        )

    def test_drop_ins_are_taken_over_and_the_administrators_come_first(self) -> None:
        for place, option in (("/etc/systemd/system", "-a"), (_UNITS, "-p")):
            self.image.write(
                f"{place}/clock.service.d/metal.conf", f"[Service]\nExecStart=\nExecStart=/usr/sbin/clockd {option}\n"
            )
        self.generate("clock", "[Service]\nExecStart=/usr/sbin/clockd\n")
        self.assertEqual(
            self.commands("clock@.service.d/metal.conf"),
            ["ExecStart=", "ExecStart=/usr/sbin/ip vrf exec %i /usr/sbin/clockd -a"],
        )

    def test_systemd_accepts_it(self) -> None:
        self.generate("clock", "[Service]\nExecStart=/usr/sbin/clockd\n[Install]\nWantedBy=multi-user.target\n")
        verdict = self.image.run("systemd-analyze", "verify", "--man=no", f"{_GENERATED}/clock@vrf1.service")
        self.assertNotIn("clock@", verdict.errors)

    def test_what_cannot_be_is_told_and_the_others_are_made(self) -> None:
        complaints = self.generate("../../evil nothing\nclock\n", "[Service]\nExecStart=/usr/sbin/clockd\n")
        self.assertIn('"../../evil" is not the name of a service', complaints)
        self.assertIn("there is no nothing.service", complaints)
        self.assertEqual(self.commands(), ["ExecStart=/usr/sbin/ip vrf exec %i /usr/sbin/clockd"])

    def test_nothing_is_made_without_a_list(self) -> None:
        self.image.path(_GENERATED).mkdir(parents=True, exist_ok=True)
        result = self.image.run(_GENERATOR, _GENERATED)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(list(self.image.path(_GENERATED).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
