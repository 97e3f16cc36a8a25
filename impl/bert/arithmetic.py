"""The verbal arithmetic data: zero to nineteen, plus or minus zero to nineteen, and whether that is negative, zero or positive.

Source: handout, section 4; the course's two files hold the same 800 sentences, split once.
"""

import csv
import random
from dataclasses import dataclass
from itertools import product
from pathlib import Path

WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
SIGNS = {"plus": 1, "minus": -1}
CLASSES = ("negative", "zero", "positive")
UNSEEN = 160
TRAIN_FILE, TEST_FILE = "PA03_data_20_train.csv", "PA03_data_20_test.csv"
LONGEST = 200  # characters of a sentence in somebody's file


class DataError(ValueError):
    """Data that cannot be read; one sentence."""


@dataclass(frozen=True)
class Examples:
    """Sentences and their classes, 0 to 2."""

    sentences: tuple[str, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.sentences)

    def part(self, chosen: list[int]) -> "Examples":
        """Those at the places that are named, in that order."""
        return Examples(tuple(self.sentences[i] for i in chosen), tuple(self.labels[i] for i in chosen))


@dataclass(frozen=True)
class Split:
    """What is trained on, and what is not seen."""

    seen: Examples
    unseen: Examples

    @property
    def majority(self) -> float:
        """The share of the unseen that is right if the commonest class of the seen is said every time."""
        counts = [self.seen.labels.count(label) for label in range(len(CLASSES))]
        return self.unseen.labels.count(counts.index(max(counts))) / len(self.unseen)


def label(sentence: str) -> int:
    """The class of a sentence such as "eight minus ten", or of a longer one, by working it out from the left.

    Raises:  ValueError if it is not of such words.
    """
    first, *rest = sentence.split()
    value = WORDS.index(first)
    for operator, word in zip(rest[::2], rest[1::2], strict=True):
        if operator not in SIGNS:
            raise ValueError(f"{operator} is none of {', '.join(SIGNS)}")
        value += SIGNS[operator] * WORDS.index(word)
    return (value > 0) - (value < 0) + 1


def verbal_arithmetic() -> tuple[list[str], list[int]]:
    """All 800 sentences and their classes."""
    sentences = [f"{a} {operator} {b}" for operator, a, b in product(SIGNS, WORDS, WORDS)]
    return sentences, [label(sentence) for sentence in sentences]


def split(seed: int) -> Split:
    """640 sentences to train on and 160 unseen, drawn by a seed."""
    sentences, labels = verbal_arithmetic()
    every = Examples(tuple(sentences), tuple(labels))
    order = list(range(len(every)))
    random.Random(seed).shuffle(order)  # noqa: S311
    return Split(every.part(order[UNSEEN:]), every.part(order[:UNSEEN]))


def read(folder: Path) -> Split:
    """The course's split, from its two files.

    Raises:  DataError if a file is not there, or a line of it is no sentence with a class.
    """
    return Split(_read(folder / TRAIN_FILE), _read(folder / TEST_FILE))


def stratified(examples: Examples, share: float, seed: int) -> Split:
    """A share of every class set apart, as the course's notebook validates."""
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)  # noqa: S311
    apart: set[int] = set()
    for one in range(len(CLASSES)):
        of_class = [i for i in order if examples.labels[i] == one]
        apart |= set(of_class[: round(share * len(of_class))])
    return Split(examples.part([i for i in order if i not in apart]), examples.part([i for i in order if i in apart]))


def _read(path: Path) -> Examples:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; the course's data are {TRAIN_FILE} and {TEST_FILE}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    rows = list(csv.reader(text.splitlines()))
    has_names = bool(rows) and rows[0][-1:] == ["label"]  # as in the course's: a number without a name, input, label
    sentences, labels = [], []
    for number, row in enumerate(rows, start=1):
        if not row or (number == 1 and has_names):
            continue
        if len(row) != 3 or row[2] not in ("0", "1", "2") or not 0 < len(row[1].strip()) <= LONGEST:
            raise DataError(
                f"{path}, line {number}: got {','.join(row)[:80]!r}, expected a number, a sentence, and 0, 1 or 2"
            )
        sentences.append(row[1].strip())
        labels.append(int(row[2]))
    if not sentences:
        raise DataError(f"{path}: no sentences in it")
    return Examples(tuple(sentences), tuple(labels))
