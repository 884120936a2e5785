"""Ignition: all versions in use, what has no counterpart, what is fetched from elsewhere, and what used to end an installation."""

import base64
import gzip
import hashlib
import http.server
import json
import socket
import subprocess
import threading
import unittest
from typing import Any, Dict, Optional

from allocations import PUBLIC_KEY, machine
from chroot import Image, Result
from test_secrets import CANARY, LOGGED_PROGRAM, OBSERVED

SERVICE = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
HASH = "$6$salt$" + CANARY

VERSION_2 = {
    "ignition": {"version": "2.3.0", "config": {}, "security": {"tls": {}}, "timeouts": {"httpTotal": 1}},
    "networkd": {"units": [{"name": "a.network", "contents": "[Match]\n", "dropins": [{"name": "a.conf", "contents": "[Link]\n"}]}]},
    "passwd": {
        "users": [{"name": "joe", "uid": 4321, "groups": ["crew"], "passwordHash": "a", "create": {"shell": "/bin/sh"}}],
        "groups": [{"name": "crew", "gid": 1234}],
    },
    "storage": {
        "filesystems": [{"name": "data", "path": "/opt"}, {"name": "new", "mount": {"device": "/dev/a", "format": "ext4"}}],
        "files": [
            {"filesystem": "root", "path": "/opt/a", "mode": 420, "contents": {"source": "data:,a", "verification": {}}},
            {"filesystem": "data", "path": "/b", "append": True, "contents": {"source": "data:,b", "compression": ""}},
        ],
        "directories": [{"filesystem": "root", "path": "/opt/d", "user": {"id": 0}}],
        "links": [{"filesystem": "root", "path": "/opt/l", "target": "/x", "hard": False}],
    },
    "systemd": {"units": [{"name": "a.service", "enabled": True, "contents": SERVICE}, {"name": "b@c.service", "enable": True}]},
}
VERSION_3 = {
    "ignition": {"version": "3.3.0", "config": {"merge": []}, "timeouts": {"httpTotal": 1}},
    "kernelArguments": {"shouldExist": ["a"]},
    "passwd": {
        "users": [{"name": "joe", "uid": 4321, "groups": ["crew"], "passwordHash": "a", "primaryGroup": "crew"}],
        "groups": [{"name": "crew", "gid": 1234}],
    },
    "storage": {
        "filesystems": [{"device": "/dev/a", "format": "ext4", "path": "/d"}],
        "files": [
            {"path": "/opt/a", "mode": 420, "group": {"name": "sudo"}, "contents": {"source": "data:,a"}},
            {"path": "/opt/b", "append": [{"source": "data:,b"}]},
        ],
        "directories": [{"path": "/opt/d", "user": {"id": 0}}],
        "links": [{"path": "/opt/l", "target": "/x", "hard": False}],
    },
    "systemd": {"units": [{"name": "a.service", "enabled": True, "contents": SERVICE}, {"name": "b@c.service", "enabled": True}]},
}
RANDOM_FAULTS = """
import copy, json, random, sys
from pathlib import Path
sys.path.insert(0, "/usr/share/metal-installer")
from metal_installer import errors, userdata
VALUES = [None, 5, -1, 2**70, 1.5, "", "x", "/", "ä\\n\\x01", "x" * 300, [], {}, True, False, [None], [5], ["x"], [[]], [{}],
          {"a": 1}, {"name": 5}, {"source": 5}, {"id": "x"}, {"format": "ext4"}, "data:;base64,%", "//x", "http://[", "2.3.0"]
def places(value):
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])
configurations = json.load(open("/tmp/configurations"))
path = Path("/tmp/userdata")
accepted, refusals = 0, []
for number in range(int(sys.argv[1])):
    chance = random.Random(number)
    configuration = copy.deepcopy(chance.choice(configurations))
    value, key = chance.choice(list(places(configuration)))
    value[key] = copy.deepcopy(chance.choice(VALUES))
    path.write_text(json.dumps(configuration))
    try:
        userdata.read_userdata(path)
        accepted += 1
    except errors.InputError as error:
        refusals.append(str(error))
json.dump([accepted, refusals], sys.stdout)
"""


def config(version: str, **sections: Any) -> str:
    return json.dumps({"ignition": {"version": version}, **sections})


def file(path: str, source: str, **fields: Any) -> Dict[str, Any]:
    return {"filesystem": "root", "path": path, "contents": {"source": source}, **fields}


def sha512(content: bytes) -> Dict[str, str]:
    return {"hash": "sha512-" + hashlib.sha512(content).hexdigest()}


class IgnitionCase(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def run_with(self, userdata: str) -> Result:
        """The steps that matter: the others are tested elsewhere, and take their time."""
        self.image.prepare(machine(), userdata=userdata, settings={"only": ["user", "userdata", "journal"]}, leave_out=())
        return self.image.run("/install.sh")

    def install(self, userdata: str) -> str:
        result = self.run_with(userdata)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        return result.output

    def refused(self, userdata: str, *messages: str) -> str:
        self.image.prepare(machine(), userdata=userdata)
        before = self.image.changed_files()
        result = self.image.run("/install.sh")
        self.assertEqual((result.code, result.output), (2, ""), result.errors)
        for message in messages:
            self.assertIn(message, result.errors)
        self.assertEqual(self.image.changed_files(), before)
        return result.errors


class VersionsTest(IgnitionCase):
    def test_all_of_version_2(self) -> None:
        for version in (
            *(f"2.{minor}.0" for minor in range(5)),
            *(f"2.{minor}.0-experimental" for minor in range(1, 6)),
            "2.1.0-dev",
        ):
            with self.subTest(version):
                content = version.encode()
                files = [file("/opt/a", "data:;base64," + base64.b64encode(content).decode(), mode=0o640)]
                output = self.install(config(version, storage={"files": files}))
                self.assertNotIn("warning", output)
                self.assertEqual(self.image.read("/opt/a"), version)

    def test_all_of_version_3(self) -> None:
        for version in ("3.0.0", "3.1.0", "3.2.0", "3.3.0"):
            with self.subTest(version):
                files = [{"path": "/opt/a", "overwrite": True, "contents": {"source": f"data:,{version}"}}]
                self.assertNotIn("warning", self.install(config(version, storage={"files": files})))
                self.assertEqual(self.image.read("/opt/a"), version)

    def test_versions_3_that_this_ignition_does_not_know(self) -> None:
        for version in ("3.3.0-experimental", "3.4.0", "3.5.0", "3.6.0-experimental", "3.99.0"):
            with self.subTest(version):
                files = [{"path": "/opt/a", "overwrite": True, "contents": {"source": f"data:,{version}"}, "new": 1}]
                output = self.install(config(version, storage={"files": files}))
                self.assertIn(f"ignition.version: {version} is unknown to this image's ignition: read as 3.", output)
                self.assertIn("storage.files[0].new: Unused key new", output)
                self.assertEqual(self.image.read("/opt/a"), version)

    def test_bits_beyond_rwx(self) -> None:
        files = [file("/opt/setuid", "data:,a", mode=0o4755)]
        directories = [{"filesystem": "root", "path": "/opt/sticky", "mode": 0o1777}]
        self.install(config("2.2.0", storage={"files": files, "directories": directories}))
        self.assertEqual(self.image.path("/opt/setuid").stat().st_mode & 0o7777, 0o4755)
        self.assertEqual(self.image.path("/opt/sticky").stat().st_mode & 0o7777, 0o1777)

    def test_a_file_system_that_is_not_named_is_the_root(self) -> None:
        self.install(config("2.0.0", storage={"files": [{"path": "/opt/a", "contents": {"source": "data:,a"}}]}))
        self.assertEqual(self.image.read("/opt/a"), "a")

    def test_what_is_there_twice_is_merged(self) -> None:
        units = [
            {"name": "a.service", "contents": SERVICE, "dropins": [{"name": "1.conf", "contents": "[Unit]\n"}]},
            {"name": "a.service", "enabled": True, "dropins": [{"name": "2.conf", "contents": "[Unit]\n"}]},
        ]
        users = [{"name": "joe", "uid": 4321}, {"name": "joe", "sshAuthorizedKeys": [PUBLIC_KEY]}]
        output = self.install(config("2.3.0", systemd={"units": units}, passwd={"users": users}))
        self.assertIn("systemd.units[1]: a.service is there twice: what comes later counts", output)
        units_directory = self.image.path("/etc/systemd/system")
        self.assertTrue((units_directory / "multi-user.target.wants/a.service").is_symlink())
        self.assertEqual(sorted(p.name for p in (units_directory / "a.service.d").iterdir()), ["1.conf", "2.conf"])
        self.assertEqual(self.image.lines("/home/joe/.ssh/authorized_keys"), [PUBLIC_KEY])

    def test_what_has_no_counterpart_is_listed_and_the_rest_carried_out(self) -> None:
        filesystem2 = {"name": "data", "mount": {"device": "/dev/disk/by-label/data", "format": "ext4", "wipeFilesystem": True}}
        version2 = config(
            "2.2.0",
            storage={
                "disks": [{"device": "/dev/sda", "wipeTable": True, "partitions": [{"label": "a"}]}],
                "raid": [{"name": "md", "level": "raid1", "devices": ["/dev/sda"]}],
                "filesystems": [filesystem2, {"name": "srv", "path": "/srv"}],
                "files": [
                    {**file("/a", "data:,a"), "filesystem": "data"},
                    {**file("/a", "data:,a"), "filesystem": "srv"},
                    file("/opt/a", "data:,a"),
                    file("/opt/oem", "oem:///a"),
                ],
            },
        )
        filesystem3 = {"device": "/dev/sda", "format": "ext4", "path": "/data"}
        version3 = config(
            "3.3.0",
            storage={
                "disks": [{"device": "/dev/sda", "wipeTable": True}],
                "raid": [{"name": "md", "level": "raid1", "devices": ["/dev/sda", "/dev/sdb"]}],
                "luks": [{"name": "a", "device": "/dev/sda"}],
                "filesystems": [filesystem3],
                "files": [{"path": "/opt/b", "contents": {"source": "data:,b"}}],
            },
            kernelArguments={"shouldExist": ["quiet"]},
        )
        for userdata, messages in (
            (
                version2,
                (
                    "storage.disks: is left out: the disks are laid out already",
                    "storage.raid: is left out",
                    "storage.filesystems[0]: is left out: file systems are made already",
                    "storage.files[0]: /a is left out: only a file system that is mounted can be written to, not 'data'",
                    "storage.files[3].contents.source: is left out: of the sources only data, http, https, s3, tftp",
                ),
            ),
            (
                version3,
                (
                    "storage.disks: is left out",
                    "storage.raid: is left out",
                    "storage.luks: is left out",
                    "storage.filesystems[0]: is left out",
                    "kernelArguments: is left out: there is no stage that would set them",
                ),
            ),
        ):
            output = self.install(userdata)
            journal = self.image.read("/etc/metal/warnings")
            for message in messages:
                self.assertIn(f"install.sh: warning: /etc/metal/userdata: {message}", output)
                self.assertIn(f"warning: /etc/metal/userdata: {message}", journal)
            self.assertEqual(output.count("warning: "), len(messages), output)
        self.assertEqual(self.image.read("/opt/a") + self.image.read("/opt/b") + self.image.read("/srv/a"), "aba")
        self.assertFalse(self.image.path("/opt/oem").exists())


class StrandedTest(IgnitionCase):
    """What ended installations, and so made servers start anew for ever."""

    def test_instances_of_templates(self) -> None:
        template = SERVICE.replace("/bin/true", "/bin/echo %i")
        for name, userdata in {
            "of a template in the userdata": config(
                "3.3.0",
                systemd={
                    "units": [
                        {"name": "probe@.service", "contents": template},
                        {"name": "probe@a.service", "enabled": True},
                        {"name": "probe@b.service", "enabled": True, "contents": SERVICE},
                        {"name": "probe@c.service", "enabled": False},
                    ]
                },
            ),
            "of version 2": config(
                "2.2.0",
                systemd={
                    "units": [
                        {"name": "probe@.service", "contents": template},
                        {"name": "probe@a.service", "enable": True},
                        {"name": "probe@b.service", "enabled": True},
                    ]
                },
            ),
        }.items():
            with self.subTest(name):
                self.assertNotIn("warning", self.install(userdata))
                wanted = self.image.path("/etc/systemd/system/multi-user.target.wants")
                self.assertTrue((wanted / "probe@a.service").is_symlink())
                self.assertTrue((wanted / "probe@b.service").is_symlink())
                self.assertFalse((wanted / "probe@c.service").is_symlink())
                # When systemd decides anew, it decides the same.
                self.image.run("systemctl", "disable", "probe@a.service", "probe@b.service")
                self.image.run("systemctl", "preset-all")
                self.assertTrue((wanted / "probe@a.service").is_symlink())
                self.assertTrue((wanted / "probe@b.service").is_symlink())

    def test_instance_of_a_template_that_is_not_there(self) -> None:
        output = self.install(config("3.3.0", systemd={"units": [{"name": "none@a.service", "enabled": True}]}))
        self.assertIn("warning: systemctl enable none@a.service failed", output)

    def test_users_and_groups_that_do_not_fit(self) -> None:
        files = [{"path": "/opt/a", "contents": {"source": "data:,a"}, "user": {"name": "no"}, "group": {"name": "nor"}}]
        output = self.install(
            config(
                "3.3.0",
                passwd={
                    "users": [
                        {"name": "core", "uid": 1000, "groups": ["sudo", "docker-of-old"], "primaryGroup": "none"},
                        {"name": "joe.doe", "uid": 4321, "groups": ["crew"]},
                        {"name": "Jane", "uid": 4321},
                        {"name": "tape"},
                    ],
                    "groups": [{"name": "crew", "gid": 0}, {"name": "sudo"}, {"name": "audio", "gid": 4322}],
                },
                storage={"files": files},
            )
        )
        for message in (
            "passwd.users: core: uid 1000 is metal's: it gets another one",
            "passwd.users: core: there is no group 'docker-of-old': the user is made without it",
            "passwd.users: core: there is no group 'none': the user is made without it",
            "passwd.users: Jane: uid 4321 is joe.doe's: it gets another one",
            "passwd.groups: crew: gid 0 is root's: it gets another one",
            "passwd.groups: audio: is there already, as number 29",
            "storage: /opt/a: there is no user 'no': it belongs to root",
            "storage: /opt/a: there is no group 'nor': it belongs to root",
        ):
            self.assertIn(f"warning: /etc/metal/userdata: {message}", output)
        users = {line.split(":")[0]: line.split(":")[2] for line in self.image.lines("/etc/passwd")}
        self.assertEqual(users["joe.doe"], "4321")
        self.assertIn("tape", users)
        self.assertEqual((users["metal"], "core" in users, "Jane" in users), ("1000", True, True))
        self.assertRegex(self.image.read("/etc/group"), r"(?m)^sudo:.*\bcore\b")

    def test_names_that_no_user_can_have(self) -> None:
        for name in ("--root", "a:b", "a b", "a/b", "x" * 33):
            with self.subTest(name):
                message = f"passwd.users: {name!r} is no name that useradd takes"
                self.refused(config("3.3.0", passwd={"users": [{"name": name}]}), message)

    def test_what_is_in_the_way(self) -> None:
        data = {"source": "data:,a"}
        self.image.path("/opt/directory").mkdir(parents=True)
        self.image.path("/opt/link").symlink_to("elsewhere")
        for storage, message in (
            ({"files": [{"path": "/etc/passwd", "contents": data}]}, "storage.files: /etc/passwd: a file is there already"),
            ({"files": [{"path": "/opt/directory", "contents": data}]}, "/opt/directory: a directory is there already"),
            ({"files": [{"path": "/etc/passwd/a", "contents": data}]}, "/etc/passwd is a file already, so nothing can be"),
            ({"directories": [{"path": "/etc/passwd"}]}, "storage.directories: /etc/passwd: a file is there already"),
            ({"links": [{"path": "/opt/link", "target": "/other"}]}, "storage.links: /opt/link: a file is there already"),
        ):
            with self.subTest(message):
                self.refused(config("3.0.0", storage=storage), message)
        self.install(
            config(
                "3.0.0",
                storage={
                    "directories": [{"path": "/opt/directory"}],
                    "links": [{"path": "/opt/link", "target": "elsewhere"}],
                    "files": [{"path": "/etc/passwd", "mode": 0o644}],
                },
            )
        )

    def test_files_directly_in_the_root(self) -> None:
        for version in ("2.3.0", "3.3.0"):
            self.install(
                config(
                    version,
                    storage={
                        "files": [file(f"/file-{version}", "data:,a", mode=0o600)],
                        "directories": [{"filesystem": "root", "path": f"/directory-{version}"}],
                        "links": [{"filesystem": "root", "path": f"/link-{version}", "target": "/etc/hostname"}],
                    },
                    passwd={"users": [{"name": "joe", "sshAuthorizedKeys": [PUBLIC_KEY]}]},
                )
            )
            self.assertEqual(self.image.read(f"/file-{version}"), "a")
            self.assertTrue(self.image.path(f"/directory-{version}").is_dir())
            self.assertEqual(self.image.run("readlink", f"/link-{version}").output, "/etc/hostname\n")
            self.assertEqual(self.image.lines("/home/joe/.ssh/authorized_keys"), [PUBLIC_KEY])

    def test_units_that_systemd_cannot_enable_are_no_reason_to_stop(self) -> None:
        self.image.path("/etc/systemd/system/broken.service").symlink_to("/opt/nowhere")
        self.install(config("3.3.0"))


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/silent"):
            self.server.done.wait()
            return
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        if self.path.startswith("/guarded") and self.headers["Authorization"] != f"Bearer {CANARY}":
            self.send_error(403)
            return
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/content")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path.startswith("/endless"):
            try:
                while True:
                    self.wfile.write(bytes(2**20))
            except OSError:
                return
        self.wfile.write(self.server.contents.get(self.path.partition("?")[0], b"content"))

    def log_message(self, *_: Any) -> None:
        pass


class FetchTest(IgnitionCase):
    """From a server within the network namespace that the tests have for themselves."""

    @classmethod
    def setUpClass(cls) -> None:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
        cls.server.done = threading.Event()
        cls.server.contents = {}
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.address = f"http://127.0.0.1:{cls.server.server_address[1]}"
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.addClassCleanup(cls.server.done.set)

    def config(self, *resources: Dict[str, Any], seconds: Optional[int] = None, version: str = "3.3.0") -> str:
        timeouts = {} if seconds is None else {"httpTotal": seconds}
        files = [{"path": f"/opt/{number}", "contents": resource} for number, resource in enumerate(resources)]
        if version.startswith("2"):
            files = [{"filesystem": "root", **entry} for entry in files]
        return json.dumps({"ignition": {"version": version, "timeouts": timeouts}, "storage": {"files": files}})

    def test_contents_from_elsewhere(self) -> None:
        self.server.contents["/compressed"] = gzip.compress(b"uncompressed")
        headers = [{"name": "Authorization", "value": f"Bearer {CANARY}"}]
        resources: tuple = (
            {"source": f"{self.address}/content", "verification": sha512(b"content")},
            {"source": f"{self.address}/moved"},
            {"source": f"{self.address}/compressed", "compression": "gzip", "verification": sha512(b"uncompressed")},
            {"source": f"{self.address}/guarded", "httpHeaders": headers},
            {"source": "data:,inline", "verification": sha512(b"inline")},
        )
        for version in ("2.4.0", "3.3.0"):
            with self.subTest(version):
                self.install(self.config(*resources, version=version))
                contents = [self.image.path(f"/opt/{number}").read_text(encoding="utf-8") for number in range(5)]
                self.assertEqual(contents, ["content", "content", "uncompressed", "content", "inline"])
                for number in range(5):
                    self.image.path(f"/opt/{number}").unlink()

    def test_what_is_appended_comes_from_elsewhere_too(self) -> None:
        files = [file("/opt/a", "data:,1"), file("/opt/a", f"{self.address}/content", append=True), file("/opt/a", "data:,2", append=True)]
        self.install(config("2.2.0", storage={"files": files}))
        self.assertEqual(self.image.read("/opt/a"), "1content2")

    def test_source_that_does_not_answer(self) -> None:
        for version in ("2.3.0", "3.3.0"):
            with self.subTest(version):
                self.refused(
                    self.config({"source": f"{self.address}/silent?token={CANARY}"}, seconds=1, version=version),
                    f"storage.files: /opt/0: {self.address}/silent?…, which has 1 s: ignition failed",
                    "unable to fetch resource in time",
                )

    def test_source_of_another_protocol_that_does_not_answer(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            source = f"tftp://127.0.0.1:{silent.getsockname()[1]}/a"
            self.refused(
                self.config({"source": source}, seconds=1),
                f"storage.files: /opt/0: {source}, which has 1 s: ignition did not come to an end in 6 s",
            )

    def test_source_that_nobody_serves(self) -> None:
        self.refused(
            self.config({"source": "http://127.0.0.1:9/a"}, seconds=1),
            "storage.files: /opt/0: http://127.0.0.1:9/a, which has 1 s: ignition failed",
            "connection refused",
        )

    def test_source_without_end(self) -> None:
        # The limit is of this size so that a test reaches it, too.
        path = "/usr/share/metal-installer/metal_installer/provisioner.py"
        self.image.write(path, self.image.read(path).replace("_LARGEST_FILE = 256 * 2**20", "_LARGEST_FILE = 2**20"))
        self.refused(self.config({"source": f"{self.address}/endless"}), f"/opt/0: {self.address}/endless, which has 120 s: ignition failed", "too large")

    def test_source_that_is_not_what_it_should_be(self) -> None:
        self.refused(self.config({"source": f"{self.address}/missing"}), f"/opt/0: {self.address}/missing, which has 120 s: ignition failed", "resource not found")
        wrong = {"verification": sha512(b"other")}
        self.refused(self.config({"source": f"{self.address}/content", **wrong}), "/opt/0: ", "hash verification failed")
        self.refused(self.config({"source": "data:,a"}, {"source": "data:,a", **wrong}), "/opt/1: ", "hash verification failed")
        self.refused(self.config({"source": "data:,a", "compression": "gzip"}), "storage.files: /opt/0: ignition failed")
        self.refused(self.config({"source": "data:,a", **wrong}, version="2.3.0"), "/opt/0: ", "hash verification failed")

    def test_configurations_of_version_2_that_are_included(self) -> None:
        self.server.contents["/config"] = config(
            "2.2.0",
            storage={"files": [file("/opt/b", "data:,included"), file("/opt/c", "data:,included")], "disks": [{"device": "/dev/sda"}]},
            systemd={"units": [{"name": "b.service", "enabled": True, "contents": SERVICE}]},
        ).encode()
        own = {"files": [file("/opt/a", "data:,own"), file("/opt/b", "data:,own")]}
        source = {"source": f"{self.address}/config", "verification": sha512(self.server.contents["/config"])}
        appended = json.dumps({"ignition": {"version": "2.1.0", "config": {"append": [source]}}, "storage": own})
        output = self.install(appended)
        self.assertEqual([self.image.read(f"/opt/{name}") for name in "abc"], ["own", "included", "included"])
        self.assertTrue(self.image.path("/etc/systemd/system/multi-user.target.wants/b.service").is_symlink())
        self.assertIn(f"warning: {self.address}/config: storage.disks: is left out", output)
        for name in "abc":
            self.image.path(f"/opt/{name}").unlink()
        self.install(json.dumps({"ignition": {"version": "2.1.0", "config": {"replace": source}}, "storage": own}))
        self.assertFalse(self.image.path("/opt/a").exists())
        self.assertEqual(self.image.read("/opt/b"), "included")

    def test_configurations_that_cannot_be_included(self) -> None:
        self.server.contents["/circle"] = json.dumps(
            {"ignition": {"version": "2.1.0", "config": {"append": [{"source": f"{self.address}/circle"}]}}}
        ).encode()
        self.server.contents["/new"] = config("3.0.0").encode()
        for name, message in {
            "circle": "do they form a circle?",
            "new": f"{self.address}/new: ignition.version: a configuration of version 2 can include its like alone",
            "content": "is no configuration: ",
            "missing": "cannot be fetched: ignition failed",
        }.items():
            with self.subTest(name):
                included = {"config": {"append": [{"source": f"{self.address}/{name}"}]}, "version": "2.2.0"}
                self.refused(json.dumps({"ignition": included}), message)

    def test_configurations_of_version_3_that_are_included(self) -> None:
        self.server.contents["/config3"] = config(
            "3.0.0",
            storage={
                "files": [{"path": "/opt/b", "contents": {"source": f"{self.address}/content"}}],
                "disks": [{"device": "/dev/sda"}],
            },
        ).encode()
        merge = {"version": "3.3.0", "config": {"merge": [{"source": f"{self.address}/config3"}]}}
        output = self.install(json.dumps({"ignition": merge}))
        self.assertEqual(self.image.read("/opt/b"), "content")
        self.assertIn("storage.disks: is left out", output)
        silent = {"version": "3.3.0", "timeouts": {"httpTotal": 1}, "config": {"merge": [{"source": f"{self.address}/silent"}]}}
        self.refused(json.dumps({"ignition": silent}), "ignition failed", "context deadline exceeded")


class RandomTest(IgnitionCase):
    def test_configurations_with_a_random_fault_are_refused_or_carried_out(self) -> None:
        """And never a reason for the installer itself to fail."""
        self.image.write("/tmp/configurations", json.dumps([VERSION_2, VERSION_3]))
        result = self.image.run("/usr/bin/python3", "-IBc", RANDOM_FAULTS, "300")
        self.assertEqual((result.code, result.errors), (0, ""))
        accepted, refusals = json.loads(result.output)
        self.assertGreater(accepted, 50)
        self.assertGreater(len(refusals), 150)
        for message in refusals:
            self.assertRegex(message, r"^/tmp/userdata: (ignition refuses it: )?[a-zA-Z0-9.\[\]]+: \S+")


class SecretsTest(IgnitionCase):
    def test_no_process_and_no_file_has_them(self) -> None:
        for name in ("useradd", "usermod", "groupadd", "chpasswd"):
            self.image.write(f"/usr/local/sbin/{name}", LOGGED_PROGRAM.format(name), 0o755)
        userdata = config(
            "2.3.0",
            passwd={"users": [{"name": "joe", "passwordHash": HASH}], "groups": [{"name": "crew", "passwordHash": HASH}]},
            storage={"files": [file("/opt/a", f"data:,{CANARY}", mode=0o600)]},
        )
        self.image.prepare(machine(), userdata=userdata)
        self.image.path("/etc/metal/userdata").chmod(0o600)
        result = self.image.run("/usr/bin/python3", "-IBc", OBSERVED)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertNotIn(CANARY, result.output)
        processes = self.image.read("/tmp/processes")
        self.assertIn("/useradd", processes)
        self.assertNotIn(CANARY, processes)
        holders = {n: d.split()[0] for n, d in self.image.changed_files().items() if CANARY in d}
        self.assertLessEqual({"/etc/shadow", "/etc/gshadow", "/etc/metal/config.ign", "/opt/a"}, set(holders))
        self.assertEqual({mode[-1] for mode in holders.values()}, {"0"}, holders)
        self.assertIn(f"joe:{HASH}:", self.image.read("/etc/shadow"))
        self.assertIn(f"crew:{HASH}:", self.image.read("/etc/gshadow"))

    def test_no_message_has_them(self) -> None:
        unit = f"[Service]\nExecStart=/opt/none --token={CANARY}\nEnvironment={CANARY}\nEnvironment='A={CANARY}'\nNice={CANARY}\n"
        headers = [{"name": "Authorization", "value": CANARY}]
        source = f"http://joe:{CANARY}@127.0.0.1:9/a?token={CANARY}"
        for name, userdata in {
            "half of it": config("3.3.0", passwd={"users": [{"name": "joe", "passwordHash": HASH}]})[:-3],
            "hash": config("3.3.0", passwd={"users": [{"name": "joe", "passwordHash": [HASH]}]}),
            "hash with a colon": config("3.3.0", passwd={"users": [{"name": "joe", "passwordHash": f"a:{CANARY}"}]}),
            "headers": config(
                "3.3.0",
                storage={"files": [{"path": "/opt/a", "contents": {"source": "ftp://a", "httpHeaders": headers}}]},
            ),
            "source": json.dumps(
                {
                    "ignition": {"version": "3.3.0", "timeouts": {"httpTotal": 1}},
                    "storage": {"files": [{"path": "/opt/a", "contents": {"source": source}}]},
                }
            ),
            "included": json.dumps(
                {"ignition": {"version": "2.3.0", "timeouts": {"httpTotal": 1}, "config": {"append": [{"source": source}]}}}
            ),
            "inline": config("3.3.0", storage={"files": [{"path": "/opt/a", "contents": {"source": f"data:{CANARY};x"}}]}),
            "inline in base64": config(
                "3.3.0", storage={"files": [{"path": "/opt/a", "contents": {"source": f"data:;base64,{CANARY}="}}]}
            ),
            "unit": config("3.3.0", systemd={"units": [{"name": "a.service", "contents": f"[Service\n{CANARY}"}]}),
            "unit with faults": config("3.3.0", systemd={"units": [{"name": "a.service", "contents": unit, "enabled": True}]}),
            "unit of version 2": config("2.3.0", systemd={"units": [{"name": "a.service", "contents": unit, "enabled": True}]}),
            "cloud-config": f"#cloud-config\nusers:\n- {{name: a, passwd: [{CANARY}], x: {CANARY}}}\nchpasswd: {CANARY}\n",
            "YAML": f"#cloud-config\npassword: [{CANARY}\n",
            "alias": f"#cloud-config\npassword: *{CANARY}\n",
            "template": f"## template: jinja\n#cloud-config\npassword: {{{{ {CANARY} {CANARY} }}}}\n",
            "script": f"#!/bin/sh\nif {CANARY}\n{CANARY}=; )\n",
            "script of Python": f"#!/usr/bin/env none\n{CANARY}\n",
            "handler": f"#part-handler\n{CANARY} {CANARY}\n",
            "include": f"#include\nx{CANARY}\n",
            "patch": f"#cloud-config-jsonp\n{CANARY}\n",
            "text": f"password: {CANARY}\n",
        }.items():
            with self.subTest(name):
                result = self.run_with(userdata)
                self.assertIn(result.code, (0, 2), result.errors)
                said = result.output + result.errors
                self.assertTrue("warning: " in said or result.code == 2, said)
                self.assertNotIn(CANARY, said)


if __name__ == "__main__":
    unittest.main()
