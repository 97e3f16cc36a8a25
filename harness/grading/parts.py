"""Which of a student's files is what: the three notebooks by the items that they bind, the answers by the questions in them.

A file's text is looked through, line by line; its code is parsed by nobody but the worker that it is judged in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from harness.answers import read
from harness.grading.names import apart, cleaned, folded, shown
from harness.grading.submission import Contents
from harness.grading.texts import Text, as_judged, notebook, python
from harness.outcome import Unreadable
from harness.target import Target
from spec.contracts import CONTRACTS
from spec.handout import UNMARKED

CODE_PARTS = {"3": "nmt", "4": "bert", "5": "clip"}
OF_BERT = {"what-is", "verbal-arithmetic"}  # pieces that are not marked, by question; clip's begin with clip-
NAMES = "|".join(sorted(CONTRACTS, key=len, reverse=True))
BOUND = re.compile(
    rf"^(?:(?:async[ \t]+)?def|class)[ \t]+({NAMES})\b|^({NAMES})[ \t]*(?::[^=\n]{{0,200}})?=(?!=)", re.MULTILINE
)
IMPORTED = re.compile(r"^[ \t]*from[ \t]+\S+[ \t]+import[ \t]*(\([^)]{0,4000}\)|[^\n]{1,1000})", re.MULTILINE)
ABOUT_CLIP = re.compile(r"^[ \t]*(?:import|from)[ \t]+(?:open_)?clip\b", re.MULTILINE)
OLD = re.compile(r"(?<![a-z])(?:old|backup|bak|draft|copy ?\d*|starter|template|skeleton)(?![a-z])", re.IGNORECASE)
FINAL = re.compile(r"(?<![a-z])(?:final|submit|submission)(?![a-z])", re.IGNORECASE)
NUMBER = re.compile(r"(?:v|version|\(|[ _-])(\d{1,6})\)?(?=$|[ _.-])", re.IGNORECASE)
QUESTION = re.compile(r"""^[ \t]*\[?["']?[1-5](?:[ ]?\.[ ]?\d[a-z]?)+["']?[ \t]*[]=.]""", re.MULTILINE)
MAX_PROSE_FILES, MAX_PROSE = 20, 1 << 18
MAX_TOML_FILES = 8
MAX_FURTHER = 6  # files beyond the first of each section


@dataclass(frozen=True)
class Staged:
    """A submission's files on the disk, and which of them is what: nmt, bert, clip, answers.

    Edges:   "nmt 2" and so on are further files of a section, with marked items that those before them do not have;
             `unread` are the remarks on files that could not be looked through.
    """

    parts: dict[str, Path]
    remarks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Code:
    """A notebook or Python file: the marked items and how many other pieces of each part it binds."""

    name: str
    is_notebook: bool
    items: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pieces: Mapping[str, int] = field(default_factory=dict)
    flaw: str = ""

    def rank(self, part: str) -> tuple[Any, ...]:
        """Which of two files is the part: the greater one."""
        exact = folded(PurePosixPath(self.name).name) == f"{part}.ipynb"
        return (
            len(self.marked(part)),
            self.is_notebook,
            exact,
            not OLD.search(self.name),
            self.pieces.get(part, 0),
            *_newness(self.name),
        )

    def marked(self, part: str) -> frozenset[str]:
        return self.items.get(part, frozenset())

    def has(self, part: str) -> bool:
        return bool(self.marked(part) or self.pieces.get(part))


def staged(contents: Contents, folder: Path) -> Staged:
    """A submission written below a folder, with names that a file system takes.

    Raises:  FileExistsError when there is something in the folder already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty.")
    remarks: list[str] = []
    files = as_judged(contents.files, remarks)
    places = _written(files, folder, remarks)
    found = [_looked_through(name, files[name]) for name in places if _is_code(name)]
    unread = tuple(code.flaw for code in found if code.flaw)
    parts = {part: places[name] for part, name in _chosen(found, remarks).items()}
    if (answers := _answers(files, places, remarks)) is not None:
        parts["answers"] = answers
    return Staged(parts, (*remarks, *unread), unread)


def _written(files: Mapping[str, bytes], folder: Path, remarks: list[str]) -> dict[str, Path]:
    """Where each file was written."""
    folders: dict[tuple[str, ...], Path] = {(): folder}
    taken: dict[Path, set[str]] = {}
    places, changed = {}, []
    for name in sorted(files):
        *above, last = name.split("/")
        for i in range(len(above)):
            if (whole := tuple(above[: i + 1])) not in folders:
                folders[whole] = _place(above[i], folders[whole[:-1]], taken)
                folders[whole].mkdir()
        places[name] = _place(last, folders[tuple(above)], taken)
        places[name].write_bytes(files[name])
        if (now := places[name].relative_to(folder).as_posix()) != name:
            changed.append(f"{shown(name)!r} is judged as {now}.")
    remarks += changed[:5] + ([f"{len(changed) - 5} more files have other names."] if len(changed) > 5 else [])
    return places


def _place(name: str, folder: Path, taken: dict[Path, set[str]]) -> Path:
    """A new place in a folder, by a name as near to the given one as may be."""
    there = taken.setdefault(folder, set())
    own = apart(cleaned(name), there)
    there.add(folded(own))
    return folder / own


def _is_code(name: str) -> bool:
    return name.lower().endswith((".ipynb", ".py"))


def _looked_through(name: str, content: bytes) -> _Code:
    is_notebook, flaw = name.lower().endswith(".ipynb"), ""
    try:
        text = (notebook if is_notebook else python)(content.decode("utf-8-sig", errors="replace"))
    except ValueError as error:
        text, flaw = Text(), f"{shown(name)} cannot be looked through: {error}."
    bound = set().union(*(_bound(code) for code in text.code))
    marked: dict[str, frozenset[str]] = {}
    pieces: dict[str, int] = {}
    for item in bound:
        if (part := _part(item)) and (not CONTRACTS[item].is_text or _is_about_clip(name, text, bound)):
            if CONTRACTS[item].question in UNMARKED:
                pieces[part] = pieces.get(part, 0) + 1
            else:
                marked[part] = marked.get(part, frozenset()) | {item}
    return _Code(name, is_notebook, marked, pieces, flaw)


def _bound(code: str) -> set[str]:
    """The items that a text binds, by the look of its lines."""
    found = {match[1] or match[2] for match in BOUND.finditer(code)}
    imported = {word for match in IMPORTED.finditer(code) for word in re.findall(r"\w+", match[1])}
    return found | (imported & CONTRACTS.keys())


def _part(item: str) -> str | None:
    question = CONTRACTS[item].question
    if question not in UNMARKED:
        return CODE_PARTS.get(question[0])
    if question == "kernel":
        return None
    return "clip" if question.startswith("clip-") else "bert" if question in OF_BERT else "nmt"


def _is_about_clip(name: str, text: Text, bound: set[str]) -> bool:
    """Whether a caption there is more than somebody's variable."""
    if _is_named("clip", name) or re.search(r"\bCLIP\b", text.prose) or any(map(ABOUT_CLIP.search, text.code)):
        return True
    return any(_part(item) == "clip" and not CONTRACTS[item].is_text for item in bound)


def _is_named(part: str, name: str) -> bool:
    return re.search(rf"(?<![a-z]){part}(?![a-z])", PurePosixPath(name).stem, re.IGNORECASE) is not None


def _chosen(found: list[_Code], remarks: list[str]) -> dict[str, str]:
    """The file of each part, by name, and further ones."""
    chosen: dict[str, str] = {}
    further: dict[str, str] = {}
    for part in CODE_PARTS.values():
        able = sorted((code for code in found if code.has(part)), key=lambda code: code.rank(part), reverse=True)
        if able:
            chosen[part] = able[0].name
            more = _further(part, able, MAX_FURTHER - len(further), remarks)
            further |= {f"{part} {i}": name for i, name in enumerate(more, start=2)}
            _tell_of_others(part, able, more, remarks)
            continue
        by_name = [code for code in found if code.is_notebook and _is_named(part, code.name)]
        if by_name:
            chosen[part] = max(by_name, key=lambda code: code.rank(part)).name
            remarks.append(
                f"{shown(chosen[part])} is taken for {part} by its name: it binds nothing that is asked for."
            )
    return chosen | further


def _further(part: str, able: list[_Code], most: int, remarks: list[str]) -> list[str]:
    """The files with marked items that those before them do not have, such as the second half of a section."""
    there = able[0].marked(part)
    more: list[str] = []
    for code in able[1:]:
        if new := code.marked(part) - there:
            listed = ", ".join(sorted(new))
            if len(more) == most:
                remarks.append(f"{shown(code.name)} is not judged, one of too many: it alone has {listed}.")
                break
            more.append(code.name)
            there |= new
            remarks.append(f"{shown(code.name)} is judged as {part} too, for {listed}.")
    return more


def _tell_of_others(part: str, able: list[_Code], more: list[str], remarks: list[str]) -> None:
    left = [code for code in able[1:] if code.name not in more]
    others = [code for code in left if code.is_notebook or code.marked(part)]
    if others:
        listed = ", ".join(shown(code.name) for code in others[:4])
        listed += f" and {len(others) - 4} more" if len(others) > 4 else ""
        counts = f"{_how_many(part, able[0])} names of it stand there, {_how_many(part, left[0])} in the next"
        remarks.append(f"{shown(able[0].name)} is judged as {part}, not {listed}: {counts}.")


def _how_many(part: str, code: _Code) -> int:
    return len(code.marked(part)) + code.pieces.get(part, 0)


def _newness(name: str) -> tuple[Any, ...]:
    """How new a file looks by its name, and at last something that no two files have in common."""
    stem = PurePosixPath(name).stem
    number = max((int(found) for found in NUMBER.findall(stem)), default=0)
    return (OLD.search(name) is None, FINAL.search(stem) is not None, number, -len(name), name)


def _answers(files: Mapping[str, bytes], places: Mapping[str, Path], remarks: list[str]) -> Path | None:
    """The file of written answers: TOML with questions for keys, whatever its name."""
    tomls = sorted((n for n in places if n.lower().endswith(".toml")), key=lambda n: (not _is_named("answers?", n), n))
    able = sorted(_readable(tomls[:MAX_TOML_FILES], files, places), reverse=True)
    if not able:
        able = sorted(_readable(list(_prose(files)), files, places), reverse=True)
    if able:
        name = able[0][-1]
        if len(able) > 1:
            others = ", ".join(shown(one[-1]) for one in able[1:5])
            remarks.append(f"{shown(name)} is judged as answers, not {others}, which answer no more questions.")
        return _as_toml(name, files, places, remarks)
    meant = [n for n in tomls if _is_named("answers?", n) or QUESTION.search(_head(files[n]))]
    return places[meant[0]] if meant else None  # whoever judges it says what is wrong with it


def _readable(names: list[str], files: Mapping[str, bytes], places: Mapping[str, Path]) -> Iterator[tuple[Any, ...]]:
    """Files of answers, the name last, after what ranks them: how many questions they answer, then how they are called."""
    for name in names:
        try:
            found = read(Target(PurePosixPath(name).name, "answers", places[name], ()))
            answered = len(found.answers) + len(found.doubled)
        except (Unreadable, MemoryError):
            continue
        if answered:
            yield answered, folded(PurePosixPath(name).stem) == "answers", *_newness(name)


def _prose(files: Mapping[str, bytes]) -> Iterator[str]:
    texts = sorted(n for n in files if n.lower().endswith((".txt", ".md")) and len(files[n]) <= MAX_PROSE)
    return (n for n in texts[:MAX_PROSE_FILES] if QUESTION.search(_head(files[n])))


def _head(content: bytes) -> str:
    return content[:MAX_PROSE].decode(errors="replace")


def _as_toml(name: str, files: Mapping[str, bytes], places: Mapping[str, Path], remarks: list[str]) -> Path:
    """The file itself, or a copy of it whose name says what is in it."""
    path = places[name]
    if path.suffix.lower() == ".toml":
        return path
    copy = path.with_name(apart(f"{path.name}.toml", {folded(one.name) for one in path.parent.iterdir()}))
    copy.write_bytes(files[name])
    remarks.append(f"{shown(name)} is judged as the file of answers, though its name does not say so.")
    return copy
