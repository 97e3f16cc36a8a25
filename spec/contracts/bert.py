"""BERT, forward and backward by hand: embeddings of tokens, positions and types, layers of attention in several heads and
mlps, each normed with what went in added, and the pooled first position."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spec.contracts.scaled_dot_attention import attention_backward, shape, softmax, transposed
from spec.rounding import Array, Number, erf, exp, keep, lifted, sqrt, tanh

Numbers = Mapping[str, Number]
Tokens = NDArray[np.int64]
PAD = 0  # the token whose embedding does not learn
LAYER_NORM_EPS = 10.0**-12  # BertConfig's
WORDS, PLACES, TYPES = (f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type"))
NORM = "embeddings.LayerNorm"
POOLER = "pooler.dense"


class Batch(NamedTuple):
    """What BERT reads.

    Shapes:  input_ids, token_types int64 [batch, seq_len]; mask bool [batch, 1, 1, kv_len], False where padding is.
    """

    input_ids: Tokens
    token_types: Tokens
    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, keywords: Mapping[str, Any]) -> Batch:
        """The arrays among keywords; no mask is one of ones, no types are zeros."""
        input_ids = keywords["input_ids"]
        mask = keywords.get("attention_mask", np.ones_like(input_ids))
        types = keywords.get("token_type_ids", np.zeros_like(input_ids))
        return cls(input_ids, types, mask[:, None, None, :] != 0)


class Bert:
    """BERT on one batch: its pooled output, and the gradients of that.

    Shapes:  pooled [batch, hidden].
    Edges:   dropout is none; the embedding of [PAD] has no gradient.
    Source:  Devlin et al. 2019; `transformers.BertModel`.
    """

    def __init__(self, parameters: Numbers, n_heads: int, batch: Batch) -> None:
        self._p, self._n_heads, self._batch = parameters, n_heads, batch
        self._found: dict[str, Number] = {}
        self._kept: dict[str, Any] = {}
        self.layers = 1 + max((int(n.split(".")[2]) for n in parameters if n.startswith("encoder")), default=-1)

    def pooled(self) -> Number:
        """What the pooler makes of the first position, [CLS]."""
        x = self._norm(NORM, self._embedded())
        for layer in range(self.layers):
            prefix = f"encoder.layer.{layer}"
            attended = self._attended(f"{prefix}.attention", x)
            x = self._norm(f"{prefix}.attention.output.LayerNorm", attended + x)
            inner = self._linear(f"{prefix}.intermediate.dense", x)
            self._kept[prefix] = inner
            x = self._norm(f"{prefix}.output.LayerNorm", self._linear(f"{prefix}.output.dense", gelu(inner)) + x)
        self._kept[POOLER] = pooled = tanh(self._linear(POOLER, x[:, 0]))
        return pooled

    def backward(self, d_pooled: Number) -> dict[str, Number]:
        """Gradients of all parameters, after `pooled`.

        Shapes:  d_pooled [batch, hidden].
        """
        pooled = self._kept[POOLER]
        d_first = self._linear_backward(POOLER, d_pooled * (-(pooled * pooled) + 1.0))
        batch, seq_len = self._batch.input_ids.shape
        d = lifted(np.eye(seq_len, 1), d_first) @ d_first.reshape(batch, 1, -1)  # [batch, seq_len, hidden]
        for layer in reversed(range(self.layers)):
            prefix = f"encoder.layer.{layer}"
            d = self._norm_backward(f"{prefix}.output.LayerNorm", d)
            d_inner = self._linear_backward(f"{prefix}.output.dense", d) * gelu_slope(self._kept[prefix])
            d = d + self._linear_backward(f"{prefix}.intermediate.dense", d_inner)
            d = self._norm_backward(f"{prefix}.attention.output.LayerNorm", d)
            d = d + self._attended_backward(f"{prefix}.attention", d)
        self._embedded_backward(self._norm_backward(NORM, d))
        return {f"grad {name}": gradient for name, gradient in self._found.items()}

    def _embedded(self) -> Number:
        words, types = self._picked(WORDS, self._batch.input_ids), self._picked(TYPES, self._batch.token_types)
        return words @ self._p[WORDS] + types @ self._p[TYPES] + self._p[PLACES][: self._batch.input_ids.shape[1]]

    def _embedded_backward(self, d: Number) -> None:
        hidden = shape(d)[-1]
        flat = d.reshape(-1, hidden)
        for name, tokens in ((WORDS, self._batch.input_ids), (TYPES, self._batch.token_types)):
            picked = self._picked(name, tokens).reshape(tokens.size, -1)
            self._found[name] = transposed(picked) @ flat
        learns = np.arange(shape(self._p[WORDS])[0])[:, None] != PAD
        self._found[WORDS] = keep(self._found[WORDS], learns, 0.0)
        places, seq_len = shape(self._p[PLACES])[0], shape(d)[1]
        self._found[PLACES] = lifted(np.eye(places, seq_len), d) @ d.sum(axis=0)

    def _picked(self, name: str, tokens: Tokens) -> Number:
        table = self._p[name]
        return lifted(np.eye(shape(table)[0])[tokens], table)

    def _attended(self, prefix: str, x: Number) -> Number:
        q, k, v = (self._heads(self._linear(f"{prefix}.self.{name}", x)) for name in ("query", "key", "value"))
        scale = shape(q)[-1] ** -0.5
        weights = softmax(q @ transposed(k) * scale, self._batch.mask)
        self._kept[prefix] = (weights, q, k, v, scale)
        return self._linear(f"{prefix}.output.dense", self._merged(weights @ v))

    def _attended_backward(self, prefix: str, d: Number) -> Number:
        weights, q, k, v, scale = self._kept[prefix]
        d_context = self._heads(self._linear_backward(f"{prefix}.output.dense", d))
        pulled = attention_backward(weights, q, k, v, d_context=d_context, d_weights=None, scale=scale)
        d_q, d_k, d_v = (
            self._linear_backward(f"{prefix}.self.{name}", self._merged(d_one))
            for name, d_one in zip(("query", "key", "value"), pulled, strict=True)
        )
        return d_q + d_k + d_v

    def _heads(self, x: Number) -> Number:
        batch, seq_len, hidden = shape(x)
        return x.reshape(batch, seq_len, self._n_heads, hidden // self._n_heads).swapaxes(1, 2)

    def _merged(self, x: Number) -> Number:
        batch, n_heads, seq_len, d_head = shape(x)
        return x.swapaxes(1, 2).reshape(batch, seq_len, n_heads * d_head)

    def _linear(self, name: str, x: Number) -> Number:
        self._kept[f"into {name}"] = x
        return x @ transposed(self._p[f"{name}.weight"]) + self._p[f"{name}.bias"]

    def _linear_backward(self, name: str, d: Number) -> Number:
        found, into = linear_backward(self._p, name, self._kept[f"into {name}"], d)
        self._found |= found
        return into

    def _norm(self, name: str, x: Number) -> Number:
        width = 1 / shape(x)[-1]
        centred = x - x.sum(axis=-1, keepdims=True) * width
        deviation = sqrt((centred * centred).sum(axis=-1, keepdims=True) * width + LAYER_NORM_EPS)
        self._kept[f"into {name}"] = normed, _ = centred / deviation, deviation
        return normed * self._p[f"{name}.weight"] + self._p[f"{name}.bias"]

    def _norm_backward(self, name: str, d: Number) -> Number:
        normed, deviation = self._kept[f"into {name}"]
        hidden = shape(d)[-1]
        self._found[f"{name}.weight"] = (d * normed).reshape(-1, hidden).sum(axis=0)
        self._found[f"{name}.bias"] = d.reshape(-1, hidden).sum(axis=0)
        pulled = d * self._p[f"{name}.weight"]
        mean = pulled.sum(axis=-1, keepdims=True) * (1 / hidden)
        along = (pulled * normed).sum(axis=-1, keepdims=True) * (1 / hidden)
        return (pulled - mean - normed * along) / deviation


def linear_backward(parameters: Numbers, name: str, x: Number, d: Number) -> tuple[dict[str, Number], Number]:
    """Gradients of a linear layer's parameters, by their names, and of what entered it.

    Shapes:  x [..., inputs]; d [..., outputs].
    """
    weight = parameters[f"{name}.weight"]
    flat = d.reshape(-1, shape(weight)[0])
    found = {f"{name}.weight": transposed(flat) @ x.reshape(-1, shape(weight)[1]), f"{name}.bias": flat.sum(axis=0)}
    return found, d @ weight


def gelu(x: Number) -> Number:
    """The Gaussian error linear unit, x times the normal distribution at x."""
    return x * _below(x)


def gelu_slope(x: Number) -> Number:
    """The derivative of `gelu`."""
    return _below(x) + x * exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def parameters(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of BERT's parameters, named as in transformers."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    vocab, positions = config["vocab_size"], config["max_position_embeddings"]
    shapes: dict[str, tuple[int, ...]] = {WORDS: (vocab, hidden), PLACES: (positions, hidden), TYPES: (2, hidden)}
    shapes |= _norm_shapes(NORM, hidden)
    for layer in range(config["num_hidden_layers"]):
        prefix = f"encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            shapes |= _linear_shapes(f"{prefix}.attention.self.{name}", hidden, hidden)
        shapes |= _linear_shapes(f"{prefix}.attention.output.dense", hidden, hidden)
        shapes |= _norm_shapes(f"{prefix}.attention.output.LayerNorm", hidden)
        shapes |= _linear_shapes(f"{prefix}.intermediate.dense", inner, hidden)
        shapes |= _linear_shapes(f"{prefix}.output.dense", hidden, inner)
        shapes |= _norm_shapes(f"{prefix}.output.LayerNorm", hidden)
    return shapes | _linear_shapes(POOLER, hidden, hidden)


def drawn(rng: np.random.Generator, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Normal parameters that keep the scale of what they are applied to, norms near one.

    Shapes:  as `shapes` says.
    """
    found = {}
    for name, size in shapes.items():
        array = rng.standard_normal(size)
        if name.endswith("LayerNorm.weight"):
            array = 1.0 + array / 4
        elif len(size) == 2 and not name.startswith("embeddings"):
            array = array / size[-1] ** 0.5
        found[name] = array
    return found


def _below(x: Number) -> Number:
    return (erf(x * math.sqrt(0.5)) + 1.0) * 0.5


def _linear_shapes(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm_shapes(name: str, hidden: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (hidden,), f"{name}.bias": (hidden,)}
