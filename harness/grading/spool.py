"""The archive of a class, unpacked once for all submissions that are read from it by one process."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO, cast

from harness.grading.archives import kind_of, unpacked
from harness.grading.member import Meter

MAX_SPOOL = 4 << 30
_own = threading.local()


def spooled(file: BinaryIO) -> BinaryIO:
    """The tar file in a compressed archive, in a file without a name that is kept until another archive is asked for.

    Edges:   the archive itself, where it is compressed otherwise or not at all, damaged, of more than 4 GB, or there is no
             room for it: then whoever reads it unpacks it again.
    """
    about = os.fstat(file.fileno())
    asked = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
    known, spool = getattr(_own, "spool", (None, None))
    if known != asked:
        if spool is not None:
            spool.close()
        _own.spool = (asked, None)  # should it fail, then once
        spool = _unpacked_whole(file)
        _own.spool = (asked, spool)
    found = spool or file
    found.seek(0)
    return cast("BinaryIO", found)


def _unpacked_whole(file: BinaryIO) -> BinaryIO | None:
    kind = kind_of(file)
    if kind not in ("gzip", "bzip2", "xz"):
        return None
    spool = tempfile.TemporaryFile(prefix="specimen-class-")  # noqa: SIM115 - as long as it is asked for
    try:
        for chunk in _counted(unpacked(file, kind)):
            spool.write(chunk)
        spool.flush()
    except Exception:  # noqa: BLE001 - what a damaged archive makes of its reader, who says so when it is read in pieces
        spool.close()
        return None
    return cast("BinaryIO", spool)


def _counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
    meter = Meter(MAX_SPOOL, 0)
    for chunk in chunks:
        meter.unpack(len(chunk))
        yield chunk
