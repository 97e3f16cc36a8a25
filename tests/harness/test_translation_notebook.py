"""A notebook's models of section 3: two of one name, and attention that is wrong beneath what is right."""

from pathlib import Path
from typing import Any

import pytest

from tests.harness.mutants.translation import ATTENTION, DECODER, DECODER_ONLY, ENCODER, ENCODINGS, TENSORS
from tests.harness.notebooks import notebook
from tests.harness.test_check import OK, question, report_on

IMPORTS, TABLE = ENCODINGS.split("\n\n\ndef ")
ALONE = DECODER_ONLY.replace("DecoderOnlyTransformer", "TransformerDecoder")
HALF_SEEN = ATTENTION.replace("triu(1)", "triu(2)")
NOT_THERE = ATTENTION.replace("weights = torch.softmax", "# weights = torch.softmax")


def cells(attention: str = ATTENTION, *, together: bool = False) -> str:
    """A notebook as the course lays it out: attention, encoder, decoder, and the decoder alone by the same name."""
    models = [text.split(ATTENTION)[1] for text in (ENCODER, DECODER, ALONE)]
    models = [model.replace("super()", f"super({name}, self)") for model, name in zip(models, NAMES, strict=True)]
    last = [models[0], "\n".join(models[1:])] if together else models
    tensors = TENSORS.split("import torch\n")[1]
    return notebook(IMPORTS, f"def {TABLE}", attention, *last, tensors)


NAMES = ("TransformerEncoder", "TransformerDecoder", "TransformerDecoder")


def checked(tmp_path: Path, text: str, questions: str) -> dict[str, Any]:
    return report_on(tmp_path, text, "nmt.ipynb", "--question", questions, "--examples", "3")[1]


@pytest.mark.parametrize("together", [False, True], ids=["in cells of their own", "in one cell"])
def test_two_classes_of_one_name_are_told_apart(tmp_path: Path, together: bool) -> None:
    report = checked(tmp_path, cells(together=together), "encoder,decoder,3.2.2")
    status = {q["id"]: q["status"] for q in report["questions"]}
    assert status == {"encoder": "pass", "decoder": "pass", "3.2.2": "pass"}


@pytest.mark.parametrize("attention", [HALF_SEEN, NOT_THERE], ids=["sees the next", "left blank"])
def test_a_flaw_of_the_attention_costs_its_own_question_only(tmp_path: Path, attention: str) -> None:
    report = checked(tmp_path, cells(attention), "3.1.2,3.2.1,3.2.2,decoder")
    status = {q["id"]: q["status"] for q in report["questions"]}
    assert status["3.1.2"] in {"partial", "error", "fail"}
    assert {status[name] for name in ("3.2.1", "3.2.2", "decoder")} == {"pass"}
    assert "correct attention in the place of its own" in question(report, "3.2.2")["note"]
    assert "correct attention" not in question(report, "3.2.1")["note"]


def test_right_attention_is_left_in_its_place(tmp_path: Path) -> None:
    code, report, _ = report_on(tmp_path, cells(), "nmt.ipynb", "--examples", "2", "--question", "3.2.2")
    assert code == OK
    assert "correct attention" not in question(report, "3.2.2")["note"]


def test_a_flaw_of_the_model_is_found_beneath_wrong_attention(tmp_path: Path) -> None:
    text = cells(HALF_SEEN).replace("x = x + self.attention_mlps[i](x)", "x = self.attention_mlps[i](x)")
    report = checked(tmp_path, text, "3.2.2")
    assert question(report, "3.2.2")["status"] in {"partial", "fail"}


def test_a_model_that_picks_the_wrong_attention_is_wrong_beneath_wrong_attention_too(tmp_path: Path) -> None:
    text = cells(HALF_SEEN).replace("[CausalScaledDotAttention(hidden_size)", "[ScaledDotAttention(hidden_size)")
    assert question(checked(tmp_path, text, "3.2.2"), "3.2.2")["status"] == "partial"


def test_a_replaced_attention_may_take_what_its_own_would(tmp_path: Path) -> None:
    wide = HALF_SEEN.replace("def __init__(self, hidden_size):", "def __init__(self, hidden_size, dropout=0.0):")
    text = cells(wide).replace(
        "[CausalScaledDotAttention(hidden_size)", "[CausalScaledDotAttention(hidden_size, dropout=0.0)"
    )
    assert question(checked(tmp_path, text, "3.2.2"), "3.2.2")["status"] == "pass"


def test_weights_that_are_not_there_cost_the_law_of_weights_alone(tmp_path: Path) -> None:
    text = DECODER_ONLY.replace("return logits, torch.stack(kept)", "return logits, None")
    report = report_on(tmp_path, text, "models.py", "--question", "3.2.2", "--examples", "2")[1]
    broken = [law["name"] for law in question(report, "3.2.2")["laws"] if law["status"] != "pass"]
    assert broken == ["model-weights"]


def test_attentions_may_return_weights_each_its_own_way_round(tmp_path: Path) -> None:
    text = DECODER.replace(
        "return torch.bmm(weights, v), weights",
        "return torch.bmm(weights, v), (weights.mT if self.causal else weights)",
    )
    report = report_on(tmp_path, text, "models.py", "--question", "decoder", "--examples", "2")[1]
    assert question(report, "decoder")["status"] == "pass"


def test_a_star_that_brings_no_attention_is_no_attention(tmp_path: Path) -> None:
    text = "from math import *\n" + DECODER_ONLY.replace("CausalScaledDotAttention", "Mine")
    report = report_on(tmp_path, text, "models.py", "--question", "3.2.2", "--examples", "2")[1]
    assert question(report, "3.2.2")["status"] == "pass"
