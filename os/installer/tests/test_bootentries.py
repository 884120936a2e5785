"""Boot entries of the firmware: those of earlier installations go, those of others stay."""

import json
import unittest
from typing import Any, Dict, List, Sequence

from chroot import Image

ENTRIES = "/var/tmp/entries"
FIRMWARE = f"""#!/usr/bin/python3 -I
# efibootmgr, with entries in a file: number, label, where it leads.
import json, sys
arguments = sys.argv[1:]
entries = json.load(open("{ENTRIES}"))
value = lambda name: arguments[arguments.index(name) + 1]
if "--delete-bootnum" in arguments:
    del entries[value("--bootnum")]
if "--create" in arguments:
    if any("full" in label for label, _ in entries.values()):
        sys.exit("Could not prepare Boot variable: No space left on device")
    number = next(n for n in ("%04X" % i for i in range(99)) if n not in entries)
    entries[number] = [value("--label"), value("--disk") + " " + value("--part") + " " + value("--loader")]
json.dump(entries, open("{ENTRIES}", "w"))
if "--quiet" not in arguments:
    print("BootCurrent: 0000\\nTimeout: 0 seconds\\nBootOrder: " + ",".join(entries))
    for number, (label, place) in entries.items():
        print("Boot" + number + ("  " if label.startswith("off") else "* ") + label + ("\\t" + place) * TAB)
"""
RENEW = """
import sys
sys.path.insert(0, "/usr/share/metal-installer")
from metal_installer.bootentries import BootPartition, renew
from metal_installer.image import BOOTLOADER_IDS
partitions = [BootPartition(f"/dev/{disk}", 1) for disk in sys.argv[2:]]
print(*renew(partitions, "LOADER", sys.argv[1], BOOTLOADER_IDS), sep="\\n")
"""
OTHERS = {
    "0000": ["UiApp", "FvVol(a)/FvFile(b)"],
    "0001": ["PXEv4 lan0", "MAC(525400123456,1)/IPv4"],
    "0002": ["debian", "HD(1,GPT,c)/File(shimx64.efi)"],
    "0003": ["ubuntu", "HD(1,GPT,d)"],
    "0004": ["AlmaLinux", "HD(1,GPT,e)"],
    "0005": ["almalinux", "HD(1,GPT,e)"],
    "0006": ["Windows Boot Manager", "HD(1,GPT,f)"],
    "0007": ["UEFI metal-debian disk", "HD(1,GPT,g)"],
    "0008": ["off metal", ""],
}
OURS = {
    "0009": ["metal-debian sda", "HD(1,GPT,old)"],
    "000A": ["metal-ubuntu nvme0n1", "HD(1,GPT,old)"],
    "000B": ["almalinux sdb", "HD(1,GPT,old)"],
    "000C": ["metal-mine vda", "HD(1,GPT,old)"],
    "000D": ["metal-debian", "HD(1,GPT,old)"],
}


class BootEntriesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def renew(self, bootloader_id: str, disks: Sequence[str], entries: Dict[str, Any], tab: bool = False) -> List[str]:
        self.image.write("/usr/local/sbin/efibootmgr", FIRMWARE.replace("TAB", str(int(tab))), 0o755)
        self.image.write(ENTRIES, json.dumps(entries))
        result = self.image.run("/usr/bin/python3", "-IB", "-c", RENEW, bootloader_id, *disks)
        self.assertEqual((result.code, result.errors), (0, ""))
        return result.output.split("\n")[:-1]

    def entries(self) -> Dict[str, Any]:
        return json.loads(self.image.read(ENTRIES))

    def test_entries_of_earlier_installations_are_replaced(self) -> None:
        for tab in (False, True):  # efibootmgr 17 and 18
            with self.subTest(tab):
                self.assertEqual(self.renew("metal-debian", ["sda", "sdb"], {**OTHERS, **OURS}, tab), [""])
                entries = self.entries()
                self.assertEqual({n: entries.pop(n) for n in OTHERS}, OTHERS)
                self.assertEqual(
                    list(entries.values()),
                    [["metal-debian sda", "/dev/sda 1 LOADER"], ["metal-debian sdb", "/dev/sdb 1 LOADER"]],
                )

    def test_an_entry_of_the_same_name_leads_to_the_new_partition(self) -> None:
        self.renew("metal-debian", ["sda"], {"0000": ["metal-debian sda", "HD(1,GPT,gone)"]})
        self.assertEqual(self.entries(), {"0000": ["metal-debian sda", "/dev/sda 1 LOADER"]})

    def test_entries_of_an_earlier_raid_go_where_there_is_none_now(self) -> None:
        self.renew("metal-debian", [], {**OTHERS, **OURS})
        self.assertEqual(self.entries(), OTHERS)

    def test_an_id_of_the_image(self) -> None:
        own = {"0001": ["mine+1 sda", ""], "0002": ["mine+1", ""], "0003": ["mine11 sda", ""]}
        self.renew("mine+1", [], own)
        self.assertEqual(set(self.entries()), {"0002", "0003"})

    def test_firmware_that_refuses_is_no_reason_to_stop(self) -> None:
        notes = self.renew("metal-debian", ["sda"], {"0000": ["full", ""], **OURS})
        self.assertIn("the firmware's boot entries stay as they are", notes[0])
        self.assertIn("No space left on device", "\n".join(notes))


if __name__ == "__main__":
    unittest.main()
