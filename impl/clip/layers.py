"""The layers of open_clip's transformers that cost more than their arithmetic, with the same parameters at less.

torch's own multi-head attention copies queries, keys and values into another order, and asks MKL alone for its products on
a CPU. A convolution whose windows lie side by side is one product of matrices, and three channels fill no vector of what
libraries have for convolutions.
"""

from open_clip.transformer import ResidualAttentionBlock
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from impl import products

CHANNELS = 3  # of a picture


class FastAttention(nn.MultiheadAttention):
    """Self-attention whose queries, keys and values stay where one product puts them. For encoding: no gradients.

    Shapes:  query [batch, seq_len, d_model], which key and value are too -> the same, and no weights.
    Raises:  ValueError for keys or values of their own, or where weights are asked for.
    """

    def forward(  # type: ignore[override]
        self, query: Tensor, key: Tensor, value: Tensor, *, need_weights: bool, attn_mask: Tensor | None
    ) -> tuple[Tensor, None]:
        if key is not query or value is not query or need_weights:
            raise ValueError("expected attention of a sequence to itself, and nobody who asks for its weights")
        batch, seq_len, d_model = query.shape
        packed = products.affine(query.reshape(-1, d_model), self.in_proj_weight, self.in_proj_bias)
        q, k, v = packed.view(batch, seq_len, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        context = scaled_dot_product_attention(q, k, v, attn_mask=attn_mask)  # [batch, n_heads, seq_len, d_head]
        rows = context.transpose(1, 2).reshape(-1, d_model)
        return products.affine(rows, self.out_proj.weight, self.out_proj.bias).view(batch, seq_len, d_model), None


class Patches(nn.Conv2d):
    """A convolution whose windows lie side by side, as one product.

    Shapes:  [n, channels, height, width] -> [n, out_channels, rows, columns].
    Edges:   pixels that fill no window are left out, as a convolution leaves them.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - its base's name
        high, wide = self.kernel_size
        rows, columns = input.shape[2] // high, input.shape[3] // wide
        filled = input[:, :, : rows * high, : columns * wide]
        windows = filled.unflatten(3, (columns, wide)).unflatten(2, (rows, high))
        flat = windows.permute(0, 2, 4, 3, 5, 1).flatten(
            3
        )  # [n, rows, columns, high * wide * channels], as channels_last
        return linear(flat, self.weight.permute(0, 2, 3, 1).flatten(1), self.bias).permute(0, 3, 1, 2)


def quicken(model: nn.Module) -> None:
    """Have a model's transformers compute this way; layers of other kinds stay as they are."""
    for layer in model.modules():
        if type(layer) is ResidualAttentionBlock and layer.attn.batch_first and not hasattr(layer, "ln_1_kv"):
            layer.attn.__class__ = FastAttention
        if type(layer) is nn.Conv2d and _is_of_patches(layer):
            layer.__class__ = Patches


def _is_of_patches(layer: nn.Conv2d) -> bool:
    is_side_by_side = layer.kernel_size == layer.stride and set(layer.padding) == {0} and set(layer.dilation) == {1}
    return is_side_by_side and layer.groups == 1 and layer.in_channels == CHANNELS
