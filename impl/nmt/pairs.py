"""Word pairs to train on: our own, or a file's; what a file's lines may hold; and the split."""

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from impl.nmt import words
from impl.nmt.vocabulary import check

Pair = tuple[str, str]
TRAIN_SHARE = 0.8
SHOWN = 3  # lines that a summary of those left out shows


class BadFileError(ValueError):
    """A file of word pairs that cannot be used; says which, in which line, and why."""


@dataclass(frozen=True)
class Pairs:
    """Words with their translations, each pair once.

    `left_out` are the lines of a file that hold characters outside the vocabulary, each as "line 12: ...": the course's
    own files have such lines, and its notebook leaves them out too.
    """

    name: str
    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of the pairs in their order, a line each."""
        return hashlib.sha256("".join(f"{source} {target}\n" for source, target in self.pairs).encode()).hexdigest()

    @property
    def remark(self) -> str:
        """What was left out, in a sentence; empty if nothing was."""
        if not self.left_out:
            return ""
        more = f"; and {len(self.left_out) - SHOWN} more" if len(self.left_out) > SHOWN else ""
        return f"{self.name}: left out {len(self.left_out)} lines: {'; '.join(self.left_out[:SHOWN])}{more}"

    def split(self, seed: int) -> tuple[list[Pair], list[Pair]]:
        """Four fifths to train on and the rest to validate with, the same for a seed in every process.

        Edges:   no source word is in both parts: one with two translations has both of them in one.
        Raises:  ValueError if there are too few words for two parts.
        """
        sources = sorted({source for source, _ in self.pairs})
        if len(sources) < 2:
            raise ValueError(f"{self.name} has {len(sources)} word, which cannot be split into two parts")
        random.Random(seed).shuffle(sources)  # noqa: S311 - a split, not a secret
        to_train = set(sources[: max(1, int(TRAIN_SHARE * len(sources)))])
        order = {source: place for place, source in enumerate(sources)}
        pairs = sorted(self.pairs, key=lambda pair: (order[pair[0]], pair[1]))
        return [one for one in pairs if one[0] in to_train], [one for one in pairs if one[0] not in to_train]


def load(data: str) -> Pairs:
    """The list that an option names: "small", "large", or a file of two columns.

    Raises:  BadFileError as `read`.
    """
    if data in {"small", "large"}:
        return Pairs(data, tuple(words.small() if data == "small" else words.large()))
    return read(Path(data))


def read(path: Path) -> Pairs:
    """A file in the course's format: two words a line, English and Pig Latin; case is not kept.

    Raises:  BadFileError, with the line's number, for a line of another number of words, for what is not UTF-8, and
             where there is no file, or nothing in it that can be used.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFileError(f"{path}: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFileError(f"{path}: line {line}: byte 0x{content[error.start]:02x} is not UTF-8") from error
    pairs: dict[Pair, None] = {}
    left_out: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        columns = line.lower().split()
        if not columns:
            continue
        if len(columns) != 2:
            said = "1 word" if len(columns) == 1 else f"{len(columns)} words"
            raise BadFileError(f"{path}: line {number}: {said} where there must be 2: {line.strip()[:60]!r}")
        try:
            check(columns[0])
            check(columns[1])
        except ValueError as error:
            left_out.append(f"line {number}: {error}")
            continue
        pairs[columns[0], columns[1]] = None
    if not pairs:
        reason = f"; {left_out[0]}" if left_out else ""
        raise BadFileError(f"{path}: no line that can be used, out of {text.count(chr(10)) + bool(text)}{reason}")
    return Pairs(path.name, tuple(pairs), tuple(left_out))
