"""Random allocations: valid ones, and such with one fault."""

import copy
import ipaddress
from random import Random
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from allocations import PUBLIC_KEY, Allocation

_TYPES = {
    "privateprimaryunshared": ("privateprimaryunshared", "child", "NETWORK_TYPE_CHILD", 5),
    "privatesecondaryshared": ("privatesecondaryshared", "child-shared", "NETWORK_TYPE_CHILD_SHARED", 6),
    "external": ("external", "NETWORK_TYPE_EXTERNAL", 1),
    "underlay": ("underlay", "NETWORK_TYPE_UNDERLAY", 2),
}
_CONSOLES = ("ttyS0,115200n8", "ttyS1,57600n8", "ttyS1,115200n8r", "tty0 ttyS0,9600n8", "ttyAMA0")
_HOSTNAMES = ("machine", "shoot--a--b-0-5gttm", "m1.example.com", "x", "under_score", "a" * 63)
_KEYS = ("", PUBLIC_KEY, f"# mine\n\n{PUBLIC_KEY}\n", f'no-pty,from="192.0.2.0/24" {PUBLIC_KEY}', f"{PUBLIC_KEY} a\tb")
_COMMENTS = (None, "", "allow https", 'it\'s "quoted"', "two\nlines", "ü" * 150, "50% \\ $x {a}")
_PORTS = (0, 1, 22, 53, 443, 8080, 65535)


def valid(random: Random) -> Allocation:
    role = random.choice(("machine", "firewall"))
    networks = _networks(random, role)
    allocation: Allocation = {
        "hostname": random.choice(_HOSTNAMES),
        "machineuuid": random.choice(("e0ab02d2-27cd-5a5e-8efc-080ba80cf258", "", None)),
        "role": random.choice((role, f"MACHINE_ALLOCATION_TYPE_{role.upper()}")),
        "sshpublickey": random.choice(_KEYS),
        "password": random.choice(("KAWT5DugqSPAezMl", "", "p: %{#}'\"\\ü ")),
        "console": random.choice(_CONSOLES),
        "timestamp": "2019-07-01T09:41:43Z",
        "raidenabled": random.choice((False, None)),
        "root_uuid": "543eb7f8-98d4-d986-e669-824dbebe69e5",
        "networks": networks,
        "nics": [{"mac": _mac(random), "name": f"eth{i}", "neighbors": []} for i in range(random.randint(1, 4))],
        "dns_servers": random.choice((None, [], [{"ip": str(_address(random))} for _ in range(random.randint(1, 3))])),
        "ntp_servers": random.choice((None, [{"address": "ntp.example."}, {"address": str(_address(random))}])),
        "firewall_rules": _rules(random) if random.random() < 0.5 else random.choice((None, {}, {"egress": None})),
        "vpn": random.choice((None, {"address": "", "auth_key": ""}, _VPN)) if role == "firewall" else None,
    }
    for place in random.sample([allocation, *networks, *allocation["nics"]], 2):
        place[f"later{random.randint(0, 9)}"] = random.choice((None, 5, "text", ["a"], {"b": {"c": 1}}))
    return allocation


_VPN = {"address": "https://vpn.example:8080", "auth_key": "0123456789-abcdef", "connected": False}


def _networks(random: Random, role: str) -> List[Dict[str, Any]]:
    vrfs = random.sample(range(1, 2**24), 6)
    kinds = ["privateprimaryunshared"]
    kinds += ["privatesecondaryshared"] * random.choice((0, 0, 1, 2)) + ["external"] * random.choice((0, 1, 1, 2))
    networks = [_network(random, kind, vrf) for kind, vrf in zip(kinds, vrfs)]
    if role == "firewall":
        networks.append(_network(random, "underlay", 0))
    routing = networks[-1] if role == "firewall" else networks[0]
    if random.random() < 0.2 and len(networks) > 1:
        routing["asn"] = random.choice((0, None))
        next(network for network in networks if network is not routing)["asn"] = 4200003073
    if not routing["ips"]:
        routing["ips"] = ["10.0.17.2"]
    random.shuffle(networks)
    return networks


def _network(random: Random, kind: str, vrf: int) -> Dict[str, Any]:
    prefixes = [_prefix(random) for _ in range(random.randint(1, 3))]
    spelling = random.choice(_TYPES[kind])
    network = {
        "asn": random.choice((1, 65535, 65536, 4200003073, 4294967295, "4200000011")),
        "destinationprefixes": random.choice((None, [], ["0.0.0.0/0"], ["::/0", "0.0.0.0/0"], ["100.127.1.0/24"])),
        "ips": [str(prefix[random.randrange(min(prefix.num_addresses, 2**20))]) for prefix in prefixes],
        "nat": random.choice((True, False)),
        "networkid": random.choice(("internet", f"net-{vrf}", 'a "b" % #', None)),
        "networktype": spelling,
        "prefixes": [str(prefix) for prefix in prefixes],
        "private": kind.startswith("private"),
        "projectid": "f9a3c2d1-0000-4000-8000-000000000001",
        "underlay": kind == "underlay",
        "vrf": random.choice((vrf, str(vrf))),
    }
    if random.random() < 0.2:
        network["networktypev2"] = spelling
        network["networktype"] = random.choice((None, "", "NETWORK_TYPE_UNSPECIFIED", 0))
    if random.random() < 0.2:
        network["nattypev2"] = random.choice(("ipv4-masq", "none", "NAT_TYPE_NONE", 2, None, ""))
        network["nat"] = random.choice((None, True))
    return network


def _rules(random: Random) -> Dict[str, Any]:
    def rule() -> Dict[str, Any]:
        return {
            "comment": random.choice(_COMMENTS),
            "protocol": random.choice((None, "", "tcp", "UDP", "IP_PROTOCOL_TCP", 2)),
            "ports": random.choices(_PORTS, k=random.randint(0, 4)),
            "to": [str(_prefix(random)) for _ in range(random.randint(0, 3))],
        }

    return {
        "egress": [rule() for _ in range(random.randint(0, 3))],
        "ingress": [
            {**rule(), "from": [str(_prefix(random)) for _ in range(random.randint(0, 3))]}
            for _ in range(random.randint(0, 3))
        ],
    }


def _address(random: Random) -> Any:
    if random.random() < 0.6:
        return ipaddress.IPv4Address(random.randrange(2**24, 224 * 2**24))
    return ipaddress.IPv6Address(random.randrange(0x2000 << 112, 0x4000 << 112))


def _prefix(random: Random) -> Any:
    address = _address(random)
    return ipaddress.ip_network((address, random.randint(0, address.max_prefixlen)), strict=False)


def _mac(random: Random) -> str:
    return ":".join(f"{random.randrange(256):02x}" for _ in range(6))


class Faulty(NamedTuple):
    allocation: Allocation
    field: str
    """What has to be named."""
    shown: Optional[str]
    """The value, as it has to be shown; None where there is none to show."""
    kept_secret: str
    """What must not be shown."""
    is_in_schema: bool
    """Whether the schema says that this is wrong. What depends on other fields, it can't."""


Fault = Callable[[Random, Allocation], Optional[Tuple[str, Optional[str]]]]
"""Makes one thing wrong. Returns the field and the value to be shown; None if this allocation cannot have that fault."""


def with_one_fault(random: Random) -> Faulty:
    while True:
        allocation = copy.deepcopy(valid(random))
        fault, is_in_schema = random.choice(_FAULTS)
        told = fault(random, allocation)
        if told:
            secret = allocation["password"] if told[0] == "password" and allocation.get("password") else ""
            secret = allocation["vpn"]["auth_key"] if told[0] == "vpn.auth_key" else secret
            return Faulty(allocation, *told, secret if isinstance(secret, str) else "", is_in_schema)


def _missing(name: str) -> Fault:
    def fault(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
        allocation[name] = None
        if random.random() < 0.5:
            del allocation[name]
        return name, None

    return fault


def _replaced(name: str, *values: Any, secret: bool = False) -> Fault:
    def fault(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
        value = random.choice(values)
        allocation[name] = value
        return name, None if secret else _shown(value)

    return fault


def _in_network(name: str, *values: Any, only: Sequence[str] = ()) -> Fault:
    def fault(random: Random, allocation: Allocation) -> Optional[Tuple[str, Optional[str]]]:
        if only and not allocation["role"].lower().endswith(tuple(only)):
            return None
        index = random.randrange(len(allocation["networks"]))
        if only and allocation["networks"][index]["underlay"]:
            return None
        value = random.choice(values)
        allocation["networks"][index][name] = value
        return f"networks[{index}].{name}", _shown(value)

    return fault


def _in_list_of_network(name: str, *values: Any) -> Fault:
    def fault(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
        index = random.randrange(len(allocation["networks"]))
        network = allocation["networks"][index]
        listed = list(network[name] or [])
        position = random.randint(0, len(listed))
        value = random.choice(values)
        network[name] = [*listed[:position], value, *listed[position:]]
        return f"networks[{index}].{name}[{position}]", _shown(value)

    return fault


def _in_nic(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    index = random.randrange(len(allocation["nics"]))
    value = random.choice((None, 5, "", "00:03:00:11:11", "00:03:00:11:11:0g", "lan0", "00:03:00:11:11:01\n"))
    allocation["nics"][index]["mac"] = value
    return f"nics[{index}].mac", _shown(value)


def _same_mac(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    mac = allocation["nics"][0]["mac"].upper()
    allocation["nics"].append({"mac": mac})
    return f"nics[{len(allocation['nics']) - 1}].mac", repr(mac)


def _in_rule(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    rule = {"ports": [443], "to": ["10.0.0.0/8"], "from": ["0.0.0.0/0"]}
    direction = random.choice(("egress", "ingress"))
    name, value = random.choice(
        (
            ("ports", 65536),
            ("ports", -1),
            ("ports", "https"),
            ("to", "10.0.0.0/33"),
            ("to", "all"),
            ("to", 10),
            ("protocol", "icmp"),
            ("protocol", 3),
            ("protocol", ["tcp"]),
        )
    )
    is_listed = name != "protocol"
    rule[name] = [*rule[name], value] if is_listed else value
    allocation["firewall_rules"] = {direction: [rule]}
    return f"firewall_rules.{direction}[0].{name}" + ("[1]" if is_listed else ""), _shown(value)


def _in_server(name: str, field: str, *values: Any) -> Fault:
    def fault(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
        value = random.choice(values)
        allocation[name] = [{field: "192.0.2.1"}, {field: value}]
        return f"{name}[1].{field}", _shown(value)

    return fault


def _no_primary(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    for network in allocation["networks"]:
        if not network["underlay"]:
            network["networktype"] = "external"
    return "networks", None


def _no_underlay(random: Random, allocation: Allocation) -> Optional[Tuple[str, Optional[str]]]:
    if not allocation["role"].lower().endswith("firewall"):
        return None
    allocation["networks"] = [network for network in allocation["networks"] if not network["underlay"]]
    return "networks", None


def _no_asn(random: Random, allocation: Allocation) -> Optional[Tuple[str, Optional[str]]]:
    for network in allocation["networks"]:
        network["asn"] = 0
    return f"networks[{_routing(allocation)}].asn", "0"


def _no_address(random: Random, allocation: Allocation) -> Optional[Tuple[str, Optional[str]]]:
    index = _routing(allocation)
    allocation["networks"][index]["ips"] = random.choice(([], None))
    return f"networks[{index}].ips", None


def _vrf_of_another_type(random: Random, allocation: Allocation) -> Optional[Tuple[str, Optional[str]]]:
    networks = allocation["networks"]
    if not allocation["role"].lower().endswith("firewall"):
        return None
    networks.append({**networks[_primary(allocation)], "networktype": "external", "networktypev2": None, "vrf": 77})
    networks[_primary(allocation)]["vrf"] = "77"
    return f"networks[{len(networks) - 1}].vrf", "77"


def _secret_in_vpn(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    allocation["vpn"] = {"address": "https://vpn.example", "auth_key": random.choice(("vpn-secret with-space", "vpn-secret\nof-two-lines"))}
    return "vpn.auth_key", None


def _wrong_vpn(random: Random, allocation: Allocation) -> Tuple[str, Optional[str]]:
    value = random.choice((None, "", "https://vpn.example/a b", 5))
    allocation["vpn"] = {"address": value, "auth_key": "0123456789-abcdef"}
    return "vpn.address", None


def _primary(allocation: Allocation) -> int:
    kinds = _TYPES["privateprimaryunshared"]
    for index, network in enumerate(allocation["networks"]):
        if network["networktype"] in kinds or network.get("networktypev2") in kinds:
            return index
    raise AssertionError("there is none")


def _routing(allocation: Allocation) -> int:
    if allocation["role"].lower().endswith("firewall"):
        return next(index for index, network in enumerate(allocation["networks"]) if network["underlay"])
    return _primary(allocation)


def _shown(value: Any) -> Optional[str]:
    if value is None or value == "":
        return None
    return {list: "a list", dict: "a mapping"}.get(type(value)) or repr(value)


_NO_ADDRESSES = ("10.0.0.256", "10.0.0.1/32", "::g", "localhost", "1.2.3", 10, "fe80::1%lan0", "10.0.0.01", "1.2.3.4\n", [])
_NO_PREFIXES = ("10.0.0.0/33", "::/129", "default", "10.0.0/8", 10, "10.0.0.0/8/8", "10.0.0.0/ 8", "1.2.3.4\n", {})
_FAULTS: Sequence[Tuple[Fault, bool]] = (
    *((_missing(name), True) for name in ("hostname", "role", "networks", "nics", "password", "console")),
    (_replaced("hostname", 5, ["a"], {}, True), True),
    (_replaced("hostname", "a b", "a;b", "-a", "a..b", "a\nb", "a" * 64 + ".b", "é"), False),
    (_replaced("role", "router", "MACHINE_ALLOCATION_TYPE_ROUTER", 3, ["machine"], True), True),
    (_replaced("sshpublickey", 5, {"a": 1}), True),
    (_replaced("password", 12345678, ["secret-secret"], {"a": "secret"}, True, secret=True), True),
    (_replaced("password", "first line\nsecond line", "p" * 600, secret=True), False),
    (_replaced("console", 5, ["ttyS0"], {}), True),
    (_replaced("raidenabled", "yes", 1, [], "true"), True),
    (_replaced("root_uuid", "x y", 5, "543eb7f8\n", "/dev/sda"), True),
    (_replaced("machineuuid", "x; y", 5, [], "../.."), True),
    (_replaced("networks", {}, "a", 5), True),
    (_replaced("nics", {}, "lan0", 5), True),
    (_replaced("firewall_rules", [], "all", 5), True),
    (_replaced("vpn", "key", ["key"]), True),
    (_replaced("dns_servers", "192.0.2.1", {"ip": "192.0.2.1"}), True),
    (_replaced("ntp_servers", "192.0.2.1", {"address": "192.0.2.1"}), True),
    (_in_network("asn", -1, 2**32, "AS65000", True, 1.5, [1]), False),
    (_in_network("vrf", -1, 2**64, "blue", True, [1]), False),
    (_in_network("vrf", 2**24, "16777216", 2**32, only=("firewall",)), False),
    (_in_network("networktype", "secret", "NETWORK_TYPE_SECRET", 7, -1, ["external"], True), True),
    (_in_network("nattypev2", "pat", 3, ["none"]), True),
    (_in_network("nat", "no", 0, []), True),
    (_in_network("private", "yes", 1, {}), True),
    (_in_network("underlay", "yes", 0, []), True),
    (_in_network("networkid", 5, "a\n[Match]", []), True),
    (_in_network("ips", "10.0.0.1", 5, {}), True),
    (_in_network("prefixes", "10.0.0.0/8", {}), True),
    (_in_network("destinationprefixes", "0.0.0.0/0", {}), True),
    (_in_list_of_network("ips", *_NO_ADDRESSES), True),
    (_in_list_of_network("prefixes", *_NO_PREFIXES), True),
    (_in_list_of_network("destinationprefixes", *_NO_PREFIXES), True),
    (_in_nic, True),
    (_same_mac, False),
    (_in_rule, True),
    (_in_server("dns_servers", "ip", "dns.example", 5, "", None, "192.0.2.256"), True),
    (_in_server("ntp_servers", "address", "a b", "a_b;", 5, "", None), True),
    (_no_primary, False),
    (_no_underlay, False),
    (_no_asn, False),
    (_no_address, False),
    (_vrf_of_another_type, False),
    (_secret_in_vpn, True),
    (_wrong_vpn, False),
)
