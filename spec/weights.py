"""How much each law counts in a question's partial credit: values and masks most, what wrong code keeps as well least.

A law weighs 1 unless the table says otherwise, and never 0. The handout gives points to questions alone; these weights
are ours, and change nothing for an item that keeps every law, or none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

PLACES = 2

BY_RAISING = ("no-silent-number", "no-logarithm")
"""The laws that ask for an error where there is no answer: kept by whoever raises always, so alone they earn nothing."""


@dataclass(frozen=True)
class Weight:
    """What laws of these names weigh, and why.

    Edges:   a name may end in *: the laws of one family, such as one a size.
    """

    names: tuple[str, ...]
    weight: float
    because: str


WEIGHTS: tuple[Weight, ...] = (
    Weight(("context", "weights"), 8, "the values that 3.1.1 and 3.1.2 ask for"),
    Weight(("later-inputs", "later-gradients"), 4, "that nothing comes from later is what 3.1.2 adds to 3.1.1"),
    Weight(("later-logit", "later-logit-gradients", "upper-triangle"), 2, "a mask holds against large logits as well"),
    Weight(("decoder-inputs", "decoder-targets"), 8, "the two tensors that 3.2.1 asks for"),
    Weight(("shift",), 3, "teacher forcing stands on it"),
    Weight(("model-output",), 8, "the logits that 3.2.2 asks for"),
    Weight(("no-future", "no-future-gradients"), 4, "a decoder that sees the answer learns nothing"),
    Weight(("model-gradients",), 3, "what training goes by"),
    Weight(("vertex", "power-law"), 8, "the numbers that 3.3.2 and 3.3.3 ask for"),
    Weight(("least-squares",), 3, "measured losses lie on no curve"),
    Weight(("classifier-logits", "loss-of-logits"), 8, "the logits and the loss that 4.1 asks for"),
    Weight(("attention-mask", "padding"), 3, "sentences of a batch differ in length"),
    Weight(("gradients-of-the-classifier", "gradients-of-bert"), 3, "what fine-tuning goes by"),
    Weight(
        ("hidden-*", "model-hidden-*", "model-layers-*", "bert-layers-*", "num-labels-*"), 0.5,
        "one size of several, and the values are judged beside them",
    ),
    Weight(("given-as-*",), 0.25, "one container of several, for the same numbers"),
    Weight(
        (
            "dtype", "tokens-int64", "strides", "expanded", "*-unchanged", "earlier-results", "deterministic", "random-state",
            "train-is-eval", "batch-independence", "key-permutation", "no-state", "no-state-in-gradients",
        ), 0.25, "an item that returns zeros keeps it too",
    ),
    Weight(BY_RAISING, 0.25, "an item that raises whatever it is given keeps it"),
    Weight(
        (
            "model-batch", "model-mode", "model-no-randomness", "model-no-state", "order", "again", "classifier-no-state",
            "evaluation-*", "training-mode", "no-gradients-asked", "labels-move-no-logits", "sentences-apart",
            "order-of-a-batch", "through-*",
        ), 0.25, "it compares the item with itself, and wrong code agrees with itself",
    ),
)  # fmt: skip


def weight(law: str) -> float:
    """What a law of this name weighs; 1 where the table does not name it."""
    return next((w.weight for w in WEIGHTS if any(fnmatchcase(law, name) for name in w.names)), 1.0)


def credit(points: float, laws: Iterable[tuple[str, bool]]) -> float:
    """The points of a question whose laws passed or did not, in proportion to their weights.

    Units:   marks, cut off after two places: whoever breaks a law never has all of them.
    Edges:   no laws are no points, nor are those alone that ask for an error.
    """
    laws = list(laws)
    if not any(passed for name, passed in laws if name not in BY_RAISING):
        return 0.0
    judged = [(Fraction(weight(name)), passed) for name, passed in laws]
    share = sum((w for w, passed in judged if passed), Fraction(0)) / sum(w for w, _ in judged)
    whole: int = math.floor(share * Fraction(str(points)) * 10**PLACES)
    return float(whole / 10**PLACES)
