"""Every kernel of the list is under every law: what it answers is right, and what it declines it declines for a reason."""

import inspect

import numpy as np
import pytest
import torch

from harness.clock import Limits
from harness.judge import Drawing, judge
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import resolve
from impl.attention import KERNELS, kernel
from spec.contracts import Attention
from spec.contracts.attention import draw
from spec.error import miss
from tests.harness.test_mutants import laws_of

FEW, ONE = 2, 1  # what is interpreted, or not compiled, is slow; what declines everything tells nothing more
ALL = {"naive", "chunked", "short", "sdpa", "sdpa-math", "compiled", "auto"}
NOT_ON_A_CPU = {"sdpa-efficient", "sdpa-cudnn"}
SLOW = {"flex", "fused"}  # and flex, which has no gradients here, is spared the laws about them


def outcomes_of(zygote: Zygote, name: str) -> dict[str, str]:
    subject_name = "impl.attention" if name == "auto" else f"impl.attention.{KERNELS[name]}"
    subject = Subject(resolve(subject_name), zygote, device="cpu", limits=Limits(600.0, 6000.0))
    run = Run(subject, Drawing(ONE if name in SLOW | NOT_ON_A_CPU else FEW, None))
    run.read()
    item = run.item(Attention)
    laws = {law: how for law, how in laws_of("attention").items() if name != "flex" or "gradient" not in law}
    outcomes = {law: judge(test, item, run.drawing, given) for law, (test, given) in laws.items()}
    subject.close()
    wrong = {law: o.message for law, o in outcomes.items() if o.status not in ("pass", "not-run")}
    assert wrong == {}
    assert all(o.reason for o in outcomes.values() if o.status == "not-run")
    return {law: o.status for law, o in outcomes.items()}


@pytest.mark.parametrize("name", [*KERNELS, "auto"])
def test_a_kernel_is_right_wherever_it_answers(zygote: Zygote, name: str) -> None:
    statuses = outcomes_of(zygote, name)
    passed = sum(status == "pass" for status in statuses.values())
    assert passed == len(statuses) or name not in ALL
    assert passed > len(statuses) / 3 or name in NOT_ON_A_CPU


@pytest.mark.parametrize("name", ["compiled", "flex"])
def test_what_is_compiled_is_right_compiled(name: str) -> None:
    case = draw(np.random.default_rng(0), batch=2, n_heads=2, q_len=20, kv_len=20, d_head=16).cast("float32")
    case = case.given(is_causal=True)
    inputs = [torch.tensor(a, dtype=torch.float32) for a in case.inputs.values()]
    before = dict(torch._dynamo.utils.counters["stats"])
    out = kernel(name)(*inputs, is_causal=True)
    assert torch._dynamo.utils.counters["stats"] != before, "nothing was compiled"
    assert miss(out.double().numpy(), Attention.truth(case)["out"]) is None
    shorter = [x[:, :, :18] for x in inputs]
    limit = torch._dynamo.exc.FailOnRecompileLimitHit
    with torch._dynamo.config.patch(recompile_limit=1), pytest.raises(limit):
        kernel(name)(*shorter, is_causal=True)  # and does not go on uncompiled


@pytest.mark.parametrize("name", [*KERNELS, "auto"])
def test_a_kernel_has_the_signature_of_the_contract(name: str) -> None:
    parameters = inspect.signature(kernel(name)).parameters
    assert list(parameters)[:3] == ["q", "k", "v"]
    assert {"mask", "is_causal", "scale"} <= parameters.keys()


def test_a_list_of_kernels_names_no_other() -> None:
    with pytest.raises(KeyError):
        kernel("flash-attention-9")
