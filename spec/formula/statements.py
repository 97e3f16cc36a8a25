"""Where one statement of a text ends and the next begins: at semicolons, at lines, at commas between equations.

A set is read as what its members meet: {w : w_1 + w_2 = 1} is w_1 + w_2 = 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Token

from spec.formula.tokens import CLOSING, ENDS_OPERAND, OPENING, Scanner

RELATING = frozenset({"EQ", "NE", "LT", "GT", "LE", "GE"})
JOINING = frozenset({"AND", "OR", "IFF"})
GOES_ON = re.compile(
    r"[\s&]*(?:[=+\-*/^_)\]}<>≤≥≠!;,]|\\(?:cdot|times|leq?|geq?|neq?|iff|right|top|end|Leftrightarrow|implies|Rightarrow|quad|in)|$|iff|when|if|or|and)"
)
FOR_ALL = re.compile(
    r"[,\s]*(?:\\[,;:! ]|\\q?quad)*\s*(?:\\(?:text|mathrm)\{[\s,]*for\s+(?:all|every|each)\s*\}|for\s+(?:all|every|each)|\\forall|∀)"
    r"\s*\$?\s*[ijk](?![A-Za-z])\s*\$?(?=\s*(?:$|[.,;\n]|\\\\|\\text|\\(?:land|lor|iff|end)|and|or))"
)
CONNECTING = re.compile(
    r"[,.]?\s*(?:\\(?:text|mathrm|textrm)\{[\s,]*)?(?<![A-Za-z\\])(?:[Aa]nd so|[Ww]here|[Ww]ith|[Ll]et|[Tt]hen|[Tt]hus|[Hh]ence|[Tt]herefore|[Ss]o)"
    r"(?![A-Za-z])[\s,:]*\}?"
)
SET = re.compile(
    r"(?:\\left\s*)?\\?\{\s*(?:\\(?:mathbf|boldsymbol|bm|vec)\s*\{?\s*)?(?:w\s*\}?(?:\^\{?(?:\*|\\star)\}?)?|\(\s*w_1\s*,\s*w_2\s*\))"
    r"\s*(?:(?:\\in|∈)\s*(?:\\mathbb\s*\{?\s*R\s*\}?|\u211d|R)\s*(?:\^\s*\{?\s*[2d]\s*\}?|²))?\s*(?:\\[;,:! ]|\s)*"
    r"(?::|\\colon|\\mid|\\vert|(?<![\s{])\s*\|)(?:\\[;,:! ]|\s)*"
)


def connects(s: Scanner) -> bool:
    """Whether a word such as "where" or "so" stands here; what follows is another statement."""
    found = CONNECTING.match(s.text, s.at)
    if found is None or s.nested:
        return False
    if s.tokens and s.last != "SEMI":
        s.add("SEMI", found.group().strip())
    s.at = found.end()
    return True


def ends_sentence(s: Scanner) -> bool:
    """Whether a sentence ends here, and another begins."""
    found = re.compile(r"\.\s+(?=\S)").match(s.text, s.at)
    if found is None or s.nested or s.last not in ENDS_OPERAND:
        return False
    s.add("SEMI", ".")
    s.at = found.end()
    return True


def begins(s: Scanner) -> bool:
    """Whether a line that begins here is a statement of its own, and does not go on with the last one."""
    return not s.nested and s.last in ENDS_OPERAND and not GOES_ON.match(s.text, s.at)


def skips_for_all(s: Scanner) -> bool:
    """Whether "for all i" stands here, which a free index means anyway; it is left out."""
    found = FOR_ALL.match(s.text, s.at) if s.last in ENDS_OPERAND and not s.nested else None
    s.at = found.end() if found else s.at
    return found is not None


def opens_set(s: Scanner) -> bool:
    """Whether the set of all w with something begins here; the `w =` before it goes with it."""
    found = SET.match(s.text, s.at) if s.text[s.at] in "\\{" and s.last in ("", "SEMI", "EQ") else None
    if found is None:
        return False
    while s.tokens and s.last != "SEMI":
        s.tokens.pop()
    s.nested.append(("SET_CLOSE", s.at, s.fraction))
    s.at = found.end()
    return True


def closes_set(s: Scanner) -> bool:
    """Whether a set ends here."""
    found = re.compile(r"(?:\\right\s*)?\\?\}").match(s.text, s.at)
    if found is None or not s.nested or s.nested[-1][0] != "SET_CLOSE":
        return False
    s.nested.pop()
    s.at = found.end()
    return True


def separated(tokens: list[Token]) -> list[Token]:
    """Tokens with commas between equations as semicolons, and numbers between commas, without brackets, as a vector."""
    return [token for statement in _statements(tokens) for token in _parted(statement)]


def _statements(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens up to each semicolon that is in no brackets, and with it."""
    start = 0
    for end in (i + 1 for i, token in _outermost(tokens) if token.type == "SEMI"):
        yield tokens[start:end]
        start = end
    yield tokens[start:]


def _outermost(tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that are in no brackets, and the brackets that are in none, each with its index."""
    depth = 0
    for i, token in enumerate(tokens):
        depth -= token.type in CLOSING
        if depth == 0:
            yield i, token
        depth += token.type in OPENING


def _parted(statement: list[Token]) -> list[Token]:
    outermost = list(_outermost(statement))
    commas = [i for i, token in outermost if token.type == "COMMA"]
    relations = [i for i, token in outermost if token.type in RELATING]
    if not commas:
        return statement
    if not relations:
        end = len(statement) - (statement[-1].type == "SEMI")
        opened, closed = (Token(kind, "", start_pos=at, end_pos=at) for kind, at in _around(statement[:end]))
        return [opened, *statement[:end], closed, *statement[end:]]
    joined = {i for i in commas if statement[i + 1 : i + 2] and statement[i + 1].type in JOINING}
    formula_first = commas[0] > len(("w", "_", "1"))  # and not the left side of w_1, w_2 = 1/2
    separating = {i for i in commas if formula_first or i > relations[0]} - joined
    return [
        token.update(type="SEMI") if i in separating else token for i, token in enumerate(statement) if i not in joined
    ]


def _around(tokens: list[Token]) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
    return ("LPAR", tokens[0].start_pos), ("RPAR", tokens[-1].end_pos)


RECOGNISED = (skips_for_all, connects, ends_sentence, opens_set, closes_set)
