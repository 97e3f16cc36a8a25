"""A subject as the judge sees it: what it offers, and for each item a process to put questions to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import wire
from harness.clock import Clock, Limits
from harness.fork import Process
from harness.isolation.limits import bind_processor
from harness.isolation.places import Readable, of_subject
from harness.isolation.processes import threads_of
from harness.outcome import Died, Ended, NotRun, Raised, Unreadable, words
from harness.process import ROOT, Zygote
from harness.target import Target
from spec.contracts import CONTRACTS, Contract

MAX_MESSAGE = 2000
DENIED = re.compile(r"^\w*(?:PermissionError|gaierror|AccessDenied)\b|Operation not permitted|Permission denied")
KNOWN_SLOW = frozenset({"open_clip"})
MAX_REASON = 400  # for not answering; it stands under every law that was not run for it
SHARED = {name for c in CONTRACTS.values() for name in c.aliases}  # names that more than one item may have


@dataclass(frozen=True)
class Offer:
    """One item that a subject's text binds.

    Units:   `places` are (cell or None, line), in order; the last is judged.
    """

    item: str
    places: tuple[tuple[int | None, int], ...]
    broken: str | None = None


class Subject:
    """One subject in its processes.

    Edges:   its own random numbers begin at `luck`, in each of its processes, so that what is random about it is the same
             in every run on one seed.
    Raises:  Unreadable from `read`; Ended of some kind from everything that needs a process which gives no answer.
    """

    def __init__(self, target: Target, zygote: Zygote, *, device: str, limits: Limits, luck: int = 0) -> None:
        self.target, self.device, self.limits, self._luck = target, device, limits, luck
        self._zygote = zygote
        self._read: Process | None = None
        self._loaded: dict[str, tuple[Process, int]] = {}
        self._stuck: dict[str, Exception | Ended] = {}
        self._names: dict[str, str] = {}
        self._imported: set[str] = set()
        self.offers: dict[str, Offer] = {}
        self.missing: set[str] = set()
        self.asked_for_gpu = False
        self.compiles = False
        self._slow: frozenset[str] = frozenset()
        self.remarks: dict[str, str] = {}
        self.not_deterministic: set[str] = set()

    def name_of(self, contract: Contract) -> str:
        """What the subject calls an item: as the contract does, by an alias, or what the target names instead."""
        return self.target.function or self._names.get(contract.item, contract.item)

    def read(self, contracts: Mapping[str, Contract]) -> None:
        """Read the subject's text, and fill `offers`; nothing of it is run.

        Edges:   a target that names a function offers that one alone.
        """
        target = self.target
        looked_for = [c for c in contracts.values() if c.may_decline or not target.function]
        request = {
            "op": "read", "path": str(target.path), "kind": target.kind, "module": target.module,
            "search": list(target.search), "luck": self._luck,
            "items": [target.function] if target.function else sorted({n for c in looked_for for n in _names(c)}),
        }  # fmt: skip
        try:
            process, folder = self._zygote.fork(
                allowed=target.allowed, readable=_readable(target), deadline=(clock := self.limits.clock())
            )
            reply, _ = process.ask({**request, "folder": str(folder)}, deadline=clock)
        except Ended as error:
            raise Unreadable(f"{target.name} cannot be read: {error.message}.") from None
        except RuntimeError as error:
            raise Unreadable(f"{target.name} is not judged: {error}.") from None
        self._read = process
        if "unreadable" in reply:
            self.close()
            raise Unreadable(words(reply["unreadable"], MAX_MESSAGE))
        self.compiles = bool(reply["compiles"])
        self._slow = KNOWN_SLOW.intersection(reply["slow"])
        for contract in looked_for:
            names = [target.function] if target.function else _names(contract)
            if places := _places(contract, names, reply["offers"]):
                self._names[contract.item] = places[-1][0]
                self.offers[contract.item] = _offer(contract.item, [place for _, place in places])

    def load(self, item: str) -> None:
        """Run what defines an item, in a process of its own; what came of it is told by `law_process`."""
        if item in self._loaded or item in self._stuck or item in self.missing:
            return
        offer = self.offers[item]
        if offer.broken:
            self._stuck[item] = Raised(offer.broken)
            return
        try:
            self._loaded[item] = self._load(item)
        except (Raised, Ended) as error:
            self._stuck[item] = error
        except AttributeError:
            self.missing.add(item)

    def law_process(self, item: str, clock: Clock) -> Process:
        """A process that has the item loaded, for one law that has this clock.

        Raises:  Raised, Died, TimedOut or NotRun when the item could not be loaded.
        """
        if item in self._loaded and self._loaded[item][0].ended:
            del self._loaded[item]
        self.load(item)
        if item in self._stuck:
            raise self._stuck[item]
        if item in self.missing:
            raise Raised(f"the subject defines no {item}")
        process, threads = self._loaded[item]
        if self.device == "cpu" and threads == 1:
            process = process.fork(clock)
        else:
            del self._loaded[item]  # a process with threads, or with a GPU open, is not forked but used once
        bind_processor(process.pid, self.limits.law_s)
        return process

    def close(self) -> None:
        """End every process of the subject."""
        for process, _ in self._loaded.values():
            process.end()
        if self._read:
            self._zygote.clear(self._read)

    def _load(self, item: str) -> tuple[Process, int]:
        if self._read is None:
            raise Died("the subject was never read")
        contract = CONTRACTS[item]
        self._import([*contract.libraries, *self._slow])
        clock = self.limits.clock()
        process = self._read.fork(clock)
        bind_processor(process.pid, self.limits.subject_s)
        cell, line = self.offers[item].places[-1]
        request = {
            "op": "load", "item": self.name_of(contract), "cell": cell, "line": line, "device": self.device,
            "is_function": contract.is_function, "is_text": contract.is_text,
        }  # fmt: skip
        reply, _ = process.ask(request, deadline=clock)
        if "loaded" in reply and type(reply.get("threads")) is int:
            self.asked_for_gpu |= bool(reply.get("asked_for_gpu"))
            if reply.get("deterministic") is False:
                self.not_deterministic.add(item)
            remarks = reply.get("remarks")
            self.remarks[item] = words("; ".join(map(str, remarks if isinstance(remarks, list) else [])), MAX_MESSAGE)
            return process, threads_of(process.pid) or reply["threads"]
        process.end()
        if "not_run" in reply:
            raise NotRun(words(reply["not_run"], MAX_MESSAGE))
        if "missing" in reply:
            raise AttributeError(item)
        if "failed" not in reply:
            raise Died("the subject's process sent what is no reply to `load`")
        raise Raised(self.explained(reply["failed"]))

    def explained(self, said: Any) -> str:
        """What the subject's process says that its code has raised, with what may be the cause of it where isolation may."""
        message = words(said, MAX_MESSAGE)
        level = getattr(self._zygote, "level", 0)
        if level and DENIED.search(message):
            return f"{message}; isolation {level} may be what forbids this"
        return message

    def _import(self, libraries: Sequence[str]) -> None:
        """Import libraries, once and off the subject's clock: they are not its own code."""
        if self._read and (lacking := set(libraries) - self._imported):
            self._read.import_all(sorted(lacking))
            self._imported |= lacking


def _readable(target: Target) -> Readable:
    return of_subject(target.path, target.search, root=ROOT, module=target.module, allowed=target.allowed)


def _names(contract: Contract) -> list[str]:
    return [contract.item, *contract.aliases]


def _places(contract: Contract, names: Sequence[str], offers: wire.Header) -> list[tuple[str, wire.Header]]:
    """Where a subject binds a contract's item, in order, with the name that it has there.

    Edges:   two items may share a name; each has the places at which `forward` takes as many arguments as its own, and
             where the text does not say how many, the name is that of the item which it is no alias of. A text is bound
             where a value is assigned, and nowhere else.
    """
    found = [(name, place) for name in names for place in offers.get(name) or ()]
    shared = {contract.item, *contract.aliases} & SHARED

    def is_its_own(name: str, takes: int | None) -> bool:
        if contract.takes is None or name not in shared:
            return True
        return name == contract.item if takes is None else takes in contract.takes

    own = [(name, place) for name, place in found if is_its_own(name, place.get("takes"))]
    own = [(name, place) for name, place in own if place.get("assigned") or not contract.is_text]
    return sorted(own, key=lambda one: (one[1]["cell"] or 0, one[1]["line"]))


def _offer(item: str, places: Sequence[wire.Header]) -> Offer:
    last = places[-1]
    certain = [p for p in places if p.get("certain", True) or p is last]
    return Offer(item, tuple((p["cell"], p["line"]) for p in certain), last.get("broken"))
