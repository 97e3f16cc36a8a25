"""The appendix: every run that a number comes from, as its record has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from writeup.paper import spans
from writeup.paper.blocks import Heading, Line, Mono, Strong
from writeup.paper.spans import Laid
from writeup.record import Record

HEADING = Heading(1, "A", "The runs")
OTHER = "other code, or another torch, than is here now had a part in it"


def part(record: Record) -> Laid:
    """A run as data."""
    return {"kind": "run", "id": record.id, "facts": [[name, spans.of(line)] for name, line in facts(record)]}


def facts(record: Record) -> list[tuple[str, Line]]:
    """What is known of a run, by name."""
    return [
        ("kind", (Mono(record.kind),)),
        ("seeds", (", ".join(map(str, record.seeds)) or "none",)),
        *((f"{'inputs' if i == 0 else ''}", line) for i, line in enumerate(_settings(record.inputs))),
        ("machine", (_listed(record.machine),)),
        ("versions", (_listed(record.versions),)),
        ("command", (Mono(record.command),)),
        ("took", (duration(record.time_s),)),
        ("finished", (record.finished,)),
        *([("code", (Strong(OTHER),))] if record.made_by_other_code else []),
        *(("results" if i == 0 else "", (Mono(name), " sha256 ", Mono(digest)))
          for i, (name, digest) in enumerate(record.files.items())),
    ]  # fmt: skip


def duration(time_s: float) -> str:
    """A time for a person.

    Units:   seconds in.
    """
    if time_s < 60:
        return f"{time_s:.1f} s"
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def _settings(inputs: Mapping[str, Any]) -> Iterator[Line]:
    for name, value in inputs.items():
        yield (f"{name}: ", Mono(_value(value)) if value else "none")


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(
            f"{key} = {f'({_value(of)})' if isinstance(of, Mapping) else _value(of)}" for key, of in value.items()
        )
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _listed(facts_of: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts_of.items())
