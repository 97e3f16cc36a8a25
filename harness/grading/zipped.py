"""The members of a zip file. No size in a header is believed."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from harness.grading.member import CHUNK, Damaged, Member, Meter, why

READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others unpack without a limit on what one call returns


class _Bounded:
    """A file of which nobody reads much at once, so that a length in a header costs no memory."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._most = file, most
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(content) > self._most:
            raise Damaged(f"its list of contents has more than {self._most >> 20} MB")
        return content

    def seekable(self) -> bool:
        return True


def zipped(file: BinaryIO, meter: Meter, max_directory: int) -> Iterator[Member]:
    """The files of a zip file.

    Units:   of its list of contents, which zipfile holds in memory, `max_directory` bytes are read.
    Raises:  Damaged, Spent, and whatever zipfile raises for what is no zip file.
    """
    with zipfile.ZipFile(cast("BinaryIO", _Bounded(file, max_directory))) as archive:
        for info in archive.infolist():
            meter.see()
            if not info.is_dir() or info.file_size:
                yield Member(_name(info), info.file_size, _flaw(info), partial(_member, archive, info))


def _name(info: zipfile.ZipInfo) -> str:
    """Its name, which many programs write in UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _flaw(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "it is a symbolic link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is no regular file"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    return "" if info.compress_type in READ else "it is compressed in a way that is not read here (deflate is)"


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except Damaged:
        raise
    except Exception as error:  # noqa: BLE001 - zipfile and zlib raise what they happen to stumble over
        raise Damaged(why(error)) from None
