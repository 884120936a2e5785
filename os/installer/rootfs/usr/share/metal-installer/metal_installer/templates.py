"""Renders the templates that lie beside this package."""

from pathlib import Path
from typing import Any

import jinja2

_DIRECTORY = Path(__file__).resolve().parent.parent / "templates"

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(_DIRECTORY)),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)


def render(template: str, **values: Any) -> str:
    text: str = _environment.get_template(template).render(**values)
    return text
