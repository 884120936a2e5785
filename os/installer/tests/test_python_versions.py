"""The installer's sources run on Python 3.6, which no archive in reach has: they are read, not run, by its rules.

`ast` knows the syntax of 3.6. What it does not know is held against lists: the modules and names that may be imported, and
the attributes and arguments that came later. One that is missing in the first list is looked up and put in; it has to be
in the library reference of 3.6.
"""

import ast
import re
import unittest
from pathlib import Path
from typing import Iterator, List

_SOURCES = Path(__file__).resolve().parent.parent / "rootfs"
_OLDEST = (3, 6)

_OUR_OWN = ("metal_installer", "jinja2", "yaml")
_MODULES = frozenset(
    "ast base64 binascii codecs email.message email.parser email.policy errno fcntl fnmatch gettext grp gzip hashlib io "
    "ipaddress itertools json os os.path pwd re resource select shlex shutil signal socket ssl stat string struct "
    "subprocess sys syslog tempfile textwrap threading time traceback typing urllib.error urllib.parse urllib.request "
    "uuid zlib".split()
)
_NAMES_OF_TYPING = frozenset(
    "Any Callable Collection Dict FrozenSet Generic IO Iterable Iterator List Mapping NamedTuple NoReturn Optional Pattern Sequence Set "
    "Tuple Type TypeVar Union".split()
)
_NEWER_ATTRIBUTES = frozenset(
    # Of strings and numbers.
    "removeprefix removesuffix isascii as_integer_ratio bit_count "
    # Of paths.
    "is_relative_to readlink hardlink_to with_stem link_to is_mount is_junction "
    # Of addresses.
    "subnet_of supernet_of scope_id "
    # Of modules.
    "fromisoformat UTC Pattern Match cache cached_property singledispatchmethod nullcontext chdir aclosing time_ns "
    "monotonic_ns perf_counter_ns process_time_ns thread_time thread_time_ns prod dist comb isqrt lcm nextafter pairwise "
    "batched unparse get_source_segment randbytes get_native_id memfd_create posix_spawn pidfd_open pidfd_send_signal "
    "waitstatus_to_exitcode copy_file_range eventfd splice raise_signal strsignal valid_signals create_server "
    "has_dualstack_ipv6 unraisablehook create_task get_running_loop orig_argv stdlib_module_names file_digest "
    "breakpointhook".split()
)
_NEWER_METHODS_OF_MODULES = frozenset({("shlex", "join"), ("asyncio", "run")})
_NEWER_ARGUMENTS = frozenset(
    "capture_output text missing_ok dirs_exist_ok usedforsecurity ignore_cleanup_errors delete_on_close root_dir pipesize "
    "process_group user group extra_groups umask onexc case_sensitive".split()
)
_CALLS_THAT_MAY_HAVE = {"user": "Popen run", "group": "Popen run", "umask": "Popen run", "text": "Popen run check_output"}
"""Arguments with names that others use, too: they are newer only with these functions."""
_BUILTIN_COLLECTIONS = frozenset("dict frozenset list set tuple type".split())
_NAMED_VALUE = re.compile(r"\{[\w.\[\]()'\"]+=(?:![rsa])?(?::[^{}]*)?\}")


def faults(source: str) -> List[str]:
    """What Python 3.6 would not take."""
    try:
        tree = ast.parse(source, feature_version=_OLDEST)
    except SyntaxError as error:
        return [f"line {error.lineno}: {error.msg}"]
    return [f"line {getattr(node, 'lineno', 0)}: {fault}" for node in ast.walk(tree) for fault in _of(node, source)]


def _of(node: ast.AST, source: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"import {alias.name}" for alias in node.names if not _is_known(alias.name))
    elif isinstance(node, ast.ImportFrom):
        yield from _of_import(node)
    elif isinstance(node, ast.Attribute):
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr in _NEWER_ATTRIBUTES and (module, node.attr) != ("os", "readlink"):
            yield f".{node.attr}"
        if (module, node.attr) in _NEWER_METHODS_OF_MODULES:
            yield f"{module}.{node.attr}"
    elif isinstance(node, ast.Call):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for keyword in node.keywords:
            only_with = _CALLS_THAT_MAY_HAVE.get(keyword.arg or "", "").split()
            if keyword.arg in _NEWER_ARGUMENTS and (not only_with or function in only_with):
                yield f"{function}({keyword.arg}=)"
        if function == "breakpoint":
            yield "breakpoint()"
    elif isinstance(node, ast.Subscript):
        if isinstance(node.value, ast.Name) and node.value.id in _BUILTIN_COLLECTIONS:
            yield f"{node.value.id}[]"
        if isinstance(node.value, ast.Attribute) and node.value.attr in ("Popen", "CompletedProcess", "PathLike"):
            yield f"{node.value.attr}[]"
    elif isinstance(node, ast.JoinedStr):
        if _NAMED_VALUE.search(ast.get_source_segment(source, node) or ""):
            yield "= in a formatted string"
    elif isinstance(node, (ast.AnnAssign, ast.arg)):
        yield from _of_annotation(node.annotation)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from _of_annotation(node.returns)


def _of_import(node: ast.ImportFrom) -> Iterator[str]:
    module = node.module or ""
    for alias in node.names:
        if module == "typing" and alias.name in _NAMES_OF_TYPING:
            continue
        if module == "typing" or not (_is_known(module) or _is_known(f"{module}.{alias.name}")):
            yield f"from {module} import {alias.name}"
        elif alias.name in _NEWER_ATTRIBUTES and module != "os":
            yield f"from {module} import {alias.name}"


def _of_annotation(annotation: object) -> Iterator[str]:
    if isinstance(annotation, ast.AST):
        yield from ("| in an annotation" for node in ast.walk(annotation) if isinstance(node, ast.BitOr))


def _is_known(module: str) -> bool:
    return module in _MODULES or module == "pathlib" or module.split(".")[0] in _OUR_OWN


class PythonVersionsTest(unittest.TestCase):
    def test_sources_run_on_the_oldest_python(self) -> None:
        sources = sorted(_SOURCES.rglob("*.py"))
        self.assertGreater(len(sources), 15)
        for path in sources:
            with self.subTest(path.name):
                self.assertEqual(faults(path.read_text(encoding="utf-8")), [])

    def test_what_came_later_is_seen(self) -> None:
        for source in (
            "from __future__ import annotations",
            "import dataclasses",
            "from dataclasses import dataclass",
            "import tomllib",
            "import importlib.metadata",
            "from typing import Literal",
            "from functools import cached_property",
            "from contextlib import nullcontext",
            "if (a := 1): pass",
            "def f(a, /): pass",
            "with (open('a') as a, open('b') as b): pass",
            "match a:\n  case 1: pass",
            "try: pass\nexcept* ValueError: pass",
            "f'{a=}'",
            "f'{a.b=!r}'",
            "subprocess.run(a, capture_output=True)",
            "subprocess.run(a, text=True)",
            "subprocess.Popen(a, user='b')",
            "path.unlink(missing_ok=True)",
            "'a'.removeprefix('b')",
            "path.is_relative_to(a)",
            "path.readlink()",
            "shlex.join(a)",
            "network.subnet_of(a)",
            "def f(a: list[str]): pass",
            "def f(a: int | None): pass",
            "def f() -> dict[str, int]: pass",
            "a: 'int' | None = None",
            "a: subprocess.Popen[str] = b",
            "a: re.Pattern = b",
            "time.monotonic_ns()",
            "breakpoint()",
        ):
            with self.subTest(source):
                self.assertNotEqual(faults(source), [])

    def test_what_was_there_is_let_pass(self) -> None:
        for source in (
            "from typing import NamedTuple\nclass A(NamedTuple):\n  a: int = 0",
            "a: 'subprocess.Popen[str]' = b",
            "os.readlink(a)",
            "f'{a}={b!r}'",
            "f'uid={a}'",
            "', '.join(a)",
            "write(a, user='b', text='c')",
            "subprocess.Popen(a, universal_newlines=True)",
        ):
            with self.subTest(source):
                self.assertEqual(faults(source), [])


if __name__ == "__main__":
    unittest.main()
