"""The pictures and tables of a sweep's analysis say what the analysis found."""

import copy
import csv
import io
from typing import Any

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from impl.scaling.analysis import synthetic
from impl.scaling.analysis.measured import gathered
from impl.scaling.analysis.told import told
from impl.scaling.analysis.whole import analysed
from writeup.isoflop import curves, exponents, figures, lines, profiles, tables


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    rows = synthetic.rows(synthetic.law(0.5, 0.5), seeds=2, noise=0.002)
    return told(analysed(gathered(rows, "val_loss", "synthetic"), draws=100, budgets=(1e11, 2e11, 4e11, 6e11, 8e11)))


def words(drawn: Figure) -> str:
    """All texts of a picture."""
    drawn.canvas.draw()
    return "\n".join(text.get_text() for text in drawn.findobj(lambda one: hasattr(one, "get_text")))


def test_profiles_name_every_budget_and_its_best_size(found: dict[str, Any]) -> None:
    said = words(profiles.draw(found))
    for one in found["optima"]["quintic"]["profiles"]:
        assert f"{one['budget'] / 1e12:.3g} TFLOPs: {one['optimum']['value']:,.0f}" in said


def test_lines_show_their_numbers_and_where_3_2_3_lies(found: dict[str, Any]) -> None:
    for what, drawn in (("params", lines.params(found)), ("tokens", lines.tokens(found))):
        line = found["optima"]["quintic"]["lines"][what]
        said = words(drawn)
        assert f"= {line['slope']:.3f} log10 C" in said
        assert f"at 1e15: {line['values'][-1]:.3g}" in said
        stars = [one for one in drawn.axes[0].lines if one.get_marker() == "*"]
        assert [(one.get_xdata()[0], one.get_ydata()[0]) for one in stars] == [
            (found["setup"]["budget"], found["setup"][what])
        ]


def test_curves_are_the_runs(found: dict[str, Any]) -> None:
    (axes,) = curves.raw(found).axes
    drawn = {tuple(line.get_ydata()) for line in axes.lines}
    assert all(tuple(run["loss"]) in drawn for size in found["sizes"] for run in size["runs"])
    assert "0.0" not in words(curves.smoothed(found)).splitlines()[0]


def test_findings_are_read_off_the_numbers(found: dict[str, Any]) -> None:
    other = copy.deepcopy(found)
    for one in other["optima"]["quintic"]["profiles"]:
        one["losses"] = sorted(one["losses"])  # the smallest is always the lowest
    other["optima"]["quintic"]["profiles"][0]["optimum"]["value"] = 1e9  # and vertices do not grow
    other["changes"] = "The lowest is always the same."
    assert "are passed" in words(curves.raw(found))
    assert "are passed" not in words(curves.raw(other))
    assert "the larger the best model" in words(profiles.draw(found))
    assert "the larger the best model" not in words(profiles.draw(other))


def test_what_is_not_there_is_said(found: dict[str, Any]) -> None:
    other = copy.deepcopy(found)
    quintic = other["optima"]["quintic"]
    quintic["why"], quintic["lines"] = "nothing to be seen", {"params": None, "tokens": None}
    quintic["profiles"][0]["optimum"] = {"value": None, "low": None, "high": None, "missing": 1.0}
    quintic["profiles"][0]["p"] = [None] * 3
    nothing = {"value": None, "low": None, "high": None, "missing": 1.0}
    other["exponents"][0] |= {"params": nothing, "tokens": nothing, "why": "no change of the lowest"}
    assert "No line: nothing to be seen" in words(lines.params(other))
    assert "TFLOPs: none" in words(profiles.draw(other))
    assert "none" in words(exponents.draw(other)).splitlines()
    console = Console(width=100, record=True)
    console.print(tables.optima(other), tables.exponents(other))
    assert "none" in console.export_text()
    assert set(figures(other)) == set(figures(found))


def test_tables_are_csv_with_every_number(found: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(tables.as_csv(found)["optima"])))
    assert [float(row["params"]) for row in rows[:5]] == [
        one["optimum"]["value"] for one in found["optima"]["quintic"]["profiles"]
    ]
    assert [row["smoothed"] for row in rows] == ["quintic"] * 5 + ["monotone"] * 5


@pytest.fixture(scope="module")
def of_one_seed() -> dict[str, Any]:
    rows = synthetic.rows(synthetic.law(0.5, 0.5), seeds=1, noise=0.02)
    return told(analysed(gathered(rows, "val_loss", "synthetic"), draws=50, budgets=(1e11, 2e11, 4e11)))


def test_one_seed_is_promised_no_intervals(of_one_seed: dict[str, Any]) -> None:
    drawn = [draw(of_one_seed) for draw in (profiles.draw, lines.params, lines.tokens, curves.raw)]
    assert not any("interval" in words(each) or "(bars)" in words(each) for each in drawn)
    assert not any(bar.has_yerr for each in drawn[1:3] for bar in each.axes[0].containers)
    assert not any("interval says" in each for each in of_one_seed["cautions"])
    assert "there is one seed, so nothing has an interval" in of_one_seed["warnings"]


def test_several_seeds_have_their_intervals_in_words_and_bars(found: dict[str, Any]) -> None:
    assert "their intervals (bars)" in words(profiles.draw(found))
    assert all(any(bar.has_yerr for bar in draw(found).axes[0].containers) for draw in (lines.params, lines.tokens))
    assert any("its interval says how seeds move it" in each for each in found["cautions"])


def test_optima_that_move_are_said_to_move_without_the_quintic(of_one_seed: dict[str, Any]) -> None:
    (moved,) = [one for one in of_one_seed["cautions"] if "more than a tenth" in one]
    assert moved.startswith("Without the quintic these optima move by more than a tenth: at 0.2 TFLOPs ")
