"""One letter for two things: in 1.2.3 the handout's x is the input, a number, and x_i are the training inputs.

Who leaves the index out writes x^T x, sum(x**2) or |x|^2 for sums over the training inputs, X here; who keeps everything
bold writes a bold x for the input. Such texts are tried in each way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from spec.formula.tree import Node

DATA = "x[]"  # among a question's names: what x means with an index
PRODUCTS = ("times", "dot", "matmul", "asterisk", "star")


def readings(nodes: Sequence[Node], names: Mapping[str, str], text: str) -> Iterator[tuple[Node, ...]]:
    """Statements as they are, and with each x in its other sense where a question uses it in both."""
    yield tuple(nodes)
    if DATA not in names or "x" not in names:
        return
    for other in (_summed, lambda node: _one_number(node, text)):
        changed = tuple(other(node) for node in nodes)
        if changed != tuple(nodes):
            yield changed


def _summed(node: Node) -> Node:
    """A formula with X for x wherever x is multiplied with itself or t, summed, or has a norm."""
    if node.op in PRODUCTS and _are_data(node.args):
        return _multiplied(node)
    if node.op == "norm" or (node.op in ("sum", "mean") and node.value is None):
        return replace(node, args=tuple(_as_data(arg) for arg in node.args))
    return replace(node, args=tuple(_summed(arg) for arg in node.args))


def _are_data(factors: Sequence[Node]) -> bool:
    inner = [factor.args[0] if factor.op in ("transpose", "turn") else factor for factor in factors]
    both = all(one.op == "symbol" and one.value in ("x", "X", "t") for one in inner)
    return both and {one.value for one in inner} != {"t"}


def _multiplied(node: Node) -> Node:
    args = tuple(_as_data(arg) for arg in node.args)
    turned = args[0].op in ("transpose", "turn")
    return replace(node, op=node.op if turned else "dot" if node.op in ("dot", "matmul") else "asterisk", args=args)


def _as_data(node: Node) -> Node:
    """A formula with the training inputs for every x, multiplied entry by entry."""
    if node.op == "symbol":
        return replace(node, value="X") if node.value == "x" else node
    op = "asterisk" if node.op == "times" else node.op
    return replace(node, op=op, args=tuple(_as_data(arg) for arg in node.args))


def _one_number(node: Node, text: str) -> Node:
    """A formula with the input for every bold x that has no index."""
    if node.op == "index":
        return node
    if node.op == "symbol" and node.value == "X" and "x" in text[slice(*node.at)]:
        return replace(node, value="x")
    return replace(node, args=tuple(_one_number(arg, text) for arg in node.args))
