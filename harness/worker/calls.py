"""Constructs an item, sets its parameters, and makes a sequence of calls on that one instance; a kernel is called as it is."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from harness.wire import Header
from harness.worker import attention
from harness.worker.function import Function
from harness.worker.nested import Interface, a_kind, leaves
from harness.worker.objects import made
from harness.worker.tensors import described, laid_out, tensors

Output = tuple[Header, list[bytes]]
Called = nn.Module | Function


def call_item(item: type | Function, request: Header, buffers: Sequence[bytearray], device: str) -> Output:
    """Run one request: the outputs as they are after each call, and at the end, gradients, and the inputs afterwards.

    Shapes:  the reply's "arrays" describe the buffers in order; a call's entries are indices into them.
    Raises:  Interface; and whatever the subject raises.
    """
    arrays = tensors(request["arrays"], buffers, device)
    module = item if isinstance(item, Function) else _construct(item, request, arrays, device)
    sent = _Sent()
    held: list[tuple[Header, list[Any]]] = []
    for call in request["calls"]:
        module.train(call["train"])
        reply, outputs = _call(module, call, request, arrays, sent)
        held.append((reply, outputs))
    for reply, outputs in held:
        reply["outputs_at_end"] = [sent.add(output) for output in outputs]
    return {"calls": [reply for reply, _ in held], "arrays": sent.about}, sent.buffers


class _Sent:
    """The arrays of a reply."""

    def __init__(self) -> None:
        self.about: list[Header] = []
        self.buffers: list[bytes] = []

    def add(self, value: Any) -> int:
        about, buffer = described(value)
        self.about.append(about)
        self.buffers.append(buffer)
        return len(self.about) - 1


def _construct(item: type, request: Header, arrays: Sequence[torch.Tensor], device: str) -> nn.Module:
    name = item.__name__
    with attention.in_place_of(item) if request["attentions"] else contextlib.nullcontext():
        module = item(*_taken(item, [made(argument) for argument in request["arguments"]], request["spare"]))
    if not isinstance(module, nn.Module):
        raise Interface(f"{name}(...) gives a {type(module).__name__}, not a torch.nn.Module")
    attention.replace(module, request["attentions"])
    module = module.to(device=device, dtype=getattr(torch, request["dtype"]))
    wanted: dict[str, int] = request["parameters"]
    have = {n: p for n, p in module.named_parameters() if p.requires_grad or n in wanted}  # a frozen one is a buffer
    optional = set(request["optional"])
    unknown = sorted(have.keys() - wanted.keys())
    lacking = sorted(wanted.keys() - have.keys() - optional)
    if unknown or lacking:
        lists = [f"{verb} {', '.join(names)}" for verb, names in (("lacks", lacking), ("has also", unknown)) if names]
        raise Interface(f"{name} {' and '.join(lists)}; its parameters must be {', '.join(wanted)}")
    with torch.no_grad():
        for key, parameter in have.items():
            value = arrays[wanted[key]]
            if parameter.shape != value.shape:
                raise Interface(f"{name}.{key} has shape {list(parameter.shape)}, expected {list(value.shape)}")
            parameter.copy_(value)
    return module


def _call(
    module: Called, call: Header, request: Header, arrays: Sequence[torch.Tensor], sent: _Sent
) -> tuple[Header, list[Any]]:
    inputs = [laid_out(arrays[i], layout) for i, layout in zip(call["inputs"], call["layouts"], strict=True)]
    named = {name: laid_out(arrays[i], layout) for name, (i, layout) in call["named"].items()}
    cotangents = call["cotangents"]
    learned = call["wrt"]
    extra = [made(value) for value in call["extra"]]
    on = inputs[0].device if inputs and isinstance(inputs[0], torch.Tensor) else torch.device("cpu")
    for i in learned if cotangents is not None else ():
        inputs[i].requires_grad_()
    watch = request["watch_random_state"]
    before = _random_state(on) if watch else b""
    with contextlib.nullcontext() if call["grad"] else torch.no_grad():
        value = module(*inputs, *extra, **named, **call["keywords"])
    nested = request["returns"]
    if nested is None:
        outputs = _as_outputs(value, request["outputs"], is_function=isinstance(module, Function))
    else:
        outputs = list(leaves(value, nested))
    after = _random_state(on) if watch else b""
    reply: Header = {
        "outputs": [sent.add(output) for output in outputs],
        "random_state_moved": before != after,
        "gradients": None,
    }
    if cotangents is not None:
        pulled = [None if c is None else laid_out(arrays[c[0]], c[1]) for c in cotangents]
        reply["gradients"] = _gradients(module, {i: inputs[i] for i in learned}, outputs, pulled, sent)
    reply["inputs_at_end"] = [sent.add(x) for x in inputs]
    reply["named_at_end"] = {name: sent.add(x.float()) for name, x in named.items()}
    return reply, outputs


def _taken(item: type, arguments: list[Any], spare: int) -> list[Any]:
    """The arguments that a constructor takes; the last few it need not take."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return arguments
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return arguments
    positional = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    return arguments[: max(positional, len(arguments) - spare)]


def _as_outputs(value: Any, names: Sequence[str], *, is_function: bool) -> list[Any]:
    """The outputs; of a function, whatever `a, b = function(...)` would take apart."""
    said = "it" if is_function else "forward"
    if len(names) == 1:
        if isinstance(value, dict | tuple | list) or value is None:
            raise Interface(f"it returned {a_kind(value)}, expected one tensor, {names[0]}")
        return [value]
    if is_function and isinstance(value, Iterable) and not isinstance(value, str | dict | set):
        value = list(itertools.islice(value, len(names) + 1))
    if not isinstance(value, tuple | list):
        raise Interface(f"{said} returned {a_kind(value)}, expected ({', '.join(names)})")
    if len(value) != len(names):
        raise Interface(f"{said} returned {len(value)} values, expected {len(names)}: ({', '.join(names)})")
    return list(value)


def _gradients(
    module: Called,
    inputs: dict[int, torch.Tensor],
    outputs: Sequence[Any],
    cotangents: Sequence[torch.Tensor | None],
    sent: _Sent,
) -> dict[str, int | None]:
    """Gradients by name, `input <i>` for inputs; None where nothing flows."""
    learned = {name: p for name, p in module.named_parameters() if p.requires_grad}
    of = {f"input {i}": x for i, x in inputs.items()} | learned
    pairs = []
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if cotangent is None or not isinstance(output, torch.Tensor) or not output.requires_grad:
            continue
        if output.numel() != cotangent.numel():
            return dict.fromkeys(of)  # of a wrong shape: the judge sees that first
        pairs.append((output, cotangent.reshape(output.shape).to(output.dtype)))
    if not pairs:
        return dict.fromkeys(of)
    pulled = torch.autograd.grad([o for o, _ in pairs], list(of.values()), [c for _, c in pairs], allow_unused=True)
    return {name: None if g is None else sent.add(g) for name, g in zip(of, pulled, strict=True)}


def _random_state(device: torch.device) -> bytes:
    digest = hashlib.blake2b(torch.get_rng_state().numpy().tobytes())
    if device.type == "cuda":
        digest.update(torch.cuda.get_rng_state(device).numpy().tobytes())
    numpy_state = cast("tuple[Any, ...]", np.random.get_state(legacy=True))
    digest.update(numpy_state[1].tobytes())
    digest.update(repr((numpy_state[2:], random.getstate())).encode())
    return digest.digest()
