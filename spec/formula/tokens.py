"""The tokens of a text as they are put down: brackets are matched on the way, and every place is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lark import Token

from spec.formula.tree import Unread

MAX_NESTED = 40
OPENING = {
    "LPAR": "RPAR",
    "LSQB": "RSQB",
    "LBRACE": "RBRACE",
    "BAR_OPEN": "BAR_CLOSE",
    "NORM_OPEN": "NORM_CLOSE",
    "MAT_OPEN": "MAT_CLOSE",
    "ANGLE_OPEN": "ANGLE_CLOSE",
}
CLOSING = frozenset(OPENING.values())
ENDS_OPERAND = CLOSING | {"NAME", "BOLD", "NUMBER", "TOP", "PRIME", "TURN", "INF", "LABEL", "IDENTITY"}
TAKES_BRACES = ("CARET", "UNDER", "CALL", "FUNCTION", "REDUCE", "FRAC", "RBRACE")
SHOWN = {
    "RPAR": ")",
    "RSQB": "]",
    "RBRACE": "}",
    "BAR_CLOSE": "|",
    "NORM_CLOSE": "||",
    "MAT_CLOSE": r"\end{...}",
    "ANGLE_CLOSE": r"\rangle",
    "UNSEEN": "}",
}


@dataclass
class Scanner:
    """What has been scanned of a text so far.

    Edges:   `names` maps every spelling of the question's symbols to the symbol; a run of letters is cut into those.
    """

    text: str
    names: Mapping[str, str]
    at: int = 0
    tokens: list[Token] = field(default_factory=list)
    nested: list[tuple[str, int, int]] = field(
        default_factory=list
    )  # what closes it, where it opened, fractions around
    fraction: int = 0  # arguments that \frac still takes: each may be a bare digit

    @property
    def last(self) -> str:
        return self.tokens[-1].type if self.tokens else ""

    @property
    def in_matrix(self) -> bool:
        return any(closes == "MAT_CLOSE" for closes, _, _ in self.nested)

    def put(self, kind: str, length: int, text: str | None = None) -> None:
        """Add a token made of the next `length` characters."""
        start, self.at = self.at, self.at + length
        shown = self.text[start : self.at] if text is None else text
        if kind in CLOSING:
            self._close(kind, start)
        if kind == "RBRACE" and (opened := self._brace_before_a_name()) is not None:
            del self.tokens[opened]
            return
        if kind in OPENING:
            self.nested.append((OPENING[kind], start, max(self.fraction - 1, 0)))
            self.fraction = 0
            if len(self.nested) > MAX_NESTED:
                raise Unread(f"brackets may be nested {MAX_NESTED} deep", (start, self.at))
        self.tokens.append(Token(kind, shown, start_pos=start, end_pos=self.at))

    def add(self, kind: str, text: str) -> None:
        """Add a token that the text only implies."""
        self.tokens.append(Token(kind, text, start_pos=self.at, end_pos=self.at))

    def _close(self, kind: str, start: int) -> None:
        if not self.nested or self.nested[-1][0] != kind:
            raise Unread(f"this {SHOWN[kind]} closes nothing", (start, self.at))
        self.fraction = self.nested.pop()[2]

    def _brace_before_a_name(self) -> int | None:
        """Where the brace opened before a lone name, if what follows belongs to that name: {w}_{ridge}, {x}'."""
        opened = len(self.tokens) - (3 if self.last == "PRIME" else 2)
        if opened < 0:
            return None
        before, brace, name = ["", *(token.type for token in self.tokens)][opened : opened + 3]
        is_lone = brace == "LBRACE" and name in ("NAME", "BOLD") and before not in TAKES_BRACES
        return opened if is_lone and self.text[self.at :].lstrip()[:1] in ("_", "^", "'") else None

    def error(self, message: str, length: int = 1) -> Unread:
        return Unread(message, (self.at, self.at + length))
