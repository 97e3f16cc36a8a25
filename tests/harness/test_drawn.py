"""What comes of a subject does not depend on whether its cases are drawn or known from another."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.drawn import Drawn, Record
from harness.item import Item
from harness.judge import Drawing, judge
from harness.outcome import Broken, Counterexample
from harness.process import Zygote
from spec.contracts import CONTRACTS
from tests.harness.mutants import PLAIN
from tests.harness.test_check import question, report_on
from tests.harness.test_mutants import Bench, laws_of
from tests.strategies import Recipe, recipes

WRONG = (("dim=2", "dim=1"),)
ITEM = "ScaledDotAttention"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.judge.DRAWN", Drawn())


@pytest.fixture(scope="module")
def bench(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(zygote, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def right(bench: Bench) -> Item:
    return bench.run(ITEM, ()).item(CONTRACTS[ITEM])


def put(test: Any, item: Item) -> Any:
    calls = item.calls
    return judge(test, item, Drawing(8, 5), {}), item.calls - calls


def test_a_second_subject_meets_the_cases_of_the_first_and_none_is_drawn(right: Item) -> None:
    seen: list[Recipe] = []

    @given(recipe=recipes())
    def law(item: Item, recipe: Recipe) -> None:
        seen.append(recipe)

    first = put(law, right)
    drawn, seen[:] = list(seen), []
    law._hypothesis_internal_use_settings = None  # type: ignore[attr-defined]  # nothing could be drawn by these
    assert put(law, right) == first
    assert seen == drawn
    assert len(seen) == 8


@pytest.mark.parametrize("law", ["context", "weights", "gradient-queries", "long"])
def test_a_wrong_subject_is_shown_the_same_whoever_was_judged_before(bench: Bench, right: Item, law: str) -> None:
    test, arguments = laws_of(ITEM)[law]
    wrong = bench.run(ITEM, WRONG).item(CONTRACTS[ITEM])

    def judged(item: Item) -> tuple[Any, ...]:
        calls = item.calls
        outcome = judge(test, item, Drawing(8, 5), arguments)
        seen = outcome.counterexample
        return outcome.status, outcome.message, seen and repr(seen.arrays), item.calls - calls

    alone = judged(wrong)
    assert judged(right)[0] == "pass"
    assert judged(wrong) == alone
    assert alone[0] == "broken"


def test_what_breaks_on_known_cases_and_not_when_drawn_anew_is_flaky(right: Item) -> None:
    breaks = [False]

    @given(recipe=recipes())
    def law(item: Item, recipe: Recipe) -> None:
        if breaks[0]:
            breaks[0] = False
            raise Broken("it was off", Counterexample(""))

    assert put(law, right)[0].status == "pass"
    breaks[0] = True
    outcome, _ = put(law, right)
    assert (outcome.status, outcome.message) == (
        "flaky",
        "broken once, and not again on the same inputs. It was: it was off",
    )


def test_a_law_cannot_change_what_is_kept(right: Item) -> None:
    seen: list[list[int]] = []

    @given(numbers=st.lists(st.integers(), min_size=1))
    def law(item: Item, numbers: list[int]) -> None:
        seen.append(list(numbers))
        numbers.clear()

    for _ in range(3):
        put(law, right)
    assert seen[:8] == seen[8:16] == seen[16:]


def test_what_is_refused_or_drawn_by_the_way_is_not_kept() -> None:
    @given(number=st.integers())
    def refused(item: None, number: int) -> None:
        assume(number > 0)

    @given(data=st.data())
    def on_the_way(item: None, data: st.DataObject) -> None:
        data.draw(st.booleans())

    for law in (refused, on_the_way):
        record = Record(frozenset({"item"}))
        law.hypothesis.inner_test = record.watched(law.hypothesis.inner_test)  # type: ignore[attr-defined]
        law(item=None)
        assert not record.is_whole


def test_the_laws_asked_for_longest_ago_go_first() -> None:
    kept, record = Drawn(most=2), Record(frozenset())
    for key in "ab":
        kept.keep(key, record)
    assert kept.of("a") is not None
    kept.keep("c", record)
    assert [kept.of(key) is None for key in "abc"] == [False, True, False]


RANDOM = "import random, numpy\n" + PLAIN.replace(
    "return context, weights", "return torch.nn.functional.dropout(context, 0.3) + self.luck, weights"
).replace(
    "        self.Q =",
    "        self.luck = random.random() + numpy.random.rand() + torch.rand(1).item()\n        self.Q =",
)


def test_what_is_random_about_a_subject_is_the_same_on_one_seed(tmp_path: Path) -> None:
    """Each run has a worker of its own; the last finds the cases drawn already, for another."""

    def found(seed: str, text: str = RANDOM) -> list[tuple[str, ...]]:
        words = ("--question", "3.1.1", "--examples", "3", "--seed", seed)
        laws = question(report_on(tmp_path, text, "nmt.py", *words)[1], "3.1.1")["laws"]
        return [(law["name"], law["status"], law["message"]) for law in laws]

    first = found("5")
    found("5", PLAIN)
    assert found("5") == first
    assert found("6") != first
