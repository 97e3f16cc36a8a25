"""What the handout's transformers have in common: tokens and positions, attentions and mlps with what goes in added,
logits; forward, and backward by hand. Each of the three has a file of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec import masks
from spec.contracts.contract import Case, Form
from spec.contracts.scaled_dot_attention import Mask, attend, shape, transposed
from spec.contracts.scaled_dot_attention import parameters as attention_parameters
from spec.error import ANGLES
from spec.rounding import Array, Number, keep, lifted, positive

Numbers = Mapping[str, Number]
Tokens = NDArray[np.int64]
VOCAB_SIZE = 30
MOST_LAYERS = 8  # whose biases of K may be missing
SELF, CROSS, MLP = "self_attentions", "encoder_attentions", "attention_mlps"


class Reach(NamedTuple):
    """One attention of a model: its parameters' prefix, what it attends to, and which keys a query may see."""

    prefix: str
    memory: str | None
    mask: Mask


def encodings(max_seq_len: int, hidden_size: int) -> Array:
    """Sinusoidal encodings of positions, sines in even columns.

    Shapes:  [max_seq_len, hidden_size].
    Edges:   an odd hidden_size has one sine more than cosines; the course's own code raises there.
    Source:  Vaswani et al. 2017, section 3.5.
    """
    column = np.arange(hidden_size)
    angles = np.arange(max_seq_len)[:, None] / 10_000.0 ** (2 * (column // 2) / hidden_size)
    return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


def embedded(parameters: Numbers, tokens: Tokens) -> Number:
    """Embeddings of tokens, each with its position added.

    Shapes:  tokens int64 [batch, seq_len] -> [batch, seq_len, hidden].
    Edges:   a position's encoding is as uncertain as an angle in float32 is.
    """
    table = parameters["embedding.weight"]
    seq_len, hidden = tokens.shape[1], shape(table)[1]
    angles = ANGLES * np.arange(seq_len)[:, None]
    return lifted(_one_hot(tokens, table), table) @ table + lifted(encodings(seq_len, hidden), table, angles)


def embedded_backward(parameters: Numbers, tokens: Tokens, d: Number) -> dict[str, Number]:
    """The embedding's gradient.

    Shapes:  d [batch, seq_len, hidden].
    """
    table = parameters["embedding.weight"]
    picked = lifted(_one_hot(tokens, table).reshape(tokens.size, -1), table)
    return {"grad embedding.weight": transposed(picked) @ d.reshape(tokens.size, -1)}


class Layers:
    """A model's layers on one input: what they give, and the gradients of that.

    Shapes:  x [batch, seq_len, hidden]; memory [batch, kv_len, hidden].
    Edges:   `entering` is what enters every ReLU; gradients say nothing where it is 0.
    """

    def __init__(self, parameters: Numbers, reaches: Sequence[Reach], memory: Number = None) -> None:
        self.parameters, self.reaches, self.memory = parameters, reaches, memory
        self.layers = 1 + max(int(name.split(".")[1]) for name in parameters if name.startswith(MLP))
        self.weights: dict[str, list[Number]] = {reach.prefix: [] for reach in reaches}
        self.entering: list[Number] = []
        self._attended: list[tuple[str, Reach, Number]] = []
        self._into_mlp: list[Number] = []

    def forward(self, x: Number) -> Number:
        """The layers, one after the other."""
        for layer in range(self.layers):
            for reach in self.reaches:
                prefix = f"{reach.prefix}.{layer}"
                self._attended.append((prefix, reach, x))
                attended = self._attend(prefix, reach, x, {})
                self.weights[reach.prefix].append(attended["weights"])
                x = x + attended["context"]
            self._into_mlp.append(x)
            weight, bias = (self.parameters[f"{MLP}.{layer}.0.{name}"] for name in ("weight", "bias"))
            self.entering.append(x @ transposed(weight) + bias)
            x = x + keep(self.entering[-1], positive(self.entering[-1]), 0.0)
        return x

    def backward(self, d: Number, d_weights: Numbers) -> tuple[dict[str, Number], Number, Number]:
        """Gradients of parameters, of the memory (None if nothing reaches it), and of x; `d_weights` by prefix."""
        found: dict[str, Number] = {}
        d_memory: Number = None
        for layer in reversed(range(self.layers)):
            d = self._mlp_backward(layer, d, found)
            for prefix, reach, x in reversed(self._attended[layer * len(self.reaches) :][: len(self.reaches)]):
                pulled = {"context": d}
                if reach.prefix in d_weights:
                    pulled["weights"] = d_weights[reach.prefix][layer]
                back = self._attend(prefix, reach, x, pulled)
                found |= {f"grad {prefix}.{n.removeprefix('grad ')}": a for n, a in back.items() if n[5:6] in "QKV"}
                d = d + back["grad queries"]
                into = back["grad keys"] + back["grad values"]
                if reach.memory is None:
                    d = d + into
                else:
                    d_memory = into if d_memory is None else d_memory + into
        return found, d_memory, d

    def _attend(self, prefix: str, reach: Reach, x: Number, cotangents: Numbers) -> dict[str, Number]:
        names = [f"{layer}.{kind}" for layer in "QKV" for kind in ("weight", "bias")]
        own = {name: self.parameters[f"{prefix}.{name}"] for name in names}
        over = x if reach.memory is None else self.memory
        return attend(own, {"queries": x, "keys": over, "values": over}, cotangents, reach.mask)

    def _mlp_backward(self, layer: int, d: Number, found: dict[str, Number]) -> Number:
        through = keep(d, positive(self.entering[layer]), 0.0)
        hidden = shape(d)[-1]
        flat = through.reshape(-1, hidden)
        found[f"grad {MLP}.{layer}.0.weight"] = transposed(flat) @ self._into_mlp[layer].reshape(-1, hidden)
        found[f"grad {MLP}.{layer}.0.bias"] = flat.sum(axis=0)
        return d + through @ self.parameters[f"{MLP}.{layer}.0.weight"]


def logits(parameters: Numbers, x: Number) -> Number:
    """The last layer.

    Shapes:  x [batch, seq_len, hidden] -> [batch, seq_len, vocab].
    """
    return x @ transposed(parameters["out.weight"]) + parameters["out.bias"]


def logits_backward(parameters: Numbers, x: Number, d: Number) -> tuple[dict[str, Number], Number]:
    """Gradients of the last layer, and of what entered it.

    Shapes:  x [batch, seq_len, hidden]; d [batch, seq_len, vocab].
    """
    flat = d.reshape(-1, shape(d)[-1])
    found = {"grad out.weight": transposed(flat) @ x.reshape(-1, shape(x)[-1]), "grad out.bias": flat.sum(axis=0)}
    return found, d @ parameters["out.weight"]


def parameters(vocab: int, hidden: int, layers: int, *attentions: str, out: bool = True) -> dict[str, tuple[int, ...]]:
    """Shapes of a model's parameters, named as in the starter."""
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (vocab, hidden)}
    for layer in range(layers):
        for prefix in attentions:
            shapes |= {f"{prefix}.{layer}.{name}": size for name, size in attention_parameters(hidden).items()}
        shapes |= {f"{MLP}.{layer}.0.weight": (hidden, hidden), f"{MLP}.{layer}.0.bias": (hidden,)}
    return shapes | ({"out.weight": (vocab, hidden), "out.bias": (vocab,)} if out else {})


def optional(*attentions: str) -> frozenset[str]:
    """Biases of K, on which no output can depend."""
    return frozenset(f"{prefix}.{layer}.K.bias" for prefix in attentions for layer in range(MOST_LAYERS))


def weights_forms(layers: int, batch: int, q_len: int, kv_len: int) -> tuple[Form, ...]:
    """Weights of every layer, stacked or in a list, or of the last layer alone; each either way round (C4).

    Shapes:  [layers, batch, q_len, kv_len]; of the last layer [batch, q_len, kv_len], or with an axis of 1.
    """
    upright, turned = (batch, q_len, kv_len), (batch, kv_len, q_len)
    return (
        Form((layers, *upright)),
        Form((layers, *turned), turned=True),
        Form(upright, last=True),
        Form(turned, turned=True, last=True),
        Form((1, *upright), last=True),
        Form((1, *turned), turned=True, last=True),
    )


def draw_parameters(rng: np.random.Generator, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Normal parameters that keep the scale of what they are applied to.

    Shapes:  as `shapes` says.
    """
    drawn = {name: rng.standard_normal(size) for name, size in shapes.items()}
    return {
        name: a / a.shape[-1] ** 0.5 if a.ndim == 2 and not name.startswith("embedding") else a
        for name, a in drawn.items()
    }


def closest_to_zero(case: Case, reaches: Sequence[Reach]) -> float:
    """How near to its kink what enters a ReLU comes in a case."""
    layers = Layers(case.parameters, reaches, case.inputs.get("annotations"))
    layers.forward(embedded(case.parameters, case.inputs["inputs"]))
    return min(float(np.abs(x).min()) for x in layers.entering)


def describe(case: Case, tokens: str = "inputs") -> str:
    """The sizes of a case, as a student would say them."""
    batch, seq_len = case.inputs[tokens].shape
    _, hidden, layers, *_ = case.arguments
    over = f", source {case.inputs['annotations'].shape[1]}" if "annotations" in case.inputs else ""
    return f"batch {batch}, length {seq_len}{over}, hidden {hidden}, layers {layers}"


CAUSAL_SELF = Reach(SELF, None, masks.causal)
FULL_SELF = Reach(SELF, None, masks.full)
OVER_SOURCE = Reach(CROSS, "annotations", masks.full)


def _one_hot(tokens: Tokens, table: Number) -> Array:
    return np.eye(shape(table)[0])[tokens]
