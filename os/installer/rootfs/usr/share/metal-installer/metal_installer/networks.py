"""The networks of an allocation: what is said of them, and what they are to this machine."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, TypeVar

from metal_installer.addresses import Address, Prefix, read_address, read_prefix
from metal_installer.document import Document
from metal_installer.enumerations import UNSPECIFIED, read_enumerated

MACHINE = "machine"
FIREWALL = "firewall"

PRIVATE_PRIMARY_UNSHARED = "privateprimaryunshared"
PRIVATE_PRIMARY_SHARED = "privateprimaryshared"
PRIVATE_SECONDARY_SHARED = "privatesecondaryshared"
PRIVATE_SECONDARY_UNSHARED = "privatesecondaryunshared"
EXTERNAL = "external"
UNDERLAY = "underlay"

_CHILD = "child"
_CHILD_SHARED = "child-shared"
_SUPER = "super"
_PRIVATE = "private"
"""What has no type, but is said to be private."""
_PRIMARY = (PRIVATE_PRIMARY_UNSHARED, PRIVATE_PRIMARY_SHARED)
_TYPES = {
    **{name: name for name in (*_PRIMARY, PRIVATE_SECONDARY_SHARED, PRIVATE_SECONDARY_UNSHARED, EXTERNAL, UNDERLAY)},
    _CHILD: _CHILD,
    _CHILD_SHARED: _CHILD_SHARED,
    _SUPER: _SUPER,
    "super-namespaced": _SUPER,
    UNSPECIFIED: UNSPECIFIED,
}
_NUMBERED_TYPES = (UNSPECIFIED, EXTERNAL, UNDERLAY, _SUPER, _SUPER, _CHILD, _CHILD_SHARED)
"""As protobuf numbers them."""
_MASQUERADE = "ipv4-masquerade"
_NAT_TYPES = {UNSPECIFIED: False, "none": False, "ipv4-masq": True, _MASQUERADE: True}
_NUMBERED_NAT_TYPES = (UNSPECIFIED, "none", _MASQUERADE)

_Value = TypeVar("_Value")

_LARGEST_ASN = 2**32 - 1
_LARGEST_VNI = 2**24 - 1
_LARGEST_VRF = 2**64 - 1


class Network(NamedTuple):
    position: int
    """Among all networks of the allocation, from 0."""
    id: str
    type: str
    asn: int
    """0 where the network has none."""
    vrf: int
    """The id of its VRF, which is its VNI, too; 0 for the underlay."""
    addresses: Tuple[Address, ...]
    prefixes: Tuple[Prefix, ...]
    destination_prefixes: Tuple[Prefix, ...]
    nat: bool

    @property
    def is_private(self) -> bool:
        return self.type not in (EXTERNAL, UNDERLAY)

    @property
    def is_primary(self) -> bool:
        return self.type in _PRIMARY

    @property
    def has_default_route(self) -> bool:
        return any(prefix.prefixlen == 0 for prefix in self.destination_prefixes)

    @property
    def is_demilitarized(self) -> bool:
        """Whether this is a zone between the private network and the internet, shared with other firewalls."""
        return self.type == PRIVATE_SECONDARY_SHARED and self.has_default_route

    @property
    def vrf_name(self) -> str:
        return f"vrf{self.vrf}"


def read_networks(document: Document, role: str, project: Optional[str]) -> Tuple[Network, ...]:
    """Reads the networks of a project's machine or firewall. What cannot have a part in its network is left out."""
    documents = document.present().items()
    networks = []
    for position, network_type in enumerate(_types(document, documents, project)):
        network = _network(position, documents[position], network_type, role)
        if _has_place(documents[position], network, role):
            networks.append(network)
    if role == FIREWALL:
        networks = _without_repeated_vrfs(documents, networks)
        if all(network.type != UNDERLAY for network in networks):
            document.fail("a firewall needs one of type underlay, but there is none")
        _warn_of_gaps(documents, networks)
    return _with_asn(documents, networks, role)


def _types(document: Document, documents: List[Document], project: Optional[str]) -> List[str]:
    """What the networks are to this machine. The newer API doesn't say which one is the primary one."""
    types = [_type(network) for network in documents]
    primaries = _of_types(types, *_PRIMARY) or _of_types(types, _CHILD) or _of_types(types, _PRIVATE)[:1]
    if not primaries:
        shared = _of_types(types, _CHILD_SHARED)
        ours = [i for i in shared if project and documents[i].get("projectid").optional_text() == project]
        primaries = ours or (shared if len(shared) == 1 else [])
    if not primaries:
        document.fail(
            "none of them is the machine's own private network",
            "one has to be of type privateprimaryunshared, privateprimaryshared or child",
        )
    for index in primaries[1:]:
        documents[index].warn(f"is a second private network; the first is networks[{primaries[0]}]")
    return [_type_to_machine(network_type, index == primaries[0]) for index, network_type in enumerate(types)]


def _type_to_machine(network_type: str, is_primary: bool) -> str:
    if network_type in (_CHILD, _PRIVATE) and is_primary:
        return PRIVATE_PRIMARY_UNSHARED
    if network_type == _CHILD_SHARED and is_primary:
        return PRIVATE_PRIMARY_SHARED
    if network_type in (_CHILD, *_PRIMARY) and not is_primary:
        return PRIVATE_SECONDARY_UNSHARED
    return PRIVATE_SECONDARY_SHARED if network_type in (_CHILD_SHARED, _PRIVATE) else network_type


def _of_types(types: List[str], *wanted: str) -> List[int]:
    return [index for index, network_type in enumerate(types) if network_type in wanted]


def _network(position: int, document: Document, network_type: str, role: str) -> Network:
    asn = document.get("asn")
    vrf = document.get("vrf")
    # On a firewall it is a VNI, too, and that has 24 bits. Elsewhere nobody looks at it.
    largest_vrf = _LARGEST_VNI if role == FIREWALL and network_type != UNDERLAY else _LARGEST_VRF
    return Network(
        position=position,
        id=document.get("networkid").optional_text() or f"networks[{position}]",
        type=network_type,
        asn=0 if asn.is_absent() else asn.integer(0, _LARGEST_ASN),
        vrf=0 if vrf.is_absent() else vrf.integer(0, largest_vrf),
        addresses=_once([read_address(address) for address in document.get("ips").items()]),
        prefixes=_once([read_prefix(prefix) for prefix in document.get("prefixes").items()]),
        destination_prefixes=_once([read_prefix(p) for p in document.get("destinationprefixes").items()]),
        nat=_nat(document),
    )


def _type(document: Document) -> str:
    """One of those in _TYPES that are specified. Where none is given, what older versions of the API told by flags."""
    flags = {name: document.get(name).truth() for name in ("private", "underlay")}
    for name in ("networktype", "networktypev2"):
        found = read_enumerated(document.get(name), "NETWORK_TYPE_", _TYPES, _NUMBERED_TYPES)
        if found != UNSPECIFIED:
            return _TYPES[found]
    by_flags = UNDERLAY if flags["underlay"] else _PRIVATE if flags["private"] else EXTERNAL
    document.get("networktype").warn(f"is not given; the network is taken for {by_flags}, as its flags say")
    return by_flags


def _nat(document: Document) -> bool:
    flag = document.get("nat")
    kind = _NAT_TYPES[read_enumerated(document.get("nattypev2"), "NAT_TYPE_", _NAT_TYPES, _NUMBERED_NAT_TYPES)]
    if flag.is_absent():
        return kind
    if not document.get("nattypev2").is_absent() and flag.truth() != kind:
        flag.warn(f"{flag.shown()} and nattypev2 {document.get('nattypev2').shown()} differ; nat is what counts")
    return flag.truth()


def _has_place(document: Document, network: Network, role: str) -> bool:
    if network.type == _SUPER:
        document.warn(f"{network.id} is a super network, which no machine can be in: it is left out")
        return False
    if role == MACHINE and network.type == UNDERLAY:
        document.warn(f"{network.id} is an underlay, which only a firewall can be in: it is left out")
        return False
    if role == FIREWALL and network.type != UNDERLAY and not network.vrf:
        vrf = document.get("vrf")
        if network.is_primary:
            vrf.present().integer(1, _LARGEST_VNI)
        vrf.warn(f"is not set, but on a firewall each network needs a VRF: {network.id} is left out")
        return False
    return True


def _without_repeated_vrfs(documents: List[Document], networks: List[Network]) -> List[Network]:
    """Makes one network of those in the same VRF: for instance one for each address family. All underlays are one."""
    merged: Dict[int, Network] = {}
    for network in networks:
        vrf = 0 if network.type == UNDERLAY else network.vrf
        first = merged.get(vrf)
        if first is None:
            merged[vrf] = network
            continue
        if first.type != network.type:
            documents[network.position].get("vrf").reject(
                f"is networks[{first.position}]'s, too, which is {first.type}, while this one is {network.type}",
                "networks of different types need VRFs of their own",
            )
        documents[network.position].get("vrf").warn(
            f"is networks[{first.position}]'s, too: {network.id} is made a part of {first.id}"
        )
        merged[vrf] = first._replace(
            asn=first.asn or network.asn,
            addresses=_once(first.addresses + network.addresses),
            prefixes=_once(first.prefixes + network.prefixes),
            destination_prefixes=_once(first.destination_prefixes + network.destination_prefixes),
            nat=first.nat or network.nat,
        )
    return list(merged.values())


def _with_asn(documents: List[Document], networks: List[Network], role: str) -> Tuple[Network, ...]:
    """Checks what the machine's own part in routing depends on: the address and the ASN of one network."""
    own = next(n for n in networks if (n.type == UNDERLAY if role == FIREWALL else n.is_primary))
    if not own.addresses:
        documents[own.position].get("ips").fail("is empty, but this network's address is the machine's own")
    if not own.asn:
        # The API gives a machine one ASN, and writes it to all of its networks.
        asn = documents[own.position].get("asn")
        given = "missing" if asn.is_absent() else asn.shown()
        others = [network for network in networks if network.asn]
        if not others:
            asn.fail(f"is {given}, and no other network has an ASN: BGP cannot start")
        asn.warn(f"is {given}; {others[0].asn} is taken, from networks[{others[0].position}]")
        networks[networks.index(own)] = own._replace(asn=others[0].asn)
    return tuple(networks)


def _warn_of_gaps(documents: List[Document], networks: List[Network]) -> None:
    for network in networks:
        for name, values in (("ips", network.addresses), ("prefixes", network.prefixes)):
            if network.is_private and not values:
                documents[network.position].get(name).warn(f"is empty, though {network.id} is private")


def _once(values: Sequence[_Value]) -> Tuple[_Value, ...]:
    """Without repetition, in order."""
    return tuple(dict.fromkeys(values))
