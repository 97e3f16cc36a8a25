"""What crosses between the judge and a worker: a JSON header of capped length, then raw little-endian buffers.

A frame is the header's length (4 bytes, little-endian), the header (a JSON object in UTF-8, with the buffers' sizes under
"buffers"), and the buffers. No object of either side ever crosses, and nothing is read before its size is checked.
"""

from __future__ import annotations

import itertools
import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any, Protocol

MAX_HEADER = 1 << 20
MAX_BUFFERS = 4096
TOGETHER = 1 << 20  # bytes of a frame that cross at once
Header = dict[str, Any]


class Timer(Protocol):
    """What may stand for a deadline."""

    def left(self) -> float:
        """Seconds that are left, 0 or less when it is over."""


Deadline = float | Timer | None
Buffer = bytes | bytearray | memoryview


class Garbled(Exception):
    """The bytes received are no frame, or a larger one than was agreed."""


def send(channel: socket.socket, header: Header, buffers: Sequence[Buffer] = (), deadline: Deadline = None) -> None:
    """Write one frame.

    Units:   deadline in seconds of `time.monotonic`, or a clock that says what is left; None waits for ever.
    Raises:  TimeoutError past the deadline; OSError when the other side is gone.
    """
    encoded = json.dumps({**header, "buffers": [len(b) for b in buffers]}).encode()
    frame = [struct.pack("<I", len(encoded)), encoded, *buffers]
    whole = sum(len(part) for part in frame) <= TOGETHER
    for part in (b"".join(frame),) if whole else frame:  # or each of many small arrays wakes the other side
        channel.settimeout(_left(deadline))
        channel.sendall(part)


def receive(
    channel: socket.socket, deadline: Deadline = None, max_bytes: int = 1 << 28
) -> tuple[Header, list[bytearray]]:
    """Read one frame of at most `max_bytes` of buffers.

    Units:   deadline in seconds of `time.monotonic`, or a clock that says what is left; None waits for ever.
    Raises:  EOFError when the other side closed; TimeoutError past the deadline; Garbled for anything that is no frame.
    """
    (length,) = struct.unpack("<I", _exactly(channel, 4, deadline))
    if length > MAX_HEADER:
        raise Garbled(f"a header of {length} bytes; {MAX_HEADER} at most")
    try:
        header = json.loads(_exactly(channel, length, deadline))
        sizes = header["buffers"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Garbled(f"a header that cannot be read ({type(error).__name__})") from None
    if not _sizes_are_sane(sizes):
        raise Garbled("buffer sizes that are no list of sizes")
    if sum(sizes) > max_bytes:
        raise Garbled(f"{sum(sizes)} bytes in reply; {max_bytes} at most")
    if sum(sizes) > TOGETHER:
        return header, [_exactly(channel, size, deadline) for size in sizes]
    together, ends = _exactly(channel, sum(sizes), deadline), itertools.accumulate(sizes)
    return header, [together[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _sizes_are_sane(sizes: Any) -> bool:
    return isinstance(sizes, list) and len(sizes) <= MAX_BUFFERS and all(type(n) is int and n >= 0 for n in sizes)


def _exactly(channel: socket.socket, size: int, deadline: Deadline) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        channel.settimeout(_left(deadline))
        try:
            count = channel.recv_into(view[got:])
        except TimeoutError:
            continue  # whether it is over is the deadline's to say
        if count == 0:
            raise EOFError("the other side closed")
        got += count
    return data


def _left(deadline: Deadline) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic() if isinstance(deadline, float) else deadline.left()
    if left <= 0:
        raise TimeoutError
    return left
