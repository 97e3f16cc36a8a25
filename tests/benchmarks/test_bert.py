"""The course's loop on BERT and the project's fine-tuning come to the same before either has a time."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import bert, notebook_bert
from benchmarks.bert import BertCase
from benchmarks.pair import OURS, THEIRS
from impl.bert.finetuning import FineTuning, Recipe
from impl.bert.weights import Pretrained
from spec.error import TRAINED_ALIKE

TINY = {
    "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
    "max_position_embeddings": 16, "initializer_range": 0.3,
}  # fmt: skip
PROBES = {"product_flops_per_s": {"float32": 1e9, "bfloat16": 1e10}}
STEP, FROZEN = BertCase("cpu", "tiny", 7, freeze=False), BertCase("cpu", "tiny", 7, freeze=True)
EPOCH, TRAINING = (BertCase("cpu", "tiny", 7, freeze=True, what=what) for what in ("epoch", "training"))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bert.SIZES, "tiny", TINY)
    monkeypatch.setattr(bert, "SENTENCES", 64)
    monkeypatch.setattr(notebook_bert, "RATE", 5e-3)  # at which so few parameters do something
    monkeypatch.setattr(bert, "FROZEN_RATE", 0.05)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_case_is_listed_twice_and_every_model_length_and_way_to_learn_is(device: str) -> None:
    known = bert.cases(device)
    assert len(known) == len({case.id for case in known}) == 2 * 2 * 2 + 2 * 2
    assert {(case.size, case.sequence, case.freeze) for case in known if case.what == "step"} == {
        (size, sequence, freeze) for size in ("mini", "base") for sequence in (7, 128) for freeze in (False, True)
    }
    assert f"{device}/bert base seq 7 batch 32 fine-tuned step" in {case.id for case in known}
    assert 2 <= len(bert.cases(device, is_quick=True)) <= 3


def test_every_model_has_positions_for_every_case() -> None:
    for case in bert.cases("cpu"):
        assert case.config(has_dropout=True).max_position_embeddings >= case.sequence
    assert bert.cases("cpu")[-1].config(has_dropout=True).hidden_dropout_prob > 0
    assert bert.cases("cpu")[-1].config(has_dropout=False).hidden_dropout_prob == 0


@pytest.mark.parametrize("case", [STEP, FROZEN, EPOCH, TRAINING], ids=lambda case: case.id)
def test_both_ways_come_to_the_same(case: BertCase) -> None:
    ours, theirs = losses(case, OURS), losses(case, THEIRS)
    case.demand_agreement(ours, theirs)
    assert max(theirs) - min(theirs) > 3 * TRAINED_ALIKE  # so that a wrong update would be seen


@pytest.mark.parametrize("case", [STEP, FROZEN], ids=lambda case: case.id)
def test_a_loop_that_updates_otherwise_has_no_time(case: BertCase, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = losses(case, OURS)
    monkeypatch.setattr(notebook_bert, "WARM_UP", 1.0)  # rates that go up
    with pytest.raises(RuntimeError, match="the losses are"):
        case.demand_agreement(ours, losses(case, THEIRS))


@pytest.mark.parametrize("kind", [OURS, THEIRS])
def test_what_is_timed_has_the_configurations_dropout(kind: str) -> None:
    round_: Any = STEP.ready(kind)[0]
    assert {one.p for one in round_.__self__.model.modules() if isinstance(one, nn.Dropout)} == {0.1}


def test_losses_that_are_none_agree_with_nothing() -> None:
    with pytest.raises(RuntimeError, match="the losses are"):
        STEP.demand_agreement([float("nan")], [1.0])


def test_a_frozen_epoch_computes_bert_once_the_projects_way_and_every_time_the_notebooks() -> None:
    forwards = {}
    for kind in (OURS, THEIRS):
        round_, _ = EPOCH.ready(kind)
        with FlopCounterMode(display=False) as counter:
            round_()
        forwards[kind] = counter.get_total_flops()
    assert forwards == {kind: bert.flops(EPOCH, kind) for kind in (OURS, THEIRS)}
    assert forwards[THEIRS] > 100 * forwards[OURS]


def test_a_frozen_training_from_nothing_computes_features_in_the_round() -> None:
    round_, _ = TRAINING.ready(OURS)
    with FlopCounterMode(display=False) as counter:
        round_()
    one_more = bert.flops(TRAINING, OURS) / 64  # the sentence that is judged after every epoch, at most
    assert bert.flops(TRAINING, OURS) < counter.get_total_flops() <= bert.flops(TRAINING, OURS) + one_more
    assert bert.flops(TRAINING, OURS) < bert.flops(TRAINING, THEIRS) / 2


@pytest.mark.parametrize("sequence", [7, 16])
@pytest.mark.parametrize("freeze", [False, True])
def test_work_is_counted_as_torch_counts_it(sequence: int, freeze: bool) -> None:
    case = BertCase("cpu", "tiny", sequence, freeze)
    drawn = bert._drawn(case, bert.BATCH)
    config = case.config(has_dropout=False)
    config._attn_implementation = "eager"  # products that are counted as products, and none computed again
    notebook = notebook_bert.Notebook(
        notebook_bert.Classifier(config),
        drawn.ids,
        torch.ones_like(drawn.ids),
        drawn.labels,
        epochs=1,
        freeze=freeze,
        device="cpu",
        rate=bert.FROZEN_RATE,
    )
    with FlopCounterMode(display=False) as counter:
        notebook.epoch()
    assert counter.get_total_flops() == bert.flops(case, THEIRS)


def test_a_row_says_its_work_and_its_speed() -> None:
    said = bert.about(STEP, OURS, 0.5, PROBES)
    assert (said["batch"], said["seq_len"], said["dtype"]) == (32, 7, "float32")
    assert said["sequences_per_s"] == 64.0
    assert said["flops_per_s"] == 2 * said["flops"] == 2 * bert.flops(STEP, OURS)
    assert said["fraction_of_product"] == said["flops_per_s"] / 1e9
    assert bert.about(EPOCH, OURS, 0.5, PROBES)["sequences_per_s"] == 2 * 64
    assert bert.about(TRAINING, OURS, 0.5, PROBES)["sequences_per_s"] == 2 * 3 * 64
    on_gpu = BertCase("cuda", "tiny", 7, freeze=False)
    halves, whole = (bert.about(on_gpu, kind, 0.5, PROBES) for kind in (OURS, THEIRS))
    assert (halves["dtype"], whole["dtype"]) == ("bfloat16", "float32")
    assert halves["fraction_of_product"] == whole["fraction_of_product"] / 10


def test_every_sentence_has_the_cases_length() -> None:
    drawn = bert._drawn(STEP, 40)
    made = Pretrained("numbers", bert._model(STEP, has_dropout=False), bert.Numbers(drawn.ids), most=7, new=())
    tuning = FineTuning(made, drawn.split, Recipe("numbers"))
    assert set(tuning.seen.tokens.lengths) == {7}
    assert torch.equal(tuning.seen.tokens.ids, drawn.ids)
    assert torch.equal(tuning.seen.labels, drawn.labels)


def losses(case: BertCase, kind: str) -> list[float]:
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        round_, found = case.ready(kind)
        round_()
    torch.set_num_threads(threads)  # which the project's way sets
    result: Any = found
    return list(result)
