"""What one worker knows and answers: read a subject, load one item of it, call that item."""

from __future__ import annotations

import contextlib
import copy
import gc
import importlib
import random
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy

from harness.outcome import Unreadable
from harness.wire import Header
from harness.worker import without_gpu
from harness.worker.calls import call_item
from harness.worker.function import ADAPTED, Function, constant
from harness.worker.nested import Interface
from harness.worker.source import LoadError, Source, open_source
from harness.worker.timed import Timed

MAX_REMARKS = 5
COMPILE = "torch.compile"
SLOW = ("open_clip",)  # libraries that take seconds to import, where a subject uses them
Reply = tuple[Header, list[bytes]]


class Session:
    """The state that a fork inherits: the subject's source, then one loaded item.

    Edges:   whatever the subject raises becomes a reply; only what ends the process does not.
    """

    def __init__(self) -> None:
        self.progress: Callable[[str], None] = lambda place: None
        self._source: Source | None = None
        self._item: Any = None
        self._device = "cpu"
        self._timed: Timed | None = None

    def copy(self) -> Session:
        """A session that has read and loaded the same, for when there is no process to fork."""
        return copy.copy(self)

    def answer(self, request: Header, buffers: Sequence[bytearray]) -> Reply:
        """The reply to one request, `op` being import, read, load, time or run."""
        if request["op"] == "import":
            for name in request["names"]:
                with contextlib.suppress(Exception):  # what needs it says so itself
                    importlib.import_module(name)
            gc.collect()
            gc.freeze()  # or every fork's first collection goes over all that was imported, and copies it
            return {}, []
        if request["op"] == "read":
            return self._read(request), []
        if request["op"] == "load":
            return self._load(request), []
        if request["op"] == "time":
            return self._time(request), []
        return self._run(request, buffers)

    def _read(self, request: Header) -> Header:
        _begin_random_numbers(request["luck"])
        try:
            self._source = open_source(request, lambda place: self.progress(place))  # noqa: PLW0108 - a fork's own
            offers, slow = self._source.offers(request["items"]), [name for name in SLOW if self._source.uses(name)]
            return {"offers": offers, "compiles": self._source.uses(COMPILE), "slow": slow}
        except Unreadable as error:
            return {"unreadable": str(error)}

    def _load(self, request: Header) -> Header:
        assert self._source is not None
        self._device = request["device"]
        if self._device == "cuda":
            import torch

            if not torch.cuda.is_available():
                return {"not_run": "torch finds no CUDA device here"}
        elif self._source.mentions("cuda") and not request.get("is_timed"):  # it costs half a millisecond a call
            without_gpu.install()
        try:
            self._item = self._source.define(request["item"], request["cell"], request["line"])
        except LoadError as error:
            return {"failed": str(error)}
        except AttributeError:
            return {"missing": True}
        remarks = self._source.remarks()[:MAX_REMARKS]
        is_class = isinstance(self._item, type)
        if request["is_text"]:
            self._item = constant(request["item"], self._item)
        elif request["is_function"]:
            if is_class or not callable(self._item):
                what = "class" if is_class else type(self._item).__name__
                return {"failed": f"{request['item']} is a {what}; a function was expected, or an instance to call"}
            self._item = Function(request["item"], self._item)
            remarks = [*remarks, ADAPTED] if self._item.adapted else remarks
        elif not is_class:
            return {"failed": f"{request['item']} is a {type(self._item).__name__}, not a class"}
        about = {"deterministic": getattr(self._item, "deterministic", True), "asked_for_gpu": bool(without_gpu.asked)}
        return {"loaded": True, "threads": _threads(), "remarks": remarks, **about}

    def _run(self, request: Header, buffers: Sequence[bytearray]) -> Reply:
        assert self._source is not None
        without_gpu.asked.clear()
        try:
            header, output = call_item(self._item, request, buffers, self._device)
            return {**header, "asked_for_gpu": bool(without_gpu.asked)}, output
        except Interface as error:
            return {"interface": str(error)}, []
        except NotImplementedError as error:
            kind = "declined" if isinstance(self._item, Function) else "raised"
            return {kind: self._explain(error)}, []
        except Exception as error:  # noqa: BLE001 - a stranger's code
            return {"raised": self._explain(error)}, []

    def _time(self, request: Header) -> Header:
        try:
            if request["step"] == "arrange":
                self._timed = Timed(self._item, request, self._device)
                return {}
            assert self._timed is not None
            return self._timed.answer(request["step"])
        except NotImplementedError as error:
            return {"declined": self._explain(error)}
        except Exception as error:  # noqa: BLE001 - a stranger's code
            return {"raised": self._explain(error)}

    def _explain(self, error: Exception) -> str:
        """One sentence: what the subject raised, and where in the subject's own code."""
        assert self._source is not None
        said = " ".join(str(error).split())
        with contextlib.suppress(Exception):
            reasons = self._source.unbound()
            if isinstance(error, NameError) and error.name in reasons:
                said += f"; {reasons[error.name]}"
        frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
        places: list[str | None] = []
        with contextlib.suppress(OSError):  # a subject may have moved to where no path leads
            places = [self._source.place(frame) for frame in frames]
        place = next((p for p in reversed(places) if p), None)
        where = f" ({place})" if place else ""
        return f"{type(error).__name__}: {said}{where}" if said else f"{type(error).__name__}{where}"


def _begin_random_numbers(luck: int) -> None:
    """Have whatever is random in this process and its forks begin here, not where the system says."""
    import torch

    random.seed(luck)
    numpy.random.seed(luck)
    torch.manual_seed(luck)


def _threads() -> int:
    """How many threads this process has; with more than one it cannot be forked safely."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return threading.active_count()
