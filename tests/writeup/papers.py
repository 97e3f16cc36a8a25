"""Write-ups for tests: one with everything that a block can be, and texts that mean something to engines."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure as Drawn

from writeup.figures import frame
from writeup.paper.blocks import (
    Answer,
    Block,
    Derivation,
    Document,
    Figure,
    Heading,
    Line,
    Listing,
    Missing,
    Mono,
    Note,
    Paragraph,
    Points,
    Printed,
    Step,
    Strong,
    Table,
    line,
)
from writeup.record import Record

RUN = "5-similarity-1f0c2a9b3d4e"  # as long as any
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HOSTILE = (
    '#import "@preview/x:1.0.0": * #panic("run") $ x^2 $ *bold* _it_ @ref <label> `raw` // c /* d */ = h - i + j \\ ~ [x] #{y}',
    "<script>document.title = 'run'</script> <b>&amp;</b> {{ 7 * 7 }} {% raw %} \" ' </style> --> ]]>",
    "w" * 500,
    "שלום עולם mixed with English",
    "controls: \x00 \x07 \x1b[31m \u202e turned \u200b",
    "\\begin{evil} \\input{/etc/passwd} % comment",
)
LONG = " + ".join(rf"\frac{{w_{{{i}}}^{{2}}}}{{{i} + \lambda}}" for i in range(1, 40))


def record(run: str = RUN) -> Record:
    """A run's record."""
    return Record(
        id=run,
        kind="3.1.4",
        inputs={
            "settings": {"hidden": 128, "rate": 0.005},
            "data": DIGEST,
            "code": {"3.1.4": ["older"]},
            "torch": ["2.11"],
        },
        seeds=[0, 1, 2],
        machine={"cpu": "a processor", "cores": "2"},
        versions={"python": "3.11.2", "torch": "2.11"},
        command="specimen experiment 3.1.4",
        finished="2026-01-02 03:04:05",
        time_s=754.2,
        files={"results.json": DIGEST},
    )


def drawn() -> Drawn:
    """A small picture."""
    with mpl.rc_context(frame.STYLE):
        figure = Drawn(figsize=(3, 2))
        figure.add_subplot().plot([0, 1], [1, 0])
    return figure


def step(left: str, relation: str, right: str, *, says: str = "It follows", how: Line = ("shown",)) -> Step:
    """A step of a derivation."""
    return Step((says,), left, relation, right, relation == "=", how)


def everything(text: str = "plain words") -> Document:
    """A document with every kind of block and span, and a text wherever one can stand."""
    foreign: Line = (text, " and ", Mono(text), " and ", Strong(text))
    blocks: tuple[Block, ...] = (
        Heading(1, "I", f"A part {text}"),
        Heading(2, "1.1", "A section"),
        Heading(3, "1.1.1", f"A question {text}", 0.5),
        Paragraph((*foreign, *line(r" with $\mathbf{w}^\top x$ in it"))),
        Points((foreign, line(r"and $\lambda > 0$"))),
        Answer((foreign, ("A second sentence.",)), 3, (RUN,)),
        Answer(((Missing(f"the loss {text}", "specimen writeup"),), (Missing("a number"),))),
        Derivation(
            (step(r"\frac{a}{b}", "=", "c", says=text, how=(text,)), step(LONG, "=", LONG), step("a", "=", LONG))
        ),
        Printed((text,), (step("a", "=", "b"), step("b", r"\neq", "c", how=(f"Not so: at {text}",))), 1),
        Figure("small", drawn(), foreign, f"A line {text}", (RUN,)),
        Table((text,), ("name", text), ((foreign, ("12.5",)), (line("$x$"), ("7",))), "lr", (RUN,)),
        Listing("writeup/none.py", 9, ("def f(x):", f'    return "{text}"', "", f"    # {text}"), frozenset({10, 12})),
        Note(foreign),
    )
    return Document(f"A title {text}", foreign, blocks)
