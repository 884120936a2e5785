"""Allocations as the API makes them."""

from __future__ import annotations

import copy
import re
from typing import Any, Dict, List

Allocation = Dict[str, Any]

ASN = 4200003073
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhLhxQwOgAaJmqZ9njCdfNw2+LTm24CwUTay6ZYlJBQ metal-images"


def private(**changes: Any) -> Dict[str, Any]:
    return {
        "asn": ASN,
        "destinationprefixes": [],
        "ips": ["10.0.17.2"],
        "nat": False,
        "networkid": "bc830818-2df1-4904-8c40-4322296d393d",
        "networktype": "privateprimaryunshared",
        "prefixes": ["10.0.16.0/22"],
        "private": True,
        "projectid": "f9a3c2d1-0000-4000-8000-000000000001",
        "underlay": False,
        "vrf": 3981,
        **changes,
    }


def shared(**changes: Any) -> Dict[str, Any]:
    defaults = {
        "ips": ["10.0.20.2"],
        "networkid": "storage",
        "networktype": "privatesecondaryshared",
        "prefixes": ["10.0.20.0/22"],
        "vrf": 3982,
    }
    return private(**{**defaults, **changes})


def internet(**changes: Any) -> Dict[str, Any]:
    defaults = {
        "destinationprefixes": ["0.0.0.0/0"],
        "ips": ["185.1.2.3"],
        "nat": True,
        "networkid": "internet",
        "networktype": "external",
        "prefixes": ["185.1.2.0/24", "185.27.0.0/22"],
        "private": False,
        "vrf": 104009,
    }
    return private(**{**defaults, **changes})


def mpls(**changes: Any) -> Dict[str, Any]:
    defaults = {
        "destinationprefixes": ["100.127.1.0/24"],
        "ips": ["100.127.129.1"],
        "networkid": "mpls",
        "prefixes": ["100.127.129.0/24"],
        "vrf": 104010,
    }
    return internet(**{**defaults, **changes})


def underlay(**changes: Any) -> Dict[str, Any]:
    defaults = {
        "asn": 4200000011,
        "ips": ["10.1.0.1"],
        "networkid": "underlay",
        "networktype": "underlay",
        "prefixes": ["10.1.0.0/22"],
        "private": False,
        "underlay": True,
        "vrf": 0,
    }
    return private(**{**defaults, **changes})


def _allocation(role: str, networks: List[Dict[str, Any]], changes: Dict[str, Any]) -> Allocation:
    return copy.deepcopy(
        {
            "hostname": role,
            "machineuuid": "e0ab02d2-27cd-5a5e-8efc-080ba80cf258",
            "sshpublickey": PUBLIC_KEY,
            "password": "KAWT5DugqSPAezMl",
            "console": "ttyS1,115200n8",
            "timestamp": "2019-07-01T09:41:43Z",
            "role": role,
            "raidenabled": False,
            "root_uuid": "543eb7f8-98d4-d986-e669-824dbebe69e5",
            "networks": networks,
            "nics": [
                {
                    "mac": "00:03:00:11:11:01",
                    "name": "lan0",
                    "identifier": "",
                    "neighbors": [{"mac": "44:38:39:00:00:1a"}],
                },
                {"mac": "00:03:00:11:12:01", "name": "lan1", "identifier": "", "neighbors": []},
            ],
            "vpn": None,
            "firewall_rules": None,
            "dns_servers": None,
            "ntp_servers": None,
            **changes,
        }
    )


def machine(*networks: Dict[str, Any], **changes: Any) -> Allocation:
    return _allocation("machine", list(networks) or [private()], changes)


def firewall(*networks: Dict[str, Any], **changes: Any) -> Allocation:
    return _allocation("firewall", list(networks) or [private(), internet(), underlay()], changes)


_TYPES = {
    "privateprimaryunshared": "NETWORK_TYPE_CHILD",
    "privateprimaryshared": "NETWORK_TYPE_CHILD_SHARED",
    "privatesecondaryshared": "NETWORK_TYPE_CHILD_SHARED",
    "external": "NETWORK_TYPE_EXTERNAL",
    "underlay": "NETWORK_TYPE_UNDERLAY",
}
_PROJECT = "f9a3c2d1-0000-4000-8000-000000000001"


def newer(allocation: Allocation, style: str = "camelCase") -> Allocation:
    """The same as machine-allocation.yaml says it: protobuf's JSON, in which numbers of 64 bits are strings."""
    rules = allocation["firewall_rules"]
    vpn = allocation["vpn"]
    said = {
        "project": _PROJECT,
        "hostname": allocation["hostname"],
        "allocationType": f"MACHINE_ALLOCATION_TYPE_{allocation['role'].upper()}",
        "sshPublicKeys": allocation["sshpublickey"].splitlines(),
        "networks": [
            {
                "network": network["networkid"],
                "networkType": _TYPES[network["networktype"]],
                "natType": "NAT_TYPE_IPV4_MASQUERADE" if network["nat"] else "NAT_TYPE_NONE",
                "project": network["projectid"],
                "vrf": str(network["vrf"]),
                "asn": network["asn"],
                "ips": network["ips"],
                "prefixes": network["prefixes"],
                "destinationPrefixes": network["destinationprefixes"],
            }
            for network in allocation["networks"]
        ],
        "dnsServers": allocation["dns_servers"],
        "ntpServers": allocation["ntp_servers"],
        "vpn": vpn and {"controlPlaneAddress": vpn["address"], "authKey": vpn["auth_key"], "connected": False},
        "firewallRules": rules
        and {
            direction: [
                {**rule, "protocol": f"IP_PROTOCOL_{rule.get('protocol', 'unspecified').upper()}"} for rule in listed
            ]
            for direction, listed in rules.items()
        },
    }
    return said if style == "camelCase" else _with_snake_case(said)


def details(allocation: Allocation) -> Allocation:
    """What machine-details.yaml says besides."""
    return {
        "id": allocation["machineuuid"],
        **{name: allocation[name] for name in ("nics", "password", "console", "raidenabled", "root_uuid")},
    }


def _with_snake_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {re.sub("([A-Z])", r"_\1", name).lower(): _with_snake_case(part) for name, part in value.items()}
    return [_with_snake_case(part) for part in value] if isinstance(value, list) else value
