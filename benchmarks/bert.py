"""What is timed of BERT, and what a round of it is, the project's way and the notebook's.

Models start at random and sentences are numbers, so that nothing is fetched, and every sentence has as many tokens as the
case says: what fills up sentences of several lengths is no part of these times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from transformers import BertConfig

from benchmarks import notebook_bert
from benchmarks.notebook_bert import BATCH, Notebook
from benchmarks.pair import OURS, THEIRS, Round
from impl.bert import pretraining
from impl.bert.arithmetic import CLASSES, Examples, Split
from impl.bert.finetuning import FineTuning, Recipe
from impl.bert.model import BertForSentenceClassification
from impl.bert.weights import Pretrained
from spec.error import TRAINED_ALIKE

SMALL = pretraining.Recipe("math")
SIZES: dict[str, dict[str, Any]] = {
    "mini": {
        "vocab_size": 600, "hidden_size": SMALL.hidden, "num_hidden_layers": SMALL.layers,
        "num_attention_heads": SMALL.heads, "intermediate_size": 4 * SMALL.hidden,
        "max_position_embeddings": 128,  # twice what it is pretrained with, for the longer sequence
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    },
    "base": {},
}  # fmt: skip
SEQUENCES = (7, 128)
SENTENCES, EPOCHS = 640, 3
COMPARED = 3  # steps on one batch, before either way has a time
FROZEN_RATE = 1e-3  # of those steps where the classifier alone learns: at the notebook's, losses hardly move
HALF_ALIKE = 30 * TRAINED_ALIKE  # where ours multiplies in bfloat16
ROUNDS, FEW_ROUNDS = 7, 3
STEPS = {("mini", 7): 10, ("mini", 128): 2, ("base", 7): 2, ("base", 128): 1}  # a round, on a CPU
STEPS_ON_GPU = 10
QUICK = ("mini seq 7 batch 32 fine-tuned step", "mini seq 7 batch 32 frozen epoch")
What = Literal["step", "epoch", "training"]


@dataclass(frozen=True)
class BertCase:
    """One model on one device with sentences of one length, and what of it is timed: a step, an epoch of 640 sentences, or
    three of them from nothing.
    """

    device: str
    size: str
    sequence: int
    freeze: bool
    what: What = "step"

    @property
    def id(self) -> str:
        """The case's name."""
        how = "frozen" if self.freeze else "fine-tuned"
        return f"{self.device}/bert {self.size} seq {self.sequence} batch {BATCH} {how} {self.what}"

    @property
    def ways(self) -> tuple[str, ...]:
        """Who is timed."""
        return OURS, THEIRS

    @property
    def rounds(self) -> int:
        """How many are timed: few where one takes the notebook's way ten seconds on a CPU."""
        takes_long = self.size == "base" and (self.sequence > SEQUENCES[0] or self.what == "training")
        return FEW_ROUNDS if takes_long and self.device == "cpu" else ROUNDS

    @property
    def parts(self) -> int:
        """How many steps a round is."""
        if self.what != "step":
            return 1
        return STEPS_ON_GPU if self.device == "cuda" else STEPS.get((self.size, self.sequence), 1)

    @property
    def compared_rate(self) -> float:
        """The learning rate of the steps that are compared: one at which a wrong update is seen."""
        return FROZEN_RATE if self.freeze else notebook_bert.RATE

    @property
    def sequences(self) -> int:
        """How many sentences are trained on in what has a time."""
        return {"step": BATCH, "epoch": SENTENCES, "training": EPOCHS * SENTENCES}[self.what]

    def config(self, *, has_dropout: bool) -> BertConfig:
        """The model's sizes, and its dropout if it is to have any."""
        none = {} if has_dropout else {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        return BertConfig(**(SIZES[self.size] | none), num_labels=len(CLASSES))

    def ready(self, kind: str) -> tuple[Round, Any]:
        """What a round is, warm, and the losses of a few steps without dropout."""
        return _notebooks(self) if kind == THEIRS else _ours(self)

    def demand_agreement(self, ours: list[float], theirs: list[float]) -> None:
        """Demand the same losses.

        Raises:  RuntimeError.
        """
        allowed = HALF_ALIKE if self.device == "cuda" else TRAINED_ALIKE
        if not all(abs(a - b) <= allowed for a, b in zip(ours, theirs, strict=True)):
            raise RuntimeError(f"{self.id}: the losses are {ours} and {theirs}")


def cases(device: str, *, is_quick: bool = False) -> list[BertCase]:
    """Steps of both models at both lengths, fine-tuned and frozen; epochs and trainings of the short sentences, frozen. What
    takes longest comes last.
    """
    known = []
    for size in ("mini", "base"):
        for sequence in SEQUENCES:
            known += [BertCase(device, size, sequence, freeze) for freeze in (True, False)]
            if sequence == SEQUENCES[0]:
                known += [BertCase(device, size, sequence, freeze=True, what=what) for what in ("epoch", "training")]
    return [case for case in known if not is_quick or case.id.endswith(QUICK)]


def flops(case: BertCase, kernel: str) -> float:
    """The arithmetic of what has a time, by products alone, a multiplication and an addition each.

    BERT forward, a sentence: in each layer 2 for every weight of its six matrices and every token, 8 hidden^2 + 4 hidden
    intermediate, and 4 sequence hidden a token for attention's two products; then 2 hidden^2 for the pooler. The
    classifier: 2 hidden classes. Backward is twice forward. Embeddings, norms, softmax and what activates are none.

    Fine-tuned, that is three times forward. Frozen, BERT goes forward once a sentence and epoch in the notebook's way; in
    ours in the first epoch of a training alone, and not in a step or an epoch, which find it done. The classifier's
    inputs have no gradient then, so that it costs twice its forward.
    """
    config = case.config(has_dropout=False)
    hidden, inner = config.hidden_size, config.intermediate_size
    of_token = config.num_hidden_layers * (8 * hidden**2 + 4 * hidden * inner + 4 * case.sequence * hidden)
    bert, classifier = case.sequence * of_token + 2 * hidden**2, 2 * hidden * config.num_labels
    if not case.freeze:
        return float(case.sequences * 3 * (bert + classifier))
    in_ours = {"step": 0, "epoch": 0, "training": SENTENCES}[case.what]
    return float((in_ours if kernel == OURS else case.sequences) * bert + case.sequences * 2 * classifier)


def about(case: BertCase, kernel: str, median_s: float, probes: dict[str, Any]) -> dict[str, Any]:
    """What a row says of its work and its speed."""
    dtype = "bfloat16" if case.device == "cuda" and kernel == OURS else "float32"
    per_s = flops(case, kernel) / median_s
    return {
        "batch": BATCH,
        "seq_len": case.sequence,
        "dtype": dtype,
        "sequences_per_s": case.sequences / median_s,
        "flops": flops(case, kernel),
        "flops_per_s": per_s,
        "fraction_of_product": per_s / probes["product_flops_per_s"][dtype],
    }


class Numbers:
    """A tokenizer of sentences that are numbers: each names a row of tokens.

    Shapes:  ids [sentences, sequence].
    """

    pad_token_id = 0

    def __init__(self, ids: Tensor) -> None:
        self._rows = ids.tolist()

    def __call__(self, sentences: list[str]) -> dict[str, list[list[int]]]:
        return {"input_ids": [self._rows[int(sentence)] for sentence in sentences]}


class Drawn(NamedTuple):
    """Tokens and classes, the same in both processes.

    Shapes:  ids int64 [sentences, sequence], none of them padding; labels int64 [sentences].
    """

    ids: Tensor
    labels: Tensor

    @property
    def split(self) -> Split:
        """All of it to train on; one sentence again, because a split has some unseen."""
        every = Examples(tuple(map(str, range(len(self.labels)))), tuple(self.labels.tolist()))
        return Split(every, every.part([0]))


def _drawn(case: BertCase, count: int) -> Drawn:
    dice = torch.Generator().manual_seed(0)
    ids = torch.randint(1, case.config(has_dropout=False).vocab_size, (count, case.sequence), generator=dice)
    return Drawn(ids, torch.randint(len(CLASSES), (count,), generator=dice))


def _count(case: BertCase) -> int:
    """How many sentences a round goes through."""
    return case.parts * BATCH if case.what == "step" else SENTENCES


def _model(case: BertCase, *, has_dropout: bool) -> BertForSentenceClassification:
    """The same parameters in both processes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return BertForSentenceClassification(case.config(has_dropout=has_dropout))


def _ours(case: BertCase) -> tuple[Round, list[float]]:
    def fine_tuning(drawn: Drawn, *, epochs: int, rate: float, has_dropout: bool) -> FineTuning:
        model = _model(case, has_dropout=has_dropout)
        pretrained = Pretrained("numbers", model, Numbers(drawn.ids), most=case.sequence, new=())
        recipe = Recipe(pretrained.name, freeze=case.freeze, epochs=epochs, batch=BATCH, rate=rate)
        return FineTuning(pretrained, drawn.split, recipe, case.device)

    compared = fine_tuning(_drawn(case, BATCH), epochs=COMPARED, rate=case.compared_rate, has_dropout=False)
    losses = [epoch.train_loss for epoch in compared]
    del compared
    tuning = fine_tuning(_drawn(case, _count(case)), epochs=EPOCHS, rate=notebook_bert.RATE, has_dropout=True)

    def training() -> None:
        for _ in FineTuning(tuning.pretrained, tuning.split, tuning.recipe, case.device):
            pass

    round_ = training if case.what == "training" else tuning._train
    round_()  # an epoch, and nothing is judged; always the first, so that rates are left
    return round_, losses


def _notebooks(case: BertCase) -> tuple[Round, list[float]]:
    def notebook(drawn: Drawn, *, has_dropout: bool, **settings: Any) -> Notebook:
        model = notebook_bert.Classifier(case.config(has_dropout=has_dropout))
        model.load_state_dict(_model(case, has_dropout=has_dropout).state_dict())
        mask = torch.ones_like(drawn.ids)
        return Notebook(model, drawn.ids, mask, drawn.labels, freeze=case.freeze, device=case.device, **settings)

    losses = notebook(_drawn(case, BATCH), epochs=COMPARED, rate=case.compared_rate, has_dropout=False).train()
    trained = notebook(_drawn(case, _count(case)), epochs=EPOCHS, rate=notebook_bert.RATE, has_dropout=True)
    round_: Round = trained.train if case.what == "training" else trained.epoch
    trained.epoch()
    return round_, losses
