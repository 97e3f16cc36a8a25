"""A kernel: a function of q, k and v under the contract's keywords, adapted where it has torch's own signature. What is no
function, but a text, becomes one that gives it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch

KEYWORDS = ("mask", "is_causal", "scale")
THEIRS = "attn_mask"
ADAPTED = (
    f"it has torch's signature: {THEIRS}= was given the mask, and one for both where mask and is_causal hold together"
)


class Function:
    """A function with the face of a module without parameters.

    Edges:   a keyword is passed on only where it differs from its default; one that the function does not take is
             declined.
    Raises:  NotImplementedError for a keyword that the function does not take.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.__name__ = name
        self._function = function
        self._taken = _keywords(function)
        self.adapted = self._taken is not None and "mask" not in self._taken and THEIRS in self._taken
        self.deterministic = getattr(function, "deterministic", True) is not False

    def __call__(self, *inputs: torch.Tensor, **keywords: Any) -> Any:
        given = {name: value for name, value in keywords.items() if value is not None and value is not False}
        if self.adapted and "mask" in given:
            mask = given.pop("mask")
            if given.pop("is_causal", False):
                lengths = inputs[0].shape[-2], inputs[1].shape[-2]
                mask = mask & torch.ones(lengths, dtype=torch.bool, device=mask.device).tril()
            given[THEIRS] = mask
        if self._taken is not None and (lacking := sorted(given.keys() - self._taken)):
            raise NotImplementedError(f"{self.__name__} takes no {' and no '.join(lacking)}")
        return self._function(*inputs, **given)

    def train(self, mode: bool) -> None:
        """A function has no mode."""

    def named_parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        return iter(())


def constant(name: str, value: Any) -> Function:
    """A function that gives a value, of a list or tuple that holds one text that text."""
    if type(value) in (list, tuple) and len(value) == 1 and isinstance(value[0], str):
        (value,) = value
    return Function(name, lambda: value)


def _keywords(function: Callable[..., Any]) -> frozenset[str] | None:
    """The names of a function's parameters; None where it takes any.

    Edges:   a built-in function has no signature; its docstring opens with one.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        said = getattr(function, "__doc__", None) or ""
        return frozenset(name for name in (*KEYWORDS, THEIRS) if f" {name}=" in said)
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return None if takes_any and THEIRS not in parameters else frozenset(parameters)
