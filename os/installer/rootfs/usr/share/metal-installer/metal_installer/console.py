"""The console: where the installer says what it does, and where no secret may appear."""

import json
import sys
from typing import IO, List
from urllib.parse import quote

_SHORTEST_SECRET = 6
"""What is shorter stands in too many words that are none."""
_LEFT_OUT = "(left out)"

_secrets: List[str] = []


def say(message: str) -> None:
    _write(sys.stdout.buffer, message)


def complain(message: str) -> None:
    _write(sys.stderr.buffer, message)


def conceal(secret: str) -> None:
    """Keeps a value out of all that is said from now on: what programs say of their own, too."""
    for form in (secret, *secret.splitlines(), repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret)):
        form = form.strip()
        if len(form) >= _SHORTEST_SECRET and form not in _secrets:
            _secrets.append(form)


def without_secrets(message: str) -> str:
    # A secret may be a part of another.
    for secret in sorted(_secrets, key=len, reverse=True):
        message = message.replace(secret, _LEFT_OUT)
    return message


def _write(stream: IO[bytes], message: str) -> None:
    # Whatever the locale is: in C an old Python has no letter beyond ASCII.
    stream.write(f"install.sh: {without_secrets(message)}\n".encode("utf-8", "backslashreplace"))
    stream.flush()
