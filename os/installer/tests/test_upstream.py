"""What the installer writes, held against what metal-stack's own writes for the same allocations: by meaning, not by layout.

Their files are not kept here. With a checkout of github.com/metal-stack/os-installer (or, for the DMZ, metal-networker):
os/installer/tests/run --upstream DIR
"""

import ipaddress
import json
import os
import re
import unittest
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from chroot import SharedImageTest
from test_golden import GOLDEN, contents, render

UPSTREAM = os.environ.get("INSTALLER_TESTS_UPSTREAM", "")
FRR = {
    "machine": "frr.conf.machine",
    "firewall": "frr.conf.firewall",
    "firewall-frr-10": "frr.conf.firewall_frr-10",
    "firewall-dual-stack": "frr.conf.firewall_dualstack",
    "firewall-ipv6": "frr.conf.firewall_ipv6",
    "firewall-of-a-shared-network": "frr.conf.firewall_shared",
    "firewall-dmz": "frr.conf.firewall_dmz",
    "firewall-behind-a-dmz": "frr.conf.firewall_dmz_app",
    "firewall-behind-a-dmz-with-storage": "frr.conf.firewall_dmz_app_storage",
}
NFT = {
    "firewall": "nftrules",
    "firewall-that-accepts": "nftrules_accept_forwarding",
    "firewall-vpn": "nftrules_vpn",
    "firewall-with-rules": "nftrules_with_rules",
    "firewall-of-a-shared-network": "nftrules_shared",
    "firewall-ipv6": "nftrules_ipv6",
    "firewall-dmz": "nftrules_dmz",
    "firewall-behind-a-dmz": "nftrules_dmz_app",
}
LAYOUT = re.compile(r"frr version|log syslog|debug |line vty|service integrated-vtysh-config|exit|!|#|$")
"""What says nothing of routing."""
DIFFERENT_ON_PURPOSE = re.compile(
    # Active without being told so.
    r"neighbor (?:FABRIC|TOR) activate"
    # Who may peer with a machine: see the template.
    r"|.*\bLOCAL\b.*|(?:bgp )?allow-reserved-ranges|bgp allow-martian-nexthop|.* route-map not-local|ip route 127\.0\.0\.1/32 lo"
)
PLACES_DIFFERENT_ON_PURPOSE = re.compile(r"route-map (?:local-in|not-local) ")


class UpstreamTest(SharedImageTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        if not UPSTREAM:
            raise unittest.SkipTest("needs a checkout of metal-stack's installer: os/installer/tests/run --upstream DIR")
        super().setUpClass()

    def test_routing(self) -> None:
        for case, name in FRR.items():
            theirs = _theirs(name)
            if theirs is None:
                continue
            with self.subTest(case):
                ours = contents(render(self.driver, GOLDEN / case))["/etc/frr/frr.conf"]
                one, other = Routing(ours), Routing(theirs)
                self.assertEqual(one.statements, other.statements)
                self.assertEqual(one.imports(other), other.imports(one))

    def test_packet_filter(self) -> None:
        for case, name in NFT.items():
            theirs = _theirs(name)
            if theirs is None:
                continue
            with self.subTest(case):
                ours = contents(render(self.driver, GOLDEN / case))["/etc/nftables/rules"]
                self.assertEqual(self._loaded(ours), self._loaded(theirs))

    def _loaded(self, rules: str) -> Dict[str, List[str]]:
        """The chains and sets as nft itself lists them, without what changes nothing."""
        self.image.write("/tmp/rules", "flush ruleset\n" + rules)
        loaded = self.image.run("nft", "--file", "/tmp/rules")
        self.assertEqual((loaded.code, loaded.errors), (0, ""))
        listed: Dict[str, List[str]] = {}
        for entry in json.loads(self.image.run("nft", "--json", "list", "ruleset").output)["nftables"]:
            for kind, value in entry.items():
                if kind in ("chain", "set", "rule"):
                    place = f"{value['table']} {value['chain'] if kind == 'rule' else value['name']}"
                    value = {k: v for k, v in value.items() if k not in ("handle", "comment", "table", "chain", "name")}
                    listed.setdefault(place, []).append(json.dumps(_plain(value), sort_keys=True))
        return listed


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        parts = [_plain(part) for part in value if not (isinstance(part, dict) and "counter" in part)]
        return [part for part in _without_own_address(parts)]
    if isinstance(value, dict):
        if "set" in value and isinstance(value["set"], list):
            elements = sorted((_plain(part) for part in value["set"]), key=json.dumps)
            return elements[0] if len(elements) == 1 else {"set": elements}
        return {name: _plain(part) for name, part in value.items()}
    return value


def _without_own_address(parts: List[Any]) -> List[Any]:
    """Ours takes VXLAN's packets at the firewall's own address alone."""
    text = json.dumps(parts)
    if "4789" in text and "iifname" in text:
        return [part for part in parts if "daddr" not in json.dumps(part)]
    return parts


class _Entry(NamedTuple):
    action: str
    source_vrf: str
    prefix_list: Tuple[str, str]
    stays: bool


class Routing:
    """A configuration of FRR: statements by their place, and what the import maps let through."""

    def __init__(self, text: str) -> None:
        self._said: Dict[str, Set[str]] = {}
        self._lists: Dict[Tuple[str, str], List[Tuple[int, str, Any, int]]] = {}
        self._maps: Dict[str, List[_Entry]] = {}
        place = ""
        order: Dict[str, int] = {}
        for line in (line.strip() for line in text.splitlines()):
            words = line.split()
            if line.startswith("exit-address-family"):
                place = place.rsplit(" > ", 1)[0]
            elif LAYOUT.match(line) or DIFFERENT_ON_PURPOSE.fullmatch(line):
                continue
            elif words[:2] in (["ip", "prefix-list"], ["ipv6", "prefix-list"]):
                self._add_to_list(words)
            elif words[0] == "route-map" and "-import-map" in words[1]:
                place = f"{words[1]}#{order.setdefault(words[1], 0)}"
                order[words[1]] += 1
                self._maps.setdefault(words[1], []).append(_Entry(words[2], "", ("", ""), False))
            elif "#" in place and words[0] in ("match", "set"):
                self._add_to_map(place.split("#")[0], words)
            elif words[0] == "address-family":
                place = f"{place.split(' > ')[0]} > {line}"
            elif words[0] in ("vrf", "interface", "router", "route-map"):
                place = line
                # What no entry permits is denied in any case.
                if not (words[0] == "route-map" and words[2] == "deny"):
                    self._said.setdefault(place, set())
            else:
                top_level = line.startswith(("bgp as-path access-list", "frr ", "hostname", "no zebra"))
                self._said.setdefault("" if top_level else place, set()).add(line)

    @property
    def statements(self) -> Dict[str, Set[str]]:
        return {place: said for place, said in self._said.items() if not PLACES_DIFFERENT_ON_PURPOSE.match(place)}

    def _add_to_list(self, words: List[str]) -> None:
        name = (words[0], words[2])
        rest = words[3:]
        listed = self._lists.setdefault(name, [])
        number = int(rest[1]) if rest[0] == "seq" else max([5 * (n // 5) for n, *_ in listed] or [0]) + 5
        action, prefix, *longest = rest[2:] if rest[0] == "seq" else rest
        network = ipaddress.ip_network(prefix, strict=False)
        listed.append((number, action, network, int(longest[1]) if longest else network.prefixlen))

    def _add_to_map(self, name: str, words: List[str]) -> None:
        entry = self._maps[name][-1]
        if words[1] == "source-vrf":
            entry = entry._replace(source_vrf=words[2])
        elif words[0] == "match":
            entry = entry._replace(prefix_list=(words[1], words[4]))
        else:
            entry = entry._replace(stays="no-export" in words)
        self._maps[name][-1] = entry

    def imports(self, other: "Routing") -> Dict[str, str]:
        """For each VRF, VRF that routes come from, and prefix that occurs or lies around one that does: what is done."""
        both = (self, other)
        networks = {rule[2] for routing in both for rules in routing._lists.values() for rule in rules}
        probes = {probe for network in networks for probe in _around(network)}
        sources = {entry.source_vrf for routing in both for entries in routing._maps.values() for entry in entries}
        return {
            f"{target} from {source}: {prefix}": self._import(entries, source, prefix)
            for target, entries in self._maps.items()
            for source in sources
            for prefix in probes
        }

    def _import(self, entries: List[_Entry], source: str, prefix: Any) -> str:
        for entry in entries:
            family, name = entry.prefix_list
            if not name:
                return entry.action
            if entry.source_vrf == source and family == ("ip" if prefix.version == 4 else "ipv6"):
                if self._is_in(entry.prefix_list, prefix):
                    return f"{entry.action}{', to stay here' if entry.stays else ''}"
        return "deny"

    def _is_in(self, name: Tuple[str, str], prefix: Any) -> bool:
        for _, action, network, longest in sorted(self._lists.get(name, []), key=lambda rule: rule[0]):
            if network.prefixlen <= prefix.prefixlen <= longest and network.supernet_of(prefix):
                return action == "permit"
        return False


def _around(network: Any) -> List[Any]:
    """The network, its neighbour, those inside and around it, and its first and last address."""
    around = [network, network[0], network[-1]]
    if network.prefixlen > 0:
        around += list(network.supernet().subnets()) + [network.supernet()]
    if network.prefixlen < network.max_prefixlen:
        around += list(network.subnets())
    return [ipaddress.ip_network(part) for part in around]


def _theirs(name: str) -> Optional[str]:
    found = [path for path in Path(UPSTREAM).rglob(name) if path.is_file()]
    return found[0].read_text(encoding="utf-8") if found else None


if __name__ == "__main__":
    unittest.main()
