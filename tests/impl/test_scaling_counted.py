"""What torch's FLOP counter sees, against the course's count, each difference by its name."""

import pytest

from impl.scaling.counted import course_over_model, model_flops, model_over_step, step_flops
from impl.scaling.counts import transformer_flops

SIZES = [(16, 4, 20, 10, 1), (16, 4, 20, 10, 64), (32, 2, 13, 7, 5), (64, 3, 25, 11, 64), (8, 4, 6, 5, 3)]


@pytest.mark.parametrize(("hidden", "layers", "seq_len"), [(16, 4, 20), (32, 2, 13), (64, 3, 25), (128, 4, 2)])
def test_the_course_counts_a_softmax_that_the_counter_does_not_see(hidden: int, layers: int, seq_len: int) -> None:
    difference = transformer_flops(seq_len, 30, hidden, layers) - model_flops(seq_len, hidden, layers)
    assert difference == sum(course_over_model(seq_len, layers).values())


@pytest.mark.parametrize(("hidden", "layers", "seq_len", "tgt_len", "rows"), SIZES)
def test_the_step_leaves_out_what_is_named_and_nothing_else(
    hidden: int, layers: int, seq_len: int, tgt_len: int, rows: int
) -> None:
    saved = rows * model_flops(seq_len, hidden, layers) - step_flops(rows, seq_len, tgt_len, hidden, layers)
    assert saved == sum(model_over_step(rows, seq_len, tgt_len, hidden, layers).values())
