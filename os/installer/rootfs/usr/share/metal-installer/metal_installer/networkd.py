"""The interfaces, as systemd-networkd and udev make them.

A machine has its addresses on the loopback interface. A firewall has there those of the underlay alone; each of its
other networks is a VRF with an interface (SVI) on a bridge, which a VXLAN connects with the rest of the network.
"""

from typing import List, NamedTuple, Tuple

from metal_installer.allocation import Allocation
from metal_installer.files import File
from metal_installer.networks import Network
from metal_installer.templates import render

_DIRECTORY = "/etc/systemd/network"
_MTU_OF_MACHINE = 9000
_MTU_OF_FIREWALL = 9216
"""Room for VXLAN's headers around packets of 9000 bytes."""
_FIRST_VLAN = 1000


class Segment(NamedTuple):
    """A network of a firewall, on the bridge."""

    network: Network
    vlan: int
    """Its VLAN on the bridge, and the routing table of its VRF."""

    @property
    def host_routes(self) -> Tuple[str, ...]:
        return _host_routes(self.network)


def networkd_files(allocation: Allocation) -> List[File]:
    mtu = _MTU_OF_FIREWALL if allocation.is_firewall else _MTU_OF_MACHINE
    on_loopback = (allocation.underlay,) if allocation.is_firewall else allocation.networks
    addresses = [route for network in on_loopback for route in _host_routes(network)]
    files = [
        File("/etc/systemd/networkd.conf.d/metal.conf", render("networkd.conf.j2")),
        _file("00-lo.network", addresses=list(dict.fromkeys(addresses))),
    ]
    for index, mac in enumerate(allocation.macs):
        name = f"lan{index}"
        files.append(_file(f"{10 + index}-{name}.link", "lan.link", name=name, mac=mac, mtu=mtu))
        files.append(_file(f"{10 + index}-{name}.network", "lan.network", name=name))
    if allocation.is_firewall:
        files += _overlay_files(allocation)
    return files


def segments(allocation: Allocation) -> List[Segment]:
    return [Segment(network, _FIRST_VLAN + network.position) for network in allocation.overlay]


def _overlay_files(allocation: Allocation) -> List[File]:
    overlay = segments(allocation)
    underlay_address = allocation.underlay.addresses[0]
    files = [_file("20-bridge.netdev"), _file("20-bridge.network", segments=overlay)]
    for index, segment in enumerate(overlay):
        for kind in ("svi", "vrf", "vxlan"):
            for suffix in ("netdev", "network"):
                files.append(
                    _file(
                        f"{30 + index}-{kind}-{segment.network.vrf}.{suffix}",
                        f"{kind}.{suffix}",
                        segment=segment,
                        vrf=segment.network.vrf,
                        underlay_address=underlay_address,
                    )
                )
    return files


def _file(file: str, template: str = "", **values: object) -> File:
    return File(f"{_DIRECTORY}/{file}", render(f"networkd/{template or file}.j2", **values))


def _host_routes(network: Network) -> Tuple[str, ...]:
    return tuple(f"{address}/{address.max_prefixlen}" for address in network.addresses)
