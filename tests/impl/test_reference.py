"""What the reference does beyond the contracts: its shape annotations hold, and are enforced here."""

import pytest
import torch
from jaxtyping import TypeCheckError

from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention  # under the hook of tests/conftest.py


@pytest.mark.parametrize("item", [ScaledDotAttention, CausalScaledDotAttention])
def test_shapes_are_as_annotated(item: type[ScaledDotAttention]) -> None:
    x = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    context, weights = item(4)(x, x, x)
    assert (context.shape, weights.shape) == ((2, 3, 4), (2, 3, 3))


@pytest.mark.parametrize("item", [ScaledDotAttention, CausalScaledDotAttention])
def test_other_shapes_are_refused(item: type[ScaledDotAttention]) -> None:
    x = torch.zeros(2, 3, 4)
    with pytest.raises(TypeCheckError):
        item(4)(x, x[0], x)
