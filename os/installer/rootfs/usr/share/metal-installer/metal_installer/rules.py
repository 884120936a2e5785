"""What a firewall lets through, as its allocation says."""

from typing import List, NamedTuple, Optional, Tuple

from metal_installer.addresses import Prefix, read_prefix
from metal_installer.document import Document
from metal_installer.enumerations import UNSPECIFIED, read_enumerated

_PROTOCOLS = (UNSPECIFIED, "tcp", "udp")
"""As protobuf numbers them."""
_DEFAULT_PROTOCOL = "tcp"


class Rule(NamedTuple):
    """Egress rules have no sources; ingress rules may have no destinations."""

    comment: str
    protocol: str
    ports: Tuple[int, ...]
    sources: Tuple[Prefix, ...]
    destinations: Tuple[Prefix, ...]


def read_egress(document: Document) -> Tuple[Rule, ...]:
    return _read(document, "to", None)


def read_ingress(document: Document) -> Tuple[Rule, ...]:
    return _read(document, "from", "to")


def _read(document: Document, required: str, optional: Optional[str]) -> Tuple[Rule, ...]:
    rules: List[Rule] = []
    for rule in document.items():
        prefixes = _prefixes(rule.get(required))
        others = _prefixes(rule.get(optional)) if optional else ()
        ports = tuple(port.integer(0, 65535) for port in rule.get("ports").items())
        protocol = _protocol(rule.get("protocol"))
        comment = rule.get("comment")
        if not comment.is_absent() and not isinstance(comment.value, str):
            comment.lines()
        for name, values in ((required, prefixes), ("ports", ports)):
            if not values:
                rule.get(name).warn("is empty: the rule lets nothing through")
        if prefixes and others and {p.version for p in prefixes}.isdisjoint({p.version for p in others}):
            rule.warn(f"has no prefix of the same IP version in {required} and {optional}: it lets nothing through")
        elif prefixes and ports:
            sources, destinations = (prefixes, others) if optional else ((), prefixes)
            rules.append(Rule(" ".join((comment.value or "").split()), protocol, ports, sources, destinations))
    return tuple(rules)


def _prefixes(document: Document) -> Tuple[Prefix, ...]:
    return tuple(read_prefix(prefix) for prefix in document.items())


def _protocol(document: Document) -> str:
    name = read_enumerated(document, "IP_PROTOCOL_", _PROTOCOLS, _PROTOCOLS)
    return _DEFAULT_PROTOCOL if name == UNSPECIFIED else name
