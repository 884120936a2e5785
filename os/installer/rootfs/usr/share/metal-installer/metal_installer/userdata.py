"""What the owner of the machine wants on it: userdata, for cloud-init or for ignition.

cloud-init does its work when the machine boots, ignition does it now.
"""

import base64
import binascii
import json
import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple, Optional, Tuple

from metal_installer import cloudinit, commands, provisioner
from metal_installer.document import Document
from metal_installer.errors import InputError
from metal_installer.files import File, remove, write
from metal_installer.ignition_plan import Plan, carry_out, make_plan

USERDATA = Path("/etc/metal/userdata")
"""cloud-init takes it from here, if it is there."""
CONFIG_IGN = Path("/etc/metal/config.ign")

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_LARGEST = 64 * 2**20
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
_HINT = (
    "cloud-init's begins with a line like #cloud-config or #!/bin/sh, or is MIME; ignition's is JSON. "
    "What is written for butane or ct has to be translated first"
)


class Userdata(NamedTuple):
    """None, for cloud-init, or for ignition."""

    for_cloud_init: Optional[str] = None
    """What takes the place of the file; empty if it is good as it is."""
    plan: Optional[Plan] = None
    warnings: Tuple[str, ...] = ()


def read_userdata(path: Path = USERDATA, kept: Path = CONFIG_IGN) -> Userdata:
    """Reads and checks userdata. Where ignition had its turn before, what it got then."""
    source = path if path.exists() else kept
    if not source.exists():
        return Userdata()
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InputError(str(source), "", f"cannot be read: {error}") from error
    document = Document(str(source), "", None)
    text = _text(document, content)
    if not text.strip("\ufeff \t\r\n\0"):
        return Userdata()
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _for_ignition(document, text)
    normalized = cloudinit.normalized(text)
    if normalized is None:
        decoded = _from_base64(text)
        if decoded is None:
            document.fail(f"is neither for cloud-init nor for ignition; {_HINT}")
        document.warn("is in base64, and is decoded")
        return _decoded(document, decoded)
    return _for_cloud_init(document, content, text, normalized)


def apply_userdata(userdata: Userdata) -> None:
    if userdata.for_cloud_init is not None:
        if userdata.for_cloud_init:
            write([File(str(USERDATA), userdata.for_cloud_init, mode=0o600)])
        USERDATA.chmod(0o600)
    elif userdata.plan is None:
        # Empty userdata would make cloud-init start for nothing.
        remove(USERDATA)
    else:
        if USERDATA.exists():
            os.replace(str(USERDATA), str(CONFIG_IGN))
        CONFIG_IGN.chmod(0o600)
        carry_out(userdata.plan)


def _decoded(document: Document, content: bytes) -> Userdata:
    text = _text(document, content)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _for_ignition(document, text)
    normalized = cloudinit.normalized(text)
    if normalized is None:
        document.fail(f"is neither for cloud-init nor for ignition, once it is decoded; {_HINT}")
    return _for_cloud_init(document, b"", text, normalized)


def _for_cloud_init(document: Document, content: bytes, text: str, normalized: str) -> Userdata:
    if not commands.find("cloud-init"):
        document.fail("is meant for cloud-init, which this image lacks")
    if normalized != text:
        document.warn("is put right for cloud-init, which knows userdata by its very beginning")
    cloudinit.check(document, normalized)
    # Compressed, cloud-init takes it, too.
    as_it_is = normalized == text and content != b""
    return Userdata(for_cloud_init="" if as_it_is else normalized, warnings=tuple(document.warnings))


def _for_ignition(document: Document, text: str) -> Userdata:
    try:
        value = json.loads(text.strip("\ufeff \t\r\n\0"))
    except ValueError as error:
        document.fail(f"is no JSON for ignition: {error}")
    except RecursionError:
        document.fail("is no JSON for ignition: it is nested too deep")
    configuration = Document(document.file, "", value, warnings=document.warnings).mapping()
    if provisioner.program() is None:
        document.fail("is meant for ignition, which this image lacks")
    plan = make_plan(configuration)
    return Userdata(plan=plan, warnings=tuple(dict.fromkeys(document.warnings)))


def _text(document: Document, content: bytes) -> str:
    if content.startswith(_GZIP):
        content = _uncompressed(document, content)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        document.fail(f"is no text in UTF-8: {error.reason} at byte {error.start}; {_HINT}")


def _uncompressed(document: Document, content: bytes) -> bytes:
    """Not more of it than anybody could mean."""
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        result = stream.decompress(content, _LARGEST)
    except zlib.error as error:
        document.fail(f"is no gzip, though it begins so: {error}")
    if stream.unconsumed_tail:
        document.fail(f"is larger than {_LARGEST >> 20} MiB when it is uncompressed")
    if not stream.eof:
        document.fail("is gzip that was cut off")
    return result


def _from_base64(text: str) -> Optional[bytes]:
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return None
