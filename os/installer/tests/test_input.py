"""Wrong input: the file and the field are named, and nothing is changed."""

import copy
import unittest
from typing import Any, Callable, Dict, Tuple

from allocations import firewall, internet, machine, private
from chroot import KERNEL, Image, SharedImageTest

Change = Callable[[Dict[str, Any]], None]


def without(name: str) -> Change:
    return lambda allocation: allocation.pop(name)


def with_value(name: str, value: Any) -> Change:
    return lambda allocation: allocation.__setitem__(name, value)


def in_network(name: str, value: Any, index: int = 0) -> Change:
    return lambda allocation: allocation["networks"][index].__setitem__(name, value)


# What is wrong with it; the change; what the message has to have in it.
MACHINES: Tuple[Tuple[str, Change, str], ...] = (
    ("no role", without("role"), "role: is missing"),
    ("unknown role", with_value("role", "router"), "role: 'router' is unknown; known are firewall, machine"),
    ("no hostname", without("hostname"), "hostname: is missing"),
    ("empty hostname", with_value("hostname", ""), "hostname: is empty"),
    ("number as hostname", with_value("hostname", 5), "hostname: has to be a string"),
    ("line break in hostname", with_value("hostname", "a\nb"), "hostname: has a line break"),
    ("line break behind hostname", with_value("hostname", "a\n"), "hostname: has a line break"),
    ("quote in hostname", with_value("hostname", "a'; reboot"), 'hostname: "a\'; reboot" is not a host name'),
    ("space in hostname", with_value("hostname", "a b"), "hostname: 'a b' is not a host name"),
    ("long hostname", with_value("hostname", "a" * 65), "is not a host name"),
    ("no password", without("password"), "password: is missing"),
    ("line break in password", with_value("password", "a\nroot:b"), "password: has a line break"),
    ("no console", without("console"), "console: is missing"),
    ("wrong console", with_value("console", "ttyS1,115200n8 init=/bin/sh"), "'init=/bin/sh' is no console"),
    ("other console", with_value("console", "lp0"), "console: 'lp0' is no console; it has to be a device and, where"),
    ("no root_uuid", without("root_uuid"), "root_uuid: is missing"),
    ("wrong root_uuid", with_value("root_uuid", "x y"), "root_uuid: 'x y' is not the UUID of a file system"),
    ("text as raidenabled", with_value("raidenabled", "yes"), "raidenabled: has to be true or false, not 'yes'"),
    ("no key", with_value("sshpublickey", "hello"), "sshpublickey: line 1 is no ssh public key"),
    ("list as key", with_value("sshpublickey", ["a"]), "sshpublickey[0]: line 1 is no ssh public key"),
    ("wrong machineuuid", with_value("machineuuid", "x; y"), "machineuuid: 'x; y' is not a UUID"),
    ("no networks", without("networks"), "networks: is missing"),
    ("empty networks", with_value("networks", []), "networks: none of them is the machine's own private network"),
    ("mapping as networks", with_value("networks", {}), "networks: has to be a list, not a mapping"),
    ("text as network", with_value("networks", ["a"]), "networks[0]: has to be a mapping, not 'a'"),
    ("private network without an IP", in_network("ips", []), "networks[0].ips: is empty, but this network's address is"),
    ("private network, no ips", in_network("ips", None), "networks[0].ips: is empty, but this network's address is"),
    ("wrong IP", in_network("ips", ["10.0.0.256"]), "networks[0].ips[0]: '10.0.0.256' is not an IP address"),
    ("prefix as IP", in_network("ips", ["10.0.0.0/8"]), "networks[0].ips[0]: '10.0.0.0/8' is not an IP address"),
    ("number as IP", in_network("ips", [10]), "networks[0].ips[0]: has to be a string, not 10"),
    ("IP with a scope", in_network("ips", ["fe80::1%lan0"]), "networks[0].ips[0]: "),
    ("text as ips", in_network("ips", "10.0.0.1"), "networks[0].ips: has to be a list"),
    ("wrong prefix", in_network("prefixes", ["10.0.0.0/33"]), "networks[0].prefixes[0]: '10.0.0.0/33' is not a prefix"),
    (
        "wrong destination",
        in_network("destinationprefixes", ["default"]),
        "networks[0].destinationprefixes[0]: 'default' is not a prefix",
    ),
    ("no asn", in_network("asn", None), "networks[0].asn: is missing"),
    ("large asn", in_network("asn", 2**32), "networks[0].asn: 4294967296 is not between 0 and 4294967295"),
    ("text as asn", in_network("asn", "65000a"), "networks[0].asn: has to be a whole number, not '65000a'"),
    ("truth as asn", in_network("asn", True), "networks[0].asn: has to be a whole number, not True"),
    (
        "unknown type",
        in_network("networktype", "secret"),
        "networks[0].networktype: 'secret' is unknown; known are child, ",
    ),
    ("text as nat", in_network("nat", "no"), "networks[0].nat: has to be true or false"),
    ("line break in networkid", in_network("networkid", "a\n[Match]"), "networks[0].networkid: has a line break"),
    ("no nics", with_value("nics", []), "nics: there is none"),
    (
        "wrong mac",
        with_value("nics", [{"mac": "00:03:00:11:11"}]),
        "nics[0].mac: '00:03:00:11:11' is not a MAC address",
    ),
    ("no mac", with_value("nics", [{}]), "nics[0].mac: is missing"),
    ("mac twice", with_value("nics", [{"mac": "ac:1f:6b:7a:eb:90"}, {"mac": "AC:1F:6B:7A:EB:90"}]), "is there twice"),
    (
        "wrong resolver",
        with_value("dns_servers", [{"ip": "dns.example"}]),
        "dns_servers[0].ip: 'dns.example' is not an IP address",
    ),
    ("wrong time server", with_value("ntp_servers", [{"address": "a b"}]), "ntp_servers[0].address: 'a b' is neither"),
    (
        "line in time server",
        with_value("ntp_servers", [{"address": "a\nb"}]),
        "ntp_servers[0].address: has a line break",
    ),
)
FIREWALLS: Tuple[Tuple[str, Change, str], ...] = (
    (
        "no underlay",
        with_value("networks", [private(), internet()]),
        "networks: a firewall needs one of type underlay, but there is none",
    ),
    ("underlay without an IP", in_network("ips", [], 2), "networks[2].ips: is empty, but this network's address is"),
    ("no vrf", in_network("vrf", None), "networks[0].vrf: is missing"),
    ("vrf 0", in_network("vrf", 0), "networks[0].vrf: 0 is not between 1 and 16777215"),
    ("large vrf", in_network("vrf", 2**24), "networks[0].vrf: 16777216 is not between 0 and 16777215"),
    (
        "large port",
        with_value("firewall_rules", {"ingress": [{"ports": [22, 65536], "from": ["0.0.0.0/0"]}]}),
        "firewall_rules.ingress[0].ports[1]: 65536 is not between 0 and 65535",
    ),
    (
        "unknown protocol",
        with_value("firewall_rules", {"egress": [{"ports": [1], "to": ["::/0"], "protocol": "icmp"}]}),
        "egress[0].protocol: 'icmp' is unknown; known are tcp, udp",
    ),
    ("no address of the VPN", with_value("vpn", {"auth_key": "a"}), "vpn.address: is missing"),
    ("space in the VPN's key", with_value("vpn", {"auth_key": "a b", "address": "c"}), "vpn.auth_key: has a character"),
)


class InputTest(SharedImageTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.image.write_program("/usr/local/bin/chronyd")

    def refused(self, allocation: Any, message: str, **arguments: Any) -> None:
        """Runs the installer, which has to say so and to change nothing."""
        self.image.prepare(allocation, **arguments)
        before = self.image.changed_files()
        result = self.driver.install()
        self.assertEqual(result.code, 2, result.errors)
        self.assertTrue(result.errors.startswith("install.sh: /etc/metal/"), result.errors)
        self.assertIn(message, result.errors)
        self.assertEqual(result.output, "", "no step was taken")
        self.assertEqual(self.image.changed_files(), before)

    def test_machines(self) -> None:
        for name, change, message in MACHINES:
            with self.subTest(name):
                allocation = copy.deepcopy(machine())
                change(allocation)
                self.refused(allocation, message)

    def test_firewalls(self) -> None:
        for name, change, message in FIREWALLS:
            with self.subTest(name):
                allocation = copy.deepcopy(firewall())
                change(allocation)
                self.refused(allocation, message)

    def test_files_that_are_no_yaml(self) -> None:
        for text, message in (
            ("a: [", "/etc/metal/install.yaml: is not YAML"),
            ("", "/etc/metal/install.yaml: has to be a mapping, not nothing"),
            ("- a\n", "/etc/metal/install.yaml: has to be a mapping, not a list"),
            ("role: machine\nrole: firewall\n", "'role' is there twice"),
            ("a: !!python/object/apply:os.system ['touch /etc/pwned']\n", "is not YAML"),
        ):
            with self.subTest(text):
                self.refused(text, message)
        self.assertFalse(self.image.path("/etc/pwned").exists())

    def test_no_install_yaml(self) -> None:
        self.image.prepare(machine())
        self.image.path("/etc/metal/install.yaml").unlink()
        before = self.image.changed_files()
        result = self.image.run("/install.sh")
        self.assertEqual((result.code, result.errors.count("install.yaml: there is no such file")), (2, 1))
        self.assertEqual(self.image.changed_files(), before)


class ImageTest(unittest.TestCase):
    """Images that the installer cannot work with."""

    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def refused(self, message: str) -> None:
        self.image.prepare(machine())
        before = self.image.changed_files()
        result = self.image.run("/install.sh")
        self.assertEqual((result.code, result.output), (2, ""))
        self.assertIn(message, result.errors)
        self.assertEqual(self.image.changed_files(), before)

    def test_unknown_distribution(self) -> None:
        self.image.write("/etc/os-release", "ID=arch\n")
        self.refused("/etc/os-release: ID: 'arch' is unknown; known are debian, ubuntu, almalinux")

    def test_two_kernels(self) -> None:
        self.image.write("/boot/System.map-6.2.0", "")
        self.refused("/boot: System.map-*: exactly one has to be there")

    def test_no_kernel(self) -> None:
        self.image.path(f"/boot/System.map-{KERNEL}").unlink()
        self.refused("there is: none")

    def test_kernel_without_initrd(self) -> None:
        self.image.path(f"/boot/initrd.img-{KERNEL}").unlink()
        self.refused(f"/boot/initrd.img-{KERNEL}: there is no such regular file")

    def test_link_to_a_kernel(self) -> None:
        kernel = self.image.path(f"/boot/vmlinuz-{KERNEL}")
        kernel.rename(kernel.with_name("kernel"))
        kernel.symlink_to("kernel")
        self.refused(f"/boot/vmlinuz-{KERNEL}: there is no such regular file")

    def test_number_of_the_user_is_taken(self) -> None:
        with self.image.path("/etc/passwd").open("a", encoding="utf-8") as passwd:
            passwd.write("somebody:x:1000:1000::/home/somebody:/bin/sh\n")
        self.refused("/etc/passwd: somebody: has the user id 1000; 1000 is for metal")


if __name__ == "__main__":
    unittest.main()
