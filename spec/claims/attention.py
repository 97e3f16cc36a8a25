"""3.1: why 1/sqrt(d), softmax's Jacobian, attention's gradients, what attention makes of order, and how positions shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from spec.claims.claim import Claim
from spec.claims.translate import unwound
from spec.contracts.scaled_dot_attention import attention_backward

LENGTHS = ((2, 2, 2), (1, 3, 1))  # queries, keys, hidden: sums over each, and a softmax that is more than a sigmoid
scale, w, position, shift = sympy.symbols("scale w position shift", positive=True)


def claim() -> Claim:
    """The variance of a dot product; the gradients; permutations; positions."""
    statement = "1/sqrt(d) gives logits variance 1; without positions attention is equivariant to permutations."
    found = Claim("3.1", statement)
    _variance(found)
    _jacobian(found)
    for q_len, kv_len, hidden in LENGTHS:
        _gradients(found, q_len, kv_len, hidden)
    _permutations(found)
    _positions(found)
    return found


def _variance(found: Claim) -> None:
    """The variance of q.k for independent components of mean 0 and variance 1: d, by induction and for small d."""
    m, d = sympy.symbols("m size", integer=True, positive=True)
    q, k, rest = sympy.symbols("q_last k_last rest", real=True)
    one = {q: (0, 1), k: (0, 1)}
    for name, variable in (("q", q), ("k", k)):
        found.expectation(f"A component of {name} has the mean", variable, one, sympy.Integer(0))
    found.expectation("and the mean of one product is", q * k, one, sympy.Integer(0))
    found.expectation("Its variance", (q * k) ** 2, one, sympy.Integer(1))
    both = {**one, rest: (0, m)}
    found.expectation("The mean of m products, if it is 0, and one more", rest + q * k, both, sympy.Integer(0))
    found.expectation("The variance of m products, if it is m, and one more", (rest + q * k) ** 2, both, m + 1)
    for size in (1, 2, 3):
        rows, columns = symbols("q", 1, size), symbols("k", 1, size)
        unit = dict.fromkeys((*rows.flat, *columns.flat), (0, 1))
        dot = (rows @ columns.T).item()
        found.expectation(f"The variance of q.k written out, d = {size}", dot**2, unit, sympy.Integer(size))
    scaled = rest / sympy.sqrt(d)
    found.expectation("The variance of q.k / sqrt(d)", scaled**2, {rest: (0, d)}, sympy.Integer(1))


def _jacobian(found: Claim) -> None:
    """Softmax's Jacobian is diag(p) - p p^T."""
    logits = symbols("x", 1, 3)[0]
    p = softmax(logits)
    for j in range(3):
        stated = sympy.Matrix([p[i] * (int(i == j) - p[j]) for i in range(3)])
        says = f"The derivative of softmax in x_1_{j + 1}"
        found.derivative(says, sympy.Matrix(p), logits[j], stated, simpler=unwound)
    moved = column(softmax(logits + scale) - p)
    found.equal("Softmax does not change when every logit moves by one number", moved, sympy.zeros(3, 1))
    slope = unwound(p[0] * (1 - p[0])).subs({unwound(sympy.exp(logits[2])): 0})
    ratio = sympy.Symbol("ratio", positive=True)
    apart = slope.subs(unwound(sympy.exp(logits[0])), ratio * unwound(sympy.exp(logits[1])))
    bound = 1 / (ratio + 1) ** 2
    found.positive(
        "Between two logits log(ratio) apart the slope is below 1/ratio",
        1 / ratio - apart,
        (2 * ratio + 1) / ratio * bound,
    )


def _gradients(found: Claim, q_len: int, kv_len: int, hidden: int) -> None:
    """The oracle's own backward pass, run on symbols, against sympy's derivative of what it is the gradient of."""
    q, k, v = symbols("q", q_len, hidden), symbols("k", kv_len, hidden), symbols("v", kv_len, hidden)
    d_context, d_weights = symbols("c", q_len, hidden), symbols("g", q_len, kv_len)
    logits = q @ k.T * scale
    weights = np.array([softmax(row) for row in logits])
    pulled = (d_context * (weights @ v)).sum() + (d_weights * weights).sum()
    totals, powers = _weights_known(logits)
    plain = np.vectorize(lambda e: e.xreplace(totals).subs(powers), otypes=[object])
    stated = attention_backward(plain(weights), q, k, v, d_context=d_context, d_weights=d_weights, scale=scale)
    for name, x, gradient in zip("qkv", (q, k, v), stated, strict=True):
        derived = plain(np.array([sympy.diff(pulled, entry) for entry in x.flat], dtype=object))
        sizes = f"{q_len} by {kv_len} weights"
        found.equal(f"The gradient in {name}, of {sizes}", column(derived), column(gradient.flat))


def _weights_known(logits: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Each query's sum of exponentials as a total, and exp of each logit as total times weight, the last one what remains.

    Any positive numbers can be exponentials of logits, so this loses nothing; and weights are symbols.
    """
    totals, powers = {}, {}
    for i, row in enumerate(logits):
        total = sympy.Symbol(f"total_{i + 1}", positive=True)
        totals[sum(sympy.exp(logit) for logit in row)] = total
        weights = list(symbols(f"p_{i + 1}", 1, len(row) - 1)[0])
        for logit, weight in zip(row, [*weights, 1 - sum(weights)], strict=True):
            powers[sympy.exp(logit)] = total * weight
    return totals, powers


def _permutations(found: Claim) -> None:
    """Permuting the positions of a sequence permutes what self-attention makes of it, and does nothing else."""
    x = symbols("x", 3, 1)
    wq, wk, wv = sympy.symbols("w_q w_k w_v", real=True)

    def contexts(sequence: Any) -> Any:
        logits = (sequence * wq) @ (sequence * wk).T * scale
        return column((np.array([softmax(row) for row in logits]) @ (sequence * wv)).flat)

    for order in ([1, 0, 2], [1, 2, 0]):
        says = f"Attention over positions {' '.join(str(i + 1) for i in order)}, in that order"
        found.equal(says, contexts(x[order]), contexts(x).extract(order, [0]))


def _positions(found: Claim) -> None:
    """A shift of sinusoidal positions is a rotation that does not depend on the position."""

    def encoding(at: Any) -> Any:
        return sympy.Matrix([sympy.sin(w * at), sympy.cos(w * at)])

    turn = sympy.Matrix([[sympy.cos(w * shift), sympy.sin(w * shift)], [-sympy.sin(w * shift), sympy.cos(w * shift)]])
    moved = unwound(encoding(position + shift))
    found.equal("The encoding of position + shift", moved, unwound(turn * encoding(position)))
    square = unwound(turn.T * turn)
    found.equal(
        "by a matrix without the position that keeps lengths",
        square[:, 0].col_join(square[:, 1]),
        sympy.Matrix([1, 0, 0, 1]),
    )
    found.equal("and does not mirror: its determinant is 1", unwound(turn.det()), sympy.Integer(1))
    product = (encoding(position).T * encoding(position + shift))[0, 0]
    found.equal(
        "so the product of two encodings knows their distance alone", unwound(product), unwound(sympy.cos(w * shift))
    )


def symbols(name: str, rows: int, columns: int) -> Any:
    """An array of real symbols, name_row_column."""
    return np.array([[sympy.Symbol(f"{name}_{i + 1}_{j + 1}", real=True) for j in range(columns)] for i in range(rows)])


def softmax(logits: Sequence[Any]) -> Any:
    """Softmax of symbolic logits."""
    powers = np.array([sympy.exp(x) for x in logits])
    return powers / powers.sum()


def column(entries: Any) -> Any:
    """A column of expressions, with exponentials as symbols."""
    return unwound(sympy.Matrix(list(entries)))
