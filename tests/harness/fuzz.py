"""Damaged submissions: good notebooks, Python files and files of answers, each with a few things done to it at random.

The same seed and number give the same bytes.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.harness.damages import BYTES, TEXTS, TOML, swap
from tests.harness.mutants import CAUSAL, PLAIN, SOURCES
from tests.harness.notebooks import course_like, notebook, notebook_3

ANSWERS = (Path(__file__).parents[2] / "examples" / "answers.toml").read_text()
ITEMS = ("ScaledDotAttention", "BertForSentenceClassification", "attention", "find_optimal_params")
PROGRAMMED = list(dict.fromkeys(SOURCES.values()))
NOTEBOOKS = [course_like(), course_like(PLAIN, CAUSAL), notebook(*PROGRAMMED), notebook_3(PLAIN, "print(1)", CAUSAL)]
FILES = [PLAIN + CAUSAL.split("from torch import nn\n")[1], *(SOURCES[item] for item in ITEMS if item in SOURCES)]
MOST_DAMAGES = 3
MOST_BYTES = 10_000_000  # of what is repeated
Tree = Any


class Damaged(NamedTuple):
    """A file's ending, its bytes, and what was done to it, in words."""

    suffix: str
    content: bytes
    how: str


def damaged(seed: int, number: int) -> Damaged:
    """One damaged submission of a seed."""
    rng = random.Random(f"{seed} {number}")
    suffix = rng.choices([".ipynb", ".py", ".toml"], [6, 2, 2])[0]
    how: list[str] = []
    if suffix == ".ipynb":
        text = _of_tree(json.loads(rng.choice(NOTEBOOKS)), rng, how)
    else:
        text = ANSWERS if suffix == ".toml" else rng.choice(FILES)
        text = _some(TEXTS | (TOML if suffix == ".toml" else {}), text, rng, how)
    content = text.encode("utf-8", "surrogatepass")
    if not how or rng.random() < 0.4:
        content = _some(BYTES, content, rng, how)
    return Damaged(suffix, content, ", ".join(how))


def _some(damages: dict[str, Callable[..., Any]], whole: Any, rng: random.Random, how: list[str]) -> Any:
    for name in rng.sample(list(damages), rng.choice([0, *range(1, MOST_DAMAGES + 1)])):
        whole = damages[name](whole, rng)
        how.append(name)
    return whole


def _of_tree(tree: Tree, rng: random.Random, how: list[str]) -> str:
    tree = _some(TREES, tree, rng, how)
    if rng.random() < 0.5:
        tree = _in_a_cell(tree, rng, how)
    text = json.dumps(tree)
    return _some(JSON, text, rng, how) if rng.random() < 0.3 else text


def _cells(tree: Tree) -> list[Any]:
    """The cells of a notebook of either form, or a list of none."""
    try:
        found = tree["cells"] if "cells" in tree else tree["worksheets"][0]["cells"]
    except (TypeError, KeyError, IndexError):
        return []
    return found if isinstance(found, list) else []


def _in_a_cell(tree: Tree, rng: random.Random, how: list[str]) -> Tree:
    cells = [c for c in _cells(tree) if isinstance(c, dict) and isinstance(c.get("source", c.get("input")), str)]
    if cells:
        cell = rng.choice(cells)
        key = "source" if "source" in cell else "input"
        cell[key] = _some(TEXTS, cell[key], rng, how)
    return tree


def _places(tree: Tree) -> list[tuple[Any, Any]]:
    """Every part of a tree, as what holds it and its key there."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        parts = list(one.items()) if isinstance(one, dict) else list(enumerate(one)) if isinstance(one, list) else []
        found += [(one, key) for key, _ in parts]
        waiting += [part for _, part in parts]
    return found


def _anywhere(change: Callable[[Any, Any, random.Random], None]) -> Callable[[Tree, random.Random], Tree]:
    """Changes one part of a tree; shallow ones are as likely as all others together."""

    def changed(tree: Tree, rng: random.Random) -> Tree:
        places = _places(tree)
        if places:
            top = [place for place in places if place[0] is tree]
            change(*rng.choice(top if rng.random() < 0.5 and top else places), rng)
        return tree

    return changed


def _deep(levels: int) -> Any:
    held: Any = []
    for _ in range(levels):
        held = [held]
    return held


def _strange(rng: random.Random) -> Any:
    """A value of another kind than is wanted."""
    return rng.choice([
        None, True, 0, -1, 1.5, 10**400, float("nan"), float("inf"), "", "x", "\ud800", "\0", "a" * 100_000, [], [None], [1, "x"],
        [["x"]], {}, {"a": 1}, {"": {}}, [{}], "4", 10**12, "code", _deep(200),
    ])  # fmt: skip


def _put_strange(holder: Any, key: Any, rng: random.Random) -> None:
    holder[key] = _strange(rng)


def _put_a_list(holder: Any, key: Any, rng: random.Random) -> None:
    if isinstance(holder[key], str):
        holder[key] = [*holder[key].splitlines(keepends=True), *([_strange(rng)] if rng.random() < 0.5 else [])]


def _with_cells(change: Callable[[list[Any], random.Random], None]) -> Callable[[Tree, random.Random], Tree]:
    def changed(tree: Tree, rng: random.Random) -> Tree:
        if cells := _cells(tree):
            change(cells, rng)
        return tree

    return changed


def _swap_two(cells: list[Any], rng: random.Random) -> None:
    swap(cells, rng.randrange(len(cells)), rng.randrange(len(cells)))


def _many(cells: list[Any], rng: random.Random) -> None:
    one = json.dumps(rng.choice(cells))
    most = min(rng.choice([100, 3_000]), MOST_BYTES // len(one))
    cells.extend(json.loads(one) for _ in range(most))  # each its own, or what is done to one of them is done to all


def _of_form(tree: Tree, rng: random.Random) -> Tree:
    return (
        {**tree, "nbformat": rng.choice([2, 3, 5, 99, 0, -1, 4.0, "4", None, True, 10**30, [4]])}
        if isinstance(tree, dict)
        else tree
    )


TREES: dict[str, Callable[[Tree, random.Random], Tree]] = {
    "cells swapped": _with_cells(_swap_two),
    "cells in another order": _with_cells(lambda cells, rng: rng.shuffle(cells)),
    "a cell left out": _with_cells(lambda cells, rng: cells.__delitem__(rng.randrange(len(cells)))),
    "a cell repeated": _with_cells(lambda cells, rng: cells.append(copy.deepcopy(rng.choice(cells)))),
    "thousands of cells": _with_cells(_many),
    "10,000 cells of prose": _with_cells(lambda cells, _: cells.extend({"cell_type": "markdown", "source": "x"} for _ in range(10_000))),
    "a cell that is none": _with_cells(lambda cells, rng: cells.insert(rng.randrange(len(cells)), _strange(rng))),
    "a cell of another kind": _with_cells(lambda cells, rng: cells.append({"cell_type": _strange(rng), "source": "x = 1"})),
    "a value of another kind": _anywhere(_put_strange),
    "values of another kind": lambda tree, rng: [_anywhere(_put_strange)(tree, rng) for _ in range(4)][-1],
    "a text as a list": _anywhere(_put_a_list),
    "a part left out": _anywhere(lambda holder, key, _: holder.__delitem__(key)),
    "a part that nobody knows": _anywhere(lambda holder, key, rng: holder.update({"x": _strange(rng)}) if isinstance(holder, dict) else None),
    "no metadata": lambda tree, _: {**tree, "metadata": None} if isinstance(tree, dict) else tree,
    "another format": _of_form,
    "another minor format": lambda tree, rng: {**tree, "nbformat_minor": _strange(rng)} if isinstance(tree, dict) else tree,
    "worksheets beside cells": lambda tree, rng: {**tree, "worksheets": _strange(rng)} if isinstance(tree, dict) else tree,
    "no notebook": lambda _, rng: _strange(rng),
    "attachments and outputs": _with_cells(lambda cells, rng: cells.append(
        {"cell_type": "code", "source": "x", "outputs": _strange(rng), "attachments": _strange(rng), "execution_count": _strange(rng)})),
}  # fmt: skip
JSON: dict[str, Callable[[str, random.Random], str]] = {
    "a key twice": lambda text, rng: text.replace(
        '"cells":', rng.choice(['"cells": 3, "cells":', '"nbformat": 9, "cells":']), 1
    ),
    "cells twice": lambda text, _: text[:-1] + ', "cells": []}',
    "deep JSON": lambda text, rng: text.replace(
        '"metadata": {}', '"metadata": ' + "[" * (n := rng.choice([500, 50_000])) + "]" * n, 1
    ),
    "deep JSON without end": lambda text, rng: text[: rng.randrange(len(text) + 1)] + "[" * 100_000,
    "a number of many digits": lambda text, _: text.replace(
        '"nbformat_minor": ', '"nbformat_minor": ' + "9" * 5_000, 1
    ),
    "no number": lambda text, rng: text.replace("null", rng.choice(["NaN", "-Infinity", "nul", "None"]), 1),
    "half a surrogate": lambda text, rng: text.replace(
        "import", rng.choice(["\\ud800", "\\udc00import", "\\u0000"]), 1
    ),
    "a second notebook": lambda text, _: text + text,
    "a comma at the end": lambda text, _: text[:-1] + ",}",
    "a comment": lambda text, _: "// a notebook\n" + text,
    "single quotes": lambda text, _: text.replace('"', "'"),
}
