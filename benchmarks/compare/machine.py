"""The machine of a report: what it is, what its probes reached, and when two of them are the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.compare import fields


@dataclass(frozen=True)
class Machine:
    """Where a report was made.

    Two reports are of the same machine when these keys are equal: the processor's name, and on a GPU its name as well.
    None, where a file says neither, is equal to nothing.
    """

    key: tuple[str, ...] | None
    name: str
    on_gpu: bool
    product_flops_per_s: Mapping[str, float]  # by dtype
    copy_bytes_per_s: float | None
    facts: Mapping[str, str]  # versions and environment
    temperature: str | None


def same(first: Machine, second: Machine) -> bool:
    """Whether seconds on the one can be held against seconds on the other."""
    return first is second or (first.key is not None and first.key == second.key)


def differences(machines: list[Machine]) -> dict[str, list[str | None]]:
    """The versions and the environment in which machines differ, each with its value on each; None where it is not said."""
    names = dict.fromkeys(name for machine in machines for name in machine.facts)
    found = {name: [machine.facts.get(name) for machine in machines] for name in names}
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def read_machine(info: dict[str, Any], ours: dict[str, Any] | None, name: str) -> Machine:
    """The machine that a file describes; `ours` is what Specimen adds to that.

    Raises:  fields.Unusable where a field is of another kind than it must be.
    """
    where = f"{name}: machine_info.specimen"
    cpu = _cpu(info)
    ours = ours or {}
    device = fields.optional_text(ours.get("device"), f"{where}.device") or "cpu"
    device_name = fields.optional_text(ours.get("device_name"), f"{where}.device_name")
    probes = fields.mapping(ours.get("probes") or {}, f"{where}.probes")
    product = fields.mapping(probes.get("product_flops_per_s") or {}, f"{where}.probes.product_flops_per_s")
    on_gpu = device != "cpu"
    parts = (device_name, cpu) if on_gpu else (cpu or device_name,)
    return Machine(
        (device, *(part or "" for part in parts)) if any(parts) else None,
        ", ".join(dict.fromkeys(part for part in (device_name, cpu) if part)) or "unknown machine",
        on_gpu,
        {
            fields.printable(dtype): fields.positive(value, f"{where}.probes.product_flops_per_s.{dtype}")
            for dtype, value in product.items()
            if value is not None
        },
        fields.optional_positive(probes.get("copy_bytes_per_s"), f"{where}.probes.copy_bytes_per_s"),
        _facts(info, ours, where),
        _temperature(ours.get("temperature_c"), f"{where}.temperature_c"),
    )


def _cpu(info: dict[str, Any]) -> str | None:
    cpu = info.get("cpu")
    known = cpu.get("brand_raw") if isinstance(cpu, dict) else None
    known = known or info.get("processor")
    return fields.printable(" ".join(known.split())) if isinstance(known, str) and known.strip() else None


def _facts(info: dict[str, Any], ours: dict[str, Any], where: str) -> dict[str, str]:
    """Versions, threads and environment, each under its name; the names of versions first."""
    facts: dict[str, Any] = {"python": info.get("python_version")}
    facts |= fields.mapping(ours.get("versions") or {}, f"{where}.versions")
    facts["system"] = " ".join(str(info[key]) for key in ("system", "release") if isinstance(info.get(key), str))
    cpu = info.get("cpu")
    facts["cores"] = cpu.get("count") if isinstance(cpu, dict) else None
    facts["threads"] = ours.get("threads")
    facts |= fields.mapping(ours.get("environment") or {}, f"{where}.environment")
    return {
        fields.printable(name): fields.printable(value if isinstance(value, str) else json.dumps(value))
        for name, value in facts.items()
        if value not in (None, "")
    }


def _temperature(value: Any, where: str) -> str | None:
    if value is None:
        return None
    both = fields.mapping(value, where)
    before, after = (fields.optional_positive(both.get(key), f"{where}.{key}") for key in ("before", "after"))
    return None if before is None or after is None else f"{before:.0f} °C before, {after:.0f} °C after"
