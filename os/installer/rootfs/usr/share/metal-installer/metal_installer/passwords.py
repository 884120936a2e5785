"""The password for the console."""

from metal_installer.document import Document

_LONGEST = 511
"""What crypt(3) takes."""
_ENDS_THE_LINE = ("\n", "\r", "\0")
"""chpasswd reads lines."""


def read_password(document: Document) -> str:
    """The password as it is, whatever characters it has. Empty: none."""
    if document.value == "":
        document.warn("is empty: nobody can log in by a password, on the console or elsewhere")
        return ""
    password = document.present().value
    if not isinstance(password, str):
        document.fail(f"has to be a string, not {document.shown()}")
    if any(character in password for character in _ENDS_THE_LINE):
        document.fail("has a line break, which nobody could type")
    if len(password.encode("utf-8", errors="surrogatepass")) > _LONGEST:
        document.fail(f"is longer than {_LONGEST} bytes")
    return password
