"""What a class comes to, in the formats that others read: each written from the journal, a record at a time."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from harness.grading.folder import GONE, SUBMISSIONS, WAITING, own_folder
from harness.grading.journal import Record
from harness.report import class_json, gradebook, gradescope, junit, markus
from harness.report.record import Audience
from harness.whole_file import write_whole

RESULTS, PAGE = "results.json", "class.html"
Records = Callable[[], Iterator[Record]]


def folder_of(out: Path, name: str) -> Path:
    """Where the files of one submission are."""
    return out / SUBMISSIONS / name


def keep(out: Path, record: Record, texts: Mapping[str, str]) -> dict[str, int]:
    """Write the files of one submission where they wait for their record to be in the journal; how large each is, in bytes."""
    waiting = _waiting(out, record["name"], record["digest"])
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    for name, text in texts.items():
        write_whole(waiting / name, text)
    return {name: (waiting / name).stat().st_size for name in texts}


def put(out: Path, name: str, digest: str) -> None:
    """Put the files that were kept for a record in their place, or those of somebody who is there again."""
    waiting, gone, place = _waiting(out, name, digest), out / GONE / name, folder_of(out, name)
    place.parent.mkdir(exist_ok=True)
    if waiting.exists():
        if place.exists():
            shutil.rmtree(place)
        waiting.replace(place)
    elif gone.exists() and not place.exists():
        gone.replace(place)


def are_there(out: Path, name: str, files: Mapping[str, int]) -> bool:
    """Whether the files of one submission are there, as large as they were written."""
    paths = {folder_of(out, name) / file: size for file, size in files.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def put_away(out: Path, names: Collection[str]) -> None:
    """Put the files of whoever is not in the class any more beside those of who is."""
    for name in names:
        if (place := folder_of(out, name)).exists():
            (out / GONE).mkdir(exist_ok=True)
            if (out / GONE / name).exists():
                shutil.rmtree(out / GONE / name)
            place.replace(out / GONE / name)


def tidy(out: Path) -> None:
    """Remove what was kept for records that never came to be, and files that were not written to their end."""
    shutil.rmtree(own_folder(out) / WAITING, ignore_errors=True)
    parts = re.compile(rf"\.({'|'.join(map(re.escape, FILES))})\.\d+\.part")
    for path in (*out.glob(".*.part"), *(out / SUBMISSIONS).glob("*/.*.part")):
        if parts.fullmatch(path.name):
            path.unlink(missing_ok=True)


def write_each(out: Path, formats: Sequence[str], record: Record, audience: Audience) -> None:
    """Write the files of one submission in the formats that have one for each."""
    for name in formats:
        if name in EACH:
            file, text = EACH[name]
            folder = folder_of(out, record["name"])
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / file, text(record, audience))


def write_whole_class(
    out: Path, formats: Sequence[str], records: Records, audience: Audience, title: str
) -> list[Path]:
    """Write the files of the whole class in the formats that have one; where they are."""
    asked = [WHOLE[name] for name in formats if name in WHOLE]
    for file, texts in asked:
        write_whole(out / file, texts(records, audience))
    if "html" in formats:
        write_whole(out / PAGE, _page(records, title))
    return [*(out / file for file, _ in asked), *([out / PAGE] if "html" in formats else [])]


def write_alone(out: Path, formats: Sequence[str], records: Records, audience: Audience) -> None:
    """Write the one file of a class of one, where an autograder has it; of a larger class there is none."""
    if "gradescope" in formats:
        first = list(itertools.islice(records(), 2))
        if len(first) == 1:
            write_whole(out / RESULTS, gradescope.text(first[0], audience=audience))
        else:
            (out / RESULTS).unlink(missing_ok=True)


def _waiting(out: Path, name: str, digest: str) -> Path:
    return own_folder(out) / WAITING / f"{name}.{digest[:16]}"


def _page(records: Records, title: str) -> Iterator[str]:
    """The page, which is for staff: near-duplicates are looked for whoever reads the other files."""
    from harness.grading.similar import near_duplicates
    from harness.report.class_page import page
    from harness.report.class_summary import summary

    alike = near_duplicates((record["name"], record["shape"]) for record in records())
    yield page(summary(records()), alike, title=title)


EACH: dict[str, tuple[str, Callable[[Record, Audience], str]]] = {
    "gradescope": (RESULTS, lambda record, audience: gradescope.text(record, audience=audience)),
    "markus": (
        "markus.jsonl",
        lambda record, audience: "".join(markus.line(row) for row in markus.rows(record, audience=audience)),
    ),
}
WHOLE: dict[str, tuple[str, Callable[[Records, Audience], Iterator[str]]]] = {
    "csv": ("gradebook.csv", lambda records, _: gradebook.csv(records())),
    "junit": ("junit.xml", lambda records, audience: junit.junit(records(), audience=audience)),
    "json": ("grades.json", lambda records, audience: class_json.json(records(), audience=audience)),
}
FORMATS = (*EACH, *WHOLE, "html")
FILES = (*(file for file, _ in EACH.values()), *(file for file, _ in WHOLE.values()), PAGE)
