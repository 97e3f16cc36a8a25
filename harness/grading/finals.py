"""What a class comes to, in the formats that others read: each written from the journal, a record at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.grading.journal import Record
from harness.report import class_json, gradebook, gradescope, junit, markus
from harness.report.record import Audience
from harness.whole_file import write_whole

SUBMISSIONS = "submissions"
Records = Callable[[], Iterator[Record]]


def folder_of(out: Path, name: str) -> Path:
    """Where the files of one submission are."""
    return out / SUBMISSIONS / name


def keep(out: Path, record: Record, texts: Mapping[str, str]) -> None:
    """Write the files of one submission where they take the place of older ones once their record is in the journal."""
    waiting = _waiting(out, record)
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    for name, text in texts.items():
        write_whole(waiting / name, text)


def put(out: Path, record: Record) -> None:
    """Put the files that were kept for a record in their place; nothing to do where that was done before."""
    waiting, place = _waiting(out, record), folder_of(out, record["name"])
    if waiting.exists():
        shutil.rmtree(place, ignore_errors=True)
        waiting.replace(place)


def tidy(out: Path) -> None:
    """Remove what was kept for records that never came to be."""
    for left in (out / SUBMISSIONS).glob(".*"):
        shutil.rmtree(left, ignore_errors=True)


def write_each(out: Path, formats: Sequence[str], record: Record, audience: Audience) -> None:
    """Write the files of one submission in the formats that have one for each."""
    for name in formats:
        if name in EACH:
            file, text = EACH[name]
            folder = folder_of(out, record["name"])
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / file, text(record, audience))


def write_whole_class(out: Path, formats: Sequence[str], records: Records, audience: Audience) -> list[Path]:
    """Write the files of the whole class in the formats that have one; where they are."""
    asked = [WHOLE[name] for name in formats if name in WHOLE]
    for file, texts in asked:
        write_whole(out / file, texts(records, audience))
    return [out / file for file, _ in asked]


def _waiting(out: Path, record: Record) -> Path:
    return out / SUBMISSIONS / f".{record['name']}.{record['digest'][:16]}"


def _page(records: Records, audience: Audience) -> Iterator[str]:
    """The page, which is for staff: near-duplicates are looked for whoever reads the other files."""
    from harness.grading.similar import near_duplicates
    from harness.report.class_page import page
    from harness.report.class_summary import summary

    yield page(summary(records()), near_duplicates((record["name"], record["shape"]) for record in records()))


EACH: dict[str, tuple[str, Callable[[Record, Audience], str]]] = {
    "gradescope": ("results.json", lambda record, audience: gradescope.text(record, audience=audience)),
    "markus": (
        "markus.jsonl",
        lambda record, audience: "".join(markus.line(row) for row in markus.rows(record, audience=audience)),
    ),
}
WHOLE: dict[str, tuple[str, Callable[[Records, Audience], Iterator[str]]]] = {
    "csv": ("gradebook.csv", lambda records, _: gradebook.csv(records())),
    "junit": ("junit.xml", lambda records, audience: junit.junit(records(), audience=audience)),
    "json": ("grades.json", lambda records, audience: class_json.json(records(), audience=audience)),
    "html": ("class.html", _page),
}
FORMATS = (*EACH, *WHOLE)
