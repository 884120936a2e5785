"""IP addresses and prefixes, as everybody reads them: Python's own readers differ from version to version."""

import ipaddress
import re
from typing import Union

from metal_installer.document import Document

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Prefix = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_LEADING_ZERO = re.compile(r"(?:^|\.)0[0-9]+(?=\.[0-9]+|/|$)")


def read_address(document: Document) -> Address:
    text = document.text()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        document.reject("is not an IP address")
    if "%" in text:
        document.reject("is bound to an interface")
    if _LEADING_ZERO.search(text):
        document.reject("is not an IP address: it may be meant in octal")
    return address


def read_prefix(document: Document) -> Prefix:
    """Bits behind the prefix's length are dropped, as everybody else does."""
    text = document.text()
    try:
        prefix = ipaddress.ip_network(text, strict=False)
    except ValueError:
        document.reject("is not a prefix")
    if "%" in text or _LEADING_ZERO.search(text.partition("/")[0]):
        document.reject("is not a prefix")
    return prefix
