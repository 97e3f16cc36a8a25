"""The commands of section 4, as a user gives them: on models as small as they can be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from harness.cli import app, inputs
from impl.bert import experiment, pretraining, several
from tests.impl.bert_models import bert
from writeup.record import Run, find, identity

TINY = {"hidden": 16, "layers": 1, "heads": 2, "lines": 400, "batch_tokens": 96, "steps": 4}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with nothing in it, and models that are pretrained in no time."""
    monkeypatch.chdir(tmp_path)
    whole = pretraining.Recipe
    monkeypatch.setattr(pretraining, "Recipe", lambda corpus, **given: whole(corpus, **{**TINY, **given}))
    monkeypatch.setattr(experiment, "QUICK_STEPS", 3)
    monkeypatch.setattr(several, "cores", lambda: 1)  # another process would have the large models again
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def specimen(*arguments: str, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"}, input=text)
    return result.exit_code, result.output


def test_pretrain_finetune_classify() -> None:
    code, said = specimen("pretrain", "bert", "--corpus", "math")
    assert code == 0, said
    assert "mini-math is in runs/mini-math; it stands in for tbs17/MathBERT." in said
    code, said = specimen("finetune", "bert", "--weights", "mini-math", "--epochs", "2", "--seed", "1")
    assert code == 0, said
    assert re.search(r"pretrained here on generated text; it stands in for tbs17/MathBERT", said)
    assert len(re.findall(r"epoch \d/2: .* right \d+\.\d % \(always the commonest: \d+\.\d %\)", said)) == 2
    assert json.loads(Path("runs/bert-mini-math-s1/finetuning.json").read_text())["recipe"]["epochs"] == 2
    code, said = specimen("finetune", "bert", "--freeze", "--weights", "mini-math", "--out", "elsewhere")
    assert code == 0, said
    assert "the classifier alone" in said
    both = ("--checkpoint", "runs/bert-mini-math-s1", "--checkpoint", "elsewhere")
    code, said = specimen("classify", "three minus five", *both)
    assert code == 0
    assert "three minus five (negative)" in said
    for name in ("bert-mini-math-s1", "elsewhere"):
        (row,) = re.findall(rf"^{name} .*", said, re.MULTILINE)
        assert abs(sum(float(one) for one in re.findall(r"\d\.\d{3}", row)) - 1) < 0.002
    assert "it stands in for tbs17/MathBERT" in said


def test_small_weights_that_are_not_there_are_made_and_it_is_said() -> None:
    code, said = specimen("finetune", "bert", "--weights", "mini-chatter", "--epochs", "1")
    assert code == 0, said
    assert "mini-chatter is not in runs/mini-chatter; it is pretrained there first" in said
    assert pretraining.is_complete(Path("runs/mini-chatter"))
    assert "pretrained there first" not in specimen("finetune", "bert", "--weights", "mini-chatter", "--seed", "3")[1]


def test_lines_are_read_from_standard_input() -> None:
    bert(Path("weights"))
    assert specimen("finetune", "bert", "--weights", "weights", "--epochs", "1", "--out", "c")[0] == 0
    code, said = specimen("classify", "--checkpoint", "c", text="one minus one\n\n  two plus two  \nhello\n")
    assert code == 0
    assert [one.strip() for one in re.findall(r"^(?:one|two|hello).*", said, re.MULTILINE)] == [
        "one minus one (zero)", "two plus two (positive)", "hello",
    ]  # fmt: skip
    assert "stands in" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("finetune", "bert", "--weights", "tbs17/MathBERT"), r"neither a folder nor in .*hf download tbs17/MathBERT"),
        (("finetune", "bert", "--weights", "nothing"), "nothing is none of mini-math, mini-chatter"),
        (("finetune", "bert", "--weights", "weights", "--data", "nowhere"), "PA03_data_20_train.csv: no such file"),
        (("finetune", "bert", "--weights", "weights", "--rate", "7"), "the rate must lie between 0 and 1"),
        (("finetune", "bert", "--weights", "weights", "--batch", "9999"), "make no batch"),
        (("finetune", "bert", "--weights", "weights", "--out", "weights"), "is there already"),
        (("finetune", "bert", "--weights", "weights", "--out", "/proc/nope"), "/proc/nope"),
        (("classify", "f\udcfcnf", "--checkpoint", "weights"), "is not UTF-8"),
        (("classify", "one plus one", "--checkpoint", "weights"), "holds no classifier"),
        (("classify", "one plus one", "--checkpoint", "nowhere"), "no such folder"),
        (("classify", "  ", "--checkpoint", "weights"), "there is no sentence"),
        (("pretrain", "bert", "--corpus", "math", "--resume", "--out", "new"), "no such file"),
        (("experiment", "4", "--small", "x"), "--small belongs to another experiment than 4"),
        (("experiment", "3.1.4", "--weights", "a,b", "--seeds", "2"), "--weights and --seeds belong to another"),
        (("experiment", "4", "--weights", "weights"), "two weights at least"),
        (("experiment", "4.9",), "there are 3.1.4, 3.2.3 and 4"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    bert(Path("weights"))
    before = sorted(Path().iterdir())
    code, output = specimen(*arguments)
    assert code == 2
    assert re.search(said, " ".join(output.split())), output
    assert "Traceback" not in output
    assert sorted(Path().iterdir()) == before


def test_an_experiment_makes_its_models_and_goes_on() -> None:
    command = ("experiment", "4", "--quick", "--seeds", "2", "--epochs", "1")
    code, said = specimen(*command)
    assert code == 0, said
    folder = Path("runs/experiment-4-quick")
    assert {"curves.svg", "errors.png", "findings.json", "mini-math", "mini-chatter"} <= {
        one.name for one in folder.iterdir()
    }
    for question in ("4.2  ", "4.3  ", "4.4  ", "4.5  ", "Note: mini-math"):
        assert question in said
    kept = {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}
    assert len(kept) == 10
    assert specimen(*command)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()} == kept
    run = find(folder, "4")
    assert isinstance(run, Run)
    asked = experiment.Experiment(seeds=2, epochs=1, quick=True)
    assert run.record.id == identity("4", inputs.bert(asked, "cpu"))
    assert run.read("findings.json")["seeds"] == 2


def test_an_answer_is_never_cut_off() -> None:
    bert(Path("weights"))
    folder = f"bert-{'0123456789abcdef' * 4}-s0"
    assert specimen("finetune", "bert", "--weights", "weights", "--epochs", "1", "--out", folder)[0] == 0
    result = CliRunner().invoke(app, ["classify", "one plus one", "--checkpoint", folder], env={"COLUMNS": "60"})
    assert len(re.findall(r"\b\d\.\d{3}\b", result.output)) == 3
    assert re.search(r"\b(negative|zero|positive)\b(, wrong)? ", result.output.splitlines()[2])
