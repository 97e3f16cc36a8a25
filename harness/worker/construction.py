"""An instance of an item: constructed, and given the parameters of a request."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from harness.wire import Header
from harness.worker import attention
from harness.worker.nested import Interface
from harness.worker.objects import made
from harness.worker.tensors import aside

NAMED = 12  # parameters that a message names; of more, the first and the last


class Plan(NamedTuple):
    """What an instance is made of: its class, the request that asks for it, and the request's arrays."""

    item: type
    request: Header
    arrays: Sequence[torch.Tensor]
    device: str


def construct(plan: Plan) -> nn.Module:
    """A fresh instance with the parameters of the request.

    Raises:  Interface; and whatever the subject raises.
    """
    return filled(fresh(plan), plan)


def fresh(plan: Plan) -> nn.Module:
    """An instance with the parameters that it gives itself.

    Raises:  Interface; and whatever the subject raises.
    """
    request = plan.request
    correct = attention.correct(request["correct"])
    attention.stand_in(plan.item, {name: correct[name] for name in request["stand_ins"]})
    with attention.in_place_of(plan.item, correct) if request["attentions"] else contextlib.nullcontext():
        module = plan.item(*_taken(plan.item, arguments(request), request["spare"]))
    if not isinstance(module, nn.Module):
        raise Interface(f"{plan.item.__name__}(...) gives a {type(module).__name__}, not a torch.nn.Module")
    attention.replace(module, request["attentions"], correct)
    return moved(module, plan)


def moved(module: nn.Module, plan: Plan) -> nn.Module:
    """A module on the device and in the dtype of the request."""
    with aside() if _moves_plainly(module) else contextlib.nullcontext():
        return module.to(device=plan.device, dtype=getattr(torch, plan.request["dtype"]))


def _moves_plainly(module: nn.Module) -> bool:
    """Whether no code but torch's runs when a module is moved."""
    plain = nn.Module.to, nn.Module._apply
    return all((type(one).to, type(one)._apply) == plain for one in module.modules())


def arguments(request: Header) -> list[Any]:
    """What an item is constructed with."""
    return [made(argument) for argument in request["arguments"]]


def named(module: Any, request: Header) -> dict[str, nn.Parameter]:
    """A module's parameters by the names that the contract has for them.

    Edges:   a member that holds a part of the item may put its prefix before them.
    Raises:  Interface if two have one name then.
    """
    wanted: dict[str, int] = request["parameters"]
    found: dict[str, nn.Parameter] = {}
    for name, parameter in module.named_parameters():
        bare = (name.removeprefix(prefix) for prefix in request["prefixes"])
        own = name if name in wanted else next((one for one in bare if one in wanted), name)
        if own in found:
            raise Interface(f"{type(module).__name__} has {own} twice: once as {name}")
        found[own] = parameter
    return found


def filled(module: nn.Module, plan: Plan, *, among: frozenset[str] | None = None) -> nn.Module:
    """A module with the parameters of the request, or with those that are named.

    Raises:  Interface if it lacks some, has others, or they have other shapes.
    """
    request, name = plan.request, plan.item.__name__
    wanted = {key: i for key, i in request["parameters"].items() if among is None or key in among}
    have = {n: p for n, p in named(module, request).items() if n in wanted or (p.requires_grad and among is None)}
    unknown = sorted(have.keys() - wanted.keys())  # of those that are learned; a frozen one is a buffer
    lacking = sorted(wanted.keys() - have.keys() - set(request["optional"]))
    if unknown or lacking:
        lists = [f"{verb} {_listed(names)}" for verb, names in (("lacks", lacking), ("has also", unknown)) if names]
        raise Interface(f"{name} {' and '.join(lists)}; its parameters must be {_listed(list(wanted))}")
    with aside(), torch.no_grad():
        for key, parameter in have.items():
            value = plan.arrays[wanted[key]]
            if parameter.shape != value.shape:
                raise Interface(f"{name}.{key} has shape {list(parameter.shape)}, expected {list(value.shape)}")
            parameter.copy_(value)
    return module


def _listed(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:2])}, ..., {', '.join(names[-2:])}"


def _taken(item: type, given: list[Any], spare: int) -> list[Any]:
    """The arguments that a constructor takes; the last few it need not take."""
    if id(item) not in _POSITIONAL:
        _POSITIONAL[id(item)] = item, _positional(item)
    _, positional = _POSITIONAL[id(item)]
    return given if positional is None else given[: max(positional, len(given) - spare)]


def _positional(item: type) -> int | None:
    """How many arguments a constructor takes by position; None where it may take any."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


_POSITIONAL: dict[int, tuple[type, int | None]] = {}  # by identity: a stranger's class may not be hashable
