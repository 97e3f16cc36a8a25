"""Archives that somebody made to harm who opens them, built small, when a test asks for them."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

GOOD = b'{"nbformat": 4, "cells": []}'


def zipped(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w", **odd: tuple[bytes, str]) -> bytes:
    """A tar file of files, and of `odd` members, each a type and where it leads."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode=mode) as archive:  # type: ignore[call-overload]
        for name, (kind, target) in odd.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return whole.getvalue()


def linked(kind: bytes, target: str = "") -> bytes:
    """A tar file with one member that is no file, and a good one."""
    return tarred({"nmt.ipynb": GOOD}, **{"evil.py": (kind, target)})


def with_mode(name: str, mode: int, content: bytes = b"/etc/passwd") -> bytes:
    """A zip file whose first member has a Unix mode, and whose second is good."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content)
        archive.writestr("nmt.ipynb", GOOD)
    return whole.getvalue()


def raw_named(name: bytes) -> bytes:
    """A zip file with a member of any name, good ones beside it, and no word on how names are written."""
    stand_in = "n" * (len(name) - 3) + ".py"
    return zipped({stand_in: b"1", "nmt.ipynb": GOOD}).replace(stand_in.encode(), name)


def patched(content: bytes, signature: bytes, at: int, value: bytes) -> bytes:
    """An archive with bytes after the first signature replaced."""
    start = content.index(signature) + at
    return content[:start] + value + content[start + len(value) :]


def encrypted() -> bytes:
    both = zipped({"bert.ipynb": GOOD, "nmt.ipynb": GOOD})
    return patched(patched(both, b"PK\x03\x04", 6, b"\1"), b"PK\x01\x02", 8, b"\1")


def of_another_method() -> bytes:
    both = zipped({"bert.ipynb": GOOD, "nmt.ipynb": GOOD})
    return patched(patched(both, b"PK\x03\x04", 8, b"\x0e"), b"PK\x01\x02", 10, b"\x0e")


def not_utf_8() -> bytes:
    both = zipped({"é.py": b"1"})
    return patched(patched(both, b"PK\x01\x02", 46, b"\xff"), b"PK\x03\x04", 30, b"\xff")


def wrong_checksum() -> bytes:
    both = zipped({"bert.ipynb": GOOD, "nmt.ipynb": GOOD})
    return patched(patched(both, b"PK\x03\x04", 14, b"\0\0\0\0"), b"PK\x01\x02", 16, b"\0\0\0\0")


def understated() -> bytes:
    """A bomb that says it has one byte."""
    both = zipped({"bomb.ipynb": bytes(1 << 20), "nmt.ipynb": GOOD})
    return patched(both, b"PK\x01\x02", 24, struct.pack("<L", 1))


def overstated() -> bytes:
    """A file of a few bytes whose zip64 record says that it has eight exabytes."""
    both = zipped({"bert.ipynb": GOOD, "nmt.ipynb": GOOD})
    return patched(both, b"PK\x01\x02", 24, struct.pack("<L", 0xFFFFFFFE))


def overlapping(members: int = 3000, size: int = 24 << 20) -> bytes:
    """Many members of one name each, all of which are the same few compressed bytes."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = kernel.compress(bytes(size)) + kernel.flush()
    crc = zlib.crc32(bytes(size))
    sizes = struct.pack("<LLL", crc, len(packed), size)
    local = b"PK\x03\x04" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", 7, 0) + b"a.ipynb" + packed
    entry = b"PK\x01\x02" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes + struct.pack("<5HLL", 7, 0, 0, 0, 0, 0, 0)
    entries = (entry + b"a.ipynb") * members
    end = b"PK\x05\x06" + struct.pack("<4HLLH", 0, 0, members, members, len(entries), len(local), 0)
    return local + entries + end


def many_entries() -> bytes:
    """A list of contents of six MB that nothing lies behind."""
    entry = b"PK\x01\x02" + bytes(42)
    entries = entry * 140_000
    end = b"PK\x05\x06" + struct.pack("<4HLLH", 0, 0, 0xFFFF, 0xFFFF, len(entries), 0, 0)
    return b"PK\x03\x04" + entries + end


def header(kind: bytes, size: int, name: str = "x") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def long_record(kind: bytes) -> bytes:
    """A tar file in which a name, or what else is said of a member, has 200 MB."""
    return gzip.compress(header(kind, 200 << 20) + bytes(200 << 20), 1)


def record_of_digits() -> bytes:
    """Records on which a search for their encoding takes time by the square of their length, many of them."""
    digits = b"1" * 60_000
    return (header(tarfile.XHDTYPE, len(digits)) + digits.ljust(-(-len(digits) // 512) * 512, b"\0")) * 20


def wide_window() -> bytes:
    """An .xz file that wants 1.5 GB of memory to be unpacked."""
    packed = lzma.compress(tarred({"nmt.ipynb": GOOD}), preset=0)
    start, size = 12, (packed[12] + 1) * 4
    block = bytearray(packed[start : start + size - 4])
    block[block.index(b"\x21\x01") + 2] = 37
    return packed[:start] + block + struct.pack("<L", zlib.crc32(block)) + packed[start + size :]


def sparse() -> bytes:
    return header(tarfile.GNUTYPE_SPARSE, 0, "nmt.ipynb") + bytes(1024)


def quine_like() -> bytes:
    """An archive in an archive, and so on, ten deep."""
    whole = zipped({"nmt.ipynb": GOOD})
    for _ in range(9):
        whole = zipped({"again.zip": whole, "bert.ipynb": GOOD})
    return whole


SLIPS: dict[str, Callable[[], bytes]] = {
    "a path upwards": lambda: zipped({"../../evil.py": b"1", "nmt.ipynb": GOOD}),
    "an absolute path": lambda: zipped({"/etc/evil.py": b"1", "nmt.ipynb": GOOD}),
    "a drive": lambda: zipped({"C:\\evil.py": b"1", "nmt.ipynb": GOOD}),
    "backslashes upwards": lambda: zipped({"a\\..\\..\\evil.py": b"1", "nmt.ipynb": GOOD}),
    "a path upwards in a tar file": lambda: tarred({"a/../../evil.py": b"1", "nmt.ipynb": GOOD}),
    "an absolute path in a tar file": lambda: tarred({"/etc/evil.py": b"1", "nmt.ipynb": GOOD}),
}
LINKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a symbolic link": (lambda: with_mode("evil.py", 0o120777), "a symbolic link"),
    "a pipe": (lambda: with_mode("evil.py", 0o010644), "no regular file"),
    "a device": (lambda: with_mode("evil.py", 0o060644), "no regular file"),
    "a symbolic link in a tar file": (lambda: linked(tarfile.SYMTYPE, "/etc/passwd"), "a symbolic link"),
    "a hard link in a tar file": (lambda: linked(tarfile.LNKTYPE, "../secret"), "a hard link"),
    "a pipe in a tar file": (lambda: linked(tarfile.FIFOTYPE), "no regular file"),
    "a device in a tar file": (lambda: linked(tarfile.CHRTYPE), "no regular file"),
}
