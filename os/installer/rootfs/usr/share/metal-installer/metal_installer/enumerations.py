"""Values of protobuf's enumerations, in all the spellings that they come in."""

from typing import Collection, Sequence

from metal_installer.document import Document

UNSPECIFIED = "unspecified"


def read_enumerated(document: Document, prefix: str, names: Collection[str], numbered: Sequence[str]) -> str:
    """One of `names`, by its short name, by protobuf's (which has a prefix), or by its number; unspecified if absent."""
    if document.is_absent() or document.value == "":
        return UNSPECIFIED
    if isinstance(document.value, int) and not isinstance(document.value, bool):
        return numbered[document.integer(0, len(numbered) - 1)]
    text = document.text()
    short = text[len(prefix) :] if text.upper().startswith(prefix) else text
    name = short.lower().replace("_", "-")
    if name not in names:
        document.reject(f"is unknown; known are {', '.join(sorted(set(names) - {UNSPECIFIED}))}")
    return name
