"""What may happen to bytes and to text: damages by name, each of which takes what is whole and a generator."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any


def _chunk(whole: Any, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(whole) + 1)
    return start, min(len(whole), start + rng.choice([1, 1, 2, 5, 30, 300]))


def _flip(data: bytes, rng: random.Random) -> bytes:
    held = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 20]) if held else 0):
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def _insert(data: bytes, rng: random.Random, piece: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + piece + data[at:]


def _without(whole: Any, rng: random.Random) -> Any:
    start, end = _chunk(whole, rng)
    return whole[:start] + whole[end:]


def _twice(whole: Any, rng: random.Random) -> Any:
    start, end = _chunk(whole, rng)
    return whole[:end] + whole[start:end] * rng.choice([1, 2, 50]) + whole[end:]


BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bits flipped": _flip,
    "bytes inserted": lambda data, rng: _insert(data, rng, rng.randbytes(rng.choice([1, 2, 8, 100]))),
    "bytes left out": _without,
    "bytes repeated": _twice,
    "cut off": lambda data, rng: data[: rng.randrange(len(data) + 1)],
    "cut off at the front": lambda data, rng: data[rng.randrange(len(data) + 1) :],
    "null bytes": lambda data, rng: _insert(data, rng, bytes(rng.choice([1, 4, 4096]))),
    "a byte order mark": lambda data, _: b"\xef\xbb\xbf" + data,
    "two byte order marks": lambda data, _: b"\xef\xbb\xbf" * 2 + data,
    "a byte order mark inside": lambda data, rng: _insert(data, rng, b"\xef\xbb\xbf"),
    "UTF-16": lambda data, _: data.decode("utf-8", "replace").encode("utf-16"),
    "UTF-32": lambda data, _: data.decode("utf-8", "replace").encode("utf-32"),
    "Latin-1": lambda data, rng: _insert(data, rng, "é".encode("latin-1")),
    "CRLF": lambda data, _: data.replace(b"\n", b"\r\n"),
    "CR": lambda data, _: data.replace(b"\n", b"\r"),
    "escape sequences": lambda data, rng: _insert(data, rng, b"\x1b[2J\x1b]0;x\x07"),
    "nothing but blanks": lambda _, rng: b" \n\t" * rng.choice([0, 1, 1000]),
    "a cookie": lambda data, rng: b"# coding: %s\n" % rng.choice([b"utf-7", b"idna", b"rot13", b"x" * 99, b"utf-16"]) + data,
}  # fmt: skip


def _lines(text: str, rng: random.Random, change: Callable[[list[str], int, int], None]) -> str:
    lines = text.split("\n")
    change(lines, rng.randrange(len(lines)), rng.randrange(len(lines)))
    return "\n".join(lines)


def swap(lines: list[Any], i: int, j: int) -> None:
    lines[i], lines[j] = lines[j], lines[i]


def _put(piece: str) -> Callable[[str, random.Random], str]:
    """Puts a line somewhere, as deep as the line that is there."""

    def put(text: str, rng: random.Random) -> str:
        lines = text.split("\n")
        at = rng.randrange(len(lines) + 1)
        below = lines[at] if at < len(lines) else ""
        lines.insert(at, below[: len(below) - len(below.lstrip())] + piece)
        return "\n".join(lines)

    return put


def _character(text: str, rng: random.Random, among: str, by: str = "") -> str:
    places = [i for i, c in enumerate(text) if c in among]
    at = rng.choice(places) if places else 0
    return text[:at] + by + text[at + 1 :]


PIECES = {
    "a sum of 20,000": "x = " + "+".join(["1"] * 20_000),
    "brackets 300 deep": "x = " + "(" * 300 + ")" * 300,
    "lists 100,000 deep": "x = " + "[" * 100_000,
    "calls 5,000 deep": "x = f" + "()" * 5_000,
    "attributes 5,000 deep": "x = f" + ".a" * 5_000,
    "5,000 signs": "x = " + "-" * 5_000 + "1",
    "5,000 nots": "x = " + "not " * 5_000 + "1",
    "a chain of comparisons": "x = " + " < ".join(["1"] * 5_000),
    "functions 90 deep": "x = " + "lambda: " * 90 + "1",
    "functions 3,000 deep": "x = " + "lambda: " * 3_000 + "1",
    "a number of 100,000 digits": "x = " + "9" * 100_000,
    "a text of a megabyte": "x = '" + "a" * (1 << 20) + "'",
    "a text that does not end": "x = '''",
    "formats in formats": "x = f'{f\"{1}\":{2}}{'",
    "names of other letters": "\ufb01 = \u210c = 1",
    "a name that is no letter": "x = \u20ac",
    "a null character": "x = '\0'",
    "a form feed": "\f\v",
    "a lone surrogate": "x = '\ud800'",
    "an escape sequence": "x = '\x1b[31m'; raise ValueError('\x1b[2J pass')",
    "a statement that belongs elsewhere": "return; yield; await x; break; nonlocal y",
    "an import of the future": "from __future__ import braces, annotations",
    "an import of all": "from torch import *",
    "an import of what is above": "from ... import x",
    "a magic": "%matplotlib inline\n%%time\n!ls\n?x\nx??\n%lsmagic",
    "a cell magic": "%%javascript\nalert(1)",
    "a deletion": "del torch, nn, ScaledDotAttention",
    "an exit": "raise SystemExit",
    "an error": "1 / 0",
    "a class without end": "class ScaledDotAttention(ScaledDotAttention): ScaledDotAttention",
    "a pattern": "match x:\n    case {'a': [*_]} if (y := 1): pass",
    "an assignment to what cannot be": "f() = None = 1",
    "twenty indents": "\n".join(" " * i + "if 1:" for i in range(120)) + "\n" + " " * 120 + "pass",
}
TEXTS: dict[str, Callable[[str, random.Random], str]] = {
    **{name: _put(piece) for name, piece in PIECES.items()},
    "a bracket left out": lambda text, rng: _character(text, rng, "()[]{}"),
    "a colon left out": lambda text, rng: _character(text, rng, ":,"),
    "a quote left out": lambda text, rng: _character(text, rng, "'\""),
    "a letter changed": lambda text, rng: _character(text, rng, "abcdefghijklmnopqrstuvwxyz", rng.choice("xyz_0 ")),
    "a name changed": lambda text, rng: text.replace(
        rng.choice(text.split() or [" "]), rng.choice(["x", "", "self", "3"])
    ),
    "lines swapped": lambda text, rng: _lines(text, rng, swap),
    "a line left out": lambda text, rng: _lines(text, rng, lambda lines, i, _: lines.__delitem__(i)),
    "a line repeated": lambda text, rng: _lines(text, rng, lambda lines, i, j: lines.insert(j, lines[i])),
    "a tab": lambda text, rng: text.replace("    ", "\t", rng.choice([1, 3, 1000])),
    "an indent": lambda text, rng: _lines(text, rng, lambda lines, i, _: lines.__setitem__(i, " " + lines[i])),
    "other line ends": lambda text, rng: text.replace("\n", rng.choice(["\r", "\r\n", "\u2028", "\x0c", "\x85"])),
    "left out": _without,
    "repeated": _twice,
}
TOML: dict[str, Callable[[str, random.Random], str]] = {
    name: _put(piece)
    for name, piece in {
        "an array 100,000 deep": "'2.2' = " + "[" * 100_000,
        "an array 300 deep": "'2.2' = " + "[" * 300 + "]" * 300,
        "a key 3,000 deep": ".".join(["a"] * 3_000) + " = 1",
        "a table 3,000 deep": "[" + ".".join(["a"] * 3_000) + "]",
        "tables 300 deep": "'1.2.2' = " + "{a = " * 300 + "1" + "}" * 300,
        "100,000 digits": "'2.2' = " + "9" * 100_000,
        "a date": "'2.2' = 1979-05-27T07:32:00Z",
        "a date that is none": "'2.2' = 1979-99-99",
        "no number": "'2.2' = nan",
        "a number": "'2.2' = 3",
        "a Boolean": "'2.2' = true",
        "a list of lists": "'2.2' = [['C'], 1, {a = 'b'}]",
        "an empty text": "'2.2' = ''",
        "an empty list": "'2.2' = []",
        "a question that is not asked": "'9.9' = 'x'",
        "a key that is empty": "'' = 'x'",
        "a key with control characters": "\"\\u001b[2J\" = 'x'",
        "a huge power": "'1.2.2' = '9^9^9^9^9'",
        "a factorial of factorials": "'1.2.2' = '9!!!!!!'",
        "an answer of a megabyte": "'1.2.2' = '" + "x+" * (1 << 18) + "x'",
        "an answer in brackets": "'1.2.2' = '" + "(" * 5_000 + ")" * 5_000 + "'",
        "an answer that looks like another": "'1.2.2' = '\u0425^\u0422 \u03a7 \u2215 \uff12 \u2014 \uff10'",
        "an answer with control characters": "'1.2.2' = \"\\u001b[2J\\u0000\\u202e\"",
        "an answer in code": "'1.2.2' = '__import__(\"os\").system(\"ls\")'",
    }.items()
}
