"""Processes that train one model together come to what one comes to alone, and end together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from impl.nmt.batches import Batch
from impl.nmt.pairs import load
from impl.nmt.pig_latin import pig_latin
from impl.nmt.recipe import Recipe
from impl.nmt.team import Leader, Team, TeamError
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


def failing(team: Team) -> Any:
    """A member that cannot do what it is asked for."""

    def work(question: str) -> Any:
        raise ValueError(f"no {question}")

    return work


@pytest.mark.parametrize("recipe", [SMALL, ENCODER_DECODER], ids=lambda recipe: recipe.model)
def test_gradients_and_losses_are_those_of_one_process(recipe: Recipe) -> None:
    alone, together = Training(recipe, PAIRS, PAIRS), Training(recipe, PAIRS, PAIRS, processes=3)
    for place in range(len(alone.train)):  # of one to three words
        assert together.updates([place]) == pytest.approx(alone.updates([place]), abs=TRAINED_ALIKE)
        difference = together.step.packed.gradients - alone.step.packed.gradients
        assert difference.abs().max() <= TRAINED_ALIKE
    ours, theirs = together.epoch(), alone.epoch()
    assert ours.words_right == theirs.words_right
    for name in ("train_loss", "val_loss", "val_loss_per_token"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=TRAINED_ALIKE)
    together.close()


@pytest.mark.parametrize("name", ["handout", "best"])
def test_two_processes_come_to_the_same_bits_every_time(name: Any) -> None:
    words = load("small").pairs[:60]
    recipe = Recipe(name=name, hidden=8, layers=1)
    trained = [Training(recipe, words, words, processes=2) for _ in range(2)]
    for training in trained:
        training.epoch()
    first, second = trained
    first.close()
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
    training.epoch()
    os.kill(training.team._processes[0].pid, signal.SIGKILL)
    with pytest.raises(TeamError, match="has ended, with exit code -9"):
        training.epoch()
    training.epoch()
    training.close()


def test_what_a_process_raises_is_told() -> None:
    leader = Leader(2, 4, failing)
    leader.ask("tea")
    with pytest.raises(TeamError, match="ValueError: no tea"):
        leader.answers()


def test_gradients_of_a_step_are_not_those_of_the_next() -> None:
    leader = Leader(2, 3, adding)
    gradients = torch.ones(3)
    leader.ask(50)
    for step in range(50):
        gradients.fill_(step)
        leader.add_up(gradients, 0.25)
        assert gradients.sub(step).abs().max() <= DIFFERENCE  # a quarter of step, and three quarters of it
    leader.answers()
    leader.close()


def adding(team: Team) -> Any:
    """A member that adds its part of so many steps, now and then late."""

    def work(steps: int) -> None:
        for step in range(steps):
            time.sleep(0.002 * (step % 7 == 0))
            team.add_up(torch.full((3,), float(step)), 0.75)

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
