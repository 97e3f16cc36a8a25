"""How sympy shows a step: in general dimension where its matrix expressions carry it, and in explicit components."""

from __future__ import annotations

from typing import Any

import sympy

from spec.claims.claim import Step
from spec.claims.explicit import explicit, explicit_derivative, is_matrix, is_sized
from spec.claims.moments import expectation, moments_of


def shown(step: Step) -> str:
    """How sympy brought a step to zero: "by sympy", with "case by case", "in its one case", "in components" (or that and
    "in general") where it did not take it as it stands; or "" if it did not.

    Edges:   general dimension never suffices where there are matrices: sympy is silently wrong there now and then.
    """
    if not is_sized(step.left, step.right):
        words = "" if step.cases == ({},) else ", case by case" if len(step.cases) > 1 else ", in its one case"
        return f"by sympy{words}" if _written_out(step) else ""
    if not all(_is_zero(entry) for n, d in step.sizes for entry in _differences(step, n, d)):
        return ""
    return f"by sympy{' in general and' if _in_general(step) else ''} in components"


def _differences(step: Step, n: int, d: int) -> list[Any]:
    """The two sides' differences, entry by entry."""
    if step.by is not None:
        left, right = explicit_derivative(step.left, step.by, step.right, n, d)
        return [a - b for a, b in zip(left, right, strict=True)]
    left, right = (explicit(side, n, d) for side in (step.left, step.right))
    return [a - b for a, b in zip(_entries(left), _entries(right), strict=True)]


def _entries(e: Any) -> list[Any]:
    return list(e) if is_matrix(e) else [e]


def _written_out(step: Step) -> bool:
    left, right = _compared(step)
    if len(left) != len(right):
        return False
    pairs = [(step.rewritten(a), step.rewritten(b)) for a, b in zip(left, right, strict=True)]
    return all(_is_zero(a.subs(case) - b.subs(case)) for case in step.cases for a, b in pairs)


def _compared(step: Step) -> tuple[list[Any], list[Any]]:
    """The entries that have to be the same, after what sympy has to do for a step."""
    left, right = (_entries(sympy.sympify(side)) for side in (step.left, step.right))
    if step.kind == "derivative":
        return explicit_derivative(step.left, step.by, step.right, 1, 1)
    if step.kind == "limit":
        return [sympy.limit(entry, step.by, step.towards) for entry in left], right
    if step.kind == "root":
        return [entry.subs(step.by, step.right) for entry in left], [sympy.S.Zero for _ in left]
    if step.kind == "expectation":
        return [expectation(entry, moments_of(step.chances)) for entry in left], right
    return left, right


def _in_general(step: Step) -> bool:
    """Whether sympy's matrix expressions come to zero; where they are stuck, the components decide."""
    try:
        left = step.left if step.by is None else step.left.diff(step.by)
        if not is_matrix(left):
            return _is_zero(left - step.right)
        return _is_zero_matrix(left - step.right)
    except (ValueError, TypeError, NotImplementedError, AttributeError, StopIteration):
        return False


def _is_zero_matrix(difference: Any) -> bool:
    expanded = sympy.expand(difference.doit()).doit()
    terms = [_one_way_round(term) for term in sympy.MatAdd.make_args(expanded)]
    rest = sympy.MatAdd(*terms).doit() if len(terms) > 1 else terms[0]
    return isinstance(rest, sympy.matrices.expressions.special.ZeroMatrix)


def _one_way_round(term: Any) -> Any:
    """A number that is written as a product of matrices, and its transpose, which is the same number, as one of the two."""
    if term.shape != (1, 1):
        return term
    turned = sympy.Transpose(term).doit()
    return min(term, turned, key=str)


def _is_zero(difference: Any) -> bool:
    """Whether sympy brings a scalar to zero."""
    difference = _pulled_out(sympy.sympify(difference).doit())
    for simpler in (sympy.expand, lambda e: sympy.cancel(sympy.together(e)), sympy.simplify):
        if simpler(difference) == 0:
            return True
    return False


def _pulled_out(e: Any) -> Any:
    """max(k a, k b) as k max(a, b) for a positive k, which sympy leaves as it is; min likewise."""

    def pulled(extreme: Any) -> Any:
        factors = [set(sympy.Mul.make_args(arg)) for arg in extreme.args]
        common = sympy.Mul(*[f for f in set.intersection(*factors) if f.is_positive])
        return common * extreme.func(*[arg / common for arg in extreme.args])

    return sympy.sympify(e).replace(lambda part: isinstance(part, sympy.Max | sympy.Min), pulled)
