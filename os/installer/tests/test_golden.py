"""What the installer writes for each allocation, compared with what is kept in golden/.

The allocations are those in golden/, and those with which the rack tests images: golden/rack-NAME is for
os/tests/allocations/NAME.yaml.

To keep what it writes now: os/installer/tests/run --keep
"""

import json
import os
import unittest
from pathlib import Path
from typing import Any, Dict, List

from checkers import complaints_of_frr, complaints_of_nft, major_version_of_frr
from chroot import Driver, SharedImageTest

GOLDEN = Path(__file__).with_name("golden")
WRITTEN = "written"
ALLOCATIONS = Path(__file__).parents[2] / "tests" / "allocations"
OF_THE_RACK = "rack-"
DECIDED_BY_THE_RACK = """\
machineuuid: e0ab02d2-27cd-5a5e-8efc-080ba80cf258
sshpublickey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhLhxQwOgAaJmqZ9njCdfNw2+LTm24CwUTay6ZYlJBQ rack
password: a-Password-4-the-console
console: ttyS0,115200n8
timestamp: '2026-11-27T09:41:43Z'
raidenabled: false
root_uuid: 543eb7f8-98d4-d986-e669-824dbebe69e5
nics:
- {mac: 52:54:00:00:00:01, name: lan0, identifier: 52:54:00:00:00:01, neighbors: [{mac: 52:54:00:00:01:01, name: leaf1}]}
- {mac: 52:54:00:00:00:02, name: lan1, identifier: 52:54:00:00:00:02, neighbors: [{mac: 52:54:00:00:01:02, name: leaf2}]}
dns_servers: [{ip: 198.51.100.53}]
ntp_servers: [{address: 198.51.100.123}]
"""
KEEP = os.environ.get("INSTALLER_TESTS_KEEP") == "1"


class GoldenTest(SharedImageTest):
    maxDiff = None

    def test_written_as_kept(self) -> None:
        for case in cases():
            with self.subTest(case.name):
                written = text_of(render(self.driver, case))
                if KEEP:
                    case.mkdir(exist_ok=True)
                    (case / WRITTEN).write_text(written, encoding="utf-8")
                self.assertTrue((case / WRITTEN).exists(), "nothing is kept yet: os/installer/tests/run --keep")
                self.assertEqual((case / WRITTEN).read_text(encoding="utf-8"), written)

    def test_accepted_by_those_who_read_it(self) -> None:
        known = major_version_of_frr(self.image)
        files = {c.name: contents(render(self.driver, c)) for c in cases() if options_of(c).get("frr", 0) <= known}
        frr = {name: written["/etc/frr/frr.conf"] for name, written in files.items()}
        nft = {name: written["/etc/nftables/rules"] for name, written in files.items() if "/etc/nftables/rules" in written}
        self.assertEqual(complaints_of_frr(self.image, frr), [])
        self.assertEqual(complaints_of_nft(self.image, nft), [])

    def test_valid_by_the_schemas(self) -> None:
        if not self.driver.do("can_validate"):
            self.skipTest("this image has no python3-jsonschema")
        for case in cases():
            for name, text in input_of(case).items():
                with self.subTest(f"{case.name}/{name}"):
                    self.assertEqual(self.driver.do("validate", schema=Path(name).stem, text=text), [])


def cases() -> List[Path]:
    of_the_rack = {GOLDEN / f"{OF_THE_RACK}{file.stem}" for file in ALLOCATIONS.glob("*.yaml")}
    return sorted(of_the_rack.union(path for path in GOLDEN.iterdir() if path.is_dir()))


def input_of(case: Path) -> Dict[str, str]:
    """The files that metal-hammer writes, by their names."""
    if case.name.startswith(OF_THE_RACK):
        allocation = (ALLOCATIONS / f"{case.name[len(OF_THE_RACK):]}.yaml").read_text(encoding="utf-8")
        own = {line.split(":")[0] for line in allocation.splitlines() if line[:1].isalpha()}
        decided = [line for line in DECIDED_BY_THE_RACK.splitlines() if line.split(":")[0] not in own]
        return {"install.yaml": allocation + "".join(f"{line}\n" for line in decided)}
    return {path.name: path.read_text(encoding="utf-8") for path in case.glob("*.yaml")}


def options_of(case: Path) -> Dict[str, Any]:
    """What the image decides: the version of FRR, and the options of its packet filter."""
    file = case / "options.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def render(driver: Driver, case: Path) -> Dict[str, Any]:
    answer = driver.do("render", input=input_of(case), **options_of(case))
    if "error" in answer:
        raise AssertionError(f"{case.name}: {answer['error']}")
    return answer


def contents(answer: Dict[str, Any]) -> Dict[str, str]:
    return {path: content for path, _, _, content in answer["files"]}


def text_of(answer: Dict[str, Any]) -> str:
    """All files in one, as tail(1) shows several."""
    parts = [f"warning: {warning}\n" for warning in answer["warnings"]]
    if answer["command_line"]:
        parts.append(f"\n==> kernel command line <==\n{answer['command_line']}\n")
    for path, mode, owner, content in answer["files"]:
        parts.append(f"\n==> {path} {mode:o} {owner} <==\n{content}")
    return "".join(parts)


if __name__ == "__main__":
    unittest.main()
