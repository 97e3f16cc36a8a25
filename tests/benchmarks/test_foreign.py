"""Kernels by somebody else: none has a time that it has not earned, and one sentence says why; honest ones have theirs."""

from __future__ import annotations

import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import measure
from benchmarks.cases import BOTH, FORWARD, BenchCase
from benchmarks.check import Wrong
from benchmarks.foreign import deal, doubts, right, rounds, stopping
from benchmarks.foreign.contestant import Contestant
from benchmarks.foreign.doubts import Doubted
from harness.isolation.level import asked
from harness.outcome import Declined, Ended, Raised, TimedOut
from harness.process import Zygote
from harness.target import resolve
from spec.contracts import Case
from spec.contracts.attention import CONTRACT
from tests.benchmarks.foreign_kernels import CHEATS, NO_GAIN, Kernel

SMALL = BenchCase("cpu", "cpu", 2, 2, 64, 16, "float32", True, FORWARD, ())
CALLS = 3
EFFORT = rounds.Effort(share_s=0.0, round_s=60.0, warm=1, least=4)  # as many calls a round as may be
SDPA = "impl.attention.sdpa:attention"
Enter = Callable[..., Contestant]

pytestmark = [
    pytest.mark.skipif(not stopping.WORKS, reason="a process is stopped between its rounds on Linux alone"),
    pytest.mark.xdist_group("foreign kernels"),  # they are timed together, once
]


@pytest.fixture(scope="module", autouse=True)
def _few_calls() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "MOST_CALLS", CALLS)
        yield


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """The level that keeps least from a kernel: what holds there holds at every level."""
    with Zygote("cpu", isolation=asked("none")) as made:
        made.await_ready()
        yield made


@pytest.fixture(scope="module")
def enter(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enter]:
    """Puts a kernel into a process: by its name, or by its text; the empty one without either."""
    among: set[int] = set()
    entered: list[Contestant] = []

    def make(name: str, kernel: Kernel | str | None = None, **options: Any) -> Contestant:
        if isinstance(kernel, Kernel):
            path = tmp_path_factory.mktemp("kernel") / "kernel.py"
            path.write_text(kernel.source)
            kernel = str(path)
        target = resolve(kernel) if kernel else None
        made = Contestant(name, zygote, target, device="cpu", threads=1, among=among, **options)
        entered.append(made)
        return made

    yield make
    for one in entered:
        one.end()


def race(enter: Enter, case: BenchCase, kernels: Mapping[str, Kernel | str], **options: Any) -> dict[str, Any]:
    """What comes of kernels that are timed together."""
    found: dict[str, Any] = {}
    entered = []
    for name, kernel in kernels.items():
        try:
            entered.append(enter(name, kernel))
        except (Doubted, Raised, Ended) as error:
            found[name] = error
    empty = enter("empty")
    found |= rounds.timed(case, entered, empty, **{"effort": EFFORT, "by_signs": False, "least_s": None, **options})
    for one in (*entered, empty):
        one.end()
    return found


@pytest.fixture(scope="module")
def outcomes(enter: Enter) -> dict[str, Any]:
    """All of them at once, so that what one does to another shows."""
    return race(enter, SMALL, {"sdpa": SDPA, **CHEATS, **NO_GAIN})


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_has_no_time_and_a_sentence_says_why(outcomes: dict[str, Any], name: str) -> None:
    found = outcomes[name]
    assert isinstance(found, Wrong | Doubted | Declined | Raised | Ended), found
    assert re.search(CHEATS[name].said, str(found)), found
    assert len(str(found).splitlines()) == 1


@pytest.mark.parametrize("name", ["sdpa", *NO_GAIN])
def test_an_honest_kernel_and_a_trick_that_gains_nothing_are_timed(outcomes: dict[str, Any], name: str) -> None:
    found = outcomes[name]
    assert isinstance(found, rounds.Timed), found
    assert (len(found.times_s), found.calls) == (EFFORT.least, CALLS)
    assert min(found.times_s) > 0
    assert 0 < found.error_in_budget < 1


FORMS = {
    "both": replace(SMALL, direction=BOTH),
    "full": replace(SMALL, is_causal=False, batch=3),
    "padded": replace(SMALL, is_causal=False, is_padded=True, direction=BOTH, batch=5),
    "bfloat16": replace(SMALL, dtype="bfloat16", direction=BOTH),
}
WORSE = Kernel("""
    def attention(q, k, v, **keywords):
        out = plain(q, k, v, **keywords)
        return out + 0.02 * out.detach()
    """)
GRADIENT = Kernel("""
    def attention(q, k, v, **keywords):
        return plain(q, 1.01 * k - 0.01 * k.detach(), v, **keywords)
    """)


@pytest.mark.parametrize("by_signs", [False, True], ids=["written", "by-signs"])
@pytest.mark.parametrize("form", FORMS)
def test_every_kind_of_case_is_timed_and_checked_in_both_ways(enter: Enter, form: str, by_signs: bool) -> None:
    kernels: dict[str, Kernel | str] = {"right": NO_GAIN["plain"], "worse": WORSE, "gradient": GRADIENT}
    if form == "bfloat16":
        kernels["worse"] = Kernel(WORSE.text.replace("0.02", "0.2"))
        kernels["gradient"] = Kernel(GRADIENT.text.replace("1.01", "1.5").replace("0.01", "0.5"))
    found = race(enter, FORMS[form], kernels, by_signs=by_signs)
    assert isinstance(found["right"], rounds.Timed), found["right"]
    assert re.search(r"out\[.*\] is", str(found["worse"]))
    if FORMS[form].has_backward:
        assert re.search(r"grad k\[.*\] is", str(found["gradient"]))


def test_results_must_be_those_of_the_moment_when_the_clock_stopped(enter: Enter) -> None:
    late = Kernel("""
        class Late(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                fetched = function is torch.Tensor.copy_
                args = [x.made if fetched and isinstance(x, Late) and hasattr(x, "made") else x for x in args]
                with torch._C.DisableTorchFunctionSubclass():
                    return function(*args, **(kwargs or {}))
        def attention(q, k, v, **keywords):
            out = torch.zeros_like(q).as_subclass(Late)
            out.made = plain(q, k, v, **keywords)
            return out
        """)
    found = race(enter, SMALL, {"late": late}, by_signs=True)
    assert str(found["late"]) == "its out is not what it was when the clock stopped"


def test_a_kernel_that_hangs_costs_itself_alone(enter: Enter) -> None:
    hanging = Kernel("""
        def attention(q, k, v, **keywords):
            time.sleep(1000)
        """)
    one, other, empty = enter("hanging", hanging, turn_s=1.0), enter("plain", NO_GAIN["plain"]), enter("empty")
    found = rounds.timed(SMALL, [one, other], empty, effort=EFFORT, by_signs=False, least_s=None)
    assert isinstance(found["hanging"], TimedOut)
    assert isinstance(found["plain"], rounds.Timed)


def test_a_process_that_goes_on_by_itself_is_found_out(enter: Enter) -> None:
    busy = Kernel("""
        def burn():
            while True:
                pass
        threading.Thread(target=burn, daemon=True).start()
        attention = plain
        """)
    one = enter("busy", busy)
    one.arrange(SMALL, 1, None)
    one.round(deal.whole(SMALL, 1))
    os.kill(one._process.pid, signal.SIGCONT)
    time.sleep(0.1)
    with pytest.raises(Doubted, match="of the processor while it should have been stopped"):
        one.round(deal.whole(SMALL, 1))


def test_nothing_is_worked_out_between_two_rounds(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread looks for new inputs all the time; what it saw long before it was asked is given as NaN."""
    ahead = Kernel("""
        given, seen = [], []
        def look():
            while True:
                time.sleep(0.001)
                if given and not seen and not torch.equal(*given):
                    seen.append(time.monotonic())
        threading.Thread(target=look, daemon=True).start()
        def attention(q, k, v, **keywords):
            if not given:
                given.extend((q, q.clone()))
            return spoilt(q) if seen and time.monotonic() - seen[0] > 0.5 else plain(q, k, v, **keywords)
        """)
    one = enter("ahead", ahead)
    one.arrange(SMALL, 1, None)
    one.round(deal.whole(SMALL, 1))
    resume = stopping.resume
    monkeypatch.setattr(stopping, "resume", lambda group: (time.sleep(1.0), resume(group)))
    dealt = deal.whole(SMALL, 1)
    _, [results] = one.round(dealt)
    right.demand_right(SMALL, results, right.exact(SMALL, dealt.inputs[0]))


def test_what_is_said_to_be_right_is_what_the_oracle_says() -> None:
    for case in (SMALL, *FORMS.values()):
        given = measure.inputs(case, seed=3)
        found = right.exact(case, given)
        arrays = {name: array.double().numpy() for name, array in deal.arrays(given).items()}
        pulled = {"out": arrays.pop("d_out")} if case.has_backward else {}
        keywords = {"is_causal": case.is_causal} | ({} if given.mask is None else {"mask": given.mask.numpy()})
        expected = CONTRACT.truth(Case((), {}, arrays, "float64", keywords), pulled)
        for name, one in expected.items():
            assert np.abs(found[name].numpy() - one.value).max() <= one.budget.max()
        assert found.keys() == expected.keys()


def test_budgets_of_long_and_of_padded_cases_are_looked_up_in_shorter_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    case = replace(SMALL, seq_len=96, direction=BOTH)
    whole = right.budgets(case)
    monkeypatch.setattr(right, "LONGEST", 32)
    short = right.budgets(replace(case, batch=3))
    assert {name: tuple(one.shape) for name, one in short.items()} == dict.fromkeys(whole, (1, 1, 96, 1))
    assert all((short[name] > whole[name] / 2).all() for name in whole)
    padded = replace(case, is_causal=False, is_padded=True, batch=7, seq_len=32, n_heads=1)
    assert {tuple(one.shape) for one in right.budgets(padded).values()} == {(7, 1, 32, 1)}


def test_a_call_is_given_what_hangs_on_the_whole_result_before() -> None:
    dealt = deal.whole(SMALL, 2).inputs
    outs = [right.exact(SMALL, one)["out"].float() for one in dealt]
    other = outs[0].clone()
    other[0, 0, 0] *= -30.0
    chains = [list(deal.chain(dealt, [{"out": first}, {"out": outs[1]}])) for first in (outs[0], outs[0], other)]
    assert all(torch.equal(chain[0].q, dealt[0].q) for chain in chains)
    assert torch.equal(chains[0][1].q, chains[1][1].q)
    assert torch.equal(chains[0][1].q.abs(), dealt[1].q.abs())
    assert not torch.equal(chains[0][1].q, chains[2][1].q)


def test_no_two_passes_have_the_same_inputs() -> None:
    pairs = deal.pairs(SMALL)
    for dealer in (deal.whole, deal.by_signs(pairs, None)):
        q = [one.q for _ in range(3) for one in dealer(SMALL, 2).inputs]
        assert not any(torch.equal(a, b) for a, b in itertools.combinations(q, 2))


def test_what_the_machine_cannot_do_is_not_believed() -> None:
    probes = {"product_flops_per_s": {"float32": SMALL.flops / 1.05}, "copy_bytes_per_s": 1e12}
    least_s = doubts.floor_s(SMALL, probes, None)
    assert least_s == 1.0
    doubts.demand_possible(1.001, 1.001, least_s, "cpu")
    with pytest.raises(Doubted, match=r"0\.9 s a call, while the probes of this session allow 1 s at best"):
        doubts.demand_possible(0.9, 5.0, least_s, "cpu")
    with pytest.raises(Doubted, match=r"0\.9 s of the processor"):
        doubts.demand_possible(5.0, 0.9, least_s, "cpu")
    doubts.demand_possible(5.0, 0.9, least_s, "cuda")
    assert doubts.floor_s(replace(SMALL, dtype="float16"), probes, None) is None


def test_a_time_below_the_floor_is_no_time(enter: Enter) -> None:
    found = race(enter, SMALL, {"plain": NO_GAIN["plain"]}, least_s=100.0)
    assert re.search(r"a call, while the probes of this session allow 100 s at best", str(found["plain"]))


def test_an_empty_kernel_cannot_be_told_from_nothing() -> None:
    with pytest.raises(Doubted, match="cannot be told from an empty kernel"):
        doubts.demand_more_than_nothing(1e-3, 1e-3)
