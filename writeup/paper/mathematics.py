r"""Formulas, from LaTeX: as typst's mathematics for the PDF, and as MathML for the page.

Two libraries convert, each from the LaTeX itself, and neither says when it does not know a command: so commands are taken
from a list that both are held to, and what a document has is read back out of typst and compared, symbol by symbol.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

import typst
from latex2mathml.converter import convert
from tylax import L2TOptions, latex_to_typst_diagnostics

NAMES = (
    "alpha beta gamma delta epsilon varepsilon eta theta kappa lambda mu rho sigma tau phi omega Delta Sigma Theta Omega "
    "frac sqrt sum prod max min lim log exp tan sin cos partial nabla infty to cdot times pm approx neq ne le leq ge geq ll gg in "
    "propto ldots cdots dots quad qquad left right begin end text operatorname mathbf boldsymbol mathbb mathcal mathrm overset "
    "hat tilde top mid colon forall sim equiv odot"
)
COMMANDS = frozenset((*NAMES.split(), *"\\,;:!{}|%"))
COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{([^}]*)\}")
ENVIRONMENTS = {"matrix", "pmatrix", "bmatrix", "cases"}
WORDS = re.compile(r"\\text\{([^{}]*)\}")
PLAIN_WORDS = re.compile(r"[A-Za-z0-9 ,.-]+")
FUNCTION = re.compile(
    r"(</(?:m[ins]|msu[bp]|mfrac|mrow|msubsup)>)?<m([io])>([A-Za-z]{2,})</m[io]>(?=(<mrow>)*<mo[^>]*>\()?"
)
LIMITS = re.compile(  # latex2mathml puts them beside what they are limits of
    r"<(msub|msubsup)><mo([^>]*)>(lim|max|min|&#x02211;|&#x0220F;)</mo>((?:(?!</?msub(?:sup)?>).)*)</\1>"
)
BARS = re.compile(r"(?<!\\)(?<!\\left)(?<!\\right)\|"), re.compile(r"(?<!\\left)(?<!\\right)\\\|")
OPTIONS = L2TOptions(frac_to_slash=False, prefer_shorthands=False, optimize=False, non_strict=False)
READ_BACK = b"""#for formula in json(bytes(sys.inputs.formulas)) {
  math.equation(block: true, eval(formula, mode: "math"))
}"""
MEASURED = b"""#set text(font: "Libertinus Serif", size: 10pt)
#context [#metadata(json(bytes(sys.inputs.formulas)).map(
  formula => measure(math.equation(math.display(eval(formula, mode: "math")))).width / 10pt)) <widths>]"""


class FormulaError(ValueError):
    """A formula that cannot be shown as it is meant."""


@lru_cache(maxsize=4096)
def in_typst(latex: str) -> str:
    """A formula in typst's mathematics.

    Raises:  FormulaError if it has a command that is not known to come out right, or is no LaTeX.
    """
    done = latex_to_typst_diagnostics(_understood(latex), options=OPTIONS)
    if done.warnings:
        raise FormulaError(f"the formula {latex!r} does not convert to typst: {done.warnings[0]}")
    texts = iter(WORDS.findall(latex))
    found = re.sub(r"#text\[[^\]]*\]", lambda _: json.dumps(next(texts)), done.output)
    found = _without_braces(re.sub(r"\s+'", "'", found))
    if "#" in re.sub(r'"[^"]*"|delim: #none', "", found):
        raise FormulaError(f"the formula {latex!r} comes out as code in typst: {found!r}")
    return found


@lru_cache(maxsize=4096)
def in_mathml(latex: str, *, display: bool = False) -> str:
    """A formula as a MathML element, in a line, or as large as one that stands by itself.

    Raises:  FormulaError as `in_typst`.
    """
    try:
        found = str(convert(_understood(latex), display="inline"))
    except Exception as error:  # the library's errors have no common kind, and some say nothing
        raise FormulaError(
            f"the formula {latex!r} does not convert to MathML: {error or type(error).__name__}"
        ) from error
    found = found.replace('display="inline"', 'displaystyle="true"' if display else "", 1)
    found = found.replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>").replace("&#x0002A;", "&#x02217;")
    return LIMITS.sub(_below, FUNCTION.sub(_spaced, found))


def widths(latex: Sequence[str]) -> dict[str, float]:
    """How wide formulas are when each stands by itself, in the size of the letters around it."""
    if not latex:
        return {}
    given = {"formulas": json.dumps([in_typst(one) for one in latex])}
    measured = json.loads(typst.query(MEASURED, "<widths>", "value", True, sys_inputs=given, ignore_system_fonts=True))
    return dict(zip(latex, measured, strict=True))


def check(latex: Sequence[str]) -> None:
    """Hold both conversions of formulas to one another: they have the same symbols in the same order.

    Raises:  FormulaError that names the first formula whose conversions differ, and where.
    """
    for one, typeset in zip(latex, _read_back(latex), strict=True):
        ours, others = symbols(typeset), symbols(in_mathml(one))
        if ours != others:
            at = next(i for i, (a, b) in enumerate(zip_longest(ours, others)) if a != b)
            raise FormulaError(
                f"the formula {one!r} is {ours[at : at + 12]!r} in the PDF and {others[at : at + 12]!r} on the page,"
                f" from symbol {at} on"
            )


def _read_back(latex: Sequence[str]) -> list[str]:
    """What typst makes of formulas, as MathML of its own."""
    given = {"formulas": json.dumps([in_typst(one) for one in latex])}
    try:
        shown = typst.compile(READ_BACK, format="html", sys_inputs=given, ignore_system_fonts=True).decode()
    except typst.TypstError as error:
        if len(latex) == 1:
            raise FormulaError(f"the formula {latex[0]!r} is nothing that typst can set: {error}") from error
        return [one for formula in latex for one in _read_back([formula])]
    read = re.findall(r"<math\b.*?</math>", shown, re.DOTALL)
    if len(read) != len(latex):
        raise FormulaError(f"of {len(latex)} formulas, {latex[0]!r} the first, typst shows {len(read)}")
    return read


def symbols(mathml: str) -> str:
    """What is to be read in a MathML element, in its order: no spaces, and letters whatever their shape."""
    text = html.unescape(re.sub(r"<[^>]*>", "", mathml))
    text = unicodedata.normalize("NFKD", text).translate(ALIKE)
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


ALIKE = str.maketrans({
    "-": "\N{MINUS SIGN}", "\N{MIDDLE DOT}": "\N{DOT OPERATOR}", "'": "\N{PRIME}", "\N{VARIATION SELECTOR-1}": None,
    "\N{DOUBLE VERTICAL LINE}": "\N{PARALLEL TO}", "\N{COMBINING CIRCUMFLEX ACCENT}": "^", "\N{COMBINING TILDE}": "~",
})  # fmt: skip


def _understood(latex: str) -> str:
    """A formula in the LaTeX that both libraries have."""
    strange = sorted(set(COMMAND.findall(latex)) - COMMANDS) + sorted(set(ENVIRONMENT.findall(latex)) - ENVIRONMENTS)
    if strange:
        raise FormulaError(f"the formula {latex!r} has {strange[0]!r}, which is not known to come out right")
    for words in WORDS.findall(latex):
        if not PLAIN_WORDS.fullmatch(words):
            raise FormulaError(f"the formula {latex!r} has the words {words!r}; expected letters, digits and spaces")
    raised = f"{{}}{latex}" if latex.startswith(("^", "_")) else latex  # an index of a word before it
    return _fenced(raised.replace(r"\boldsymbol", r"\mathbf"))


def _without_braces(found: str) -> str:
    """Typst's mathematics without the braces that tylax leaves in bars round a fraction: abs({frac(p, S)})."""
    while at := re.search(r"\b(?:abs|norm)\(\{", found):
        depth, end = 1, at.end()
        while depth and end < len(found):
            depth += {"{": 1, "}": -1}.get(found[end], 0)
            end += 1
        if depth:
            raise FormulaError(f"a brace has no end in {found!r}")
        found = f"{found[: at.end() - 1]}{found[at.end() : end - 1]}{found[end:]}"
    return found


def _spaced(found: re.Match[str]) -> str:
    """The name of a function as upright letters, apart from what it is multiplied by and what it is taken of."""
    before, kind, name, call = found[1], found[2], found[3], found[4]
    if kind == "i" and name.islower() and len(name) == 1:
        return found[0]
    apart = [f'lspace="{".17em" if before else 0}"', f'rspace="{0 if call is not None else ".17em"}"']
    return f"{before or ''}<mo {' '.join(apart)}>{name}</mo>"


def _below(found: re.Match[str]) -> str:
    """What has limits with them below and above it, and beside it within a line."""
    name = "munder" if found[1] == "msub" else "munderover"
    return f'<{name}><mo{found[2]} movablelimits="true">{found[3]}</mo>{found[4]}</{name}>'


def _fenced(latex: str) -> str:
    r"""A formula whose bare bars, |x| and \|x\|, are pairs: a bar by itself does not say which side it closes."""
    for bar in BARS:
        parts = bar.split(latex)
        if len(parts) % 2 == 0:
            raise FormulaError(f"the formula {latex!r} has a bar that closes nothing; expected pairs, or \\mid")
        sign = r"\|" if bar is BARS[1] else "|"
        latex = "".join(
            part if i == 0 else f"\\{'right' if i % 2 == 0 else 'left'}{sign} {part}" for i, part in enumerate(parts)
        )
    return latex
