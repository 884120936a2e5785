"""What the JSON schemas beside this package say of the fields of the files that the installer reads."""

import json
import re
from pathlib import Path
from typing import Any, Dict, Optional

_DIRECTORY = Path(__file__).resolve().parent.parent / "schema"
_INDEX = re.compile(r"\[[0-9]+\]")
_SEGMENT = re.compile(r"\[[0-9]+\]|[^.\[\]]+")


def hint_for(file: str, field: str) -> str:
    """What belongs into a field. Empty for files without a schema, and for fields that theirs doesn't know."""
    path = _DIRECTORY / f"{Path(file).name.rsplit('.', 1)[0]}.json"
    if not field or not path.exists():
        return ""
    schema = json.loads(path.read_text(encoding="utf-8"))
    node: Optional[Dict[str, Any]] = schema
    described: Dict[str, Any] = {}
    for segment in _SEGMENT.findall(field):
        node = _resolved(schema, node or {})
        node = node.get("items") if _INDEX.fullmatch(segment) else node.get("properties", {}).get(segment)
        if node is None:
            break
        described = node if "description" in node or "$ref" in node else described
    return _sentence({**_resolved(schema, described), **described})


def _resolved(schema: Dict[str, Any], node: Dict[str, Any]) -> Dict[str, Any]:
    """What a reference leads to."""
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _sentence(node: Dict[str, Any]) -> str:
    description = str(node.get("description", "")).split(". ")[0].rstrip(".")
    examples = node.get("examples")
    return f"{description}, such as {json.dumps(examples[0])}" if description and examples else description
