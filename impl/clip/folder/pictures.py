"""Pictures in a folder: which there are by their names, and what is left out with its reason. Nothing is opened here."""

import errno
import os
import stat
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

FORMATS = (
    "BMP",
    "GIF",
    "JPEG",
    "PNG",
    "PPM",
    "TIFF",
    "WEBP",
)  # what `impl.clip.folder.decoding` reads; none runs a program
SUFFIXES = frozenset({
    ".apng", ".bmp", ".dib", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".mpo", ".pbm", ".pfm", ".pgm", ".png", ".pnm",
    ".ppm", ".tif", ".tiff", ".webp",
})  # fmt: skip
# Pictures all the same, so that who has them is told.
NOT_READ = frozenset({
    ".ai", ".arw", ".avif", ".cr2", ".cr3", ".dng", ".eps", ".heic", ".heif", ".icns", ".ico", ".jp2", ".jxl", ".nef",
    ".pcx", ".psd", ".qoi", ".raw", ".svg", ".tga", ".wmf",
})  # fmt: skip
LOOKED_AT = SUFFIXES | NOT_READ
MOST_BYTES = 2**28
KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
LINKS = {errno.ENOENT: "is a link to nothing", errno.ELOOP: "is a link that leads to itself"}


class PictureError(ValueError):
    """A file that is no picture that can be read; `reason` is what is wrong with it, without its name."""

    def __init__(self, name: object, reason: str) -> None:
        super().__init__(f"{shown(str(name))} {reason}")
        self.reason = reason


class Picture(NamedTuple):
    """A file that may be a picture; its name is its path within the folder, with slashes."""

    name: str
    path: Path


class Skipped(NamedTuple):
    """What was left out, and why; as text it is a sentence."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


class Folder(NamedTuple):
    """A folder's pictures in the order of their names, none of them opened yet."""

    path: Path
    pictures: tuple[Picture, ...]
    skipped: tuple[Skipped, ...]


def pictures_in(folder: Path) -> Folder:
    """The pictures in a folder and in the folders within it, by the endings of their names (SUFFIXES).

    Edges:   names that begin with a dot, and files that are no pictures by their names, are not looked at. Links to
             folders are not followed, nor those that lead out of the folder.
    Raises:  PictureError if there is no such folder, or no picture in it.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - which is false, where Path's raises, for a name that can be none
        raise PictureError(folder, "is a file and no folder" if os.path.exists(folder) else "is not there")  # noqa: PTH110
    root = os.path.realpath(folder)
    pictures: list[Picture] = []
    skipped: list[Skipped] = []
    others: Counter[str] = Counter()
    waiting = [""]
    while waiting:
        within = waiting.pop()
        for entry in _entries(root, within, skipped):
            name, (_, dot, ending) = within + entry.name, entry.name.rpartition(".")
            suffix = f".{ending.lower()}" if dot else ""
            if entry.is_dir(follow_symlinks=False) and suffix not in SUFFIXES and name == shown(name):
                waiting.append(f"{name}/")
            elif suffix in LOOKED_AT or _is_folder(entry):
                found = _found(entry, name, suffix, root)
                pictures += [found] if isinstance(found, Picture) else []
                skipped += [found] if isinstance(found, Skipped) else []
            else:
                others[suffix or "no ending"] += 1
    if not pictures:
        raise PictureError(folder, f"holds no picture: {_instead(others, skipped)}")
    return Folder(Path(root), tuple(sorted(pictures)), tuple(sorted(skipped)))


def demand_plain(name: object, of: os.stat_result) -> None:
    """Refuse what is no plain file, or too long a one.

    Raises:  PictureError.
    """
    if not stat.S_ISREG(of.st_mode):
        raise PictureError(name, f"is a {KINDS.get(stat.S_IFMT(of.st_mode), 'device')} and no picture")
    if not of.st_size:
        raise PictureError(name, "is empty")
    if of.st_size > MOST_BYTES:
        raise PictureError(name, f"has {of.st_size} bytes; the most that are read are {MOST_BYTES}")


def shown(name: str) -> str:
    """A name as it can be shown: bytes that are no UTF-8, and what a terminal takes for a command, are spelled out."""
    if name.isprintable():
        return name
    return "".join(one.encode("unicode_escape").decode() if category(one) in ("Cc", "Cs") else one for one in name)


def _entries(root: str, within: str, skipped: list[Skipped]) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(f"{root}/{within}") as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        skipped.append(Skipped(within.rstrip("/") or root, f"cannot be read: {error.strerror}"))
        return []


def _found(entry: "os.DirEntry[str]", name: str, suffix: str, root: str) -> Picture | Skipped:
    """A picture, where a link leads, or why something is none that looks like one by its name."""
    reason, real = None, entry.path
    try:
        if entry.is_symlink():
            real = os.path.realpath(entry.path, strict=True)
            if _is_folder(entry):
                reason = "is a link to a folder, which is not followed"
            elif not real.startswith(f"{root.rstrip('/')}/"):
                reason = "is a link out of the folder"
        if not reason and not entry.is_file():
            demand_plain(name, entry.stat())
    except PictureError as error:
        reason = error.reason
    except OSError as error:
        reason = LINKS.get(error.errno or 0, f"cannot be read: {error.strerror}")
    if shown(name) != name:
        reason = "has a name that is no UTF-8, or has control characters in it"
    elif suffix in NOT_READ:
        reason = reason or f"is of a kind that is not read; {', '.join(FORMATS)} are"
    return Skipped(shown(name), reason) if reason else Picture(name, Path(real))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return os.path.isdir(entry.path)  # noqa: PTH112 - false for links that go in circles, at which `is_dir` raises


def _instead(others: Counter[str], skipped: list[Skipped]) -> str:
    """What a folder without a picture holds."""
    said = []
    if others:
        commonest = sorted(others, key=lambda suffix: (-others[suffix], suffix))[:5]
        said.append(f"{others.total()} other files ({', '.join(commonest)})")
    if skipped:
        more = f", and {len(skipped) - 1} more were left out" if len(skipped) > 1 else ""
        said.append(f"{min(skipped)}{more}")
    return "; ".join(said) or "it is empty"
