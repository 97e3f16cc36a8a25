"""The words of a text: runs of letters cut into symbols and functions, styled words, labels, transposes."""

from __future__ import annotations

import re

from spec.formula import words
from spec.formula.tokens import Scanner
from spec.formula.tree import INDICES

LONGEST_WORD = 12
MODULE = re.compile(r"(?:np|numpy|torch|jnp|sp|scipy|LA|la|linalg)\.(?:linalg\.)?(?=([A-Za-z_]+))")
SIZE = re.compile(r"([A-Za-z])\.shape\[([01])\]")
IDENTIFIER = re.compile(r"[A-Za-zα-ω]\w*")
LENGTH = re.compile(r"len\(\s*([A-Za-z])\s*\)")
DIGIT = re.compile(r"\s*\{?\s*(\d+)\s*\}?")
DIGITS_MEAN_MORE = (*words.BOLD, "mathbb")
BOLDLY = r"\\(?:mathbf|boldsymbol|bm|vec|mathrm|text)"
DECORATED = re.compile(
    rf"\s*(?:\{{\s*{BOLDLY}\s*\{{\s*(\w)\s*\}}\s*\}}|\{{\s*{BOLDLY}\s+(\w)\s*\}}|\{{\s*(\w)\s*\}}|{BOLDLY}\s*\{{\s*(\w)\s*\}}|(\w))"
)
LETTERS = re.compile(r"[A-Za-zα-ωϵ]+")
STYLED = re.compile(r"\s*\{\s*(\\?[A-Za-zα-ωϵ]+)\s*\}|\s*(\\[A-Za-z]+|[A-Za-zα-ωϵ])")


def put_styled(s: Scanner, style: str, length: int) -> None:
    r"""A styled word, such as \mathbf{w} or \operatorname{sgn}, as one token; the style itself means nothing else."""
    if style in DIGITS_MEAN_MORE and (digit := DIGIT.match(s.text, s.at + length)):
        if digit.group(1) != "0":
            raise s.error("a bold number has no meaning here; write I, or (1, 1), or sum()", length)
        s.put("NUMBER", digit.end() - s.at, "0")
        return
    content = STYLED.match(s.text, s.at + length)
    if content is None:
        s.at += length  # \mathbf{Xw}^\top, \mathrm{d}: what is in the braces speaks for itself
        return
    word = (content.group(1) or content.group(2)).lstrip("\\")
    whole = content.end() - s.at
    if style in words.BOLD and (word in s.names or f"{word}[]" in s.names):
        s.put("BOLD", whole, word)
    elif _is_word(s, word):
        put_word(s, word, whole)
    else:
        s.at += length


def put_decorated(s: Scanner, mark: str, length: int) -> None:
    r"""A symbol under a mark: \hat{w} is w; where the question has an x', \hat{x} and \tilde{x} are that."""
    content = DECORATED.match(s.text, s.at + length)
    word = str(content.group(content.lastindex or 0)) if content else ""
    primed = f"{word}'" in s.names
    if content is None or word not in s.names or not (primed or "hat" in mark):
        raise s.error(f"\\{mark}{f'{{{word}}}' if word else ''} is not a symbol of this question", length)
    s.put("NAME", content.end() - s.at, word)
    if primed:
        s.add("PRIME", "'")


def _is_word(s: Scanner, word: str) -> bool:
    known = word in s.names or word in INDICES or word in words.GREEK or word in words.FUNCTIONS or word in words.LABELS
    return known or word in words.CONNECTIVES or word in words.QUANTIFIERS or word in ("inf", "Inf", "I", "Id", "T")


def put_word(s: Scanner, word: str, length: int) -> None:
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
    return {"I": "IDENTITY", "Id": "IDENTITY", "inf": "INF", "Inf": "INF", "infty": "INF"}.get(word, "")


def put_letters(s: Scanner) -> bool:
    """Whether letters stand here; puts the symbols and functions that they are."""
    first = s.text[s.at]
    if not first.isalpha() or not (first.isascii() or first in words.GREEK):
        return False
    if _put_size(s):
        return True
    if (module := MODULE.match(s.text, s.at)) and module.group(1) in (*words.FUNCTIONS, "inf"):
        s.at = module.end()
    whole = IDENTIFIER.match(s.text, s.at)
    if whole and len(whole.group()) > 1 and whole.group() in s.names and s.last not in ("UNDER", "CARET"):
        s.put("NAME", len(whole.group()))  # such as alpha_N or XtX, where there is a symbol of that name
        return True
    if whole and whole.group() in ("Id", "In") and whole.group() not in s.names:
        s.put("IDENTITY", 1 if whole.group() == "In" and "n" in s.names else 2)
        if s.text[s.at - 1] == "I":
            s.add("UNDER", "_")
            s.put("NAME", 1)
        return True
    run = LETTERS.match(s.text, s.at)
    assert run is not None
    if run.group() == "ord" and s.last == "COMMA" and s.text[run.end() :].lstrip()[:1] == "=":
        s.at = s.text.index("=", run.end()) + 1
        return True
    for word in _cut(s, run.group()):
        put_word(s, word, len(word))
    return True


def _put_size(s: Scanner) -> bool:
    """A size as NumPy's users write it: X.shape[0], len(t)."""
    if size := SIZE.match(s.text, s.at):
        word = {"0": "n", "1": "d"}[size.group(2)]
        if word not in s.names:
            raise s.error(f"{size.group()} is not a symbol of this question", len(size.group()))
        s.put("NAME", len(size.group()), word)
        return True
    if (rows := LENGTH.match(s.text, s.at)) and rows.group(1) in ("X", "t") and "n" in s.names:
        s.put("NAME", len(rows.group()), "n")
        return True
    return False


def _cut(s: Scanner, run: str) -> list[str]:
    """A run of letters as words: `lam`, but `X`, `t` for Xt; what cannot be cut stays whole, for the error."""
    if s.last == "CARET" and run[0] == "T" and "T" not in s.names:
        s.put("TOP", 1)
        return _cut(s, run[1:]) if len(run) > 1 else []
    if s.last == "UNDER" and run not in words.LABELS and run not in ("inf", "Inf"):
        if len(run) > 1 and not all(_is_word(s, letter) for letter in run):
            raise s.error(f"{run} is no index that is read here", len(run))
        s.put("NAME", 1)
        return _cut(s, run[1:]) if len(run) > 1 else []
    ends: dict[int, list[str]] = {len(run): []}
    for start in range(len(run) - 1, -1, -1):
        for stop in range(min(len(run), start + LONGEST_WORD), start, -1):
            if stop in ends and _is_word(s, run[start:stop]):
                ends[start] = [run[start:stop], *ends[stop]]
                break
    return ends.get(0, [run])
