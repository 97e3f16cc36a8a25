"""A text as tokens, in one pass that never looks back: LaTeX as students paste it, and plain text like NumPy's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from lark import Token

from spec.formula import words
from spec.formula.tokens import ENDS_OPERAND, SHOWN, Scanner
from spec.formula.tree import INDICES, Unread

MAX_LENGTH = 2_000
MAX_DIGITS = 60
LONGEST_WORD = 12
SKIPPED = re.compile(
    r"(\s|~|\$|`|&(?!&)|\\[,;:!> \n]|\\[()\[\]](?!\w)|\\\\(\[[^\]]*\])?|\\(?:nonumber|notag|blacksquare|qed|square)(?![a-z])"
    r"|\\(?:tag|label)\*?\{[^{}]*\}|\\(?:begin|end)\{(?:align|equation|gather)\*?\}|[.,](?=[\s$`\\]*(?:\\end|\\\]|\\\)|$)))+"
)
GOES_ON = re.compile(
    r"[\s&]*(?:[=+\-*/^_)\]}<>≤≥;,]|\\(?:cdot|times|leq?|geq?|iff|right|top|end|Leftrightarrow|implies|Rightarrow|quad|in)|$|iff|when|if|or|and)"
)
NUMBER = re.compile(r"(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
COMMAND = re.compile(r"\\([A-Za-z]+)\*?|\\[|{}#%_]")
MODULE = re.compile(r"(?:np|numpy|torch|jnp|sp|scipy|LA|la|linalg)\.(?:linalg\.)?(?=([A-Za-z_]+))")
ONLY_IF = re.compile(r"(?:\\text\{\s*)?(?<![a-zA-Z])if\s+and\s+only\s+if(?![a-zA-Z])\s*\}?")
METHOD = re.compile(r"\.(dot|sum|max|min|mean|transpose|norm)\s*(?=\()")
SIZE = re.compile(r"([A-Za-z])\.shape\[([01])\]")
OVER = re.compile(
    r"_\{\s*(?:1\s*\\leq?\s*([ijk])\s*\\leq?\s*([nd])"
    r"|([ijk])\s*\\in\s*(?:\[\s*([nd])\s*\]|\\\{\s*1\s*,\s*(?:\\[lc]?dots|\.\.\.)\s*,\s*([nd])\s*\\\}))\s*\}"
)
IDENTIFIER = re.compile(r"[A-Za-zα-ω]\w*")
ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([a-zA-Z]+\*?)\}")
STYLED = re.compile(r"\s*\{\s*(\\?[A-Za-zα-ωϵ]+)\s*\}|\s*(\\[A-Za-z]+|[A-Za-zα-ωϵ])")


def scan(text: str, names: Mapping[str, str]) -> Iterator[Token]:
    """The tokens of a formula.

    Raises:  Unread for what is no part of one, brackets that do not match, and texts over 2000 characters.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(f"it has {len(text)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, len(text)))
    s = Scanner(text, names)
    while s.at < len(text):
        in_matrix = any(closes == "MAT_CLOSE" for closes, _, _ in s.nested)
        if in_matrix and (text.startswith("\\\\", s.at) or text[s.at] == "&"):
            s.put("SEMI" if text[s.at] == "\\" else "COMMA", 2 if text[s.at] == "\\" else 1)
        elif s.last == "REDUCE" and (over := OVER.match(text, s.at)):
            s.tokens.append(Token("UNDER", "_", start_pos=s.at, end_pos=s.at))
            s.put("NAME", over.end() - s.at, over.group(1) or over.group(3))
            s.tokens.append(Token("CARET", "^", start_pos=s.at, end_pos=s.at))
            s.put("NAME", 0, over.group(2) or over.group(4) or over.group(5))
        elif iff := ONLY_IF.match(text, s.at):
            s.put("IFF", iff.end() - s.at)
        elif skipped := SKIPPED.match(text, s.at) if not in_matrix else re.compile(r"\s+").match(text, s.at):
            s.at = skipped.end()
            if re.search(r"\n|\\\\", skipped.group()) and _is_a_new_line(s):
                s.tokens.append(Token("SEMI", ";", start_pos=s.at, end_pos=s.at))
        elif text[s.at] == "\\":
            _command(s)
        elif number := NUMBER.match(text, s.at):
            _number(s, number)
        elif text[s.at].isalpha() and (text[s.at].isascii() or text[s.at] in words.GREEK):
            _letters(s)
        else:
            _sign(s)
    if s.nested:
        closes, start, _ = s.nested[-1]
        raise Unread(f"this is never closed; a {SHOWN[closes]} is missing", (start, start + 1))
    return iter(s.tokens)


def _is_a_new_line(s: Scanner) -> bool:
    """Whether a line that begins here is a statement of its own, and does not go on with the last one."""
    return not s.nested and s.last in ENDS_OPERAND and not GOES_ON.match(s.text, s.at)


def _number(s: Scanner, number: re.Match[str]) -> None:
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
        s.tokens.append(Token("UNDER", "_", start_pos=s.at, end_pos=s.at))
    s.fraction = max(s.fraction - 1, 0)
    s.put("NUMBER", len(digits))


def _command(s: Scanner) -> None:
    if environment := ENVIRONMENT.match(s.text, s.at):
        _environment(s, environment)
        return
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
    elif name in words.SPACING:
        s.at += length
        if s.text[s.at : s.at + 1] == "." and name in ("left", "right"):
            s.at += 1
    elif name in words.STYLES:
        _styled(s, name, length)
    elif name in words.SEPARATING:
        s.put("SEMI", length)
    elif name in words.COMMANDS:
        _put_command(s, words.COMMANDS[name], length)
    else:
        _word(s, name, length)


def _put_command(s: Scanner, kind: str, length: int) -> None:
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


def _styled(s: Scanner, style: str, length: int) -> None:
    r"""A styled word, such as \mathbf{w} or \operatorname{sgn}, as one token; the style itself means nothing else."""
    if style in words.BOLD and re.compile(r"\s*\{?\s*\d").match(s.text, s.at + length):
        raise s.error("a vector of ones has no sign here; write (1, 1) or sum()", length)
    content = STYLED.match(s.text, s.at + length)
    if content is None:
        s.at += length  # \mathbf{Xw}^\top, \mathrm{d}: what is in the braces speaks for itself
        return
    word = (content.group(1) or content.group(2)).lstrip("\\")
    whole = content.end() - s.at
    if style in words.BOLD and word in s.names:
        s.put("BOLD", whole, word)
    elif _is_word(s, word):
        _word(s, word, whole)
    else:
        s.at += length


def _is_word(s: Scanner, word: str) -> bool:
    known = word in s.names or word in INDICES or word in words.GREEK or word in words.FUNCTIONS or word in words.LABELS
    return known or word in words.CONNECTIVES or word in words.QUANTIFIERS or word in ("inf", "I", "T")


def _word(s: Scanner, word: str, length: int) -> None:
    """A whole word that means something by itself."""
    rest = re.sub(r"^\\(left|big|Big|bigl|Bigl)\b", "", s.text[s.at + length :].lstrip()).lstrip()
    kind = _mark_of(s, word) or _kind_of(s, word, followed_by=rest[:1])
    if kind:
        s.put(kind, length, word)
        return
    what = "\\" + word if s.text[s.at] == "\\" else word
    if rest[:1] == "(" and len(word) > 1:
        raise s.error(f"{what} is no function that is read here", length)
    raise s.error(f"{what} is not a symbol of this question", length)


def _mark_of(s: Scanner, word: str) -> str:
    """What a word is by the place where it stands: a label such as ridge, or the T of a transpose; "" for neither."""
    if word in words.LABELS and s.last in ("UNDER", "CARET", "LBRACE"):
        return "LABEL"
    before = s.tokens[-2].type if len(s.tokens) > 1 and s.last == "LBRACE" else s.last
    return "TOP" if word == "T" and before == "CARET" and "T" not in s.names else ""


def _kind_of(s: Scanner, word: str, *, followed_by: str) -> str:
    """What a word is by itself; "" for what is not known here."""
    called = followed_by == "("
    if word in words.CONNECTIVES or (word in words.QUANTIFIERS and called):
        return words.CONNECTIVES.get(word, "QUANTIFIER")
    if word == "f" and word in s.names and called:
        return "CALL"
    if word in s.names or word in INDICES or word in words.GREEK:
        return "NAME"
    if word in words.REDUCING and (s.text[s.at] == "\\" or not called):
        return "REDUCE"
    if word in words.FUNCTIONS:
        return "CALL" if followed_by in ("(", "{") else "FUNCTION"
    return {"I": "IDENTITY", "inf": "INF", "infty": "INF"}.get(word, "")


def _letters(s: Scanner) -> None:
    if size := SIZE.match(s.text, s.at):
        word = {"0": "n", "1": "d"}[size.group(2)]
        if word not in s.names:
            raise s.error(f"{size.group()} is not a symbol of this question", len(size.group()))
        s.put("NAME", len(size.group()), word)
        return
    if (module := MODULE.match(s.text, s.at)) and module.group(1) in (*words.FUNCTIONS, "inf"):
        s.at = module.end()
    whole = IDENTIFIER.match(s.text, s.at)
    if whole and whole.group() in s.names and not whole.group().isalpha() and s.last not in ("UNDER", "CARET"):
        s.put("NAME", len(whole.group()))  # such as alpha_N or L0, where a question has a symbol of that name
        return
    run = re.compile(r"[A-Za-zα-ωϵ]+").match(s.text, s.at)
    if run is None:
        raise s.error("a name is missing")
    if run.group() == "ord" and s.last == "COMMA" and s.text[run.end() :].lstrip()[:1] == "=":
        s.at = s.text.index("=", run.end()) + 1
        return
    for word in _cut(s, run.group()):
        _word(s, word, len(word))


def _cut(s: Scanner, run: str) -> list[str]:
    """A run of letters as words: `lam`, but `X`, `t` for Xt; what cannot be cut stays whole, for the error."""
    if s.last == "CARET" and run[0] == "T" and "T" not in s.names:
        s.put("TOP", 1)
        return _cut(s, run[1:]) if len(run) > 1 else []
    if s.last == "UNDER" and run not in words.LABELS and run != "inf":
        s.put("NAME", 1)
        return _cut(s, run[1:]) if len(run) > 1 else []
    ends: dict[int, list[str]] = {len(run): []}
    for start in range(len(run) - 1, -1, -1):
        for stop in range(min(len(run), start + LONGEST_WORD), start, -1):
            if stop in ends and _is_word(s, run[start:stop]):
                ends[start] = [run[start:stop], *ends[stop]]
                break
    return ends.get(0, [run])


def _sign(s: Scanner) -> None:
    text, at = s.text, s.at
    sign = text[at]
    if method := METHOD.match(text, at):
        s.put("METHOD", len(method.group(0)), method.group(1))
    elif text.startswith(".T", at) and not text[at + 2 : at + 3].isalnum():
        s.put("TURN", 2)
    elif sign in "|‖":
        double = sign == "‖" or text.startswith("||", at)
        _bars(s, "NORM" if double else "BAR", 2 if text.startswith("||", at) else 1)
    elif text[at : at + 2] in words.LONG_SIGNS:
        s.put(words.LONG_SIGNS[text[at : at + 2]], 2)
    elif sign == "[" and s.tokens and s.last == "NAME" and s.tokens[-1].end_pos == at and "\\" not in text:
        raise s.error("an index is written w_1 here, and starts at 1")
    elif sign in words.SIGNS:
        s.put(words.SIGNS[sign], 1)
    elif sign in words.RAISED:
        s.tokens.append(Token("CARET", "^", start_pos=at, end_pos=at))
        s.put("NUMBER", 1, words.RAISED[sign])
    elif sign in words.LOWERED:
        s.tokens.append(Token("UNDER", "_", start_pos=at, end_pos=at))
        s.put("NUMBER" if words.LOWERED[sign].isdigit() else "NAME", 1, words.LOWERED[sign])
    elif sign == "ᵀ":
        s.tokens.append(Token("CARET", "^", start_pos=at, end_pos=at))
        s.put("TOP", 1)
    elif text.startswith("⁻¹", at):
        s.tokens += [Token("CARET", "^", start_pos=at, end_pos=at), Token("MINUS", "-", start_pos=at, end_pos=at)]
        s.put("NUMBER", 2, "1")
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
