"""The claims' closed forms as plain text, and what follows for the questions of choice: `python -m spec.claims.export`.

The command `specimen answer` may not import sympy, which takes seconds; so it reads what is written here, and a test
holds that to the claims.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from spec.claims import claims
from spec.claims.translate import formula
from spec.formula.array import Array, matrix, scalar, vector
from spec.formula.domain import at
from spec.formula.read import read_one
from spec.formula.show import show
from spec.formula.tree import Node
from spec.formula.value import value
from spec.noisy_quadratic import limits, points, steps_to_target

TARGET = Path(__file__).parents[1] / "closed_forms.py"
HEAD = '"""Closed forms and choices, generated from the claims by `python -m spec.claims.export`; a test holds them equal."""\n'
PRECONDITIONER = 0.5
DOUBLING_PAYS = 0.9  # of the logarithm of 2: from where on a batch counts as small
Choice = tuple[str, dict[str, str]]
Forms = dict[str, dict[str, str]]


def forms() -> Forms:
    """Every closed form that a claim exports, as text, by question and name."""
    return {c.question: {name: text_of(form) for name, form in c.forms.items()} for c in claims() if c.forms}


def names() -> list[str]:
    """Every symbol that the closed forms are made of; w_1 is a component of w."""
    found = [form if isinstance(form, Node) else formula(form) for c in claims() for form in c.forms.values()]
    every = {name for node in found for name in node.symbols()} | {"n", "d"}
    return sorted(name for name in every if not re.fullmatch(r"[a-z]_\d", name))


def text_of(form: Any) -> str:
    """A closed form as text that reads back as the same."""
    return show(form if isinstance(form, Node) else formula(form))


def choices(exported: Forms) -> dict[str, Choice]:
    """What is to be chosen, worked out from the closed forms, and why not the others."""
    curve = points()
    return {
        "1.2.3": _robust(exported["1.2.3"]["epsilon"]),
        "1.2.4": _robust(exported["1.2.4"]["epsilon"]),
        "2.1.1": _direction(exported["2.1.1"]["eta_star"]),
        "2.1.2a": _most_efficient(curve),
        "2.1.2b": _remedies(curve),
        "2.2": _allocation(exported["2.2"]),
    }


def _at(text: str, values: Mapping[str, Array]) -> Fraction:
    return Fraction(value(read_one(text, list(values)), at(values)).numbers[0])


def _robust(epsilon: str) -> Choice:
    """Whether the attack has to grow with lambda."""
    where = {"x": scalar(1), "X": matrix([[1]]), "t": vector([1]), "n": scalar(1), "d": scalar(1)}
    weak, strong = (_at(epsilon, {**where, "lam": scalar(lam)}) for lam in (1, 2))
    shown = f"At x = 1, X = [[1]], t = [1] the attack needs epsilon = {weak} with lam = 1 and {strong} with lam = 2."
    return ("yes", {"no": shown}) if strong > weak else ("no", {"yes": shown})


def _direction(eta: str) -> Choice:
    """How the best rate changes with the batch size."""
    where = {"a": scalar(1), "w": scalar(1), "sigma": scalar(1)}
    one, two = (_at(eta, {**where, "B": scalar(b)}) for b in (1, 2))
    right = "grows" if two > one else "shrinks" if two < one else "unchanged"
    shown = f"At a = w = sigma = 1 the best rate is {one} with B = 1 and {two} with B = 2."
    return right, {other: shown for other in ("grows", "shrinks", "unchanged") if other != right}


def _most_efficient(curve: Mapping[str, Any]) -> Choice:
    """The point at which neither steps nor samples are far from the least that there can be."""
    least = limits()
    cost = {p: (at_p.steps / least.min_steps, at_p.batch * at_p.steps / least.min_samples) for p, at_p in curve.items()}
    right = min(cost, key=lambda p: max(cost[p]))
    best = cost[right]
    return right, {
        p: f"In the noisy quadratic model {p} takes {steps:.1f} times the fewest steps and {samples:.1f} times the fewest "
        f"samples; {right} takes {best[0]:.1f} and {best[1]:.1f} times."
        for p, (steps, samples) in sorted(cost.items())
        if p != right
    }


def _remedies(curve: Mapping[str, Any]) -> Choice:
    """A's regime and remedy, then B's: parallel compute where doubling the batch nearly halves the steps."""
    right, why = "", {}
    for name in "AB":
        here = curve[name]
        doubled = steps_to_target(2 * here.batch).steps / here.steps
        preconditioned = steps_to_target(here.batch, preconditioner=PRECONDITIONER).steps / here.steps
        noisy = doubled < 2**-DOUBLING_PAYS
        right += "np" if noisy else "ch"
        half = "nearly half: noise is what costs, and more samples in parallel help"
        curved = f"preconditioning by the root of the curvature takes {preconditioned:.2f}: curvature is what costs"
        taken = f"At {name} of the noisy quadratic model twice the batch takes {doubled:.2f} of the steps"
        why[name] = f"{taken}, {half}." if noisy else f"{taken}; {curved}."
    return right, why


def _allocation(exported: Mapping[str, str]) -> Choice:
    """What grows fastest with compute: steps (A), batch (B) or model (C)."""
    from spec.claims.scaling_laws import KAPLAN

    where = {str(name): scalar(Fraction(int(x.p), int(x.q))) for name, x in KAPLAN.items()}
    names = {"A": "exponent_steps_kaplan", "B": "exponent_batch_kaplan", "C": "exponent_n_kaplan"}
    grows = {option: float(_at(exported[name], where)) for option, name in names.items()}
    right = max(grows, key=grows.__getitem__)
    shown = f"By Kaplan's laws ten times the compute is best spent on {10 ** grows['C']:.1f} times the model, "
    shown += f"{10 ** grows['B']:.1f} times the batch and {10 ** grows['A']:.1f} times the steps."
    return right, {option: shown for option in sorted(grows) if option != right}


def module() -> str:
    """The text of `spec/closed_forms.py`."""
    exported = forms()
    lines = [HEAD, "# fmt: off", "FORMS: dict[str, dict[str, str]] = {"]
    for question, found in exported.items():
        lines.append(f'    "{question}": {{')
        lines += [f"        {json.dumps(name)}: {json.dumps(text)}," for name, text in found.items()]
        lines.append("    },")
    lines += ["}", f"NAMES = {json.dumps(names())}", "CHOICES: dict[str, tuple[str, dict[str, str]]] = {"]
    for question, (right, against) in choices(exported).items():
        lines.append(f'    "{question}": ({json.dumps(right)}, {{')
        lines += [f"        {json.dumps(option)}: {json.dumps(why)}," for option, why in against.items()]
        lines.append("    }),")
    return "\n".join([*lines, "}", "# fmt: on", ""])


def main() -> None:
    """Write the module, whole or not at all."""
    part = TARGET.with_name(f".{TARGET.name}.{os.getpid()}.part")
    try:
        part.write_text(module(), encoding="utf-8")
        part.replace(TARGET)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
