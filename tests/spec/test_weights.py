"""What laws weigh, and the points that come of it."""

from __future__ import annotations

import importlib
import pkgutil
import random
from fnmatch import fnmatchcase

import pytest

import tests.laws
from spec.handout import QUESTIONS
from spec.weights import BY_RAISING, WEIGHTS, credit, weight

LAWS = {
    function.law.name.partition("{")[0] + ("1" if "{" in function.law.name else "")
    for module in pkgutil.iter_modules(tests.laws.__path__)
    for function in vars(importlib.import_module(f"tests.laws.{module.name}")).values()
    if hasattr(function, "law")
}
POINTS = sorted({question.points for question in QUESTIONS if question.points})


def test_every_name_in_the_table_is_a_laws_and_no_law_is_named_twice() -> None:
    named = {law: [w for w in WEIGHTS for name in w.names if fnmatchcase(law, name)] for law in LAWS}
    assert [law for law, weights in named.items() if len(weights) > 1] == []
    unused = [name for w in WEIGHTS for name in w.names if not any(fnmatchcase(law, name) for law in LAWS)]
    assert unused == []


def test_every_law_weighs_something_and_every_weight_has_a_reason() -> None:
    assert all(weight(law) > 0 for law in LAWS)
    assert all(w.weight > 0 and w.because for w in WEIGHTS)
    assert weight("a law that nobody wrote") == 1


@pytest.mark.parametrize("points", [*POINTS, 7.25], ids=str)
def test_full_points_are_those_of_whoever_keeps_every_law(points: float) -> None:
    laws, rng = sorted(LAWS), random.Random(points)
    assert credit(points, [(law, True) for law in laws]) == points
    assert credit(points, [(law, False) for law in laws]) == credit(points, []) == 0
    for _ in range(200):
        passed = [(law, rng.random() < 0.999) for law in laws]
        expected_full = all(kept for _, kept in passed)
        assert (credit(points, passed) == points) == expected_full
        assert 0 <= credit(points, passed) <= points


def test_one_light_law_among_many_costs_something() -> None:
    laws = [(f"law {i}", True) for i in range(10_000)]
    assert credit(1, [*laws, ("dtype", False)]) == 0.99


def test_values_count_more_than_what_wrong_code_keeps() -> None:
    assert credit(1, [("context", True), ("dtype", False)]) == 0.96
    assert credit(1, [("context", False), ("dtype", True)]) == 0.03
    assert credit(1, [("one", True), ("two", False)]) == 0.5


def test_raising_whatever_it_is_given_earns_nothing() -> None:
    assert credit(1, [("vertex", False), *((law, True) for law in BY_RAISING)]) == 0
    assert credit(1, [("vertex", True), *((law, False) for law in BY_RAISING)]) < 1
