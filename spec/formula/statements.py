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
    r"[\s&]*(?:\\(?:text|mathrm)\s*\{|[=+\-*/^_)\]}<>≤≥≠!;,]|\\(?:cdot|times|leq?|geq?|neq?|iff|right|top|end|Leftrightarrow|implies|Rightarrow|quad|in)|$|iff|when|if|or|and)"
)
GAP = r"(?:\s|\\[,;:! ]|\\q?quad(?![a-z])|~)*+"
VARIABLE = r"(?:[ijkwx]|lam(?:bda)?|\\lambda|λ|(?:\\mathbf|\\boldsymbol|\\bm)\s*+\{?\s*+[wx]\s*+\}?)(?![A-Za-z])"
EQUATION = re.compile(r"\s*-[^\n\\&=<>]*&?=")  # a line that begins with a minus and is an equation
FOR_ALL = re.compile(
    rf",?{GAP}(?:\\(?:text|mathrm)\{{[\s,]*+for\s++(?:all|every|each|any)\s*+\}}|for\s++(?:all|every|each|any)|\\forall|∀)"
    rf"{GAP}\$?{GAP}{VARIABLE}{GAP}\$?(?={GAP}(?:$|[.,;\n]|\\\\|\\text|\\(?:land|lor|iff|end)|and|or))"
)
REAL = re.compile(
    rf"{GAP}(?:\\in|∈)\s*+(?:\\mathbb\s*+\{{?\s*+R\s*+\}}?|\\R(?![a-z])|\u211d)\s*+(?:\^\s*+\{{?\s*+[2dn]\s*+\}}?|²)?"
)
CONNECTING = re.compile(
    r"[,.]?\s*+(?:\\(?:text|mathrm|textrm)\{[\s,]*+)?(?<![A-Za-z\\])"
    r"(?:[Aa]nd so|[Ww]here|[Ww]ith|[Ll]et|[Dd]efine|[Ff]or|[Tt]hen|[Tt]hus|[Hh]ence|[Tt]herefore|[Ss]o)(?![A-Za-z])[\s,:]*+\}?"
)
ARROW = re.compile(r"=>|⇒|→|->|\\to(?![a-z])|∴")
MEMBER = r"(?:(?:\\mathbf|\\boldsymbol|\\bm|\\vec)\s*+\{?\s*+w\s*+\}?|w|\(\s*+w_1(?:\^\*)?\s*+,\s*+w_2(?:\^\*)?\s*+\))(?:\^\{?(?:\*|\\star)\}?)?"
SET = re.compile(
    rf"(?:\\left\s*+)?(?:\\?\{{|\\lbrace){GAP}{MEMBER}(?:{REAL.pattern})?{GAP}(?::|\\colon|\\mid|\\vert|\|){GAP}"
)
OF_W = frozenset({"BOLD", "NAME", "UNDER", "CARET", "STAR", "LBRACE", "RBRACE", "PRIME", "EQ"})


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


def parts_equations(s: Scanner) -> bool:
    """Whether a wide space here stands between two equations."""
    start = max((i for i, token in enumerate(s.tokens) if token.type == "SEMI"), default=-1)
    return begins(s) and any(token.type in RELATING for token in s.tokens[start + 1 :])


def arrows(s: Scanner) -> bool:
    """Whether an arrow stands here, from one statement to the next."""
    found = ARROW.match(s.text, s.at)
    if found is None or s.nested:
        return False
    s.put("SEMI", len(found.group()))
    return True


def begins(s: Scanner) -> bool:
    """Whether a line that begins here is a statement of its own, and does not go on with the last one."""
    goes_on = GOES_ON.match(s.text, s.at) and not EQUATION.match(s.text, s.at)
    return not s.nested and s.last in ENDS_OPERAND and not goes_on


def skips_for_all(s: Scanner) -> bool:
    """Whether "for all i" stands here, which a free index means anyway; it is left out."""
    found = FOR_ALL.match(s.text, s.at) if s.last in ENDS_OPERAND and not s.nested else None
    s.at = found.end() if found else s.at
    return found is not None


def opens_set(s: Scanner) -> bool:
    """Whether the set of all w with something begins here; the `w =` before it goes with it.

    Raises:  Unread for a set that something else is said to be.
    """
    found = SET.match(s.text, s.at) if s.text[s.at] in "\\{" and s.last in ("", "SEMI", "COMMA", "EQ", "AND") else None
    if found is None:
        return False
    if s.last == "EQ":
        _drop_left_side(s)
    s.nested.append(("UNSEEN", s.at, s.fraction))
    s.at = found.end()
    return True


def _drop_left_side(s: Scanner) -> None:
    start = len(s.tokens)
    while start and s.tokens[start - 1].type in OF_W:
        start -= 1
    names = [str(token) for token in s.tokens[start:] if token.type in ("NAME", "BOLD")]
    if names != ["w"] or (start and s.tokens[start - 1].type not in ("SEMI", "COMMA", "AND")):
        raise s.error("a set stands alone here, or after w =")
    del s.tokens[start:]


def closes_unseen(s: Scanner) -> bool:
    """Whether a brace ends here that means nothing: of a set, or of a box."""
    found = re.compile(r"(?:\\right\s*)?\\?\}").match(s.text, s.at)
    if found is None or not s.nested or s.nested[-1][0] != "UNSEEN":
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


RECOGNISED = (skips_for_all, arrows, connects, ends_sentence, opens_set, closes_unseen)
