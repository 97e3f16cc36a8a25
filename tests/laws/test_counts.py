"""What section 3.3 counts: parameters and FLOPs of a decoder alone, and the sizes and tokens that have so many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import agree, law
from spec.contracts import Case, Flops, Hidden, Params, Tokens
from spec.contracts.counts import LARGEST, LAYERS, SMALLEST, VOCAB_SIZE, case, flops, hidden, params, tokens
from spec.error import BISECTION, COUNT, within

SIZES = {"vocab_size": st.integers(2, 500), "hidden_size": st.integers(2, 2048), "num_layers": st.integers(1, 24)}
COURSE = [16, 32, 48, 64, 96, 128]
LENGTHS = st.integers(1, 2000)
PARAMS = st.floats(params(VOCAB_SIZE, SMALLEST + 1, LAYERS), params(VOCAB_SIZE, LARGEST - 1, LAYERS))
BUDGETS = st.floats(8e10, 1e15)


def demand(item: Item, called: Case, name: str, value: float, share: float = COUNT) -> None:
    """Demand a number."""
    agree(item, item(called), {name: within(value, share)}, name)


@law("params", Params)
@given(**SIZES)
def test_parameters_are_those_of_layers_and_output(item: Item, **sizes: int) -> None:
    """Parameters are those of the projections, the mlps and the output; embeddings are not counted."""
    demand(item, case(*sizes.values()), "params", params(**sizes))


@law("params-of-the-course", Params)
@pytest.mark.parametrize("size", COURSE)
def test_parameters_of_the_six_models_are_right(item: Item, size: int) -> None:
    """The six models of the sweep have the parameters that the course counts."""
    demand(item, case(30, size, 4), "params", params(30, size, 4))


@law("params-by-name", Params)
@given(**SIZES)
def test_parameters_are_counted_by_name(item: Item, **sizes: int) -> None:
    """The numbers may be given by their names, as the notebook does."""
    demand(item, case(**sizes), "params", params(**sizes))


@law("positions-do-not-count", Params)
@given(max_seq_len=st.integers(1, 10**6), **SIZES)
def test_positions_are_no_parameters(item: Item, max_seq_len: int, **sizes: int) -> None:
    """The number of positions is of no account, for their encodings are not learned."""
    demand(item, case(*sizes.values(), max_seq_len), "params", params(**sizes))


@law("broken-size", Params)
@given(hidden_size=st.floats(2, 2048))
def test_a_broken_hidden_size_has_parameters(item: Item, hidden_size: float) -> None:
    """A hidden size need not be whole, as find_hidden looks for one between whole numbers."""
    demand(item, case(30, hidden_size, 4), "params", params(30, hidden_size, 4))


@law("flops", Flops)
@given(seq_len=LENGTHS, **SIZES)
def test_flops_are_those_of_a_training_step(item: Item, seq_len: int, **sizes: int) -> None:
    """FLOPs are those of a forward pass, and as many twice over for the backward one; embeddings are not counted."""
    demand(item, case(seq_len, *sizes.values()), "flops", flops(seq_len, **sizes))


@law("flops-of-the-course", Flops)
@pytest.mark.parametrize("size", COURSE)
def test_flops_of_the_six_models_are_right(item: Item, size: int) -> None:
    """The six models of the sweep have the FLOPs that the course counts, at its mean length."""
    demand(item, case(19.55, 30, size, 4), "flops", flops(19.55, 30, size, 4))


@law("flops-by-name", Flops)
@given(seq_len=LENGTHS, **SIZES)
def test_flops_are_counted_by_name(item: Item, seq_len: int, **sizes: int) -> None:
    """The numbers may be given by their names, as the notebook does."""
    demand(item, case(seq_len=seq_len, **sizes), "flops", flops(seq_len, **sizes))


@law("broken-length", Flops)
@given(seq_len=st.floats(0.5, 2000), hidden_size=st.floats(2, 2048))
def test_a_mean_length_need_not_be_whole(item: Item, seq_len: float, hidden_size: float) -> None:
    """A mean sequence length need not be whole, nor need a hidden size that was looked for."""
    demand(item, case(seq_len, 30, hidden_size, 4), "flops", flops(seq_len, 30, hidden_size, 4))


@law("long-sequences", Flops)
@given(seq_len=st.integers(10**4, 10**5))
def test_attention_grows_with_the_square_of_the_length(item: Item, seq_len: int) -> None:
    """In long sequences attention counts most, which grows with the square of the length."""
    demand(item, case(seq_len, 30, 16, 4), "flops", flops(seq_len, 30, 16, 4))


@law("hidden", Hidden)
@given(n_params=PARAMS)
def test_the_size_has_so_many_parameters(item: Item, n_params: float) -> None:
    """The hidden size that is found has so many parameters, to one in ten thousand, and need not be whole."""
    demand(item, case(n_params), "hidden", hidden(n_params), BISECTION)


@law("hidden-of-the-course", Hidden)
@pytest.mark.parametrize("size", COURSE)
def test_the_six_sizes_are_found_again(item: Item, size: int) -> None:
    """The six sizes of the sweep are found again from their parameters."""
    demand(item, case(params(30, size, 4)), "hidden", size, BISECTION)


@law("tokens", Tokens)
@given(n_params=PARAMS, budget=BUDGETS, seq_len=st.floats(2, 200))
def test_tokens_are_what_the_budget_pays_for(item: Item, n_params: float, budget: float, seq_len: float) -> None:
    """Tokens are what the budget pays for at that size, in examples of that length."""
    demand(item, case(n_params, budget, seq_len), "tokens", tokens(n_params, budget, seq_len), 2 * BISECTION)


@law("tokens-of-the-course", Tokens)
@pytest.mark.parametrize("size", COURSE)
def test_an_epoch_pays_for_its_tokens(item: Item, size: int) -> None:
    """The FLOPs of a hundred thousand examples at one of the six sizes pay for their tokens."""
    seq_len, examples = 19.55, 100_000
    called = case(params(30, size, 4), examples * flops(seq_len, 30, size, 4), seq_len)
    demand(item, called, "tokens", examples * seq_len, 2 * BISECTION)


@law("tokens-double", Tokens)
@given(n_params=PARAMS, budget=BUDGETS, seq_len=st.floats(2, 200), factor=st.floats(1.5, 100))
def test_a_larger_budget_pays_for_as_many_more(item: Item, factor: float, **numbers: float) -> None:
    """A budget that is larger by a factor pays for as many times the tokens."""
    n_params, budget, seq_len = numbers.values()
    once = float(item(case(n_params, budget, seq_len))["tokens"])
    demand(item, case(n_params, factor * budget, seq_len), "tokens", factor * once)
