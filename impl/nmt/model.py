"""The handout's transformers: an encoder, a decoder over its annotations, and a decoder alone (3.1.3, 3.2.2).

One head, no dropout, no layer norm; every sublayer is added to what goes into it. `impl.nmt.step` trains these modules
with the same arithmetic in fewer operations.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention

MAX_SEQ_LEN = 1000  # positions that are kept


def sinusoidal_encodings(max_seq_len: int, hidden_size: int) -> Float[Tensor, "max_seq_len hidden_size"]:
    """Positions as sines, in even columns, and cosines, in odd ones, of falling frequency.

    Shapes:  [max_seq_len, hidden_size].
    Raises:  ValueError if hidden_size is odd: sines and cosines come in pairs.
    Source:  Vaswani et al. 2017, section 3.5.
    """
    if hidden_size % 2:
        raise ValueError(f"hidden_size must be even, for sines and cosines come in pairs; got {hidden_size}")
    frequencies = 10_000.0 ** (-torch.arange(0, hidden_size, 2, dtype=torch.float64) / hidden_size)
    angles = torch.arange(max_seq_len, dtype=torch.float64)[:, None] * frequencies  # [max_seq_len, hidden / 2]
    encodings = torch.stack([angles.sin(), angles.cos()], dim=-1)  # [max_seq_len, hidden / 2, 2]
    return encodings.flatten(1).to(torch.get_default_dtype())


class Transformer(nn.Module):
    """What the three have in common: tokens and their positions, and for every layer an attention and an mlp."""

    self_attention: type[ScaledDotAttention]

    def __init__(self, vocab_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.vocab_size, self.hidden_size, self.num_layers = vocab_size, hidden_size, num_layers
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList(self.self_attention(hidden_size) for _ in range(num_layers))
        self.attention_mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.ReLU()) for _ in range(num_layers)
        )
        encodings = sinusoidal_encodings(MAX_SEQ_LEN, hidden_size)
        self.register_buffer("positional_encodings", encodings, persistent=False)

    def embed(self, inputs: Int[Tensor, "batch seq_len"]) -> Float[Tensor, "batch seq_len hidden"]:
        """Embeddings of the tokens, each with its position added."""
        return self.embedding(inputs) + self.positions(inputs.shape[1])

    def positions(self, seq_len: int) -> Float[Tensor, "seq_len hidden"]:
        """The encodings of the first positions; more are made when there are not enough."""
        have = self.positional_encodings  # stays where it is: what is captured on a GPU reads it there
        if seq_len > len(have):
            have = sinusoidal_encodings(seq_len, self.hidden_size).to(have)
        return have[:seq_len]


class TransformerEncoder(Transformer):
    """The source, each character in the light of all the others.

    Shapes:  inputs int64 [batch, src_len]; annotations [batch, src_len, hidden].
    Source:  handout 3.1.3.
    """

    self_attention = ScaledDotAttention

    def __init__(self, vocab_size: int, hidden_size: int, num_layers: int, opts: Any = None) -> None:
        super().__init__(vocab_size, hidden_size, num_layers)
        self.opts = opts  # the handout's options; a device is chosen by .to() here

    def forward(self, inputs: Int[Tensor, "batch src_len"]) -> tuple[Float[Tensor, "batch src_len hidden"], None]:
        """The annotations, and None in the place of a last hidden state."""
        annotations = self.embed(inputs)
        for attention, mlp in zip(self.self_attentions, self.attention_mlps, strict=True):
            annotations = annotations + attention(annotations, annotations, annotations)[0]
            annotations = annotations + mlp(annotations)
        return annotations, None


class TransformerDecoder(Transformer):
    """What comes next in the target, given its beginning and the annotations of the source.

    Shapes:  inputs int64 [batch, tgt_len]; annotations [batch, src_len, hidden]; logits [batch, tgt_len, vocab];
             weights over the source [layers, batch, tgt_len, src_len], over the target [layers, batch, tgt_len, tgt_len].
    Source:  handout 3.1.3.
    """

    self_attention = CausalScaledDotAttention

    def __init__(self, vocab_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__(vocab_size, hidden_size, num_layers)
        self.encoder_attentions = nn.ModuleList(ScaledDotAttention(hidden_size) for _ in range(num_layers))
        self.out = nn.Linear(hidden_size, vocab_size)

    def forward(
        self,
        inputs: Int[Tensor, "batch tgt_len"],
        annotations: Float[Tensor, "batch src_len hidden"],
        hidden_init: None = None,
    ) -> tuple[Float[Tensor, "batch tgt_len vocab"], tuple[Tensor, Tensor]]:
        """Logits, and the weights over source and target; `hidden_init` is the handout's, and unused."""
        contexts = self.embed(inputs)
        over_source, over_target = [], []
        layers = zip(self.self_attentions, self.encoder_attentions, self.attention_mlps, strict=True)
        for self_attention, encoder_attention, mlp in layers:
            context, weights = self_attention(contexts, contexts, contexts)
            contexts = contexts + context
            over_target.append(weights)
            context, weights = encoder_attention(contexts, annotations, annotations)
            contexts = contexts + context
            over_source.append(weights)
            contexts = contexts + mlp(contexts)
        return self.out(contexts), (torch.stack(over_source), torch.stack(over_target))


class DecoderOnlyTransformer(Transformer):
    """What comes next in source, end of prompt and target, given the beginning.

    Shapes:  inputs int64 [batch, seq_len]; logits [batch, seq_len, vocab]; weights [layers, batch, seq_len, seq_len].
    Source:  handout 3.2.2, where the notebook calls it TransformerDecoder as well.
    """

    self_attention = CausalScaledDotAttention

    def __init__(self, vocab_size: int, hidden_size: int, num_layers: int, loss_seq_span: str = "target_only") -> None:
        super().__init__(vocab_size, hidden_size, num_layers)
        self.out = nn.Linear(hidden_size, vocab_size)
        self.loss_seq_span = loss_seq_span

    def forward(self, inputs: Int[Tensor, "batch seq_len"]) -> tuple[Float[Tensor, "batch seq_len vocab"], Tensor]:
        """Logits, and the weights of every layer."""
        contexts = self.embed(inputs)
        over_inputs = []
        for attention, mlp in zip(self.self_attentions, self.attention_mlps, strict=True):
            context, weights = attention(contexts, contexts, contexts)
            contexts = contexts + context
            over_inputs.append(weights)
            contexts = contexts + mlp(contexts)
        return self.out(contexts), torch.stack(over_inputs)
