"""Matrices written out: an expression in general n and d, at small sizes and entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

import sympy

SIZES = {name: sympy.Symbol(name, integer=True, positive=True) for name in ("n", "d")}
EXPLICIT = ((2, 1), (1, 2), (2, 2))


def is_matrix(e: Any) -> bool:
    """Whether an expression is a matrix, written out or not; 1 by 1 ones are."""
    return bool(getattr(e, "is_Matrix", False) or getattr(e, "is_MatrixExpr", False))


def is_sized(*expressions: Any) -> bool:
    """Whether there are matrices in general n and d among some expressions."""
    return any(sympy.sympify(e).atoms(sympy.MatrixSymbol) for e in expressions)


def put_in(e: Any, matrices: Mapping[str, Any], *, n: Any = SIZES["n"], d: Any = SIZES["d"]) -> Any:
    """An expression with sizes and matrices put in, these by the names of their symbols; a 1 by 1 result stays a matrix."""
    sized = sympy.sympify(e).subs({SIZES["n"]: n, SIZES["d"]: d})
    found = {a: matrices[a.name] for a in sized.atoms(sympy.MatrixSymbol) if a.name in matrices}
    if not sized.atoms(sympy.MatrixSymbol) - found.keys():
        return _written(sized, found)
    return sized.subs(found).doit()


def _written(e: Any, found: Mapping[Any, Any]) -> Any:
    """A matrix expression entry by entry: sympy's own `as_explicit` goes through sums, and is slow."""
    if isinstance(e, sympy.MatrixBase) or not e.args:
        return e
    if isinstance(e, sympy.MatrixSymbol):
        return sympy.ImmutableMatrix(found[e])
    if isinstance(e, sympy.Identity | sympy.ZeroMatrix):
        return e.as_explicit()
    args = [_written(arg, found) for arg in e.args]
    for kind, operation in WRITTEN_OUT.items():
        if isinstance(e, kind):
            return operation(*args)
    return e.func(*args).doit()


WRITTEN_OUT: dict[Any, Callable[..., Any]] = {
    sympy.MatMul: lambda *factors: reduce(mul, factors),
    sympy.MatAdd: lambda *terms: reduce(add, terms),
    sympy.Transpose: lambda a: a.T,
    sympy.Inverse: lambda a, _: a.adjugate() / a.det(),  # inv() would first prove that it exists, at length
}


def kept(e: Any, values: Mapping[Any, Any]) -> Any:
    """An expression with something put in and left as it stands, so that the numbers have something to bear out."""
    with sympy.evaluate(False):
        return e.xreplace(values)


def explicit(e: Any, n: int, d: int) -> Any:
    """An expression with its matrices written out, entry by entry."""
    sized = sympy.sympify(e).subs({SIZES["n"]: n, SIZES["d"]: d})
    atoms = sorted(sized.atoms(sympy.MatrixSymbol), key=str)
    if not atoms and isinstance(sized, sympy.MatrixExpr):
        return sized.as_explicit()
    return put_in(e, {a.name: _entries(a) for a in atoms}, n=n, d=d) if atoms else sized


def number_of(e: Any) -> Any:
    """A 1 by 1 matrix that is written out, as a number; anything else as it is."""
    return e[0, 0] if isinstance(e, sympy.MatrixBase) and e.shape == (1, 1) else e


def explicit_derivative(of: Any, by: Any, right: Any, n: int, d: int) -> tuple[list[Any], list[Any]]:
    """The derivative of a scalar in every component of `by`, or of a column in a symbol, and what it is said to be."""
    said = explicit(right, n, d)
    return _derivative(of, by, n, d), list(said) if is_matrix(said) else [said]


@lru_cache(maxsize=1024)
def _derivative(of: Any, by: Any, n: int, d: int) -> list[Any]:
    scalar = number_of(explicit(of, n, d))
    if is_matrix(scalar):
        return [sympy.diff(entry, by) for entry in scalar]
    return [sympy.diff(scalar, x) for x in (explicit(by, n, d) if is_matrix(by) else [by])]


def _entries(atom: Any) -> Any:
    rows, columns = (int(axis) for axis in atom.shape)
    return sympy.ImmutableMatrix(
        rows, columns, lambda i, j: sympy.Symbol(f"{atom.name}_{int(i) + 1}_{int(j) + 1}", real=True)
    )
