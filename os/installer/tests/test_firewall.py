"""Firewalls: what the installer leaves behind, held against the programs that read it."""

import unittest

from allocations import ASN, firewall, internet, mpls, private, shared, underlay
from checkers import complaints_of_networkd, complaints_of_udev
from chroot import Image

V6_PRIVATE = private(ips=["10.0.17.2", "2002::1"], prefixes=["10.0.16.0/22", "2002::/64"])
V6_INTERNET = internet(
    destinationprefixes=["0.0.0.0/0", "::/0"],
    ips=["185.1.2.3", "2a02:c00:20::1"],
    prefixes=["185.1.2.0/24", "2a02:c00:20::/45"],
)
ONLY_V6 = [
    private(ips=["2002::1"], prefixes=["2002::/64"]),
    internet(destinationprefixes=["::/0"], ips=["2a02:c00:20::1"], prefixes=["2a02:c00:20::/45"]),
    underlay(),
]
DMZ = shared(networkid="dmz", vrf=3983, ips=["10.0.24.2"], prefixes=["10.0.24.0/22"], destinationprefixes=["0.0.0.0/0"])
VPN = {"address": "https://vpn.example:8080", "auth_key": "a-b_c%d", "connected": False}
RULES = {
    "egress": [
        {"comment": 'allow "apt" update', "protocol": "TCP", "ports": [443, 80], "to": ["0.0.0.0/0", "1.2.3.4/32"]},
        {"protocol": "udp", "ports": [53], "to": ["::/0"]},
        {"comment": "ü" * 200, "ports": [1, 65535, 1], "to": ["192.0.2.1/32"]},
    ],
    "ingress": [
        {
            "comment": "ssh",
            "protocol": "tcp",
            "ports": [22],
            "from": ["2.3.4.0/24", "192.168.1.0/16"],
            "to": ["100.1.2.3/32"],
        },
        {"protocol": "TCP", "ports": [80], "from": ["2001:db8::/32"]},
        {"ports": [22], "from": ["2001:db8::1/128"], "to": ["2001:db8:0:113::/64", "2001:db8:0:113::1/128"]},
    ],
}
ALLOCATIONS = {
    "internet": firewall(),
    "internet and mpls": firewall(private(), internet(), mpls(nat=True), underlay()),
    "storage": firewall(private(), shared(), internet(), underlay(), mpls()),
    "a shared network as its own": firewall(private(networktype="privateprimaryshared"), internet(), underlay()),
    "behind a DMZ": firewall(private(), DMZ, underlay()),
    "of a DMZ": firewall(private(), DMZ, internet(), underlay()),
    "IPv4 and IPv6": firewall(V6_PRIVATE, V6_INTERNET, underlay()),
    "IPv6": firewall(*ONLY_V6),
    "IPv6 in the underlay": firewall(private(), internet(), underlay(ips=["fd00::1"], prefixes=["fd00::/64"])),
    "no way out": firewall(private(), underlay()),
    "VPN": firewall(vpn=VPN),
    "a VPN that is none": firewall(vpn={"address": "", "auth_key": "", "connected": False}),
    "rules": firewall(V6_PRIVATE, V6_INTERNET, underlay(), firewall_rules=RULES),
    "an underlay elsewhere": firewall(private(), internet(), underlay(ips=["172.16.0.1"], prefixes=["172.16.0.0/24"])),
    "one uplink": firewall(nics=[{"mac": "00:03:00:11:11:01"}]),
}
SERVICES = ("chronyd", "firewall-controller", "droptailer-client", "nftables-exporter", "node_exporter", "suricata")


class FirewallTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)
        for program in (*SERVICES, "suricata-update", "tailscale", "tailscaled"):
            self.image.write_program(f"/usr/local/bin/{program}")
        self.image.write(
            "/usr/lib/systemd/system/suricata.service",
            "[Service]\nType=forking\nPIDFile=/run/suricata.pid\nExecStart=/usr/local/bin/suricata -D\n"
            "[Install]\nWantedBy=multi-user.target\n",
        )

    def install(self, allocation: dict, **arguments: object) -> str:
        result = self.image.install(allocation, **arguments)
        self.assertEqual((result.code, result.errors), (0, ""), result.output)
        return result.output

    def test_every_kind_of_firewall_passes_the_checkers(self) -> None:
        for name, allocation in ALLOCATIONS.items():
            with self.subTest(name):
                self.image.run("rm", "-r", "-f", "/etc/systemd/network")
                self.install(allocation)
                frr = self.image.run("vtysh", "--dryrun", "--inputfile", "/etc/frr/frr.conf")
                self.assertEqual((frr.code, frr.output + frr.errors), (0, ""))
                nft = self.image.run("nft", "--check", "--file", "/etc/nftables.conf")
                self.assertEqual((nft.code, nft.output + nft.errors), (0, ""))
                self.assertEqual(complaints_of_networkd(self.image), [])
                self.assertEqual(complaints_of_udev(self.image), [])

    def test_only_the_underlay_is_on_the_loopback_interface(self) -> None:
        self.install(firewall())
        addresses = [l for l in self.image.lines("/etc/systemd/network/00-lo.network") if l.startswith("Address=")]
        self.assertEqual(addresses, ["Address=127.0.0.1/8", "Address=10.1.0.1/32"])
        self.assertIn("MTUBytes=9216", self.image.lines("/etc/systemd/network/11-lan1.link"))
        self.assertIn("10.1.0.1 firewall", self.image.lines("/etc/hosts"))

    def test_each_network_is_a_vrf_on_the_bridge(self) -> None:
        self.install(firewall(V6_PRIVATE, underlay(), internet()))
        directory = "/etc/systemd/network"
        # The second network is the underlay, so that the third has the third number.
        for number, vrf, vlan in ((30, 3981, 1000), (31, 104009, 1002)):
            self.assertIn(f"Table={vlan}", self.image.lines(f"{directory}/{number}-vrf-{vrf}.netdev"))
            self.assertIn(f"Id={vlan}", self.image.lines(f"{directory}/{number}-svi-{vrf}.netdev"))
            self.assertIn(f"VRF=vrf{vrf}", self.image.lines(f"{directory}/{number}-svi-{vrf}.network"))
            vxlan = self.image.lines(f"{directory}/{number}-vxlan-{vrf}.netdev")
            for line in (f"Name=vni{vrf}", f"VNI={vrf}", "Local=10.1.0.1", "DestinationPort=4789", "MacLearning=no"):
                self.assertIn(line, vxlan)
            self.assertIn("Independent=yes", vxlan, "or it would be bound to one uplink")
            port = self.image.lines(f"{directory}/{number}-vxlan-{vrf}.network")
            self.assertIn("Bridge=bridge", port)
            self.assertIn(f"PVID={vlan}", port)
            bridge = self.image.lines(f"{directory}/20-bridge.network")
            self.assertIn(f"VLAN=vlan{vrf}", bridge)
            self.assertIn(f"VLAN={vlan}", bridge)
        svi = self.image.lines(f"{directory}/30-svi-3981.network")
        self.assertIn("Address=10.0.17.2/32", svi)
        self.assertIn("Address=2002::1/128", svi)
        self.assertIn("VLANFiltering=yes", self.image.lines(f"{directory}/20-bridge.netdev"))

    def test_bgp_in_the_underlay_and_in_each_vrf(self) -> None:
        self.install(firewall(private(), internet(), underlay(asn=4200000011)))
        frr = self.image.lines("/etc/frr/frr.conf")
        for line in (
            "router bgp 4200000011",
            "router bgp 4200000011 vrf vrf3981",
            "router bgp 4200000011 vrf vrf104009",
            "vni 3981",
            "vni 104009",
            "neighbor FABRIC timers 2 8",
            "neighbor lan1 interface peer-group FABRIC",
            "advertise-all-vni",
            "match interface lo",
        ):
            self.assertIn(line, frr)
        self.assertEqual(frr.count("bgp router-id 10.1.0.1"), 3)
        self.assertNotIn(str(ASN), self.image.read("/etc/frr/frr.conf"))
        self.assertEqual(frr.count("redistribute connected route-map LOOPBACKS"), 2)
        self.assertEqual(frr.count("advertise ipv4 unicast"), 2)

    def test_routes_pass_between_vrfs_as_allocated(self) -> None:
        self.install(firewall(private(), shared(), internet(), underlay(), mpls()))
        imports = self._prefix_lists()
        self.assertEqual(
            imports,
            {
                "vrf3981-import-from-vrf104009": [
                    "deny 185.1.2.3/32 le 32",
                    "permit 0.0.0.0/0",
                    "permit 185.1.2.0/24 le 32",
                    "permit 185.27.0.0/22 le 32",
                ],
                "vrf3981-import-from-vrf104010": ["permit 100.127.1.0/24 le 32", "permit 100.127.129.0/24 le 32"],
                "vrf3981-import-from-vrf3982": ["permit 10.0.20.0/22 le 32"],
                "vrf3982-import-from-vrf3981": ["permit 10.0.16.0/22 le 32", "permit 10.0.20.0/22 le 32"],
                "vrf104009-import-from-vrf3981-no-export": ["permit 10.0.16.0/22 le 32"],
                "vrf104009-import-from-vrf3981": ["permit 185.1.2.0/24 le 32", "permit 185.27.0.0/22 le 32"],
                "vrf104010-import-from-vrf3981-no-export": ["permit 10.0.16.0/22 le 32"],
                "vrf104010-import-from-vrf3981": ["permit 100.127.129.0/24 le 32"],
            },
        )
        frr = self.image.read("/etc/frr/frr.conf")
        self.assertEqual(frr.count("set community additive no-export"), 2)
        for vrf in (3981, 3982, 104009, 104010):
            self.assertRegex(frr, rf"route-map vrf{vrf}-import-map deny \d+\n")
            self.assertEqual(frr.count(f"import vrf route-map vrf{vrf}-import-map"), 2)

    def test_a_dmz_leads_out_and_in(self) -> None:
        self.install(firewall(private(), DMZ, internet(), underlay()))
        imports = self._prefix_lists()
        self.assertIn("permit 0.0.0.0/0", imports["vrf3983-import-from-vrf104009"])
        self.assertEqual(imports["vrf104009-import-from-vrf3983-no-export"], ["permit 10.0.24.0/22 le 32"])

    def test_input_of_the_packet_filter(self) -> None:
        self.install(firewall(private(), shared(), internet(), underlay()))
        rules = self.image.read("/etc/nftables/rules")
        for rule in (
            "table inet metal",
            "type filter hook input priority filter; policy drop;",
            "type filter hook forward priority filter; policy drop;",
            'iifname "lan0" ip6 saddr fe80::/64 tcp dport bgp counter accept',
            'iifname "lan1" ip6 saddr fe80::/64 tcp dport bgp counter accept',
            'iifname "lan0" ip saddr { 10.0.0.0/8 } ip daddr { 10.1.0.1/32 } udp dport 4789 counter accept',
            "tcp dport ssh ct state new counter accept",
            'iifname "vrf3981" tcp dport 9100 counter accept',
            'iifname "vrf3982" tcp dport 9630 counter accept',
            'log prefix "nftables-metal-dropped: "',
        ):
            self.assertIn(rule, rules)
        self.assertNotIn('iifname "vrf104009"', rules)

    def test_masquerading(self) -> None:
        self.install(firewall(V6_PRIVATE, V6_INTERNET, underlay(), mpls(nat=False)))
        rules = self.image.read("/etc/nftables/rules")
        self.assertIn('oifname "vlan104009" ip saddr 10.0.16.0/22 counter masquerade random', rules)
        self.assertIn('oifname "vlan104009" ip6 saddr 2002::/64 counter masquerade random', rules)
        self.assertNotIn("vlan104010", rules)

    def test_rules_of_the_allocation(self) -> None:
        self.install(ALLOCATIONS["rules"])
        rules = self.image.read("/etc/nftables/rules")
        for rule in (
            'iifname { "vrf3981" } ip daddr 0.0.0.0/0 tcp dport { 443, 80 } counter accept comment "allow \'apt\' update"',
            'iifname { "vrf3981" } ip daddr 1.2.3.4/32 tcp dport { 443, 80 } counter accept',
            'iifname { "vrf3981" } ip6 daddr ::/0 udp dport { 53 } counter accept',
            'ip daddr { 100.1.2.3/32 } ip saddr 192.168.0.0/16 tcp dport { 22 } counter accept comment "ssh"',
            'oifname { "vrf3981", "vni3981", "vlan3981" } ip6 saddr 2001:db8::/32 tcp dport { 80 } counter accept',
            "ip6 daddr { 2001:db8:0:113::/64 } ip6 saddr 2001:db8::1/128 tcp dport { 22 } counter accept",
        ):
            self.assertIn(rule, rules)

    def test_ssh_comes_through_the_vpn_alone(self) -> None:
        self.install(ALLOCATIONS["VPN"])
        rules = self.image.read("/etc/nftables/rules")
        self.assertIn('iifname "tailscale*" counter accept', rules)
        self.assertNotIn("dport ssh", rules)
        unit = self.image.read("/etc/systemd/system/tailscale.service")
        self.assertIn("--auth-key file:/etc/metal/vpn-auth-key --login-server https://vpn.example:8080", unit)
        self.assertEqual(self.image.read("/etc/metal/vpn-auth-key"), VPN["auth_key"])

    def test_services_are_in_their_vrfs(self) -> None:
        self.install(firewall(private(), mpls(), internet(), underlay(), ntp_servers=[{"address": "192.0.2.1"}]))
        units = "/etc/systemd/system"
        for unit, command in (
            ("firewall-controller.service", "ip vrf exec vrf104009 /usr/local/bin/firewall-controller"),
            ("droptailer.service", "ip vrf exec vrf3981 /usr/local/bin/droptailer-client"),
            ("suricata-update.service", "ip vrf exec vrf104009 /usr/local/bin/suricata-update"),
            ("suricata.service.d/metal.conf", "--af-packet=vlan104009"),
            ("chrony@.service", "ip vrf exec %i /usr/local/bin/chronyd"),
        ):
            self.assertIn(command, self.image.read(f"{units}/{unit}"))
        wanted = {path.name for path in self.image.path(f"{units}/multi-user.target.wants").iterdir()}
        for unit in (
            "chrony@vrf104009",
            "firewall-controller",
            "droptailer",
            "nftables-exporter",
            "node-exporter",
            "suricata",
        ):
            self.assertIn(f"{unit}.service", wanted)
        self.assertNotIn("suricata-update.service", wanted)
        self.assertTrue(self.image.path(f"{units}/timers.target.wants/suricata-update.timer").is_symlink())
        self.assertFalse(self.image.path(f"{units}/tailscale.service").exists())
        self.assertIn("server 192.0.2.1 iburst", self.image.lines("/etc/chrony/chrony.conf"))
        self.assertFalse(self.image.path("/etc/systemd/timesyncd.conf.d/metal.conf").exists())

    def test_the_image_may_bring_a_template_for_chrony(self) -> None:
        self.image.write(
            "/usr/lib/systemd/system/chrony@.service",
            "[Service]\nExecStart=/usr/sbin/ip vrf exec %i /usr/local/bin/chronyd -d\n"
            "[Install]\nWantedBy=multi-user.target\n",
        )
        self.install(firewall())
        units = "/etc/systemd/system"
        self.assertFalse(self.image.path(f"{units}/chrony@.service").exists())
        wanted = {path.name for path in self.image.path(f"{units}/multi-user.target.wants").iterdir()}
        self.assertIn("chrony@vrf104009.service", wanted)

    def test_services_start_when_the_files_from_the_cluster_are_there(self) -> None:
        self.install(firewall())
        units = "/etc/systemd/system"
        wanted = {path.name for path in self.image.path(f"{units}/multi-user.target.wants").iterdir()}
        for name, file in (
            ("firewall-controller", "/etc/firewall-controller/.kubeconfig"),
            ("droptailer", "/etc/droptailer-client/droptailer-client.crt"),
            ("nftables-exporter", "/etc/nftables_exporter.yaml"),
        ):
            with self.subTest(name):
                self.assertIn(f"{name}.path", wanted)
                path_unit = self.image.lines(f"{units}/{name}.path")
                self.assertIn(f"PathExists={file}", path_unit)
                self.assertIn(f"Unit={name}.service", path_unit)
                verdict = self.image.run("systemd-analyze", "verify", "--man=no", f"{units}/{name}.path")
                self.assertNotIn(f"{name}.path", verdict.errors)
                self.assertEqual(self._conditions_of(name), 1, "it would only fail, again and again")
                self.image.write(file, "")
                self.assertEqual(self._conditions_of(name), 0)

    def _conditions_of(self, name: str) -> int:
        return self.image.run("systemd-analyze", "condition", f"--unit={name}.service").code

    def test_dns_proxy_and_forward_policy_as_an_image_wants_them(self) -> None:
        self.install(firewall(), settings={"firewall": {"dns_proxy": True, "forward_policy": "accept"}})
        rules = self.image.lines("/etc/nftables/rules")
        for rule in (
            "type filter hook forward priority filter; policy accept;",
            'ip saddr 10.0.0.0/8 udp dport domain ip daddr 185.1.2.3 accept comment "DNS proxy"',
            'ip daddr @proxy_dns_servers iifname "vlan3981" tcp dport domain dnat ip to 185.1.2.3 comment "DNS proxy"',
            'oifname "vlan3981" udp sport domain ct zone set 3',
            'iifname "vlan3981" tcp dport domain ct zone set 3',
            'oifname "vlan104009" ip saddr 10.0.16.0/22 ip daddr != 185.1.2.3 counter masquerade random comment "internet"',
        ):
            self.assertIn(rule, rules)
        self.assertEqual(rules.count('limit rate 2/minute counter log prefix "nftables-metal-dropped: "'), 1)
        self.install(firewall())
        rules = self.image.lines("/etc/nftables/rules")
        self.assertFalse([line for line in rules if "domain" in line])
        self.assertEqual(rules.count('limit rate 2/minute counter log prefix "nftables-metal-dropped: "'), 2)

    def test_unknown_forward_policy(self) -> None:
        result = self.image.install(firewall(), settings={"firewall": {"forward_policy": "reject"}})
        self.assertEqual(result.code, 2)
        self.assertIn("firewall.forward_policy: 'reject' is unknown; known are drop, accept", result.errors)

    def test_dns_proxy_answers_in_ipv6(self) -> None:
        self.install(firewall(*ONLY_V6), settings={"firewall": {"dns_proxy": True}})
        rules = self.image.lines("/etc/nftables/rules")
        self.assertIn(
            'ip6 daddr @proxy_dns_servers_v6 iifname "vlan3981" udp dport domain dnat ip6 to 2a02:c00:20::1 '
            'comment "DNS proxy"',
            rules,
        )
        self.assertIn("set proxy_dns_servers_v6 {", rules)

    def test_dns_proxy_needs_a_way_out(self) -> None:
        self.install(firewall(private(), underlay()), settings={"firewall": {"dns_proxy": True}})
        self.assertFalse([line for line in self.image.lines("/etc/nftables/rules") if "domain" in line])

    def test_a_dmz_is_masqueraded_and_has_the_dns_proxy_if_there_is_no_internet(self) -> None:
        self.install(firewall(private(), DMZ, internet(), underlay()))
        rules = self.image.lines("/etc/nftables/rules")
        self.assertIn('oifname "vlan104009" ip saddr 10.0.24.0/22 counter masquerade random comment "internet"', rules)
        self.install(firewall(private(), DMZ, underlay()), settings={"firewall": {"dns_proxy": True}})
        rules = self.image.lines("/etc/nftables/rules")
        for vlan in (3981, 3983):
            self.assertIn(
                f'ip daddr @proxy_dns_servers iifname "vlan{vlan}" tcp dport domain dnat ip to 10.0.24.2 '
                'comment "DNS proxy"',
                rules,
            )
        self.assertEqual(
            self._prefix_lists()["vrf3981-import-from-vrf3983"],
            ["deny 10.0.24.2/32 le 32", "permit 10.0.24.0/22 le 32", "permit 0.0.0.0/0"],
        )

    def test_services_stay_enabled_when_ignition_has_all_presets_applied(self) -> None:
        self.image.write("/usr/lib/systemd/system-preset/80-metal.preset", "disable *\n")
        self.install(firewall(), userdata='{"ignition": {"version": "3.0.0"}}')
        wanted = {path.name for path in self.image.path("/etc/systemd/system/multi-user.target.wants").iterdir()}
        self.assertLessEqual({"chrony@vrf104009.service", "firewall-controller.service"}, wanted)

    def test_what_an_image_lacks_is_told(self) -> None:
        self.image.path("/usr/local/bin/firewall-controller").unlink()
        output = self.install(firewall())
        self.assertIn("warning: this image has no firewall-controller", output)

    def test_a_faulty_unit_of_the_image_is_an_error(self) -> None:
        self.image.write(
            "/etc/systemd/system/suricata.service.d/zz.conf", "[Service]\nExecStart=\nExecStart=/no/such/program\n"
        )
        result = self.image.install(firewall())
        self.assertEqual(result.code, 1)
        self.assertIn("install.sh: step firewall-services: systemd finds faults with the units", result.errors)
        self.assertIn("/no/such/program", result.errors)

    def test_an_image_without_what_a_firewall_cannot_do_without(self) -> None:
        for program, allocation in (("chronyd", firewall()), ("tailscaled", ALLOCATIONS["VPN"])):
            with self.subTest(program):
                self.image.path(f"/usr/local/bin/{program}").unlink()
                result = self.image.install(allocation)
                if self.image.path(f"/usr/sbin/{program}").exists():
                    self.skipTest(f"this file system has a {program} of its own")
                self.assertEqual(result.code, 2)
                self.assertIn(f"lacks what a firewall needs: {program}", result.errors)
                self.image.write_program(f"/usr/local/bin/{program}")

    def test_almalinux_is_no_firewall(self) -> None:
        self.image.write("/etc/os-release", "ID=almalinux\n")
        for path in list(self.image.path("/boot").glob("initrd.img-*")):
            path.rename(path.with_name(path.name.replace("initrd.img-", "initramfs-") + ".img"))
        result = self.image.install(firewall())
        self.assertEqual(result.code, 2)
        self.assertIn("almalinux cannot be a firewall", result.errors)

    def _prefix_lists(self) -> dict:
        lists: dict = {}
        for line in self.image.lines("/etc/frr/frr.conf"):
            words = line.split()
            if words[1:2] == ["prefix-list"]:
                lists.setdefault(words[2], []).append(" ".join(words[5:]))
        return lists


if __name__ == "__main__":
    unittest.main()
