"""Userdata for cloud-init, which does its work when the machine boots: all of its forms, checked as far as they can be now.

What cloud-init could not read at all is refused. What it would do with faults is a warning, and so is what has to be put
right before cloud-init sees it.
Forms: cloudinit.readthedocs.io, User data formats.
"""

import ast
import email.message
import email.parser
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

import jinja2
import yaml

from metal_installer import commands
from metal_installer.document import Document, yaml_problem

_CLOUD_CONFIG = "#cloud-config"
_TEMPLATE = "## template: jinja"
_HEADER_OF_TEMPLATE = re.compile(r"##\s*template:\s*jinja\s*", re.IGNORECASE)
_MIME_VERSION = "MIME-Version: 1.0\n"
_WHERE_MIME_IS_LOOKED_FOR = 4096
_HEADER_OF_MIME = re.compile(r"(?:mime-version|content-type):", re.IGNORECASE)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ENCODINGS = "use Content-Transfer-Encoding: base64 or quoted-printable"
_DEEPEST_NESTING = 8
_SCHEMES = ("http", "https", "ftp", "file")
_QUOTED = re.compile(r"'[^']+'|\"[^\"]+\"")
_PATH = re.compile(r"(?<![\w.-])([\w-]+(?:\.[\w-]+)*): ")
_PROBLEM = re.compile(
    r"is not of type '[a-z]+'(?:, '[a-z]+')*|is not valid under any of the given schemas|is not one of \[[^\]]*\]"
    r"|is too (?:short|long)|is a required property|has non-unique elements|does not match|is not a '[\w-]+'"
    r"|Additional properties are not allowed|is (?:less|greater) than the (?:minimum|maximum) of \d+|DEPRECATED"
)
_TYPES = {
    "text/x-shellscript": "#!",
    "text/x-shellscript-per-boot": "#!",
    "text/x-shellscript-per-instance": "#!",
    "text/x-shellscript-per-once": "#!",
    "text/cloud-config": _CLOUD_CONFIG,
    "text/cloud-config-archive": "#cloud-config-archive",
    "text/cloud-config-jsonp": "#cloud-config-jsonp",
    "text/x-include-url": "#include",
    "text/x-include-once-url": "#include",
    "text/cloud-boothook": "#cloud-boothook",
    "text/part-handler": "#part-handler",
    "text/jinja2": _TEMPLATE,
    "text/upstart-job": "#upstart-job",
}
_TYPES_BY_CONTENT = ("text/plain", "text/x-not-multipart", "application/octet-stream", "text/html")


def normalized(text: str) -> Optional[str]:
    """The text as cloud-init knows it by its beginning. None if it is nothing for cloud-init.

    Other than cloud-init, metal-stack takes a cloud-config for one whose mark is not in the first line.
    """
    beginning = text.lstrip("\ufeff \t\r\n")
    if _kind_of(beginning):
        return beginning
    header, _, body = beginning.partition("\n")
    if _HEADER_OF_TEMPLATE.fullmatch(header):
        return f"{_TEMPLATE}\n{body}"
    if _HEADER_OF_MIME.match(beginning) or _is_mime(text):
        return beginning if _is_mime(beginning) else _MIME_VERSION + beginning
    lines = beginning.splitlines(keepends=True)
    marks = [line for line in lines if line.strip().lower() == _CLOUD_CONFIG]
    marks += [line for line in lines[:3] if _CLOUD_CONFIG in line]
    if not marks:
        return None
    lines.remove(marks[0])
    templates = [line for line in lines if _HEADER_OF_TEMPLATE.fullmatch(line)]
    for line in templates:
        lines.remove(line)
    return "".join([f"{_TEMPLATE}\n" if templates else "", f"{_CLOUD_CONFIG}\n", *lines])


def check(document: Document, text: str) -> None:
    """Refuses what cloud-init could not read, and warns of what it would stumble over. The text has to be normalized."""
    _Check(document).part("", text, "", 0)


class _Check:
    def __init__(self, document: Document) -> None:
        self._document = document

    def part(self, name: str, text: str, kind: str, depth: int) -> None:
        """A part of userdata or, without a name, all of it."""
        if depth > _DEEPEST_NESTING:
            self._fail(name, f"nests parts more than {_DEEPEST_NESTING} deep")
        beginning = text.lstrip()
        kind = _kind_of(beginning) or kind
        if not kind and _is_mime(text):
            self._mime(name, text, depth)
        elif not kind:
            self._warn(name, "is nothing that cloud-init knows: it leaves it out")
        elif kind == "#cloud-config-archive":
            self._archive(name, text, depth)
        else:
            checks: Dict[str, Callable[[str, str], None]] = {
                "#!": self._script,
                "#cloud-boothook": self._boothook,
                "#cloud-config": self._cloud_config,
                "#cloud-config-jsonp": self._patch,
                "#include": self._include,
                "#include-once": self._include,
                "#part-handler": self._handler,
                "#upstart-job": lambda n, t: self._warn(n, "is a job for upstart, which this system hasn't"),
                _TEMPLATE: self._template,
            }
            checks[kind](name, beginning)

    def _mime(self, name: str, text: str, depth: int) -> None:
        message = email.parser.Parser().parsestr(text)
        parts = [part for part in message.walk() if not part.is_multipart()]
        contents = [(part, part.get_payload(decode=True) or b"") for part in parts]
        if not any(content.strip() for _, content in contents):
            self._fail(name, "is MIME without a part that has something in it; is an empty line missing behind its header?")
        for number, (part, content) in enumerate(contents, start=1):
            self._mime_part(_named(name, part.get_filename() or f"part {number}"), part, content, depth)
        for defect in {type(defect).__name__ for part in message.walk() for defect in part.defects}:
            self._warn(name, f"is MIME with a fault: {defect}")

    def _mime_part(self, name: str, part: email.message.Message, content: bytes, depth: int) -> None:
        content_type = part.get_content_type()
        if content_type not in _TYPES and content_type not in _TYPES_BY_CONTENT:
            self._warn(name, f"is of type {content_type}, which cloud-init has no handler for unless a part brings it")
            return
        raw = part.get_payload()
        if isinstance(raw, str) and not _is_encoded(part) and _BEYOND_ASCII.search(raw):
            self._warn(name, f"has characters beyond ASCII, which cloud-init garbles unless the part is encoded; {_ENCODINGS}")
            text = raw
        else:
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:
                # A program, or compressed: it is what it says.
                return
        self.part(name, text, _TYPES.get(content_type, ""), depth + 1)

    def _archive(self, name: str, text: str, depth: int) -> None:
        entries = self._yaml(name, text)
        if not isinstance(entries, list):
            self._fail(name, "a cloud-config-archive has to be a list")
        for number, entry in enumerate(entries, start=1):
            content = entry.get("content") if isinstance(entry, dict) else entry
            kind = _TYPES.get(str(entry.get("type")), "") if isinstance(entry, dict) else ""
            if isinstance(content, str):
                self.part(_named(name, f"part {number}"), content, kind, depth + 1)
            else:
                self._warn(_named(name, f"part {number}"), "has no content")

    def _cloud_config(self, name: str, text: str) -> None:
        configuration = self._yaml(name, text)
        if configuration is None:
            return
        if not isinstance(configuration, dict):
            self._fail(name, "a cloud-config has to be a mapping")
        for fault in _faults(configuration, text):
            self._warn(name, f"cloud-init finds faults with the userdata: {fault}")

    def _patch(self, name: str, text: str) -> None:
        try:
            patch = json.loads(text.partition("\n")[2])
        except (ValueError, RecursionError) as error:
            self._fail(name, f"is no JSON behind its first line: {error}")
        if not isinstance(patch, list):
            self._fail(name, "a patch has to be a list")

    def _template(self, name: str, text: str) -> None:
        body = text.partition("\n")[2]
        try:
            jinja2.Environment().parse(body)
        except jinja2.TemplateSyntaxError as error:
            message = _QUOTED.sub("…", error.message or "")
            self._fail(name, f"is no template: {message} in line {error.lineno + 1}")
        kind = _kind_of(body.lstrip())
        if not kind:
            self._warn(name, "is a template of nothing that cloud-init knows: it leaves it out")
        elif kind == "#!":
            self._interpreter(name, body.lstrip())

    def _script(self, name: str, text: str) -> None:
        if not text.startswith("#!"):
            self._warn(name, "does not begin with #! and its interpreter: it will not run")
            return
        interpreter = self._interpreter(name, text)
        if os.path.basename(interpreter) in ("sh", "dash", "bash") and os.access(interpreter, os.X_OK):
            # Line ends of DOS are put right by cloud-init.
            result = commands.start([interpreter, "-n"], stdin=text.replace("\r\n", "\n")).result()
            lines = re.findall(r"line (\d+)|: (\d+): ", result.stderr)
            if result.returncode != 0:
                shell = os.path.basename(interpreter)
                place = f" in line {lines[0][0] or lines[0][1]}" if lines else ""
                self._warn(name, f"{shell} finds a fault with the script{place}: it runs as far as that")

    def _interpreter(self, name: str, text: str) -> str:
        words = text[2:].splitlines()[0].split() if text[2:].strip() else []
        if not words:
            self._warn(name, "begins with #! but names no interpreter: it will not run")
            return ""
        program: Optional[str] = words[0]
        if os.path.basename(words[0]) == "env":
            called = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
            program = commands.find(called[0]) if called else None
        if not program or not os.access(program, os.X_OK):
            self._warn(name, f"this image has no {words[-1] if program is None else program}: the script will not run")
            return ""
        return program

    def _boothook(self, name: str, text: str) -> None:
        script = text.partition("\n")[2].lstrip() if text.startswith("#cloud-boothook") else text
        if script.startswith("#!"):
            self._script(name, script)

    def _include(self, name: str, text: str) -> None:
        lines = [line.strip() for line in text.splitlines()]
        urls = [_without_mark(line) for line in lines]
        urls = [url for url in urls if url and not url.startswith("#")]
        if not urls:
            self._fail(name, "is an include without a URL")
        for url in urls:
            scheme = url.partition("://")[0].lower()
            if scheme not in _SCHEMES or not urlsplit(url).path and not urlsplit(url).netloc:
                self._warn(name, f"an include has to be a URL with {', '.join(_SCHEMES)}; one is none: it is left out")

    def _handler(self, name: str, text: str) -> None:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError) as error:
            self._warn(name, f"is no Python, in line {getattr(error, 'lineno', None) or '?'}: it will not run")

    def _yaml(self, name: str, text: str) -> Any:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            self._fail(name, yaml_problem(error))
        except (ValueError, TypeError, AttributeError, RecursionError):
            self._fail(name, "is not YAML: a value does not fit its tag, or is nested too deep")

    def _fail(self, name: str, problem: str) -> Any:
        self._document.fail(f"{name}: {problem}" if name else problem)

    def _warn(self, name: str, problem: str) -> None:
        self._document.warn(f"{name}: {problem}" if name else problem)


def _kind_of(text: str) -> str:
    """What cloud-init takes a text for, by its beginning. The longer beginnings come first."""
    first_line = text[:64].lower()
    kinds = sorted({*_TYPES.values(), "#include-once"}, key=len, reverse=True)
    return next((kind for kind in kinds if first_line.startswith(kind)), "")


def _is_mime(text: str) -> bool:
    return "mime-version:" in text[:_WHERE_MIME_IS_LOOKED_FOR].lower()


def _is_encoded(part: email.message.Message) -> bool:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower() in ("base64", "quoted-printable")


def _without_mark(line: str) -> str:
    for mark in ("#include-once", "#include"):
        if line.lower().startswith(mark):
            return line[len(mark) :].strip()
    return line


def _named(name: str, part: str) -> str:
    return f"{name}, {part}" if name else part


def _faults(configuration: Dict[Any, Any], text: str) -> List[str]:
    """What cloud-init has to say against a cloud-config: where and what, but not the value, which may be a secret."""
    if not commands.find("cloud-init"):
        return []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "cloud-config")
        path.write_text(text, encoding="utf-8")
        for arguments in (["schema"], ["devel", "schema"]):
            result = commands.start(["cloud-init", *arguments, "--config-file", str(path)]).result()
            said = result.stdout + result.stderr
            if "invalid choice" not in said:
                break
    if result.returncode == 0:
        return []
    paths = [match for match in _PATH.finditer(said) if _leads_somewhere(configuration, match.group(1))]
    ends = [*(match.start() for match in paths[1:]), len(said)]
    found = {
        f"{path.group(1)} {problem.group()}"
        for path, end in zip(paths, ends)
        for problem in [_PROBLEM.search(said, path.end(), end)]
        if problem
    }
    return sorted(found) or ["`cloud-init schema --config-file /etc/metal/userdata` tells them"]


def _leads_somewhere(configuration: Any, path: str) -> bool:
    for name in path.split("."):
        if isinstance(configuration, dict) and name in configuration:
            configuration = configuration[name]
        elif isinstance(configuration, list) and name.isdigit() and int(name) < len(configuration):
            configuration = configuration[int(name)]
        else:
            return False
    return True
