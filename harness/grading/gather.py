"""Folders, archives and files -> who handed in what: one submission a student, however a course's system exports them."""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.grading.archives import is_archive, members
from harness.grading.exports import MAX_METADATA, METADATA, Named, Person, named, submitters
from harness.grading.member import CHUNK, Damaged, Meter, Spent
from harness.grading.names import PART, apart, cleaned, folded, inside, is_junk, on_one_line, shown
from harness.grading.places import Look, Place, in_archive, on_disk
from harness.grading.submission import Submission
from harness.grading.taking import OF_A_CLASS
from harness.grading.whose import EXPORT, is_nobodys, is_notebook, key_of, stem_of, who_of
from harness.outcome import Unreadable

MOST_AROUND = 3  # folders around a class
Leave = Callable[[str], None]


@dataclass(frozen=True)
class _Found:
    """Whose it may be, what tells it from another of that name, where it lies, and what the course's system knows."""

    name: str
    hint: str
    sources: tuple[Path, ...]
    remarks: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    id: str = ""


def _unheard(_: str) -> None:
    """Nobody asks what is left out."""


def gather(paths: Sequence[Path], leave: Leave = _unheard) -> list[Submission]:
    """The submissions in folders, archives and files, sorted by name.

    Edges:   of several paths each is a student's, by its name, whatever lies in it; a folder or an archive that is the only
             path is a class's, unless it is plainly one student's. Whatever lies in a class is somebody's, if only a folder
             without anything in it, a damaged archive, a link or a text; `leave` hears of the few that are nobody's.
    Raises:  Unreadable for a path that is not there, and where there is no submission at all.
    """
    several = len({os.path.abspath(path) for path in paths}) > 1  # noqa: PTH100
    found = [one for path in paths for one in _one_of(path, leave, alone=not several)]
    if not found:
        raise Unreadable(f"There is no submission in {', '.join(str(path) for path in paths) or 'nothing'}.")
    by_source = {tuple(os.path.abspath(source) for source in one.sources) or one: one for one in found}  # noqa: PTH100
    return _named(list(by_source.values()))


def _one_of(path: Path, leave: Leave, *, alone: bool) -> list[_Found]:
    """What is at a path; of several, one that is there and cannot be taken costs itself alone."""
    try:
        return _of(path, leave, alone=alone)
    except Unreadable as error:
        if alone or not os.path.lexists(path):
            raise
        return [_Found(stem_of(path.name), path.parent.name, (), (str(error),))]


def _of(path: Path, leave: Leave, *, alone: bool) -> list[_Found]:
    try:
        path = Path(os.path.abspath(path))  # noqa: PTH100 - the one path may be a link, and is followed
        if path.is_symlink() and not alone:
            raise Unreadable(f"{shown(path.name)} is a symbolic link, which is not followed.")
        path = path.resolve(strict=True) if path.is_symlink() else path
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        raise Unreadable(f"No such file or folder: {path}.") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if is_folder:
        return _of_folder(path, leave) if alone else [_file_of_its_own(path, is_folder=True)]
    if not path.is_file():
        raise Unreadable(f"{path} is neither a folder nor a regular file.")
    if is_archive(path.name) and alone:
        return _of_archive(path, leave)
    if not alone and (is_nobodys(path.name) or is_junk(path.name)):
        leave(path.name)
        return []
    return [_file_of_its_own(path)]


def _of_folder(path: Path, leave: Leave) -> list[_Found]:
    place = on_disk(path)
    root = _around(place, on_disk)
    if METADATA in root.files:
        return _of_gradescope(root)
    holds_one = len(place.folders) == 1 and not place.files and not key_of(place.folders[0])
    if _is_one(root, on_disk) or (root is place and holds_one):
        return [_Found(path.name, path.parent.name, (path,))]
    return _of_class(root, leave)


def _of_archive(path: Path, leave: Leave) -> list[_Found]:
    one = [_file_of_its_own(path)]
    try:
        look = in_archive(path)
    except Unreadable as error:
        return [_Found(one[0].name, one[0].hint, (path,), (str(error),))]
    top = look(path)
    root = _around(top, look)
    if METADATA in root.files:
        found = _of_gradescope(root)
    elif len(_exported(root)) > 1 or (not _is_one(root, look) and len(_of_class(root)) > 1):
        found = _of_class(root, leave)
    else:
        return one  # whoever reads it says what is left out
    for name in top.left if root is not top or METADATA in root.files else ():
        leave(name)
    return found


def _around(place: Place, look: Look) -> Place:
    """The folder that holds a class, where it lies in folders that hold nothing else."""
    inner, is_nobodys = place, True
    for _ in range(MOST_AROUND):
        if inner.files or len(inner.folders) != 1:
            break
        name = inner.folders[0]
        try:
            inner = look(inner.path / name)
        except Unreadable:
            break
        is_nobodys = is_nobodys and (EXPORT.fullmatch(name) is not None or not key_of(name))
        exported = METADATA in inner.files or _exported(inner)
        if inner.archives or (exported and is_nobodys):
            return inner
        if exported:
            break  # a student's own folder, whatever the files in it are called
        if _is_one(inner, look):
            break
        if len(inner.folders) > 1 or (is_nobodys and len(_others(inner, look)) > 1):
            return inner
    return place


def _exported(place: Place) -> list[str]:
    return [name for name in (*place.files, *place.folders) if named(name)]


def _is_one(place: Place, look: Look) -> bool:
    """Whether a folder is one student's, not a class."""
    if _exported(place):
        return False
    if any(PART.search(stem_of(name)) and not key_of(name) for name in place.code):
        return len(_others(place, look)) < 2
    notebooks = [name for name in place.code if not name.endswith(".py") or not place.folders]
    if notebooks and not place.archives:
        keys = {key_of(name) for name in notebooks} - {""}
        return len(keys) <= 1 and not any(_has_code(place.path / name, look) for name in place.folders)
    return (
        not place.files
        and bool(place.folders)
        and all(PART.search(name) and not key_of(name) for name in place.folders)
    )


def _others(place: Place, look: Look) -> set[str]:
    """Who may have handed something in beside a file that bears nobody's name: several make a class, in which a starter or
    a key to the answers lies, or somebody left the name off."""
    files = {key_of(name) for name in place.files if is_archive(name) or (is_notebook(name) and PART.search(name))}
    folders = {key for name in place.folders if (key := key_of(name)) and _is_handed_in(place.path / name, look)}
    return (files | folders) - {""}


def _is_handed_in(folder: Path, look: Look) -> bool:
    """Whether a folder, or one in it, has what could be a student's: more than Python that is imported."""
    try:
        place = look(folder)
        places = [place, *(look(folder / name) for name in place.folders[:3])]
    except Unreadable:
        return True
    return any(
        one.archives or any(is_notebook(name) or PART.search(stem_of(name)) for name in one.code) for one in places
    )


def _has_code(folder: Path, look: Look) -> bool:
    """Whether there is code in a folder, or in one in it, such as that of the assignment."""
    try:
        place = look(folder)
        return bool(place.code or place.archives) or any(look(folder / name).code for name in place.folders[:3])
    except Unreadable:
        return True


def _of_class(place: Place, leave: Leave = _unheard) -> list[_Found]:
    """A submission a folder, an archive, or a group of files that one student's name stands before."""
    for name in (*place.left, *filter(is_nobodys, place.files)):
        leave(name)
    groups: dict[str, list[str]] = defaultdict(list)
    whose: dict[str, Named] = {}
    for name in (*place.folders, *(name for name in place.files if not is_nobodys(name))):
        said = named(name)
        key = key_of(name) if name in place.files else name
        own = f"{said.who}\n{said.id}" if said else f"\n{key or name}"
        groups[own].append(name)
        if said:
            whose[own] = said
    found = []
    for own, names in groups.items():
        sources = tuple(place.path / name for name in names)
        if own in whose:
            found.append(_Found(whose[own].who, whose[own].id, sources, id=whose[own].id))
        else:
            name = names[0] if names[0] in place.folders else who_of(names)
            found.append(_Found(name, place.path.name, sources))
    return found + [
        _Found(stem_of(name), place.path.name, (), (f"{shown(name)} is {what}.",)) for name, what in place.odd
    ]


def _of_gradescope(place: Place) -> list[_Found]:
    remarks: tuple[str, ...] = ()
    people: dict[str, list[Person]] = {}
    try:
        people = submitters(_content(place.path / METADATA))
    except (OSError, ValueError, Damaged, Spent) as error:
        remarks = (
            f"{METADATA} cannot be read, so submissions have numbers for names: {' '.join(str(error).split())}.",
        )
    found = []
    for name in sorted({*place.folders, *people}):
        group = people.get(name, [])
        who = ", ".join(person.name for person in group)
        here = (place.path / name,) if name in place.folders else ()
        said = [*remarks, *([f"{shown(name)} of Gradescope."] if who else [])]
        said += [] if here else [f"{METADATA} names {shown(name)}, but there is no such folder."]
        members, ids = tuple(person.name for person in group), ", ".join(person.id for person in group if person.id)
        found.append(_Found(who or name, name, here, tuple(said), members, ids))
    return found


def _content(path: Path) -> bytes:
    """A file on the disk, or in an archive that is there, of no more than is read of Gradescope's list."""
    if path.is_file():
        with path.open("rb") as file:
            return _bounded(iter(lambda: file.read(CHUNK), b""))
    outer = next(parent for parent in path.parents if parent.is_file())
    work, most, max_directory = OF_A_CLASS
    with outer.open("rb") as file:
        for member in members(file, Meter(work, most), max_directory=max_directory):
            if inside(member.name) == path.relative_to(outer).as_posix():
                return _bounded(member.chunks())
    raise Damaged("it is not there any more")


def _bounded(chunks: Iterator[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_METADATA:
            raise Damaged(f"it has more than {MAX_METADATA >> 20} MB")
    return bytes(content)


def _file_of_its_own(path: Path, *, is_folder: bool = False) -> _Found:
    said = named(path.name)
    if is_folder and not said:
        return _Found(path.name, path.parent.name, (path,))
    if said:
        return _Found(said.who, said.id, (path,), id=said.id)
    return _Found(stem_of(path.name), path.parent.name, (path,))


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
        members = tuple(map(on_one_line, one.members))
        submissions.append(Submission(name, one.sources, tuple(remarks), members, on_one_line(one.id)))
    return sorted(submissions, key=lambda one: (folded(one.name), one.name))
