"""The packet filter of a firewall."""

import ipaddress
import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from metal_installer.addresses import Prefix
from metal_installer.allocation import Allocation
from metal_installer.files import File
from metal_installer.networks import Network
from metal_installer.rules import Rule
from metal_installer.templates import render

NFTABLES_CONF = "/etc/nftables.conf"
RULES = "/etc/nftables/rules"

DROP = "drop"
ACCEPT = "accept"

_USUAL_UNDERLAY = ipaddress.ip_network("10.0.0.0/8")
_LONGEST_COMMENT = 120
_RESOLVERS = {
    "ip": ("proxy_dns_servers", "ipv4_addr", ("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1")),
    "ip6": (
        "proxy_dns_servers_v6",
        "ipv6_addr",
        ("2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001"),
    ),
}
"""Name, type and elements of the sets of public resolvers in whose place the DNS proxy answers."""
_DNS_CLIENTS = {"ip": "10.0.0.0/8", "ip6": "fd00::/8"}
_DNS_ZONE = 3
"""Of connection tracking, which would otherwise see one packet twice on its way from one VRF into another."""


class FilterOptions(NamedTuple):
    """What no allocation says, but an image may want."""

    dns_proxy: bool = False
    """Whether the firewall answers in the place of public resolvers, as the firewall-controller's DNS proxy does."""
    forward_policy: str = DROP
    """What becomes of packets that no rule is for: DROP or ACCEPT."""


class _DnsProxy(NamedTuple):
    family: str = ""
    address: str = ""
    """Where it listens."""
    clients: str = ""
    servers: str = ""
    """The name of the set of resolvers that it stands for."""
    zone: int = _DNS_ZONE
    interfaces: Tuple[str, ...] = ()
    """To the private networks."""


def nftables_files(allocation: Allocation, options: FilterOptions = FilterOptions()) -> List[File]:
    dns_proxy = _dns_proxy(allocation) if options.dns_proxy else None
    families = ["ip"] + (["ip6"] if dns_proxy and dns_proxy.family == "ip6" else [])
    private = [n.vrf_name for n in allocation.overlay if n.is_private]
    rules = render(
        "nftables.rules.j2",
        uplinks=allocation.uplinks,
        tunnels=_by_family([_USUAL_UNDERLAY, *allocation.underlay.prefixes]),
        underlay_addresses=_by_family([ipaddress.ip_network(a) for a in allocation.underlay.addresses]),
        private_vrfs=private,
        ssh_through_vpn_only=allocation.vpn is not None,
        forward_policy=options.forward_policy,
        egress=[_egress(rule, prefix, private) for rule in allocation.egress_rules for prefix in rule.destinations],
        ingress=[line for rule in allocation.ingress_rules for line in _ingress(rule, allocation.private_primary.vrf)],
        dns_proxy=dns_proxy,
        public_resolvers=[_RESOLVERS[family] for family in families],
        masquerading=[line for n in allocation.overlay if n.nat for line in _masquerading(n, allocation, dns_proxy)],
    )
    # The firewall-controller puts files of its own beside ours.
    return [File(RULES, rules), File(NFTABLES_CONF, render("nftables.conf.j2"), mode=0o755)]


def _dns_proxy(allocation: Allocation) -> Optional[_DnsProxy]:
    """None where the firewall has no way out, and so no address to listen on."""
    outside = allocation.default_route
    if outside.is_primary or not outside.addresses:
        return None
    address = outside.addresses[0]
    family = _family(ipaddress.ip_network(address))
    return _DnsProxy(
        family,
        str(address),
        _DNS_CLIENTS[family],
        _RESOLVERS[family][0],
        interfaces=tuple(f"vlan{network.vrf}" for network in allocation.overlay if network.is_private),
    )


def _masquerading(network: Network, allocation: Allocation, dns_proxy: Optional[_DnsProxy]) -> List[str]:
    """For what leaves the private network, and demilitarized zones, through this one. The DNS proxy's own stays as it is."""
    zones = [n for n in allocation.overlay if n.is_demilitarized]
    lines = []
    for prefix in (p for source in (allocation.private_primary, *zones) for p in source.prefixes):
        family = _family(prefix)
        line = f'oifname "vlan{network.vrf}" {family} saddr {prefix}'
        if dns_proxy and network == allocation.default_route and family == dns_proxy.family:
            line += f" {family} daddr != {dns_proxy.address}"
        lines.append(f'{line} counter masquerade random comment "{_comment(network.id)}"')
    return lines


def _egress(rule: Rule, destination: Prefix, private_vrfs: List[str]) -> str:
    interfaces = ", ".join(f'"{vrf}"' for vrf in private_vrfs)
    return f"iifname {{ {interfaces} }} {_family(destination)} daddr {destination} {_ports(rule)}"


def _ingress(rule: Rule, primary_vrf: int) -> List[str]:
    """A packet has one IP version: of destinations, those of the source's version are for it."""
    lines = []
    destinations = _by_family(rule.destinations)
    for source in rule.sources:
        family = _family(source)
        if not rule.destinations:
            to = f'oifname {{ "vrf{primary_vrf}", "vni{primary_vrf}", "vlan{primary_vrf}" }}'
        elif family in destinations:
            to = f"{family} daddr {{ {', '.join(str(prefix) for prefix in destinations[family])} }}"
        else:
            continue
        lines.append(f"{to} {family} saddr {source} {_ports(rule)}")
    return lines


def _ports(rule: Rule) -> str:
    ports = ", ".join(str(port) for port in dict.fromkeys(rule.ports))
    comment = f' comment "{_comment(rule.comment)}"' if rule.comment else ""
    return f"{rule.protocol} dport {{ {ports} }} counter accept{comment}"


def _comment(comment: str) -> str:
    """nft knows no way to write a quotation mark inside a string, and takes 128 bytes at the most."""
    plain = re.sub(r'["\\]', "'", comment)
    return plain.encode("utf-8", "replace")[:_LONGEST_COMMENT].decode("utf-8", errors="ignore")


def _family(prefix: Prefix) -> str:
    return "ip" if prefix.version == 4 else "ip6"


def _by_family(prefixes: Sequence[Prefix]) -> Dict[str, List[Prefix]]:
    families: Dict[str, List[Prefix]] = {}
    for family, version in (("ip", 4), ("ip6", 6)):
        merged = list(ipaddress.collapse_addresses(p for p in prefixes if p.version == version))
        if merged:
            families[family] = merged
    return families
