"""What the course counts of its decoder alone: parameters without embeddings, FLOPs of a training example; and back."""

from __future__ import annotations

from math import sqrt
from typing import Any

from spec.contracts.contract import Case, Contract, Form, without_oracle

VOCAB_SIZE, LAYERS = 30, 4  # of the sweep: its inverse counts take these for granted
SMALLEST, LARGEST = 16, 10_000  # hidden sizes between which the course looks


def params(vocab_size: int, hidden_size: float, num_layers: int) -> float:
    """The number of parameters without embeddings: per layer the projections and the mlp, then the output.

    Edges:   encodings of positions are no parameters, so their number is of no account; a hidden size may be broken.
    Source:  handout 3.3; the course's notebook, `transformer_params`.
    """
    h = hidden_size
    return num_layers * (3 * (h**2 + h) + (h**2 + h)) + h * vocab_size + vocab_size


def flops(seq_len: float, vocab_size: int, hidden_size: float, num_layers: int) -> float:
    """The floating-point operations of training on one example: a forward pass, and twice as many for the backward one.

    Units:   a multiplication and an addition are two.
    Edges:   a mean length may be broken. Embeddings, biases and residuals are left out; a softmax is three a weight.
    Source:  handout 3.3; the course's notebook, `transformer_flops`; Hoffmann et al. 2022, appendix F.
    """
    s, h = seq_len, hidden_size
    layer = 6 * s * h**2 + 4 * s**2 * h + 3 * s**2 + 2 * s * h**2
    return 3 * (num_layers * layer + 2 * s * vocab_size * h)


def hidden(n_params: float) -> float:
    """The hidden size at which a decoder of 4 layers and 30 tokens has so many parameters: the root of a quadratic."""
    square, linear = 4 * LAYERS, 4 * LAYERS + VOCAB_SIZE
    return (sqrt(linear**2 + 4 * square * (n_params - VOCAB_SIZE)) - linear) / (2 * square)


def tokens(n_params: float, compute: float, seq_len: float) -> float:
    """How many tokens a budget of FLOPs pays for, in examples of one length, at that size."""
    return compute / flops(seq_len, VOCAB_SIZE, hidden(n_params), LAYERS) * seq_len


def case(*numbers: Any, **named: Any) -> Case:
    """A call, of numbers in their places or by their names."""
    return Case((), {}, {}, extra=numbers, keywords=named)


def _described(call: Case) -> str:
    return ", ".join([*map(str, call.extra), *(f"{name}={value}" for name, value in call.keywords.items())])


def _contract(item: str, question: str, takes: str, gives: str, *probe: float) -> Contract:
    return Contract(
        item=item,
        question=question,
        signature=f"{item}({takes}) -> {gives}",
        parameters=dict,
        outputs=lambda _: {gives: Form.single()},
        oracle=without_oracle,
        describe=lambda call: f"{item}({_described(call)})",
        probe=lambda _: case(*probe),
        is_function=True,
        dtypes=("float64",),
    )


PARAMS = _contract(
    "transformer_params", "params", "vocab_size, hidden_size, num_layers, max_seq_len=1000", "params", 30, 16, 4
)
FLOPS = _contract("transformer_flops", "flops", "seq_len, vocab_size, hidden_size, num_layers", "flops", 20, 30, 16, 4)
HIDDEN = _contract("find_hidden", "hidden", "params", "hidden", 30000)
TOKENS = _contract("find_tokens", "tokens", "params, flops, seq_len", "tokens", 30000, 10**11, 20)
