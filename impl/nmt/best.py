"""A decoder alone, made to translate unseen words as well as it can: the recipe that is called best.

Four heads, rotary positions (which say how far apart two characters are, and Pig Latin moves characters), norms before
the sublayers, an mlp four times as wide, dropout. 0.6 M parameters at hidden 128 with 3 layers.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from impl.nmt.batches import Batch
from impl.nmt.packed import Packed

HEADS = 4
DROPOUT = 0.1


class Best(nn.Module):
    """Logits of what comes next.

    Shapes:  inputs int64 [batch, seq_len]; logits [batch, seq_len, vocab].
    Source:  Su et al. 2021 (rotary positions); Xiong et al. 2020 (norms before sublayers).
    """

    def __init__(self, vocab_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.layers = nn.ModuleList(BestLayer(hidden_size) for _ in range(num_layers))
        self.norm = nn.LayerNorm(hidden_size)
        self.out = nn.Linear(hidden_size, vocab_size)

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits at every position."""
        positions = torch.arange(inputs.shape[1], device=inputs.device).expand_as(inputs)
        x = self.embed(inputs, positions)
        for layer in self.layers:
            x = layer.mlp(layer.attend(x, *layer.project(x, positions), None))
        return self.logits(x)

    def embed(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Embeddings; attention turns them to their positions."""
        return self.embedding(tokens)

    def logits(self, x: Tensor) -> Tensor:
        """The last norm and layer."""
        return self.out(self.norm(x))


class BestLayer(nn.Module):
    """Attention and mlp, in the pieces that decoding needs."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.before_attention, self.before_mlp = nn.LayerNorm(hidden_size), nn.LayerNorm(hidden_size)
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size)
        self.context = nn.Linear(hidden_size, hidden_size)
        self.wide, self.narrow = nn.Linear(hidden_size, 4 * hidden_size), nn.Linear(4 * hidden_size, hidden_size)
        self.dropout = nn.Dropout(DROPOUT)
        for last in (self.context, self.narrow):  # a layer starts as what does nothing
            nn.init.zeros_(last.weight)

    def project(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys, turned by their positions, and values, [batch, seq_len, hidden] each."""
        q, k, v = self.qkv(self.before_attention(x)).chunk(3, dim=-1)
        return rotate(q, positions), rotate(k, positions), v

    def attend(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None) -> Tensor:
        """What comes in with its context added; causal if nothing else is said."""
        heads = [one.unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in (q, k, v)]  # [batch, heads, seq_len, d_head]
        mask = None if hidden is None else hidden[:, None]
        context = functional.scaled_dot_product_attention(*heads, attn_mask=mask, is_causal=mask is None)
        return x + self.dropout(self.context(context.transpose(1, 2).flatten(2)))

    def mlp(self, x: Tensor) -> Tensor:
        """The mlp, x added."""
        return x + self.dropout(self.narrow(functional.gelu(self.wide(self.before_mlp(x)))))


def rotate(x: Tensor, positions: Tensor) -> Tensor:
    """Turn pairs of every head's components by angles that grow with the position.

    Shapes:  x [batch, seq_len, hidden], positions [batch, seq_len]; the result is as x.
    """
    heads = x.unflatten(-1, (HEADS, -1))  # [batch, seq_len, heads, d_head]
    half = heads.shape[-1] // 2
    frequencies = 10_000.0 ** (-torch.arange(half, device=x.device) / half)
    angles = positions[..., None, None] * frequencies  # [batch, seq_len, 1, half]
    cos, sin = angles.cos(), angles.sin()
    first, second = heads.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1).flatten(2)


class BestStep:
    """A training step: autograd's."""

    largest_gradient = 1.0

    def __init__(self, model: Best) -> None:
        self.model = model
        self.packed = Packed(model)

    def forward(self, batch: Batch) -> Tensor:
        """The mean loss over the target, with dropout."""
        self.model.train()
        with torch.enable_grad():
            self.loss = functional.cross_entropy(self._logits(batch).flatten(0, 1), batch.targets.flatten())
        return self.loss.detach()

    def backward(self) -> None:
        """The gradient of the last loss, into the packed vector."""
        self.packed.gradients.zero_()
        self.loss.backward()
        del self.loss  # and with it autograd's graph

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss, and the words right, without dropout."""
        self.model.eval()
        with torch.no_grad():
            logits = self._logits(batch)
        loss = functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
        return loss, (logits.argmax(dim=-1) == batch.targets).all(dim=1)

    def _logits(self, batch: Batch) -> Tensor:
        return self.model(*batch.inputs)[:, -batch.targets.shape[1] :]
