"""How the installer says that it cannot go on."""


class InstallError(Exception):
    """The installation cannot go on. The text says why, for the person at the console."""


class InputError(InstallError):
    """The input is wrong; nothing has been changed yet."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        super().__init__(f"{file}: {field}: {problem}" if field else f"{file}: {problem}")
