"""A formula as plain text, which reads back as the same formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spec.formula.tree import REDUCING, Node

SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)
PRODUCTS = {"times": " ", "star": "*", "asterisk": "*", "dot": "·", "matmul": " @ "}
Shown = tuple[str, int]  # a text, and how tightly what is outermost in it binds


def show(node: Node) -> str:
    """The text of a formula."""
    return _shown(node)[0]


def _shown(node: Node) -> Shown:
    inner = [_shown(arg) for arg in node.args]  # once: a formula may be deep
    return FORMS[node.op](node, inner) if node.op in FORMS else (_call(node, inner), ATOM)


def _within(shown: Shown, least: int) -> str:
    text, binds = shown
    return text if binds >= least else f"({text})"


def _call(node: Node, inner: Sequence[Shown]) -> str:
    texts = [text for text, _ in inner]
    over = f"_{node.value}" if node.value and node.op in REDUCING and node.op not in ("all", "any") else ""
    return f"{node.op}{over}({', '.join(texts[:1] if node.value else texts)})"


def _number(node: Node, _: Sequence[Shown]) -> Shown:
    text = str(node.value)
    return text, ATOM if text.isdigit() else PRODUCT


def _sum(_: Node, inner: Sequence[Shown]) -> Shown:
    shown = ""
    for i, (text, binds) in enumerate(inner):
        negative = text.startswith("-") and binds > SUM
        sign = ("-" if negative else "") if i == 0 else (" - " if negative else " + ")
        shown += sign + (text[1:] if negative else _within((text, binds), PRODUCT))
    return shown, SUM


def _product(node: Node, inner: Sequence[Shown]) -> Shown:
    op = "dot" if node.op == "times" and node.args[0].op == "vector" else node.op  # a row that is written out
    left = _within(inner[0], PRODUCT)
    if _takes_what_follows(node.args[0]) or (op == "times" and _ends_in_a_quotient(node.args[0])):
        left = f"({inner[0][0]})"
    return f"{left}{PRODUCTS[op]}{_within(inner[1], SIGNED if op != 'times' else POWER)}", PRODUCT


def _takes_what_follows(node: Node) -> bool:
    """Whether a text ends in a sum or a maximum over an index, to whose body the next factor would belong."""
    while node.op in (*PRODUCTS, "divide", "neg"):
        node = node.args[-1]
    return node.op in REDUCING and node.value is not None


def _ends_in_a_quotient(node: Node) -> bool:
    """Whether a text has a quotient before an implicit factor, which could be read in two ways."""
    while node.op in (*PRODUCTS, "neg"):
        node = node.args[-1] if node.args[-1].op == "divide" else node.args[0]
    return node.op == "divide"


def _power(node: Node, inner: Sequence[Shown]) -> Shown:
    plain = node.args[1].op == "number" and "/" not in inner[1][0]
    raised = inner[1][0] if plain else f"({inner[1][0]})"
    return f"{_within(inner[0], ATOM)}{'^' if node.op == 'power' else '**'}{raised}", POWER


def _norm(node: Node, inner: Sequence[Shown]) -> Shown:
    return f"norm({inner[0][0]}{'' if node.value == '2' else f', {node.value}'})", ATOM


def _index(_: Node, inner: Sequence[Shown]) -> Shown:
    return f"{_within(inner[0], ATOM)}_{''.join(text for text, _ in inner[1:])}", ATOM


def _chain(node: Node, inner: Sequence[Shown]) -> Shown:
    sides = zip(str(node.value).split(), inner[1:], strict=True)
    return inner[0][0] + "".join(f" {sign} {side}" for sign, (side, _) in sides), SUM


def _joined(word: str) -> Callable[[Node, Sequence[Shown]], Shown]:
    return lambda _, inner: (word.join(text for text, _ in inner), SUM)


FORMS: dict[str, Callable[[Node, Sequence[Shown]], Shown]] = {
    "number": _number,
    "symbol": lambda node, _: (str(node.value), ATOM),
    "identity": lambda *_: ("I", ATOM),
    "infinity": lambda *_: ("inf", ATOM),
    "add": _sum,
    "neg": lambda _, inner: (f"-{_within(inner[0], PRODUCT)}", PRODUCT),  # -a b is (-a) b
    **dict.fromkeys(PRODUCTS, _product),
    "divide": lambda _, inner: (f"{_within(inner[0], PRODUCT)}/{_within(inner[1], POWER)}", PRODUCT),
    "power": _power,
    "entrywise_power": _power,
    "loose_power": _power,
    "transpose": lambda _, inner: (f"{_within(inner[0], ATOM)}^T", ATOM),
    "turn": lambda _, inner: (f"{_within(inner[0], ATOM)}.T", ATOM),
    "index": _index,
    "bars": lambda _, inner: (f"|{inner[0][0]}|", ATOM),
    "vector": lambda _, inner: (f"({', '.join(text for text, _ in inner)})", ATOM),
    "norm": _norm,
    "inverse": lambda _, inner: (f"inv({inner[0][0]})", ATOM),
    "chain": _chain,
    "either": _joined(" or "),
    "both": _joined(" and "),
    "iff": _joined(" iff "),
}
