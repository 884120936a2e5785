"""What the installer writes for each allocation in golden/, compared with what is kept there.

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
KEEP = os.environ.get("INSTALLER_TESTS_KEEP") == "1"


class GoldenTest(SharedImageTest):
    maxDiff = None

    def test_written_as_kept(self) -> None:
        for case in cases():
            with self.subTest(case.name):
                written = text_of(render(self.driver, case))
                if KEEP:
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
            for file in case.glob("*.yaml"):
                with self.subTest(f"{case.name}/{file.name}"):
                    text = file.read_text(encoding="utf-8")
                    self.assertEqual(self.driver.do("validate", schema=file.stem, text=text), [])


def cases() -> List[Path]:
    return sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def options_of(case: Path) -> Dict[str, Any]:
    """What the image decides: the version of FRR, and the options of its packet filter."""
    file = case / "options.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def render(driver: Driver, case: Path) -> Dict[str, Any]:
    texts = {path.name: path.read_text(encoding="utf-8") for path in case.glob("*.yaml")}
    answer = driver.do("render", input=texts, **options_of(case))
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
