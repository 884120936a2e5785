"""Reads YAML so that an error names the file, the field and its value, and says what belongs there."""

import re
from pathlib import Path
from typing import Any, Dict, List, NoReturn, Optional, Sequence

import yaml

from metal_installer.console import conceal
from metal_installer.errors import InputError
from metal_installer.schema import hint_for

_SECRET_FIELDS = ("authKey", "auth_key", "password", "passwordHash")
_QUOTED = re.compile(r"""(['"]).{2,}\1""", re.DOTALL)
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
_LONGEST_VALUE_TO_SHOW = 80
_ANY_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as its writer means it, a Go program: a MAC address of digits is no number to base 60, `on` no truth."""

    yaml_implicit_resolvers: Dict[str, Any] = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789")


class _Repetition(yaml.constructor.ConstructorError):  # type: ignore[misc]
    """A field is there twice."""


def _mapping_without_repetition(loader: yaml.Loader, node: yaml.MappingNode) -> Dict[Any, Any]:
    names = [name.value for name, _ in node.value]
    for name in names:
        if names.count(name) > 1:
            raise _Repetition(None, None, f"{name!r} is there twice", node.start_mark)
    mapping: Dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping_without_repetition)


def yaml_problem(error: yaml.YAMLError) -> str:
    """What is wrong with a YAML file, and where; without what stands there, which may be a secret."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read")
    if not isinstance(error, _Repetition):
        problem = _QUOTED.sub("\u2026", problem)
    mark = getattr(error, "problem_mark", None)
    return f"is not YAML: {problem}" + (f" in line {mark.line + 1}, column {mark.column + 1}" if mark else "")


class Document:
    """A value in a file, which knows where it stands. What a method cannot read as asked raises an InputError."""

    def __init__(
        self, file: str, field: str, value: Any, is_secret: bool = False, warnings: Optional[List[str]] = None
    ) -> None:
        self.file = file
        self.field = field
        self.value = value
        self.is_secret = is_secret
        """Whether messages have to leave the value out."""
        self.warnings: List[str] = [] if warnings is None else warnings
        """What is odd in the file, though it can be carried out: of all the documents that come from one."""
        if is_secret and isinstance(value, str):
            conceal(value)

    @classmethod
    def read(cls, path: Path, warnings: Optional[List[str]] = None) -> "Document":
        """Reads a YAML file, which has to hold a mapping."""
        try:
            value = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        except FileNotFoundError:
            raise InputError(str(path), "", "there is no such file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(str(path), "", f"cannot be read: {error}") from error
        except yaml.YAMLError as error:
            raise InputError(str(path), "", yaml_problem(error)) from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # So does PyYAML end with a value that is not what its tag says, and with one of a thousand levels.
            raise InputError(str(path), "", "is not YAML: a value does not fit its tag, or is nested too deep") from error
        return cls(str(path), "", value, warnings=warnings).mapping()

    def fail(self, problem: str, hint: str = "") -> NoReturn:
        """The hint is by default what the file's schema says of the field."""
        hint = hint or hint_for(self.file, self.field)
        raise InputError(self.file, self.field, f"{problem}\n  hint: {hint}" if hint else problem)

    def reject(self, problem: str, hint: str = "") -> NoReturn:
        """Fails because of the value, and shows it."""
        self.fail(f"{self.shown()} {problem}", hint)

    def warn(self, problem: str) -> None:
        self.warnings.append(f"{self.file}: {self.field}: {problem}" if self.field else f"{self.file}: {problem}")

    def mapping(self) -> "Document":
        if not isinstance(self.value, dict):
            self.fail(f"has to be a mapping, not {self.shown()}")
        return self

    def get(self, name: str) -> "Document":
        """The field of that name. It may be absent: see is_absent()."""
        field = f"{self.field}.{name}" if self.field else name
        return self._part(field, self.mapping().value.get(name), name in _SECRET_FIELDS)

    def is_absent(self) -> bool:
        return self.value is None

    def present(self) -> "Document":
        if self.is_absent():
            self.fail("is missing")
        return self

    def text(self) -> str:
        """A string in one line, not empty."""
        value = self.lines()
        if _ANY_CONTROL_CHARACTER.search(value):
            self.fail("has a line break or a control character" + ("" if self.is_secret else f": {self.shown()}"))
        return value

    def lines(self) -> str:
        """A string, not empty."""
        value = self.present().value
        if not isinstance(value, str):
            self.fail(f"has to be a string, not {self.shown()}")
        if not value.strip():
            self.fail("is empty")
        return value

    def optional_text(self) -> Optional[str]:
        return None if self.is_absent() or self.value == "" else self.text()

    def one_of(self, choices: Sequence[str]) -> str:
        value = self.text()
        if value not in choices:
            self.reject(f"is unknown; known are {', '.join(choices)}")
        return value

    def integer(self, lowest: int, highest: int) -> int:
        """A whole number. In quotes, too, as protobuf writes those of 64 bits."""
        value = self.present().value
        if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(f"has to be a whole number, not {self.shown()}")
        if not lowest <= value <= highest:
            self.reject(f"is not between {lowest} and {highest}")
        return value

    def truth(self) -> bool:
        """true or false; false when absent."""
        if self.is_absent():
            return False
        if not isinstance(self.value, bool):
            self.fail(f"has to be true or false, not {self.shown()}")
        return self.value

    def items(self) -> "List[Document]":
        """The elements of a list, none when absent."""
        if self.is_absent():
            return []
        if not isinstance(self.value, list):
            self.fail(f"has to be a list, not {self.shown()}")
        return [self._part(f"{self.field}[{index}]", value) for index, value in enumerate(self.value)]

    def shown(self) -> str:
        """The value, as a message may show it."""
        if self.value is None:
            return "nothing"
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.is_secret:
            return "what is there"
        text = repr(self.value)
        return text if len(text) <= _LONGEST_VALUE_TO_SHOW else f"{text[:_LONGEST_VALUE_TO_SHOW]}…"

    def _part(self, field: str, value: Any, is_secret: bool = False) -> "Document":
        return type(self)(self.file, field, value, self.is_secret or is_secret, self.warnings)
