"""Handout 3.3.3: a straight line through logarithms to the base 10."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, demand, identical, law
from harness.outcome import Raised
from harness.received import Answer
from spec.contracts import Case, LinearLog
from spec.contracts.linear_log import case, fitted
from spec.error import FIT, ITERATED, within
from spec.rounding import Array

SEEDS = st.integers(0, 2**32 - 1)


class Line(NamedTuple):
    """Budgets and what is best for each, on a power law.

    Shapes:  x [points].
    """

    x: Array
    slope: float
    intercept: float

    @property
    def case(self) -> Case:
        return case(self.x, 10 ** (self.slope * np.log10(self.x) + self.intercept))


@st.composite
def lines(draw: st.DrawFn, points: tuple[int, int] = (2, 8)) -> Line:
    """A power law through budgets over half a decade at least."""
    number = draw(st.integers(*points), label="points")
    begin, span = draw(st.floats(6, 14), label="log10 of the smallest"), draw(st.floats(0.5, 3), label="decades")
    x = np.round(10 ** (begin + span * np.linspace(0, 1, number)))
    slope = draw(st.floats(-1, 1.5), label="slope")
    return Line(x, slope, draw(st.floats(2, 6), label="log10 of the first y") - slope * begin)


def demand_line(item: Item, answer: Answer, slope: float, intercept: float, share: float = ITERATED) -> None:
    """Demand a slope and an intercept, which is that of budgets of 1, far outside the data."""
    far = float(np.log10(answer.case.inputs["x"]).max())
    truth = {"m": within(slope, share, of=1 + abs(slope)), "c": within(intercept, share, of=far * (1 + abs(slope)))}
    agree(item, answer, truth, "m", "c")


def noisy(line: Line, seed: int) -> Case:
    """The same with every y off by a few per cent."""
    return line.case.where(
        y=line.case.inputs["y"] * np.exp(0.1 * np.random.default_rng(seed).standard_normal(len(line.x)))
    )


@law("power-law", LinearLog)
@given(line=lines())
def test_slope_and_intercept_of_a_power_law_are_found(item: Item, line: Line) -> None:
    """Slope and intercept, in this order, of an exact power law are found."""
    demand_line(item, item(line.case), line.slope, line.intercept)


@law("nine-digits", LinearLog)
@given(line=lines())
def test_a_closed_form_has_nine_digits(item: Item, line: Line) -> None:
    """Slope and intercept of an exact power law are right to nine digits, as their closed form is."""
    demand_line(item, item(line.case), line.slope, line.intercept, FIT)


@law("base-10", LinearLog)
@given(line=lines())
def test_ten_to_the_line_goes_through_the_points(item: Item, line: Line) -> None:
    """The notebook draws 10 ** (m log10(x) + c), which goes through the points of a power law."""
    answer = item(line.case)
    height = answer["m"] * np.log10(line.x) + answer["c"]
    far = np.abs(height - np.log10(line.case.inputs["y"])).max()
    demand(
        bool(far <= ITERATED * np.log10(line.x[-1])),
        item,
        line.case,
        f"the line misses them by a factor of {10 ** min(far, 300.0):.6g}",
        answer,
    )


@law("least-squares", LinearLog)
@given(line=lines(points=(4, 8)), seed=SEEDS)
def test_points_off_the_line_count_alike(item: Item, line: Line, seed: int) -> None:
    """Points that lie on no line are fitted by least squares in log10 of y, each counting alike."""
    called = noisy(line, seed)
    demand_line(item, item(called), *fitted(*called.inputs.values()))


@law("two-points", LinearLog)
@given(line=lines(points=(2, 2)))
def test_two_points_make_a_line(item: Item, line: Line) -> None:
    """Two points are enough."""
    demand_line(item, item(line.case), line.slope, line.intercept)


@law("scaled-budgets", LinearLog)
@given(line=lines(points=(3, 6)), factor=st.floats(2, 1000), seed=SEEDS)
def test_budgets_in_another_unit_move_the_intercept_alone(item: Item, line: Line, factor: float, seed: int) -> None:
    """Budgets in another unit move the intercept by the slope times log10 of the unit, and leave the slope."""
    called = noisy(line, seed)
    before, after = item(called), item(called.where(x=line.x * factor))
    slope = float(before["m"])
    demand_line(item, after, slope, float(before["c"]) - slope * math.log10(factor))


@law("scaled-optima", LinearLog)
@given(line=lines(points=(3, 6)), factor=st.floats(2, 1000), seed=SEEDS)
def test_scaling_y_moves_the_intercept_alone(item: Item, line: Line, factor: float, seed: int) -> None:
    """Scaling every y moves the intercept by log10 of the factor, and leaves the slope."""
    called = noisy(line, seed)
    before, after = item(called), item(called.where(y=called.inputs["y"] * factor))
    demand_line(item, after, float(before["m"]), float(before["c"]) + math.log10(factor))


@law("order", LinearLog)
@given(line=lines(points=(3, 6)), seed=SEEDS)
def test_the_order_of_the_points_is_of_no_account(item: Item, line: Line, seed: int) -> None:
    """The order of the points is of no account."""
    called = noisy(line, seed)
    order = np.random.default_rng(seed).permutation(len(line.x))
    other = called.where(**{name: array[order] for name, array in called.inputs.items()})
    demand_line(item, item(other), *(float(item(called)[name]) for name in ("m", "c")))


@law("given-as-{layout}", LinearLog)
@pytest.mark.parametrize("layout", ["list", "tuple", "array", "scalars"])
@given(line=lines())
def test_points_come_in_anything(item: Item, layout: str, line: Line) -> None:
    """Points may come as {layout}, with the same result."""
    for x in (line.x, line.x.astype(np.int64)):
        called = line.case.where(x=x)
        other = item(called, layouts="array" if layout == "list" else "list")
        demand_line(item, item(called, layouts=layout), float(other["m"]), float(other["c"]))


@law("points-unchanged", LinearLog)
@given(line=lines(), layout=st.sampled_from(["list", "array"]))
def test_what_is_given_is_left_as_it_was(item: Item, line: Line, layout: str) -> None:
    """The notebook goes on with the lists that it gives, so they stay as they were."""
    mixed = line.case.where(**{name: array[::-1].copy() for name, array in line.case.inputs.items()})
    answer = item(mixed, layouts=layout)
    for name, array in mixed.inputs.items():
        identical(item, mixed, answer.inputs_at_end[name], array, f"the call changed {name}")


@law("no-logarithm", LinearLog)
@given(
    line=lines(points=(3, 5)),
    place=st.integers(0, 2),
    bad=st.sampled_from([("x", -1.0), ("x", math.nan), ("y", 0.0), ("y", -1.0), ("y", math.nan)]),
)
def test_a_number_without_a_logarithm_gives_none(item: Item, line: Line, place: int, bad: tuple[str, float]) -> None:
    """A number that is zero, negative or none gives an error or a slope that is none, never a number."""
    name, value = bad  # not x = 0: LAPACK never returns from a matrix that holds its logarithm
    array = line.case.inputs[name].copy()
    array[place] = value
    called = line.case.where(**{name: array})
    try:
        found = float(item(called)["m"])
    except Raised:
        return
    demand(not math.isfinite(found), item, called, f"{name}[{place}] is {value}, and the slope {found:.6g}")
