"""Handout 3.2.1: what a decoder alone is trained on, token by token."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.item import Item
from harness.law import demand, identical, law
from spec.contracts import Case, DecoderTensors
from spec.contracts.decoder_tensors import EOP, EOS, SOS, case, tensors

INPUTS, TARGETS = "SOS_src_EOP_tgt", "src_EOP_tgt_EOS"


@st.composite
def cases(
    draw: st.DrawFn,
    batch: tuple[int, int] = (1, 4),
    lengths: tuple[int, int] = (0, 6),
    start: tuple[int, int] = (SOS, SOS),
) -> Case:
    """Words of characters, the source with its EOP, the target with its EOS."""
    rows, src_len, tgt_len = (draw(st.integers(*size)) for size in (batch, lengths, lengths))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    source, target = (rng.integers(0, SOS, (rows, length)) for length in (src_len, tgt_len))
    ends = (np.full((rows, 1), token) for token in (EOP, EOS))
    return case(
        *(np.concatenate([word, end], axis=1) for word, end in zip((source, target), ends, strict=True)),
        draw(st.integers(*start)),
    )


def right(called: Case) -> dict[str, Any]:
    """Both tensors as they must be."""
    start = called.extra[0]
    return dict(zip((INPUTS, TARGETS), tensors(*called.inputs.values(), start), strict=True))


@law("decoder-inputs", DecoderTensors)
@given(called=cases())
def test_inputs_are_sos_source_eop_target(item: Item, called: Case) -> None:
    """The first result is SOS, source, EOP, target."""
    identical(item, called, item(called)[INPUTS], right(called)[INPUTS], "the inputs are not SOS, source, EOP, target")


@law("decoder-targets", DecoderTensors)
@given(called=cases())
def test_targets_are_source_eop_target_eos(item: Item, called: Case) -> None:
    """The second result is source, EOP, target, EOS."""
    what = "the targets are not source, EOP, target, EOS"
    identical(item, called, item(called)[TARGETS], right(called)[TARGETS], what)


@law("shift", DecoderTensors)
@given(called=cases())
def test_teacher_forcing_shifts_by_exactly_one(item: Item, called: Case) -> None:
    """Teacher forcing shifts by exactly one: what follows each input is its target."""
    answer = item(called)
    what = "the inputs are not the targets shifted by one"
    identical(item, called, answer[INPUTS][:, 1:], answer[TARGETS][:, :-1], what)


@law("start-token", DecoderTensors)
@given(called=cases(start=(0, 1000)))
def test_the_first_input_is_the_start_token_that_is_given(item: Item, called: Case) -> None:
    """The first input is the start token that is given, whatever its number."""
    answer = item(called)[INPUTS]
    identical(
        item, called, answer[:, :1], np.full((len(answer), 1), float(called.extra[0])), "the first input is not it"
    )


@law("eop-predicts", DecoderTensors)
@given(called=cases())
def test_what_stands_at_eop_predicts_the_first_target(item: Item, called: Case) -> None:
    """At the place of EOP in the inputs stands, in the targets, the first character of the target."""
    answer, first = item(called), called.inputs["tgt_EOS"][:, 0]
    place = called.inputs["src_EOP"].shape[1]
    at_eop = answer[INPUTS][:, place]
    identical(item, called, at_eop, np.full(len(first), float(EOP)), f"input {place} is not EOP")
    identical(item, called, answer[TARGETS][:, place], first.astype(float), f"target {place} is not the target's first")


@law("tokens-int64", DecoderTensors)
@given(called=cases())
def test_tokens_are_int64(item: Item, called: Case) -> None:
    """Both results are int64, as an embedding needs them."""
    dtypes = set(item(called).dtypes.values())
    demand(dtypes == {"int64"}, item, called, f"the results are {', '.join(sorted(dtypes))}")


@law("empty-words", DecoderTensors)
@given(called=cases(lengths=(0, 0)))
def test_empty_words_leave_their_ends(item: Item, called: Case) -> None:
    """Of empty words the ends are left: SOS EOP, and EOP EOS."""
    answer = item(called)
    for name, wanted in right(called).items():
        identical(item, called, answer[name], wanted, f"{name} is wrong where both words are empty")


@law("rows", DecoderTensors)
@given(called=cases(batch=(2, 5), lengths=(1, 5)))
def test_every_row_is_its_own_word(item: Item, called: Case) -> None:
    """Every row of a batch is its own word, and a batch of one keeps its axis."""
    answer = item(called)
    for row in range(len(called.inputs["src_EOP"])):
        alone = item(called.where(**{name: a[row : row + 1] for name, a in called.inputs.items()}))
        for name in (INPUTS, TARGETS):
            identical(item, called, alone[name], answer[name][row : row + 1], f"row {row} of {name} depends on others")


@law("tokens-unchanged", DecoderTensors)
@given(called=cases())
def test_what_is_given_stays_what_it_was(item: Item, called: Case) -> None:
    """The tokens that are given stay what they were, and results do not share memory with them."""
    answer = item(called)
    for name, array in called.inputs.items():
        identical(item, called, answer.inputs_at_end[name], array.astype(float), f"the call changed {name}")
