"""Frames cross whole or not at all, and nothing is read before its size is checked."""

import json
import socket
import struct
import threading
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


def test_a_frame_too_large_to_cross_at_once_arrives_in_parts(pair: Pair) -> None:
    sent = [b"abc", bytes(range(256)) * (wire.TOGETHER // 128), b"", b"de"]
    sender = threading.Thread(target=wire.send, args=(pair[0], {}, sent))
    sender.start()
    _, buffers = wire.receive(pair[1], soon() + 10, 3 * wire.TOGETHER)
    sender.join()
    assert [bytes(buffer) for buffer in buffers] == sent


def test_a_frame_is_read_to_its_end_and_no_further(pair: Pair) -> None:
    for number in (1, 2):
        wire.send(pair[0], {"op": number}, [b"ab", b"c"])
    read = [wire.receive(pair[1], soon(), 8) for _ in range(2)]
    assert [(header["op"], buffers) for header, buffers in read] == [(1, [b"ab", b"c"]), (2, [b"ab", b"c"])]


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
