"""What install.yaml says: who this machine is, and in which networks."""

import ipaddress
import re
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple, Union

from metal_installer.consoles import Console, read_consoles
from metal_installer.document import Document
from metal_installer.hostnames import Hostname, read_hostname
from metal_installer.passwords import read_password
from metal_installer.sshkeys import read_keys

INSTALL_YAML = Path("/etc/metal/install.yaml")
DISK_JSON = Path("/etc/metal/disk.json")

MACHINE = "machine"
FIREWALL = "firewall"

PRIVATE_PRIMARY_UNSHARED = "privateprimaryunshared"
PRIVATE_PRIMARY_SHARED = "privateprimaryshared"
PRIVATE_SECONDARY_SHARED = "privatesecondaryshared"
EXTERNAL = "external"
UNDERLAY = "underlay"
_NETWORK_TYPES = (PRIVATE_PRIMARY_UNSHARED, PRIVATE_PRIMARY_SHARED, PRIVATE_SECONDARY_SHARED, EXTERNAL, UNDERLAY)

_LARGEST_ASN = 2**32 - 1
_LARGEST_VNI = 2**24 - 1
_HOSTNAME_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_UUID = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{7,35}")
_WORD = re.compile(r"[A-Za-z0-9._:/?=&%@+~-]+")

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Prefix = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Network(NamedTuple):
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
        return self.type in (PRIVATE_PRIMARY_UNSHARED, PRIVATE_PRIMARY_SHARED, PRIVATE_SECONDARY_SHARED)

    @property
    def has_default_route(self) -> bool:
        return any(prefix.prefixlen == 0 for prefix in self.destination_prefixes)

    @property
    def vrf_name(self) -> str:
        return f"vrf{self.vrf}"


class Rule(NamedTuple):
    """What a firewall lets through. Egress rules have no sources; ingress rules may have no destinations."""

    comment: str
    protocol: str
    ports: Tuple[int, ...]
    sources: Tuple[Prefix, ...]
    destinations: Tuple[Prefix, ...]


class Vpn(NamedTuple):
    address: str
    auth_key: str


class Allocation(NamedTuple):
    names: Hostname
    machine_id: str
    """Empty where install.yaml has none."""
    role: str
    networks: Tuple[Network, ...]
    macs: Tuple[str, ...]
    """Of the interfaces lan0, lan1, and so on."""
    ssh_public_keys: Tuple[str, ...]
    password: str
    """Empty: none, nobody gets in on the console."""
    consoles: Tuple[Console, ...]
    root_uuid: str
    raid: bool
    vpn: Optional[Vpn]
    egress_rules: Tuple[Rule, ...]
    ingress_rules: Tuple[Rule, ...]
    dns_servers: Tuple[Address, ...]
    """Empty: public resolvers."""
    ntp_servers: Tuple[str, ...]
    """Addresses or names. Empty: the distribution's."""
    warnings: Tuple[str, ...]
    """What is odd, though it can be carried out."""

    @property
    def hostname(self) -> str:
        return self.names.name

    @property
    def is_firewall(self) -> bool:
        return self.role == FIREWALL

    @property
    def private_primary(self) -> Network:
        return next(n for n in self.networks if n.type in (PRIVATE_PRIMARY_UNSHARED, PRIVATE_PRIMARY_SHARED))

    @property
    def underlay(self) -> Network:
        """Only of a firewall."""
        return next(n for n in self.networks if n.type == UNDERLAY)

    @property
    def overlay(self) -> Tuple[Network, ...]:
        """The networks that have a VRF on a firewall."""
        return tuple(n for n in self.networks if n.type != UNDERLAY)

    def of_type(self, network_type: str) -> Tuple[Network, ...]:
        return tuple(n for n in self.networks if n.type == network_type)

    @property
    def routing(self) -> Network:
        """The network that gives this machine its ASN, its router id and its own name's address."""
        return self.underlay if self.is_firewall else self.private_primary

    @property
    def default_route(self) -> Network:
        """The network through which a firewall reaches the internet, or what comes nearest to it."""
        candidates = self.of_type(EXTERNAL) + self.of_type(PRIVATE_SECONDARY_SHARED)
        for network in candidates:
            if network.has_default_route:
                return network
        return candidates[0] if candidates else self.private_primary

    @property
    def uplinks(self) -> Tuple[str, ...]:
        """The interfaces to the two leaf switches."""
        return tuple(f"lan{index}" for index in range(min(2, len(self.macs))))


def read_allocation(install_yaml: Path = INSTALL_YAML, disk_json: Path = DISK_JSON) -> Allocation:
    """Reads and checks the whole of install.yaml. Fields that it does not know are left to those who do."""
    document = Document.read(install_yaml)
    role = document.get("role").one_of((MACHINE, FIREWALL))
    networks = _networks(document.get("networks"), role)
    rules = document.get("firewall_rules")
    return Allocation(
        names=read_hostname(document.get("hostname")),
        machine_id=_optional(document.get("machineuuid"), _UUID, "is not a UUID"),
        role=role,
        networks=networks,
        macs=_macs(document.get("nics")),
        ssh_public_keys=read_keys(document.get("sshpublickey")),
        password=read_password(document.get("password")),
        consoles=read_consoles(document.get("console")),
        root_uuid=_root_uuid(document.get("root_uuid"), disk_json),
        raid=document.get("raidenabled").truth(),
        vpn=_vpn(document.get("vpn")),
        egress_rules=() if rules.is_absent() else _rules(rules.get("egress"), "to", None),
        ingress_rules=() if rules.is_absent() else _rules(rules.get("ingress"), "from", "to"),
        dns_servers=tuple(_address(server.get("ip")) for server in document.get("dns_servers").items()),
        ntp_servers=tuple(_host(server.get("address")) for server in document.get("ntp_servers").items()),
        warnings=tuple(document.warnings),
    )


def _networks(document: Document, role: str) -> Tuple[Network, ...]:
    networks = tuple(_network(network, role) for network in document.present().items())
    primaries = [n for n in networks if n.type in (PRIVATE_PRIMARY_UNSHARED, PRIVATE_PRIMARY_SHARED)]
    if len(primaries) != 1:
        document.fail(f"exactly one has to be of a type privateprimary…, but {_count(primaries)} are")
    underlays = [n for n in networks if n.type == UNDERLAY]
    if role == FIREWALL:
        if len(underlays) != 1:
            document.fail(f"a firewall needs exactly one of type {UNDERLAY}, but {_count(underlays)} are")
        vrfs = [network.vrf for network in networks if network.type != UNDERLAY]
        for vrf in vrfs:
            if vrfs.count(vrf) > 1:
                document.fail(f"vrf {vrf} is there twice, but each network has a VRF of its own")
    routing = underlays[0] if role == FIREWALL else primaries[0]
    if not routing.asn:
        document.items()[networks.index(routing)].get("asn").present()
    return networks


def _network(document: Document, role: str) -> Network:
    network_type = document.get("networktype").one_of(_NETWORK_TYPES)
    is_underlay = network_type == UNDERLAY
    asn = document.get("asn")
    vrf = document.get("vrf")
    has_vrf = role == FIREWALL and not is_underlay
    for flag in ("private", "underlay"):
        document.get(flag).truth()
    network = Network(
        id=document.get("networkid").text(),
        type=network_type,
        asn=0 if asn.is_absent() else asn.integer(1, _LARGEST_ASN),
        vrf=vrf.integer(1, _LARGEST_VNI) if has_vrf else 0 if vrf.is_absent() else vrf.integer(0, _LARGEST_VNI),
        addresses=tuple(_address(address) for address in document.get("ips").items()),
        prefixes=tuple(_prefix(prefix) for prefix in document.get("prefixes").items()),
        destination_prefixes=tuple(_prefix(prefix) for prefix in document.get("destinationprefixes").items()),
        nat=document.get("nat").truth(),
    )
    if network.is_private and not network.addresses:
        document.get("ips").fail("a private network needs an IP address")
    if network.is_private and not network.prefixes:
        document.get("prefixes").fail("a private network needs a prefix")
    if is_underlay and role == FIREWALL and not network.addresses:
        document.get("ips").fail("the underlay network needs an IP address")
    return network


def _macs(document: Document) -> Tuple[str, ...]:
    macs: List[str] = []
    for nic in document.present().items():
        mac = nic.get("mac")
        value = mac.text().lower()
        if not _MAC.fullmatch(value):
            mac.fail(f"{value!r} is not a MAC address")
        if value in macs:
            mac.fail(f"{value} is there twice")
        macs.append(value)
    if not macs:
        document.fail("there is none, but a machine needs a network interface")
    return tuple(macs)


def _rules(document: Document, required: str, optional: Optional[str]) -> Tuple[Rule, ...]:
    rules = []
    for rule in document.items():
        prefixes = tuple(_prefix(prefix) for prefix in rule.get(required).present().items())
        if not prefixes:
            rule.get(required).fail("needs a prefix")
        destinations = tuple(_prefix(prefix) for prefix in rule.get(optional).items()) if optional else prefixes
        ports = tuple(port.integer(1, 65535) for port in rule.get("ports").present().items())
        if not ports:
            rule.get("ports").fail("needs a port")
        protocol = rule.get("protocol")
        name = "tcp" if protocol.optional_text() is None else protocol.text().lower()
        if name not in ("tcp", "udp"):
            protocol.fail(f"{name!r} is unknown; known are tcp, udp")
        if optional and len({prefix.version for prefix in destinations}) > 1:
            rule.get(optional).fail("mixes IPv4 and IPv6")
        rules.append(
            Rule(
                comment=rule.get("comment").optional_text() or "",
                protocol=name,
                ports=ports,
                sources=prefixes if optional else (),
                destinations=destinations,
            )
        )
    return tuple(rules)


def _host(document: Document) -> str:
    host = document.text()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if len(host) > 253 or not all(_HOSTNAME_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):
            document.fail(f"{host!r} is neither an IP address nor a host name")
        return host


def _address(document: Document) -> Address:
    try:
        address = ipaddress.ip_address(document.text())
    except ValueError as error:
        document.fail(f"is not an IP address: {error}")
    if getattr(address, "scope_id", None):
        document.fail(f"{address} is bound to an interface")
    return address


def _prefix(document: Document) -> Prefix:
    """Bits behind the prefix's length are dropped, as everybody else does."""
    try:
        return ipaddress.ip_network(document.text(), strict=False)
    except ValueError as error:
        document.fail(f"is not a prefix: {error}")


def _vpn(document: Document) -> Optional[Vpn]:
    """A VPN without a key is none: the API sends an empty one."""
    if document.is_absent() or document.get("auth_key").optional_text() is None:
        return None
    for name in ("address", "auth_key"):
        field = document.get(name)
        if not _WORD.fullmatch(field.text()):
            field.fail("has a character that does not belong there")
    return Vpn(document.get("address").text(), document.get("auth_key").text())


def _root_uuid(document: Document, disk_json: Path) -> str:
    """Older versions of metal-hammer tell it in disk.json only."""
    if document.optional_text() is None and disk_json.exists():
        for partition in Document.read(disk_json).get("Partitions").items():
            if partition.get("Label").optional_text() == "root":
                document = partition.get("Properties").present().get("UUID")
    uuid = document.text()
    if not _UUID.fullmatch(uuid):
        document.fail(f"{uuid!r} is not the UUID of a file system")
    return uuid


def _optional(document: Document, pattern: "re.Pattern[str]", problem: str) -> str:
    value = document.optional_text()
    if value is None:
        return ""
    if not pattern.fullmatch(value):
        document.fail(f"{value!r} {problem}")
    return value


def _count(networks: List[Network]) -> str:
    return str(len(networks)) if networks else "none"
