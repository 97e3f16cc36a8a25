"""Records as a table for a gradebook: CSV, a row a submission, a column a question.

It begins with a byte order mark, without which Excel reads UTF-8 as something else and spoils every accented name.
Questions are Q3.1.1 and not 3.1.1, which a spreadsheet takes for a date; so do names have an apostrophe where one would
take them for anything but a text. The last column has every name as it is, in a path, which is a text to all of them.
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Iterable, Iterator

from harness.report import foreign
from harness.report.record import COLUMNS, Record, earned, questions, total

MARK = "\ufeff"


def csv(records: Iterable[Record]) -> Iterator[str]:
    """The lines of the table, as RFC 4180 has them.

    Units:   points in marks, time in seconds.
    Edges:   a question that a person marks has no points, and neither `total` nor `max` counts it.
    """
    names = [f"Q{question.id}" for question in COLUMNS]
    said = ["time_s", "remarks", "id", "members", "folder"]
    yield MARK + _line(["name", *names, "total", "max", *(f"{name} status" for name in names), *said])
    for record in records:
        yield _line(_row(record))


def _row(record: Record) -> list[str]:
    found = questions(record)
    points, most = total(record)
    marks = ["" if (marks := earned(question)) is None else f"{marks:g}" for question in found]
    remarks = [*([record["error"]] if record["error"] else []), *record["remarks"]]
    return [
        foreign.in_cell(record["name"]), *marks, f"{points:g}", f"{most:g}", *(question["status"] for question in found),
        f"{record['time_s']:.1f}", foreign.in_cell("; ".join(remarks)),
        foreign.in_cell(record.get("id", "")), foreign.in_cell("; ".join(record.get("members", ()))),
        f"submissions/{foreign.line(record['name'])}",
    ]  # fmt: skip


def _line(cells: list[str]) -> str:
    written = io.StringIO()
    table.writer(written, quoting=table.QUOTE_ALL, lineterminator="\r\n").writerow(
        cells
    )  # a semicolon may separate, too
    return written.getvalue()
