"""A file -> a report: what was timed, on which machine, and why it cannot be read if it cannot."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.compare import fields
from benchmarks.compare.fields import Unusable
from benchmarks.compare.machine import Machine, read_machine

SCHEMA = 1
MAX_BYTES = 256 << 20


@dataclass(frozen=True, eq=False)
class Row:
    """One case timed with one kernel; of a plain benchmark, with none."""

    case: str
    kernel: str | None
    times_s: NDArray[np.float64] | None  # None where the file has summaries alone
    q1_s: float
    median_s: float
    q3_s: float
    rounds: int
    dtype: str | None = None
    flops: float | None = None
    moved_bytes: float | None = None
    flops_per_s: float | None = None
    fraction_of_product: float | None = None
    fraction_of_copy: float | None = None
    limit_s: float | None = None
    peak_bytes: float | None = None
    error_in_budget: float | None = None
    fault: str | None = None

    @property
    def intensity(self) -> float | None:
        """Arithmetic done for each byte moved, in FLOP/byte, where both are known."""
        return self.flops / self.moved_bytes if self.flops and self.moved_bytes else None

    @property
    def fraction(self) -> float | None:
        """The larger of the two fractions of the machine's probes: that of what binds."""
        known = [f for f in (self.fraction_of_product, self.fraction_of_copy) if f is not None]
        return max(known, default=None)


@dataclass(frozen=True, eq=False)
class Report:
    """One file."""

    path: str
    started: str
    commit: str
    machine: Machine
    rows: dict[tuple[str, str | None], Row]


def read(path: Path) -> Report:
    """The report in a file: one of ours, or one of pytest-benchmark's own.

    Raises:  Unusable, with one sentence that names the file, if there is none, or it is no such report.
    """
    name = fields.printable(str(path))
    try:
        return _report(_json(path, name), name)
    except RecursionError as error:
        raise Unusable(f"{name} is nested too deeply.") from error


def _report(data: Any, name: str) -> Report:
    if isinstance(data, dict) and "cells" in data and "nbformat" in data:
        raise Unusable(f"{name} is a notebook, not a report of benchmarks.")
    if isinstance(data, dict) and "questions" in data and "subject" in data:
        raise Unusable(f"{name} is a report of `specimen check`, not one of benchmarks.")
    if not isinstance(data, dict) or not isinstance(data.get("benchmarks"), list) or "machine_info" not in data:
        raise Unusable(f"{name} is JSON, but not a report of benchmarks: machine_info and benchmarks are not there.")
    info = fields.mapping(data["machine_info"], f"{name}: machine_info")
    ours = _ours(info, name)
    if not data["benchmarks"]:
        raise Unusable(f"{name} has 0 benchmarks.")
    commit = data.get("commit_info") or {}
    started = ours.get("started") if ours else data.get("datetime")
    return Report(
        name,
        fields.printable(started)[:19] if isinstance(started, str) else "date unknown",
        _commit(fields.mapping(commit, f"{name}: commit_info")),
        read_machine(info, ours, name),
        _rows(data["benchmarks"], name, ours=ours is not None),
    )


def _json(path: Path, name: str) -> Any:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Unusable(f"{name} is a folder, not a file.")
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(f"{name} is not a regular file.")
        if status.st_size > MAX_BYTES:
            raise Unusable(f"{name} has {status.st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{name}: {error.strerror}.") from error
    if not content.strip():
        raise Unusable(f"{name} is empty.")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unusable(
            f"{name} is not a text in UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}."
        ) from error
    except json.JSONDecodeError as error:
        raise Unusable(
            f"{name} is not JSON, or is cut off: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise Unusable(f"{name} has a number of too many digits.") from error


def _ours(info: dict[str, Any], name: str) -> dict[str, Any] | None:
    """What Specimen adds to the machine's description; None in a file of pytest-benchmark's own."""
    if "specimen" not in info:
        return None
    ours = fields.mapping(info["specimen"], f"{name}: machine_info.specimen")
    schema = ours.get("schema")
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise Unusable(f"{name}: machine_info.specimen.schema is not a whole number from 1 on.")
    if schema > SCHEMA:
        number = str(schema) if schema < 1000 else "of more than three digits"
        raise Unusable(
            f"{name} is newer than this program: its schema is {number}, and {SCHEMA} is the last known here."
        )
    return ours


def _commit(commit: dict[str, Any]) -> str:
    known = commit.get("id")
    if not isinstance(known, str) or known in ("", "unversioned", "unknown"):
        return "commit unknown"
    return f"commit {fields.printable(known)[:10]}" + (" and changes" if commit.get("dirty") is True else "")


def _rows(benchmarks: list[Any], name: str, *, ours: bool) -> dict[tuple[str, str | None], Row]:
    rows: dict[tuple[str, str | None], Row] = {}
    for i, benchmark in enumerate(benchmarks):
        where = f"{name}: benchmarks[{i}]"
        row = _row(fields.mapping(benchmark, where), where, ours=ours)
        if (row.case, row.kernel) in rows:
            of = f", kernel {row.kernel}" if row.kernel else ""
            raise Unusable(f"{name} has case {row.case}{of} twice.")
        rows[row.case, row.kernel] = row
    return rows


def _row(benchmark: dict[str, Any], where: str, *, ours: bool) -> Row:
    stats = fields.mapping(benchmark.get("stats"), f"{where}.stats")
    if stats.get("data") is None:
        q1, median, q3 = (fields.positive(stats.get(key), f"{where}.stats.{key}") for key in ("q1", "median", "q3"))
        if not q1 <= median <= q3:
            raise Unusable(f"{where}.stats: q1, median and q3 are not in this order.")
        times, rounds = None, int(fields.positive(stats.get("rounds"), f"{where}.stats.rounds"))
    else:
        times = fields.times(stats["data"], f"{where}.stats.data")
        q1, median, q3 = (float(q) for q in np.quantile(times, (0.25, 0.5, 0.75)))
        rounds = len(times)
    extra = benchmark.get("extra_info") or {}
    extra = fields.mapping(extra, f"{where}.extra_info")
    if not ours or "kernel" not in extra:
        return Row(fields.text(benchmark.get("fullname"), f"{where}.fullname"), None, times, q1, median, q3, rounds)
    kernel = fields.text(extra["kernel"], f"{where}.extra_info.kernel")
    case = fields.text(extra.get("case"), f"{where}.extra_info.case")
    return Row(case, kernel, times, q1, median, q3, rounds, **_work(extra, f"{where}.extra_info"))


def _work(extra: dict[str, Any], where: str) -> dict[str, Any]:
    """What the case amounts to, and how near to the machine's limits it came."""
    names = {"bytes": "moved_bytes"} | {
        name: name
        for name in ("flops", "flops_per_s", "fraction_of_product", "fraction_of_copy", "limit_s", "peak_bytes")
    }
    found: dict[str, Any] = {
        ours: fields.optional_positive(extra.get(theirs), f"{where}.{theirs}") for theirs, ours in names.items()
    }
    for theirs in ("dtype", "fault"):
        found[theirs] = fields.optional_text(extra.get(theirs), f"{where}.{theirs}")
    error = extra.get("error_in_budget")
    found["error_in_budget"] = 0.0 if error == 0 else fields.optional_positive(error, f"{where}.error_in_budget")
    return found
