"""Every mutant is caught by the law that it names; no correct variant is caught by any."""

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.clock import Limits
from harness.drawn import Drawn
from harness.judge import Drawing, judge
from harness.outcome import Outcome
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import resolve
from spec.contracts import CONTRACTS
from tests.harness.mutants import Edit, attention, bert, causal_attention, clip, kernel, models, pieces, scaling, source
from tests.harness.mutants.kernel_variants import VARIANTS as KERNEL_VARIANTS
from tests.harness.mutants.variants import VARIANTS
from tests.laws import (
    test_caption,
    test_causal_attention,
    test_clip,
    test_clip_loss,
    test_clip_ranking,
    test_clip_similarity,
    test_counts,
    test_decoder_tensors,
    test_kernel_behaviour,
    test_kernel_combinations,
    test_kernel_gradients,
    test_kernel_masks,
    test_kernel_shapes,
    test_kernel_values,
    test_linear_log,
    test_optimal_params,
    test_pig_latin,
    test_scaled_attention,
    test_scaled_attention_behaviour,
    test_scaled_attention_gradients,
    test_sentence_classifier,
    test_sentence_classifier_behaviour,
    test_sentence_classifier_training,
    test_transformer_gradients,
    test_transformers,
    test_translate,
    test_translation_pieces,
    test_verbal_arithmetic,
    test_what_is,
)

FEW, SOME = 3, 25  # cases a law draws for a variant, which meets every law, and for a mutant, which meets one
FEWER = 2  # for a variant of a kernel, which meets three times as many laws
MODULES = (
    test_caption,
    test_causal_attention,
    test_clip,
    test_clip_loss,
    test_clip_ranking,
    test_clip_similarity,
    test_counts,
    test_decoder_tensors,
    test_kernel_behaviour,
    test_kernel_combinations,
    test_kernel_gradients,
    test_kernel_masks,
    test_kernel_shapes,
    test_kernel_values,
    test_linear_log,
    test_optimal_params,
    test_pig_latin,
    test_scaled_attention,
    test_scaled_attention_behaviour,
    test_scaled_attention_gradients,
    test_sentence_classifier,
    test_sentence_classifier_behaviour,
    test_sentence_classifier_training,
    test_transformer_gradients,
    test_transformers,
    test_translate,
    test_translation_pieces,
    test_verbal_arithmetic,
    test_what_is,
)
MUTANTS = [
    (m, item)
    for room in (attention, causal_attention, kernel, models, pieces, scaling, bert, clip)
    for m in room.MUTANTS
    for item in m.items
]
CORRECT = [
    (v, item)
    for v in [
        *VARIANTS,
        *KERNEL_VARIANTS,
        *models.VARIANTS,
        *pieces.VARIANTS,
        *scaling.VARIANTS,
        *bert.VARIANTS,
        *clip.VARIANTS,
    ]
    for item in v.items
]


def some(pairs: list[tuple[Any, str]], told: Callable[[Any, str], Any]) -> list[Any]:
    """All of them as parameters; in every run of the tests those that are the first of what they tell, the others where
    time is no matter."""
    first = {told(*pair): pair for pair in reversed(pairs)}
    return [
        pytest.param(
            one, item, id=f"{one.name}-{item}", marks=() if first[told(one, item)] == (one, item) else pytest.mark.slow
        )
        for one, item in pairs
    ]


@functools.cache
def laws_of(item: str) -> dict[str, tuple[Callable[..., None], dict[str, Any]]]:
    """Every law of an item by name, with the arguments that its parameters give it."""
    found = {}
    for test in [f for module in MODULES for name, f in vars(module).items() if name.startswith("test_")]:
        if CONTRACTS[item] in test.law.contracts:
            for arguments in _parameters(test):
                found[test.law.filled(arguments).name] = (test, arguments)
    return found


def _parameters(test: Callable[..., None]) -> list[dict[str, Any]]:
    marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
    if not marks:
        return [{}]
    names, values = marks[0].args
    names = (names,) if isinstance(names, str) else names
    return [dict(zip(names, value if isinstance(value, tuple) else (value,), strict=True)) for value in values]


class Bench:
    """Puts the text of a subject under laws, in forks of one zygote."""

    def __init__(self, zygote: Zygote, folder: Path) -> None:
        self._zygote, self._folder = zygote, folder
        self._number = itertools.count()

    def run(self, item: str, edits: tuple[Edit, ...], examples: int = FEW, text: str | None = None) -> Run:
        path = self._folder / f"subject_{next(self._number)}.py"
        path.write_text(source(item, edits, text))
        subject = Subject(resolve(str(path)), self._zygote, device="cpu", limits=Limits(600.0, 6000.0))
        run = Run(subject, Drawing(examples, None))
        run.read()
        return run

    def outcome(self, run: Run, item: str, law: str) -> Outcome:
        test, arguments = laws_of(item)[law]
        return judge(test, run.item(CONTRACTS[item]), run.drawing, arguments)


@pytest.fixture
def bench(request: pytest.FixtureRequest, zygote: Zygote, tmp_path: Path) -> Bench:
    """One whose zygote has the libraries of the item that the test is about."""
    item = getattr(request.node, "callspec", None) and request.node.callspec.params["item"]
    with_libraries = item is not None and CONTRACTS[item].libraries
    return Bench(request.getfixturevalue("zygote_with_libraries") if with_libraries else zygote, tmp_path)


@pytest.mark.parametrize(("mutant", "item"), some(MUTANTS, lambda mutant, _: mutant.law))
def test_the_law_that_a_mutant_names_catches_it(bench: Bench, mutant: Any, item: str) -> None:
    run = bench.run(item, mutant.edits, SOME, mutant.text)
    outcome = bench.outcome(run, item, mutant.law)
    run.subject.close()
    caught = {mutant.status} | ({"broken"} if mutant.status == "flaky" else set())  # what is random may come again
    assert outcome.status in caught, f"{mutant.law} on {mutant.name}: {outcome.message}"


@pytest.mark.parametrize(("variant", "item"), some(CORRECT, lambda variant, _: variant))
def test_no_law_catches_a_correct_variant(bench: Bench, variant: Any, item: str) -> None:
    run = bench.run(item, variant.edits, FEWER if item == "attention" else FEW, variant.text)
    outcomes = {law: bench.outcome(run, item, law) for law in laws_of(item)}
    run.subject.close()
    caught = {law: o.message for law, o in outcomes.items() if o.status != "pass"}
    assert caught == {}


def test_a_seeded_run_leaves_the_next_one_as_it_was(bench: Bench) -> None:
    test, _ = laws_of("ScaledDotAttention")["context"]

    def drawn(seed: int | None) -> list[str]:
        seen: list[str] = []
        run = bench.run("ScaledDotAttention", ())
        item = run.item(CONTRACTS["ScaledDotAttention"])
        with pytest.MonkeyPatch.context() as patch:
            truth = item.truth
            patch.setattr("harness.judge.DRAWN", Drawn())  # or nothing would be drawn the second time
            patch.setattr(item, "truth", lambda case: seen.append(repr(case)) or truth(case))
            assert judge(test, item, Drawing(5, seed), {}).status == "pass"
        run.subject.close()
        return seen

    unseeded = drawn(None)
    assert drawn(7) != unseeded
    assert drawn(None) == unseeded


def test_every_law_catches_some_mutant() -> None:
    named = {(mutant.law, item) for mutant, item in MUTANTS}
    owed = {(law, item) for item in CONTRACTS for law in laws_of(item)}
    assert {law for law, _ in named} <= {law for law, _ in owed}
    assert {law for law, _ in owed} - {law for law, _ in named} == set()
