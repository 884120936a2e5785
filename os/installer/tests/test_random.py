"""Random allocations: valid ones are carried out, those with one fault are refused, and say so.

200 of each; as many as wanted by os/installer/tests/run --random NUMBER [--seed SEED].
"""

import json
import os
import time
import unittest
from random import Random
from typing import Any, Dict, List

from chroot import SharedImageTest
from checkers import complaints_of_frr, complaints_of_nft
from randomized import valid, with_one_fault
from test_golden import contents

NUMBER = int(os.environ.get("INSTALLER_TESTS_RANDOM", "200"))
SEED = int(os.environ.get("INSTALLER_TESTS_SEED") or time.time_ns())


class RandomTest(SharedImageTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.image.write_program("/usr/local/bin/chronyd")
        cls.image.write_program("/usr/local/bin/tailscale")
        cls.image.write_program("/usr/local/bin/tailscaled")

    def test_valid_ones_are_carried_out(self) -> None:
        random = Random(SEED)
        allocations = {f"{number} of seed {SEED}": valid(random) for number in range(NUMBER)}
        other = self.image.driver()
        self.addCleanup(other.close)
        frr, nft = {}, {}
        for name, allocation in allocations.items():
            answer = self.driver.do("render", input={"install.yaml": json.dumps(allocation)})
            self.assertNotIn("error", answer, f"{name}: {json.dumps(allocation)}")
            again = other.do("render", input={"install.yaml": json.dumps(allocation)})
            self.assertEqual(answer, again, f"{name} is not the same in another process")
            files = contents(answer)
            frr[name] = files["/etc/frr/frr.conf"]
            if "/etc/nftables/rules" in files:
                nft[name] = files["/etc/nftables/rules"]
        for complaints in (complaints_of_frr(self.image, frr), complaints_of_nft(self.image, nft)):
            first = complaints[0].split(":")[0] if complaints else ""
            self.assertEqual(complaints, [], json.dumps(allocations.get(first)))
        self.assertGreater(len(nft), NUMBER // 4)

    def test_those_with_a_fault_are_refused_before_anything_is_changed(self) -> None:
        random = Random(SEED)
        self.image.prepare({})
        unchanged = self._without_input(self.image.changed_files())
        for number in range(NUMBER):
            faulty = with_one_fault(random)
            text = json.dumps(faulty.allocation)
            told = f"{number} of seed {SEED}: {faulty.field}: {text}"
            self.image.write("/etc/metal/install.yaml", text)
            result = self.driver.install()
            self.assertEqual((result.code, result.output), (2, ""), f"{told}\n{result.errors}")
            self.assertIn(f"install.sh: /etc/metal/install.yaml: {faulty.field}: ", result.errors, told)
            self.assertIn("\n  hint: ", result.errors, told)
            if faulty.shown is not None:
                self.assertIn(faulty.shown, result.errors, told)
            if faulty.kept_secret:
                for line in faulty.kept_secret.splitlines():
                    self.assertNotIn(line, result.errors, told)
            self.assertEqual(self._without_input(self.image.changed_files()), unchanged, told)
            self.assertEqual(self.image.read("/etc/metal/install.yaml"), text)

    def test_the_schema_says_the_same(self) -> None:
        if not self.driver.do("can_validate"):
            self.skipTest("this image has no python3-jsonschema")
        random = Random(SEED)
        for number in range(NUMBER):
            allocation = valid(random)
            self.assertEqual(self._schema_against(allocation), [], f"{number} of seed {SEED}: {json.dumps(allocation)}")
        for number in range(NUMBER):
            faulty = with_one_fault(random)
            if faulty.is_in_schema:
                found = self._schema_against(faulty.allocation)
                told = f"{number} of seed {SEED}: {faulty.field}: {json.dumps(faulty.allocation)}"
                self.assertTrue(found, told)
                self.assertTrue(any(faulty.field.startswith(field) for field in found), f"{told}\n{found}")

    def _schema_against(self, allocation: Dict[str, Any]) -> List[str]:
        return self.driver.do("validate", schema="install", document=allocation)

    @staticmethod
    def _without_input(files: Dict[str, str]) -> Dict[str, str]:
        return {name: file for name, file in files.items() if name != "/etc/metal/install.yaml"}


if __name__ == "__main__":
    unittest.main()
