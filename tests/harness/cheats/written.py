"""Files of answers that are not right and try to be marked so, or to cost more than an answer may."""

from __future__ import annotations

from dataclasses import dataclass

NOT_RIGHT = "It is not the answer, so it is not marked right."
CHEAP = "It is refused, or judged, in no time worth the name."
ONE = "Only what the question asks for is an answer."
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Written:
    """One file of answers.

    Edges:   `statuses` are what may come of the question; "unreadable" is a file that is refused as a whole.
    """

    name: str
    must: str
    text: str
    question: str = "1.2.2"
    statuses: tuple[str, ...] = ("fail", "error")


def ridge(name: str, must: str, answer: str) -> Written:
    return Written(name, must, f"'1.2.2' = '{answer}'")


def letter(name: str, value: str, *statuses: str) -> Written:
    return Written(name, ONE, f"'2.2a' = {value}", "2.2", statuses or ("fail", "error"))


DEEP = "(" * 20_000 + "X" + ")" * 20_000
CHEATS = [
    *(ridge(name, CHEAP, answer) for name, answer in {
        "a tower of powers": "9^9^9^9^9^9",
        "a power of a matrix": "(X^T X)^(10^9)",
        "a factorial of factorials": "9!!!!!!",
        "a negative tower": "2^(-9^9^9)",
        "a number of a hundred thousand digits": "9" * 100_000 + " X",
        "a decimal of a hundred thousand digits": "0." + "9" * 100_000 + " X",
        "an exponent of many digits": "1e999999999 X",
        "brackets in brackets": DEEP,
        "a sum of a hundred thousand": " + ".join(["X^T t"] * 100_000),
        "a product of a thousand": " ".join(["(X^T X + I)"] * 1_000),
        "a thousand inverses": "inv(" * 1_000 + "X^T X" + ")" * 1_000,
        "signs": "-" * 50_000 + "X",
        "fractions in fractions": r"\frac{1}{" * 500 + "n" + "}" * 500,
    }.items()),
    *(ridge(name, NOT_RIGHT, answer) for name, answer in {
        "code": r'__import__("os").system("echo pass")',
        "a comparison with itself": "w = w",
        "what is true of anything": "x = x",
        "a division by nothing": "X^T t / 0",
        "what is no number": "nan",
        "infinity": "inf",
        "no number and all": "0/0 + (X^T X + 2 n lam I)^{-1} X^T t",
        "the right one and another": "(X^T X + 2 n lam I)^{-1} X^T t or (X^T X + n lam I)^{-1} X^T t",
        "the right one, denied": "w != (X^T X + 2 n lam I)^{-1} X^T t",
        "the right one, nearly": "(X^T X + 2.0000000001 n lam I)^{-1} X^T t",
        "the right one, plus next to nothing": "(X^T X + 2 n lam I)^{-1} X^T t + 10^{-300}",
        "the right one for a square X": "X^{-1} t - 2 n lam (X^T X)^{-2} X^T t",
        "the right one without weights": "(X^T X)^{-1} X^T t",
        "letters that look like others": "(\u0425^T \u0425 + n lam I)^{-1} \u0425^T t",
        "digits that look like others": "(X^T X + \uff11 n lam I)^{-1} X^T t",
        "the word itself": "pass",
        "the question's answer by name": "w_ridge",
        "nothing": "",
        "blanks": "   ",
        "a line from right to left": "\u202et T^X",
    }.items()),
    letter("every letter", "'A, B, C, D'"),
    letter("every letter, in a list", "['A', 'B', 'C', 'D']"),
    letter("one letter or another", "'B or C'"),
    letter("not the others", "'neither A nor B'"),
    letter("a number", "3"),
    letter("a table", "{answer = 'C'}", "fail", "error", UNREADABLE),
    letter("true", "true"),
    letter("a date", "1979-05-27"),
    letter("lists in lists", "[" * 300 + "]" * 300, "error", UNREADABLE),
    Written("lists without end", CHEAP, "'2.2a' = " + "[" * 500_000, "2.2", (UNREADABLE,)),
    Written("tables in tables", CHEAP, "[" + ".".join(["a"] * 100_000) + "]\nb = 1", "2.2", (UNREADABLE,)),
    Written("keys in keys", CHEAP, ".".join(["a"] * 100_000) + " = 1", "2.2", (UNREADABLE,)),
    Written("a hundred thousand keys", CHEAP, "\n".join(f"a{i} = 1" for i in range(80_000)), "2.2", (UNREADABLE,)),
    Written("two answers to one question", ONE, "'2.2a' = 'B'\n'2.2a' = 'C'", "2.2", ("error",)),
    Written("two answers by two names", ONE, "'2.2' = 'B'\n'2.2a' = 'C'", "2.2", ("error",)),
    Written("a question that is not asked", ONE, "'2.2a' = 'B'\n'9.9' = 'C'", "2.2", ("fail",)),
    Written("marks of its own", ONE, "points = 100\nstatus = 'pass'", "2.2", (UNREADABLE,)),
    Written("a programmed question", ONE, "'3.1.1' = 'pass'\n'2.2a' = 'B'", "3.1.1", ("not-run",)),
    Written("what a person marks", ONE, "'3.1.3' = 'full marks'\n'2.2a' = 'B'", "3.1.3", ("human",)),
]  # fmt: skip
