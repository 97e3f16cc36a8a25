"""Folders, archives and files -> who handed in what: one submission a student, however a course's system exports them."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.grading.archives import is_archive, members
from harness.grading.exports import METADATA, Named, named, submitters
from harness.grading.member import Damaged, Meter, Spent
from harness.grading.names import apart, cleaned, folded, inside, shown
from harness.grading.places import CODE, Look, Place, in_archive, on_disk
from harness.grading.submission import Submission
from harness.grading.taking import OF_A_CLASS
from harness.outcome import Unreadable

HANDED_IN = (*CODE, ".rar", ".7z", ".pdf", ".docx", ".html")  # what a student may have meant to hand in
PART = re.compile(r"(?<![a-z])(?:nmt|bert|clip|answers?)(?![a-z])", re.IGNORECASE)
OF_ANYBODY = re.compile(
    r"\(\d+\)|(?<![a-z])(?:copy ?\d*|final|version ?\d*|v\d+|new|old|(?:a|pa|hw|lab)0*\d+|assignments?|submission|homework|csc ?\d+h?1?)(?![a-z])",
    re.IGNORECASE,
)
NEITHER = " _-.,()[]+"
MOST_AROUND = 3  # folders around a class


@dataclass(frozen=True)
class _Found:
    """Whose it may be, what tells it from another of that name, and where it lies."""

    name: str
    hint: str
    sources: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def gather(paths: Sequence[Path]) -> list[Submission]:
    """The submissions in folders, archives and files, sorted by name.

    Edges:   a folder is a class, unless one student's files lie directly in it; an archive is a student's, unless it is the
             only path and plainly holds a class; any other file is a student's. Folders without anything in them, damaged
             archives and links are submissions too, about which there is nothing more to say than that.
    Raises:  Unreadable for a path that is not there, and where there is no submission at all.
    """
    found = [one for path in paths for one in _of(path, alone=len(paths) == 1)]
    if not found:
        raise Unreadable(f"There is no submission in {', '.join(str(path) for path in paths) or 'nothing'}.")
    by_source = {tuple(os.path.abspath(source) for source in one.sources) or one: one for one in found}  # noqa: PTH100
    return _named(list(by_source.values()))


def _of(path: Path, *, alone: bool) -> list[_Found]:
    try:
        path = Path(os.path.abspath(path))  # noqa: PTH100 - a path on the command line may be a link, and is followed
        path = path.resolve(strict=True) if path.is_symlink() else path
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        raise Unreadable(f"No such file or folder: {path}.") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if is_folder:
        return _of_folder(path, alone=alone)
    if not path.is_file():
        raise Unreadable(f"{path} is neither a folder nor a regular file.")
    if is_archive(path.name):
        return _of_archive(path, alone=alone)
    return [_file_of_its_own(path)]


def _of_folder(path: Path, *, alone: bool) -> list[_Found]:
    place = on_disk(path)
    root = _around(place, on_disk)
    if METADATA in root.files:
        return _of_gradescope(root)
    holds_one = len(place.folders) == 1 and not place.files and (not alone or not _key(place.folders[0]))
    if _is_one(root, on_disk) or (root is place and holds_one):
        return [_Found(path.name, path.parent.name, (path,))]
    return _of_class(root, on_disk)


def _of_archive(path: Path, *, alone: bool) -> list[_Found]:
    one = [_file_of_its_own(path)]
    try:
        look = in_archive(path)
    except Unreadable as error:
        return [_Found(one[0].name, one[0].hint, (path,), (str(error),))]
    root = _around(look(path), look)
    if METADATA in root.files:
        return _of_gradescope(root)
    exported = [name for name in (*root.files, *root.folders) if named(name)]
    if len(exported) > 1 or (alone and not _is_one(root, look) and len(_of_class(root, look)) > 1):
        return _of_class(root, look)
    return one


def _around(place: Place, look: Look) -> Place:
    """The folder that holds a class, where it lies in folders that hold nothing else."""
    inner = place
    for _ in range(MOST_AROUND):
        if inner.files or len(inner.folders) != 1:
            break
        inner = look(inner.path / inner.folders[0])
        if METADATA in inner.files or inner.archives or _exported(inner):
            return inner
        if _is_one(inner, look):
            break
        if len(inner.folders) > 1:
            return inner
    return place


def _exported(place: Place) -> list[str]:
    return [name for name in (*place.files, *place.folders) if named(name)]


def _is_one(place: Place, look: Look) -> bool:
    """Whether a folder is one student's, not a class."""
    if _exported(place):
        return False
    if any(PART.search(_stem(name)) and not _key(name) for name in place.code):
        return True
    notebooks = [name for name in place.code if not name.endswith(".py") or not place.folders]
    if notebooks and not place.archives:
        keys = {_key(name) for name in notebooks} - {""}
        return len(keys) <= 1 and not any(_has_code(look(place.path / name)) for name in place.folders)
    return (
        not place.files and bool(place.folders) and all(PART.search(name) and not _key(name) for name in place.folders)
    )


def _has_code(place: Place) -> bool:
    return bool(place.code or place.archives)


def _of_class(place: Place, look: Look) -> list[_Found]:
    """A submission a folder, an archive, or a group of files that one student's name stands before."""
    groups: dict[str, list[str]] = defaultdict(list)
    whose: dict[str, Named] = {}
    for name in (*place.folders, *(name for name in place.files if _is_handed_in(name))):
        said = named(name)
        key = _key(name) if name in place.files else name
        own = f"{said.who}\n{said.id}" if said else f"\n{key or name}"
        groups[own].append(name)
        if said:
            whose[own] = said
    found = []
    for own, names in groups.items():
        sources = tuple(place.path / name for name in names)
        name = whose[own].who if own in whose else names[0] if names[0] in place.folders else _whose(names)
        found.append(_Found(name, whose[own].id if own in whose else place.path.name, sources))
    return found + [
        _Found(_stem(name), place.path.name, (), (f"{shown(name)} is {what}.",)) for name, what in place.odd
    ]


def _is_handed_in(name: str) -> bool:
    return is_archive(name) or name.lower().endswith(HANDED_IN) or bool(named(name))


def _of_gradescope(place: Place) -> list[_Found]:
    remarks: tuple[str, ...] = ()
    people: dict[str, list[str]] = {}
    try:
        people = submitters(_content(place.path / METADATA))
    except (OSError, ValueError, Damaged, Spent) as error:
        remarks = (
            f"{METADATA} cannot be read, so submissions have numbers for names: {' '.join(str(error).split())}.",
        )
    found = []
    for name in sorted({*place.folders, *people}):
        who = ", ".join(people.get(name, ()))
        here = (place.path / name,) if name in place.folders else ()
        said = [*remarks, *([f"{shown(name)} of Gradescope."] if who else [])]
        said += [] if here else [f"{METADATA} names {shown(name)}, but there is no such folder."]
        found.append(_Found(who or name, name, here, tuple(said)))
    return found


def _content(path: Path) -> bytes:
    """A file on the disk, or in an archive that is there."""
    if path.is_file():
        return path.read_bytes()
    outer = next(parent for parent in path.parents if parent.is_file())
    work, most, max_directory = OF_A_CLASS
    with outer.open("rb") as file:
        for member in members(file, Meter(work, most), max_directory=max_directory):
            if inside(member.name) == path.relative_to(outer).as_posix():
                return b"".join(member.chunks())
    raise Damaged("it is not there any more")


def _file_of_its_own(path: Path) -> _Found:
    said = named(path.name)
    return _Found(said.who if said else _stem(path.name), said.id if said else path.parent.name, (path,))


def _stem(name: str) -> str:
    """A file's name without its suffix, or both of .tar.gz."""
    lower = name.lower()
    suffix = next((s for s in (".tar.gz", ".tar.bz2", ".tar.xz") if lower.endswith(s)), Path(name).suffix)
    return name[: len(name) - len(suffix)] or name


def _key(name: str) -> str:
    """What in a file's name may be a student's: not the part of the assignment, and no word of anybody."""
    return OF_ANYBODY.sub(" ", PART.sub(" ", _stem(name).replace("_", " "))).strip(NEITHER).casefold()


def _whose(names: list[str]) -> str:
    """A student's name, of files that it stands before."""
    bare = [PART.sub("", _stem(name)).strip(NEITHER) for name in names]
    return min((name for name in bare if name), key=len, default=_stem(names[0]))


def _named(found: list[_Found]) -> list[Submission]:
    """Names that are fit for a terminal and a file system, each once; of equal ones each is told by where it lies."""
    found.sort(key=lambda one: (one.name, one.hint, [str(source) for source in one.sources]))
    times = Counter(folded(cleaned(one.name)) for one in found)
    taken: set[str] = set()
    submissions = []
    for one in found:
        name = plain = cleaned(one.name)
        if times[folded(plain)] > 1 and one.hint:
            name = f"{plain} ({cleaned(one.hint)})"
        name = apart(name, taken)
        taken.add(folded(name))
        remarks = list(one.remarks)
        if plain != one.name:
            remarks.append(f"Its name was {shown(one.name)!r} as it was handed in.")
        if times[folded(plain)] > 1:
            remarks.append(f"{times[folded(plain)]} submissions have the name {plain}.")
        submissions.append(Submission(name, one.sources, tuple(remarks)))
    return sorted(submissions, key=lambda one: (folded(one.name), one.name))
