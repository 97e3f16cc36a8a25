"""`auto` picks what it says it picks, and is right whichever kernel that is."""

import numpy as np
import pytest
import torch

from impl.attention import attention, kernel, packed, pick
from spec.contracts import Attention
from spec.contracts.attention import draw
from spec.contracts.contract import Case
from spec.error import miss

SHORT = {"batch": 96, "n_heads": 1, "q_len": 24, "kv_len": 24, "d_head": 24}
PADDED = {"batch": 4, "n_heads": 2, "q_len": 384, "kv_len": 384, "d_head": 16}
LENGTHS = np.array([10, 384, 0, 100])


def padding() -> np.ndarray:
    real = np.arange(384) < LENGTHS[:, None]
    return real[:, None, :, None] & real[:, None, None, :]


def almost_padding() -> np.ndarray:
    mask = padding()
    mask[1, 0, 200, 7] = False
    return mask


KEYS = (np.arange(24) < np.arange(1, 97)[:, None] % 25)[:, None, None]  # [96, 1, 1, 24]; one entry has no key at all
# sizes, keywords, whether gradients are asked for, and what is picked
PICKS = {
    "short": (SHORT, {}, False, "short"),
    "short, causal": (SHORT | {"batch": 192}, {"is_causal": True}, False, "short"),
    "short, gradients": (SHORT, {}, True, "short"),
    "short, causal, gradients": (SHORT, {"is_causal": True}, True, "short"),
    "short, padded keys, gradients": (SHORT, {"mask": KEYS}, True, "short"),
    "short, padded keys": (SHORT, {"mask": KEYS}, False, "sdpa"),
    "few": (SHORT | {"batch": 2}, {}, True, "sdpa"),
    "long": (SHORT | {"batch": 2, "q_len": 700, "kv_len": 700}, {}, True, "sdpa"),
    "padded": (PADDED, {"mask": padding()}, False, "packed"),
    "padded, gradients": (PADDED, {"mask": padding()}, True, "packed"),
    "almost padded": (PADDED, {"mask": almost_padding()}, False, "packed"),  # which declines, and SDPA answers
}


def case_of(sizes: dict[str, int], keywords: dict[str, object]) -> Case:
    return draw(np.random.default_rng(5), **sizes).cast("float32").given(**keywords)


def tensors(case: Case, *, has_backward: bool = False) -> tuple[list[torch.Tensor], dict[str, object]]:
    inputs = [torch.tensor(a, dtype=torch.float32).requires_grad_(has_backward) for a in case.inputs.values()]
    return inputs, {n: torch.tensor(k) if isinstance(k, np.ndarray) else k for n, k in case.keywords.items()}


@pytest.mark.parametrize("name", list(PICKS))
def test_auto_picks_by_what_was_measured_and_is_right(name: str) -> None:
    sizes, keywords, has_backward, expected = PICKS[name]
    case = case_of(sizes, keywords)
    (q, k, v), given = tensors(case, has_backward=has_backward)
    picked = pick(q, k, **{n: x for n, x in given.items() if n != "scale"})
    assert picked == expected
    answers = {"out": attention(q, k, v, **given)}
    cotangents = {"out": np.float64(np.float32(case.inputs["q"][::-1]))} if has_backward else {}
    if has_backward:
        grads = torch.autograd.grad(answers["out"], (q, k, v), torch.tensor(cotangents["out"], dtype=torch.float32))
        answers |= {f"grad {one}": grad for one, grad in zip("qkv", grads, strict=True)}
    truth = Attention.truth(case, cotangents)
    wrong = {one: miss(a.detach().double().numpy(), truth[one]) for one, a in answers.items()}
    assert set(wrong.values()) == {None}, wrong


def test_a_mask_that_is_not_padding_alone_is_declined_by_packed_and_not_by_auto() -> None:
    (q, k, v), given = tensors(case_of(PADDED, {"mask": almost_padding()}))
    with pytest.raises(NotImplementedError, match="other than padding"):
        packed.attention(q, k, v, **given)
    assert torch.equal(attention(q, k, v, **given), kernel("sdpa")(q, k, v, **given))


@pytest.mark.parametrize("scale", [-0.3, 0.0])
@pytest.mark.parametrize("name", ["sdpa", "packed", "auto"])
def test_torchs_kernels_are_causal_under_a_scale_that_is_not_positive(name: str, scale: float) -> None:
    mask = {} if name == "sdpa" else {"mask": padding()}
    case = case_of(PADDED, {"is_causal": True, "scale": scale} | mask)
    (q, k, v), given = tensors(case)
    assert miss(kernel(name)(q, k, v, **given).double().numpy(), Attention.truth(case)["out"]) is None
