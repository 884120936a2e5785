"""The files in which metal-hammer says who a machine is.

Until now that is install.yaml. Newer versions write what the API sent, and what they know of the machine, into two files:
machine-allocation.yaml, with the names that protobuf's JSON has, and machine-details.yaml. They are read under the names
of install.yaml, so that nothing else has to know both.
"""

from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

from metal_installer.document import Document

METAL = Path("/etc/metal")

INSTALL_YAML = "install.yaml"
MACHINE_DETAILS_YAML = "machine-details.yaml"
MACHINE_ALLOCATION_YAML = "machine-allocation.yaml"


class _ApiDocument(Document):
    """A part of machine-allocation.yaml. protobuf takes a field by either of two names."""

    _NAMES: Dict[str, Tuple[str, ...]] = {
        "destinationprefixes": ("destinationPrefixes", "destination_prefixes"),
        "dns_servers": ("dnsServers", "dns_servers"),
        "firewall_rules": ("firewallRules", "firewall_rules"),
        "networkid": ("network",),
        "networktype": ("networkType", "network_type"),
        "nattypev2": ("natType", "nat_type"),
        "ntp_servers": ("ntpServers", "ntp_servers"),
        "projectid": ("project",),
        "role": ("allocationType", "allocation_type"),
        "sshpublickey": ("sshPublicKeys", "ssh_public_keys"),
        "vpn.address": ("controlPlaneAddress", "control_plane_address"),
        "vpn.auth_key": ("authKey", "auth_key"),
    }

    def get(self, name: str) -> Document:
        spellings = self._NAMES.get(f"{self.field}.{name}") or self._NAMES.get(name, (name,))
        known = [spelling for spelling in spellings if spelling in self.mapping().value]
        return super().get((known or spellings)[0])


class _DetailsDocument(Document):
    """A part of machine-details.yaml."""

    def get(self, name: str) -> Document:
        return super().get("id" if name == "machineuuid" else name)


class Source(NamedTuple):
    """What is read. Both are the same where one file says it all."""

    allocation: Document
    """What was asked for."""
    details: Document
    """What the machine is."""
    warnings: List[str]


def read_source(directory: Path = METAL) -> Source:
    """Reads install.yaml or, where there is none, the two files of newer versions."""
    warnings: List[str] = []
    install, allocation = directory / INSTALL_YAML, directory / MACHINE_ALLOCATION_YAML
    if install.exists() or not allocation.exists():
        document = Document.read(install, warnings)
        return Source(document, document, warnings)
    details = _DetailsDocument.read(directory / MACHINE_DETAILS_YAML, warnings)
    return Source(_ApiDocument.read(allocation, warnings), details, warnings)
