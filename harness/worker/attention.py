"""Correct attention in the place of a subject's own, where that is wrong and something else is judged.

Its text comes with the request that needs it, so that a process has it in which it is no answer: a subject may look at
everything in its memory.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

Correct = Mapping[str, type]


def correct(texts: Mapping[str, str]) -> Correct:
    """The classes of some texts, by name; the same text is the same class."""
    return {name: _made(name, text) for name, text in texts.items()}


@functools.cache
def _made(name: str, text: str) -> type:
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(text, f"<correct {name}>", "exec"), space)  # noqa: S102 - the judge's own
    made: type = space[name]
    return made


@contextlib.contextmanager
def in_place_of(item: type, by_name: Correct) -> Iterator[None]:
    """While a class is constructed, have the names of the attentions mean these."""
    own = [vars(base).get("__init__") for base in item.__mro__ if base.__module__.partition(".")[0] != "torch"]
    spaces: list[dict[str, Any]] = [getattr(f, "__globals__") for f in own if hasattr(f, "__globals__")]  # noqa: B009
    changed: list[tuple[dict[str, Any], str, Any]] = []
    for space in spaces:
        for name, one in by_name.items():
            changed.append((space, name, space.get(name)))
            space[name] = one
    try:
        yield
    finally:
        for space, name, was in reversed(changed):
            if was is None:
                del space[name]
            else:
                space[name] = was


def stand_in(item: type, by_name: Correct) -> None:
    """For good, have a class be made of correct attentions where it subclasses its subject's own, and see them by their
    names."""
    for owner in item.__mro__ if by_name else ():
        if any(base is not by_name.get(base.__name__, base) for base in owner.__bases__):
            owner.__bases__ = tuple(by_name.get(base.__name__, base) for base in owner.__bases__)
    for function in vars(item).values() if by_name else ():
        if isinstance(space := getattr(function, "__globals__", None), dict):
            space.update(by_name)


def replace(module: nn.Module, members: Sequence[str], by_name: Correct) -> None:
    """Put correct attentions into a module's lists of them, each of the kind that is there.

    Edges:   what is no attention of 3.1, by its class's name or that of one it is made of, stays: it is the model's own.
    """
    for member in members:
        held = getattr(module, member, None)
        if not isinstance(held, nn.ModuleList):
            continue
        for place, old in enumerate(held):
            kind = next((base.__name__ for base in type(old).__mro__ if base.__name__ in by_name), None)
            if kind and type(old) is not by_name[kind]:
                held[place] = by_name[kind](next((p.shape[-1] for p in old.parameters()), 0))
