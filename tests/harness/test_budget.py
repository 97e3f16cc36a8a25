"""The error budget is not too narrow for right implementations; that it is not too wide is what mutants show."""

import random
from typing import Any

import numpy as np
import pytest

from harness.process import Zygote
from spec.contracts import CONTRACTS
from tests.harness.test_mutants import CORRECT, Bench
from tests.kernel_recipes import D_HEADS, KernelRecipe
from tests.kernel_recipes import VALUES as KERNEL_VALUES
from tests.strategies import HIDDEN, VALUES, Recipe

MANY = 10_000


def worst_ratios(bench: Bench, variant: Any, item_name: str, dtype: str, draws: int) -> dict[str, float]:
    """The largest error of every output and gradient as a fraction of its budget, over fresh random cases."""
    run = bench.run(item_name, variant.edits, text=variant.text)
    item = run.item(CONTRACTS[item_name])
    dice = random.Random(f"{variant.name} {item_name} {dtype}")
    worst: dict[str, float] = {}
    item.begin()
    for _ in range(draws):
        recipe = (random_kernel if item.contract.is_function else random_attention)(dice)
        case = recipe.case(item, dtype)
        cotangents = recipe.cotangents(case)
        answer, truth = item(case, cotangents=cotangents), item.truth(case, cotangents)
        for name in answer.outputs.keys() | answer.gradients.keys():
            ratio = float(np.max(np.abs(answer[name] - truth[name].value) / truth[name].budget))
            worst[name] = max(worst.get(name, 0.0), ratio)
    item.finish()
    run.subject.close()
    return worst


@pytest.fixture(scope="module")
def bench(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(zygote, tmp_path_factory.mktemp("budget"))


def random_attention(dice: random.Random) -> Recipe:
    sizes = {"batch": dice.randint(1, 3), "q_len": dice.randint(1, 8), "kv_len": dice.randint(1, 8)}
    return Recipe(**sizes, hidden=dice.choice(HIDDEN), values=dice.choice(VALUES), seed=dice.getrandbits(32))


def random_kernel(dice: random.Random) -> KernelRecipe:
    sizes = {"batch": dice.randint(1, 2), "n_heads": dice.randint(1, 2)}
    lengths = {"q_len": dice.randint(1, 40), "kv_len": dice.randint(1, 40)}
    chosen = {"d_head": dice.choice(D_HEADS), "values": dice.choice(KERNEL_VALUES), "seed": dice.getrandbits(32)}
    return KernelRecipe(**sizes, **lengths, **chosen)


EVERY = [(v, item, dtype) for v, item in CORRECT for dtype in CONTRACTS[item].dtypes]


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "item", "dtype"), EVERY, ids=[f"{v.name}-{i}-{dtype}" for v, i, dtype in EVERY])
def test_no_correct_variant_leaves_the_budget(
    bench: Bench, variant: Any, item: str, dtype: str, record_property: Any
) -> None:
    worst = worst_ratios(bench, variant, item, dtype, MANY)
    record_property("worst", worst)
    assert max(worst.values()) <= 1.0, worst
