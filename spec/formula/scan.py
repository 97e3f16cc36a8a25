"""A text as tokens, in one pass that never looks back: LaTeX as students paste it, and plain text like NumPy's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from lark import Token

from spec.formula import statements, words
from spec.formula.letters import put_decorated, put_letters, put_styled, put_word
from spec.formula.tokens import ENDS_OPERAND, SHOWN, Scanner
from spec.formula.tree import Unread

MAX_LENGTH = 2_000
MAX_DIGITS = 60
SKIPPED = re.compile(
    r"(\s|~(?!=)|\$|`|&(?!&)|\\[,;:!> \n]|\\[()\[\]](?!\w)|\\\\(\[[^\]]*\])?|\\(?:nonumber|notag|blacksquare|qed|square)(?![a-z])"
    r"|\\(?:tag|label)\*?\{[^{}]*\}|\\(?:begin|end)\{(?:align|equation|gather)\*?\}|[.,](?=[\s$`\\]*(?:\\end|\\\]|\\\)|$)))+"
)
LEFT_DIVISION = re.compile(r"\\(?!\\)")
STARRED = re.compile(r"\*\s*=(?!=)")  # w* = ...
SPACE = re.compile(r"\s+")
# a number with a point, but not that of a sentence
NUMBER = re.compile(r"(\d+\.(?!\s+[A-Za-z(\\])\d*|\.\d+|\d+)([eE][+-]?\d+)?")
COMMAND = re.compile(r"\\([A-Za-z]+)\*?|\\[|{}#%_]")
ONLY_IF = re.compile(r"(?:\\text\{\s*)?(?<![a-zA-Z])if\s+and\s+only\s+if(?![a-zA-Z])\s*\}?")
METHOD = re.compile(r"\.(dot|sum|max|min|mean|transpose|norm)\s*(?=\()")
DOT = re.compile(r"\.(\s*)([A-Za-z]\w*)")
LATEX = re.compile(r"\\[A-Za-z]{2}|\\[,;:!|{}]|\\[()\[\]].*\\[()\[\]]", re.DOTALL)
SKIPPED_IN_CODE = re.compile(r"(\s|~(?!=)|\$|`|&(?!&)|\\\\(\[[^\]]*\])?|[.,](?=[\s$`]*$))+")
OVER = re.compile(
    r"_\{\s*(?:1\s*\\leq?\s*([ijk])\s*\\leq?\s*([nd])"
    r"|([ijk])\s*=\s*1\s*,\s*(?:\\[lc]?dots|\.\.\.)\s*,\s*([nd])"
    r"|([ijk])\s*\\in\s*(?:\[\s*([nd])\s*\]|\\\{\s*1\s*,\s*(?:\\[lc]?dots|\.\.\.)\s*,\s*([nd])\s*\\\}))\s*\}"
)
ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([a-zA-Z]+\*?)\}")


def scan(text: str, names: Mapping[str, str]) -> list[Token]:
    """The tokens of a formula.

    Raises:  Unread for what is no part of one, brackets that do not match, and texts over 2000 characters.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(f"it has {len(text)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, len(text)))
    s = Scanner(text, names)
    while s.at < len(text):
        if not any(found(s) for found in RECOGNISED):
            _sign(s)
    if s.nested:
        closes, start, _ = s.nested[-1]
        raise Unread(f"this is never closed; a {SHOWN[closes]} is missing", (start, start + 1))
    return statements.separated(s.tokens)


# What follows recognises a part of a text where the scanner stands, puts its tokens, and tells whether it did.


def _cell(s: Scanner) -> bool:
    """The end of a matrix's cell, or of its row."""
    if not s.in_matrix or not (s.text.startswith("\\\\", s.at) or s.text[s.at] == "&"):
        return False
    s.put("SEMI" if s.text[s.at] == "\\" else "COMMA", 2 if s.text[s.at] == "\\" else 1)
    return True


def _range(s: Scanner) -> bool:
    """What a sum runs over, where that is no plain script: 1 <= i <= n."""
    over = OVER.match(s.text, s.at) if s.last == "REDUCE" else None
    if over is None:
        return False
    s.add("UNDER", "_")
    index, length = (found for found in over.groups() if found)
    s.put("NAME", over.end() - s.at, index)
    s.add("CARET", "^")
    s.put("NAME", 0, length)
    return True


def _only_if(s: Scanner) -> bool:
    iff = ONLY_IF.match(s.text, s.at)
    if iff is not None:
        s.put("IFF", iff.end() - s.at)
    return iff is not None


def _skipped(s: Scanner) -> bool:
    """What means nothing; a new line may begin a new statement."""
    what = SPACE if s.in_matrix else SKIPPED if LATEX.search(s.text) else SKIPPED_IN_CODE
    skipped = what.match(s.text, s.at)
    if skipped is None:
        return False
    s.at = skipped.end()
    if re.search(r"\n|\\\\", skipped.group()) and statements.begins(s):
        s.add("SEMI", ";")
    return True


def _number(s: Scanner) -> bool:
    number = NUMBER.match(s.text, s.at)
    if number is None:
        return False
    digits = number.group()
    single = s.fraction > 0 or (s.last in ("CARET", "UNDER") and "\\" in s.text)
    if single and digits[0].isdigit():
        digits = digits[0]
    if number.group(2) and not single and ("\\" in s.text or abs(int(number.group(2)[1:][:9])) > MAX_DIGITS):
        if "\\" not in s.text:
            raise s.error(f"a number's exponent may be {MAX_DIGITS} at most", len(digits))
        digits = number.group(1)
    if len(digits) > MAX_DIGITS:
        raise s.error(f"a number may have {MAX_DIGITS} digits", len(digits))
    glued = s.tokens and s.last == "NAME" and s.tokens[-1].end_pos == s.at and "." not in digits
    if glued and s.fraction == 0:  # w1 means w_1
        s.add("UNDER", "_")
    s.fraction = max(s.fraction - 1, 0)
    s.put("NUMBER", len(digits))
    return True


def _left_division(s: Scanner) -> bool:
    """MATLAB's left division, in a text without LaTeX, where a backslash would be a space."""
    if not LEFT_DIVISION.match(s.text, s.at) or s.last not in ENDS_OPERAND or LATEX.search(s.text):
        return False
    s.put("LEFT_DIVIDE", 1)
    return True


def _command(s: Scanner) -> bool:
    if s.text[s.at] != "\\":
        return False
    if environment := ENVIRONMENT.match(s.text, s.at):
        _environment(s, environment)
        return True
    command = COMMAND.match(s.text, s.at)
    if command is None:
        raise s.error("this is no LaTeX command that is read here", 2)
    name, length = command.group(1), command.end() - s.at
    if name is None:
        kinds = {"\\|": "NORM", "\\{": "LPAR", "\\}": "RPAR"}
        if command.group() not in kinds:
            raise s.error(f"{command.group()} is not read here", 2)
        _bars(s, kinds[command.group()], length) if kinds[command.group()] == "NORM" else s.put(
            kinds[command.group()], length
        )
    else:
        _named(s, name, length)
    return True


def _named(s: Scanner, name: str, length: int) -> None:
    """A command by its name; one that is no command of ours is a word."""
    for names, put in BY_NAME:
        if name in names:
            put(s, name, length)
            return
    put_word(s, name, length)


def _space(s: Scanner, name: str, length: int) -> None:
    s.at += length
    if name in ("quad", "qquad") and statements.parts_equations(s):
        s.add("SEMI", ";")
    if s.text[s.at : s.at + 1] == "." and name in ("left", "right"):
        s.at += 1


def _box(s: Scanner, _: str, length: int) -> None:
    """A box round something, an equation as well: its braces mean nothing."""
    s.at += length
    if s.text[s.at : s.at + 1] == "{":
        s.nested.append(("UNSEEN", s.at, s.fraction))
        s.at += 1


def _put_command(s: Scanner, name: str, length: int) -> None:
    kind = words.COMMANDS[name]
    if kind in ("BAR", "NORM"):
        _bars(s, kind, length)
        return
    s.put(kind, length)
    if kind == "FRAC":
        s.fraction = 2


def _environment(s: Scanner, environment: re.Match[str]) -> None:
    which, name = environment.groups()
    if name in words.MATRICES:
        s.put("MAT_OPEN" if which == "begin" else "MAT_CLOSE", len(environment.group()))
    elif name in words.ENVIRONMENTS:
        s.at = environment.end()
    else:
        raise s.error(f"the environment {name} is not read here", len(environment.group()))


def _after_a_point(s: Scanner) -> bool:
    """What follows a point: a method, NumPy's transpose, or another factor, as in w.x."""
    if method := METHOD.match(s.text, s.at):
        s.put("METHOD", len(method.group(0)), method.group(1))
    elif s.text.startswith(".T", s.at) and not s.text[s.at + 2 : s.at + 3].isalnum():
        s.put("TURN", 2)
    elif (factor := DOT.match(s.text, s.at)) and s.last in ENDS_OPERAND and factor.group(2) in s.names:
        if factor.group(1) and not s.text[s.at - 1].isspace():
            return False  # the end of a sentence
        s.put("CDOT", 1)
    else:
        return False
    return True


def _small_sign(s: Scanner) -> bool:
    """A sign that is a script by itself."""
    sign = s.text[s.at]
    if s.text.startswith("⁻¹", s.at):
        s.add("CARET", "^")
        s.add("MINUS", "-")
        s.put("NUMBER", 2, "1")
    elif sign == "ᵀ" or (sign == "⊤" and s.last in ENDS_OPERAND):
        s.add("CARET", "^")
        s.put("TOP", 1)
    elif sign in words.RAISED:
        s.add("CARET", "^")
        s.put("NUMBER", 1, words.RAISED[sign])
    elif sign in words.LOWERED:
        s.add("UNDER", "_")
        s.put("NUMBER" if words.LOWERED[sign].isdigit() else "NAME", 1, words.LOWERED[sign])
    else:
        return False
    return True


def _sign(s: Scanner) -> None:
    text, at = s.text, s.at
    sign = text[at]
    if sign in "|‖":
        double = sign == "‖" or text.startswith("||", at)
        _bars(s, "NORM" if double else "BAR", 2 if text.startswith("||", at) else 1)
    elif text[at : at + 2] in words.LONG_SIGNS:
        s.put(words.LONG_SIGNS[text[at : at + 2]], 2)
    elif sign == "~" and "\\" not in text:
        s.put("NE", 2)
    elif sign == "*" and s.last in ENDS_OPERAND and STARRED.match(text, at):
        s.add("CARET", "^")
        s.put("STAR", 1)
    elif sign == "[" and s.tokens and s.last == "NAME" and s.tokens[-1].end_pos == at and "\\" not in text:
        raise s.error("an index is written w_1 here, and starts at 1")
    elif sign in words.SIGNS:
        s.put(words.SIGNS[sign], 1)
    elif sign in "∑√Σ":
        s.put("FUNCTION" if sign == "√" else "REDUCE", 1, "sqrt" if sign == "√" else "sum")
    else:
        name = unicodedata.name(sign, "a character without a name")
        raise s.error(f"{sign if sign.isprintable() else ''} ({name}) is not read here".strip())


def _bars(s: Scanner, kind: str, length: int) -> None:
    """A bar opens or closes, as what stands before it tells."""
    inner = s.nested[-1][0] if s.nested else ""
    two_single = kind == "NORM" and s.text[s.at] == "|" and inner == "BAR_CLOSE"  # |a + |b||
    if s.last in ENDS_OPERAND and (inner == f"{kind}_CLOSE" or two_single):
        s.put(inner, 1 if two_single else length)
    else:
        s.put(f"{kind}_OPEN", length)


BY_NAME = (
    (words.SPACING, _space), (("boxed", "fbox"), _box), (words.STYLES, put_styled), (words.DECORATIONS, put_decorated),
    (words.SEPARATING, lambda s, _, length: s.put("SEMI", length)), (words.COMMANDS, _put_command),
)  # fmt: skip
RECOGNISED = (
    _cell, _range, _after_a_point, *statements.RECOGNISED, _only_if, _left_division, _skipped, _command, _number, put_letters, _small_sign,
)  # fmt: skip
