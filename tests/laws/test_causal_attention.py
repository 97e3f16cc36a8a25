"""Handout 3.1.2: no position knows what comes after it, in value or in gradient."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, law, unmoved, zero
from spec.contracts import Case, CausalScaledDotAttention
from tests.strategies import Recipe, positions, recipes

INPUTS = st.sampled_from(["keys", "values", "queries"])


@law("later-inputs", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 5)), changed=positions(), of=INPUTS)
def test_an_output_never_depends_on_later_inputs(item: Item, recipe: Recipe, changed: int, of: str) -> None:
    """An output never depends on later inputs."""
    case = recipe.case(item)
    changed = 1 + changed % (recipe.q_len - 1)
    different = case.inputs[of].copy()
    different[:, changed] = 3.0 - 2.0 * different[:, changed]
    before, after = item(case), item(case.where(**{of: different}))
    unmoved(item, before, after, "context", f"changing {of}[{changed}]", part=np.s_[:, :changed])
    unmoved(item, before, after, "weights", f"changing {of}[{changed}]", part=np.s_[:, :changed])


@law("later-logit", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 5), values=("normal",)))
def test_an_enormous_later_logit_has_no_influence(item: Item, recipe: Recipe) -> None:
    """A later key has no influence even when its logit is enormous."""
    case = _with_enormous_last_key(recipe, item)
    agree(item, item(case), item.truth(case), "context", "weights")


@law("later-gradients", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 5)), position=positions())
def test_no_gradient_flows_from_an_output_to_later_inputs(item: Item, recipe: Recipe, position: int) -> None:
    """No gradient flows from an output to later inputs."""
    case = recipe.case(item)
    _demand_no_gradient_past(item, case, recipe, position % (recipe.q_len - 1))


@law("later-logit-gradients", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 5), values=("normal",)), position=positions())
def test_no_gradient_flows_to_a_later_key_with_an_enormous_logit(item: Item, recipe: Recipe, position: int) -> None:
    """No gradient flows from an output to a later key even when its logit is enormous."""
    case = _with_enormous_last_key(recipe, item)
    _demand_no_gradient_past(item, case, recipe, position % (recipe.q_len - 1))


@law("first-position", CausalScaledDotAttention)
@given(recipe=recipes())
def test_the_first_position_attends_to_itself_alone(item: Item, recipe: Recipe) -> None:
    """Position 0 attends to itself alone."""
    case = recipe.case(item)
    alone = case.where(**{name: a[:, :1] for name, a in case.inputs.items()})
    answer = item(case)
    zero(item, answer, "weights", np.s_[:, :1, 1:], None, "weights{0} is {1:.2g}; query 0 sees itself alone.")
    first = {name: answer[name][:, :1, : a.value.shape[-1]] for name, a in item.truth(alone).items()}
    agree(item, replace(answer, outputs=first), item.truth(alone), "context", "weights")


@law("upper-triangle", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 6)))
def test_later_keys_have_no_weight(item: Item, recipe: Recipe) -> None:
    """The weight of a later key is exactly 0, whatever its logit."""
    case = recipe.case(item)
    later = np.s_[:, *np.triu_indices(recipe.q_len, 1)]
    zero(item, item(case), "weights", later, None, "weights{0} is {1:.2g}; a later key must have no weight.")


@law("prefix", CausalScaledDotAttention)
@given(recipe=recipes(q_len=(2, 6)), kept=positions())
def test_cutting_a_sequence_short_leaves_its_beginning(item: Item, recipe: Recipe, kept: int) -> None:
    """Cutting the sequence short leaves the outputs before the cut."""
    case = recipe.case(item)
    kept = 1 + kept % (recipe.q_len - 1)
    short = case.where(**{name: a[:, :kept] for name, a in case.inputs.items()})
    whole, cut = item(case), item(short)
    beginning = {name: whole[name][:, :kept, : cut[name].shape[-1]] for name in ("context", "weights")}
    for name in beginning:
        unmoved(item, replace(whole, case=short, outputs=beginning), cut, name, f"cutting after {kept}")


def _with_enormous_last_key(recipe: Recipe, item: Item) -> Case:
    """A case whose last key has a logit of about 1e3 to 1e4 for every query; beyond that, adding -1e7 no longer hides it."""
    case = recipe.case(item)
    hidden = recipe.hidden
    along = np.ones(hidden) / hidden**0.5
    keys, queries = case.inputs["keys"].copy(), case.inputs["queries"].copy()
    keys[:, -1] = 1000.0 * along
    queries += 4.0 * along
    identity = {f"{layer}__weight": np.eye(hidden) for layer in "QK"} | {
        f"{layer}__bias": np.zeros(hidden) for layer in "QK"
    }
    return case.where(keys=keys, queries=queries).configured(**identity)


def _demand_no_gradient_past(item: Item, case: Case, recipe: Recipe, position: int) -> None:
    cotangent = np.zeros_like(case.inputs["queries"])
    cotangent[:, position] = recipe.cotangents(case)["context"][:, position]
    cotangents = {"context": cotangent}
    answer, truth = item(case, cotangents=cotangents), item.truth(case, cotangents)
    for of in ("keys", "values", "queries"):
        said = f"the gradient of context[:, {position}] with respect to {of}{{0}} is {{1:.2g}}; it must be 0."
        zero(item, answer, f"grad {of}", np.s_[:, position + 1 :], truth[f"grad {of}"], said)
