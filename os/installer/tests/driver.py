"""Runs inside an image, with the image's Python: does many tasks in one process, since starting Python takes longer.

Reads tasks from standard input, a JSON document each line, and answers in the same way:

{"do": "install"} runs the installer, as /install.sh does, in a child of this process.
{"do": "render", "input": {NAME: TEXT}} returns what the installer would write for the input files of these names.
{"do": "validate", "schema": NAME, "document": VALUE} (or "text": TEXT, in YAML) returns the fields with which a schema finds fault.
{"do": "can_validate"} tells whether that is possible.
"""

import importlib.util
import json
import os
import re
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, "/usr/share/metal-installer")

from metal_installer import bootloader, firewall, identity, image, installation  # noqa: E402
from metal_installer.allocation import read_allocation  # noqa: E402
from metal_installer.document import Document  # noqa: E402
from metal_installer.errors import InputError  # noqa: E402
from metal_installer.nftables import FilterOptions  # noqa: E402

_NO_INPUT = "/dev/null"


def _install(task):
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            _run(output, errors)
        _, status = os.waitpid(child, 0)
        said = []
        for stream in (output, errors):
            stream.seek(0)
            said.append(stream.read().decode("utf-8", "replace"))
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return {"code": code, "output": said[0], "errors": said[1]}


def _run(output, errors):
    code = 1
    try:
        os.dup2(os.open(_NO_INPUT, os.O_RDONLY), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        code = installation.main()
    except BaseException:  # As the interpreter itself would.
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _render(task):
    with tempfile.TemporaryDirectory() as directory:
        for name, text in task["input"].items():
            Path(directory, name).write_text(text, encoding="utf-8")
        try:
            allocation = read_allocation(Path(directory))
        except InputError as error:
            return {"error": str(error).replace(directory, "/etc/metal")}
        files = [*identity.name_files(allocation), identity.resolver_file(allocation)]
        files += identity.time_files(allocation, image.read_distribution("debian"))
        files += installation.network_files(allocation, task.get("frr", 8), FilterOptions(**task.get("options", {})))
        if allocation.is_firewall:
            files += firewall.plan_services(
                allocation, lambda names: "/usr/local/bin/" + names[0], lambda unit: False
            ).files
        return {
            "files": [[file.path, file.mode, file.owner, file.content] for file in files],
            "warnings": [warning.replace(directory, "/etc/metal") for warning in allocation.warnings],
            "command_line": None if allocation.raid else bootloader.kernel_command_line(allocation),
        }


def _validate(task):
    import jsonschema

    schema = json.loads(Path("/usr/share/metal-installer/schema", task["schema"] + ".json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": _pattern})
    return [_field(error.absolute_path) for error in validator(schema).iter_errors(_document(task))]


def _document(task):
    if "text" not in task:
        return task["document"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(task["text"])
        file.flush()
        return Document.read(Path(file.name)).value


def _pattern(_, pattern, value, __):
    """As JSON schema means it: Python's $ overlooks a line break at the end."""
    import jsonschema

    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _field(path):
    """As the installer names it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _can_validate(task):
    return importlib.util.find_spec("jsonschema") is not None


_TASKS = {"install": _install, "render": _render, "validate": _validate, "can_validate": _can_validate}

for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps(_TASKS[task["do"]](task)), flush=True)
