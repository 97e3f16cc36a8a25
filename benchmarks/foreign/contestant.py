"""A kernel in a process of its own, which runs while it is timed and is stopped at all other times."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.cases import BenchCase
from benchmarks.check import Wrong
from benchmarks.foreign import stopping
from benchmarks.foreign.deal import Deal, Pairs, names, shape_of
from benchmarks.foreign.doubts import Doubted
from benchmarks.foreign.shared import Shared
from harness.fork import Process
from harness.isolation.places import Readable, of_subject
from harness.isolation.processes import children, descendants, parent_of
from harness.outcome import Declined, Died, Ended, NotRun, Raised, Unreadable
from harness.process import ROOT, Zygote
from harness.target import Target
from harness.worker.timed import sums
from spec.contracts.attention import CONTRACT

LOAD_S, TURN_S = 120.0, 60.0
MAX_MESSAGE = 400


class Turn(NamedTuple):
    """What one request took: by our clock, by its own, and of the processor, all threads together.

    Units:   seconds.
    """

    wall_s: float
    own_s: float
    cpu_s: float


class Contestant:
    """A kernel that is timed; without a target, the empty one: what is measured of it is what all of this costs.

    Edges:   once loaded it is stopped, and runs from then on only while a request is answered. What a kernel is given is
             in its file while it is stopped, and no sooner.
    Raises:  Declined, Raised, NotRun, or Ended of some kind, whenever it is asked for something; Unreadable where there
             is no such kernel; Doubted where it ran when it should not, or keeps other processes. `among` are the
             processes of all that are timed together, this one's too from now on.
    """

    def __init__(
        self,
        name: str,
        zygote: Zygote,
        target: Target | None,
        *,
        device: str,
        threads: int,
        among: set[int],
        turn_s: float = TURN_S,
    ) -> None:
        self.name = name
        self.is_foreign = target is not None and not target.allowed
        self._zygote, self.is_empty, self._threads = zygote, target is None, threads
        self._process, folder = zygote.fork(
            allowed=target.allowed if target else (), readable=_readable(target), deadline=time.monotonic() + LOAD_S
        )
        self._folder, self._used_s = folder, 0.0
        self._shared: Shared | None = None
        self._among, self._turn_s = among, turn_s
        among.add(self._process.pid)
        try:
            if target:
                _load(self._process, target, device, folder)
            self._stop()
            self._demand_alone()
        except (Exception, Ended):
            self.end()
            raise

    def arrange(self, case: BenchCase, calls: int, pairs: Pairs | None) -> None:
        """Make ready for rounds of so many calls; with pairs, inputs will be made of them by signs."""
        if self._shared:
            self._shared.close()
        self._shared = shared = Shared(self._folder, case, calls, by_signs=pairs is not None)
        self._case, self._calls, self._by_signs = case, calls, pairs is not None
        for name, (first, second) in (pairs or {}).items():
            shared.write(f"first {name}", first)
            shared.write(f"second {name}", second)
        self._wipe()
        inputs, results = names(case)
        about = {"inputs": inputs, "results": results, "calls": calls, "threads": self._threads}
        about |= {"file": str(shared.path), "arrays": shared.described, "is_empty": self.is_empty}
        self._turn("arrange", is_causal=case.is_causal, **about)
        if pairs is not None:
            self._turn("bring")

    def round(self, deal: Deal) -> tuple[Turn, list[dict[str, Tensor]]]:
        """A round on fresh inputs, timed, and its results, a dictionary a call.

        Raises:  Wrong where it changed its inputs, or gives other results than it had when the clock stopped.
        """
        assert self._shared, "a round before it was arranged"
        for name, array in deal.written.items():
            self._shared.write(name, array)
        if not self._by_signs:
            turn, results = self._turn("go"), self._results()
            for name, array in deal.written.items():
                if not torch.equal(self._shared.read(name), array.cpu()):
                    raise Wrong(f"it changes its input {name.partition(' ')[2]}")
            return turn, results
        turn = self._turn("commit")
        told = {name: self._shared.read(name) for name in self._shared.described if " sums " in name}
        self._turn("fetch")
        results = self._results()
        if not self.is_empty:
            _demand_as_told(results, told, self._shared.read("second q"))
        return turn, results

    def end(self) -> None:
        """Kill it, and whatever it has started."""
        if self._shared:
            self._shared.close()
            self._shared = None
        if self._process.pid in self._among:
            self._among.remove(self._process.pid)
            self._zygote.clear(self._process)

    def _results(self) -> list[dict[str, Tensor]]:
        """What lies in the file, which is wiped: nobody else shall find it there."""
        assert self._shared
        results = names(self._case)[1]
        found = [{name: self._shared.read(f"{call} {name}") for name in results} for call in range(self._calls)]
        self._wipe()
        return found

    def _wipe(self) -> None:
        assert self._shared
        empty = torch.full(shape_of(self._case), torch.nan, dtype=getattr(torch, self._case.dtype))
        for call in range(self._calls):
            for name in names(self._case)[1]:
                self._shared.write(f"{call} {name}", empty)

    def _turn(self, step: str, **about: Any) -> Turn:
        pid = self._process.pid
        used_s = stopping.cpu_s(pid)
        if used_s != self._used_s:
            raise Doubted(f"it used {used_s - self._used_s:.3g} s of the processor while it should have been stopped")
        started = time.perf_counter()
        stopping.resume(pid)
        reply, _ = self._process.ask({"op": "time", "step": step, **about}, deadline=time.monotonic() + self._turn_s)
        self._stop()
        wall_s = time.perf_counter() - started
        _raise_what_came(reply)
        self._demand_alone()
        own_s = reply.get("own_s", 0.0)
        if not isinstance(own_s, float):
            raise Died("the subject's process sent what is no reply: no time of its own")
        return Turn(wall_s, own_s, self._used_s - used_s)

    def _stop(self) -> None:
        stopping.stop(self._process.pid)
        self._used_s = stopping.cpu_s(self._process.pid)

    def _demand_alone(self) -> None:
        """Refuse a kernel that keeps other processes, those that have lost their parent included."""
        orphans = [pid for pid in children(parent_of(self._process.pid) or 0) if pid not in self._among]
        others = descendants(self._process.pid) + orphans
        if others:
            raise Doubted(f"it keeps other processes ({len(others)}), which nobody times")


def _readable(target: Target | None) -> Readable:
    if target is None:
        return Readable([], [])
    return of_subject(target.path, target.search, root=ROOT, module=target.module, allowed=target.allowed)


def _load(process: Process, target: Target, device: str, folder: Path) -> None:
    """Read the target's text, and run what defines the kernel.

    Raises:  Unreadable, Raised, NotRun, or Ended.
    """
    name = target.function or CONTRACT.item
    deadline = time.monotonic() + LOAD_S
    where = {
        "path": str(target.path),
        "kind": target.kind,
        "module": target.module,
        "search": list(target.search),
        "luck": 0,
    }
    reply, _ = process.ask({"op": "read", "items": [name], "folder": str(folder), **where}, deadline=deadline)
    if "unreadable" in reply:
        raise Unreadable(str(reply["unreadable"]))
    if not (places := reply.get("offers", {}).get(name)):
        raise Unreadable(f"{target.name} has no kernel {name}.")
    place = {"item": name, "cell": places[-1].get("cell"), "line": places[-1].get("line"), "device": device}
    kind = {"is_function": True, "is_text": False, "is_timed": True}
    reply, _ = process.ask({"op": "load", **place, **kind}, deadline=deadline)
    if "not_run" in reply:
        raise NotRun(str(reply["not_run"]))
    if "missing" in reply:
        raise Unreadable(f"{target.name} has no kernel {name}.")
    if "loaded" not in reply:
        raise Raised(str(reply.get("failed", "no reply to `load`"))[:MAX_MESSAGE])


def _raise_what_came(reply: dict[str, Any]) -> None:
    if "declined" in reply:
        raise Declined(str(reply["declined"])[:MAX_MESSAGE])
    if "raised" in reply:
        raise Raised(str(reply["raised"])[:MAX_MESSAGE])


def _demand_as_told(results: list[dict[str, Tensor]], told: dict[str, Tensor], against: Tensor) -> None:
    """Refuse results that are not those whose sums were told when the clock stopped."""
    for call, found in enumerate(results):
        for name, result in found.items():
            if not torch.equal(sums(result, against), told[f"{call} sums {name}"]):
                raise Wrong(f"its {name} is not what it was when the clock stopped")
