"""Public keys by which people get in over ssh: the lines of an authorized_keys file."""

import base64
import binascii
import re
from typing import List, Optional, Tuple

from metal_installer.document import Document

_TYPE = re.compile(r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa|webauthn-sk)-[A-Za-z0-9@.-]+")
_TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_OUTDATED_TYPE = "ssh-dss"
_CERTIFICATE = "-cert-v0"
_OPTIONS = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+')
"""What stands before a key, without a space outside of quotation marks."""
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CHARACTERS_TO_SHOW = 40


def read_keys(document: Document) -> Tuple[str, ...]:
    """The keys, one a line or in a list, as they stand there; without blank lines and comments. None is allowed."""
    parts = document.items() if isinstance(document.value, list) else [document]
    return tuple(key for part in parts for key in _keys_of(part))


def _keys_of(document: Document) -> List[str]:
    if document.is_absent() or isinstance(document.value, str) and not document.value.strip():
        return []
    keys: List[str] = []
    for number, line in enumerate(document.lines().split("\n"), start=1):
        key = line.strip("\ufeff \t\r")
        if not key or key.startswith("#"):
            continue
        problem = _problem(key)
        if problem:
            document.fail(f"line {number} is no ssh public key: {problem}")
        remark = _remark(key)
        if remark:
            document.warn(f"line {number}: {remark}")
        keys.append(key)
    if not keys:
        document.warn("has no key, only comments")
    return keys


def _problem(line: str) -> Optional[str]:
    if "PRIVATE KEY" in line:
        # Which nobody should have sent, and which is not shown either.
        return "it is of a private key; what belongs there is in the file whose name ends in .pub"
    if _CONTROL_CHARACTER.search(line):
        return "it has a control character"
    fields = _fields(line)
    if fields is None:
        return f"{_shown(line)}; it has to be a type, a key in base64 and maybe a comment, like: ssh-ed25519 AAAAC3… joe"
    name, key = fields
    try:
        blob = base64.b64decode(key.encode("utf-8"), validate=True)
    except binascii.Error:
        return f"the key of type {name} is not base64; was it cut off or wrapped?"
    if len(blob) < 4 or blob[4 : 4 + int.from_bytes(blob[:4], "big")] != name.encode("utf-8"):
        return f"what follows the type {name} is a key of another type, or none"
    if _CERTIFICATE not in name and not _is_whole(blob):
        return f"the key of type {name} was cut off"
    return None


def _remark(line: str) -> Optional[str]:
    fields = _fields(line)
    assert fields is not None
    name, _ = fields
    if _CERTIFICATE in name:
        return "is a certificate, which lets nobody in here; sshd takes its authority's key with the option cert-authority"
    if name == _OUTDATED_TYPE:
        return f"is of type {name}, which sshd no longer takes"
    if name not in _TYPES:
        return f"is of type {name}, which sshd may not know"
    return None


def _fields(line: str) -> Optional[Tuple[str, str]]:
    """The type and the key. Options may stand before them; they are sshd's matter."""
    words = line.split(None, 2)
    if not _TYPE.fullmatch(words[0]):
        options = _OPTIONS.match(line)
        if not options:
            return None
        words = line[options.end() :].split(None, 2)
    if len(words) < 2 or not _TYPE.fullmatch(words[0]):
        return None
    return words[0], words[1]


def _is_whole(blob: bytes) -> bool:
    """Whether the blob ends where the last of its fields ends. Each begins with its length."""
    position = 0
    while position < len(blob):
        position += 4 + int.from_bytes(blob[position : position + 4], "big")
    return position == len(blob)


def _shown(line: str) -> str:
    return repr(line if len(line) <= _CHARACTERS_TO_SHOW else line[:_CHARACTERS_TO_SHOW] + "…")
