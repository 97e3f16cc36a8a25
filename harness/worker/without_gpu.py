"""Lets code that asks for a GPU run on the CPU, and remembers that it asked.

The starter calls `.cuda()` unconditionally; on a machine without a GPU that line would raise in everybody's submission.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

TYPED = (
    "FloatTensor",
    "DoubleTensor",
    "HalfTensor",
    "BFloat16Tensor",
    "LongTensor",
    "IntTensor",
    "BoolTensor",
    "ByteTensor",
)
MOVERS = frozenset((torch.Tensor.cuda, torch.Tensor.to, torch.Tensor.type))
FILLED: tuple[Any, ...] = (torch.nn.Linear, torch.nn.Embedding)
"""Layers that fill their parameters where they are, in so many steps that to look at each takes longer than to do it."""
asked: set[str] = set()
"""What has asked for a GPU since it was last cleared."""


def install() -> None:
    """From now on, in this process, a request for a CUDA device is met with the CPU.

    Edges:   `torch.cuda.is_available()` still says False, so code that asks first chooses for itself.
    """
    _OnCpu().__enter__()  # type: ignore[no-untyped-call]
    for name in TYPED:
        setattr(torch.cuda, name, _typed(name))
    answers: dict[str, Any] = {
        "synchronize": None, "set_device": None, "empty_cache": None, "current_device": 0, "get_device_name": "cpu",
        "memory_allocated": 0, "max_memory_allocated": 0, "reset_peak_memory_stats": None,
    }  # fmt: skip
    for name, answer in answers.items():
        setattr(torch.cuda, name, _answering(name, answer))
    for name in ("device", "device_of", "stream"):
        setattr(torch.cuda, name, lambda *_, **__: contextlib.nullcontext())
    for name in ("set_default_device", "set_default_tensor_type"):
        setattr(torch, name, _unless_cuda(name, getattr(torch, name)))
    for layer in FILLED:
        layer.reset_parameters = _aside(layer.reset_parameters)


class _OnCpu(TorchFunctionMode):
    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if kwargs and _is_cuda(kwargs.get("device")):
            asked.add("device=")
            kwargs = {**kwargs, "device": "cpu"}
        if func in MOVERS:
            return _moved(func, args, kwargs or {})
        return func(*args, **kwargs) if kwargs else func(*args)  # a model makes hundreds of these a call


def _moved(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What comes of a method that may name a device, on the CPU."""
    if func is torch.Tensor.cuda:
        asked.add(".cuda()")
        return args[0]
    if func is torch.Tensor.to and any(_is_cuda(a) for a in args[1:]):
        asked.add(".to()")
        args = (args[0], *("cpu" if _is_cuda(a) else a for a in args[1:]))
    if func is torch.Tensor.type and len(args) > 1 and "cuda" in str(args[1]):
        asked.add(".type()")
        args = (args[0], str(getattr(args[1], "__name__", args[1])).replace("torch.cuda.", "torch."), *args[2:])
    return func(*args, **kwargs)


def _is_cuda(device: Any) -> bool:
    if isinstance(device, torch.device):
        return device.type == "cuda"
    return type(device) is int or (isinstance(device, str) and device.partition(":")[0] == "cuda")


def _typed(name: str) -> type:
    def make(cls: type, *args: Any, **kwargs: Any) -> Any:
        asked.add(f"torch.cuda.{name}")
        return getattr(torch, name)(*args, **kwargs)

    return type(f"torch.cuda.{name}", (), {"__new__": make})


def _aside(function: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(function)
    def method(layer: Any) -> None:
        with torch._C.DisableTorchFunction():
            function(layer)

    return method


def _answering(name: str, answer: Any) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        asked.add(f"torch.cuda.{name}")
        return answer

    return function


def _unless_cuda(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(value: Any, *args: Any, **kwargs: Any) -> Any:
        if value is not None and (_is_cuda(value) or "cuda" in str(value)):
            asked.add(f"torch.{name}")
            return None
        return function(value, *args, **kwargs)

    return wrapper
