"""Section 5 on paper: figures of few and of many pictures, whatever they are called, the same bytes each time."""

import copy
import json
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests.writeup.test_figures import texts
from writeup.clip import DRAWN, write
from writeup.clip.labels import wrapped

SHAPES = ((224, 224), (2, 224), (224, 3), (1, 1), (100, 224), (224, 90), (64, 64), (17, 200))
HOSTILE = (
    "$x^2$ costs $5",
    "line one\nline two\ttab",
    "a" * 300,
    "ספינה אדומה",
    r"\frac{1}{2} _under_ ^up^ {braces} %",
    "nul \0 bell \a and \x1b[31mred",
    "",
    "<script>&amp;</script>",
    "a very long caption of many words that " * 12,
    "e\u0301 combining, and no\u00a0break",
    "漢字 🐠 fish",
)


def pictures(n: int) -> list[Any]:
    """Pictures of odd sizes."""
    dice = np.random.default_rng(n)
    return [dice.integers(0, 256, (*SHAPES[number % len(SHAPES)], 3), dtype=np.uint8) for number in range(n)]


def names(n: int) -> list[str]:
    return [f"{number}-{HOSTILE[number % len(HOSTILE)]}" for number in range(n)]


def similarity(n: int) -> dict[str, Any]:
    matrix = np.random.default_rng(n).uniform(0.1, 0.4, (n, n)).tolist()
    return {"names": names(n), "texts": names(n), "similarities": matrix, "sentence": "said"}


def zero_shot(n: int) -> dict[str, Any]:
    shares = np.random.default_rng(n).dirichlet(np.full(n, 0.2)).tolist()
    return {"name": HOSTILE[0] * 9, "template": HOSTILE[2], "labels": names(n), "probabilities": shares}


def hunt(n: int, rank: int) -> dict[str, Any]:
    best = [
        {"name": name, "similarity": 0.3, "probability": 1 / (place + 1), "is_target": place == rank}
        for place, name in enumerate(names(n), 1)
    ]
    return {"caption": HOSTILE[n % len(HOSTILE)], "target": HOSTILE[2], "rank": rank, "of": 500, "best": best}


CASES: dict[str, tuple[str, dict[str, Any], list[Any]]] = {
    **{f"similarity of {n}": ("similarity", similarity(n), pictures(n)) for n in (1, 2, 8, 20, 64)},
    **{f"zero-shot of {n}": ("zero-shot", zero_shot(n), pictures(1)) for n in (2, 5, 12, 30)},
    **{f"hunt of {n}, rank {rank}": ("hunt", hunt(n, rank), pictures(n + 1)) for n, rank in ((9, 1), (9, 2), (9, 21), (1, 1), (2, 3))},
}  # fmt: skip


def drawn(case: str) -> Figure:
    kind, found, some = CASES[case]
    figure = DRAWN[kind](found, some)
    FigureCanvasAgg(figure).draw()
    return figure


def words(figure: Figure) -> str:
    return "\n".join(one.get_text() for one in figure.findobj(Text))


@pytest.mark.parametrize("case", CASES)
def test_no_text_lies_on_another_or_outside_of_the_figure(case: str) -> None:
    figure = drawn(case)
    boxes = {one: one.get_window_extent() for one in texts(figure)}
    assert len(boxes) > 2
    for one, box in boxes.items():
        assert box.x0 >= 0 <= box.y0, one
        assert box.x1 <= figure.bbox.x1, one
        assert box.y1 <= figure.bbox.y1, one
    assert [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])] == []


@pytest.mark.parametrize("case", ["similarity of 2", "zero-shot of 2", "hunt of 2, rank 3"])
def test_what_is_drawn_is_left_as_it_was(case: str) -> None:
    _, found, some = CASES[case]
    before = copy.deepcopy((found, some))
    drawn(case)
    assert found == before[0]
    assert all(np.array_equal(one, other) for one, other in zip(some, before[1], strict=True))


@pytest.mark.parametrize("case", ["similarity of 8", "zero-shot of 5", "hunt of 9, rank 21"])
def test_a_figure_and_its_numbers_are_written_the_same_bytes_each_time(case: str, tmp_path: Path) -> None:
    kind, found, some = CASES[case]
    names = write(kind, found, some, tmp_path / "deep" / "one")
    assert sorted(names) == sorted([f"{kind}.svg", f"{kind}.png", f"{kind}.json"])
    assert write(kind, found, some, tmp_path / "other") == names
    there = {name: (tmp_path / "deep" / "one" / name).read_bytes() for name in names}
    assert {path.name: path.read_bytes() for path in (tmp_path / "other").iterdir()} == there
    assert json.loads(there[f"{kind}.json"]) == found
    assert ElementTree.fromstring(there[f"{kind}.svg"]).tag.endswith("svg")  # noqa: S314 - written by us
    assert there[f"{kind}.png"].startswith(b"\x89PNG")


def test_numbers_that_are_none_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write("zero-shot", zero_shot(3) | {"more": float("nan")}, pictures(1), tmp_path)
    assert not (tmp_path / "zero-shot.json").exists()


def test_every_square_of_the_matrix_has_its_number_and_every_picture_its_column() -> None:
    figure = drawn("similarity of 8")
    matrix = CASES["similarity of 8"][1]["similarities"]
    axes = figure.axes[0]
    shown = {(int(one.get_position()[1]), int(one.get_position()[0])): one.get_text() for one in axes.texts}
    assert shown == {(y, x): f"{matrix[y][x]:.2f}" for y in range(8) for x in range(8)}
    assert np.array_equal(axes.images[0].get_array(), matrix)
    columns = [(one.get_extent()[0] + one.get_extent()[1]) / 2 for one in axes.images[1:]]
    assert [round(one) for one in columns] == list(range(8))
    assert all(one.get_extent()[3] < one.get_extent()[2] < -0.5 for one in axes.images[1:])  # over the first row


def test_the_likeliest_labels_are_drawn_the_likeliest_first() -> None:
    found = CASES["zero-shot of 30"][1]
    bars = drawn("zero-shot of 30").axes[1].patches
    widths = [bar.get_width() for bar in bars]
    assert widths == sorted(found["probabilities"], reverse=True)[: len(bars)]
    assert len(bars) == 12


@pytest.mark.parametrize(
    ("rank", "said"), [(1, "first"), (2, "place 2"), (3, "place 3"), (21, "place 21"), (1234, "place 1,234")]
)
def test_the_rank_is_said_and_the_target_marked(rank: int, said: str) -> None:
    figure = DRAWN["hunt"](hunt(9, rank) | {"caption": "a ring", "of": 2000}, pictures(10))
    assert f"{said} of 2,000" in figure.get_suptitle()
    marked = [axes.get_title() for axes in figure.axes if "target" in axes.get_title()]
    assert marked == ["target", *([f"{rank}: target"] if rank <= 9 else [])]
    framed = [place for place, axes in enumerate(figure.axes) if axes.spines["left"].get_linewidth() > 1]
    assert framed == ([rank] if rank <= 9 else [])


def test_what_the_font_does_not_have_is_shown_by_its_number() -> None:
    assert wrapped("漢字 \0", 40) == r"\u6f22\u5b57 \x00"
    assert wrapped("$5", 40) == r"\$5"


@pytest.mark.parametrize("width", [2, 5, 9, 30])
def test_texts_are_broken_between_words_and_cut_where_they_are_too_long(width: float) -> None:
    text = "two small red circles left of a blue square on an unbelievably-long-speckled background"
    whole = wrapped(text, width, 99).split("\n")
    assert "".join(whole).replace(" ", "") == text.replace(" ", "")
    cut = wrapped(text, width, 2).split("\n")
    assert len(cut) <= 2
    assert cut[-1].endswith("…") == (len(whole) > 2)
    if width == 9:
        assert whole[0] == "two small red"
