"""`specimen writeup`: what it makes, what it reuses, what it refuses, and what is left when it is interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from harness.cli import app, quick, writeup
from tests.harness.notebooks import notebook
from writeup.record import Lacking, Run, find, identity, write
from writeup.runs import child
from writeup.runs.inputs import inputs
from writeup.runs.kinds import SWEEP
from writeup.runs.steps import Inputs, Step, make

EPOCHS = 120
pytestmark = pytest.mark.xdist_group("writeup")  # they go on where the one before has ended
LETTERS = "bcdfghklmnprst"
TINY = quick.Sizes({"3.1.4": 1, "3.2.3": 1}, (4, 6, 8), 2, 6, "2e-5,3e-5", 100)
FITS = (
    "import numpy as np\n\ndef fit_linear_log(x, y):\n    return np.poly1d(np.polyfit(np.log10(x), np.log10(y), 1))\n"
)
WITHIN_S = 120


def specimen(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["writeup", *arguments], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with data, a notebook, and the runs that tests before have made."""
    folder = tmp_path_factory.mktemp("writeup")
    (folder / "data").mkdir()
    words = [f"{a}at{b} at{b}{a}ay" for a in LETTERS for b in LETTERS]
    for name in (quick.SMALL, quick.LARGE):
        (folder / "data" / name).write_text("\n".join(words))
    rows = ["0,one plus one,2", "1,one minus one,1", "2,one minus two,0"]
    for name in ("train", "test"):
        (folder / "data" / f"PA03_data_20_{name}.csv").write_text("\n".join(rows))
    (folder / "nmt.ipynb").write_text(notebook(FITS))
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def steps(seed: int, *kinds: str, sizes: quick.Sizes = TINY) -> list[Step]:
    every = quick.steps(Path("data"), seed, Path(), sizes)
    return [one for one in every if one.kind in kinds]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Some kinds of runs alone, made tiny."""

    def choose(*kinds: str, sizes: quick.Sizes = TINY) -> None:
        monkeypatch.setattr(writeup, "_steps", lambda _, seed, *__, **___: steps(seed, *kinds, sizes=sizes))

    return choose


def told(said: str) -> dict[str, str]:
    """What the table says came of every kind."""
    return dict(re.findall(r"^(\S+) +(?:\S+-[0-9a-f]{12} +)?(reused|made|missing)\b", said, re.MULTILINE))


def test_what_is_not_there_is_made_and_then_reused(here: Path, only: Callable[..., None]) -> None:
    kinds = ("3.2.3", SWEEP, "3.3", "check-nmt")
    only(*kinds)
    code, said = specimen("--quick", "--data", "data")
    assert code == 0, said
    assert told(said) == dict.fromkeys(kinds, "made")
    assert Path("a3-writeup.pdf").read_bytes().startswith(b"%PDF")
    page = Path("a3-writeup.html").read_text()
    for one in Path("runs/writeup").glob("*-*"):
        found = find(one, one.name.rpartition("-")[0])
        assert isinstance(found, Run)
        assert found.record.id == one.name
        assert found.record.command in page.replace("&#39;", "'")
    code, said = specimen("--quick", "--data", "data", "--out", "again")
    assert (code, told(said)) == (0, dict.fromkeys(kinds, "reused"))
    assert Path("again/a3-writeup.pdf").exists()


def test_a_file_that_was_altered_is_made_again(here: Path, only: Callable[..., None]) -> None:
    only(SWEEP, "3.3", "check-nmt")
    assert specimen("--quick")[0] == 0
    (report,) = Path("runs/writeup").glob("check-nmt-*/report.json")
    report.write_text("{}")
    code, said = specimen("--quick")
    assert (code, told(said)) == (0, {SWEEP: "reused", "3.3": "reused", "check-nmt": "made"})
    assert json.loads(report.read_text())["seed"] == 0
    aside = report.parent.with_name(f"{report.parent.name}-altered-1")
    assert (aside / report.name).read_text() == "{}"


def test_what_another_input_decides_on_is_made_and_nothing_else(here: Path, only: Callable[..., None]) -> None:
    only(SWEEP, "3.3", "check-nmt")
    assert specimen("--quick")[0] == 0  # they are there, whichever tests came before in this process
    Path("nmt.ipynb").write_text(notebook(FITS, "1 + 1"))
    code, said = specimen("--quick", "--seed", "1")
    assert (code, told(said)) == (0, {SWEEP: "reused", "3.3": "reused", "check-nmt": "made"})


def test_one_whose_command_fails_is_missing_and_so_is_what_needs_it(here: Path, only: Callable[..., None]) -> None:
    only(SWEEP, "3.3", "check-bert", sizes=replace(TINY, seeds=3))
    (step,) = steps(0, SWEEP, sizes=replace(TINY, seeds=3))
    in_the_way = Path("runs/writeup") / identity(SWEEP, step.given({}))
    in_the_way.mkdir(parents=True)
    (in_the_way / "results.jsonl").mkdir()
    code, said = specimen("--quick")
    assert (code, told(said)) == (1, {SWEEP: "missing", "3.3": "missing", "check-bert": "missing"})
    assert "its command ended with code 1" in said
    assert "3.3 is missing: it needs 3.3-sweep, which is missing" in said
    assert "there is no bert.ipynb" in said
    assert "3.3-sweep, which is missing" in Path("a3-writeup.html").read_text()


def test_a_run_that_was_given_something_else_is_missing(here: Path) -> None:
    of = inputs("4", settings={"seeds": 2}, data={}, device="cpu")

    def record(folder: Path, given: Inputs, command: str, time_s: float) -> None:
        other = {**given, "device": "cuda"}
        write(folder, "4", inputs=other, seeds=[0], command=command, time_s=time_s, files=[])

    step = Step("4", lambda _: of, lambda _, __: ["questions", "1.2.2"], record=record)
    came = make(step, here / "else", {}, lambda _: None)
    assert (came.how, isinstance(came.run, Lacking)) == ("missing", True)
    assert "was given something else" in str(came.run)


def ids(seed: int = 0) -> dict[str, str]:
    """What runs will be called, as far as they need no others."""
    of: Mapping[str, Run] = {}
    every = quick.steps(Path("data"), seed, Path())
    return {
        step.kind: identity(step.kind, step.given(of)) for step in every if not step.needs and "check" not in step.kind
    }


def test_an_input_decides_on_its_runs_alone(here: Path) -> None:
    before = ids()
    assert before == ids()

    def changed() -> set[str]:
        return {kind for kind, name in ids().items() if before[kind] != name}

    assert {kind for kind, name in ids(1).items() if before[kind] != name} == {"3.1.4", "3.2.3", "5-train"}
    for name, row, kinds in (
        (quick.LARGE, "\nnew ewnay", {"3.1.4"}),
        (quick.SMALL, "\nnew ewnay", {"3.1.4", "3.2.3", SWEEP}),
        ("PA03_data_20_test.csv", "\n3,two minus one,2", {"4"}),
    ):
        path = Path("data", name)
        text = path.read_text()
        path.write_text(text + row)
        assert changed() == kinds
        path.write_text(text)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_leaves_what_is_complete_and_the_next_call_goes_on(here: Path, only: Callable[..., None]) -> None:
    long = replace(TINY, epochs={"3.1.4": 1, "3.2.3": EPOCHS})  # longer than it takes to save, whatever else runs
    only("3.2.3", sizes=long)
    (step,) = steps(0, "3.2.3", sizes=long)
    folder = Path("runs/writeup") / identity("3.2.3", step.given({}))
    log = folder / "encoder-decoder" / "log.jsonl"
    threading.Thread(target=interrupt, args=(log,), daemon=True).start()
    code, said = specimen("--quick")
    assert code == 130, said
    assert "the same command goes on" in said
    begun = log.read_text().splitlines()
    assert 0 < len(begun) <= EPOCHS
    assert not (folder / "record.json").exists()
    code, said = specimen("--quick")
    assert (code, told(said)) == (0, {"3.2.3": "made"})
    assert log.read_text().splitlines()[: len(begun)] == begun
    run = find(folder, "3.2.3")
    assert isinstance(run, Run)
    assert not run.made_by_other_code
    assert all(len(one["val_losses"]) == EPOCHS for one in run.read("results.json"))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """An interrupt is heeded, also where a shell has begun all of this in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt(log: Path) -> None:
    """Interrupt this process, as Ctrl-C does, once epochs of a run are complete."""
    await_that(lambda: log.exists() and log.stat().st_size > 0)
    os.kill(os.getpid(), signal.SIGINT)


def await_that(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a command ends by itself")
def test_a_command_that_loses_whoever_began_it_ends(here: Path) -> None:
    options = ["train", "nmt", "--data", f"data/{quick.SMALL}", "--hidden", "8", "--layers", "1", "--epochs", "100000"]
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"  # as a shell has it in the background
    code = f"{ignoring}; from writeup.runs.child import run; run({[*options, '--out', 'lost']!r})"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as parent:
        await_that(lambda: (log := Path("lost/log.jsonl")).exists() and log.stat().st_size > 0)
        time.sleep(1)  # while it saves, interrupts are heard whatever was said before
        (its_child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        parent.kill()
    try:
        await_that(lambda: not Path(f"/proc/{its_child}").exists())
    except AssertionError:
        os.kill(int(its_child), signal.SIGKILL)
        raise
    assert Path("lost/last.safetensors").exists()


def test_finished_runs_are_read_and_nothing_but_checks_is_made(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ["--small", f"data/{quick.SMALL}", "--epochs", "1"]
    Path("finished/experiment-3.2.3").mkdir(parents=True)
    other = {"code": {"3.2.3": ["of old"]}, "torch": ["1.0"]}
    Path("finished/experiment-3.2.3/begun.json").write_text(json.dumps(other))
    command = ["experiment", "3.2.3", *data, "--out", "finished/experiment-3.2.3"]
    assert CliRunner().invoke(app, command).exit_code == 0
    made: list[str] = []
    monkeypatch.setattr(child, "run", lambda arguments, run=child.run: (made.append(arguments[0]), run(arguments))[1])
    for _ in range(2):
        code, said = specimen("--runs", "finished", "--notebooks", ".")
        assert code == 1
        assert {kind for kind, came in told(said).items() if came != "missing"} == {"3.2.3", "check-nmt"}
        assert made == ["check"]
    assert "reused, by other code" in said
    assert "3.1.4 is missing: there is no finished/experiment-3.1.4; `specimen experiment 3.1.4` makes it." in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--data", "data"), "--data is what --quick trains on"),
        (("--quick", "--data", "nowhere"), "nowhere"),
        (("--out", "nmt.ipynb/below"), "--out nmt.ipynb/below: "),
        (("--out", "/proc", "--notebooks", "nowhere"), "--out /proc: "),
        (("--runs", "nmt.ipynb/below"), "nmt.ipynb/below/writeup: "),
    ],
    ids=["data", "no-data", "out", "read-only-out", "runs"],
)
def test_what_cannot_be_is_refused(here: Path, options: tuple[str, ...], sentence: str) -> None:
    code, said = specimen(*options)
    assert (code, said.startswith("specimen: ")) == (2, True)
    assert sentence in said


def test_two_processes_do_not_make_runs_in_one_folder(here: Path) -> None:
    with FileLock(here / "runs" / "writeup" / ".lock"):
        assert specimen("--notebooks", "nowhere") == (2, "specimen: another process makes runs in runs/writeup.\n")
