"""A sweep's folder: what it holds, and what survives kills, interrupts, full disks and a second sweep."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from typer.testing import CliRunner

from harness.cli import app
from impl.scaling.counted import model_flops
from impl.scaling.counts import transformer_flops
from impl.scaling.sweep import child, executors, training
from impl.scaling.sweep.folder import Sweep, SweepError
from impl.scaling.sweep.grid import Grid
from impl.scaling.sweep.training import train
from spec.error import TRAINED_ALIKE

pytestmark = pytest.mark.xdist_group("sweep")  # they compare with one that is swept once
SPECIMEN = [sys.executable, "-m", "harness", "sweep"]
LETTERS = "bcdfghklmnprst"
FIRST_WITHIN_S = 120


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "words.txt"
    path.write_text("\n".join(f"{a}at{b} at{b}{a}ay" for a in LETTERS for b in LETTERS))
    return path


@pytest.fixture(scope="module")
def options(words: Path) -> list[str]:
    return ["--hidden", "8,16", "--seeds", "2", "--epochs", "30", "--data", str(words), "--workers", "2"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, options: list[str]) -> Path:
    """A sweep that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("sweeps") / "whole"
    code, said = specimen(*options, "--out", str(folder))
    assert code == 0, said
    return folder


def specimen(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sweep", *arguments], env={"COLUMNS": "300"})
    return result.exit_code, result.output


def rows(folder: Path) -> list[dict[str, Any]]:
    """Results without times."""
    lines = (folder / "results.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "time_s"} for line in lines]


def begun(folder: Path, options: list[str], ready: Callable[[], bool], **more: Any) -> subprocess.Popen[str]:
    """A sweep in a process of its own, that has come so far."""
    command = [*SPECIMEN, *options, "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    until = time.monotonic() + FIRST_WITHIN_S
    while not ready():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def epochs(folder: Path, run: str) -> int:
    log = folder / run / "log.jsonl"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_results_hold_all_that_the_fits_need(whole: Path) -> None:
    found = rows(whole)
    assert [(row["hidden"], row["seed"], row["epoch"]) for row in found] == [
        (hidden, seed, epoch) for hidden in (8, 16) for seed in (0, 1) for epoch in range(1, 31)
    ]
    last = found[-1]
    assert {
        "train_loss",
        "val_loss",
        "val_loss_per_token",
        "words_right",
        "torch",
        "python",
        "device",
        "data_sha256",
    } <= set(last)
    assert (last["params"], last["params_total"]) == (4862, 5342)
    each, lengths = 156, 4 + 6 + 2  # four fifths of 196 words, of four letters, with a translation of six
    assert (last["examples"], last["tokens"]) == (30 * each, 30 * each * lengths)
    assert last["flops"] == 30 * each * transformer_flops(lengths, 30, 16, 4)
    assert last["flops_counted"] == 30 * each * model_flops(lengths, 16, 4)


def test_runs_have_folders_that_translate(whole: Path) -> None:
    result = CliRunner().invoke(app, ["translate", "cat", "--checkpoint", str(whole / "h16-s1")])
    assert result.exit_code == 0


def test_a_killed_sweep_leaves_no_process_and_goes_on_bit_for_bit(
    tmp_path: Path, whole: Path, options: list[str]
) -> None:
    folder = tmp_path / "killed"
    process = begun(folder, options, lambda: epochs(folder, "h16-s0") > 2)
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    process.kill()
    process.communicate()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{pid}/stat").exists() for pid in children):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert specimen("--resume", "--out", str(folder), "--workers", "2")[0] == 0
    assert rows(folder) == rows(whole)


def test_an_interrupt_ends_with_the_epoch_at_hand(tmp_path: Path, whole: Path, options: list[str]) -> None:
    folder = tmp_path / "interrupted"
    hears = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a shell's background jobs do not
    process = begun(folder, options, lambda: epochs(folder, "h16-s1") > 2, **hears)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, f"--resume --out {folder} goes on with it" in said) == (130, True)
    assert specimen("--resume", "--out", str(folder))[0] == 0
    assert rows(folder) == rows(whole)


def test_what_is_complete_is_not_trained_again(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.glob("h*/*.safetensors")}
    assert specimen("--resume", "--out", str(whole))[0] == 0
    assert {path: path.stat().st_mtime_ns for path in whole.glob("h*/*.safetensors")} == before


def test_a_sweep_may_grow(tmp_path: Path, whole: Path, options: list[str]) -> None:
    folder = str(tmp_path / "grown")
    assert specimen(*options, "--hidden", "16", "--seeds", "1", "--epochs", "9", "--out", folder)[0] == 0
    assert specimen("--resume", "--out", folder, "--hidden", "8,16", "--seeds", "2", "--epochs", "30")[0] == 0
    assert rows(tmp_path / "grown") == rows(whole)


def test_a_sweep_does_not_shrink(tmp_path: Path, whole: Path) -> None:
    shutil.copytree(whole, tmp_path / "same")
    assert (
        specimen("--resume", "--out", str(tmp_path / "same"), "--hidden", "8", "--seeds", "1", "--epochs", "2")[0] == 0
    )
    assert rows(tmp_path / "same") == rows(whole)


def test_words_may_move(tmp_path: Path, whole: Path, words: Path) -> None:
    moved, folder = tmp_path / "moved.txt", tmp_path / "same"
    shutil.copy(words, moved)
    shutil.copytree(whole, folder)
    code, said = specimen("--resume", "--out", str(folder), "--epochs", "31", "--data", str(moved))
    assert code == 0, said
    assert [row for row in rows(folder) if row["epoch"] < 31] == [
        row | {"epochs": 31, "data": "moved.txt"} for row in rows(whole)
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("log.jsonl", b'{"epoch": 1}', "h8-s0/log.jsonl: not the log of a run"),
        ("run.json", b"{}", "h8-s0/run.json: no settings of a run"),
        ("last.safetensors", b"nonsense", "h8-s0/last.safetensors: damaged"),
    ],
)
def test_a_damaged_run_is_named_and_the_others_go_on(
    tmp_path: Path, whole: Path, name: str, content: bytes, expected: str
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(whole, folder)
    (folder / "h8-s0" / name).write_bytes(content)
    code, said = specimen("--resume", "--out", str(folder), "--epochs", "31", "--workers", "1")
    assert (code, expected in said, "Traceback" in said) == (1, True, False), said
    assert [epochs(folder, run) for run in ("h8-s1", "h16-s0", "h16-s1")] == [31, 31, 31]


def test_runs_of_another_sweep_are_not_taken_for_this_one_s(tmp_path: Path, whole: Path, options: list[str]) -> None:
    folder, other = tmp_path / "other", tmp_path / "other.txt"
    shutil.copytree(whole, folder)
    (folder / "sweep.json").unlink()
    other.write_text("\n".join(f"{a}it{b} it{b}{a}ay" for a in LETTERS for b in LETTERS))
    code, said = specimen(*options, "--data", str(other), "--out", str(folder))
    assert (code, said.count("is a run on other words")) == (1, 4), said
    assert (folder / "results.jsonl").read_text() == ""


def test_models_trained_side_by_side_come_to_the_same(tmp_path: Path, whole: Path, words: Path) -> None:
    """As on a GPU, an epoch of each in turn in one process."""
    sweep = Sweep(Grid(hidden=(8, 16), seeds=2, epochs=30, data=str(words)), tmp_path)
    with sweep.held():
        (one, *others) = sweep.tasks()
        train(replace(one, jobs=(*one.jobs, *(job for task in others for job in task.jobs))))
        sweep.write_results()
    assert rows(tmp_path) == rows(whole)


def test_a_process_that_was_forgotten_stops_when_another_sweep_has_begun(
    tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a cluster whose client was killed: its workers do not know."""
    sweep = Sweep(Grid(hidden=(8,), seeds=1, epochs=30, data=str(words)), tmp_path)
    with sweep.held():
        epoch = training._epoch
        monkeypatch.setattr(training, "_epoch", lambda runs: (epoch(runs), (tmp_path / ".id").write_text("another")))
        with pytest.raises(training.StoppedError):
            train(sweep.tasks()[0])
    assert epochs(tmp_path, "h8-s0") == 1


def test_a_killed_process_is_replaced(tmp_path: Path, whole: Path, words: Path) -> None:
    sweep = Sweep(Grid(hidden=(8, 16), seeds=2, epochs=30, data=str(words)), tmp_path)
    killed: list[int] = []

    def look() -> None:
        if not killed and epochs(tmp_path, "h16-s0") > 2:
            (one, *_) = [one for one in child.CHILDREN if one.is_there]
            killed.append(one.kill())

    with sweep.held(), executors.local(1) as (executor, _):
        sweep.run(executor, look)
    assert (len(killed), sweep.failed) == (1, {})
    assert rows(tmp_path) == rows(whole)


def test_a_full_disk_is_an_error_that_loses_nothing(tmp_path: Path, whole: Path, options: list[str]) -> None:
    """No file may be larger than a checkpoint of hidden 8: a limit that needs no disk of its own."""
    folder = tmp_path / "full"
    limit = (whole / "h8-s0" / "last.safetensors").stat().st_size + 1000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = begun(folder, options, lambda: True, preexec_fn=limited)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert "h16-s0 failed: [Errno 27] File too large: " in said
    assert "results.jsonl failed: [Errno 27] File too large: " in said
    assert epochs(folder, "h8-s0") == 30
    assert specimen("--resume", "--out", str(folder))[0] == 0
    assert rows(folder) == rows(whole)


def test_two_sweeps_in_a_folder_refuse_each_other(tmp_path: Path, whole: Path, words: Path) -> None:
    with FileLock(whole / ".lock"):
        code, said = specimen("--resume", "--out", str(whole))
    assert (code, "is being swept by another process" in said) == (2, True)
    first, second = (Sweep(Grid(hidden=(8,), data=str(words)), tmp_path) for _ in range(2))  # that begin at once
    with first.held(), pytest.raises(SweepError, match="being swept"):
        second.held().__enter__()
    with pytest.raises(SweepError, match="holds a sweep already"):
        second.held().__enter__()


def test_another_list_of_words_is_refused(tmp_path: Path, whole: Path, options: list[str]) -> None:
    other = tmp_path / "other.txt"
    other.write_text("cat atcay\ndog ogday\n")
    code, said = specimen("--resume", "--out", str(whole), "--data", str(other))
    assert (code, "is not what" in said) == (2, True)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster_gives_the_same_though_a_worker_is_killed(tmp_path: Path, whole: Path, words: Path) -> None:
    from distributed import LocalCluster

    grid = Grid(hidden=(8, 16), seeds=2, epochs=30, data=str(words))
    sweep = Sweep(grid, tmp_path)
    killed: list[int] = []
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:

        def look() -> None:
            if not killed and epochs(tmp_path, "h16-s0") > 2:
                killed.append(next(iter(cluster.workers.values())).process.process.pid)
                os.kill(killed[0], signal.SIGKILL)

        with sweep.held(), executors.cluster(cluster.scheduler_address) as (executor, named):
            sweep.run(executor, look)
    assert (len(killed), sweep.failed, named.startswith("2 workers")) == (1, {}, True)
    assert rows(tmp_path) == rows(whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_trains_all_at_once_and_comes_near(tmp_path: Path, whole: Path, options: list[str]) -> None:
    code, said = specimen(*options[:-2], "--device", "cuda", "--out", str(tmp_path / "gpu"))
    assert code == 0, said
    for one, other in zip(rows(tmp_path / "gpu"), rows(whole), strict=True):
        assert abs(one["train_loss"] - other["train_loss"]) <= 100 * TRAINED_ALIKE
