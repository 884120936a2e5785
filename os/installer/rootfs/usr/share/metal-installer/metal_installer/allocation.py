"""What an allocation says: who this machine is, and in which networks."""

import ipaddress
import re
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

from metal_installer.addresses import Address, read_address
from metal_installer.consoles import Console, read_consoles
from metal_installer.document import Document
from metal_installer.enumerations import UNSPECIFIED, read_enumerated
from metal_installer.hostnames import Hostname, read_hostname
from metal_installer.networks import (
    EXTERNAL,
    FIREWALL,
    MACHINE,
    PRIVATE_SECONDARY_SHARED,
    UNDERLAY,
    Network,
    read_networks,
)
from metal_installer.passwords import read_password
from metal_installer.rules import Rule, read_egress, read_ingress
from metal_installer.sources import METAL, read_source
from metal_installer.sshkeys import read_keys

_DISK_JSON = "disk.json"

_ROLES = (UNSPECIFIED, MACHINE, FIREWALL)
"""As protobuf numbers them."""
_HOSTNAME_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_UUID = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{7,35}")
_WORD = re.compile(r"[A-Za-z0-9._:/?=&%@+~-]+")


class Vpn(NamedTuple):
    address: str
    auth_key: str


class Allocation(NamedTuple):
    names: Hostname
    machine_id: str
    """Empty where it is not told."""
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
        return next(n for n in self.networks if n.is_primary)

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


def read_allocation(directory: Path = METAL) -> Allocation:
    """Reads and checks all that metal-hammer wrote. Fields that nobody here knows are left to those who do."""
    source = read_source(directory)
    document, details = source.allocation, source.details
    role = _role(document.get("role"))
    project = document.get("projectid").optional_text()
    rules = document.get("firewall_rules")
    return Allocation(
        names=read_hostname(document.get("hostname")),
        machine_id=_optional(details.get("machineuuid"), _UUID, "is not a UUID"),
        role=role,
        networks=read_networks(document.get("networks"), role, project),
        macs=_macs(details.get("nics")),
        ssh_public_keys=read_keys(document.get("sshpublickey")),
        password=read_password(details.get("password")),
        consoles=read_consoles(details.get("console")),
        root_uuid=_root_uuid(details.get("root_uuid"), directory / _DISK_JSON),
        raid=details.get("raidenabled").truth(),
        vpn=_vpn(document.get("vpn")),
        egress_rules=() if rules.is_absent() else read_egress(rules.get("egress")),
        ingress_rules=() if rules.is_absent() else read_ingress(rules.get("ingress")),
        dns_servers=tuple(read_address(server.get("ip")) for server in document.get("dns_servers").items()),
        ntp_servers=tuple(_host(server.get("address")) for server in document.get("ntp_servers").items()),
        warnings=tuple(source.warnings),
    )


def _role(document: Document) -> str:
    role = read_enumerated(document.present(), "MACHINE_ALLOCATION_TYPE_", _ROLES, _ROLES)
    if role == UNSPECIFIED:
        document.reject("is no role")
    return role


def _macs(document: Document) -> Tuple[str, ...]:
    macs: List[str] = []
    for nic in document.present().items():
        mac = nic.get("mac")
        value = mac.text().lower().replace("-", ":")
        if not _MAC.fullmatch(value):
            mac.reject("is not a MAC address")
        if value in macs:
            mac.reject("is there twice", "each network interface has an address of its own")
        macs.append(value)
    if not macs:
        document.fail("there is none, but a machine needs a network interface")
    return tuple(macs)


def _host(document: Document) -> str:
    host = document.text()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if len(host) > 253 or not all(_HOSTNAME_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):
            document.reject("is neither an IP address nor a host name")
        return host


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
        document.reject("is not the UUID of a file system")
    return uuid


def _optional(document: Document, pattern: "re.Pattern[str]", problem: str) -> str:
    value = document.optional_text()
    if value is None:
        return ""
    if not pattern.fullmatch(value):
        document.reject(problem)
    return value
