"""Routing: what FRR does with the networks of an allocation.

A machine announces its own addresses to both leaf switches. A firewall does so in the underlay, takes part in EVPN, and
lets routes from one VRF into another only where the allocation says so.
"""

import hashlib
import ipaddress
from typing import Iterable, List, NamedTuple, Tuple

from metal_installer.addresses import Address, Prefix
from metal_installer.allocation import Allocation
from metal_installer.networks import EXTERNAL, PRIVATE_SECONDARY_SHARED, Network
from metal_installer.files import File
from metal_installer.templates import render

FRR_CONF = "/etc/frr/frr.conf"

_LOCAL_RANGES = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
"""Where speakers on the machine itself come from: the loopback interface, and the ranges that pods get addresses of."""

_LINK_LOCAL = ipaddress.ip_network("169.254.0.0/16")


class PrefixRule(NamedTuple):
    sequence: int
    action: str
    prefix: Prefix

    @property
    def range(self) -> str:
        """A default route is only itself; another prefix stands for everything below it, too."""
        return f"{self.prefix}" if self.prefix.prefixlen == 0 else f"{self.prefix} le {self.prefix.max_prefixlen}"


class PrefixList(NamedTuple):
    """The routes of one address family that may come from one VRF into another."""

    name: str
    family: str
    """ip or ipv6, as FRR calls them."""
    source_vrf: str
    exported: bool
    """Whether these routes may go on to other machines."""
    rules: Tuple[PrefixRule, ...]


class Vrf(NamedTuple):
    name: str
    vni: int
    imports_from: Tuple[str, ...]
    prefix_lists: Tuple[PrefixList, ...]


class _Import(NamedTuple):
    source: Network
    prefix: Prefix
    action: str = "permit"
    exported: bool = True


def frr_conf(allocation: Allocation, frr_major_version: int) -> File:
    routing = allocation.routing
    common = {
        "hostname": allocation.hostname,
        "asn": routing.asn,
        "router_id": router_id(routing.addresses),
        "uplinks": allocation.uplinks,
    }
    if allocation.is_firewall:
        vrfs = [_vrf(network, allocation) for network in allocation.overlay]
        # Since version 10 FRR refuses routes whose AS path doesn't begin with the neighbour's. Those that come from
        # another VRF don't.
        content = render("frr.firewall.conf.j2", vrfs=vrfs, first_as_enforced=frr_major_version >= 10, **common)
    else:
        own = [f"{a}/{a.max_prefixlen}" for network in allocation.networks for a in network.addresses]
        content = render("frr.machine.conf.j2", local_ranges=_without_covered(_LOCAL_RANGES, own), **common)
    return File(FRR_CONF, content, mode=0o640, owner="frr")


def _without_covered(ranges: Iterable[str], addresses: Iterable[str]) -> List[str]:
    """The ranges, and the addresses that are in none of them."""
    networks = [ipaddress.ip_network(text) for text in ranges]
    for text in dict.fromkeys(addresses):
        address = ipaddress.ip_network(text)
        if not any(address.network_address in network for network in networks):
            networks.append(address)
    return [str(network) for network in networks]


def router_id(addresses: Iterable[Address]) -> str:
    """The first IPv4 address; without one, a number that is made of the first address."""
    addresses = list(addresses)
    for address in addresses:
        if address.version == 4:
            return str(address)
    digest = hashlib.sha256(addresses[0].packed).digest()
    offset = 1 + int.from_bytes(digest[:4], "big") % (_LINK_LOCAL.num_addresses - 2)
    return str(_LINK_LOCAL[offset])


def _vrf(network: Network, allocation: Allocation) -> Vrf:
    imports = _imports_of(network, allocation)
    sources = list(dict.fromkeys(entry.source.vrf_name for entry in imports))
    return Vrf(network.vrf_name, network.vrf, tuple(sources), _prefix_lists(network, imports))


def _imports_of(network: Network, allocation: Allocation) -> List[_Import]:
    if network.is_primary:
        return _into_private_primary(allocation)
    if network.type == PRIVATE_SECONDARY_SHARED:
        return _into_shared(network, allocation)
    if network.type == EXTERNAL:
        return _into_external(network, allocation)
    return []


def _into_private_primary(allocation: Allocation) -> List[_Import]:
    """Everything that external and shared networks lead to, but not the firewall's own address outside."""
    externals = allocation.of_type(EXTERNAL)
    shared = allocation.of_type(PRIVATE_SECONDARY_SHARED)
    imports = [_Import(e, prefix) for e in externals for prefix in e.destination_prefixes]
    outside = allocation.default_route
    if outside.has_default_route and outside in externals + shared:
        imports += [_Import(outside, ipaddress.ip_network(a), "deny") for a in outside.addresses]
    imports += [_Import(e, prefix) for e in externals for prefix in e.prefixes]
    imports += [_Import(s, prefix) for s in shared for prefix in s.prefixes]
    known = {entry.prefix for entry in imports}
    imports += [_Import(s, prefix) for s in shared for prefix in s.destination_prefixes if prefix not in known]
    return imports


def _into_shared(network: Network, allocation: Allocation) -> List[_Import]:
    """The private network; and the external networks that lead where this network is said to lead, too."""
    primary = allocation.private_primary
    imports = [_Import(primary, prefix) for prefix in primary.prefixes + network.prefixes]
    for external in allocation.of_type(EXTERNAL):
        common = [prefix for prefix in network.destination_prefixes if prefix in external.destination_prefixes]
        if common:
            imports += [_Import(external, prefix) for prefix in common + list(external.prefixes)]
    return imports


def _into_external(network: Network, allocation: Allocation) -> List[_Import]:
    """The addresses that lie in the external network itself. Private ones come along for the way back, no further."""
    primary = allocation.private_primary
    inside = [primary]
    if network.has_default_route:
        inside += [n for n in allocation.overlay if n.is_demilitarized]
    imports = [_Import(source, prefix, exported=False) for source in inside for prefix in source.prefixes]
    imports += [_Import(primary, prefix) for prefix in network.prefixes]
    return imports


def _prefix_lists(network: Network, imports: List[_Import]) -> Tuple[PrefixList, ...]:
    """Those that are not to be exported come first: where a route is in both, it stays here."""
    lists = []
    for exported in (False, True):
        for source in dict.fromkeys(entry.source for entry in imports):
            for version, family in ((4, "ip"), (6, "ipv6")):
                chosen = [
                    entry
                    for entry in imports
                    if entry.source == source and entry.exported == exported and entry.prefix.version == version
                ]
                # What is denied is denied whatever is permitted.
                chosen.sort(key=lambda entry: entry.action)
                if chosen:
                    name = f"{network.vrf_name}-import-from-{source.vrf_name}"
                    name += "-ipv6" if version == 6 else ""
                    name += "" if exported else "-no-export"
                    rules = tuple(
                        PrefixRule(5 * number, entry.action, entry.prefix)
                        for number, entry in enumerate(dict.fromkeys(chosen), start=1)
                    )
                    lists.append(PrefixList(name, family, source.vrf_name, exported, rules))
    return tuple(lists)
