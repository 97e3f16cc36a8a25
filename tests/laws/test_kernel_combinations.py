"""The kernel contract: what holds alone holds together, in every dtype and layout."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import law
from spec.contracts import Attention
from tests.kernel_recipes import KernelRecipe, kernel_recipes, right_gradients, right_value

ANY = kernel_recipes(
    d_head=(8, 16, 32, 40, 64, 80, 96, 128), q_len=(1, 40), kv_len=(1, 40), values=("normal", "decimals")
)
MASKS = st.sampled_from(["", "bhqk", "bk", "qk", "hqk", "dead"])
SCALES = st.sampled_from([None, 0.3, 1.0])
LAYOUTS = st.sampled_from(["contiguous", "heads-last", "transposed", "strided"])


@law("together", Attention)
@given(recipe=ANY, mask=MASKS, causal=st.booleans(), scale=SCALES, layout=LAYOUTS)
def test_what_is_supported_is_supported_together(
    item: Item, recipe: KernelRecipe, mask: str, causal: bool, scale: float | None, layout: str
) -> None:
    """Mask, is_causal, scale, head size, dtype and memory layout are right in every combination."""
    right_value(item, recipe.case(item, **_keywords(recipe, mask, causal, scale)), layouts=layout)


@law("together-gradients", Attention)
@given(recipe=ANY, mask=MASKS, causal=st.booleans(), scale=SCALES, layout=LAYOUTS)
def test_gradients_are_right_together(
    item: Item, recipe: KernelRecipe, mask: str, causal: bool, scale: float | None, layout: str
) -> None:
    """All gradients are right in every combination of mask, is_causal, scale, head size, dtype and memory layout."""
    right_gradients(item, recipe, recipe.case(item, **_keywords(recipe, mask, causal, scale)), layouts=layout)


def _keywords(recipe: KernelRecipe, mask: str, causal: bool, scale: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {"is_causal": causal} | ({} if scale is None else {"scale": scale})
    if mask:
        found["mask"] = recipe.mask(dead=True) if mask == "dead" else recipe.mask(mask)
    return found
