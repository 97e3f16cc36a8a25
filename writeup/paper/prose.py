"""The claims' own sentences as lines: what in them is mathematics is typeset, the words stay as they are.

A claim says "epsilon max |w_i|" or "X^T X + 2 n lam I" in letters that a terminal has. Letters of the Greek alphabet and
whatever has an index or an exponent are unmistakable; a letter alone is taken for a symbol unless it is an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from writeup.paper.blocks import Line, Maths, Span

GREEK = {
    "epsilon": r"\epsilon", "lambda": r"\lambda", "lam": r"\lambda", "eta*": r"\eta^*", "eta": r"\eta", "sigma": r"\sigma",
    "kappa": r"\kappa", "alpha": r"\alpha", "beta": r"\beta", "theta": r"\theta", "delta": r"\delta",
}  # fmt: skip
SPOKEN = {  # words where they stand alone
    "sgn": r"\operatorname{sgn}", "max": r"\max", "log": r"\log", "exp": r"\exp", "sum": r"\sum", "sqrt": r"\operatorname{sqrt}",
} | {word: rf"\mathrm{{{word}}}" for word in ("slack", "share", "noise", "others", "square")}  # fmt: skip
NAMED = SPOKEN | {
    "log10": r"\log_{10}", "alphaC": r"\alpha_C", "alphaN": r"\alpha_N", "Smin": r"S_{\min}", "Emin": r"E_{\min}",
    "Bcrit": r"B_{\mathrm{crit}}", "L0": "L_0", "B0": "B_0", "E0": "E_0", "N*": "N^*", "D*": "D^*", "Xw": "X w",
    "1/2n": "1/2n", "2n": "2n", "2a": "2a", "1e15": "10^{15}",
}  # fmt: skip
WORDS = frozenset(("a", "A", "I"))  # which are articles, or the word, where nothing beside them is a symbol


def _one_of(names: Iterable[str]) -> str:
    """A pattern for any of some names, the longest first."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


ATOM = re.compile(
    rf"""(?P<named>\b(?:{_one_of(NAMED)})(?![A-Za-z0-9_])|(?<=\^)[a-z]{{2,}}\b(?!\())
    |(?P<greek>\b(?:{_one_of(GREEK)})(?:_\w+|(?!\w)))
    |(?P<indexed>(?<!')\b[A-Za-z](?:_\w+|'(?!\w))(?!\w))
    |(?P<letter>(?<!')\b[A-Za-z]\b(?!'\w))
    |(?P<number>\b\d+(?:\.\d+)?\b|(?<=\^)-?\.?\d+|\.\d+)
    |(?P<sign><=|>=|->|[-+=<>*/^|(),\[\]~\xd7])""",
    re.VERBOSE,
)
SIGNS = {
    "<=": r"\le",
    ">=": r"\ge",
    "->": r"\to",
    "*": r"\,",
    "~": r"\sim",
    "\N{MULTIPLICATION SIGN}": r"\times",
    "|": "|",
}
OPEN, CLOSED = "([", ")]"


def line(sentence: str, *, words: frozenset[str] = frozenset()) -> Line:
    """A sentence of a claim as a line.

    Edges:   a run of symbols, numbers and signs is one formula if a letter, an index or an exponent is in it; numbers alone stay text, and so do single letters among `words`.
    """
    spans: list[Span] = []
    last = 0
    for start, end in _runs(sentence):
        said = sentence[start:end]
        spans += [sentence[last:start], said if said in words else Maths(_latex(said))]
        last = end
    spans.append(sentence[last:])
    return tuple(span.replace(" - ", " \N{MINUS SIGN} ") if isinstance(span, str) else span for span in spans if span)


def _runs(sentence: str) -> list[tuple[int, int]]:
    """Where formulas stand: neighbouring atoms with nothing but spaces between them."""
    runs: list[list[re.Match[str]]] = []
    for atom in ATOM.finditer(sentence):
        if runs and not sentence[runs[-1][-1].end() : atom.start()].strip():
            runs[-1].append(atom)
        else:
            runs.append([atom])
    trimmed = (part for atoms in runs for part in _parts(atoms))
    return [(atoms[0].start(), atoms[-1].end()) for atoms in trimmed if _is_formula(atoms)]


def _parts(atoms: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """A run without the commas and brackets that belong to the sentence around it, cut where its brackets do not match."""
    while atoms and atoms[0].group() in {",", ")", "]", "-", "/"}:
        atoms = atoms[1:]
    while atoms and atoms[-1].group() in {",", "(", "[", "-", "+", "=", "/", "^", *SPOKEN}:
        atoms = atoms[:-1]
    depth = 0
    for place, atom in enumerate(atoms):
        depth += (atom.group() in OPEN) - (atom.group() in CLOSED)
        if depth < 0:
            return [*_parts(atoms[:place]), *_parts(atoms[place + 1 :])]
        if depth == 0 and atom.group() == ",":
            return [*_parts(atoms[:place]), *_parts(atoms[place + 1 :])]
    if depth > 0:
        place = max(i for i, atom in enumerate(atoms) if atom.group() in OPEN)
        return [*_parts(atoms[:place]), *_parts(atoms[place + 1 :])]
    if atoms and _is_article(atoms[0]) and len(atoms) > 1 and atoms[1].lastgroup != "sign":
        return _parts(atoms[1:])  # a C
    if len(atoms) > 1 and _is_article(atoms[-1]) and atoms[-2].lastgroup == "number":
        return _parts(atoms[:-1])
    return [atoms] if atoms else []


def _is_formula(atoms: list[re.Match[str]]) -> bool:
    kinds = {atom.lastgroup for atom in atoms}
    if len(atoms) == 1:
        return not _is_article(atoms[0]) and kinds <= {"greek", "indexed", "letter", "named"}
    return bool(kinds & {"greek", "indexed", "letter", "named"}) or any(atom.group() == "^" for atom in atoms)


def _is_article(atom: re.Match[str]) -> bool:
    return atom.group() in WORDS


def _latex(text: str) -> str:
    """A run of atoms in LaTeX, with exponents as they are meant."""
    return _raised([_atom(atom) for atom in ATOM.finditer(text)])


def _atom(atom: re.Match[str]) -> str:
    said = atom.group()
    if known := GREEK.get(said) or NAMED.get(said) or SIGNS.get(said):
        return known
    if atom.lastgroup == "named":
        return rf"\mathrm{{{said}}}"
    return _indexed(said) if "_" in said else said


def _raised(atoms: list[str]) -> str:
    """Atoms in a row, what stands behind a ^ raised: one atom, or what its brackets hold."""
    found, place = "", 0
    while place < len(atoms):
        if atoms[place] != "^" or place + 1 == len(atoms):
            found, place = f"{found} {atoms[place]}", place + 1
            continue
        end = _end(atoms, place + 1)
        inner = atoms[place + 1 : end]
        found += f"^{{{_raised(inner[1:-1] if inner[0] == '(' else inner)}}}"
        place = end
    return found.strip()


def _end(atoms: list[str], start: int) -> int:
    """Where the atom, the number with its sign, or the brackets that begin there are over."""
    if atoms[start] == "-":
        return start + 2
    depth = 0
    for place in range(start, len(atoms)):
        depth += (atoms[place] == "(") - (atoms[place] == ")")
        if depth == 0:
            return place + 1
    return len(atoms)


def _indexed(said: str) -> str:
    base, _, index = said.partition("_")
    index = index.removesuffix("'")
    of = r"\mathrm{" + index + "}" if len(index) > 1 and index.isalpha() else index
    return f"{GREEK.get(base, base)}_{{{of}}}"
