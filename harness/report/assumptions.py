"""What a claim assumes of its symbols, and a step besides, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import sympy

from spec.claims.claim import Claim, Step
from spec.claims.explicit import SIZES

KINDS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("whole and positive", lambda s: s.is_integer and s.is_positive),
    ("positive", lambda s: s.is_positive),
    ("not negative", lambda s: s.is_nonnegative),
    ("real and not 0", lambda s: s.is_nonzero),
    ("real", lambda s: s.is_real),
)
ENTRY = re.compile(r"_\d+")


def of_claim(claim: Claim) -> Iterator[str]:
    """What letters stand for, and what is assumed of them; entries of arrays under the array's name."""
    if claim.letters:
        yield "; ".join(f"{letter}: {meaning}" for letter, meaning in claim.letters.items())
    kinds: dict[str, set[str]] = {}
    for symbol in sorted({s for step in claim.steps for s in _symbols(step)}, key=str):
        kind = next((name for name, is_so in KINDS if is_so(symbol)), None)
        if kind is not None and "(" not in symbol.name and symbol.name not in SIZES:
            kinds.setdefault(kind, set()).add(ENTRY.sub("", symbol.name).rstrip("_"))
    if kinds:
        yield "assumed " + "; ".join(f"{kind}: {', '.join(sorted(kinds[kind]))}" for kind, _ in KINDS if kind in kinds)


def _symbols(step: Step) -> set[Any]:
    return {s for side in (step.left, step.right, step.by) for s in symbols_of(side)}


def symbols_of(side: Any) -> set[Any]:
    """The symbols in a side of a step; none where there is no such side."""
    return set() if side is None else set(sympy.sympify(side).atoms(sympy.Symbol))


def of_step(step: Step) -> Iterator[str]:
    """What a step assumes besides."""
    if step.chances:
        moments = (f"E[{v}] = {mean}, E[{v}^2] = {square}" for v, (mean, square) in step.chances.items())
        yield "with independent " + "; ".join(moments).replace("**", "^")
    about = (step.where.__doc__ or "").partition("\n\n")[0] if step.where else ""
    said = " ".join(about.split()).rstrip(".")
    if said and not said.startswith("Whether"):  # that numbers stay short is no assumption
        yield f"where {said[0].lower()}{said[1:]}"


def is_rational(step: Step) -> bool:
    """Whether both sides of a step come to fractions at fractions."""
    for side in (step.left, step.right):
        e = sympy.sympify(side)
        if e.has(sympy.log, sympy.exp) or any(not p.exp.is_integer for p in e.atoms(sympy.Pow)):
            return False
    return True
