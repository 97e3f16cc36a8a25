"""Names that strangers chose: shown in a sentence, kept as a file's name, and told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_SHOWN = 80
MAX_BYTES = 100
MAX_KEPT = 1000
MAX_DEPTH = 16
JUNK = {
    "__macosx", "__pycache__", "venv", "env", "site-packages", "node_modules", "thumbs.db", "desktop.ini",
}  # fmt: skip
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}
NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]+')
AT_THE_START = "-=+@. "  # an option, a spreadsheet's formula, a hidden file
PART = re.compile(r"(?<![a-z])(?:nmt|bert|clip|answers?)(?![a-z])", re.IGNORECASE)  # of the assignment
DRIVE = re.compile(r"[A-Za-z]:")


def shown(name: str) -> str:
    """A name as it may stand in a sentence: on one line, with nothing in it that moves a cursor, cut when it is long."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name[: MAX_SHOWN + 1])
    return plain if len(plain) <= MAX_SHOWN else plain[: MAX_SHOWN - 1] + "…"


def on_one_line(name: str) -> str:
    """A name as it is, whatever its length, but for what is no printable character."""
    return " ".join("".join(c if c.isprintable() else " " for c in name[:MAX_KEPT]).split())


def cleaned(name: str, *, max_bytes: int = MAX_BYTES) -> str:
    """A name that is a file's name on every system, a word on a terminal and no formula of a spreadsheet.

    Edges:   what is fine stays as it is; what is nothing at all becomes "unnamed"; of a long name the suffix stays.
    """
    plain = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name))
    plain = " ".join(NOT_IN_FILE_NAMES.sub("_", plain).split()).lstrip(AT_THE_START).rstrip(". ")
    stem, dot, suffix = plain.rpartition(".") if "." in plain else (plain, "", "")
    if len(plain.encode()) > max_bytes:
        kept = dot + suffix if len(suffix.encode()) < max_bytes // 4 else ""
        body = (stem if kept else plain).encode()[: max_bytes - len(kept.encode())]
        plain = body.decode(errors="ignore").rstrip(". ") + kept
    if plain.partition(".")[0].strip().casefold() in DEVICES:
        plain = f"_{plain}"
    return plain or "unnamed"


def folded(name: str) -> str:
    """What two names have in common that a file system may take for one."""
    return unicodedata.normalize("NFC", name).casefold()


def inside(name: str) -> str | None:
    """A path in an archive or a folder, by forward slashes; None when it leads out of there."""
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or DRIVE.match(path) or ".." in parts or not parts:
        return None
    return "/".join(parts)


def is_junk(path: str) -> bool:
    """Whether a path is hidden, or what a machine leaves beside people's files."""
    return any(part.startswith(".") or part.casefold() in JUNK for part in path.split("/"))


def apart(name: str, taken: Iterable[str]) -> str:
    """The name, with a number before its suffix where it is taken already; `taken` are folded."""
    there, candidate, number = frozenset(taken), name, 2
    stem, dot, suffix = name.rpartition(".") if "." in name[1:] else (name, "", "")
    while folded(candidate) in there:
        candidate = f"{stem}-{number}{dot}{suffix}"
        number += 1
    return candidate
