"""3.3.4 is about the training that it is told of, and what to change is said as it is shown."""

from dataclasses import replace
from typing import Any

import pytest

from impl.scaling.analysis import answers, synthetic
from impl.scaling.analysis.measured import gathered
from impl.scaling.analysis.told import told
from impl.scaling.analysis.whole import Analysis, Trained, analysed
from impl.scaling.counts import LAYERS, VOCAB_SIZE, transformer_params


@pytest.fixture(scope="module")
def found() -> Analysis:
    rows = synthetic.rows(synthetic.law(0.5, 0.5), seeds=1, noise=0.002)
    return analysed(gathered(rows, "val_loss", "synthetic"), draws=50, trained=Trained(64, 3, 6, (2e6, 3e11)))


def with_best(found: Analysis, hidden: float, epochs: float, trained: Trained | None = None) -> list[str]:
    """The answer where the lines ask for just this."""
    one: Any = found.setup
    trained = trained or Trained()
    params = replace(one.best_params, value=transformer_params(VOCAB_SIZE, hidden, LAYERS))
    tokens = replace(one.best_tokens, value=1e5 * epochs)
    own = {"params": transformer_params(VOCAB_SIZE, trained.hidden, trained.layers), "tokens": 1e5 * trained.epochs}
    setup = replace(one, trained=trained, best_params=params, best_tokens=tokens, **own)
    return answers.setup(replace(found, setup=setup))


def test_the_training_is_the_one_that_was_told(found: Analysis) -> None:
    one = told(found)["setup"]
    params = transformer_params(VOCAB_SIZE, 64, 3)
    assert (one["hidden"], one["layers"], one["epochs"]) == (64, 3, 6)
    assert (one["params"], one["tokens"], one["budget"]) == (params, 6 * 2e6, 6 * 3e11)
    assert answers.setup(found)[0].startswith(
        f"3.2.3 trains hidden 64 in 3 layers, {params:,.0f} parameters, on 12 million tokens of other words than those"
        " of the sweep, which costs 1.8 TFLOPs"
    )


def test_the_handout_s_training_is_taken_where_none_is_told() -> None:
    usual = analysed(gathered(synthetic.rows(synthetic.law(0.5, 0.5)), "val_loss", "synthetic"), draws=50)
    assert "3.2.3 trains hidden 128, 268,062 parameters, on 5 million tokens, which" in answers.setup(usual)[0]
    assert usual.setup is not None
    (size,) = (one for one in usual.measured.sizes if one.hidden == 128)
    assert f"{usual.setup.budget:.6g}" == f"{100 * size.curves[0].flops[0]:.6g}"


@pytest.mark.parametrize(
    ("hidden", "epochs", "says"),
    [
        pytest.param(136.2, 100.3, "a larger model for as many epochs: hidden 136 in the place of 128, 100 epochs.", id="as-many"),
        pytest.param(127.8, 40, "as large a model for fewer epochs: hidden 128, 40 epochs in the place of 100.", id="as-large"),
        pytest.param(64, 900, "a smaller model for more epochs: hidden 64 in the place of 128, 900 epochs in the place of 100.", id="both"),
        pytest.param(128.2, 100.3, "there is nothing to change: hidden 128, 100 epochs.", id="neither"),
    ],
)  # fmt: skip
def test_what_to_change_is_decided_as_it_is_shown(found: Analysis, hidden: float, epochs: float, says: str) -> None:
    assert with_best(found, hidden, epochs)[2].endswith(says)


def test_a_model_of_other_layers_is_not_as_large_for_having_the_same_hidden_size(found: Analysis) -> None:
    said = with_best(found, 64, 6, Trained(64, 3, 6))[2]
    assert said.endswith(
        "a larger model for as many epochs: hidden 64 in 4 layers in the place of 64 in 3 layers, 6 epochs."
    )
