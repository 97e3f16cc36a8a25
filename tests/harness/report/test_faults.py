"""One notebook with three faults, each of which breaks many laws: what is said of it, and how often."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from harness.law import Law
from harness.outcome import Broken, Counterexample, Outcome
from harness.received import Received
from harness.report.terminal import alike
from harness.request import Report
from harness.run import Judged
from spec.contracts import CausalScaledDotAttention

pytestmark = pytest.mark.xdist_group("browser")  # the notebook is judged once
OWN = {"scaled-sizes", "shifted-losses", "scaled-losses", "order"}


def failing(report: Report, question: str) -> Iterator[Judged]:
    for verdict in report.verdicts:
        if verdict.question.id == question:
            yield from (law for law in verdict.laws if law.outcome.status != "pass")


def seen(report: Report, question: str, name: str) -> Counterexample:
    found = next(law.outcome.counterexample for law in failing(report, question) if law.law.name == name)
    assert found is not None
    return found


def test_a_result_that_is_no_number_is_said_to_be_what_is_wrong(faulty: Report) -> None:
    own = [law for law in failing(faulty, "3.3.2") if law.law.name in OWN]
    assert {law.law.name for law in own} == OWN
    for law in own:
        assert "optimal_params is nan before" in law.outcome.message
        assert law.outcome.message.endswith(" and after; it must be a finite number.")


def test_a_law_that_compares_the_subject_with_itself_says_so(faulty: Report) -> None:
    assert {seen(faulty, "3.3.2", name).sides[1] for name in OWN} == {"after"}
    assert seen(faulty, "3.3.2", "vertex-of-p").sides == ("at the vertex of p", "found")
    assert seen(faulty, "3.3.2", "vertex").sides == ("expected", "found")


@pytest.mark.parametrize("name", ["later-gradients", "later-inputs"])
def test_what_a_law_does_not_look_at_is_known(faulty: Report, name: str) -> None:
    one = seen(faulty, "3.1.2", name)
    assert not one.looked_at.all()
    assert not one.differs[~one.looked_at].any()
    assert one.differs[one.at]


def test_one_fault_whatever_the_sizes_is_one_group(faulty: Report) -> None:
    groups = alike(list(failing(faulty, "3.1.1")))
    assert len(groups[0]) > 30
    assert {law.outcome.message.split(": ")[-1] for law in groups[0]} == {
        "context is a tensor of int64, expected a tensor of floating point."
    }
    assert len(groups) <= 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("context has shape [2], expected [1, 1].", "context has shape [3, 1], expected [1, 2] or [2, 1]."),
        ("RuntimeError: shapes cannot be multiplied (1x1 and 3x7)", "RuntimeError: shapes cannot be multiplied (2x2 and 4x8)"),
        ("RuntimeError: shape '[1, 2]' is invalid for input of size 6", "RuntimeError: shape '[3]' is invalid for input of size 7"),
        ("tensor a (3) must match b (2) at dimension 1", "tensor a (4) must match b (1) at dimension 2"),
    ],
    ids=["forms", "product", "view", "broadcast"],
)  # fmt: skip
def test_messages_that_name_other_shapes_are_the_same(one: str, other: str) -> None:
    def failed(name: str, message: str) -> Judged:
        outcome = Outcome("broken", f"{name}: {message}", Counterexample(name))
        return Judged(Law(name, "It holds.", ()), None, outcome, 1, 0.1)

    assert len(alike([failed("a", one), failed("b", other)])) == 1
    assert len(alike([failed("a", one), failed("b", f"{other} at line 5")])) == 2


def test_laws_that_compare_numbers_stand_each_by_itself(faulty: Report) -> None:
    laws = [law for law in failing(faulty, "3.1.2") if law.outcome.counterexample.actual is not None]
    assert len(laws) > 10
    assert all(len(group) == 1 for group in alike(laws))


def test_a_shape_that_may_be_turned_is_named_once_where_it_is_square() -> None:
    contract = CausalScaledDotAttention
    case = contract.probe(np.random.default_rng(7))
    forms = [form.shape for form in contract.outputs(case)["weights"]]
    assert forms == [(2, 4, 4)] * 2
    call = {
        "outputs": [0, 1],
        "outputs_at_end": [0, 1],
        "inputs_at_end": [],
        "gradients": None,
        "random_state_moved": False,
    }
    first = contract.outputs(case)["context"][0].shape
    arrays = [
        ({"dtype": "float32", "shape": list(shape)}, bytearray(4 * int(np.prod(shape)))) for shape in (first, (5,))
    ]
    arrays += [({"dtype": "float32", "shape": list(a.shape)}, bytearray(4 * a.size)) for a in case.inputs.values()]
    call |= {"inputs_at_end": list(range(2, len(arrays))), "named_at_end": {}}
    with pytest.raises(Broken) as broken:
        Received(contract, {}).answer(case, call, arrays, None, asked=False)
    assert broken.value.message.endswith("weights has shape [5], expected [2, 4, 4].")
