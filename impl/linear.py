"""Linear layers whose products go to whichever library is fast here (`impl.products`), forwards and backwards."""

from typing import Any

import torch
from torch import Tensor, nn

from impl import products


class _Affine(torch.autograd.Function):
    """X W^T + b, with gradients by the same products.

    Shapes:  x [rows, inputs]; weight [outputs, inputs]; bias [outputs] -> [rows, outputs].
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return products.affine(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        (d,) = d_outputs
        d = d.contiguous()
        of_x, of_weight, of_bias = ctx.needs_input_grad
        d_weight = torch.empty_like(weight) if of_weight else None
        if d_weight is not None:
            products.of_columns(d, x, d_weight)
        return products.product(d, weight) if of_x else None, d_weight, d.sum(0) if of_bias else None


class FastLinear(nn.Linear):
    """A linear layer; `quicken` makes one of a layer that is there already, so that its parameters stay where they are."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - its base's name
        rows = input.reshape(-1, self.in_features)
        return _Affine.apply(rows, self.weight, self.bias).view(*input.shape[:-1], self.out_features)


def quicken(model: nn.Module) -> None:
    """Have a model's linear layers compute this way, where it is faster."""
    if not products.prefers_onednn():
        return
    for layer in model.modules():
        if type(layer) is nn.Linear and layer.bias is not None:
            layer.__class__ = FastLinear
