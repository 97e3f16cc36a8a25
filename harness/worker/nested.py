"""What a subject returns, taken apart as its contract says that it is nested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch


class Interface(Exception):
    """The item does not have the interface of its contract; one sentence."""


def leaves(value: Any, nested: Any) -> Iterator[Any]:
    """The named parts of a value, in order: `nested` is a name, None for what is not looked at, or a list of such.

    Edges:   a list of tensors in the place of one is stacked; a single name in a list may stand alone; more values than
             names are accepted where they are None.
    Raises:  Interface.
    """
    if nested is None:
        return
    if isinstance(nested, str):
        yield _stacked(value)
        return
    names = [one for one in nested if one is not None]
    if isinstance(value, torch.Tensor) and len(names) == 1:
        yield value
        return
    if not isinstance(value, tuple | list):
        raise Interface(f"it returned {a_kind(value)}, expected {_shown(nested)}")
    if len(value) < len(nested) or any(one is not None for one in value[len(nested) :]):
        raise Interface(f"it returned {len(value)} values, expected {len(nested)}: {_shown(nested)}")
    for part, inner in zip(value, nested, strict=False):
        yield from leaves(part, inner)


def a_kind(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"one tensor of shape {list(value.shape)}"
    if isinstance(value, tuple | list):
        return f"{len(value)} values"
    return f"a {type(value).__name__}"


def _stacked(value: Any) -> Any:
    if not isinstance(value, tuple | list) or not value or not all(isinstance(one, torch.Tensor) for one in value):
        return value
    return torch.stack(list(value)) if len({one.shape for one in value}) == 1 else value


def _shown(nested: Any) -> str:
    return f"({', '.join(map(_shown, nested))})" if isinstance(nested, list) else str(nested)
