"""Starting a kernel: on a GPU compiled, unless TRITON_INTERPRET was set; on a CPU in Triton's interpreter in any case."""

import contextlib
import dataclasses
import functools
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy
import torch
from torch import Tensor
from triton.runtime import interpreter
from triton.runtime.interpreter import InterpretedFunction
from triton.runtime.jit import JITFunction

from impl.attention.fused.blocks import Mask, Rows
from impl.attention.fused.table import Tile


def launch(kernel: Any, n_programs: int, arguments: Sequence[Any], constants: dict[str, Any], tile: Tile) -> None:
    """Run `kernel` on the device of its first argument. It is not waited for, and nothing is allocated.

    Multiplication and addition may be fused; said here, because Triton's default for it depends on the version.

    Raises:  NotImplementedError on a GPU where there is no C compiler.
    """
    device = arguments[0].address.device
    options = {"num_warps": tile.num_warps, "num_stages": tile.num_stages, "enable_fp_fusion": True}
    if device.type == "cpu":
        with without_overflow_checks(), numpy.errstate(all="ignore"):  # a GPU is quiet about infinities
            interpreted(kernel)[(n_programs,)](*arguments, **constants)
        return
    guard = contextlib.nullcontext() if device.index == torch.cuda.current_device() else torch.cuda.device(device)
    try:
        with guard:
            kernel[(n_programs,)](*arguments, **constants, **options)
    except RuntimeError as error:
        if "Failed to find C compiler" not in str(error):
            raise
        raise NotImplementedError("Triton needs a C compiler to start a kernel, and finds none; set CC") from error


@functools.cache
def interpreted(kernel: Any) -> Any:
    """`kernel` for the interpreter, in a copy whose helpers are for the interpreter as well.

    The decorator chooses by the environment, once for a whole process and for Triton's own library; this chooses by the
    tensors, and leaves other people's kernels alone.
    """
    source = kernel.fn
    names = dict(source.__globals__)
    for name in source.__code__.co_names:
        helper = names.get(name)
        if isinstance(helper, JITFunction | InterpretedFunction) and helper is not kernel:  # `load` says `tl.load`
            names[name] = interpreted(helper).rewrite()
    copy = types.FunctionType(source.__code__, names, source.__name__, source.__defaults__, source.__closure__)
    functools.update_wrapper(copy, source)
    del copy.__wrapped__  # the interpreter reads the source text of what it finds there, and the names with it
    return InterpretedFunction(copy)


@contextlib.contextmanager
def without_overflow_checks() -> Iterator[None]:
    """The interpreter without its check of every sum and product of whole numbers, which takes half of its time."""
    builder = interpreter.interpreter_builder
    before = builder.options
    builder.options = dataclasses.replace(before, sanitize_overflow=False)
    try:
        yield
    finally:
        builder.options = before


def rows(x: Tensor) -> Rows:
    """`x` as a kernel takes it.

    Shapes:  x [batch, n_heads, length, d_head], the last axis contiguous.
    """
    return Rows(x, *x.stride()[:3])


def mask_rows(mask: Tensor | None) -> Mask | None:
    """A mask as a kernel takes it.

    Shapes:  mask bool [batch, n_heads, q_len, kv_len], of any strides.
    """
    return None if mask is None else Mask(mask.view(torch.uint8), *mask.stride())
