"""A formula as plain text, which reads back as the same formula."""

from __future__ import annotations

from collections.abc import Callable

from spec.formula.tree import Node

SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)
CALLS = {"max", "min", "mean", "sum", "all", "any"}
PRODUCTS = {"times": "*", "star": "*", "asterisk": "*", "dot": "·", "matmul": " @ "}


def show(node: Node) -> str:
    """The text of a formula."""
    return _text(node)[0]


def _text(node: Node) -> tuple[str, int]:
    """The text, and how tightly what is outermost in it binds."""
    if node.op in LOOSE:
        return LOOSE[node.op](node)
    if node.op in PRODUCTS:
        return f"{_within(node.args[0], PRODUCT)}{PRODUCTS[node.op]}{_within(node.args[1], SIGNED)}", PRODUCT
    if node.op in ("power", "entrywise_power"):
        return _power(node), POWER
    return _atom(node, [show(arg) for arg in node.args]), ATOM


def _number(node: Node) -> tuple[str, int]:
    text = str(node.value)
    return text, ATOM if text.isdigit() else PRODUCT


def _power(node: Node) -> str:
    base, exponent = node.args
    raised = show(exponent) if exponent.op == "number" and "/" not in show(exponent) else f"({show(exponent)})"
    return f"{_within(base, ATOM)}{'^' if node.op == 'power' else '**'}{raised}"


def _atom(node: Node, inner: list[str]) -> str:
    tight = _within(node.args[0], ATOM) if node.args else ""
    over = f"_{node.value}" if node.value and node.op in CALLS else ""
    p = f", {node.value}" if node.op == "norm" and node.value != "2" else ""
    forms = {
        "symbol": str(node.value), "transpose": f"{tight}^T", "turn": f"{tight}.T", "index": f"{tight}_{''.join(inner[1:])}",
        "identity": "I", "bars": f"|{', '.join(inner)}|", "vector": f"({', '.join(inner)})", "infinity": "inf",
        "norm": f"norm({', '.join(inner)}{p})", "inverse": f"inv({', '.join(inner)})",
    }  # fmt: skip
    return forms.get(node.op, f"{node.op}{over}({', '.join(inner[:1] if over else inner)})")


def _chain(node: Node) -> tuple[str, int]:
    first, *rest = (show(arg) for arg in node.args)
    return first + "".join(f" {sign} {side}" for sign, side in zip(str(node.value).split(), rest, strict=True)), SUM


def _sum(node: Node) -> tuple[str, int]:
    shown = ""
    for i, term in enumerate(node.args):
        negative = term.op == "neg"
        text = _within(term.args[0] if negative else term, PRODUCT)
        shown += ("-" if negative else "") + text if i == 0 else (" - " if negative else " + ") + text
    return shown, SUM


def _within(node: Node, least: int) -> str:
    text, binds = _text(node)
    return text if binds >= least else f"({text})"


def _joined(word: str) -> Callable[[Node], tuple[str, int]]:
    return lambda node: (word.join(_within(arg, SUM) for arg in node.args), SUM)


LOOSE: dict[str, Callable[[Node], tuple[str, int]]] = {
    "number": _number,
    "add": _sum,
    "neg": lambda node: (f"-{_within(node.args[0], SIGNED)}", SIGNED),
    "divide": lambda node: (f"{_within(node.args[0], PRODUCT)}/{_within(node.args[1], POWER)}", PRODUCT),
    "chain": _chain,
    "either": _joined(" or "),
    "both": _joined(" and "),
    "iff": _joined(" iff "),
}
