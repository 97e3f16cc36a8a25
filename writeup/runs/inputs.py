"""What a run is given: all that decides on what it comes to, and so on its id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.whole_file import write_whole
from writeup.runs.code import digest
from writeup.runs.kinds import KINDS
from writeup.runs.machine import UNKNOWN, version

BEGUN = "begun.json"


def inputs(
    kind: str,
    *,
    settings: Mapping[str, Any],
    data: Mapping[str, str],
    device: str,
    weights: Mapping[str, str] | None = None,
    builds_on: Iterable[str] = (),
) -> dict[str, Any]:
    """What a run of a kind is given, if it is made here and now.

    `data` and `weights` are hashes by what they are of; `builds_on` are kinds of runs whose code has a part in it.
    """
    return {
        "settings": dict(settings),
        "data": dict(data),
        "weights": dict(weights or {}),
        "device": device,
        **made_now([kind, *builds_on]),
    }


def made_now(kinds: Iterable[str]) -> dict[str, Any]:
    """By what some kinds of runs are made here and now: digests of code by kind, and torch."""
    return {"code": {kind: [digest(KINDS[kind].code)] for kind in kinds}, "torch": [version("torch")]}


def begun(folder: Path, given: dict[str, Any], *, is_fresh: bool) -> dict[str, Any]:
    """What a run is given, with whatever other code and torch had a part in what is in its folder already.

    Edges:   it stands in the folder from when the run begins; results that are there without it came about by unknown code.
    Raises:  ValueError if it cannot be read; OSError if it cannot be written.
    """
    had = {} if is_fresh else part_in(folder, given["code"])
    code = {kind: _union(had.get("code", {}).get(kind, ()), now) for kind, now in given["code"].items()}
    found = {**given, "code": code, "torch": _union(had.get("torch", ()), given["torch"])}
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / BEGUN, json.dumps({name: found[name] for name in ("code", "torch")}, indent=1) + "\n")
    return found


def part_in(folder: Path, kinds: Iterable[str]) -> dict[str, Any]:
    """Which code and torch had a part in what is in a folder.

    Raises:  ValueError if that cannot be read.
    """
    try:
        found = json.loads((folder / BEGUN).read_text(encoding="utf-8"))
        return {"code": {kind: list(found["code"][kind]) for kind in kinds}, "torch": list(found["torch"])}
    except FileNotFoundError:
        return {"code": {kind: [UNKNOWN] for kind in kinds}, "torch": [UNKNOWN]}
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ValueError(f"{folder / BEGUN} does not say what code made what is in {folder}: {error!r}") from error


def is_fresh(folder: Path) -> bool:
    """Whether nothing is in a folder yet."""
    return not folder.is_dir() or not any(folder.iterdir())


def _union(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return sorted({*first, *second})
