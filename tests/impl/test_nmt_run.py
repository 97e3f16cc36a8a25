"""A run in its folder: what is written, how it goes on, and what it refuses. Commands run as a user runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from harness.cli import app
from impl import tensor_file
from impl.nmt import checkpoint, run
from impl.nmt.machine import Plan, plan
from impl.nmt.recipe import Recipe, make
from impl.nmt.run import Run, RunError, resumed
from impl.nmt.training import Training

SMALL = ["train", "nmt", "--hidden", "8", "--layers", "2"]
SPECIMEN = [sys.executable, "-m", "harness"]


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A file of few words."""
    path = tmp_path / "words.txt"
    letters = "bcdfghklmnprst"
    path.write_text("\n".join(f"{a}at{b} at{b}{a}ay\n{a}o{b}e o{b}e{a}ay" for a in letters for b in letters))
    return path


def specimen(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def log(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "time_s"} for line in lines]


def begun(folder: Path, words: Path, *options: str) -> subprocess.Popen[bytes]:
    """A command that trains, past its first save."""
    process = subprocess.Popen(
        [*SPECIMEN, *SMALL, "--data", str(words), "--out", str(folder), *options],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's background jobs ignore it
    )
    until = time.monotonic() + 120
    while not (folder / "log.jsonl").exists() or not (folder / "log.jsonl").stat().st_size:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


def test_a_run_writes_settings_a_log_and_two_checkpoints(tmp_path: Path, words: Path) -> None:
    folder = tmp_path / "run"
    code, said = specimen(*SMALL, "--data", str(words), "--epochs", "3", "--out", str(folder))
    assert (code, "Lowest validation loss" in said, "the air conditioning is working ->" in said) == (0, True, True)
    settings = json.loads((folder / "run.json").read_text())
    assert (settings["recipe"]["hidden"], settings["words"], len(settings["data_sha256"])) == (8, 392, 64)
    assert [line["epoch"] for line in log(folder)] == [1, 2, 3]
    assert {path.name for path in folder.iterdir()} == {"run.json", "log.jsonl", "best.safetensors", "last.safetensors"}
    learner, recipe = checkpoint.load(folder)
    assert recipe.hidden == 8
    assert "decoder.self_attentions.1.V.bias" in tensor_file.read(folder / checkpoint.BEST)[0]
    assert torch.isfinite(learner.step.packed.parameters).all()


def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "plan", plan)  # as a user's, of as many processes as there are cores
    options = ("--data", str(words), "--epochs", "400")
    process = begun(tmp_path / "killed", words, "--epochs", "400")
    process.kill()
    process.communicate()
    assert specimen("train", "nmt", "--resume", "--out", str(tmp_path / "killed"))[0] == 0
    assert specimen(*SMALL, *options, "--out", str(tmp_path / "whole"))[0] == 0
    assert log(tmp_path / "killed") == log(tmp_path / "whole")
    best = [(tmp_path / name / "best.safetensors").read_bytes() for name in ("killed", "whole")]
    assert best[0] == best[1]


def test_a_run_that_loses_a_process_says_so_and_goes_on(
    tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "plan", lambda hidden, layers: Plan(2, 1))
    recipe = Recipe(hidden=8, layers=1, epochs=3, data=str(words))
    losing = Run(recipe, tmp_path)
    epochs = iter(losing)
    next(epochs)
    losing.training.team._processes[0].kill()
    with pytest.raises(RunError, match=r"exit code -9; --resume --out .* goes on after the last epoch"):
        next(epochs)
    assert len(log(tmp_path)) == 1
    assert [epoch.epoch for epoch in Run(recipe, tmp_path, resume=True)] == [2, 3]


def test_a_run_goes_on_as_it_was_divided_and_on_a_gpu_undivided() -> None:
    recipe = Recipe(hidden=8)
    assert run._planned(recipe, {"processes": 3, "threads": 1}, "cpu") == Plan(3, 1)
    assert run._planned(recipe, {"threads": 2}, "cpu") == Plan(1, 2)  # of a run from before there were processes
    assert run._planned(recipe, {"processes": 3, "threads": 1}, "cuda") == Plan(1, 1)


def test_an_interrupt_saves_and_says_where(tmp_path: Path, words: Path) -> None:
    process = begun(tmp_path / "run", words, "--epochs", "100000", "--patience", "100000")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"--resume --out {tmp_path / 'run'} goes on with it" in " ".join(said.decode().split())
    _, header = tensor_file.read(tmp_path / "run" / "last.safetensors")
    assert header["state"]["done"] == len(log(tmp_path / "run")) > 0


def test_a_run_goes_on_where_it_was_and_with_more_epochs(tmp_path: Path, words: Path) -> None:
    data = ("--data", str(words))
    for name, first in (("twice", "2"), ("once", "5")):
        assert specimen(*SMALL, *data, "--epochs", first, "--out", str(tmp_path / name))[0] == 0
    code, said = specimen("train", "nmt", "--epochs", "5", "--resume", "--out", str(tmp_path / "twice"))
    assert code == 0, said
    assert log(tmp_path / "twice") == log(tmp_path / "once")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "holds a run already: --resume goes on with it"),
        (("--resume", "--hidden", "16"), "is a run with hidden 8, and cannot go on with hidden 16"),
    ],
)
def test_a_folder_with_a_run_is_not_begun_again(
    tmp_path: Path, words: Path, arguments: tuple[str, ...], said: str
) -> None:
    out = ("--data", str(words), "--epochs", "1", "--out", str(tmp_path / "run"))
    assert specimen(*SMALL, *out)[0] == 0
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    code, printed = specimen(*(SMALL if not arguments else ["train", "nmt"]), *arguments, *out)
    assert (code, said in printed) == (2, True), printed
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hidden", "7"), "hidden must be even"),
        (("--epochs", "0"), "epochs must be 1 or more; got 0"),
        (("--recipe", "best", "--model", "encoder-decoder"), "the best recipe is a decoder with 4 heads"),
        (("--data", "no/such.txt"), "no/such.txt: No such file"),
        (("--resume",), "--resume needs --out"),
        (("--resume", "--out", "nowhere"), "nowhere holds no run to go on with"),
        (("--resume", "--quick", "--out", "nowhere"), "--quick begins one"),
        (("--seed", "100000000000000"), "seed must be 0 to"),
        (("--hidden", "2000000"), "may be 8192 at most"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    code, printed = specimen("train", "nmt", *arguments)
    assert (code, said in printed) == (2, True), printed


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    code, printed = specimen("train", "nmt", "--device", "cuda")
    assert (code, "no GPU that torch can use here" in printed) == (2, True)


def test_other_data_under_the_same_name_is_not_gone_on_with(tmp_path: Path, words: Path) -> None:
    folder = tmp_path / "run"
    Run(Recipe(data=str(words), hidden=8, layers=1, epochs=1), folder).save()
    words.write_text(words.read_text() + "\nnew ewnay")
    with pytest.raises(RunError, match="is not what"):
        Run(resumed(folder, {}), folder, resume=True)


@pytest.mark.parametrize("damage", [b"", b"no safetensors", None])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, words: Path, damage: bytes | None) -> None:
    folder = tmp_path / "run"
    Run(Recipe(data=str(words), hidden=8, layers=1, epochs=1), folder).save()
    best = folder / "best.safetensors"
    best.write_bytes(best.read_bytes()[:-4] if damage is None else damage)
    with pytest.raises(tensor_file.BadCheckpointError, match=r"best\.safetensors"):
        checkpoint.load(folder)


def test_a_checkpoint_is_written_whole_or_not_at_all(
    tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(Recipe(data=str(words), hidden=8, layers=1, epochs=2), tmp_path / "run")
    run.save()
    before = (tmp_path / "run" / "best.safetensors").read_bytes()
    run.training.epoch()
    run._snapshot()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        run.save()
    assert (tmp_path / "run" / "best.safetensors").read_bytes() == before
    assert not list((tmp_path / "run").glob(".*"))


def test_training_stops_when_the_loss_no_longer_falls(words: Path) -> None:
    from impl.nmt.pairs import load

    training = Training(Recipe(data=str(words), hidden=8, layers=1, patience=2), *load(str(words)).split(0))
    training.best_loss = 0.0
    epochs = 0
    while not training.over:
        training.epoch()
        epochs += 1
    assert epochs == 3  # as the notebook counts: more than so many


def test_rates_are_the_handouts_or_warm_up_and_fall() -> None:
    assert [Recipe().rate(epoch, 0.5) for epoch in (0, 9)] == [5e-4 * 0.99, 5e-4 * 0.99**10]
    best = make({"name": "best", "epochs": 10})
    rates = [best.rate(epoch, done) for epoch, done in ((0, 0.0), (0, 0.5), (1, 0.0), (5, 0.0), (9, 0.9))]
    assert rates[0] == 0.0
    assert rates[1] < rates[2] < best.learning_rate
    assert rates[2] > rates[3] > rates[4] > 0


def test_translations_come_from_arguments_and_from_standard_input(tmp_path: Path, words: Path) -> None:
    folder = tmp_path / "run"
    assert specimen(*SMALL, "--data", str(words), "--epochs", "1", "--out", str(folder))[0] == 0
    at = ("--checkpoint", str(folder))
    code, said = specimen("translate", "two words", *at)
    assert (code, len(said.split())) == (0, 2)
    read = CliRunner().invoke(app, ["translate", *at], input="two words\n\ntwo\n")
    assert read.output.splitlines() == [said.strip(), "", said.split()[0]]
    assert specimen("translate", "Two", *at) == (
        2,
        "specimen: 'Two' holds 'T', and the vocabulary is a to z and the dash.\n",
    )
    assert specimen("translate", "two", "--checkpoint", str(tmp_path / "no"))[0] == 2
    picture = tmp_path / "maps.svg"
    assert specimen("translate", "two words", *at, "--attention", str(picture))[0] == 0
    text = picture.read_text()
    assert all(f"layer {number}" in text for number in (1, 2))
    assert specimen("translate", "two", *at, "--attention", str(tmp_path / "maps.gif"))[0] == 2


@pytest.mark.parametrize("question", ["3.1.4", "3.2.3"])
def test_an_experiment_runs_draws_and_goes_on(tmp_path: Path, words: Path, question: str) -> None:
    data = ("--small", str(words), "--large", str(words), "--quick", "--out", str(tmp_path / "out"))
    code, said = specimen("experiment", question, *data)
    assert code == 0, said
    plots = {"3.1.4": {"by-data.svg", "by-hidden.svg"}, "3.2.3": {"architectures.svg"}}[question]
    assert plots <= {path.name for path in (tmp_path / "out").iterdir()}
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert len(results) == (4 if question == "3.1.4" else 2)
    for one in results:
        assert one["lowest_val_loss"] == min(one["val_losses"])
        assert sum(one["words"].values()) == 79
        assert one["words_right"] == 1 - sum(one["errors"].values()) / 79
    assert specimen("experiment", question, *data)[0] == 0  # and nothing is trained again, for its times are the same
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    assert specimen("experiment", "3.1.3")[0] == 2


def test_a_run_that_is_killed_at_once_can_be_gone_on_with(tmp_path: Path, words: Path) -> None:
    folder = tmp_path / "run"
    Run(Recipe(data=str(words), hidden=8, layers=1, epochs=2), folder)  # and never iterated over
    assert specimen("train", "nmt", "--resume", "--out", str(folder))[0] == 0
    assert [line["epoch"] for line in log(folder)] == [1, 2]


def test_an_interrupt_waits_for_a_save(tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(Recipe(data=str(words), hidden=8, layers=1, epochs=1), tmp_path / "run")
    write = tensor_file.write
    monkeypatch.setattr(tensor_file, "write", lambda *args: (os.kill(os.getpid(), signal.SIGINT), write(*args)))
    with pytest.raises(KeyboardInterrupt):
        list(run)
    assert (
        tensor_file.read(tmp_path / "run" / "last.safetensors")[1]["state"]["done"] == len(log(tmp_path / "run")) == 1
    )


@pytest.mark.parametrize("damage", ["best in its place", "another run's", "settings of something else"])
def test_what_cannot_be_gone_on_with_is_refused_in_a_sentence(tmp_path: Path, words: Path, damage: str) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    Run(Recipe(data=str(words), hidden=8, layers=1, epochs=2), folder)
    Run(Recipe(data=str(words), hidden=16, layers=1, epochs=2), other)
    if damage == "settings of something else":
        (folder / "run.json").write_text('{"recipe": []}')
    else:
        source = folder / "best.safetensors" if damage == "best in its place" else other / "last.safetensors"
        (folder / "last.safetensors").write_bytes(source.read_bytes())
    code, said = specimen("train", "nmt", "--resume", "--out", str(folder))
    assert (code, "specimen: " in said, "Traceback" in said) == (2, True, False), said


def test_a_path_is_printed_as_it_is(tmp_path: Path, words: Path) -> None:
    folder = tmp_path / "r[bold]y[/x]"
    code, said = specimen(*SMALL, "--data", str(words), "--epochs", "1", "--out", str(folder))
    assert (code, "r[bold]y[/x]" in "".join(said.split())) == (0, True), said
