"""A training of some minutes in a folder, step by step: it shows how far it is, is saved whatever ends it, and goes on as
one that was never stopped."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import torch
from filelock import FileLock, Timeout
from torch import Tensor

from impl import tensor_file
from impl.interrupts import held_back
from impl.whole_file import write_whole

LAST, LOCK = "last.safetensors", ".lock"
SAVE_EVERY_S = 15.0
MOMENTS = ("exp_avg", "exp_avg_sq")


class TrainingError(ValueError):
    """A training that cannot begin, or go on, as it was asked to."""


class Recipe(Protocol):
    """What a training is told: a frozen dataclass, so that a checkpoint can say by which one it came about."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def steps(self) -> int:
        """How many."""

    @property
    def name(self) -> str:
        """What the model is called."""


R = TypeVar("R", bound=Recipe)


class Progress(NamedTuple):
    """A few steps: their mean loss in nats, and the time since the first.

    Units:   seconds.
    """

    step: int
    loss: float
    time_s: float


class Training(ABC, Generic[R]):
    """A training in a folder. Iterate over its progress; what is computed is saved, whatever ends it.

    Edges:   a step must draw from a generator of its own, so that one which goes on is as one that was never stopped.
    Raises:  TrainingError if the folder holds a model already or, to be resumed, none or another one;
             BadCheckpointError; OSError where nothing can be written.
    """

    about: ClassVar[str]
    """The file that says of a folder that its model is complete, and what it is."""
    every: ClassVar[int]
    """Steps between two reports."""

    def __init__(self, recipe: R, folder: Path, *, device: str = "cpu", resume: bool = False) -> None:
        self.recipe, self.folder, self.device = recipe, folder, device
        begun = tensor_file.read(folder / LAST) if resume else None
        self._lock = _locked(folder)
        try:
            if not resume:
                self._demand_free()
            self.done, self.time_s, self.log = 0, 0.0, list[Progress]()
            self._losses: list[Tensor] = []  # of the steps since the last report
            self.model, self.optimizer = self.prepared()
            if begun:
                self._resume(*begun)
        except BaseException:
            self._lock.release()
            raise

    @abstractmethod
    def prepared(self) -> tuple[Any, torch.optim.Optimizer]:
        """The model on its device, with what updates it: AdamW, whose moments are what a checkpoint keeps."""

    @abstractmethod
    def step(self, number: int) -> Tensor:
        """Make step `number`, which may draw from nothing that another step has left; -> its loss."""

    @abstractmethod
    def finish(self) -> dict[str, Any]:
        """Write the model into the folder; -> what there is to say of it besides its recipe, loss and time."""

    def __iter__(self) -> Iterator[Progress]:
        """Progress, every few steps; a checkpoint every few seconds, and the model at the end."""
        try:
            yield from self._steps()
            with held_back():
                self._finish()
        finally:
            self._lock.release()

    def _demand_free(self) -> None:
        if (self.folder / self.about).is_file():
            raise TrainingError(f"{self.folder} holds a model already: --out begins another elsewhere")
        if (self.folder / LAST).exists():
            raise TrainingError(f"{self.folder} holds a model that is not complete: --resume goes on with it")

    def _steps(self) -> Iterator[Progress]:
        began, saved, is_whole = time.perf_counter() - self.time_s, time.monotonic(), True
        self.model.train()
        try:
            while self.done < self.recipe.steps or self._losses:
                if not self._is_due:  # as a report is, of a training that was stopped just before it
                    with held_back():
                        is_whole = False
                        self._losses.append(self.step(self.done))
                        self.done, is_whole = self.done + 1, True
                self.time_s = time.perf_counter() - began
                if not self._is_due:
                    continue
                yield self._report()
                if time.monotonic() - saved >= SAVE_EVERY_S:
                    self._save()
                    saved = time.monotonic()
        finally:
            with held_back():
                # Also after the last step: what cannot be finished now can be gone on with. A step that failed has changed
                # a part of the model, and before the first one there is nothing to go on with.
                if self.done and is_whole:
                    self._save()

    @property
    def _is_due(self) -> bool:
        """Whether it is time for a report."""
        return bool(self._losses) and (self.done % self.every == 0 or self.done == self.recipe.steps)

    def _report(self) -> Progress:
        loss = float(torch.stack(self._losses).mean())
        self._losses.clear()
        self.log.append(Progress(self.done, round(loss, 4), round(self.time_s, 2)))
        return self.log[-1]

    def _save(self) -> None:
        tensors = {f"model {name}": one for name, one in self._held().items()}
        for place, one in enumerate(self.model.parameters()):
            state = self.optimizer.state.get(one, {})
            tensors |= {f"{moment} {place}": state[moment] for moment in MOMENTS if moment in state}
        losses = [float(one) for one in self._losses]
        header = {
            "recipe": asdict(self.recipe),
            "done": self.done,
            "time_s": self.time_s,
            "log": self.log,
            "losses": losses,
        }
        tensor_file.write(self.folder / LAST, tensors, header)

    def _held(self) -> dict[str, Tensor]:
        """All numbers that steps change: parameters, and what layers count besides."""
        return {**dict(self.model.named_parameters()), **dict(self.model.named_buffers())}

    def _resume(self, tensors: dict[str, Tensor], header: tensor_file.Header) -> None:
        if header.get("recipe") != asdict(self.recipe):
            raise TrainingError(f"{self.folder} is of a training by other settings: {header.get('recipe')}")
        try:
            with torch.no_grad():
                for name, one in self._held().items():
                    one.copy_(tensors[f"model {name}"])
            for place, one in enumerate(self.model.parameters()):
                # in the parameter's own layout: fused AdamW goes through memory, whatever the strides are
                moments = {key: torch.empty_like(one).copy_(tensors[f"{key} {place}"]) for key in MOMENTS}
                step = torch.tensor(float(header["done"]), device=self.device)  # fused, it is read there
                self.optimizer.state[one] = {"step": step, **moments}
            self.done, self.time_s = int(header["done"]), float(header["time_s"])
            self.log = [Progress(*one) for one in header["log"]]
            self._losses = [torch.tensor(float(one), device=self.device) for one in header["losses"]]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"{self.folder / LAST}: nothing that can be gone on with: {error!r}") from error

    def _finish(self) -> None:
        """Write the model, and last of all what says that it is complete."""
        told = {
            "name": self.recipe.name,
            **self.finish(),
            "recipe": asdict(self.recipe),
            "loss": self.log[-1].loss,
            "time_s": round(self.time_s, 1),
            "log": [one._asdict() for one in self.log],
            "torch": torch.__version__,
        }
        write_whole(self.folder / self.about, (json.dumps(told, indent=1) + "\n").encode())
        (self.folder / LAST).unlink(missing_ok=True)


def resumed(kind: type[Training[R]], recipe: type[R], folder: Path, asked: dict[str, Any]) -> R:
    """The recipe of the training that was begun in a folder.

    Raises:  BadCheckpointError where there is none; TrainingError if something else is asked for than it has.
    """
    if (folder / kind.about).is_file():
        raise TrainingError(f"{folder} is complete: there is nothing to go on with")
    if not (folder / LAST).exists():
        raise tensor_file.BadCheckpointError(
            f"{folder} has nothing to go on with, no such file as {LAST}: without --resume it begins"
        )
    _, header = tensor_file.read(folder / LAST)
    had = header.get("recipe") or {}
    for name, value in asked.items():
        if had.get(name) != value:
            raise TrainingError(f"{folder} is a training with {name} {had.get(name)}, and cannot go on with {value}")
    try:
        return recipe(**had)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"{folder / LAST}: no settings that can be read: {error}") from error


def _locked(folder: Path) -> FileLock:
    """A folder that nobody else trains into: the lock goes with the process that holds it.

    Raises:  TrainingError if somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TrainingError(f"another process is training into {folder}") from error
    return lock
