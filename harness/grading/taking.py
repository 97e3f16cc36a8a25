"""Reading what a student handed in, from folders, files and archives, within limits: what matters is kept, the rest named."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from harness.grading.archives import is_archive, members
from harness.grading.exports import as_handed_in
from harness.grading.member import CHUNK, Damaged, Member, Meter
from harness.grading.names import MAX_DEPTH, PART, inside, is_junk, shown
from harness.grading.spool import spooled

MB = 1 << 20
MAX_REMARKS = 20
OF_NOTEBOOKS = (".ipynb", ".toml")
MAX_NESTED = 2  # an archive, and one in it
MAX_PACKED = 32 * MB  # of an archive in an archive, which is held in memory
MAX_WORK, MAX_MEMBERS = 512 * MB, 20_000
OF_A_CLASS = (8 << 30, 2_000_000, 64 * MB)  # bytes, members, and list of contents of the archive that holds a class
OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass
class _Room:
    """How much of one kind of file is kept.

    Units:   `most` bytes a file, `bytes` in all.
    """

    most: int
    bytes: int
    files: int


def _rooms() -> dict[str, _Room]:
    of_notebooks, of_code, of_texts = _Room(32 * MB, 64 * MB, 60), _Room(MB, 8 * MB, 300), _Room(4 * MB, 16 * MB, 300)
    texts = dict.fromkeys((".txt", ".tex", ".md", ".json", ".csv"), of_texts)
    return dict.fromkeys(OF_NOTEBOOKS, of_notebooks) | {".py": of_code} | texts


@dataclass
class Taking:
    """What has been taken so far, and what may still be.

    Edges:   `unread` are the remarks on what may have been to be judged and was not read.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    meter: Meter = field(default_factory=lambda: Meter(MAX_WORK, MAX_MEMBERS))
    rooms: dict[str, _Room] = field(default_factory=_rooms)

    def said(self) -> tuple[str, ...]:
        """All remarks, or the first of them and how many more there are."""
        remarks = list(dict.fromkeys(self.remarks))
        if self.others:
            counts = ", ".join(f"{n} {shown(suffix) or 'with no suffix'}" for suffix, n in self.others.most_common(8))
            remarks.insert(0, f"Files of other kinds are left out: {counts}{' ...' if len(self.others) > 8 else ''}.")
        more = len(remarks) - MAX_REMARKS
        return (*remarks[:MAX_REMARKS], *([f"{more} more remarks of this kind are left out."] if more > 0 else []))

    def leave(self, name: str, why: str) -> None:
        remark = f"{shown(name)} is left out: {why}."
        self.remarks.append(remark)
        if _suffix(name) in OF_NOTEBOOKS or is_archive(name) or (_suffix(name) == ".py" and PART.search(name)):
            self.unread.append(remark)

    def fail(self, remark: str) -> None:
        """Say what cannot be read, all of it or from some place on."""
        self.remarks.append(remark)
        self.unread.append(remark)


def take(source: Path, taking: Taking) -> None:
    """Take what lies at a path.

    Raises:  Damaged, Spent, OSError and ValueError, where nothing more of it can be read.
    """
    if os.path.lexists(source):
        if stat.S_ISDIR(source.lstat().st_mode):
            _folder(source, taking)
        else:
            _file(source, as_handed_in(source.name), taking, is_all=True)
        return
    outer = next((parent for parent in source.parents if os.path.isfile(parent)), None)  # noqa: PTH113 - of any name
    if outer is None:
        raise Damaged("it is not there any more")
    with _open(outer) as file:
        _from_class(spooled(file), source.relative_to(outer).as_posix(), taking)


def _from_class(file: BinaryIO, wanted: str, taking: Taking) -> None:
    """What lies at one path in the archive of a class."""
    work, most, max_directory = OF_A_CLASS
    found = False
    for member in members(file, Meter(work, most), max_directory=max_directory):
        path = inside(member.name)
        if path == wanted:
            found = True
            _member(member, as_handed_in(path.rpartition("/")[2]), taking, 0, is_all=True)
        elif path is not None and path.startswith(f"{wanted}/"):
            found = True
            taking.meter.see()
            _placed(member, path[len(wanted) + 1 :], "", taking, 0)
    if not found:
        raise Damaged("it is not there any more")


def _folder(root: Path, taking: Taking) -> None:
    """All files below a folder, those that matter most first."""
    paths = list(_below(root, "", taking))
    order = {suffix: i for i, suffix in enumerate(taking.rooms)}
    for path in sorted(paths, key=lambda path: (order.get(_suffix(path), len(order)), path)):
        try:
            _file(root / path, path, taking)
        except (Damaged, OSError, ValueError) as error:
            taking.leave(path, reason(error))


def _below(root: Path, folder: str, taking: Taking) -> Iterator[str]:
    try:
        with os.scandir(root / folder) as entries:
            found = sorted(_counted(entries, taking.meter), key=lambda entry: entry.name)
    except OSError as error:
        taking.leave(folder or root.name, reason(error))
        return
    for entry in found:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if is_junk(entry.name):
            continue
        if entry.is_symlink():
            taking.leave(path, "it is a symbolic link")
        elif not entry.is_dir(follow_symlinks=False):
            yield path
        elif path.count("/") >= MAX_DEPTH:
            taking.leave(path, f"it lies more than {MAX_DEPTH} folders deep")
        else:
            yield from _below(root, path, taking)


def _counted(entries: Iterable[os.DirEntry[str]], meter: Meter) -> Iterator[os.DirEntry[str]]:
    for entry in entries:
        meter.see()
        yield entry


def _file(path: Path, name: str, taking: Taking, *, is_all: bool = False) -> None:
    """A file on the disk: an archive is opened, other files are kept if they matter."""
    if is_archive(name):
        with _open(path) as file:
            _archive(file, name, "" if is_all else f"{name}/", taking, 1)
        return
    if _suffix(name) not in taking.rooms:
        taking.others[_suffix(name)] += 1
        return
    with _open(path) as file:
        before = os.fstat(file.fileno())
        kept = _keep(name, before.st_size, lambda: iter(lambda: file.read(CHUNK), b""), taking)
        after = os.fstat(file.fileno())
    if kept and (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, len(taking.files[name])):
        _drop(name, taking)
        taking.leave(name, "it changed while it was read")


def _open(path: Path) -> BinaryIO:
    """A regular file, opened without following a link or waiting for a pipe."""
    file = os.fdopen(os.open(path, OPEN), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Damaged("it is no regular file")
    return file


def _archive(file: BinaryIO, name: str, prefix: str, taking: Taking, nested: int) -> None:
    """The files in an archive; what is unreadable in it costs what comes after it in that archive."""
    seen = 0
    try:
        for member in members(file, taking.meter):
            seen += 1
            path = inside(member.name)
            if path is None:
                taking.leave(f"{prefix}{member.name}", "its path leads out of the archive")
            else:
                _placed(member, path, prefix, taking, nested)
    except Damaged as error:
        taking.fail(f"{shown(name)} cannot be read {'further' if seen else 'at all'}, because {error}.")


def _placed(member: Member, path: str, prefix: str, taking: Taking, nested: int) -> None:
    if path.count("/") >= MAX_DEPTH:
        taking.leave(prefix + path, f"it lies more than {MAX_DEPTH} folders deep")
    elif not is_junk(path):
        _member(member, prefix + path, taking, nested, is_all=False)


def _member(member: Member, name: str, taking: Taking, nested: int, is_all: bool) -> None:
    if member.flaw:
        taking.leave(name, member.flaw)
    elif not is_archive(name):
        _keep(name, member.size, member.chunks, taking)
    elif nested >= MAX_NESTED:
        taking.leave(name, "it is an archive in an archive in an archive")
    elif (packed := _whole(name, member.size, member.chunks, MAX_PACKED, taking)) is not None:
        _archive(BytesIO(packed), name, "" if is_all else f"{name}/", taking, nested + 1)


def _keep(name: str, size: int, chunks: Callable[[], Iterator[bytes]], taking: Taking) -> bool:
    """Read a file that matters, if there is room for it; of two of one name the later one stays, as unpacking has it."""
    room = taking.rooms.get(_suffix(name))
    if room is None:
        taking.others[_suffix(name)] += 1
        return False
    before = taking.files.get(name)
    left = room.bytes + len(before or b"")
    if before is None and (room.files <= 0 or left <= 0):
        taking.leave(name, f"there are too many files like it, or too large ones ({_suffix(name)})")
        return False
    content = _whole(name, size, chunks, min(room.most, left), taking)
    if content is None:
        return False
    if before is not None:
        _drop(name, taking)
        taking.remarks.append(f"{shown(name)} is there more than once; the last one counts.")
    taking.files[name] = content
    room.files -= 1
    room.bytes -= len(content)
    return True


def _drop(name: str, taking: Taking) -> None:
    room = taking.rooms[_suffix(name)]
    room.files += 1
    room.bytes += len(taking.files.pop(name))


def _whole(name: str, size: int, chunks: Callable[[], Iterator[bytes]], most: int, taking: Taking) -> bytes | None:
    """A file's bytes; None, and a remark, when they are more than `most` or damaged."""
    content = bytearray()
    try:
        for chunk in chunks() if size <= most else ():
            taking.meter.unpack(len(chunk))
            content += chunk
            if len(content) > most:
                break
        if max(size, len(content)) > most:
            taking.leave(
                name, f"it has more than the {most / MB:.0f} MB that are read of it, or are left for files like it"
            )
            return None
    except Damaged as error:
        taking.leave(name, f"it is damaged, because {error}")
        return None
    return bytes(content)


def _suffix(name: str) -> str:
    if name.lower().endswith((".ipynb.txt", ".ipynb.json")):
        return ".ipynb"  # as some browsers and editors name one
    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def reason(error: Exception) -> str:
    """An error in a few words, after "because" or a colon."""
    return (getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__).rstrip(".")
