"""The packet filter of a firewall."""

import ipaddress
import re
from typing import Dict, List

from metal_installer.allocation import Allocation, Prefix, Rule
from metal_installer.files import File
from metal_installer.templates import render

NFTABLES_CONF = "/etc/nftables.conf"
RULES = "/etc/nftables/rules"

_USUAL_UNDERLAY = ipaddress.ip_network("10.0.0.0/8")
_LONGEST_COMMENT = 120


def nftables_files(allocation: Allocation) -> List[File]:
    private = [n.vrf_name for n in allocation.overlay if n.is_private]
    primary = allocation.private_primary
    rules = render(
        "nftables.rules.j2",
        uplinks=allocation.uplinks,
        tunnels=_by_family([_USUAL_UNDERLAY, *allocation.underlay.prefixes]),
        underlay_addresses=_by_family([ipaddress.ip_network(a) for a in allocation.underlay.addresses]),
        private_vrfs=private,
        ssh_through_vpn_only=allocation.vpn is not None,
        egress=[_egress(rule, prefix, private) for rule in allocation.egress_rules for prefix in rule.destinations],
        ingress=[_ingress(rule, prefix, primary.vrf) for rule in allocation.ingress_rules for prefix in rule.sources],
        masqueraded=[
            (f"vlan{network.vrf}", _family(prefix), prefix, _comment(network.id))
            for network in allocation.overlay
            if network.nat
            for prefix in primary.prefixes
        ],
    )
    # The firewall-controller puts files of its own beside ours.
    return [File(RULES, rules), File(NFTABLES_CONF, render("nftables.conf.j2"), mode=0o755)]


def _egress(rule: Rule, destination: Prefix, private_vrfs: List[str]) -> str:
    interfaces = ", ".join(f'"{vrf}"' for vrf in private_vrfs)
    return f"iifname {{ {interfaces} }} {_family(destination)} daddr {destination} {_ports(rule)}"


def _ingress(rule: Rule, source: Prefix, primary_vrf: int) -> str:
    if rule.destinations:
        destinations = ", ".join(str(prefix) for prefix in ipaddress.collapse_addresses(rule.destinations))
        to = f"{_family(rule.destinations[0])} daddr {{ {destinations} }}"
    else:
        to = f'oifname {{ "vrf{primary_vrf}", "vni{primary_vrf}", "vlan{primary_vrf}" }}'
    return f"{to} {_family(source)} saddr {source} {_ports(rule)}"


def _ports(rule: Rule) -> str:
    ports = ", ".join(str(port) for port in dict.fromkeys(rule.ports))
    comment = f' comment "{_comment(rule.comment)}"' if rule.comment else ""
    return f"{rule.protocol} dport {{ {ports} }} counter accept{comment}"


def _comment(comment: str) -> str:
    """nft knows no way to write a quotation mark inside a string, and takes 128 bytes at the most."""
    plain = re.sub(r'["\\]', "'", comment)
    return plain.encode("utf-8")[:_LONGEST_COMMENT].decode("utf-8", errors="ignore")


def _family(prefix: Prefix) -> str:
    return "ip" if prefix.version == 4 else "ip6"


def _by_family(prefixes: List[Prefix]) -> Dict[str, List[Prefix]]:
    families: Dict[str, List[Prefix]] = {}
    for family, version in (("ip", 4), ("ip6", 6)):
        merged = list(ipaddress.collapse_addresses(p for p in prefixes if p.version == version))
        if merged:
            families[family] = merged
    return families
