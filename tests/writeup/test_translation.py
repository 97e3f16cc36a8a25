"""3.1.4 and 3.2.3 in sentences: they say what the numbers say, whichever way these go."""

from __future__ import annotations

from typing import Any

import pytest

from writeup import translation

LOSSES = {"small-32": 1.5, "large-32": 1.2, "small-64": 1.1, "large-64": 0.9}


def results(lowest: dict[str, float], *, epochs: int = 30) -> list[dict[str, Any]]:
    """Four runs whose validation losses fall in a line to what is asked for."""
    return [
        {
            "name": name,
            "val_losses": [loss + 1 - epoch / (epochs - 1) for epoch in range(epochs)],
            "train_losses": [loss + 0.8 - epoch / (epochs - 1) for epoch in range(epochs)],
            "lowest_val_loss": loss,
            "best_epoch": epochs,
            "words_right": 1 / (1 + loss),
            "words": {"vowel": 100, "consonant": 200, "cluster": 50, "dash": 10},
            "errors": {"vowel": int(10 * loss), "consonant": int(20 * loss), "cluster": 20, "dash": 5},
            "parameters": 1000,
            "time_s": 10.0,
        }
        for name, loss in lowest.items()
    ]


def test_six_sentences_at_most_tell_the_four_runs() -> None:
    assert len(translation.told(results(LOSSES))) <= 6


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "lowers the lowest validation loss: from 1.500 to 1.100 on small, from 1.200 to 0.900", id="falls"),
        pytest.param({"small-64": 1.9}, "raises the lowest validation loss from 1.500 to 1.900 on small, and lowers it", id="rises-on-one"),
        pytest.param({"small-64": 1.505, "large-64": 1.199}, "hardly moves the lowest validation loss: from", id="stays"),
    ],
)  # fmt: skip
def test_the_effect_of_hidden_size_is_told_as_it_is(changed: dict[str, float], said: str) -> None:
    assert said in translation.told(results(LOSSES | changed))[0]


def test_what_is_expected_depends_on_both_effects() -> None:
    falls = translation.told(results(LOSSES))[-1]
    worse = translation.told(results(LOSSES | {"small-64": 1.9, "large-64": 1.8}))[-1]
    assert "as expected: a larger model can express more" in falls
    assert "a larger model helps only where" in worse


def test_few_epochs_are_said_to_be_few() -> None:
    assert "not where they end" in translation.told(results(LOSSES, epochs=5))[-1]
    assert "not where they end" not in translation.told(results(LOSSES))[-1]


def test_a_gap_is_what_validation_lies_above_training_at_the_best_epoch() -> None:
    assert translation.told(results(LOSSES))[3].count("+0.200") == 4


def test_the_better_architecture_is_named_first_with_the_rule_at_which_they_differ_most() -> None:
    first, second, *_ = results({"encoder-decoder": 1.0, "decoder": 0.5})
    first["errors"]["cluster"], second["errors"]["cluster"] = 40, 10
    said = " ".join(translation.compared([first, second]))
    assert "the decoder translates 66.7% rightly and the encoder-decoder 50.0%" in said
    assert "begin with a cluster, 10 against 40 of 50 wrong" in said


def test_equal_architectures_are_not_ranked() -> None:
    first, second, *_ = results({"encoder-decoder": 1.0, "decoder": 1.0})
    assert "Both translate 50.0% of unseen words rightly." in translation.compared([first, second])


SETTINGS = {"small-32": (4, 64), "large-32": (3, 512), "small-64": (3, 64), "large-64": (3, 512)}  # the handout's


@pytest.mark.parametrize("is_recipe", [True, False], ids=["in a recipe", "by themselves"])
def test_what_runs_do_not_have_in_common_besides_is_said(is_recipe: bool) -> None:
    runs = []
    for one in results(LOSSES):
        settings = dict(zip(("layers", "batch"), SETTINGS[one["name"]], strict=True))
        runs.append(one | ({"recipe": settings} if is_recipe else settings))
    wide, more, *rest = translation.told(runs)
    assert wide.startswith("Hidden 64 instead of 32 (with 3 layers instead of 4 on small) lowers")
    besides = "(with batches of 512 instead of 64, and 3 layers instead of 4 with hidden 32)"
    assert more.startswith(f"The large list instead of the small one {besides} lowers")
    assert len(rest) == 4


def test_runs_that_differ_in_nothing_else_are_told_without_a_clause() -> None:
    alike = [one | {"layers": 3, "batch": 64} for one in results(LOSSES)]
    assert translation.told(alike) == translation.told(results(LOSSES))
    assert "(with" not in " ".join(translation.told(alike))


def test_a_lower_loss_with_fewer_words_right_is_noticed() -> None:
    first, second, *_ = results({"encoder-decoder": 1.0, "decoder": 0.5})
    first["words_right"], second["words_right"] = 0.75, 0.7
    assert "the lower loss, the decoder's, is not the better translation" in " ".join(
        translation.compared([first, second])
    )
    first["words_right"] = 0.6
    assert "the lower loss" not in " ".join(translation.compared([first, second]))
