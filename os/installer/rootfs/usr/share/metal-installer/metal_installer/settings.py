"""os-installer.yaml, by which an image changes what the installer does. It may be absent."""

from pathlib import Path
from typing import FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

from metal_installer.document import Document
from metal_installer.nftables import ACCEPT, DROP, FilterOptions

OS_INSTALLER_YAML = Path("/etc/metal/os-installer.yaml")


class CustomScript(NamedTuple):
    path: str
    directory: Path


class Settings(NamedTuple):
    os_name: Optional[str] = None
    only: FrozenSet[str] = frozenset()
    """Names of steps. Empty: all."""
    without: FrozenSet[str] = frozenset()
    custom_script: Optional[CustomScript] = None
    bootloader_id: Optional[str] = None
    filter_options: FilterOptions = FilterOptions()
    warnings: Tuple[str, ...] = ()

    def wants(self, step: str) -> bool:
        return (not self.only or step in self.only) and step not in self.without


def read_settings(steps: Mapping[str, str], path: Path = OS_INSTALLER_YAML) -> Settings:
    """Reads the settings. In `steps` each name that a step may be called by leads to its own name."""
    if not path.exists():
        return Settings()
    if not path.read_text(encoding="utf-8", errors="replace").strip():
        return Settings()
    document = Document.read(path)
    overwrites = document.get("overwrites")
    return Settings(
        os_name=document.get("os_name").optional_text(),
        only=_only(document.get("only"), steps),
        without=_steps(document.get("except").items(), steps),
        custom_script=_custom_script(document.get("custom_script")),
        bootloader_id=None if overwrites.is_absent() else _bootloader_id(overwrites.get("bootloader_id")),
        filter_options=_filter_options(document.get("firewall")),
        warnings=tuple(document.warnings),
    )


def _steps(names: List[Document], steps: Mapping[str, str]) -> FrozenSet[str]:
    """An installer of another version may have other steps."""
    known = [name for name in names if name.text() in steps]
    for name in names:
        if name not in known:
            name.warn(f"there is no step {name.value!r}; there are {', '.join(dict.fromkeys(steps.values()))}")
    return frozenset(steps[name.text()] for name in known)


def _only(document: Document, steps: Mapping[str, str]) -> FrozenSet[str]:
    only = _steps(document.items(), steps)
    if document.items() and not only:
        document.fail(f"none of them is a step; there are {', '.join(dict.fromkeys(steps.values()))}")
    return only


def _custom_script(document: Document) -> Optional[CustomScript]:
    if document.is_absent():
        return None
    path = document.get("executable_path")
    if not Path(path.text()).is_file():
        path.fail(f"there is no file {path.value}")
    directory = Path(document.get("workdir").optional_text() or "/")
    if not directory.is_dir():
        document.get("workdir").fail(f"there is no directory {directory}")
    return CustomScript(path.text(), directory)


def _bootloader_id(document: Document) -> Optional[str]:
    name = document.optional_text()
    if name is not None and not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        document.fail(f"{name!r} is no name for a directory of a boot loader")
    return name


def _filter_options(document: Document) -> FilterOptions:
    if document.is_absent():
        return FilterOptions()
    policy = document.get("forward_policy")
    return FilterOptions(
        dns_proxy=document.get("dns_proxy").truth(),
        forward_policy=DROP if policy.is_absent() else policy.one_of((DROP, ACCEPT)),
    )
