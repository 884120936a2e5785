"""The checkers that the other tests rely on: that they see what is wrong."""

import unittest

from allocations import firewall
from checkers import complaints_of_frr, complaints_of_networkd, complaints_of_nft, complaints_of_udev
from chroot import Image


class CheckersTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        self.image.write_program("/usr/local/bin/chronyd")
        result = self.image.install(firewall())
        self.assertEqual((result.code, result.errors), (0, ""))

    def spoil(self, name: str, right: str, wrong: str) -> None:
        text = self.image.read(name)
        self.assertIn(right, text)
        self.image.write(name, text.replace(right, wrong))

    def test_networkd(self) -> None:
        self.assertEqual(complaints_of_networkd(self.image), [])
        self.spoil("/etc/systemd/network/10-lan0.network", "IPv6AcceptRA=no", "IPv6AcceptsRA=no")
        self.spoil("/etc/systemd/network/20-bridge.netdev", "VLANFiltering=yes", "VLANFiltering=perhaps")
        self.spoil("/etc/systemd/network/30-vxlan-3981.netdev", "Local=10.1.0.1", "Local=10.1.0.256")
        complaints = "\n".join(complaints_of_networkd(self.image))
        for name in ("10-lan0.network", "20-bridge.netdev", "30-vxlan-3981.netdev"):
            self.assertIn(name, complaints)

    def test_udev(self) -> None:
        self.assertEqual(complaints_of_udev(self.image), [])
        self.spoil("/etc/systemd/network/10-lan0.link", "MTUBytes=9216", "MTUBytes=much")
        self.assertIn("10-lan0.link", "\n".join(complaints_of_udev(self.image)))

    def test_vtysh(self) -> None:
        self.spoil("/etc/frr/frr.conf", "advertise-all-vni", "advertise-all-vnis")
        self.assertNotEqual(self.image.run("vtysh", "--dryrun", "--inputfile", "/etc/frr/frr.conf").code, 0)

    def test_vtysh_with_many_configurations(self) -> None:
        right = self.image.read("/etc/frr/frr.conf")
        wrong = right.replace("advertise-all-vni", "advertise-all-vnis")
        complaints = complaints_of_frr(self.image, {"a": right, "b": wrong, "c": right, "d": right}, at_once=3)
        self.assertEqual([complaint.split(":")[0] for complaint in complaints], ["b"])

    def test_nft_with_many_rule_sets(self) -> None:
        right = self.image.read("/etc/nftables/rules")
        wrong = right.replace("ip6 saddr fe80::/64", "ip saddr fe80::/64", 1)
        complaints = complaints_of_nft(self.image, {"a": right, "b": right, "c": wrong, "d": right}, at_once=2)
        self.assertEqual([complaint.split(":")[0] for complaint in complaints], ["c"])

    def test_nft(self) -> None:
        self.spoil("/etc/nftables/rules", "ip6 saddr fe80::/64", "ip saddr fe80::/64")
        self.assertNotEqual(self.image.run("nft", "--check", "--file", "/etc/nftables.conf").code, 0)


if __name__ == "__main__":
    unittest.main()
