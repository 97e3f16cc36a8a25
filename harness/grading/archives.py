"""What is in an archive, member by member, within limits: nothing is written, no link is followed."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from typing import BinaryIO, Literal

from harness.grading.member import CHUNK, Damaged, Member, Meter, Spent, why
from harness.grading.tarred import BLOCK, Stream, is_tar, tarred
from harness.grading.zipped import zipped

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
MAX_DIRECTORY = 4 << 20  # of a zip file: some 40,000 members
MAX_WINDOW = 80 << 20  # what `xz -9` needs
Kind = Literal["zip", "tar", "gzip", "bzip2", "xz"]
MAGIC: dict[bytes, Kind] = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"PK\x07\x08": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}  # fmt: skip


def is_archive(name: str) -> bool:
    """Whether a file's name says that it is an archive of a kind that is opened."""
    return name.lower().endswith(SUFFIXES)


def members(file: BinaryIO, meter: Meter, *, max_directory: int = MAX_DIRECTORY) -> Iterator[Member]:
    """The files in an archive in their order, folders left out.

    Raises:  Damaged where it cannot be read, or not any further; Spent.
    """
    try:
        kind = kind_of(file)
        if kind is None:
            raise Damaged("it is not a zip or tar file")  # noqa: TRY301 - the one place where reading fails
        if kind == "zip":
            yield from zipped(file, meter, max_directory)
        else:
            yield from tarred(Stream(unpacked(file, kind), meter, file if kind == "tar" else None), meter)
    except (Damaged, Spent):
        raise
    except Exception as error:  # noqa: BLE001 - what a stranger's archive makes of its reader
        raise Damaged(why(error)) from None


def kind_of(file: BinaryIO) -> Kind | None:
    """What an archive is by its first bytes; None for what is none."""
    head = file.read(BLOCK)
    file.seek(0)
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    return kind or ("tar" if is_tar(head) else None)


def unpacked(file: BinaryIO, kind: Kind) -> Iterator[bytes]:
    """The tar file in a compressed one, in pieces.

    Raises:  whatever the bytes make of the library that reads them.
    """
    if kind == "xz":
        yield from _unpacked_xz(file)
        return
    opened = gzip.GzipFile(fileobj=file) if kind == "gzip" else bz2.BZ2File(file) if kind == "bzip2" else file
    while chunk := opened.read(CHUNK):
        yield chunk


def _unpacked_xz(file: BinaryIO) -> Iterator[bytes]:
    """The content of an .xz file: lzma's own file object knows no limit on memory."""
    unpack = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MAX_WINDOW)
    while not unpack.eof:
        packed = file.read(CHUNK) if unpack.needs_input else b""
        if unpack.needs_input and not packed:
            raise Damaged("it ends too early")
        if chunk := unpack.decompress(packed, CHUNK):
            yield chunk
