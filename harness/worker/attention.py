"""Correct attention, to be put in the place of a subject's own where that is wrong and something else is judged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class ScaledDotAttention(nn.Module):
    """Handout 3.1.1.

    Shapes:  queries [batch, q_len, hidden] or [batch, hidden]; keys, values [batch, kv_len, hidden].
    """

    of_record_is_causal = False  # a name that no subclass of a subject's has by chance

    def __init__(self, hidden_size: int, *_: Any, **__: Any) -> None:  # a subject's own may take more
        super().__init__()
        self.Q, self.K, self.V = (nn.Linear(hidden_size, hidden_size) for _ in range(3))
        self.hidden_size, self.softmax = hidden_size, nn.Softmax(dim=2)  # as the course's own has, for subclasses
        self.scaling_factor = torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Context, and weights [batch, q_len, kv_len]."""
        queries = queries if queries.ndim == 3 else queries[:, None]
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        logits = q @ k.mT * q.shape[-1] ** -0.5
        if self.of_record_is_causal:
            later = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).triu(1)
            logits = logits.masked_fill(later, float("-inf"))
        weights = logits.softmax(dim=-1)
        return weights @ v, weights


class CausalScaledDotAttention(ScaledDotAttention):
    """Handout 3.1.2."""

    of_record_is_causal = True


BY_NAME = {one.__name__: one for one in (ScaledDotAttention, CausalScaledDotAttention)}


@contextlib.contextmanager
def in_place_of(item: type) -> Iterator[None]:
    """While a class is constructed, have the names of the two attentions mean these."""
    own = [vars(base).get("__init__") for base in item.__mro__ if base.__module__.partition(".")[0] != "torch"]
    spaces: list[dict[str, Any]] = [getattr(f, "__globals__") for f in own if hasattr(f, "__globals__")]  # noqa: B009
    changed: list[tuple[dict[str, Any], str, Any]] = []
    for space in spaces:
        for name, correct in BY_NAME.items():
            changed.append((space, name, space.get(name)))
            space[name] = correct
    try:
        yield
    finally:
        for space, name, was in reversed(changed):
            if was is None:
                del space[name]
            else:
                space[name] = was


def stand_in(item: type, names: Sequence[str]) -> None:
    """For good, have a class be made of correct attentions where it subclasses its subject's own, and see them by their
    names."""
    for owner in item.__mro__ if names else ():
        if any(base.__name__ in names and base is not BY_NAME[base.__name__] for base in owner.__bases__):
            owner.__bases__ = tuple(BY_NAME[b.__name__] if b.__name__ in names else b for b in owner.__bases__)
    for function in vars(item).values() if names else ():
        if isinstance(space := getattr(function, "__globals__", None), dict):
            space.update((name, BY_NAME[name]) for name in names)


def replace(module: nn.Module, members: dict[str, bool]) -> None:
    """Put correct attentions into a module's lists of them.

    Edges:   which of the two a model chose is its own, right or wrong; `members` says by name which are causal where its
             class does not say.
    """
    for name, causal in members.items():
        held = getattr(module, name, None)
        if not isinstance(held, nn.ModuleList):
            continue
        for place, old in enumerate(held):
            hidden = next((p.shape[-1] for p in old.parameters()), 0)
            expected = CausalScaledDotAttention if causal else ScaledDotAttention
            held[place] = BY_NAME.get(type(old).__name__, expected)(hidden)
