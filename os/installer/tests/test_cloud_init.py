"""Userdata for cloud-init in all its forms: what is handed on, what is told, what is refused, and what cloud-init makes of it."""

import base64
import gzip
import json
import quopri
import textwrap
import unittest
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

from allocations import machine
from chroot import Image, Result

CLOUD_CONFIG = "#cloud-config\nruncmd:\n  - touch /opt/ran\n"
SCRIPT = "#!/bin/sh\ntouch /opt/ran\n"
MIME = textwrap.dedent("""\
    Content-Type: multipart/mixed; boundary="==X=="
    MIME-Version: 1.0

    --==X==
    Content-Type: text/cloud-config; charset="us-ascii"
    Content-Disposition: attachment; filename="config.yaml"

    {}
    --==X==
    Content-Type: text/x-shellscript
    Content-Transfer-Encoding: base64

    {}
    --==X==--
    """).format(CLOUD_CONFIG, base64.b64encode(SCRIPT.encode()).decode())
HEADER = "# Made by a tool.\n#\n# Do not edit.\n#\n\n"
RACK = Path(__file__).parents[2] / "tests" / "userdata"
UMLAUTS = "#cloud-config\nwrite_files:\n- {path: /opt/a, content: 'ü €'}\n"
# What cloud-init's own code reads from the last part of userdata.
LAST_PART = """
import sys
from cloudinit import helpers, user_data, util
processor = user_data.UserDataProcessor(helpers.Paths({"cloud_dir": "/tmp/cloud", "run_dir": "/tmp/run"}))
for name in sys.argv[1:]:
    parts = [part for part in processor.process(open(name, "rb").read()).walk() if not part.is_multipart()]
    print(ascii(util.fully_decoded_payload(parts[-1])))
"""
# What cloud-init's own code makes of userdata: the types of its parts.
PARTS = """
import sys
from cloudinit import helpers, user_data
processor = user_data.UserDataProcessor(helpers.Paths({"cloud_dir": "/tmp/cloud", "run_dir": "/tmp/run"}))
for name in sys.argv[1:]:
    message = processor.process(open(name, "rb").read())
    print([part.get_content_type() for part in message.walk() if not part.is_multipart()])
"""


class CloudInitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        self.expected: List[Tuple[str, List[str]]] = []

    def run_with(self, userdata: Union[str, bytes]) -> Result:
        """Only the step that matters: the others are tested elsewhere, and take their time."""
        self.image.prepare(machine(), userdata="", settings={"only": ["userdata", "journal"]}, leave_out=())
        content = userdata if isinstance(userdata, bytes) else userdata.encode("utf-8")
        self.image.path("/etc/metal/userdata").write_bytes(content)
        return self.image.run("/install.sh")

    def accepted(self, userdata: Union[str, bytes], kinds: List[str], becomes: Optional[str] = None) -> str:
        """Installs it. Returns what was said."""
        result = self.run_with(userdata)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        path = self.image.path("/etc/metal/userdata")
        given = userdata if isinstance(userdata, bytes) else userdata.encode("utf-8")
        self.assertEqual(path.read_bytes(), given if becomes is None else becomes.encode("utf-8"))
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.has_parts(kinds)
        return result.output

    def has_parts(self, kinds: List[str]) -> None:
        """Keeps what is left for cloud-init, to be held against what it makes of that."""
        name = f"/tmp/userdata-{len(self.expected)}"
        self.image.path(name).write_bytes(self.image.path("/etc/metal/userdata").read_bytes())
        self.expected.append((name, kinds))

    def ask_cloud_init(self) -> None:
        parts = self.image.run("/usr/bin/python3", "-c", PARTS, *(name for name, _ in self.expected))
        self.assertEqual(parts.output.splitlines(), [str(kinds) for _, kinds in self.expected], parts.errors)

    def refused(self, userdata: Union[str, bytes], message: str) -> None:
        self.run_with("")
        result = self.run_with(userdata)
        self.assertEqual((result.code, result.output), (2, ""), result.errors)
        self.assertIn("install.sh: /etc/metal/userdata: ", result.errors)
        self.assertIn(message, result.errors)
        self.assertEqual(len(result.errors.strip().splitlines()), 1)

    def test_forms_that_are_good_as_they_are(self) -> None:
        for name, (userdata, kinds) in {
            "cloud-config": (CLOUD_CONFIG, ["text/cloud-config"]),
            "cloud-config of DOS": (CLOUD_CONFIG.replace("\n", "\r\n"), ["text/cloud-config"]),
            "script": (SCRIPT, ["text/x-shellscript"]),
            "script of Python": ("#!/usr/bin/env python3\nprint()\n", ["text/x-shellscript"]),
            "hook": ("#cloud-boothook\n#!/bin/sh\ntrue\n", ["text/cloud-boothook"]),
            "MIME": (MIME, ["text/cloud-config", "text/x-shellscript"]),
            "archive": (
                "#cloud-config-archive\n" + json.dumps([{"type": "text/cloud-config", "content": CLOUD_CONFIG}, SCRIPT]),
                ["text/cloud-config", "text/x-shellscript"],
            ),
            "patch": ('#cloud-config-jsonp\n[{"op": "add", "path": "/a", "value": 1}]', ["text/cloud-config-jsonp"]),
            "handler": ("#part-handler\ndef list_types(): return []\n", ["text/part-handler"]),
            "compressed": (gzip.compress(CLOUD_CONFIG.encode()), ["text/cloud-config"]),
            "compressed script": (gzip.compress(SCRIPT.encode()), ["text/x-shellscript"]),
            "compressed MIME": (gzip.compress(MIME.encode()), ["text/cloud-config", "text/x-shellscript"]),
        }.items():
            with self.subTest(name):
                self.assertNotIn("warning", self.accepted(userdata, kinds))
        self.ask_cloud_init()

    def test_what_the_rack_gives_machines(self) -> None:
        for name, kinds in {
            "cloud-init.yaml": ["text/cloud-config"],
            "multi-part.txt": ["text/cloud-config", "text/x-shellscript"],
            "script.sh": ["text/x-shellscript"],
        }.items():
            with self.subTest(name):
                self.assertNotIn("warning", self.accepted((RACK / name).read_text(encoding="utf-8"), kinds))
        self.ask_cloud_init()

    def test_ignition_of_the_rack(self) -> None:
        for name in ("ignition.json", "ignition-3.json"):
            with self.subTest(name):
                result = self.run_with((RACK / name).read_text(encoding="utf-8"))
                self.assertEqual((result.code, result.errors), (0, ""), result.output)
                self.assertNotIn("warning", result.output)
                settings = self.image.path("/etc/userdata-proof/settings")
                self.assertEqual(settings.read_text(encoding="utf-8"), "colour = blue\numlaut = ü\n")
                self.assertEqual(settings.stat().st_mode & 0o777, 0o640)
                self.assertIn("visitor:x:2000:", self.image.read("/etc/passwd"))
                self.assertIn("visitor@userdata-proof", self.image.read("/home/visitor/.ssh/authorized_keys"))
                settings.unlink()

    def test_templates(self) -> None:
        for userdata in (
            "## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n",
            "## template: jinja\n#!/bin/sh\necho {% if a %}{{ ds.meta_data }}{% endif %}\n",
        ):
            with self.subTest(userdata):
                self.assertNotIn("warning", self.accepted(userdata, ["text/jinja2"]))
        self.ask_cloud_init()

    def test_includes_are_left_to_the_first_boot(self) -> None:
        userdata = "#include\n# two\nhttp://192.0.2.1/a?token=sEcReT99\nhttps://192.0.2.1/b\n"
        result = self.run_with(userdata)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertNotIn("warning", result.output)
        self.assertEqual(self.image.read("/etc/metal/userdata"), userdata)
        result = self.run_with("#include-once http://192.0.2.1/a\n")
        self.assertEqual((result.code, result.errors), (0, ""))

    def test_forms_that_are_put_right(self) -> None:
        for name, (userdata, kinds, becomes) in {
            "mark after a header": (HEADER + CLOUD_CONFIG, ["text/cloud-config"], None),
            "mark in line 2": ("---\n" + CLOUD_CONFIG, ["text/cloud-config"], None),
            "mark in the middle": ("hostname: a\n\n\n\n#cloud-config\nfqdn: b\n", ["text/cloud-config"], None),
            "mark in a comment": ("# a #cloud-config of ours\nhostname: a\n", ["text/cloud-config"], None),
            "template after a header": (HEADER + "## template: jinja\n#cloud-config\na: {{ b }}\n", ["text/jinja2"], None),
            "template without a space": ("##Template:jinja\n" + CLOUD_CONFIG, ["text/jinja2"], "## template: jinja\n" + CLOUD_CONFIG),
            "byte order mark": ("\ufeff" + CLOUD_CONFIG, ["text/cloud-config"], CLOUD_CONFIG),
            "script behind empty lines": ("\n\n " + SCRIPT, ["text/x-shellscript"], SCRIPT),
            "MIME without its version": (
                MIME.replace("MIME-Version: 1.0\n", ""),
                ["text/cloud-config", "text/x-shellscript"],
                None,
            ),
            "MIME behind an empty line": ("\n" + MIME, ["text/cloud-config", "text/x-shellscript"], MIME),
            "compressed, mark after a header": (gzip.compress((HEADER + CLOUD_CONFIG).encode()), ["text/cloud-config"], None),
            "base64": (base64.b64encode(CLOUD_CONFIG.encode()).decode(), ["text/cloud-config"], CLOUD_CONFIG),
            "base64 of gzip": (
                base64.encodebytes(gzip.compress(SCRIPT.encode())).decode(),
                ["text/x-shellscript"],
                SCRIPT,
            ),
        }.items():
            with self.subTest(name):
                result = self.run_with(userdata)
                self.assertEqual((result.code, result.errors), (0, ""))
                self.assertIn("warning: /etc/metal/userdata: is", result.output)
                written = self.image.read("/etc/metal/userdata")
                if becomes is not None:
                    self.assertEqual(written, becomes)
                self.has_parts(kinds)
        self.ask_cloud_init()

    def test_put_right_nothing_is_lost(self) -> None:
        self.run_with("hostname: a\n\n\n\n#cloud-config\nfqdn: b\n")
        becomes = "#cloud-config\nhostname: a\n\n\n\nfqdn: b\n"
        self.assertEqual(self.image.read("/etc/metal/userdata"), becomes)
        # Once more it is good as it is.
        self.assertNotIn("warning", self.accepted(becomes, ["text/cloud-config"]))
        self.ask_cloud_init()

    def test_ignition_compressed_or_in_base64(self) -> None:
        files = [{"path": "/opt/a", "contents": {"source": "data:,a"}}]
        config = json.dumps({"ignition": {"version": "3.3.0"}, "storage": {"files": files}}).encode()
        for userdata in (gzip.compress(config), base64.b64encode(config), b"\xef\xbb\xbf\n" + config):
            result = self.run_with(userdata)
            self.assertEqual((result.code, result.errors), (0, ""))
            self.assertEqual(self.image.read("/opt/a"), "a")
            self.image.path("/opt/a").unlink()

    def test_what_cloud_init_would_stumble_over_is_told(self) -> None:
        mime = MIME.replace("text/x-shellscript", "{}").replace(base64.b64encode(SCRIPT.encode()).decode(), "{}")
        encoded = base64.b64encode(b"#!/bin/nothing\n").decode()
        cases: Dict[str, str] = {
            "#!/bin/sh\nif true; then\n": "sh finds a fault with the script in line",
            "#!/bin/bash\n\n\ncase in\n": "bash finds a fault with the script in line 5: it runs as far as that",
            "#!/opt/none\n": "this image has no /opt/none: the script will not run",
            "#!/usr/bin/env -S none -x\n": "this image has no",
            "#!\n": "names no interpreter: it will not run",
            "#include\nwww.example.com/a\n": "an include has to be a URL with http, https, ftp, file",
            "#part-handler\ndef a(:\n": "is no Python, in line 2: it will not run",
            "#upstart-job\n": "is a job for upstart, which this system hasn't",
            "## template: jinja\nhello\n": "is a template of nothing that cloud-init knows",
            "#cloud-config-archive\n- content: hello\n- a: b\n": "part 1: is nothing that cloud-init knows: it leaves it out",
            "#cloud-config\nusers:\n- {name: a, passwd: [1]}\n": "cloud-init finds faults with the userdata: users.0",
            mime.format("text/x-shellscript", encoded): "part 2: this image has no /bin/nothing",
            mime.format("application/x-own", encoded): "part 2: is of type application/x-own, which cloud-init has no handler",
        }
        for userdata, message in cases.items():
            with self.subTest(userdata):
                result = self.run_with(userdata)
                self.assertEqual((result.code, result.errors), (0, ""))
                self.assertRegex(result.output, "warning: /etc/metal/userdata: .*")
                self.assertIn(message, result.output)
                self.assertIn(message, self.image.read("/etc/metal/warnings"))
                self.assertTrue(self.image.path("/etc/metal/userdata").exists())

    def test_text_that_cloud_init_garbles_is_told(self) -> None:
        """Only where it is not encoded: cloud-init reads characters of 8 bits by Python's rules for source text."""
        for encoding, content in {
            "": UMLAUTS,
            "8bit": UMLAUTS,
            "quoted-printable": quopri.encodestring(UMLAUTS.encode()).decode(),
            "base64": base64.encodebytes(UMLAUTS.encode()).decode(),
        }.items():
            with self.subTest(encoding):
                header = f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
                userdata = _mime("text/cloud-config; charset=utf-8", header, content)
                result = self.run_with(userdata)
                self.assertEqual((result.code, result.errors), (0, ""))
                self.assertEqual(self.image.read("/etc/metal/userdata"), userdata)
                self.image.path("/tmp/last").write_text(userdata, encoding="utf-8")
                read = self.image.run("/usr/bin/python3", "-c", LAST_PART, "/tmp/last")
                self.assertEqual(read.errors, "")
                is_garbled = read.output.strip() != ascii(UMLAUTS)
                self.assertEqual(is_garbled, encoding in ("", "8bit"), read.output)
                warned = "part 1: has characters beyond ASCII, which cloud-init garbles unless the part is encoded; use Content"
                self.assertEqual(warned in result.output, is_garbled, result.output)

    def test_text_that_cloud_init_garbles_is_checked_as_it_was_meant(self) -> None:
        userdata = _mime("text/cloud-config", "", UMLAUTS.replace("path:", "path: ["))
        self.refused(userdata, "part 1: is not YAML: ")

    def test_refused(self) -> None:
        bomb = gzip.compress(b"#cloud-config\n" + b"#" * (65 * 2**20))
        cases: Tuple[Tuple[Union[str, bytes], str], ...] = (
            ("hello", "is neither for cloud-init nor for ignition; cloud-init's begins with a line like #cloud-config or"),
            ("hostname: a\n", "is neither for cloud-init nor for ignition"),
            (base64.b64encode(b"hello, hello, hello").decode(), "nor for ignition, once it is decoded"),
            (b"\x7fELF\xff\xfe", "is no text in UTF-8: invalid start byte at byte 4"),
            (gzip.compress(CLOUD_CONFIG.encode())[:-10], "is gzip that was cut off"),
            (b"\x1f\x8b hello hello hello", "is no gzip, though it begins so"),
            (bomb, "is larger than 64 MiB when it is uncompressed"),
            (gzip.compress(b"hello"), "is neither for cloud-init nor for ignition"),
            ("#cloud-config\na: b\n c: [\n", "is not YAML: mapping values are not allowed here in line 3, column 3"),
            ("#cloud-config\n- a\n", "a cloud-config has to be a mapping"),
            ("#cloud-config\na: !!timestamp b\n", "is not YAML: a value does not fit its tag"),
            ("#cloud-config\na: " + "[" * 5000, "is not YAML: "),
            ("#cloud-config-archive\na: b\n", "a cloud-config-archive has to be a list"),
            ("#cloud-config-jsonp\n{", "is no JSON behind its first line"),
            ("#cloud-config-jsonp\n{}", "a patch has to be a list"),
            ("## template: jinja\n#cloud-config\n\na: {{ b\n", "is no template: unexpected end of template"),
            ("#include\n# nothing\n", "is an include without a URL"),
            ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n", "is MIME without a part that has something in it"),
            (MIME.replace("  - touch", " [- touch"), "config.yaml: is not YAML: "),
            ("#cloud-config-archive\n- content: '#cloud-config-archive'\n", "part 1: a cloud-config-archive has to be"),
            (_nested(12), "nests parts more than 8 deep"),
        )
        for userdata, message in cases:
            with self.subTest(userdata[:60]):
                self.refused(userdata, message)


def _mime(content_type: str, header: str, content: str) -> str:
    return (
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=X\n\n"
        f"--X\nContent-Type: {content_type}\n{header}\n{content}\n--X--\n"
    )


def _nested(depth: int) -> str:
    text = "#!/bin/sh\n"
    for _ in range(depth):
        text = "#cloud-config-archive\n" + json.dumps([{"content": text}])
    return text


if __name__ == "__main__":
    unittest.main()
