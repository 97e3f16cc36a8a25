"""Constructs an item, sets its parameters, and makes a sequence of calls on that one instance; a kernel is called as it is."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import nn

from harness.wire import Header
from harness.worker.construction import Plan, construct, named
from harness.worker.function import Function
from harness.worker.nested import Interface, a_kind, leaves
from harness.worker.objects import made
from harness.worker.passages import put_through
from harness.worker.tensors import described, laid_out, tensors

Output = tuple[Header, list[bytes]]
Called = nn.Module | Function


def call_item(item: type | Function, request: Header, buffers: Sequence[bytearray], device: str) -> Output:
    """Run one request: the outputs as they are after each call, and at the end, gradients, and the inputs afterwards.

    Shapes:  the reply's "arrays" describe the buffers in order; a call's entries are indices into them.
    Raises:  Interface; and whatever the subject raises.
    """
    arrays = tensors(request["arrays"], buffers, device)
    module = item if isinstance(item, Function) else _instance(item, request, arrays, device)
    sent = _Sent()
    held: list[tuple[Header, list[Any]]] = []
    for call in request["calls"]:
        module.train(call["train"])
        reply, outputs = _call(module, call, request, arrays, sent)
        held.append((reply, outputs))
    for reply, outputs in held:
        reply["outputs_at_end"] = [sent.add(output) for output in outputs]
    at_end = {name: sent.add(p) for name, p in named(module, request).items()} if request["after"] else {}
    calls = [reply for reply, _ in held]
    return {"calls": calls, "parameters_at_end": at_end, "arrays": sent.about}, sent.buffers


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


def _instance(item: type, request: Header, arrays: Sequence[torch.Tensor], device: str) -> nn.Module:
    plan = Plan(item, request, arrays, device)
    first = request["calls"][0]

    def outputs(module: nn.Module) -> dict[str, Any]:
        value = _given(first, arrays).to(module)
        return dict(zip(first["outputs"], _taken_apart(value, first, request, is_function=False), strict=True))

    return put_through(construct(plan), plan, outputs)


class _Given(NamedTuple):
    """What a call is given."""

    inputs: list[Any]
    extra: list[Any]
    named: dict[str, Any]
    flags: dict[str, Any]

    def to(self, module: Called) -> Any:
        """What a module returns for it."""
        return module(*self.inputs, *self.extra, **self.named, **self.flags)

    @property
    def device(self) -> torch.device:
        tensors = (x for x in (*self.inputs, *self.named.values()) if isinstance(x, torch.Tensor))
        return next((x.device for x in tensors), torch.device("cpu"))


def _given(call: Header, arrays: Sequence[torch.Tensor]) -> _Given:
    return _Given(
        [laid_out(arrays[i], layout) for i, layout in zip(call["inputs"], call["layouts"], strict=True)],
        [made(value) for value in call["extra"]],
        {name: laid_out(arrays[i], layout) for name, (i, layout) in call["named"].items()},
        {name: made(value) for name, value in call["keywords"].items()},
    )


def _call(
    module: Called, call: Header, request: Header, arrays: Sequence[torch.Tensor], sent: _Sent
) -> tuple[Header, list[Any]]:
    given = _given(call, arrays)
    cotangents = call["cotangents"]
    learned = call["wrt"]
    for i in learned if cotangents is not None else ():
        given.inputs[i].requires_grad_()
    watch = request["watch_random_state"]
    before = _random_state(given.device) if watch else b""
    printed = io.StringIO()
    with (
        contextlib.nullcontext() if call["grad"] else torch.no_grad(),
        contextlib.redirect_stdout(printed) if request["prints"] else contextlib.nullcontext(),
    ):
        value = given.to(module)
    value = _said(value, printed.getvalue()) if request["prints"] else value
    outputs = _taken_apart(value, call, request, is_function=isinstance(module, Function))
    after = _random_state(given.device) if watch else b""
    reply: Header = {
        "outputs": [sent.add(output) for output in outputs],
        "random_state_moved": before != after,
        "gradients": None,
    }
    if cotangents is not None:
        pulled = [None if c is None else laid_out(arrays[c[0]], c[1]) for c in cotangents]
        of = {f"input {i}": given.inputs[i] for i in learned}
        of |= {name: p for name, p in named(module, request).items() if p.requires_grad}
        reply["gradients"] = _gradients(of, outputs, pulled, sent)
    reply["inputs_at_end"] = [sent.add(x) for x in given.inputs]
    reply["named_at_end"] = {name: sent.add(x.float()) for name, x in given.named.items()}
    return reply, outputs


def _said(value: Any, printed: str) -> Any:
    """What was returned or printed, or both if they differ."""
    if not isinstance(value, str):
        return printed if value is None else printed or value
    return value if printed.strip() in ("", value.strip()) else f"{printed}{value}"


def _taken_apart(value: Any, call: Header, request: Header, *, is_function: bool) -> list[Any]:
    """The outputs of a call, as the contract says that they are nested."""
    if request["returns"] is not None:
        return list(leaves(value, request["returns"]))
    return _as_outputs(value, call["outputs"], is_function=is_function, as_tuple=request["as_tuple"])


def _as_outputs(value: Any, names: Sequence[str], *, is_function: bool, as_tuple: bool) -> list[Any]:
    """The outputs; of a function, whatever `a, b = function(...)` would take apart.

    Edges:   of a tuple that holds one output alone, the rest may be None.
    """
    said = "it" if is_function else "forward"
    shown = f"({', '.join(names)}{',' if len(names) == 1 else ''})"
    if len(names) == 1 and not as_tuple:
        if isinstance(value, dict | tuple | list) or value is None:
            raise Interface(f"it returned {a_kind(value)}, expected one tensor, {names[0]}")
        return [value]
    if is_function and isinstance(value, Iterable) and not isinstance(value, str | dict | set):
        value = list(itertools.islice(value, len(names) + 1))
    if not isinstance(value, tuple | list):
        raise Interface(f"{said} returned {a_kind(value)}, expected {shown}")
    if len(names) == 1 and all(one is None for one in value[1:]):
        value = value[:1]
    if len(value) != len(names):
        raise Interface(f"{said} returned {len(value)} values, expected {len(names)}: {shown}")
    return list(value)


def _gradients(
    of: dict[str, torch.Tensor], outputs: Sequence[Any], cotangents: Sequence[torch.Tensor | None], sent: _Sent
) -> dict[str, int | None]:
    """Gradients by name, `input <i>` for inputs; None where nothing flows."""
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
