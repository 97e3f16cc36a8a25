"""A run and its folder: settings, a log of JSON lines, the best checkpoint and the last.

run.json            the settings, the data's hash, the machine
log.jsonl           a line an epoch
best.safetensors    the parameters with the lowest validation loss, by name
last.safetensors    all that is needed to go on
"""

import json
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from impl import tensor_file
from impl.interrupts import held_back
from impl.nmt import checkpoint
from impl.nmt.leader import TeamError
from impl.nmt.machine import Plan, plan, prepare
from impl.nmt.pairs import load
from impl.nmt.recipe import Recipe
from impl.nmt.training import Epoch, Training
from impl.tensor_file import Header
from impl.whole_file import write_whole

RUN, LOG = "run.json", "log.jsonl"
SAVE_EVERY_S = 5.0


class RunError(ValueError):
    """A run that cannot begin or go on as it was asked to."""


class Run:
    """A training run in a folder. Iterate over its epochs; what is computed is saved, whatever ends it.

    Raises:  RunError if the folder holds a run already, or, to be resumed, another one than is asked for; BadFileError,
             BadCheckpointError; OSError where nothing can be written. While it is iterated over, RunError where a
             process that trains along has ended.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        *,
        device: str = "cpu",
        resume: bool = False,
        divided: Plan | None = None,
        save_every_s: float = SAVE_EVERY_S,
    ) -> None:
        if (folder / RUN).exists() and not resume:
            raise RunError(f"{folder} holds a run already: --resume goes on with it, --out begins another elsewhere")
        vectors, header = tensor_file.read(folder / checkpoint.LAST) if resume else ({}, {})
        self.folder, self.device, self.recipe = folder, device, recipe
        self.pairs = load(recipe.data)
        try:
            self.plan = divided or _planned(recipe, header, device)
        except (TypeError, ValueError) as error:
            raise RunError(f"{folder / checkpoint.LAST} does not say how the run was divided: {error}") from error
        prepare(self.plan)
        try:
            train, unseen = self.pairs.split(recipe.seed)
        except ValueError as error:
            raise RunError(str(error)) from error
        self.unseen = tuple(unseen)
        self.training = Training(recipe, train, unseen, device, processes=self.plan.processes)
        self.time_s, self.epochs, self.save_every_s = 0.0, list[Epoch](), save_every_s
        if header:
            self._resume(vectors, header)
        folder.mkdir(parents=True, exist_ok=True)
        self._snapshot()
        if not resume:
            self.save()  # before the folder says that it holds a run: whatever it holds can be gone on with
        write_whole(folder / RUN, (json.dumps(self._settings(), indent=2) + "\n").encode())

    def __iter__(self) -> Iterator[Epoch]:
        """Epochs until the run is over; the state is saved every few seconds, and at the end."""
        self.begin()
        try:
            while not self.training.over:
                yield self.keep(self.training.epoch())
        except TeamError as error:
            raise RunError(f"{error}; --resume --out {self.folder} goes on after the last epoch") from error
        finally:
            self.end()

    def begin(self) -> None:
        """Let the run's clock go on."""
        self._began, self._saved = time.perf_counter() - self.time_s, time.monotonic()

    def keep(self, epoch: Epoch) -> Epoch:
        """Take an epoch into the log, and save if it is time to."""
        self.time_s = time.perf_counter() - self._began
        self.epochs.append(replace(epoch, time_s=round(self.time_s, 3)))
        self._snapshot()
        if time.monotonic() - self._saved >= self.save_every_s:
            self.save()
            self._saved = time.monotonic()
        return self.epochs[-1]

    def end(self) -> None:
        """Save what is complete, and leave the best parameters in the model."""
        try:
            self.training.close()
        finally:
            self.save()
        self.training.use_best()

    def save(self) -> None:
        """Write the log, the best checkpoint and the last, as of the last epoch that is complete.

        Edges:   an interrupt waits until they are written.
        """
        with held_back():
            self._write()

    def _write(self) -> None:
        lines = "".join(json.dumps(asdict(epoch)) + "\n" for epoch in self.complete)
        write_whole(self.folder / LOG, lines.encode())
        vectors, header = self.snapshot
        found = {name: header["state"][name] for name in ("best_epoch", "best_loss")}
        best = self.training.named(vectors["best"])
        tensor_file.write(self.folder / checkpoint.BEST, best, {**self._settings(), **found})
        tensor_file.write(self.folder / checkpoint.LAST, vectors, header)

    def _snapshot(self) -> None:
        """Keep what is saved if the next epoch is not completed."""
        vectors, numbers = self.training.state()
        header = {**self._settings(), "state": numbers, "time_s": self.time_s}
        self.snapshot, self.complete = (vectors, header), tuple(self.epochs)

    def _settings(self) -> Header:
        on_gpu = self.device != "cpu"
        return {
            "recipe": self.recipe.as_json(),
            "data_sha256": self.pairs.sha256,
            "words": len(self.pairs.pairs),
            "device": torch.cuda.get_device_name() if on_gpu else platform.processor() or platform.machine(),
            **self.plan._asdict(),
            "torch": torch.__version__,
            "python": platform.python_version(),
        }

    def _resume(self, vectors: dict[str, Tensor], header: Header) -> None:
        had = header.get("recipe", {})
        if had != self.recipe.as_json() | {
            name: had.get(name) for name in ("epochs", "data")
        }:  # the hash is of the data
            raise RunError(f"{self.folder / checkpoint.LAST} is of a run of other settings than {self.folder / RUN}")
        if header["data_sha256"] != self.pairs.sha256:
            raise RunError(
                f"{self.recipe.data} is not what {self.folder} was trained on: its sha256 is {self.pairs.sha256[:12]},"
                f" and was {header['data_sha256'][:12]}"
            )
        try:
            with torch.no_grad():
                self.training.restore(vectors, header["state"])
            self.time_s = header["time_s"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise RunError(f"{self.folder / checkpoint.LAST}: nothing that can be gone on with: {error!r}") from error
        try:
            lines = (self.folder / LOG).read_text(encoding="utf-8").splitlines()
            self.epochs = [Epoch(**json.loads(line)) for line in lines[: self.training.done]]
        except (ValueError, TypeError) as error:
            raise RunError(f"{self.folder / LOG}: not the log of a run: {error}") from error
        if len(self.epochs) < self.training.done:
            raise RunError(
                f"{self.folder / LOG} has {len(self.epochs)} epochs, and the checkpoint {self.training.done}"
            )


def _planned(recipe: Recipe, header: Header, device: str) -> Plan:
    """How a run is divided; one that goes on is divided as it was, so that it goes on bit for bit."""
    was = Plan(int(header.get("processes", 1)), int(header.get("threads", 1)))
    found = was if header else plan(recipe.hidden, recipe.layers)
    return found if device == "cpu" else Plan(1, found.threads)


def settings_of(folder: Path) -> Header:
    """The settings of the run in a folder.

    Raises:  RunError if there is none, or they cannot be read.
    """
    try:
        return dict(json.loads((folder / RUN).read_text(encoding="utf-8"))["recipe"].items())
    except FileNotFoundError as error:
        raise RunError(f"{folder} holds no run to go on with") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{folder / RUN}: no settings that can be read: {error}") from error


def resumed(folder: Path, asked: Header) -> Recipe:
    """The recipe of the run in a folder, with what is asked for put in, where that can be changed.

    Raises:  RunError if something else is asked for than the run had; the handout's recipe may be given more epochs.
    """
    had = settings_of(folder)
    for name, value in asked.items():
        if had.get(name) == value or (name == "epochs" and had.get("name") == "handout"):
            continue
        raise RunError(f"{folder} is a run with {name} {had.get(name)}, and cannot go on with {name} {value}")
    try:
        return Recipe(**(had | asked))
    except (TypeError, ValueError) as error:
        raise RunError(f"{folder / RUN}: {error}") from error


def default_folder(recipe: Recipe) -> Path:
    """Where a run goes if nothing is said."""
    parts = (
        "nmt",
        recipe.name,
        recipe.model,
        Path(recipe.data).stem,
        f"h{recipe.hidden}",
        f"l{recipe.layers}",
        f"s{recipe.seed}",
    )
    return Path("runs") / "-".join(parts)
