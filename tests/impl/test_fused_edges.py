"""The fused kernel at its edges: nothing to do, part of the gradients, what it refuses, what its backward pass promises."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from impl.attention import fused
from impl.attention.fused.function import Attention
from impl.attention.fused.launch import launch
from impl.attention.fused.table import Looped, Plan, Tile, Whole

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PLANS = {"whole": Whole(*[Tile(32, 32, 4, 1)] * 2), "looped": Looped(*[Tile(16, 16, 4, 1)] * 3)}


def drawn(*shape: int) -> list[Any]:
    g = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=g).to(DEVICE).requires_grad_() for _ in range(3)]


@pytest.mark.parametrize("shape", [(0, 2, 3, 8), (2, 0, 3, 8), (2, 2, 0, 8)], ids=str)
def test_without_an_entry_there_is_nothing(shape: tuple[int, ...]) -> None:
    q, k, v = drawn(*shape)
    out = fused.attention(q, k, v, is_causal=True)
    out.sum().backward()
    assert [x.shape for x in (out, q.grad, k.grad, v.grad)] == [shape] * 4


def test_without_a_key_everything_is_zero() -> None:
    q, k, v = drawn(2, 3, 4, 8)
    out = fused.attention(q, k[:, :, :0], v[:, :, :0])
    out.sum().backward()
    assert not out.any()
    assert not q.grad.any()


def test_torch_compile_goes_around_it() -> None:
    q, k, v = [x.detach() for x in drawn(1, 2, 5, 8)]
    compiled = torch.compile(lambda q, k, v: 2.0 * fused.attention(q, k, v), backend="eager")
    assert torch.equal(compiled(q, k, v), 2.0 * fused.attention(q, k, v))


def test_a_gpu_without_a_c_compiler_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        def __getitem__(self, grid: tuple[int]) -> Any:
            raise RuntimeError("Failed to find C compiler. Please specify via CC environment variable.")

    on_gpu = SimpleNamespace(address=SimpleNamespace(device=torch.device("cuda", 0)))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    with pytest.raises(NotImplementedError, match="C compiler"):
        launch(Kernel(), 1, [on_gpu], {}, Tile(16, 16, 4, 1))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_query_without_a_key_gives_exact_zeros_and_the_last_key_hidden_gets_none(plan: Plan) -> None:
    q, k, v = drawn(2, 3, 20, 8)
    mask = torch.ones(2, 3, 20, 20, dtype=torch.bool, device=DEVICE)
    mask[:, :, 7] = False
    mask[:, :, :, 19] = False
    out = Attention.apply(q, k, v, mask, False, 1.0, plan)
    out.sum().backward()
    assert not out[:, :, 7].any()
    assert not q.grad[:, :, 7].any()
    assert not k.grad[:, :, 19].any()
    assert not v.grad[:, :, 19].any()
    assert out[:, :, :7].all()


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("needed", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)], ids=str)
def test_part_of_the_gradients_is_the_same_as_in_all_of_them(needed: tuple[int, ...], plan: Plan) -> None:
    q, k, v = drawn(1, 2, 20, 8)
    every = torch.autograd.grad(Attention.apply(q, k, v, None, True, 0.3, plan).sum(), (q, k, v))
    some = [x if i in needed else x.detach() for i, x in enumerate((q, k, v))]
    found = torch.autograd.grad(Attention.apply(*some, None, True, 0.3, plan).sum(), [some[i] for i in needed])
    assert all(torch.equal(x, every[i]) for i, x in zip(needed, found, strict=True))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_pass_gives_the_same_bits_again(plan: Plan) -> None:
    q, k, v = drawn(2, 2, 33, 24) if isinstance(plan, Looped) else drawn(2, 2, 30, 24)
    passes = []
    for _ in range(2):
        out = Attention.apply(q, k, v, None, True, 0.3, plan)
        passes.append([out, *torch.autograd.grad(out.square().sum(), (q, k, v))])
    assert all(torch.equal(x, y) for x, y in zip(*passes, strict=True))


def test_a_second_derivative_is_refused() -> None:
    q, k, v = drawn(1, 1, 3, 8)
    (d_q,) = torch.autograd.grad(fused.attention(q, k, v).square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        d_q.sum().backward()


def test_the_output_is_laid_out_as_the_queries_are() -> None:
    q, k, v = [x.transpose(1, 2) for x in drawn(2, 5, 3, 8)]
    assert fused.attention(q, k, v).transpose(1, 2).is_contiguous()


def test_what_is_not_supported_says_why() -> None:
    q = torch.zeros(1, 1, 3, 8, device=DEVICE)
    for bad, reason in ((q.double(), "float64"), (q.int(), "int32"), (q.new_zeros(1, 1, 3, 257), "257")):
        with pytest.raises(NotImplementedError, match=reason):
            fused.attention(bad, bad, bad)
    with pytest.raises(NotImplementedError, match="one dtype"):
        fused.attention(q, q.half(), q)
    with pytest.raises(NotImplementedError, match="meta"):
        fused.attention(*[q.to("meta")] * 3)


def test_what_does_not_fit_is_an_error() -> None:
    q = torch.zeros(2, 1, 3, 8, device=DEVICE)
    for k, v in ((q[:1], q[:1]), (q[..., :4], q[..., :4]), (q, q[:, :, :2])):
        with pytest.raises(ValueError, match="has shape"):
            fused.attention(q, k, v)
    with pytest.raises(ValueError, match="axes"):
        fused.attention(q[0], q, q)
    with pytest.raises(ValueError, match="bool"):
        fused.attention(q, q, q, mask=q[..., :3])
    for shape in ((3, 4), (1, 2, 1, 3, 3), (3, 1, 1, 1)):
        with pytest.raises(ValueError, match="broadcast"):
            fused.attention(q, q, q, mask=torch.ones(shape, dtype=torch.bool, device=DEVICE))


def test_without_triton_the_module_imports_and_a_call_says_so() -> None:
    code = """
import sys; sys.modules["triton"] = None
import torch
from impl.attention.fused import attention
x = torch.zeros(1, 1, 1, 1)
try: attention(x, x, x)
except NotImplementedError as error: print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Triton is not installed")


def test_other_kernels_stay_as_they_were() -> None:
    from triton.runtime import JITFunction, interpreter

    before = interpreter.interpreter_builder.options
    fused.attention(*drawn(1, 1, 3, 8))
    assert interpreter.interpreter_builder.options is before
    assert isinstance(fused.function.forward_whole, JITFunction)
