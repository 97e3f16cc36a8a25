"""Adam, torch's own, on all parameters as one vector."""

import torch
from torch import Tensor
from torch.optim.adam import adam

MOMENTS = ("exp_avg", "exp_avg_sq")
DEFAULTS = {
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-8,
    "weight_decay": 0.0,
    "amsgrad": False,
    "maximize": False,
    "fused": True,
    "foreach": False,
}  # torch's; one operation for the whole vector
PIECES = 36  # of a GPU's vector: an update gives each to one multiprocessor, and more than these take another launch


class Adam:
    """A vector of parameters, their gradients, and what Adam keeps of earlier ones."""

    def __init__(self, parameters: Tensor, gradients: Tensor) -> None:
        on_gpu, device = parameters.is_cuda, parameters.device
        self.moments = {name: torch.zeros_like(parameters) for name in MOMENTS}
        self.steps = torch.zeros(PIECES if on_gpu else 1, device=device)
        vectors = (parameters, gradients, *self.moments.values())
        self._pieces = [one.tensor_split(len(self.steps)) for one in vectors]
        self._steps = self.steps.unbind()
        self._rate = 0.0
        self._rate_on_gpu = torch.zeros((), device=device) if on_gpu else None  # where a graph reads it

    def set_rate(self, rate: float) -> None:
        """Update at this learning rate from now on."""
        if rate == self._rate:
            return
        self._rate = rate
        if self._rate_on_gpu is not None:
            self._rate_on_gpu.fill_(rate)

    def update(self) -> None:
        """Update the parameters by the gradients as they are."""
        rate = self._rate if self._rate_on_gpu is None else self._rate_on_gpu
        adam(*self._pieces, [], self._steps, lr=rate, capturable=self._rate_on_gpu is not None, **DEFAULTS)
