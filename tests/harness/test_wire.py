"""Frames cross whole or not at all, and nothing is read before its size is checked."""

import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from harness import wire

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    left, right = socket.socketpair()
    yield left, right
    left.close()
    right.close()


def soon() -> float:
    return time.monotonic() + 0.2


def test_a_frame_arrives_as_it_was_sent(pair: Pair) -> None:
    wire.send(pair[0], {"op": "x", "text": "é"}, [b"abc", b"", bytearray(5)])
    header, buffers = wire.receive(pair[1], soon(), 8)
    assert (header["op"], header["text"], buffers) == ("x", "é", [bytearray(b"abc"), bytearray(), bytearray(5)])


def frame(header: bytes) -> bytes:
    return struct.pack("<I", len(header)) + header


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<I", wire.MAX_HEADER + 1),
        frame(b"\xff\xfe"),
        frame(b"[]"),
        frame(b"{}"),
        frame(b'{"buffers": 3}'),
        frame(b'{"buffers": [-1]}'),
        frame(b'{"buffers": [true]}'),
        frame(b'{"buffers": [1e99]}'),
        frame(json.dumps({"buffers": [9]}).encode()),
        frame(json.dumps({"buffers": [0] * (wire.MAX_BUFFERS + 1)}).encode()),
        frame(b"[" * 100_000),
    ],
)
def test_what_is_no_frame_is_garbled(pair: Pair, data: bytes) -> None:
    pair[0].sendall(data)
    with pytest.raises(wire.Garbled):
        wire.receive(pair[1], soon(), 8)


def test_a_closed_channel_and_a_silent_one_are_told_apart(pair: Pair) -> None:
    pair[0].sendall(b"\x01")
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], soon(), 8)
    pair[0].close()
    with pytest.raises(EOFError):
        wire.receive(pair[1], soon(), 8)
