"""What is drawn of a counterexample: the part that tells most, marked where it differs, and what is left out is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.outcome import Counterexample
from harness.report.picture import LOOKED_AT, PERMITS, Picture, picture
from harness.report.picture.grid import MAX_COLUMNS, MAX_ROWS, Grid

ATTENTION, CAUSAL = "ScaledDotAttention", "CausalScaledDotAttention"
TENSORS = "generate_tensors_for_training_decoder_nmt"


def drawn(expected: Any, actual: Any, item: str | None = ATTENTION, **about: Any) -> Picture:
    return picture(Counterexample("", {}, expected, actual, **{"of": "weights"} | about), item)


def marks(grid: Grid) -> list[list[bool]]:
    return [["d" in cell.kind.split() for cell in cells] for _, cells in grid.rows]


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in cells] for _, cells in grid.rows]


def test_both_sides_mark_the_same_cells_and_the_worst_one() -> None:
    expected, actual = np.array([[[0.25, 0.75], [0.5, 0.5]]]), np.array([[[0.25, 0.75], [0.4, 0.6]]])
    (compared,) = drawn(expected, actual, at=(0, 1, 0)).compared
    assert [marks(grid) for grid in compared.grids] == [[[False, False], [True, True]]] * 2
    assert [grid.rows[1][1][0].kind.split()[-1] for grid in compared.grids] == ["w", "w"]
    assert [grid.caption for grid in compared.grids] == ["expected weights[0]", "found weights[0]"]
    assert (compared.grids[0].rows_are, compared.grids[0].columns_are) == ("query", "key")
    assert compared.told[0] == (
        "2 of 4 entries differ: the largest difference is at weights[0, 1, 0], expected 0.5, found 0.4, 0.1 apart."
    )


def test_a_budget_decides_what_differs_where_there_is_one() -> None:
    within = np.array([[True, False]])
    (compared,) = drawn(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0 + 2**-40]]), differs=within, at=(0, 0)).compared
    assert marks(compared.grids[0]) == [[True, False]]
    assert texts(compared.grids[1]) == [["0.5", "1"]]


def test_numbers_that_differ_never_read_the_same() -> None:
    (compared,) = drawn(np.array([1.0, 2.0]), np.array([1.00000001, 2.0])).compared
    assert [texts(grid) for grid in compared.grids] == [[["1", "2"]], [["1.00000001", "2"]]]


@pytest.mark.parametrize("at", [(2, 99, 41), (2, 0, 0), (2, 129, 59)], ids=["middle", "first", "last"])
def test_of_a_large_array_the_part_round_the_worst_entry_is_shown(at: tuple[int, int, int]) -> None:
    expected = np.zeros((4, 130, 60))
    actual = expected.copy()
    actual[at] = actual[0, 0, 0] = 1.0
    (compared,) = drawn(expected, actual, at=at, of="context").compared
    grid = compared.grids[1]
    assert (len(grid.rows), len(grid.columns)) == (MAX_ROWS, MAX_COLUMNS)
    row = next(cells for label, cells in grid.rows if label == str(at[1]))
    assert row[grid.columns.index(str(at[2]))].text == "1"
    rows, columns = (f"{labels[0]} to {labels[-1]}" for labels in ([r for r, _ in grid.rows], grid.columns))
    assert f"Shown is one of 4 such matrices, rows {rows} of 130 and columns {columns} of 60." in compared.told
    assert "1 of the other 3 differs as well." in compared.told


def test_tints_tell_size_and_sign_and_what_is_no_number() -> None:
    (compared,) = drawn(np.array([[4.0, -1.0, 0.0]]), np.array([[np.nan, np.inf, -400.0]])).compared
    assert [cell.kind.split()[0] for cell in compared.grids[0].rows[0][1]] == ["p8", "n2", "d"]
    assert [cell.kind.split()[0] for cell in compared.grids[1].rows[0][1]] == ["o", "o", "n8"]
    assert texts(compared.grids[1]) == [["NaN", "inf", "-400"]]


def test_what_is_no_number_on_both_sides_is_said_and_not_marked_as_a_difference() -> None:
    both = np.array([[np.nan, 1.0]])
    (compared,) = drawn(both, both, differs=np.isnan(both), at=(0, 0), sides=("before", "after"), of="context").compared
    assert [grid.rows[0][1][0].kind for grid in compared.grids] == ["o w", "o w"]
    assert compared.told == (
        "1 of 2 entries is wrong: at context[0, 0], before and after, is NaN, which is no finite number.",
    )


def test_where_a_law_does_not_look_is_a_dot() -> None:
    expected, actual, looked_at = np.array([[0.0, 0.0, 5.0]]), np.array([[-1.0, 2.0, 4.0]]), np.array([[0, 1, 0]]) > 0
    (compared,) = drawn(expected, actual, differs=looked_at, looked_at=looked_at, at=(0, 1)).compared
    assert [texts(grid) for grid in compared.grids] == [
        [["\N{MIDDLE DOT}", "0", "\N{MIDDLE DOT}"]],
        [["\N{MIDDLE DOT}", "2", "\N{MIDDLE DOT}"]],
    ]
    assert compared.told[0].startswith("1 of 1 entries differs")
    assert compared.told[-1] == LOOKED_AT
    assert LOOKED_AT not in drawn(expected, actual, looked_at=expected < 9, at=(0, 1)).compared[0].told


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (np.array([[True], [False]]), "expected yes, found no."),
        (np.array([[2**53], [2**53 + 1]]), "expected 9007199254740992, found 9007199254740993, 1 apart."),
        (np.array([[1e308], [-1e308]]), "expected 1e+308, found -1e+308."),
        (np.array([["a"], ["b"]]), "expected a, found b."),
    ],
    ids=["truths", "large-whole-numbers", "beyond-a-float", "texts"],
)
def test_how_far_two_are_apart_is_said_of_numbers_where_it_is_one(pair: np.ndarray, said: str) -> None:
    (compared,) = drawn(pair[0], pair[1], at=(0,)).compared
    assert compared.told[0].endswith(f"at weights[0], {said}")


def test_later_keys_are_hatched_where_they_may_not_be_attended_to() -> None:
    square = np.eye(3)[None]
    (compared,) = drawn(square, square + 1, CAUSAL, at=(0, 0, 1)).compared
    hatched = [["later" in cell.kind.split() for cell in cells] for _, cells in compared.grids[0].rows]
    assert hatched == np.triu(np.ones((3, 3), dtype=bool), 1).tolist()
    (plain,) = drawn(square, square + 1, ATTENTION, at=(0, 0, 1)).compared
    assert not any("later" in cell.kind.split() for _, cells in plain.grids[0].rows for cell in cells)


def test_the_weights_are_drawn_beside_a_wrong_output_if_they_are_wrong() -> None:
    output, weights = np.ones((1, 2, 1)), np.array([[[1.0, 0.0], [0.5, 0.5]]])
    wrong = weights[:, ::-1]
    seen = drawn(output, output + 1, of="context", at=(0, 0, 0), weights=(weights, wrong, weights != wrong))
    assert [c.grids[0].caption for c in seen.compared] == ["expected context[0]", "expected weights[0]"]
    right = drawn(output, output + 1, of="context", at=(0, 0, 0), weights=(weights, weights, wrong > 2))
    assert right.compared[1] == (("The weights of attention are right.",), ())


def test_a_mask_is_drawn_as_it_is_where_the_output_is_most_wrong() -> None:
    mask = np.zeros((2, 1, 3, 4), dtype=bool)
    mask[1, 0, 2, 3] = True
    out = np.zeros((2, 5, 3, 8))
    seen = Counterexample("", {"mask": mask}, out, out + 1, of="out", at=(1, 4, 2, 0))
    first = picture(seen, "attention").compared[0]
    assert first.told == (PERMITS,)
    assert texts(first.grids[0])[2] == ["no", "no", "no", "yes"]


def test_tokens_are_symbols_one_row_over_the_other() -> None:
    expected, actual = np.array([[27, 1, 29], [27, 2, 29]]), np.array([[27, 1, 29], [27, 29, 1001]])
    (compared,) = drawn(expected, actual, TENSORS).compared
    assert [grid.caption for grid in compared.grids] == ["word 1"]
    assert [label for label, _ in compared.grids[0].rows] == ["expected", "found"]
    assert texts(compared.grids[0]) == [["SOS", "b", "EOP"], ["SOS", "EOP", "1001"]]
    assert marks(compared.grids[0]) == [[False, True, True]] * 2
    assert compared.told[0].startswith("1 of 2 words differs")


def test_a_token_of_each_word_is_a_symbol_as_well() -> None:
    expected = np.full(40, 29.0)
    actual = np.where(np.arange(40) == 30, 1.0, expected)
    (compared,) = drawn(expected, actual, TENSORS, of="").compared
    (grid,) = compared.grids
    assert [label for label, _ in grid.rows] == ["expected", "found"]
    assert [cells[grid.columns.index("30")].text for _, cells in grid.rows] == ["EOP", "a"]
    assert {cell.text for cell in grid.rows[0][1]} == {"EOP"}
    assert compared.told[:2] == (
        "1 of 40 tokens differs, one of each word, in the places that are marked.",
        "Shown are words 16 to 39 of 40.",
    )
    assert texts(picture(Counterexample("", {"first": expected[:1]}), TENSORS).inputs[0]) == [["EOP"]]


def test_what_was_given_is_drawn_inputs_before_parameters_and_the_rest_is_named() -> None:
    arrays = {f"layer.{i}": np.ones((2, 2)) for i in range(12)} | {"queries": np.ones(3), "empty": np.ones((0, 3))}
    seen = picture(Counterexample("", arrays), ATTENTION)
    assert [grid.caption for grid in seen.inputs[:2]] == ["queries [3]", "layer.0 [2, 2]"]
    assert len(seen.inputs) + len(seen.named) == len(arrays)
    assert "empty [0, 3]" in seen.named


def test_sides_of_different_shapes_and_texts_are_shown_each_by_itself() -> None:
    (compared,) = drawn(np.ones(2), np.ones((1, 3))).compared
    assert [grid.caption for grid in compared.grids] == ["expected [2]", "found [1, 3]"]
    assert drawn(1.0, 2.0).compared == ()  # the message has both
    assert drawn(np.array([3]), np.array([[1]]), None).compared == ()  # and of an answer's one number too
    (answer,) = drawn(np.array(["1/3", 1], dtype=object), np.array(["1/2", 1], dtype=object), None).compared
    assert marks(answer.grids[0]) == [[True, False]]


@pytest.mark.parametrize("p", [[1.0, -8.0, 17.0], [np.nan] * 3, [0.0, 0.0, 1e9]], ids=["near", "NaN", "far"])
def test_a_fit_is_drawn_with_what_was_found_or_says_that_it_is_outside(p: list[float]) -> None:
    x = np.array([1e3, 1e4, 1e5])
    arrays = {"x": x, "y": (np.log10(x) - 4) ** 2 + 1}
    about = {"of": "optimal_params", "outputs": {"p": np.array(p)}}
    found = picture(Counterexample("", arrays, 1e4, 1e30, **about), "find_optimal_params").chart
    assert found is not None
    assert len(found.points) == 3
    left, top, right, bottom = (found.frame[side] for side in ("left", "top", "right", "bottom"))
    assert all(left < px < right and top < py < bottom for px, py in found.points)
    assert [one.kind for one in found.optima] == ["expected"]
    assert "The optimum found, 10^30, lies outside the picture." in found.told
    assert bool(found.found) is (p[0] == 1.0)
    assert ("The curve that was found lies outside the picture." in found.told) is not bool(found.found)


def test_a_line_is_drawn_through_logarithms_and_points_without_one_are_left_out() -> None:
    arrays = {"x": np.array([1e6, 1e7, 1e8, -1.0]), "y": np.array([1e2, 1e3, 1e4, 1.0])}
    outputs = {"m": np.array(1.0), "c": np.array(-3.9)}
    found = picture(Counterexample("", arrays, outputs=outputs), "fit_linear_log").chart
    assert found is not None
    assert found.told == ("1 of the points has no place in the picture.",)
    assert found.expected.startswith("M")
    assert found.found.startswith("M")
    assert picture(Counterexample("", {"x": -arrays["x"], "y": arrays["y"]}), "fit_linear_log").chart is None
