"""Losses of a law that is known, as a sweep would have measured them: what the analysis is validated on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from impl.scaling.analysis.parametric import Law
from impl.scaling.counts import LAYERS, VOCAB_SIZE, total_params, transformer_params
from impl.scaling.sweep.grid import COURSE

FLOPS_A_PARAM_AND_TOKEN = 6  # of the law's own compute, C = 6 N D, in which its exponents are exact
TOKENS_AN_EPOCH, SEQ_LEN = 50_000, 20
MIDDLE = (5e4, 1e6)  # parameters and tokens at which both terms come to half a nat


def law(alpha: float, beta: float, e: float = 0.2) -> Law:
    """A law whose two terms balance in the middle of the sweep."""
    a, b = 0.5 * MIDDLE[0] ** alpha, 0.5 * MIDDLE[1] ** beta
    return Law(*(np.array([value]) for value in (e, a, alpha, b, beta)))


def rows(
    of: Law,
    *,
    hidden: Sequence[int] = COURSE,
    seeds: int = 3,
    epochs: int = 100,
    noise: float = 0.02,
    split: float = 0.05,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A line an epoch, as in a sweep's results.

    Units:   `noise` is the share by which a run is off as a whole, and a third of it that by which each epoch is; `split` in
             nats, what a seed adds to all sizes alike.
    """
    rng = np.random.default_rng(seed)
    of_seeds = split * rng.standard_normal(seeds)
    tokens = TOKENS_AN_EPOCH * np.arange(1, epochs + 1, dtype=np.float64)
    found = []
    for size in hidden:
        n = transformer_params(VOCAB_SIZE, size, LAYERS)
        for one in range(seeds):
            off = noise * (rng.standard_normal() + rng.standard_normal(epochs) / 3)
            losses = of.loss(np.array(n), tokens) * np.exp(off) + of_seeds[one]
            for epoch, (spent, loss) in enumerate(zip(tokens.tolist(), losses.tolist(), strict=True), start=1):
                flops = FLOPS_A_PARAM_AND_TOKEN * n * spent
                found.append({
                    "hidden": size, "seed": one, "epoch": epoch, "epochs": epochs, "params": n,
                    "params_total": total_params(VOCAB_SIZE, size, LAYERS), "examples": spent / SEQ_LEN,
                    "tokens": spent, "flops": flops, "flops_counted": flops, "val_loss": loss,
                })  # fmt: skip
    return found
