"""The services of a firewall, each in the VRF where its peers are."""

from pathlib import Path
from typing import Callable, Iterable, List, NamedTuple, Optional, Tuple

from metal_installer import commands
from metal_installer.allocation import Allocation
from metal_installer.errors import InstallError
from metal_installer.files import File, write
from metal_installer.templates import render
from metal_installer.units import as_preset, template_of

_UNITS = "/etc/systemd/system"
_KUBECONFIG = "/etc/firewall-controller/.kubeconfig"
"""Comes with the userdata of a firewall that belongs to a cluster."""
_DROPTAILER_CERTIFICATE = "/etc/droptailer-client/droptailer-client.crt"
"""The firewall-controller writes it."""
_EXPORTER_CONFIGURATION = "/etc/nftables_exporter.yaml"
_AUTH_KEY = "/etc/metal/vpn-auth-key"
_PRESET = "/etc/systemd/system-preset/30-metal-firewall.preset"
"""After ignition's (20), so that userdata may decide otherwise; before the image's (80)."""
_PLACES_OF_PROGRAMS = ("/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin")
_PLACES_OF_PACKAGES = ("/usr/lib/systemd/system", "/lib/systemd/system")
_PLACES_OF_UNITS = (_UNITS, *_PLACES_OF_PACKAGES)
_NOT_HERE = ("chrony.service", "chronyd.service", "systemd-timesyncd.service")
"""They would keep the time in the VRF of the underlay, where nobody answers."""


class _Service(NamedTuple):
    unit: str
    programs: Tuple[str, ...]
    """Names that its program may have."""
    file: str = ""
    """Where the unit, or what is added to the image's unit, is written; by default, the unit itself."""
    enabled_as: str = ""
    waits_for: str = ""
    """A file that comes from the cluster, maybe long after the first boot."""
    has_timer: bool = False
    """Whether a timer starts it, now and then."""
    may_be_brought: bool = False
    """Whether a unit that the image brings serves as well."""


class Services(NamedTuple):
    """What is to be done for the services of a firewall."""

    files: Tuple[File, ...]
    enabled: Tuple[str, ...]
    warnings: Tuple[str, ...]


def install_services(allocation: Allocation) -> List[str]:
    """Writes and enables the units of all services that the image has. Returns what a person should know of."""
    services = plan_services(allocation, _program, _brings)
    disabled = [unit for unit in _NOT_HERE if _is_there(unit)]
    preset = [f"enable {as_preset(unit)}\n" for unit in services.enabled] + [f"disable {unit}\n" for unit in disabled]
    write([*services.files, File(_PRESET, "# Written by the installer.\n" + "".join(preset))])
    commands.run(["systemctl", "preset", *services.enabled, *disabled])
    verdict = verify_units(services.enabled)
    if verdict.unusable:
        raise InstallError("systemd finds faults with the units:\n  " + "\n  ".join(verdict.remarks))
    return list(services.warnings + verdict.remarks)


def plan_services(
    allocation: Allocation, find: Callable[[Iterable[str]], Optional[str]], brings: Callable[[str], bool]
) -> Services:
    """`find` returns the path of the first program that the image has, of several names; `brings` whether it has a unit."""
    values = {
        "tenant_vrf": allocation.private_primary.vrf_name,
        "default_vrf": allocation.default_route.vrf_name,
        "internet_interface": f"vlan{allocation.default_route.vrf}",
        "machine_id": allocation.machine_id or allocation.hostname,
        "vpn": allocation.vpn,
        "auth_key_file": _AUTH_KEY,
    }
    warnings = []
    # Not in the unit: everybody may read units and the arguments of processes.
    files = [File(_AUTH_KEY, allocation.vpn.auth_key, mode=0o600)] if allocation.vpn else []
    enabled = []
    for service in _services(allocation):
        program = find(service.programs)
        if program is None:
            warnings.append(f"this image has no {service.programs[0]}: {service.unit} is not set up")
            continue
        if not (service.may_be_brought and brings(service.unit)):
            content = render(f"units/{service.unit}.j2", program=program, waits_for=service.waits_for, **values)
            files.append(File(service.file or f"{_UNITS}/{service.unit}", content))
        if service.has_timer:
            timer = service.unit.replace(".service", ".timer")
            files.append(File(f"{_UNITS}/{timer}", render(f"units/{timer}.j2")))
            enabled.append(timer)
        else:
            enabled.append(service.enabled_as or service.unit)
        if service.waits_for:
            path_unit = service.unit.replace(".service", ".path")
            unit = render("units/path.j2", unit=service.unit, path=service.waits_for)
            files.append(File(f"{_UNITS}/{path_unit}", unit))
            enabled.append(path_unit)
    return Services(tuple(files), tuple(enabled), tuple(warnings))


class Verdict(NamedTuple):
    """What systemd has to say against units."""

    unusable: bool
    remarks: Tuple[str, ...]


def verify_units(units: Iterable[str]) -> Verdict:
    """Has systemd read these units. It also speaks of the units that they need; those are not ours."""
    checked = sorted(unit for unit in set(units) if _is_there(unit))
    if not checked:
        return Verdict(False, ())
    result = commands.start(["systemd-analyze", "verify", "--man=no", *checked]).result()
    names = {name for unit in checked for name in (unit, template_of(unit))}
    remarks = tuple(line for line in result.stderr.splitlines() if any(name in line for name in names))
    return Verdict(result.returncode != 0 and bool(remarks), remarks)


def _services(allocation: Allocation) -> List[_Service]:
    services = [
        _Service(
            "chrony@.service",
            ("chronyd",),
            enabled_as=f"chrony@{allocation.default_route.vrf_name}.service",
            may_be_brought=True,
        ),
        _Service("firewall-controller.service", ("firewall-controller",), waits_for=_KUBECONFIG),
        _Service("droptailer.service", ("droptailer-client",), waits_for=_DROPTAILER_CERTIFICATE),
        _Service("nftables-exporter.service", ("nftables-exporter",), waits_for=_EXPORTER_CONFIGURATION),
        _Service("node-exporter.service", ("node_exporter", "prometheus-node-exporter")),
        _Service("suricata.service", ("suricata",), file=f"{_UNITS}/suricata.service.d/metal.conf"),
        _Service("suricata-update.service", ("suricata-update",), has_timer=True),
    ]
    if allocation.vpn:
        services.append(_Service("tailscaled.service", ("tailscaled",)))
        services.append(_Service("tailscale.service", ("tailscale",)))
    return services


def _program(names: Iterable[str]) -> Optional[str]:
    paths = (Path(directory, name) for name in names for directory in _PLACES_OF_PROGRAMS)
    return next((str(path) for path in paths if path.exists()), None)


def _brings(unit: str) -> bool:
    return any(Path(place, unit).exists() for place in _PLACES_OF_PACKAGES)


def _is_there(unit: str) -> bool:
    return any(Path(place, name).exists() for place in _PLACES_OF_UNITS for name in (unit, template_of(unit)))
