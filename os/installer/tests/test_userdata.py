"""Userdata: what ignition makes of it, translated or not, and what is refused."""

import json
import unittest
from typing import Any, Dict

from allocations import PUBLIC_KEY, machine
from chroot import Image

SERVICE = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"


def version2(**sections: Any) -> str:
    """As Gardener writes it: with all the sections that it has no use for."""
    empty = {"config": {}, "security": {"tls": {}}, "timeouts": {}, "version": "2.3.0"}
    return json.dumps({"ignition": empty, "networkd": {}, "passwd": {}, "storage": {}, "systemd": {}, **sections})


def version3(**sections: Any) -> str:
    return json.dumps({"ignition": {"version": "3.3.0"}, **sections})


def file2(path: str, content: str = "data:,new", **fields: Any) -> Dict[str, Any]:
    return {"filesystem": "root", "path": path, "contents": {"source": content, "verification": {}}, **fields}


class UserdataTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def install(self, userdata: str) -> str:
        result = self.image.install(machine(), userdata=userdata)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        return result.output

    def refused(self, userdata: str, message: str) -> None:
        self.image.prepare(machine(), userdata=userdata)
        before = self.image.changed_files()
        result = self.image.run("/install.sh")
        self.assertEqual((result.code, result.output), (2, ""), result.errors)
        self.assertIn(message, result.errors)
        self.assertIn("install.sh: /etc/metal/userdata: ", result.errors)
        self.assertEqual(self.image.changed_files(), before)

    def test_files_of_version_2(self) -> None:
        self.image.write("/etc/there", "old\n")
        self.image.write("/etc/grows", "old\n")
        files = [
            file2("/etc/there", mode=0o640),
            file2("/etc/grows", "data:,one%0A", append=True),
            file2("/etc/grows", "data:,two%0A", append=True),
            file2("/opt/new/script", "data:text/plain;base64,IyEvYmluL3NoCg==", mode=0o755, user={"id": 1000}),
            file2("/opt/of-group", group={"name": "sudo"}),
            file2("/opt/twice", "data:,first"),
            file2("/opt/twice", "data:,second"),
            {"filesystem": "root", "path": "/opt/empty", "contents": {}, "mode": 0o600},
        ]
        self.install(version2(storage={"files": files}))
        self.assertEqual(self.image.read("/etc/there"), "new")
        self.assertEqual(self.image.path("/etc/there").stat().st_mode & 0o7777, 0o640)
        self.assertEqual(self.image.read("/etc/grows"), "old\none\ntwo\n")
        self.assertEqual(self.image.read("/opt/new/script"), "#!/bin/sh\n")
        self.assertEqual(self.image.path("/opt/new/script").stat().st_mode & 0o7777, 0o755)
        self.assertEqual(self.image.path("/opt/new/script").stat().st_uid, 1000)
        self.assertEqual(self.image.run("stat", "-c", "%G", "/opt/of-group").output, "sudo\n")
        self.assertEqual(self.image.read("/opt/twice"), "second")
        self.assertEqual(self.image.read("/opt/empty"), "")

    def test_directories_and_links_of_version_2(self) -> None:
        self.install(
            version2(
                storage={
                    "directories": [{"filesystem": "root", "path": "/opt/directory", "mode": 0o700}],
                    "links": [
                        {"filesystem": "root", "path": "/opt/soft", "target": "/etc/hostname"},
                        {"filesystem": "data", "path": "/hard", "target": "/etc/hostname", "hard": True},
                    ],
                    "filesystems": [{"name": "data", "path": "/opt"}],
                }
            )
        )
        self.assertEqual(self.image.path("/opt/directory").stat().st_mode & 0o7777, 0o700)
        self.assertEqual(self.image.run("readlink", "/opt/soft").output, "/etc/hostname\n")
        self.assertEqual(self.image.path("/opt/hard").stat().st_ino, self.image.path("/etc/hostname").stat().st_ino)

    def test_users_and_groups_of_version_2(self) -> None:
        self.install(
            version2(
                passwd={
                    "groups": [{"name": "crew", "gid": 1234}],
                    "users": [
                        {"name": "joe", "uid": 4321, "groups": ["crew"], "sshAuthorizedKeys": [PUBLIC_KEY]},
                        {"name": "metal", "sshAuthorizedKeys": [PUBLIC_KEY, PUBLIC_KEY.replace("metal-images", "b")]},
                        {"name": "old", "create": {"uid": 4322, "homeDir": "/srv/old", "shell": "/bin/sh"}},
                    ],
                }
            )
        )
        joe = next(line for line in self.image.lines("/etc/passwd") if line.startswith("joe:")).split(":")
        self.assertEqual(joe[2], "4321")
        self.assertIn("crew:x:1234:joe", self.image.lines("/etc/group"))
        self.assertEqual(self.image.lines("/home/joe/.ssh/authorized_keys"), [PUBLIC_KEY])
        self.assertEqual(self.image.path("/home/joe/.ssh/authorized_keys").stat().st_uid, 4321)
        keys = self.image.lines("/home/metal/.ssh/authorized_keys")
        self.assertEqual(keys, [PUBLIC_KEY, PUBLIC_KEY.replace("metal-images", "b")])
        self.assertTrue(any(line.startswith("old:x:4322:") for line in self.image.lines("/etc/passwd")))

    def test_units_of_version_2(self) -> None:
        units = [
            {"name": "older.service", "enable": True, "contents": SERVICE},
            {"name": "newer.service", "enabled": True, "contents": SERVICE},
            {"name": "off.service", "enabled": False, "contents": SERVICE},
            {"name": "masked.service", "mask": True},
            {"name": "frr.service", "dropins": [{"name": "10.conf", "contents": "[Service]\nNice=1\n"}]},
        ]
        self.install(version2(systemd={"units": units}))
        directory = self.image.path("/etc/systemd/system")
        wanted = {path.name for path in (directory / "multi-user.target.wants").iterdir()}
        self.assertLessEqual({"older.service", "newer.service"}, wanted)
        self.assertNotIn("off.service", wanted)
        self.assertTrue((directory / "masked.service").is_symlink())
        self.assertEqual((directory / "frr.service.d/10.conf").read_text(encoding="utf-8"), "[Service]\nNice=1\n")

    def test_networkd_units_of_version_2(self) -> None:
        unit = {
            "name": "50-x.network",
            "contents": "[Match]\nName=x # %\n",
            "dropins": [{"name": "a.conf", "contents": "[Network]\nDHCP=yes\n"}],
        }
        self.install(version2(networkd={"units": [unit]}))
        self.assertEqual(self.image.read("/etc/systemd/network/50-x.network"), "[Match]\nName=x # %\n")
        self.assertEqual(self.image.read("/etc/systemd/network/50-x.network.d/a.conf"), "[Network]\nDHCP=yes\n")

    def test_what_has_no_counterpart_is_told(self) -> None:
        output = self.install(version2(storage={"files": [file2("/opt/a", colour="red")]}))
        self.assertIn("warning: /etc/metal/userdata: storage.files[0].colour: is ignored", output)

    def test_version_3_passes_as_it_is(self) -> None:
        self.install(
            version3(
                storage={"files": [{"path": "/opt/a", "contents": {"source": "data:,a"}, "mode": 0o600}]},
                systemd={"units": [{"name": "b.service", "enabled": True, "contents": SERVICE}]},
                passwd={"users": [{"name": "joe", "sshAuthorizedKeys": [PUBLIC_KEY]}]},
            )
        )
        self.assertEqual(self.image.read("/opt/a"), "a")
        self.assertTrue(self.image.path("/etc/systemd/system/multi-user.target.wants/b.service").is_symlink())
        self.assertEqual(self.image.lines("/home/joe/.ssh/authorized_keys"), [PUBLIC_KEY])

    def test_ignition_userdata_is_kept_from_cloud_init(self) -> None:
        self.install(version2())
        self.assertFalse(self.image.path("/etc/metal/userdata").exists())
        kept = self.image.path("/etc/metal/config.ign")
        self.assertEqual(kept.read_text(encoding="utf-8"), version2())
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)

    def test_second_run_applies_it_again(self) -> None:
        self.install(version2(storage={"files": [file2("/opt/a")]}))
        self.image.path("/opt/a").unlink()
        result = self.image.install(machine())
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(self.image.read("/opt/a"), "new")

    def test_cloud_config_stays_for_the_first_boot(self) -> None:
        text = "#cloud-config\nruncmd:\n  - touch /opt/ran\n"
        output = self.install(text)
        self.assertNotIn("warning", output)
        self.assertEqual(self.image.read("/etc/metal/userdata"), text)
        self.assertFalse(self.image.path("/opt/ran").exists())

    def test_cloud_config_that_is_a_template(self) -> None:
        self.install("## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n")
        self.assertTrue(self.image.path("/etc/metal/userdata").exists())

    def test_cloud_config_with_faults_is_told_but_no_reason_to_stop(self) -> None:
        output = self.install("#cloud-config\nruncmd: 5\n")
        self.assertIn("cloud-init finds faults with the userdata: runcmd is not of type 'array'", output)

    def test_no_userdata(self) -> None:
        self.assertEqual(self.image.install(machine()).code, 0)
        self.assertEqual(self.image.install(machine(), userdata="\n").code, 0)
        self.assertFalse(self.image.path("/etc/metal/userdata").exists(), "or cloud-init would start for nothing")

    def test_a_unit_with_faults_is_told(self) -> None:
        units = [{"name": "bad.service", "enabled": True, "contents": "[Service]\nExecStart=/no/such/program\n"}]
        output = self.install(version3(systemd={"units": units}))
        self.assertRegex(output, r"warning: .*bad\.service.*/no/such/program")

    def test_refused(self) -> None:
        cases = {
            "text": ("hello", "is neither for cloud-init nor for ignition"),
            "list": ("[]", "has to be a mapping, not a list"),
            "half of it": ('{"ignition": {"version": "2.3.0"}', "is no JSON for ignition"),
            "cloud-config, no YAML": ("#cloud-config\na: [", "is not YAML"),
            "cloud-config, a list": ("#cloud-config\n- a\n", "a cloud-config has to be a mapping"),
            "no version": ('{"ignition": {}}', "ignition.version: is missing"),
            "version 1": ('{"ignitionVersion": 1}', "ignitionVersion: version 1 is too old"),
            "version 4": ('{"ignition": {"version": "4.0.0"}}', "ignition.version: version 4.0.0 is unknown"),
            "unknown file system": (
                version2(storage={"files": [{"filesystem": "data", "path": "/a"}]}),
                "storage.files[0].filesystem: 'data' is unknown; known are root",
            ),
            "relative path": (version2(storage={"files": [file2("a")]}), "storage.files[0].path: 'a' is not absolute"),
            "wrong mode": (version2(storage={"files": [file2("/a", mode="0644")]}), "mode: has to be a whole number"),
            "file and directory": (
                version2(storage={"files": [file2("/a")], "directories": [{"filesystem": "root", "path": "/a"}]}),
                "storage: /a is there twice",
            ),
            "unit that systemd cannot read": (
                version2(systemd={"units": [{"name": "a.service", "contents": "[Service"}]}),
                "ignition refuses it: systemd.units[0].contents: invalid unit content",
            ),
        }
        for name, (userdata, message) in cases.items():
            with self.subTest(name):
                self.refused(userdata, message)


if __name__ == "__main__":
    unittest.main()
