"""The fused kernel: value and gradients against plain float64, on both of its ways, on a GPU where there is one.

An error may be as large as rounding each term of its sum some times: in the tensors' dtype, and in float32 for what a
rounding of the logits does to the weights. What has no terms must be exactly zero.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from impl.attention import fused
from impl.attention.fused.function import Attention
from impl.attention.fused.table import Looped, Plan, Tile, Whole

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ROUNDINGS = 6.0  # of each term; the most seen in the interpreter is 2.6, and a GPU approximates exp2
WHOLE = Whole(*[Tile(64, 64, 4, 1)] * 2)
LOOPED = Looped(*[Tile(16, 16, 4, 1)] * 3)
PLANS = {
    "whole": WHOLE,
    "square": LOOPED,
    "wide": Looped(*[Tile(16, 32, 4, 1)] * 3),
    "tall": Looped(*[Tile(32, 16, 4, 1)] * 3),
}
DTYPES = [torch.float32, torch.float16, torch.bfloat16]


def dice(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(q_len: int, kv_len: int, d_head: int = 16, *, n_heads: int = 2, dtype: torch.dtype = torch.float32) -> Any:
    """q, k, v and the cotangent, of a batch of two."""
    lengths = (q_len, kv_len, kv_len, q_len)
    g = dice(q_len + 300 * kv_len)
    return [torch.randn(2, n_heads, n, d_head, generator=g).to(dtype).to(DEVICE) for n in lengths]


def drawn_mask(*shape: int) -> Tensor:
    """A mask whose row 1, and in a tall one row 20, permits nothing."""
    mask = torch.rand(shape, generator=dice()) < 0.6
    if shape[-2] > 1:
        mask[..., 1::19, :] = False
    return mask.to(DEVICE)


def weights_of(q: Tensor, k: Tensor, mask: Tensor | None, is_causal: bool, scale: float) -> Tensor:
    """Weights in the inputs' dtype, zero in a row without a permitted key."""
    allowed = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device)
    if is_causal:
        allowed = allowed.tril()
    if mask is not None:
        allowed = allowed & mask
    logits = (q @ k.mT * scale).masked_fill(~allowed, -1e300)
    return torch.where(allowed, logits.softmax(-1), 0.0)


def expected(inputs: list[Tensor], mask: Tensor | None, is_causal: bool, scale: float) -> list[Tensor]:
    """Out, dq, dk and dv, by autograd."""
    q, k, v, d_out = [x.detach().double() for x in inputs]
    leaves = [x.requires_grad_() for x in (q, k, v)]
    out = weights_of(q, k, mask, is_causal, scale) @ v
    return [out.detach(), *torch.autograd.grad(out, leaves, d_out)]


def magnitudes(inputs: list[Tensor], mask: Tensor | None, is_causal: bool, scale: float) -> list[Tensor]:
    """What one rounding of each term may cost in out, dq, dk and dv."""
    q, k, v, d_out = [x.detach().double() for x in inputs]
    weights = weights_of(q, k, mask, is_causal, scale)
    logits = abs(scale) * (q.abs() @ k.abs().mT) * (weights > 0)
    dtype = torch.finfo(inputs[0].dtype)
    unit = dtype.eps + torch.finfo(torch.float32).eps * (1 + logits.amax(-1, keepdim=True))  # [..., q_len, 1]
    subnormal = 1.0 if inputs[0].is_cuda else dtype.eps  # exp2 of a GPU gives no subnormal numbers
    least = dtype.smallest_normal * subnormal
    weights_error = weights * unit + least * (weights > 0)
    d_weights = d_out.abs() @ v.abs().mT
    d_logits_error = weights_error * (d_weights + (weights * d_weights).sum(-1, keepdim=True))
    d_q, d_k = d_logits_error @ k.abs(), d_logits_error.mT @ q.abs()
    return [weights_error @ v.abs(), abs(scale) * d_q, abs(scale) * d_k, weights_error.mT @ d_out.abs()]


def actual(inputs: list[Tensor], mask: Tensor | None, is_causal: bool, scale: float | None, plan: Plan | None) -> Any:
    q, k, v, d_out = inputs
    q, k, v = [x.detach().requires_grad_() for x in (q, k, v)]
    if plan is None:
        out = fused.attention(q, k, v, mask=mask, is_causal=is_causal, scale=scale)
    else:
        full = None if mask is None else mask.expand(*q.shape[:3], k.shape[2])
        out = Attention.apply(q, k, v, full, is_causal, q.shape[3] ** -0.5 if scale is None else scale, plan)
    return [out.detach(), *torch.autograd.grad(out, (q, k, v), d_out)]


def hold(
    inputs: list[Tensor],
    mask: Tensor | None = None,
    *,
    is_causal: bool = False,
    scale: float | None = None,
    plan: Plan | None = None,
) -> None:
    """Assert that out, dq, dk and dv are right to within their rounding."""
    number = inputs[0].shape[3] ** -0.5 if scale is None else scale
    found = actual(inputs, mask, is_causal, scale, plan)
    wanted, allowed = expected(inputs, mask, is_causal, number), magnitudes(inputs, mask, is_causal, number)
    for name, x, value, magnitude in zip(("out", "dq", "dk", "dv"), found, wanted, allowed, strict=True):
        assert (x.dtype, x.shape) == (inputs[0].dtype, value.shape), name
        assert x.isfinite().all(), name
        error = (x.double() - value).abs()
        assert (error <= ROUNDINGS * magnitude).all(), f"{name}: {(error / magnitude).nan_to_num(0).max()} roundings"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("is_causal", [False, True], ids=["full", "causal"])
@pytest.mark.parametrize("lengths", [(1, 1), (2, 31), (15, 17), (33, 16), (16, 33), (40, 40), (64, 63)], ids=str)
def test_every_plan_is_right_at_every_length(lengths: tuple[int, int], is_causal: bool, plan: Plan) -> None:
    hold(drawn(*lengths, n_heads=1), is_causal=is_causal, plan=plan)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("is_causal", [False, True], ids=["full", "causal"])
@pytest.mark.parametrize("shape", [(21, 35), (2, 1, 1, 35), (2, 2, 21, 35), (1,), (21, 1)], ids=str)
def test_a_mask_of_any_shape_holds_together_with_causality(shape: Any, is_causal: bool, plan: Plan) -> None:
    mask = drawn_mask(*shape) if len(shape) > 1 else torch.ones(shape, dtype=torch.bool, device=DEVICE)
    hold(drawn(21, 35), mask, is_causal=is_causal, plan=plan)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("plan", [None, LOOPED], ids=["public", "looped"])
@pytest.mark.parametrize("d_head", [1, 8, 24, 40, 64, 80, 96, 128, 192, 256])
def test_every_width_of_head_in_every_dtype(d_head: int, plan: Plan | None, dtype: torch.dtype) -> None:
    if plan is not None and dtype == torch.bfloat16 and DEVICE == "cpu":
        pytest.skip("the interpreter has no bfloat16; the public function takes another way")
    hold(drawn(18, 34, d_head, n_heads=1, dtype=dtype), is_causal=d_head % 16 == 8, plan=plan)


@pytest.mark.parametrize("lengths", [(63, 65), (128, 127), (130, 129), (257, 65), (31, 257), (300, 300)], ids=str)
@pytest.mark.parametrize("plan", [None, Looped(*[Tile(64, 64, 4, 1)] * 3)], ids=["public", "looped"])
def test_long_sequences(lengths: tuple[int, int], plan: Plan | None) -> None:
    hold(drawn(*lengths, 64, n_heads=1), is_causal=True, plan=plan)


def test_beyond_what_the_interpreter_takes_whole_it_goes_over_blocks() -> None:
    hold([x[:1] for x in drawn(150, 520, n_heads=1)], is_causal=False)


@pytest.mark.parametrize("plan", [WHOLE, LOOPED], ids=["whole", "looped"])
@pytest.mark.parametrize("scale", [None, 0.0, -0.5, 3, 1e-3])
def test_any_scale(scale: float | None, plan: Plan) -> None:
    hold(drawn(20, 37), drawn_mask(20, 37), scale=scale, plan=plan)


@pytest.mark.parametrize("plan", [WHOLE, LOOPED], ids=["whole", "looped"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("level", [1e4, -1e4])
def test_large_logits(level: float, dtype: torch.dtype, plan: Plan) -> None:
    q, k, v, d_out = drawn(20, 37, dtype=dtype)
    shift = torch.full_like(q, 50.0), torch.full_like(k, level / 50 / 4)  # d_head ** 0.5 is 4
    hold([q + shift[0], k + shift[1], v, d_out], plan=plan)
    hold([q + shift[0], k + shift[1], v, d_out], drawn_mask(20, 37), is_causal=True, plan=plan)


@pytest.mark.parametrize("plan", [WHOLE, LOOPED], ids=["whole", "looped"])
def test_rows_at_very_different_levels(plan: Plan) -> None:
    q, k, v, d_out = drawn(20, 37)
    levels = torch.logspace(-3, 3, 20, device=DEVICE)[:, None]
    hold([q * levels, k, v, d_out], is_causal=True, plan=plan)


@pytest.mark.parametrize("plan", [WHOLE, LOOPED], ids=["whole", "looped"])
def test_a_row_whose_keys_come_in_a_later_block(plan: Plan) -> None:
    mask = torch.zeros(20, 50, dtype=torch.bool, device=DEVICE)
    mask[3, 49] = mask[4, 17] = mask[5, 0] = True
    hold(drawn(20, 50), mask, plan=plan)


def transposed(x: Tensor) -> Tensor:
    return x.transpose(1, 2).contiguous().transpose(1, 2)


def strided_last_axis(x: Tensor) -> Tensor:
    return x.mT.contiguous().mT


def every_second_column(x: Tensor) -> Tensor:
    return torch.stack([x, x + 1], -1).flatten(-2)[..., ::2]


def expanded_heads(x: Tensor) -> Tensor:
    return x[:, :1].expand_as(x)


def expanded_batch(x: Tensor) -> Tensor:
    return x[:1].expand_as(x)


def offset_and_padded(x: Tensor) -> Tensor:
    return torch.nn.functional.pad(x, (3, 2, 1, 4))[:, :, 1:-4, 3:-2]


def one_number(x: Tensor) -> Tensor:
    return x.flatten()[0].expand_as(x)


LAYOUTS = [
    transposed,
    strided_last_axis,
    every_second_column,
    expanded_heads,
    expanded_batch,
    offset_and_padded,
    one_number,
]


@pytest.mark.parametrize("plan", [WHOLE, LOOPED], ids=["whole", "looped"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_strides_and_nothing_is_written_to(layout: Callable[[Tensor], Tensor], plan: Plan) -> None:
    inputs = [layout(x) for x in drawn(20, 37, 24)]
    before = [x.clone() for x in inputs]
    for chosen in ((0,), (1,), (2,), (3,), (0, 1, 2, 3)):
        mixed = [x if i in chosen else x.contiguous() for i, x in enumerate(inputs)]
        hold(mixed, is_causal=True, plan=plan)
    hold(inputs, drawn_mask(37, 20).mT, plan=plan)
    assert all(torch.equal(x, y) for x, y in zip(inputs, before, strict=True))
