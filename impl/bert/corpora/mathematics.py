"""Mathematical text as children read it: counting, comparing, sums and differences, in words and in digits.

None of the 800 sentences of the task stands in it, as it is or within a longer one: "plus" and "minus" stand between
digits, or beside a round number from twenty on; between the words of small numbers it says "and", "take away", "from".
"""

import random
from collections.abc import Callable

from impl.bert.arithmetic import WORDS

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ROUND = dict(zip(range(20, 100, 10), TENS, strict=True))
LARGEST, LARGEST_COUNTED = 20, 30  # numbers that are added, and that a count starts from
NEAR = 0.3  # how often two numbers are equal or neighbours: those that a comparison has to tell apart
STEPS = (1, 1, 1, -1, -1, 2, -2, 5)


def line(dice: random.Random) -> str:
    """A line, without capitals or full stop."""
    return dice.choices(KINDS, WEIGHTS)[0](dice)


def in_words(number: int) -> str:
    """A number of less than a hundred, either side of zero."""
    if number < 0:
        return f"negative {in_words(-number)}"
    if number < len(WORDS):
        return WORDS[number]
    ten = ROUND[number // 10 * 10]
    return ten if number % 10 == 0 else f"{ten} {WORDS[number % 10]}"


def in_digits(number: int) -> str:
    """A number, its sign as a sign."""
    return str(number) if number >= 0 else f"- {-number}"


def _counting(dice: random.Random) -> str:
    written = dice.choice((in_words, in_digits))
    start, step = dice.randint(0, LARGEST_COUNTED), dice.choice(STEPS)
    counted = [start + step * i for i in range(dice.randint(4, 8))]
    return " ".join(written(number) for number in counted if number >= 0)


def _spelled(dice: random.Random) -> str:
    number = dice.randint(0, LARGEST_COUNTED)
    word = in_words(number)
    return dice.choice((f"{number} is {word}", f"{word} is written {number}", f"{number} means {word}"))


def _compared(dice: random.Random) -> str:
    written = dice.choice((in_words, in_words, in_digits))
    low, high = sorted(_pair(dice))
    a, b = written(low), written(high)
    if low == high:
        return dice.choice((f"{a} equals {b}", f"{a} is the same as {b}", f"{a} = {b}"))
    return dice.choice((
        f"{a} is less than {b}", f"{a} is smaller than {b}", f"{a} comes before {b}", f"{a} < {b}",
        f"{b} is more than {a}", f"{b} is greater than {a}", f"{b} comes after {a}", f"{b} > {a}",
        f"of {a} and {b} the larger is {b}", f"of {b} and {a} the smaller is {a}",
    ))  # fmt: skip


def _added(dice: random.Random) -> str:
    a, b = _pair(dice)
    ten, small = dice.choice(tuple(ROUND)), dice.randint(0, 9)
    return dice.choice((
        f"{a} + {b} = {a + b}", f"{a} plus {b} is {a + b}", f"{in_words(a)} and {in_words(b)} make {in_words(a + b)}",
        f"the sum of {in_words(a)} and {in_words(b)} is {in_words(a + b)}",
        f"{in_words(ten)} plus {in_words(small)} is {in_words(ten + small)}",
    ))  # fmt: skip


def _subtracted(dice: random.Random) -> str:
    a, b = _pair(dice)
    ten, less = dice.choice(tuple(ROUND)), dice.randint(0, 39)
    sign = "negative " if a < b else ""
    return dice.choice((
        f"{a} - {b} = {in_digits(a - b)}", f"{a} minus {b} is {sign}{abs(a - b)}",
        f"{in_words(a)} take away {in_words(b)} is {in_words(a - b)}",
        f"{in_words(b)} from {in_words(a)} leaves {in_words(a - b)}",
        f"the difference of {in_words(a)} and {in_words(b)} is {in_words(a - b)}",
        f"{in_words(ten)} minus {in_words(less)} is {in_words(ten - less)}",
    ))  # fmt: skip


def _pair(dice: random.Random) -> tuple[int, int]:
    a, b = dice.randint(0, LARGEST), dice.randint(0, LARGEST)
    if dice.random() < NEAR:
        b = min(LARGEST, max(0, a + dice.choice((0, 0, 1, -1))))
    return a, b


KINDS: tuple[Callable[[random.Random], str], ...] = (_counting, _spelled, _compared, _added, _subtracted)
WEIGHTS = (1, 1, 2, 1, 3)
