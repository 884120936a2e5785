"""Allocations that are odd, or come in the newer API's words: what is made of them, and what is told."""

import json
import unittest
from typing import Any, Dict, List, NamedTuple, Sequence

from allocations import ASN, details, firewall, internet, machine, mpls, newer, private, shared, underlay
from chroot import SharedImageTest


class Rendered(NamedTuple):
    files: Dict[str, str]
    warnings: List[str]

    def lines(self, name: str) -> List[str]:
        return [line.strip() for line in self.files[name].splitlines()]


FRR = "/etc/frr/frr.conf"
LOOPBACK = "/etc/systemd/network/00-lo.network"
RULES = "/etc/nftables/rules"


class AllocationTest(SharedImageTest):
    def render(self, allocation: Any, **files: Any) -> Rendered:
        answer = self.driver.do("render", input=files or {"install.yaml": json.dumps(allocation)})
        self.assertNotIn("error", answer)
        return Rendered({path: content for path, _, _, content in answer["files"]}, answer["warnings"])

    def warned(self, rendered: Rendered, *warnings: str) -> None:
        self.assertEqual(len(rendered.warnings), len(warnings), rendered.warnings)
        for warning, expected in zip(rendered.warnings, warnings):
            self.assertIn(expected, warning)

    def refused(self, allocation: Any, *fragments: str) -> None:
        answer = self.driver.do("render", input={"install.yaml": json.dumps(allocation)})
        self.assertIn("error", answer)
        for fragment in (*fragments, "\n  hint: "):
            self.assertIn(fragment, answer["error"])

    def same(self, one: Any, other: Any) -> None:
        """Whether the installer makes the same of two allocations."""
        first, second = self.render(one), self.render(other)
        self.assertEqual(first.files, second.files)

    def test_asn_that_is_not_set_is_taken_from_another_network(self) -> None:
        for unset in (0, None):
            with self.subTest(unset):
                rendered = self.render(machine(private(asn=unset), internet()))
                self.assertIn(f"router bgp {ASN}", rendered.lines(FRR))
                self.warned(rendered, f"networks[0].asn: is {'0' if unset == 0 else 'missing'}; {ASN} is taken")
        rendered = self.render(firewall(private(), internet(), underlay(asn=0)))
        self.assertIn(f"router bgp {ASN}", rendered.lines(FRR))

    def test_asn_that_is_not_set_does_not_matter_elsewhere(self) -> None:
        self.same(machine(private(), internet(asn=0)), machine(private(), internet()))

    def test_asn_of_four_bytes_and_in_quotes(self) -> None:
        for asn in (1, 65535, 65536, 4200003073, 4294967295, "4200003073"):
            with self.subTest(asn):
                self.assertIn(f"router bgp {asn}", self.render(machine(private(asn=asn))).lines(FRR))

    def test_no_asn_at_all(self) -> None:
        self.refused(machine(private(asn=0)), "networks[0].asn: is 0, and no other network has an ASN")
        self.refused(machine(private(asn=-1)), "networks[0].asn: -1 is not between 0 and 4294967295")

    def test_network_types_of_the_newer_api(self) -> None:
        old = (private(), shared(), internet(), underlay())
        for number, names in (
            (5, ("child", "NETWORK_TYPE_CHILD")),
            (6, ("child-shared", "NETWORK_TYPE_CHILD_SHARED")),
            (1, ("external", "NETWORK_TYPE_EXTERNAL")),
            (2, ("underlay", "NETWORK_TYPE_UNDERLAY")),
        ):
            index = (5, 6, 1, 2).index(number)
            for name in (*names, number):
                with self.subTest(name):
                    networks = [dict(network) for network in old]
                    networks[index]["networktype"] = name
                    rendered = self.render(firewall(*networks))
                    self.assertEqual(rendered.files, self.render(firewall(*old)).files)
                    self.warned(rendered)

    def test_newer_type_stands_in_for_a_type_that_is_not_given(self) -> None:
        networks = [private(), internet(), underlay()]
        for network, newer_type in zip(networks, ("child", "external", "underlay")):
            del network["networktype"]
            network["networktypev2"] = newer_type
            network["private"] = network["underlay"] = False
        rendered = self.render(firewall(*networks))
        self.assertEqual(rendered.files, self.render(firewall()).files)
        self.warned(rendered)

    def test_flags_stand_in_for_types(self) -> None:
        for absent in (None, "", "NETWORK_TYPE_UNSPECIFIED", 0):
            with self.subTest(absent):
                networks = [private(networktype=absent), internet(networktype=absent), underlay(networktype=absent)]
                rendered = self.render(firewall(*networks))
                self.assertEqual(rendered.files, self.render(firewall()).files)
                self.warned(
                    rendered,
                    "networks[0].networktype: is not given; the network is taken for private",
                    "networks[1].networktype: is not given; the network is taken for external",
                    "networks[2].networktype: is not given; the network is taken for underlay",
                )

    def test_of_private_networks_without_a_type_the_first_is_the_machines_own(self) -> None:
        networks = [private(), shared(), internet(), underlay()]
        rendered = self.render(firewall(*[{**network, "networktype": None} for network in networks]))
        self.assertEqual(rendered.files, self.render(firewall(*networks)).files)

    def test_shared_network_as_the_only_private_one(self) -> None:
        rendered = self.render(firewall(private(networktype="child-shared"), internet(), underlay()))
        self.assertEqual(rendered.files, self.render(firewall()).files)

    def test_no_private_network(self) -> None:
        self.refused(machine(internet()), "networks: none of them is the machine's own private network")
        self.refused(machine(*[private(networktype="child-shared", vrf=vrf) for vrf in (1, 2)]), "networks: none")
        self.refused(machine(private(networktype="secret")), "networks[0].networktype: 'secret' is unknown; known are")

    def test_second_private_network(self) -> None:
        second = private(networkid="second", vrf=3999, ips=["10.9.0.2"], prefixes=["10.9.0.0/22"])
        rendered = self.render(machine(private(), second))
        self.assertIn("Address=10.9.0.2/32", rendered.lines(LOOPBACK))
        self.warned(rendered, "networks[1]: is a second private network; the first is networks[0]")
        frr = self.render(firewall(private(), second, internet(), underlay())).lines(FRR)
        self.assertIn("vni 3999", frr)
        self.assertFalse([line for line in frr if "vrf3999-import-from" in line], "it is for itself")

    def test_networks_that_machines_cannot_be_in(self) -> None:
        for network_type in ("super", "NETWORK_TYPE_SUPER_NAMESPACED"):
            with self.subTest(network_type):
                rendered = self.render(machine(private(), internet(networktype=network_type)))
                self.assertNotIn("Address=185.1.2.3/32", rendered.lines(LOOPBACK))
                self.warned(rendered, "networks[1]: internet is a super network")
        rendered = self.render(machine(private(), underlay()))
        self.assertNotIn("Address=10.1.0.1/32", rendered.lines(LOOPBACK))
        self.warned(rendered, "networks[1]: underlay is an underlay")

    def test_nat_in_the_newer_words(self) -> None:
        for nat, newer_nat, expected in (
            (None, "ipv4-masq", True),
            (None, "NAT_TYPE_IPV4_MASQUERADE", True),
            (None, 2, True),
            (None, "none", False),
            (None, "NAT_TYPE_UNSPECIFIED", False),
            (None, None, False),
            (True, "none", True),
            (False, "ipv4-masq", False),
        ):
            with self.subTest((nat, newer_nat)):
                rendered = self.render(firewall(private(), internet(nat=nat, nattypev2=newer_nat), underlay()))
                self.assertEqual("masquerade" in rendered.files[RULES], expected)
                self.assertEqual(len(rendered.warnings), 0 if nat is None else 1, rendered.warnings)
        self.refused(firewall(private(nattypev2="pat"), underlay()), "networks[0].nattypev2: 'pat' is unknown")

    def test_networks_in_one_vrf_are_one(self) -> None:
        second = internet(networkid="internet-v6", ips=["2a02::1"], prefixes=["2a02::/45"], destinationprefixes=["::/0"])
        rendered = self.render(firewall(private(), internet(), underlay(), second))
        self.warned(rendered, "networks[3].vrf: is networks[1]'s, too: internet-v6 is made a part of internet")
        one = internet(
            ips=["185.1.2.3", "2a02::1"],
            prefixes=["185.1.2.0/24", "185.27.0.0/22", "2a02::/45"],
            destinationprefixes=["0.0.0.0/0", "::/0"],
        )
        self.assertEqual(rendered.files, self.render(firewall(private(), one, underlay())).files)
        self.refused(
            firewall(private(), internet(vrf=3981), underlay()),
            "networks[1].vrf: 3981 is networks[0]'s, too, which is privateprimaryunshared, while this one is external",
        )

    def test_underlay_in_two_parts(self) -> None:
        rendered = self.render(firewall(private(), internet(), underlay(), underlay(ips=["10.1.0.2"])))
        self.assertIn("Address=10.1.0.2/32", rendered.lines(LOOPBACK))
        self.assertIn("Local=10.1.0.1", rendered.lines("/etc/systemd/network/30-vxlan-3981.netdev"))
        self.warned(rendered, "networks[3].vrf: is networks[2]'s, too")

    def test_network_of_a_firewall_without_a_vrf(self) -> None:
        for vrf in (0, None):
            with self.subTest(vrf):
                rendered = self.render(firewall(private(), internet(), underlay(), mpls(vrf=vrf)))
                self.assertEqual(rendered.files, self.render(firewall()).files)
                self.warned(rendered, "networks[3].vrf: is not set, but on a firewall each network needs a VRF")
        self.refused(firewall(private(vrf=0), underlay()), "networks[0].vrf: 0 is not between 1 and 16777215")
        self.refused(firewall(private(vrf=2**24), underlay()), "networks[0].vrf: 16777216 is not between 0 and 16777215")

    def test_vlans_count_networks_that_are_left_out(self) -> None:
        rendered = self.render(firewall(private(), mpls(vrf=0), internet(), underlay()))
        self.assertIn("Table=1002", rendered.lines("/etc/systemd/network/31-vrf-104009.netdev"))

    def test_private_network_without_addresses_or_prefixes(self) -> None:
        self.assertEqual(self.render(machine(private(prefixes=[]))).warnings, [])
        self.assertEqual(self.render(machine(private(), shared(ips=[], prefixes=None))).warnings, [])
        rendered = self.render(firewall(private(ips=[], prefixes=[]), internet(), underlay()))
        self.warned(rendered, "networks[0].ips: is empty", "networks[0].prefixes: is empty")
        self.refused(machine(private(ips=[])), "networks[0].ips: is empty, but this network's address is the machine's")

    def test_unknown_fields_are_ignored(self) -> None:
        def with_more(value: Any) -> Any:
            if isinstance(value, dict):
                return {**{name: with_more(part) for name, part in value.items()}, "later": {"a": [1]}, "x-y": None}
            return [with_more(part) for part in value] if isinstance(value, list) else value

        rules = {"egress": [{"ports": [443], "to": ["0.0.0.0/0"]}], "ingress": []}
        allocation = firewall(firewall_rules=rules, vpn={"address": "https://vpn.example", "auth_key": "abcdefgh"})
        self.same(with_more(allocation), allocation)

    def test_mac_addresses_in_other_spellings(self) -> None:
        rendered = self.render(machine(nics=[{"mac": "AC-1F-6B-7A-EB-90"}]))
        self.assertIn("PermanentMACAddress=ac:1f:6b:7a:eb:90", rendered.lines("/etc/systemd/network/10-lan0.link"))

    def test_addresses_that_versions_of_python_read_differently(self) -> None:
        self.refused(machine(private(ips=["10.0.017.2"])), "networks[0].ips[0]: '10.0.017.2' is not an IP address")
        self.refused(machine(private(ips=["fe80::1%lan0"])), "networks[0].ips[0]: 'fe80::1%lan0' is")
        self.refused(machine(private(prefixes=["10.00.0.0/8"])), "networks[0].prefixes[0]: '10.00.0.0/8' is not a pref")

    def test_rules_with_both_families(self) -> None:
        ingress = [
            {"ports": [22], "from": ["192.0.2.0/24", "2001:db8::/32"], "to": ["::/0", "10.0.0.0/8", "10.1.0.0/16"]},
            {"ports": [80], "from": ["2001:db8::/32", "192.0.2.1/32"], "to": ["10.0.0.0/8"]},
        ]
        rendered = self.render(firewall(firewall_rules={"ingress": ingress}))
        rules = [line for line in rendered.lines(RULES) if "dport { " in line]
        self.assertEqual(
            rules,
            [
                "ip daddr { 10.0.0.0/8 } ip saddr 192.0.2.0/24 tcp dport { 22 } counter accept",
                "ip6 daddr { ::/0 } ip6 saddr 2001:db8::/32 tcp dport { 22 } counter accept",
                "ip daddr { 10.0.0.0/8 } ip saddr 192.0.2.1/32 tcp dport { 80 } counter accept",
            ],
        )
        self.warned(rendered)
        rendered = self.render(firewall(firewall_rules={"ingress": [{**ingress[1], "from": ["2001:db8::/32"]}]}))
        self.assertFalse([line for line in rendered.lines(RULES) if "dport { " in line])
        self.warned(rendered, "firewall_rules.ingress[0]: has no prefix of the same IP version in from and to")

    def test_rules_that_let_nothing_through(self) -> None:
        for rule, field in (
            ({"ports": [], "to": ["::/0"]}, "ports"),
            ({"to": ["::/0"]}, "ports"),
            ({"ports": [1], "to": []}, "to"),
            ({"ports": [1]}, "to"),
        ):
            with self.subTest(rule):
                rendered = self.render(firewall(firewall_rules={"egress": [rule]}))
                self.assertEqual(rendered.files, self.render(firewall()).files)
                self.warned(rendered, f"firewall_rules.egress[0].{field}: is empty: the rule lets nothing through")

    def test_protocols_and_ports(self) -> None:
        for name, protocol in (
            (None, "tcp"),
            ("", "tcp"),
            ("IP_PROTOCOL_UNSPECIFIED", "tcp"),
            ("TCP", "tcp"),
            (1, "tcp"),
            ("udp", "udp"),
            ("IP_PROTOCOL_UDP", "udp"),
            (2, "udp"),
        ):
            with self.subTest(name):
                rule = {"ports": [0, 65535], "to": ["::/0"], "protocol": name}
                rules = self.render(firewall(firewall_rules={"egress": [rule]})).files[RULES]
                self.assertIn(f"ip6 daddr ::/0 {protocol} dport {{ 0, 65535 }} counter accept", rules)

    def test_comments_of_rules_are_one_line(self) -> None:
        rule = {"ports": [1], "to": ["::/0"], "comment": "a\n  accept\n\tb\u2028c"}
        self.assertIn('comment "a accept b c"', self.render(firewall(firewall_rules={"egress": [rule]})).files[RULES])

    def test_what_the_newer_files_say_is_the_same(self) -> None:
        rules = {
            "egress": [{"ports": [443], "to": ["0.0.0.0/0"], "protocol": "udp", "comment": "a"}],
            "ingress": [{"ports": [22], "from": ["::/0"], "to": None}],
        }
        vpn = {"address": "https://vpn.example", "auth_key": "abcdefgh", "connected": False}
        servers = {"dns_servers": [{"ip": "192.0.2.53"}], "ntp_servers": [{"address": "ntp.example"}]}
        cases: Sequence[Dict[str, Any]] = (
            machine(private(), internet(), **servers),
            firewall(private(), shared(projectid="other"), internet(), underlay(), firewall_rules=rules, vpn=vpn),
            firewall(private(networktype="privateprimaryshared"), internet(), underlay()),
        )
        for old in cases:
            for style in ("camelCase", "snake_case"):
                with self.subTest((old["role"], style)):
                    rendered = self.render(
                        None,
                        **{
                            "machine-allocation.yaml": json.dumps(newer(old, style)),
                            "machine-details.yaml": json.dumps(details(old)),
                        },
                    )
                    self.assertEqual(rendered.files, self.render(old).files)
                    self.warned(rendered)

    def test_errors_name_the_newer_files_and_their_fields(self) -> None:
        old = machine(private(), internet(ips=["1.2.3.256"]))
        for change, message in (
            ({}, "machine-allocation.yaml: networks[1].ips[0]: '1.2.3.256' is not an IP address"),
            ({"allocationType": None}, "machine-allocation.yaml: allocationType: is missing"),
            ({"ntpServers": [{}], "networks": [newer(machine())["networks"][0]]}, "ntpServers[0].address: is missing"),
        ):
            with self.subTest(message):
                answer = self.driver.do(
                    "render",
                    input={
                        "machine-allocation.yaml": json.dumps({**newer(old), **change}),
                        "machine-details.yaml": json.dumps(details(old)),
                    },
                )
                self.assertIn(message, answer["error"])
                self.assertIn("\n  hint: ", answer["error"])

    def test_newer_files_that_are_not_there(self) -> None:
        answer = self.driver.do("render", input={"machine-allocation.yaml": json.dumps(newer(machine()))})
        self.assertIn("machine-details.yaml: there is no such file", answer["error"])
        answer = self.driver.do("render", input={"machine-details.yaml": json.dumps(details(machine()))})
        self.assertIn("install.yaml: there is no such file", answer["error"])


if __name__ == "__main__":
    unittest.main()
