"""Names of systemd's units."""


def template_of(unit: str) -> str:
    """chrony@.service for chrony@vrf1.service."""
    name, at, rest = unit.partition("@")
    return f"{name}@.{rest.rpartition('.')[2]}" if at else unit


def instance_of(unit: str) -> str:
    """vrf1 for chrony@vrf1.service. Empty if it is none of a template."""
    return unit.partition("@")[2].rpartition(".")[0]


def as_preset(unit: str) -> str:
    """chrony@.service vrf1 for chrony@vrf1.service: `preset-all` knows instances in this notation alone."""
    return f"{template_of(unit)} {instance_of(unit)}".rstrip()
