"""What came of a written answer, in words: on the terminal, and as a law's message."""

from __future__ import annotations

import shlex
import unicodedata
from fractions import Fraction

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from spec.answer import Answered, parts
from spec.formula.array import Array, in_words, squeezed
from spec.formula.number import CONTEXT, Number, decimal_of
from spec.formula.tree import Unread
from spec.written.judged import Judged
from spec.written.options import CHOICES
from spec.written.questions import ASKED, Asked

MAX_EXACT = 24
MAX_LINE = 100


def show(answered: Answered, text: str, console: Console) -> None:
    """Print the verdict, then each statement: how it was read, and where it fails."""
    colour = "green" if answered.right else "red"
    console.print(Text(f"{answered.question}  ").append("right" if answered.right else "wrong", colour))
    asks = parts(answered.question)
    for judged in answered.statements:
        console.print(Padding(Text(asks[judged.part]), (0, 0, 0, 2)))
        console.print(Padding(Text(f"read as: {judged.read_as}", "dim"), (0, 0, 0, 4)))
        if not judged.right:
            console.print(Padding(Text(sentence(judged)), (0, 0, 0, 4)))
            if judged.at is not None:
                for line in caret(text, judged.at):
                    console.print(Text(f"      {line}"), soft_wrap=True)
        if judged.remark:
            console.print(Padding(Text(f"note: {judged.remark}"), (0, 0, 0, 4)))
    if answered.unanswered:
        console.print(
            Padding(
                Text(f"not answered here: {'; '.join(asks[part] for part in answered.unanswered)}", "dim"), (0, 0, 0, 2)
            )
        )


def sentence(judged: Judged) -> str:
    """Why a statement is wrong, with the numbers that show it."""
    said = _said(judged)
    return said if said.endswith("...") or judged.values is None else f"{said}."


def _said(judged: Judged) -> str:
    if judged.values is None:
        return judged.message
    where = ", ".join(f"{name} = {numbers(a)}" for name, a in judged.values.items())
    at = f"at {where}" if where else "always"
    if isinstance(judged.expected, bool):
        told = " and ".join(f"{side} is {numbers(squeezed(a))}" for side, a in judged.sides)
        return f"{at}: {judged.message}{f': {told}' if told else ''}"
    assert judged.expected is not None
    if judged.actual is None:
        return f"{at}: {judged.message}; the truth there is {numbers(judged.expected)}"
    assert isinstance(judged.actual, Array)
    subject = f"{judged.message} comes to" if judged.message else "it comes to"
    if _axes(judged.actual) != _axes(judged.expected):
        shapes = f"{in_words(judged.actual)}, {numbers(judged.actual)}"
        return f"{at}: {subject} {shapes}; the truth is {in_words(judged.expected)}, {numbers(judged.expected)}"
    found, truth = squeezed(judged.actual), squeezed(judged.expected)
    return f"{at}: {subject} {numbers(found)}; the truth is {numbers(truth)}{_gap(found, truth)}"


def numbers(a: Array | bool) -> str:
    """The numbers of an array, exactly where that is short."""
    if isinstance(a, bool):
        return str(a).lower()
    entries = [number(x) for x in a.numbers]
    if a.shape == ():
        return entries[0]
    if len(a.shape) == 1:
        return f"[{', '.join(entries)}]"
    width = a.shape[1]
    rows = (entries[i * width : (i + 1) * width] for i in range(a.shape[0]))
    return f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"


def number(x: Number) -> str:
    """A number exactly, or where that is long its first digits."""
    if isinstance(x, Fraction) and len(str(x)) <= MAX_EXACT:
        return str(x)
    return f"{decimal_of(x):.15g}..."


def _axes(a: Array | bool) -> tuple[int, ...]:
    return tuple(axis for axis in a.shape if axis != 1) if isinstance(a, Array) else ()


def _gap(a: Array, b: Array) -> str:
    """How far apart two values are, where their first digits do not tell."""
    pairs = [(decimal_of(x), decimal_of(y)) for x, y in zip(a.numbers, b.numbers, strict=True)]
    if any(f"{x:.12g}" != f"{y:.12g}" for x, y in pairs):
        return ""
    return f", {max(CONTEXT.subtract(x, y).copy_abs() for x, y in pairs):.3g} away"


def caret(text: str, at: tuple[int, int]) -> list[str]:
    """The line of a text that a place is in, and under it the place."""
    start, end = at
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    left = max(first, min(start - MAX_LINE // 2, last - MAX_LINE))
    right = min(last, left + MAX_LINE)
    shown = "".join(c if c.isprintable() else " " for c in text[left:right])
    indent = " " * _width(text[left:start])
    return [shown, indent + "^" * max(1, _width(text[start : min(end, right)]))]


def _width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def unread(question: str, text: str, error: Unread) -> list[str]:
    """Why a text cannot be read, with the place in it."""
    return [f"{question}: {error.message}", *(f"  {line}" for line in caret(text, (error.start, error.end)))]


def show_question(question: str, console: Console) -> None:
    """Print what a written question is asked in: parts, symbols with their shapes, options, an example."""
    for name, asks in parts(question).items():
        console.print(Text(f"  {name}: {asks}"))
    if len(parts(question)) > 1:
        console.print(Text("several parts go into one text with ; between them", "dim"))
    if question in ASKED:
        _show_symbols(ASKED[question], console)
        console.print(Text("examples of the notation, not of what is right", "bold"))
        for part in ASKED[question].parts:
            console.print(Text(f"  specimen answer {question} {shlex.quote(part.example)}"), soft_wrap=True)
    if question in CHOICES:
        console.print(Text("to choose from", "bold"))
        for line in CHOICES[question].help():
            console.print(Text(f"  {line}"), soft_wrap=True)
        console.print(Text(f"  specimen answer {question} {shlex.quote(CHOICES[question].example())}"), soft_wrap=True)


def _show_symbols(asked: Asked, console: Console) -> None:
    console.print(Text("symbols", "bold"))
    for s in (*asked.symbols, *asked.foreign):
        shape = " by ".join(str(axis) for axis in s.shape) or "number"
        spelled = sorted(k for k, v in asked.spellings.items() if v == s.name and k.isidentifier())
        also = f", also {', '.join(spelled)}" if spelled else ""
        kind = "" if s.kind == "real" else f", {s.kind}"
        console.print(Text(f"  {s.name}  [{shape}{kind}]  {s.means}{also}"))
    for name, text in asked.bound.items():
        if name in asked.tolerated:
            console.print(Text(f"  {name}  the ridge solution, also w_ridge"))
            continue
        answer = any(part.truth == text for part in asked.parts)
        console.print(Text(f"  {name}  {'what is asked for' if answer else f'= {text}'}, on the left or on the way"))
    if "f" in asked.extra:
        console.print(Text("  f(x; w)  = w^T x, with its gradient in x or w"))
    if "x[]" in asked.spellings:
        console.print(Text("  x_i, \\mathbf{x}  the training inputs, as X"))
    sizes = [name for name, fixed in (("n", asked.n), ("d", asked.d)) if fixed is None]
    if any(len(s.shape) == 2 for s in asked.symbols):
        console.print(Text(f"  {', '.join([*sizes, 'I'])}  sizes and the identity"))
    for given in asked.given:
        console.print(Text(f"given: {given}"))
    console.print(Text(f"assumed: {asked.assumes}"))
