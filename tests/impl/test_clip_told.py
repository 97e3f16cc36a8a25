"""What hunts and comparisons found, in sentences: each follows from its numbers, also at the ends of what they may be."""

from typing import Any

import pytest

from impl.clip import told


def found(rank: int, of: int, shown: int = 9) -> dict[str, Any]:
    """A hunt in which the target is the picture of that place, among pictures that are numbered by theirs."""
    best = [
        {"name": f"{place}.png", "probability": 1 / (place + 1), "similarity": 0.3, "is_target": place == rank}
        for place in range(1, min(of, shown) + 1)
    ]
    return {
        "caption": "a ring",
        "target": f"{rank}.png",
        "rank": rank,
        "of": of,
        "probability": 1 / (rank + 1),
        "best": best,
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1, "100.0 %"),
        (0.256, "25.6 %"),
        (0.01, "1.0 %"),
        (0.0042, "0.42 %"),
        (0.00002, "0.002 %"),
        (0, "less than .001 %"),
    ],
)
def test_a_probability_has_digits_that_say_something(value: float, said: str) -> None:
    assert told.probability(value) == said


def test_the_only_picture_is_first_and_nothing_is_next() -> None:
    said = told.hunted(found(1, 1))
    assert "first of 1 pictures" in said
    assert "next" not in said
    assert "before" not in said


@pytest.mark.parametrize(
    ("rank", "of", "has", "has_not"),
    [
        (1, 500, ["1.png first of 500", "the next is 2.png with 33.3 %"], ["before it"]),
        (2, 500, ["in place 2 of 500", "before it 1.png, the first of them with 50.0 %"], [" more", "2.png,"]),
        (3, 500, ["before it 1.png and 2.png"], [" more"]),
        (4, 500, ["before it 1.png, 2.png and 3.png"], [" more"]),
        (5, 500, ["before it 1.png, 2.png and 3.png and 1 more"], []),
        (2345, 100000, ["in place 2,345 of 100,000", "and 2,341 more"], []),
    ],
    ids=str,
)
def test_a_hunt_names_what_beat_the_target(rank: int, of: int, has: list[str], has_not: list[str]) -> None:
    said = told.hunted(found(rank, of))
    assert all(one in said for one in has), said
    assert not any(one in said for one in has_not), said


def test_a_picture_that_ties_is_named_also_where_it_stands_behind() -> None:
    tied = found(2, 3)
    tied["best"][0]["is_target"], tied["best"][1]["is_target"] = True, False
    tied["target"] = "1.png"
    assert "before it 2.png" in told.hunted(tied)


def trail(firsts: int, tried: int, before: int | None, shortest: str | None) -> dict[str, Any]:
    return {"firsts": firsts, "tried": tried, "before": before, "shortest": shortest}


@pytest.mark.parametrize(
    ("of", "has"),
    [
        (trail(1, 20, 11, "ring"), ["It was easy: 1 of the 20 captions", "puts the target", "the 11th", "has 1 word."]),
        (
            trail(300, 1500, 12, "a ring"),
            ["easy: 300 of the 1,500 captions", "put the target", "the 12th", "has 2 words."],
        ),
        (trail(2, 1000, 21, "a ring"), ["neither easy nor hard", "the 21st"]),
        (trail(1, 1000, 112, "a ring"), ["It was hard", "the 112th"]),
        (trail(1, 9999, 1_003, "a ring"), ["the 1,003rd"]),
        (trail(1, 9999, 2, "a ring"), ["the 2nd"]),
        (trail(0, 800, None, None), ["not managed: none of the 800 captions", "in place 7 of 500"]),
    ],
    ids=["one word", "many", "between", "hard", "thousands", "second", "none"],
)
def test_a_search_says_how_easy_it_was(of: dict[str, Any], has: list[str]) -> None:
    said = told.searched(of, found(7, 500))
    assert all(one in said for one in has), said
    assert said.count(".") - said.count(".png") - said.count("%") == 1


@pytest.mark.parametrize(
    ("matrix", "has"),
    [
        ([[0.5]], ["1 of 1 captions", "0.500 with one's own;"[:-1]]),
        (
            [[0.9, 0.1], [0.3, 0.7]],
            ["2 of 2 captions", "2 of 2 pictures", "0.800 with one's own, and 0.200 with the others"],
        ),
        ([[0.9, 0.1], [0.8, 0.7]], ["1 of 2 captions", "2 of 2 pictures"]),
        ([[0.1, 0.9], [0.9, 0.1]], ["0 of 2 captions", "0 of 2 pictures"]),
    ],
    ids=["one", "apart", "one caption", "crossed"],
)
def test_a_matrix_is_told_by_its_diagonal(matrix: list[list[float]], has: list[str]) -> None:
    said = told.diagonal(matrix)
    assert all(one in said for one in has), said
    assert ("others" in said) == (len(matrix) > 1)


def test_a_stand_in_is_told_to_be_one() -> None:
    assert "stands in for ViT-B-32:openai, and its numbers are not" in told.role("mini", 2_500_000, "ViT-B-32:openai")
    assert told.role("ViT-B-32:openai", 151_277_313, None) == "ViT-B-32:openai: 151.3 million parameters"
