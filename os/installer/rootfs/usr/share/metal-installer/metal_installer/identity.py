"""Host name, name resolution and time."""

import ipaddress
from typing import List

from metal_installer.allocation import Allocation
from metal_installer.files import File
from metal_installer.image import Distribution
from metal_installer.templates import render

_PUBLIC_RESOLVERS = {4: ("8.8.8.8", "1.1.1.1"), 6: ("2001:4860:4860::8888", "2606:4700:4700::1111")}
_PUBLIC_TIME_SERVER = "time.cloudflare.com"


def name_files(allocation: Allocation) -> List[File]:
    return [
        File("/etc/hostname", f"{allocation.hostname}\n"),
        File(
            "/etc/hosts",
            render(
                "hosts.j2",
                address=allocation.routing.addresses[0],
                names=allocation.names.in_hosts,
            ),
        ),
    ]


def resolver_file(allocation: Allocation) -> File:
    servers = [str(address) for address in allocation.dns_servers]
    if not servers:
        versions = {address.version for network in allocation.networks for address in network.addresses}
        servers = [server for version in sorted(versions) for server in _PUBLIC_RESOLVERS[version]]
    return File("/etc/resolv.conf", "".join(f"nameserver {server}\n" for server in servers))


def time_files(allocation: Allocation, distribution: Distribution) -> List[File]:
    """Empty where the distribution's own choice stands."""
    servers = list(allocation.ntp_servers)
    if allocation.is_firewall and not servers:
        servers = [_PUBLIC_TIME_SERVER]
    if not servers:
        return []
    if allocation.is_firewall or distribution.uses_chrony:
        sources = [f"{'server' if _is_address(server) else 'pool'} {server}" for server in servers]
        keys = distribution.chrony_conf.replace("chrony.conf", "chrony.keys")
        return [File(distribution.chrony_conf, render("chrony.conf.j2", sources=sources, keys=keys))]
    return [File("/etc/systemd/timesyncd.conf.d/metal.conf", f"[Time]\nNTP={' '.join(servers)}\n")]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
