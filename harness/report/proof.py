"""Claims and their derivations, for somebody who reads them on a terminal or wants them in LaTeX."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from harness.report import assumptions
from harness.report.answer import numbers
from spec import claims
from spec.claims.claim import Printed, Step
from spec.claims.prove import Checked, Proof, Refuted, prove
from spec.claims.translate import formula, meant_by
from spec.formula.array import Array, squeezed
from spec.formula.show import show as plain

ESCAPED = {c: f"\\{c}" for c in "_%&#$"} | {"^": r"\textasciicircum{}", "|": r"\textbar{}", "<": r"$<$", ">": r"$>$"}

NAMED = {"lam": r"\lambda", "Smin": r"S_{\min}", "Bcrit": r"B_{\mathrm{crit}}", "log_L": r"\log L", "log_C": r"\log C"}


def show(question: str | None, console: Console, *, latex: bool = False) -> bool:
    """Prove one claim or all of them and print them one after the other; gives whether all hold.

    Raises:  KeyError for a question without a claim.
    """
    started = time.monotonic()
    asked = claims.ids() if question is None else [question]
    proved = 0
    for name in asked:
        proof = prove(claims.derive(name))
        proved += proof.holds
        if latex:
            print("\n".join(in_latex(proof)))  # noqa: T201 - to be pasted, so nothing may be wrapped
        else:
            _show(proof, console)
    if not latex:
        took = time.monotonic() - started
        console.print(
            Text(f"{proved} of {len(asked)} claims proved in {took:.1f} s", "" if proved == len(asked) else "red")
        )
    return proved == len(asked)


def _show(proof: Proof, console: Console) -> None:
    done = sum(checked.holds for checked in proof.steps)
    console.print(Text(proof.claim.question, "bold").append("  ").append(proof.claim.statement, "not bold"))
    for line in assumptions.of_claim(proof.claim):
        console.print(Padding(Text(line, "dim"), (0, 0, 0, 2)))
    for checked in proof.steps:
        _show_step(checked, console)
    verdict = Text("proved", "green") if proof.holds else Text("not proved", "red")
    console.print(Padding(verdict.append(f", {done} of {len(proof.steps)} steps", "dim"), (0, 0, 0, 2)))
    for note in proof.claim.notes:
        console.print(Padding(Text(f"in numbers: {note}"), (0, 0, 0, 2)))
    for printed, steps in proof.printed:
        _show_printed(printed, steps, console)
    console.print()


def _show_step(checked: Checked, console: Console) -> None:
    console.print(Padding(Text(checked.step.says), (0, 0, 0, 2)))
    console.print(Padding(Text(equation(checked), "cyan" if checked.holds else "red"), (0, 0, 0, 6)))
    for line in how(checked):
        console.print(Padding(Text(line, "dim" if checked.holds else "red"), (0, 0, 0, 6)))


def _show_printed(printed: Printed, steps: Sequence[Checked], console: Console) -> None:
    wrong = wrong_at(steps)
    heading = Text(f"printed answer: \u201c{printed.says}\u201d")
    if wrong is None:
        heading.append("  right", "green")
    else:
        heading.append(f"  goes wrong at step {wrong + 1} of {len(steps)}", "red")
    console.print(Padding(heading, (0, 0, 0, 2)))
    for i, checked in enumerate(steps):
        mark = Text(f"{i + 1}. ").append("holds " if checked.holds else "fails ", "green" if checked.holds else "red")
        console.print(Padding(mark.append(checked.step.says), (0, 0, 0, 4)))
        if not checked.holds:
            for line in (equation(checked), *how(checked)):
                console.print(Padding(Text(line, "red" if i == wrong else "dim"), (0, 0, 0, 10)))


def wrong_at(steps: Sequence[Checked]) -> int | None:
    """The first step of a printed answer that fails, from 0."""
    return next((i for i, checked in enumerate(steps) if not checked.holds), None)


def how(checked: Checked) -> Iterator[str]:
    """How a step was shown, or where it fails."""
    if checked.refuted is not None:
        yield counterexample(checked.step, checked.refuted)
    elif checked.how == "":
        yield f"sympy does not show it; it holds at {checked.points} random points"
    else:
        positive = "plainly positive; " if checked.step.positive else ""
        if checked.step.is_same:
            yield f"{positive}worked out by sympy"
            return
        yield f"{positive}shown {checked.how}, and {_borne_out(checked)}"
    yield from assumptions.of_step(checked.step)


def _borne_out(checked: Checked) -> str:
    step = checked.step
    if step.kind == "limit":
        return f"{'close to 0' if step.towards == 0 else 'far out'}, to 20 digits, at {checked.points} random points"
    exactly = "exactly" if assumptions.is_rational(step) else "to 200 digits"
    return f"{exactly} at {checked.points} random points" if _names(step) else "in exact numbers"


def counterexample(step: Step, refuted: Refuted) -> str:
    """The numbers at which a step fails, and what its sides come to there."""
    names = _names(step)
    at = ", ".join(f"{name} = {_value(a)}" for name, a in refuted.values.items() if name in names)
    return f"{f'at {at} ' if at else ''}the left side is {_value(refuted.left)}, the right side {_value(refuted.right)}"


def _names(step: Step) -> set[str]:
    """The symbols that a counterexample speaks of: those of the step, written out or not."""
    free = {s for side in (step.left, step.right) for s in sympy.sympify(side).free_symbols}
    if step.by is not None:
        free |= sympy.sympify(step.by).free_symbols
    return {str(s) for s in free}


def equation(checked: Checked) -> str:
    """A step in one line, in the notation in which answers are given."""
    step = checked.step
    left, right = _plain(step.left), _plain(step.right)
    relation = "=" if checked.holds else "≠" if checked.refuted else "≟"
    if step.kind == "root":
        return f"{left} {relation} 0 at {_plain(step.by)} = {right}"
    if step.kind == "expectation":
        left = f"E[{left}]"
    if step.kind == "derivative":
        left = f"d/d{_plain(step.by)} [{left}]"
    if step.kind == "limit":
        left = f"lim {_plain(step.by)} -> {step.towards} [{left}]"
    return f"{left} {relation} {right}"


def _plain(e: Any) -> str:
    try:
        return plain(formula(e)).replace("+ -", "- ")
    except TypeError:  # has no counterpart among formulas, such as a matrix of zeros
        return str(e)


def _value(a: Array | None) -> str:
    return "not defined" if a is None else numbers(squeezed(a))


def in_latex(proof: Proof) -> Iterable[str]:
    """A claim in LaTeX: its statement, its chain as one align environment, and the printed answers likewise."""
    yield rf"\paragraph{{{proof.claim.question}}} {_escaped(proof.claim.statement)}"
    yield from (_escaped(f"{line[0].upper()}{line[1:]}.") for line in assumptions.of_claim(proof.claim))
    yield from _align(proof.steps)
    for printed, steps in proof.printed:
        wrong = wrong_at(steps)
        verdict = "right" if wrong is None else f"goes wrong at step {wrong + 1}"
        yield f"The printed answer, ``{_escaped(printed.says)}'', {'is ' if wrong is None else ''}{verdict}:"
        yield from _align(steps)


def _align(steps: Sequence[Checked]) -> Iterator[str]:
    yield r"\begin{align*}"
    for i, checked in enumerate(steps):
        end = r" \\" if i < len(steps) - 1 else ""
        fails = f" Not so: {counterexample(checked.step, checked.refuted)}." if checked.refuted else ""
        yield rf"\intertext{{{_escaped(checked.step.says + '.' + fails)}}}"
        yield _equation_in_latex(checked) + end
    yield r"\end{align*}"


def _equation_in_latex(checked: Checked) -> str:
    left, relation, right = sides(checked)
    return f"{left} &{relation} {right}"


def sides(checked: Checked) -> tuple[str, str, str]:
    """A step in LaTeX: its left side, what stands between the sides, and its right side."""
    step = checked.step
    left, right = _latex(step.left), _latex(step.right)
    relation = "=" if checked.holds else r"\neq" if checked.refuted else r"\overset{?}{=}"
    if step.kind == "root":
        return left, relation, rf"0 \quad \text{{at}} \quad {_latex(step.by)} = {right}"
    if step.kind == "expectation":
        left = rf"\mathbb{{E}} \left[ {left} \right]"
    if step.kind == "derivative":
        left = rf"\frac{{\partial}}{{\partial {_latex(step.by)}}} \left[ {left} \right]"
    if step.kind == "limit":
        left = rf"\lim_{{{_latex(step.by)} \to {_latex(step.towards)}}} \left[ {left} \right]"
    sign = " > 0" if step.positive else ""
    if step.positive and step.unless_zero is not None:
        sign += rf" \quad ({_latex(step.unless_zero)} \neq 0)"
    return left, relation, f"{right}{sign}"


def _latex(e: Any) -> str:
    free = sympy.sympify(e).free_symbols
    names = {
        s: rf"\mathrm{{{s}}}" for s in free if len(str(s)) > 1 and sympy.latex(s) == str(s)
    }  # one word, no product
    names |= {s: r"\lambda" for s in free if str(s) == "lam"}
    names |= {s: meant_by(s) for s in free if "(" in str(s)}
    return str(sympy.latex(e, symbol_names=names)).replace("+ - ", "- ")


def _escaped(sentence: str) -> str:
    return "".join(ESCAPED.get(c, c) for c in sentence)
