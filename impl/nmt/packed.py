"""A model's parameters in one vector and their gradients in another, of which the modules' own are views.

One vector is updated by one operation, and the projections of queries, keys and values, which lie side by side, are one
matrix product. Whoever reads a module's parameters or its `state_dict` notices nothing.
"""

from itertools import accumulate, pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from impl.nmt.attention import ScaledDotAttention
from impl.nmt.branches import Branches


class Linear(NamedTuple):
    """An affine map and where its gradient goes: weights [outputs, inputs], biases [outputs].

    Its gradient is written beside the rest of the backward pass, which does not wait for it.
    """

    weight: Tensor
    transposed: Tensor  # [inputs, outputs], a view
    bias: Tensor
    d_weight: Tensor
    d_bias: Tensor
    branches: Branches

    def rows(self, start: int, stop: int) -> "Linear":
        """Those of the outputs alone: of an attention's, the first third are queries, the rest keys and values."""
        weight, _, *others, branches = self
        weight, bias, d_weight, d_bias = (one[start:stop] for one in (weight, *others))
        return Linear(weight, weight.mT, bias, d_weight, d_bias, branches)


class Packed:
    """The parameters of some modules, packed.

    Edges:   moving or converting a module afterwards takes its parameters out of the vector; do that before.
    """

    def __init__(self, *modules: nn.Module) -> None:
        parameters = [parameter for module in modules for parameter in _in_order(module)]
        self.parameters = torch.cat([parameter.detach().flatten() for parameter in parameters])
        self.gradients = torch.zeros_like(self.parameters)
        self.parameters.grad = self.gradients
        self.branches = Branches(self.parameters.device, near=2)
        self._places: dict[int, int] = {}
        ends = accumulate((parameter.numel() for parameter in parameters), initial=0)
        for parameter, (start, end) in zip(parameters, pairwise(ends), strict=True):
            parameter.data = self.parameters[start:end].view_as(parameter)
            parameter.grad = self.gradients[start:end].view_as(parameter)
            self._places[id(parameter)] = start

    def of(self, parameter: nn.Parameter, vector: Tensor) -> Tensor:
        """A parameter's part of a vector of all of them, in the parameter's shape."""
        start = self._places[id(parameter)]
        return vector[start : start + parameter.numel()].view_as(parameter)

    def linear(self, module: nn.Module) -> Linear:
        """A linear layer, or the three projections of an attention as one."""
        weight, bias = (
            (module.Q.weight, module.Q.bias) if isinstance(module, ScaledDotAttention) else (module.weight, module.bias)
        )
        outputs = 3 * len(weight) if isinstance(module, ScaledDotAttention) else len(weight)
        at, inputs = self._places[id(weight)], weight.shape[1]
        weights = slice(at, at + outputs * inputs)
        biases = slice(self._places[id(bias)], self._places[id(bias)] + outputs)
        both = (self.parameters, self.gradients)
        (weight, d_weight), (bias, d_bias) = ([vector[part] for vector in both] for part in (weights, biases))
        weight, d_weight = weight.view(outputs, inputs), d_weight.view(outputs, inputs)
        return Linear(weight, weight.mT, bias, d_weight, d_bias, self.branches)


def _in_order(module: nn.Module) -> list[nn.Parameter]:
    """A module's parameters, those of Q, K and V next to each other."""
    if isinstance(module, ScaledDotAttention):
        projections = (module.Q, module.K, module.V)
        return [projection.weight for projection in projections] + [projection.bias for projection in projections]
    found = list(module.parameters(recurse=False))
    for child in module.children():
        found += _in_order(child)
    return found
