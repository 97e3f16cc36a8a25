"""What the oracle has said is had again for the same case, and for no other."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.truths import Truths
from spec.contracts import CausalScaledDotAttention, ScaledDotAttention, TransformerDecoder, attention
from spec.contracts.contract import Case

KERNEL = attention.CONTRACT


def case(seed: int = 0) -> Case:
    return ScaledDotAttention.probe(np.random.default_rng(seed))


def kernel_case(**keywords: Any) -> Case:
    return KERNEL.probe(np.random.default_rng(0)).given(**keywords)


def test_a_truth_is_had_again_for_equal_bytes_and_is_what_the_contract_says() -> None:
    truths, cotangents = Truths(), {"context": np.ones((2, 4, 4))}
    first = truths.of(ScaledDotAttention, case(), cotangents)
    assert truths.of(ScaledDotAttention, case(), {"context": np.ones((2, 4, 4))}) is first
    for name, (value, budget) in ScaledDotAttention.truth(case(), cotangents).items():
        assert np.array_equal(first[name].value, value)
        assert np.array_equal(first[name].budget, budget)


@pytest.mark.parametrize(
    ("contract", "one", "other"),
    [
        (ScaledDotAttention, case(), case(1)),
        (ScaledDotAttention, case(), case().cast("float32")),
        (ScaledDotAttention, case(), case().configured(Q__bias=-case().parameters["Q.bias"])),
        (KERNEL, kernel_case(), kernel_case(is_causal=True)),
        (KERNEL, kernel_case(scale=1.0), kernel_case(scale=0.5)),
        (KERNEL, kernel_case(mask=np.tri(16, dtype=bool)), kernel_case(mask=np.tri(16, dtype=bool).T)),
    ],
    ids=["another seed", "another dtype", "a parameter", "a flag", "a number", "a mask"],
)
def test_what_differs_in_anything_has_a_truth_of_its_own(contract: Any, one: Case, other: Case) -> None:
    truths = Truths()
    first, name = truths.of(contract, one, None), next(iter(contract.outputs(one)))
    second = truths.of(contract, other, None)
    assert any(not np.array_equal(a, b) for a, b in zip(first[name], second[name], strict=True))


def test_contracts_and_cotangents_are_told_apart() -> None:
    truths, ones = Truths(), np.ones((2, 4, 4))
    assert set(truths.of(ScaledDotAttention, case(), None)) == {"context", "weights"}
    assert "grad Q.bias" in truths.of(ScaledDotAttention, case(), {"context": ones})
    causal = truths.of(CausalScaledDotAttention, case(), None)
    assert (np.triu(causal["weights"].value, 1) == 0).all()
    doubled = truths.of(ScaledDotAttention, case(), {"context": 2 * ones})["grad V.bias"].value
    assert np.array_equal(doubled, 2 * truths.of(ScaledDotAttention, case(), {"context": ones})["grad V.bias"].value)


def test_an_argument_counts() -> None:
    a = TransformerDecoder.probe(np.random.default_rng(0))
    truths = Truths()
    assert truths.of(TransformerDecoder, a, None) is not truths.of(TransformerDecoder, replace(a, extra=(1,)), None)


def test_what_is_kept_cannot_be_written_to_and_the_oldest_goes_first() -> None:
    truths = Truths(most=2000)
    first = truths.of(ScaledDotAttention, case(), None)
    with pytest.raises(ValueError, match="read-only"):
        first["context"].value[0] = 1.0
    for seed in range(1, 10):
        truths.of(ScaledDotAttention, case(seed), None)
        assert truths.held <= 2000
    last = truths.of(ScaledDotAttention, case(9), None)
    assert truths.of(ScaledDotAttention, case(9), None) is last
    assert truths.of(ScaledDotAttention, case(), None) is not first
