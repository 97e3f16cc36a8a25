"""The parts of the models, each forward and backward by hand, on packed parameters.

The arithmetic is that of `impl.nmt.model`; what differs is how many operations do it. A gradient by hand is less than
half of autograd's operations here, and at these sizes operations are what a step costs. Each block keeps what its
backward needs, takes the gradient of what it gave, leaves those of its parameters in the packed vector, and gives the
gradient of what it took.
"""

from functools import cache, partial

import torch
from torch import Tensor

from impl import products
from impl.nmt.branches import Branches
from impl.nmt.packed import Linear

MEAN, NO_TARGET = 1, -100  # as torch's cross-entropy has them: the mean of all targets but this one
ROW = 16  # numbers in the longest vector of a CPU's instructions


class Embedded:
    """Tokens, their positions and the first self-attention, whose projections are looked up.

    A row of the first layer is a sum of two: of 30 tokens, and of as many positions as the input is long. So both are
    projected, and rows are picked from the projections, instead of projecting every row of a batch.
    """

    def __init__(self, embedding: Tensor, d_embedding: Tensor, projections: Linear, *, causal: bool) -> None:
        self.embedding, self.d_embedding, self.projections, self.causal = embedding, d_embedding, projections, causal
        self.hidden = embedding.shape[1]

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Tokens [batch, seq_len], positions [seq_len, hidden] -> [batch, seq_len, hidden]."""
        batch, seq_len = tokens.shape
        weight_t, bias = self.projections.transposed, self.projections.bias
        of_tokens = torch.cat([self.embedding, self.embedding @ weight_t], dim=1)  # [vocab, 4 hidden]
        of_positions = torch.cat([positions, torch.addmm(bias, positions, weight_t)], dim=1)  # [seq_len, 4 hidden]
        rows = of_tokens.index_select(0, tokens.view(-1)).view(batch, seq_len, -1).add_(of_positions)
        x, q, k, v = rows.split(self.hidden, dim=-1)
        out, weights = attend(x, q, k, v, causal=self.causal)
        self.saved = (tokens, positions, q, k, v, weights)
        return out

    def backward(self, d: Tensor) -> None:
        """Take the gradient [batch, seq_len, hidden] to the embedding and the projections."""
        tokens, positions, q, k, v, weights = self.saved
        hidden, (weight, _, _, d_weight, _, branches) = self.hidden, self.projections
        rows = torch.cat(
            [d, *attend_backward(d, q, k, v, weights, branches.near)], dim=-1
        )  # [batch, seq_len, 4 hidden]
        branches.start(partial(self._by_position, rows, positions))
        by_token = rows.new_zeros(len(self.embedding), 4 * hidden).index_add_(
            0, tokens.view(-1), rows.view(-1, 4 * hidden)
        )
        torch.addmm(by_token[:, :hidden], by_token[:, hidden:], weight, out=self.d_embedding)
        branches.join()
        d_weight.addmm_(by_token[:, hidden:].mT, self.embedding)

    def _by_position(self, rows: Tensor, positions: Tensor) -> None:
        """What positions have to do with the projections' gradients; all of the biases'."""
        by_position = rows.sum(0)[:, self.hidden :]  # [seq_len, 3 hidden]
        torch.mm(by_position.mT, positions, out=self.projections.d_weight)
        torch.sum(by_position, 0, out=self.projections.d_bias)


class SelfAttention:
    """Attention of a sequence over itself, added to it."""

    def __init__(self, projections: Linear, *, causal: bool) -> None:
        self.projections, self.causal = projections, causal

    def forward(self, x: Tensor) -> Tensor:
        """[batch, seq_len, hidden], twice."""
        q, k, v = affine(self.projections, x).split(x.shape[-1], dim=-1)
        out, weights = attend(x, q, k, v, causal=self.causal)
        self.saved = (x, q, k, v, weights)
        return out

    def backward(self, d: Tensor) -> Tensor:
        """The gradient of the sequence, in the place of that of the result."""
        x, *saved = self.saved
        d_qkv = torch.cat(attend_backward(d, *saved, self.projections.branches.near), dim=-1)
        return affine_backward(self.projections, x, d_qkv, d)


class CrossAttention:
    """Attention of one sequence over another, added to the first: over annotations, or over what stands before it."""

    def __init__(self, projections: Linear, *, causal: bool) -> None:
        hidden = projections.weight.shape[1]
        self.q, self.kv, self.causal = projections.rows(0, hidden), projections.rows(hidden, 3 * hidden), causal

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """X [batch, q_len, hidden] over memory [batch, kv_len, hidden] -> [batch, q_len, hidden]."""
        q = affine(self.q, x)
        k, v = affine(self.kv, memory).split(x.shape[-1], dim=-1)
        out, weights = attend(x, q, k, v, causal=self.causal)
        self.saved = (x, memory, q, k, v, weights)
        return out

    def backward(self, d: Tensor, d_memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """The gradient of x, in the place of that of the result, and that of the memory, added to `d_memory`."""
        x, memory, *saved = self.saved
        d_q, d_k, d_v = attend_backward(d, *saved, self.q.branches.near)
        d_memory = affine_backward(self.kv, memory, torch.cat([d_k, d_v], dim=-1), d_memory)
        return affine_backward(self.q, x, d_q, d), d_memory


class Mlp:
    """One layer and its positive part, added to what goes in."""

    def __init__(self, layer: Linear) -> None:
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """[batch, seq_len, hidden], twice."""
        positive = affine(self.layer, x).relu_()
        self.saved = (x, positive)
        return x + positive

    def backward(self, d: Tensor) -> Tensor:
        """The gradient of what went in, in the place of that of the result."""
        x, positive = self.saved
        return affine_backward(self.layer, x, torch.ops.aten.threshold_backward(d, positive, 0), d)


class Output:
    """Logits, the cross-entropy of the targets, and whether the likeliest characters are the targets."""

    def __init__(self, layer: Linear) -> None:
        self.layer = layer
        self.one = torch.ones_like(layer.bias[0])

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """Contexts [batch, tgt_len, hidden] and targets [batch, tgt_len] -> the mean loss, a number."""
        log_probs = affine(self.layer, x).view(-1, len(self.layer.bias)).log_softmax(dim=-1)  # [batch tgt_len, vocab]
        loss, total = torch.ops.aten.nll_loss_forward(log_probs, targets.view(-1), None, MEAN, NO_TARGET)
        self.saved = (x, targets, log_probs, total)
        return loss

    def right(self) -> Tensor:
        """Which words [batch] of the last batch have the target as the likeliest character everywhere."""
        _, targets, log_probs, _ = self.saved
        return (log_probs.argmax(dim=-1).view_as(targets) == targets).all(dim=1)

    def backward(self) -> Tensor:
        """The gradient of the contexts."""
        x, targets, log_probs, total = self.saved
        reduced = (targets.view(-1), None, MEAN, NO_TARGET, total)
        d_log_probs = torch.ops.aten.nll_loss_backward(self.one, log_probs, *reduced)
        d_logits = torch.ops.aten._log_softmax_backward_data(d_log_probs, log_probs, 1, d_log_probs.dtype)
        return affine_backward(self.layer, x, d_logits)


def attend(x: Tensor, q: Tensor, k: Tensor, v: Tensor, *, causal: bool) -> tuple[Tensor, Tensor]:
    """X + softmax(q k^T / sqrt(hidden)) v, and the weights; the last query stands at the last key if causal."""
    lengths = (q.shape[1], k.shape[1]) if causal else (1, 1)
    weights = weights_of(causal_mask(*lengths, q.dtype, q.device), q, k, q.shape[-1] ** -0.5)
    return torch.baddbmm(x, weights, v), weights


def weights_of(mask: Tensor, q: Tensor, k: Tensor, scale: float) -> Tensor:
    """softmax(mask + scale q k^T) over the keys, [batch, q_len, kv_len]; fewer than 16 lie in memory key by key."""
    if keys_first(k):
        return torch.baddbmm(mask.mT, k, q.mT, alpha=scale).softmax(dim=1).mT
    return torch.baddbmm(mask, q, k.mT, alpha=scale).softmax(dim=-1)


def keys_first(k: Tensor) -> bool:
    """Whether a CPU's softmax is faster along the first axis: along the last, rows shorter than a vector take 4 times as long."""
    return k.shape[1] < ROW and not k.is_cuda


def attend_backward(
    d: Tensor, q: Tensor, k: Tensor, v: Tensor, weights: Tensor, branches: Branches
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of q, k and v, given that of the result."""
    d_v = branches.start(partial(torch.bmm, weights.mT, d))
    scale = q.shape[-1] ** -0.5
    if keys_first(k):
        scaled = torch.baddbmm(weights.mT, v, d.mT, beta=0, alpha=scale)  # of no weights at all
        d_logits = torch.ops.aten._softmax_backward_data(scaled, weights.mT, 1, d.dtype).mT
    else:
        scaled = torch.baddbmm(weights, d, v.mT, beta=0, alpha=scale)
        d_logits = torch.ops.aten._softmax_backward_data(scaled, weights, -1, d.dtype)
    d_k = branches.start(partial(torch.bmm, d_logits.mT, q))
    d_q = torch.bmm(d_logits, k)
    branches.join()
    return d_q, d_k, d_v


@cache
def causal_mask(q_len: int, kv_len: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """-inf where a key comes after its query, the last of which stands at the last key; [1, q_len, kv_len].

    Edges:   it is copied to a GPU, which waits until it is there, because any stream may use it afterwards.
    """
    return torch.full((1, q_len, kv_len), float("-inf"), dtype=dtype).triu_(1 + kv_len - q_len).to(device)


def affine(layer: Linear, x: Tensor) -> Tensor:
    """X W^T + b over the last axis."""
    batch, seq_len, inputs = x.shape
    return products.affine(x.view(-1, inputs), layer.weight, layer.bias).view(batch, seq_len, -1)


def affine_backward(layer: Linear, x: Tensor, d: Tensor, d_x: Tensor | None = None) -> Tensor:
    """The gradient of x, added to `d_x` if there is one, given that of the result; the layer's own is started.

    Edges:   x and d must stay as they are until the branches are joined.
    """
    outputs, inputs = layer.weight.shape
    d = d.view(-1, outputs)
    layer.branches.start(partial(layer_gradients, layer, x.view(-1, inputs), d))
    if d_x is None:
        return products.product(d, layer.weight).view(x.shape)
    return products.added(d_x.view(-1, inputs), d, layer.weight).view(x.shape)


def layer_gradients(layer: Linear, x: Tensor, d: Tensor) -> None:
    """Write the layer's gradients: x [rows, inputs], d [rows, outputs]."""
    products.of_columns(d, x, layer.d_weight)
    torch.sum(d, 0, out=layer.d_bias)
