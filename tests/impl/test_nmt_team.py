"""Processes that train one model together come to what one comes to alone, and end together."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from impl.nmt import machine, team
from impl.nmt.batches import Batch
from impl.nmt.leader import Leader, TeamError
from impl.nmt.machine import Plan
from impl.nmt.pairs import load
from impl.nmt.pig_latin import pig_latin
from impl.nmt.recipe import Recipe
from impl.nmt.team import Memory, Team
from impl.nmt.training import Training
from spec.error import DIFFERENCE, TRAINED_ALIKE

SMALL = Recipe(hidden=8, layers=2, batch=8)
ENCODER_DECODER = Recipe(model="encoder-decoder", hidden=8, layers=2, batch=8)
WORDS = ["cat", "dog", "owl", "a", "shopping", "team", "beam", "seam", "good-by"]  # groups of one word among them
PAIRS = [(word, pig_latin(word)) for word in WORDS]
LEADER = """
import sys, time
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
if __name__ == "__main__":
    training = Training(Recipe(hidden=8, layers=1), *load("small").split(0), processes=2)
    training.epoch()
    print(training.team._processes[0].pid, flush=True)
    while True:
        training.epoch() if sys.argv[1] == "busy" else time.sleep(1)
"""

SCRIPT = """
from impl.nmt.recipe import Recipe
from impl.nmt.training import Training
print("begun", flush=True)
words = [("cat", "atcay"), ("dog", "ogday"), ("owl", "owlway")]
training = Training(Recipe(hidden=8, layers=1), words, words, processes=2)
print(training.epoch().epoch)
"""  # with no guard


def failing(_: Team) -> Any:
    """A member that cannot do what it is asked for."""

    def work(question: str) -> Any:
        raise ValueError(f"no {question}")

    return work


@pytest.mark.parametrize("recipe", [SMALL, ENCODER_DECODER], ids=lambda recipe: recipe.model)
def test_gradients_and_losses_are_those_of_one_process(recipe: Recipe) -> None:
    alone, together = Training(recipe, PAIRS, PAIRS), Training(recipe, PAIRS, PAIRS, processes=3)
    for place in range(len(alone.train)):  # of one to three words
        assert abs(together.updates([place]) - alone.updates([place])) <= TRAINED_ALIKE
        difference = together.step.packed.gradients - alone.step.packed.gradients
        assert difference.abs().max() <= TRAINED_ALIKE
    ours, theirs = together.epoch(), alone.epoch()
    assert ours.words_right == theirs.words_right
    for name in ("train_loss", "val_loss", "val_loss_per_token"):
        assert abs(getattr(ours, name) - getattr(theirs, name)) <= TRAINED_ALIKE
    together.close()


@pytest.mark.parametrize("name", ["handout", "best"])
def test_two_processes_come_to_the_same_bits_every_time(name: Any) -> None:
    words = load("small").pairs[:60]
    recipe = Recipe(name=name, hidden=8, layers=1)
    trained = [Training(recipe, words, words, processes=2) for _ in range(2)]
    for training in trained:
        training.epoch()
    first, second = trained
    first.epoch()
    first.restore(*second.state())  # the others are told where to begin
    assert first.epoch() == second.epoch()
    assert torch.equal(first.vector, second.vector)
    first.close()
    second.close()


def test_shares_are_all_rows_once() -> None:
    rows = torch.arange(10).view(5, 2)
    shares = [Team(rank, 4).share(Batch((rows,), rows)) for rank in range(4)]
    assert torch.equal(torch.cat([share.targets for share in shares]), rows)
    assert [len(share.inputs[0]) for share in shares] == [2, 1, 1, 1]


def test_a_process_that_ends_is_told_of_and_the_next_epoch_starts_another() -> None:
    training = Training(SMALL, PAIRS, PAIRS, processes=2)
    for is_late in (False, True):
        training.epoch()
        process = training.team._processes[0]
        process.kill()
        if is_late:
            process.join()
        with pytest.raises(TeamError, match="has ended, with exit code -9"):
            training.epoch()
    training.epoch()
    training.close()


def test_an_answer_that_is_there_early_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "LOOKS_A_CHECK", 1)
    monkeypatch.setattr(team, "SPINS", 0)
    leader = Leader(2, 3, adding)
    for _ in range(200):
        leader.ask(1)
        leader.add_up(torch.ones(3), 1.0)
        assert leader.answers() == [None]
    leader.close()


def test_an_interrupted_epoch_leaves_nothing_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    words = load("small").pairs[:60]
    training, fresh = (Training(SMALL, words, words, processes=2) for _ in range(2))
    state, calls = training.state(), []
    update = training._update

    def interrupted(share: Any) -> Any:
        calls.append(share)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return update(share)

    monkeypatch.setattr(training, "_update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        training.epoch()
    training.restore(*state)
    assert training.epoch() == fresh.epoch()
    training.close()
    fresh.close()


def test_a_start_that_is_interrupted_starts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, start = Leader(3, 3, adding), Leader._start_one

    def interrupted(self: Leader, rank: int, memory: Any) -> None:
        if rank == 2:
            raise KeyboardInterrupt
        start(self, rank, memory)

    monkeypatch.setattr(Leader, "_start_one", interrupted)
    with pytest.raises(KeyboardInterrupt):
        leader.ask(1)
    assert not leader.is_there
    monkeypatch.setattr(Leader, "_start_one", start)
    leader.ask(1)
    leader.add_up(torch.zeros(3), 1.0)
    assert leader.answers() == [None, None]
    leader.close()


def test_where_there_is_no_shared_memory_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise RuntimeError("No space left on device (28)")

    monkeypatch.setattr(Memory, "of", full)
    with pytest.raises(TeamError, match="no shared memory for 2 processes to meet in: No space left"):
        Leader(2, 3, adding).ask(1)


def test_the_plan_is_of_the_cores_the_model_and_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cores", "threads"):
        monkeypatch.setattr(machine, name, lambda: 6)
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    assert machine.plan(128, 4) == Plan(4, 1)
    assert machine.plan(256, 4) == Plan(1, 6)
    free = 2 * 8 * 4 * 270_000  # twice what 270,000 parameters take
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert (machine.plan(128, 1), machine.plan(128, 4)) == (Plan(4, 1), Plan(1, 6))
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    assert machine.plan(32, 1) == Plan(1, 2)
    monkeypatch.setattr(machine, "current_process", lambda: SimpleNamespace(daemon=True))
    assert machine.plan(128, 1) == Plan(1, 1)


def test_what_a_process_raises_is_told() -> None:
    leader = Leader(2, 4, failing)
    leader.ask("tea")
    with pytest.raises(TeamError, match="ValueError: no tea"):
        leader.answers()


def test_gradients_of_a_step_are_not_those_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Team, "_demand_all_there", lambda _: None)
    memory, (slow, fast) = Memory.of(2, 3), (Team(rank, 2) for rank in range(2))
    for view in (slow, fast):
        view.use(memory)
    wait = slow._wait_for

    def dawdle(other: int) -> None:
        wait(other)
        time.sleep(0.02)  # the other one is at the next step long since

    monkeypatch.setattr(slow, "_wait_for", dawdle)
    others = threading.Thread(target=adding(fast), args=(5,))
    others.start()
    for step in range(5):
        gradients = torch.full((3,), float(step))
        slow.add_up(gradients, 0.25)
        assert gradients.sub(step).abs().max() <= DIFFERENCE  # a quarter of step, and three quarters of it
    others.join()


def adding(view: Team) -> Any:
    """A member that adds its part of so many steps."""

    def work(steps: int) -> None:
        for step in range(steps):
            view.add_up(torch.full((3,), float(step)), 0.75)

    return work


def test_a_script_that_trains_is_not_run_again_by_its_processes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\n1\n"), done.stderr


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_processes_end_with_their_leader(state: str) -> None:
    with subprocess.Popen([sys.executable, "-c", LEADER, state], stdout=subprocess.PIPE, text=True) as leader:
        assert leader.stdout is not None
        member = int(leader.stdout.readline())
        leader.kill()
    until = time.monotonic() + 30
    while _runs(member):
        assert time.monotonic() < until, "a process goes on without its leader"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
