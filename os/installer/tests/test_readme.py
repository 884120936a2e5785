"""README.md's tables of input fields, which are made from the schemas.

To make them anew: os/installer/tests/run --keep
"""

import json
import re
import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from test_golden import KEEP

README = Path(__file__).parent.with_name("README.md")
SCHEMAS = Path(__file__).parent.with_name("rootfs") / "usr/share/metal-installer/schema"
BEGIN = "<!-- From here on made of the schemas, by os/installer/tests/run --keep -->\n"
END = "<!-- Up to here -->\n"


class ReadmeTest(unittest.TestCase):
    maxDiff = None

    def test_fields_are_as_the_schemas_say(self) -> None:
        text = README.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        _, after = rest.split(END)
        fresh = f"{before}{BEGIN}{tables()}{END}{after}"
        if KEEP:
            README.write_text(fresh, encoding="utf-8")
            text = fresh
        self.assertEqual(text, fresh, "stale: os/installer/tests/run --keep makes it anew")

    def test_every_field_is_described(self) -> None:
        for schema in _schemas():
            for path, node, _ in _fields(schema, schema):
                self.assertTrue(node.get("description"), f"{schema['title']}: {path}")


def tables() -> str:
    parts: List[str] = []
    for schema in _schemas():
        parts += [f"\n### {Path(schema['title']).name}\n", schema["description"], "\n| field | | example |", "|---|---|---|"]
        for path, node, is_required in _fields(schema, schema):
            if _is_other_spelling(path, schema):
                continue
            examples = node.get("examples")
            example = f"`{json.dumps(examples[0], ensure_ascii=False)}`" if examples else ""
            needed = " Needed." if is_required else ""
            parts.append(f"| `{path}` | {node['description'].rstrip('.')}.{needed} | {example} |")
    return "\n".join(parts) + "\n\n"


def _schemas() -> List[Dict[str, Any]]:
    names = ("install", "machine-allocation", "machine-details")
    return [json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")) for name in names]


def _fields(schema: Dict[str, Any], node: Dict[str, Any], path: str = "") -> Iterator[Tuple[str, Dict[str, Any], bool]]:
    """The fields, each with its path, what the schema says of it, and whether it has to be there."""
    required = {*node.get("required", []), *(n for option in node.get("anyOf", []) for n in option.get("required", []))}
    for name, described in node.get("properties", {}).items():
        field = f"{path}.{name}".lstrip(".")
        yield field, {**_resolved(schema, described), **described}, name in required
        inside = _resolved(schema, described)
        while "items" in inside:
            field, inside = f"{field}[]", _resolved(schema, inside["items"])
        yield from _fields(schema, inside, field)


def _resolved(schema: Dict[str, Any], node: Dict[str, Any]) -> Dict[str, Any]:
    return schema["definitions"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def _is_other_spelling(path: str, schema: Dict[str, Any]) -> bool:
    """Whether this is the name in snake_case of a field that has one in camelCase, too."""
    names = {name for field, _, _ in _fields(schema, schema) for name in _names(field)}
    others = {re.sub("[A-Z]", lambda m: "_" + m.group().lower(), name) for name in names if name.lower() != name}
    return not others.isdisjoint(_names(path))


def _names(path: str) -> List[str]:
    return path.replace("[]", "").split(".")


if __name__ == "__main__":
    unittest.main()
