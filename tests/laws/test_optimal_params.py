"""Handout 3.3.2: a parabola of the loss in log10 of the number of parameters, and its vertex."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import BEFORE_AND_AFTER, agree, demand, identical, law, told_apart
from harness.outcome import Raised
from harness.received import Answer
from spec.contracts import Case, OptimalParams
from spec.contracts.optimal_params import about, case, fitted
from spec.error import FIT, ITERATED, within
from spec.rounding import Array

NO_LOGARITHM = (-1.0, -1e4, math.nan)  # not 0, from whose logarithm, -inf, LAPACK's least squares never returns


class Profile(NamedTuple):
    """Models of several sizes on one budget: their numbers of parameters, and a parabola's losses at these.

    Shapes:  x, losses [points].
    """

    x: Array
    losses: Array
    bend: float
    vertex_log: float
    lowest: float

    @property
    def case(self) -> Case:
        return case(self.x, self.losses)

    @property
    def vertex(self) -> float:
        return float(10**self.vertex_log)


def of(x: Array, bend: float, vertex_log: float, lowest: float) -> Profile:
    """The parabola bend (log10 x - vertex_log)^2 + lowest at these sizes."""
    return Profile(x, bend * (np.log10(x) - vertex_log) ** 2 + lowest, bend, vertex_log, lowest)


@st.composite
def profiles(draw: st.DrawFn, vertex: tuple[float, float] = (0.1, 0.9), points: tuple[int, int] = (3, 8)) -> Profile:
    """A parabola whose vertex lies in a part of the range of sizes, which is 0 to 1 from its first to its last."""
    number = draw(st.integers(*points), label="points")
    begin, span = draw(st.floats(2, 6), label="log10 of the smallest"), draw(st.floats(1.2, 2.5), label="decades")
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    places = np.linspace(0, 1, number) + rng.uniform(-0.2, 0.2, number) / number
    x = np.round(10 ** (begin + span * places))
    bend, lowest = draw(st.floats(0.2, 3), label="bend"), draw(st.floats(0, 3), label="lowest")
    return of(x, bend, begin + span * draw(st.floats(*vertex), label="vertex"), lowest)


def demand_vertex(item: Item, profile: Profile, share: float = ITERATED) -> None:
    """Demand that the vertex is found."""
    agree(item, item(profile.case), {"optimal_params": within(profile.vertex, share)}, "optimal_params")


def demand_optimum(item: Item, answer: Answer, expected: float) -> None:
    """Demand an optimum, as near as a search for it comes."""
    agree(item, answer, {"optimal_params": within(expected, ITERATED)}, "optimal_params")


def demand_same(item: Item, answer: Answer, before: float, *, sides: tuple[str, str] = BEFORE_AND_AFTER) -> None:
    """Demand the optimum that the subject itself has found before, as near as a search for it comes."""
    agree(item, answer, {"optimal_params": within(before, ITERATED)}, "optimal_params", sides=sides)


def noisy(profile: Profile, seed: int) -> Case:
    """The same losses, each off by a little."""
    off = 0.05 * profile.bend * np.random.default_rng(seed).standard_normal(len(profile.x))
    return case(profile.x, profile.losses + off)


@law("vertex", OptimalParams)
@given(profile=profiles())
def test_the_vertex_of_a_parabola_is_found(item: Item, profile: Profile) -> None:
    """The optimum is the vertex of an exact parabola in log10 of the number of parameters."""
    demand_vertex(item, profile)


@law("vertex-beyond", OptimalParams)
@given(profile=st.one_of(profiles(vertex=(1.05, 1.5)), profiles(vertex=(-0.5, -0.05))))
def test_a_vertex_outside_the_data_is_found(item: Item, profile: Profile) -> None:
    """The optimum may be smaller than the smallest model, or larger than the largest one."""
    demand_vertex(item, profile)


@law("nine-digits", OptimalParams)
@given(profile=profiles(vertex=(-0.5, 1.5)))
def test_a_closed_form_has_nine_digits(item: Item, profile: Profile) -> None:
    """The vertex of an exact parabola is right to nine digits, inside the data and outside, as its closed form is."""
    demand_vertex(item, profile, FIT)


@law("p-in-log10", OptimalParams)
@given(profile=profiles(), seed=st.integers(0, 2**32 - 1))
def test_p_is_evaluated_at_log10(item: Item, profile: Profile, seed: int) -> None:
    """The notebook draws numpy.polyval(p, log10(x)): there p takes the fitted values, between the sizes as well."""
    called = noisy(profile, seed)
    places = np.log10(np.geomspace(profile.x[0], profile.x[-1], 9))
    answer = item(called)
    expected, actual = (np.polyval(p, places) for p in (fitted(*called.inputs.values()).p, answer["p"]))
    near = np.abs(actual - expected) <= ITERATED * (np.abs(expected).max() + profile.bend)
    worst = int(np.abs(actual - expected).argmax())
    values = " and must come to ".join(told_apart(actual[worst], expected[worst]))
    demand(bool(near.all()), item, called, f"at x = {10 ** places[worst]:.6g}, p comes to {values}", answer)


@law("p-coefficients", OptimalParams)
@given(profile=profiles())
def test_p_holds_the_parabola_highest_power_first(item: Item, profile: Profile) -> None:
    """Of an exact parabola, p holds the coefficients, that of the square first."""
    exact = about(profile.bend, 0.0, profile.lowest, profile.vertex_log).p
    agree(item, item(profile.case), {"p": within(exact, ITERATED, of=np.abs(exact).max())}, "p")


@law("least-squares", OptimalParams)
@given(profile=profiles(points=(5, 9)), seed=st.integers(0, 2**32 - 1))
def test_losses_off_the_parabola_count_alike(item: Item, profile: Profile, seed: int) -> None:
    """Losses that lie on no parabola are fitted by least squares, each counting alike."""
    called = noisy(profile, seed)
    demand_optimum(item, item(called), fitted(*called.inputs.values()).vertex)


@law("vertex-of-p", OptimalParams)
@given(profile=profiles(points=(4, 8)), seed=st.integers(0, 2**32 - 1))
def test_the_optimum_is_the_vertex_of_p(item: Item, profile: Profile, seed: int) -> None:
    """The optimum is 10 to the vertex of the p that is returned."""
    answer = item(noisy(profile, seed))
    a, b, _ = answer["p"]
    demand(bool(np.isfinite(answer["p"]).all()), item, answer.case, "p holds what is no finite number", answer)
    demand(a != 0, item, answer.case, "p has no square", answer)
    vertex = 10 ** min(-b / (2 * a), float(np.finfo(float).maxexp * np.log10(2) - 1))
    demand_same(item, answer, vertex, sides=("at the vertex of p", "found"))


@law("scaled-sizes", OptimalParams)
@given(profile=profiles(points=(4, 6)), factor=st.floats(2, 1000), seed=st.integers(0, 2**32 - 1))
def test_scaling_the_sizes_scales_the_optimum(item: Item, profile: Profile, factor: float, seed: int) -> None:
    """Scaling every size scales the optimum by as much."""
    called = noisy(profile, seed)
    before = float(item(called)["optimal_params"])
    after = item(called.where(x=profile.x * factor))
    demand_same(item, after, before * factor, sides=("before, scaled as the sizes", "after"))


@law("shifted-losses", OptimalParams)
@given(profile=profiles(points=(4, 6)), shift=st.floats(-5, 5), seed=st.integers(0, 2**32 - 1))
def test_a_constant_more_loss_changes_nothing(item: Item, profile: Profile, shift: float, seed: int) -> None:
    """A constant added to every loss leaves the optimum where it was."""
    called = noisy(profile, seed)
    demand_same(item, item(called.where(y=called.inputs["y"] + shift)), float(item(called)["optimal_params"]))


@law("scaled-losses", OptimalParams)
@given(profile=profiles(points=(4, 6)), factor=st.floats(0.1, 10), seed=st.integers(0, 2**32 - 1))
def test_losses_in_another_unit_change_nothing(item: Item, profile: Profile, factor: float, seed: int) -> None:
    """Losses in another unit, bits for nats, leave the optimum where it was."""
    called = noisy(profile, seed)
    demand_same(item, item(called.where(y=called.inputs["y"] * factor)), float(item(called)["optimal_params"]))


@law("order", OptimalParams)
@given(profile=profiles(points=(4, 6)), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_models_is_of_no_account(item: Item, profile: Profile, seed: int) -> None:
    """The order in which the models are given is of no account."""
    called = noisy(profile, seed)
    order = np.random.default_rng(seed).permutation(len(profile.x))
    other = called.where(**{name: array[order] for name, array in called.inputs.items()})
    demand_same(item, item(other), float(item(called)["optimal_params"]))


@law("given-as-{layout}", OptimalParams)
@pytest.mark.parametrize("layout", ["list", "tuple", "array", "scalars"])
@given(profile=profiles())
def test_sizes_and_losses_come_in_anything(item: Item, layout: str, profile: Profile) -> None:
    """Sizes and losses may come as {layout}, with the same result."""
    for x in (profile.x, profile.x.astype(np.int64)):
        called = profile.case.where(x=x)
        other = "array" if layout == "list" else "list"
        before, sides = float(item(called, layouts=other)["optimal_params"]), (f"as {other}", f"as {layout}")
        demand_same(item, item(called, layouts=layout), before, sides=sides)


@law("sizes-unchanged", OptimalParams)
@given(profile=profiles(), layout=st.sampled_from(["list", "array"]))
def test_what_is_given_is_left_as_it_was(item: Item, profile: Profile, layout: str) -> None:
    """The notebook goes on with the lists that it gives, so they stay as they were."""
    mixed = profile.case.where(**{name: array[::-1].copy() for name, array in profile.case.inputs.items()})
    answer = item(mixed, layouts=layout)
    for name, array in mixed.inputs.items():
        identical(item, mixed, answer.inputs_at_end[name], array, f"the call changed {name}")


@law("again", OptimalParams)
@given(first=profiles(), second=profiles())
def test_a_second_budget_is_fitted_anew(item: Item, first: Profile, second: Profile) -> None:
    """A second budget is fitted as if it were the first."""
    *_, answer = item.sequence([first.case, second.case])
    demand_optimum(item, answer, second.vertex)


@law("no-silent-number", OptimalParams)
@given(profile=profiles(points=(4, 6)), place=st.integers(0, 3), bad=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_loss_that_is_no_number_gives_none(item: Item, profile: Profile, place: int, bad: float) -> None:
    """A loss that is not finite gives an error or an optimum that is none, never a number."""
    demand_no_number(item, profile.case, "y", place, bad)


@law("no-logarithm", OptimalParams)
@given(profile=profiles(points=(4, 6)), place=st.integers(0, 3), bad=st.sampled_from(NO_LOGARITHM))
def test_a_size_without_a_logarithm_gives_none(item: Item, profile: Profile, place: int, bad: float) -> None:
    """A size that is negative or not a number gives an error or an optimum that is none, never a number."""
    demand_no_number(item, profile.case, "x", place, bad)


def demand_no_number(item: Item, good: Case, name: str, place: int, bad: float) -> None:
    """Demand that with one bad number there is no finite result."""
    array: Any = good.inputs[name].copy()
    array[place] = bad
    called = good.where(**{name: array})
    try:
        found = float(item(called)["optimal_params"])
    except Raised:
        return
    demand(not math.isfinite(found), item, called, f"{name}[{place}] is {bad}, and the optimum {found:.6g}")
