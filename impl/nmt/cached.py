"""The models with what they have already computed kept: a step of decoding computes one position a word.

A word's prompt ends where it ends; what it says next goes to the same slot for all words, behind the longest prompt, and
has the position that follows its own prompt. Slots between are never attended to.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from impl.nmt.attention import ScaledDotAttention
from impl.nmt.blocks import causal_mask, weights_of
from impl.nmt.model import DecoderOnlyTransformer, Transformer, TransformerDecoder, TransformerEncoder
from impl.nmt.vocabulary import EOP, EOS, SOS


class Layer(Protocol):
    """A layer whose keys and values can be kept."""

    def project(self, x: Tensor, positions: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values of x [words, seq_len, hidden], each of that shape, at positions [words, seq_len]."""
        ...

    def attend(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor, hidden: Tensor) -> Tensor:
        """What comes in with its context added; `hidden` [words or 1, q_len, kv_len] is -inf where a key is not seen, else 0."""
        ...

    def mlp(self, x: Tensor) -> Tensor:
        """What the layer does to each position by itself, x added."""
        ...


class Layered(Protocol):
    """A decoder alone, in pieces."""

    layers: list[Layer]

    def embed(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """[words, seq_len], twice -> [words, seq_len, hidden]."""
        ...

    def logits(self, x: Tensor) -> Tensor:
        """[..., hidden] -> [..., vocab]."""
        ...


class CachedDecoder:
    """A decoder alone, for `impl.nmt.decoding.translate`."""

    def __init__(self, model: Layered, device: torch.device) -> None:
        self.model, self.device = model, device

    def begin(self, sources: list[list[int]], limit: int) -> "_DecoderAlone":
        """Read the prompts; the first logits come from what stands at their EOP."""
        model = self.model
        tokens, lengths = _padded([[SOS, *source, EOP] for source in sources], self.device)
        positions = torch.arange(tokens.shape[1], device=self.device).expand_as(tokens)
        x = model.embed(tokens, positions)
        seen = _Seen(x, lengths, limit)
        hidden = causal_mask(x.shape[1], x.shape[1], x.dtype, x.device)
        for number, layer in enumerate(model.layers):
            q, k, v = layer.project(x, positions)
            seen.keep(number, k, v, 0)
            if number == len(model.layers) - 1:  # what comes of the last layer is looked at in one place
                at_eop = (torch.arange(len(x), device=self.device), lengths - 1)
                x, q, hidden = x[at_eop][:, None], q[at_eop][:, None], seen.hidden[..., : x.shape[1]]
            x = layer.mlp(layer.attend(x, q, k, v, hidden))
        return _DecoderAlone(model, lengths, seen, x[:, 0])


class _DecoderAlone:
    def __init__(self, model: Layered, lengths: Tensor, seen: "_Seen", prompt: Tensor) -> None:
        self.model, self.lengths, self.seen, self.prompt = model, lengths, seen, prompt  # the prompt's [words, hidden]

    def advance(self, last: Tensor | None, step: int) -> Tensor:
        model = self.model
        if last is None:
            return model.logits(self.prompt)
        at = (self.lengths + step - 1)[:, None]
        x = model.embed(last[:, None], at)  # [words, 1, hidden]
        for number, layer in enumerate(model.layers):
            x = layer.mlp(self.seen.attend(number, layer, x, at, step - 1))
        return model.logits(x[:, 0])

    def drop(self, going_on: Tensor) -> None:
        self.lengths, self.prompt = self.lengths[going_on], self.prompt[going_on]
        self.seen.drop(going_on)


class CachedEncoderDecoder:
    """The encoder and the decoder, likewise: keys and values of the annotations are made once."""

    def __init__(self, encoder: TransformerEncoder, decoder: TransformerDecoder) -> None:
        self.encoder, self.decoder = InLayers(encoder), InLayers(decoder)
        self.over_source = [_Attention(attention) for attention in decoder.encoder_attentions]
        self.device = decoder.embedding.weight.device

    def begin(self, sources: list[list[int]], limit: int) -> "_OverSource":
        """Read the sources; the decoder starts from SOS."""
        tokens, lengths = _padded([[*source, EOS] for source in sources], self.device)
        annotations, padding = self._annotations(tokens, lengths)
        seen = _Seen(annotations[:, :0], torch.zeros_like(lengths), limit)
        memory = [attention.project(annotations)[1:] for attention in self.over_source]
        return _OverSource(self.decoder, self.over_source, memory, padding, seen)

    def _annotations(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Annotations [words, src_len, hidden], and what hides the padding, [words, 1, src_len]."""
        positions = torch.arange(tokens.shape[1], device=self.device).expand_as(tokens)
        x = self.encoder.embed(tokens, positions)
        padding = x.new_zeros(tokens.shape).masked_fill_(positions >= lengths[:, None], float("-inf"))[:, None]
        for layer in self.encoder.layers:
            x = layer.mlp(layer.attend(x, *layer.project(x, positions), padding))
        return x, padding


class _OverSource:
    def __init__(
        self,
        model: "InLayers",
        attentions: list["_Attention"],
        memory: list[tuple[Tensor, ...]],
        padding: Tensor,
        seen: "_Seen",
    ) -> None:
        self.model, self.attentions, self.memory, self.padding, self.seen = model, attentions, memory, padding, seen

    def advance(self, last: Tensor | None, step: int) -> Tensor:
        padding, model = self.padding, self.model
        last = torch.full((len(padding),), SOS, device=padding.device) if last is None else last
        at = torch.full_like(last, step)[:, None]
        x = model.embed(last[:, None], at)  # [words, 1, hidden]
        for number, (layer, attention) in enumerate(zip(model.layers, self.attentions, strict=True)):
            x = self.seen.attend(number, layer, x, at, step)
            x = layer.mlp(attention.attend(x, attention.project(x)[0], *self.memory[number], padding))
        return model.logits(x[:, 0])

    def drop(self, going_on: Tensor) -> None:
        self.memory = [tuple(one[going_on] for one in pair) for pair in self.memory]
        self.padding = self.padding[going_on]
        self.seen.drop(going_on)


class InLayers:
    """A model of the handout, in pieces."""

    def __init__(self, model: Transformer) -> None:
        self.model = model
        self.layers = [
            _Layer(attention, mlp[0])
            for attention, mlp in zip(model.self_attentions, model.attention_mlps, strict=True)
        ]

    def embed(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Embeddings with their positions added."""
        encodings = self.model.positions(int(positions.max()) + 1)
        return self.model.embedding(tokens) + encodings[positions]

    def logits(self, x: Tensor) -> Tensor:
        """The last layer."""
        assert isinstance(self.model, DecoderOnlyTransformer | TransformerDecoder)
        return self.model.out(x)


class _Attention:
    """An attention with its three projections as one."""

    def __init__(self, attention: ScaledDotAttention) -> None:
        projections = (attention.Q, attention.K, attention.V)
        self.weight = torch.cat([projection.weight for projection in projections])
        self.bias = torch.cat([projection.bias for projection in projections])
        self.scale = attention.scale

    def project(self, x: Tensor, positions: Tensor | None = None) -> tuple[Tensor, ...]:
        """Queries, keys and values; positions are in x already."""
        return nn.functional.linear(x, self.weight, self.bias).split(x.shape[-1], dim=-1)

    def attend(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor, hidden: Tensor) -> Tensor:
        """What comes in with its context added."""
        return torch.baddbmm(x, weights_of(hidden, q, k, self.scale), v)


class _Layer(_Attention):
    def __init__(self, attention: ScaledDotAttention, mlp: nn.Linear) -> None:
        super().__init__(attention)
        self.linear = mlp

    def mlp(self, x: Tensor) -> Tensor:
        """One layer and its positive part."""
        return x + self.linear(x).relu_()


class _Seen:
    """Keys and values of every layer so far, and which slots a word may look at."""

    def __init__(self, x: Tensor, lengths: Tensor, limit: int) -> None:
        words, self.prompt, hidden = x.shape
        self.shape = (words, self.prompt + limit, hidden)
        behind = torch.arange(self.shape[1], device=x.device) >= lengths[:, None]
        self.hidden = x.new_zeros(behind.shape).masked_fill_(behind, float("-inf"))[:, None]  # [words, 1, slots]
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}

    def keep(self, layer: int, k: Tensor, v: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Put a layer's keys and values into the slots from `start` on; all of its slots up to there."""
        if layer not in self.kept:
            self.kept[layer] = (k.new_empty(self.shape), v.new_empty(self.shape))
        keys, values = (kept[:, : start + k.shape[1]] for kept in self.kept[layer])
        keys[:, start:], values[:, start:] = k, v
        return keys, values

    def drop(self, going_on: Tensor) -> None:
        """Keep some of the words only, by their rows."""
        self.shape = (len(going_on), *self.shape[1:])
        self.hidden = self.hidden[going_on]
        self.kept = {layer: (keys[going_on], values[going_on]) for layer, (keys, values) in self.kept.items()}

    def attend(self, number: int, layer: Layer, x: Tensor, positions: Tensor, said: int) -> Tensor:
        """A new position [words, 1, hidden] over all before it and itself; `said` positions are not of the prompt."""
        slot = self.prompt + said
        self.hidden[..., slot] = 0
        q, k, v = layer.project(x, positions)
        return layer.attend(x, q, *self.keep(number, k, v, slot), self.hidden[..., : slot + 1])


def _padded(rows: list[list[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows as one tensor, padded behind with any token, and how long each is."""
    lengths = torch.tensor([len(row) for row in rows])
    tokens = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
    return tokens.to(device), lengths.to(device)
