"""The members of a tar file. Its headers are parsed by tarfile, but walked here: tarfile follows records of any length."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from os import SEEK_END
from typing import BinaryIO

from harness.grading.member import CHUNK, Damaged, Member, Meter

BLOCK = tarfile.BLOCKSIZE
MAX_RECORD = 1 << 16  # a long name, or what else is said of one member


class Stream:
    """Bytes that come in pieces, taken from the front; out of a file that they are read from, some may be passed over."""

    def __init__(self, chunks: Iterator[bytes], meter: Meter, file: BinaryIO | None = None) -> None:
        self._chunks, self._meter, self._rest, self._file = chunks, meter, b"", file

    def passed_over(self, size: int) -> bool:
        """Whether the next bytes were passed over without being read; no more of them than there are."""
        if self._file is None or size <= len(self._rest):
            return False
        at = self._file.tell()
        end = at + size - len(self._rest)
        if end > self._file.seek(0, SEEK_END):
            self._file.seek(at)
            return False
        self._file.seek(end)
        self._rest = b""
        return True

    def take(self, size: int) -> bytes:
        """The next bytes: so many, or fewer at the end."""
        parts, wanted = [], size
        while wanted > 0 and (self._rest or self._more()):
            parts.append(self._rest[:wanted])
            self._rest = self._rest[wanted:]
            wanted -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bool:
        self._rest = next(self._chunks, b"")
        self._meter.unpack(len(self._rest))
        return bool(self._rest)


def is_tar(head: bytes) -> bool:
    """Whether a file begins with the header of a tar file."""
    try:
        _header(head)
    except tarfile.HeaderError:
        return False
    return True


def _header(block: bytes) -> tarfile.TarInfo:
    return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")


def tarred(stream: Stream, meter: Meter) -> Iterator[Member]:
    """The files of a tar file.

    Raises:  Damaged, Spent, and whatever tarfile raises for a header that is none.
    """
    said: dict[str, str] = {}
    while (head := stream.take(BLOCK)).strip(b"\0"):
        info = _header(head)
        meter.see()
        if info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            said |= _said(info, _record(stream, info.size))
            continue
        name, size = said.get("path", info.name), int(said.get("size", info.size))
        if info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse") for key in said):
            raise Damaged("it holds a sparse file")
        if size < 0:
            raise Damaged("a file in it has less than no bytes")
        said = {}
        has_data = info.isreg() or info.type not in tarfile.SUPPORTED_TYPES
        body = _Body(stream, size if has_data else 0)
        if not info.isdir() and info.type != tarfile.XGLTYPE:
            yield Member(name, size, _flaw_in_tar(info), body.chunks)
        body.skip()


def _record(stream: Stream, size: int) -> bytes:
    if not 0 <= size <= MAX_RECORD:
        raise Damaged(f"a record in it has {size} bytes")
    return stream.take(-(-size // BLOCK) * BLOCK)[:size]


def _said(info: tarfile.TarInfo, record: bytes) -> dict[str, str]:
    """What a record says of the member after it."""
    if info.type == tarfile.GNUTYPE_LONGLINK:
        return {}
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": record.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    said, at = {}, 0
    while at < len(record):
        space = record.index(b" ", at, at + 8)
        length = int(record[at:space])
        if length <= space - at:
            raise Damaged("a record in it has less than no bytes")
        key, _, value = record[space + 1 : at + length - 1].partition(b"=")
        said[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at += length
    return said


class _Body:
    """The bytes of one member of a tar file, and what fills its last block."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream, self._left, self._blocks = stream, size, -(-size // BLOCK) * BLOCK

    def chunks(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._take(min(CHUNK, self._left))
            self._left -= len(chunk)
            yield chunk

    def skip(self) -> None:
        self._left = 0
        if self._stream.passed_over(self._blocks):
            self._blocks = 0
        while self._blocks:
            self._take(min(CHUNK, self._blocks))

    def _take(self, size: int) -> bytes:
        chunk = self._stream.take(size)
        if not chunk:
            raise Damaged("it ends too early")
        self._blocks -= len(chunk)
        return chunk


def _flaw_in_tar(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "it is a symbolic link" if info.issym() else "it is a hard link"
    return "" if info.isreg() else "it is no regular file"
