"""The console: where the installer says what it does, and where no secret may appear."""

import json
import sys
from typing import List
from urllib.parse import quote

_SHORTEST_SECRET = 6
"""What is shorter stands in too many words that are none."""
_LEFT_OUT = "(left out)"

_secrets: List[str] = []


def say(message: str) -> None:
    print(f"install.sh: {without_secrets(message)}", flush=True)


def complain(message: str) -> None:
    print(f"install.sh: {without_secrets(message)}", file=sys.stderr, flush=True)


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
