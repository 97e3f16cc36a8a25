"""One process of a worker and the socket to it, as the judge has them: ask it, fork it, end it."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from harness import wire
from harness.clock import Clock, left, running
from harness.greeting import greeted, prepare
from harness.isolation.processes import children, descendants, held, kill_all, kill_group, parent_of
from harness.isolation.supervisor import Supervisor
from harness.isolation.watch import OVERTIME
from harness.outcome import Died, Ended, TimedOut, words

START_S = 120.0  # importing torch from a cold disk
SIGNAL_OF_OVERTIME = "SIGXCPU"
Reply = tuple[wire.Header, list[bytearray]]


class Process:
    """One worker process and the socket to it. `told` is the number that it has by its own account, `pid` by ours.

    Units:   deadlines in seconds of `time.monotonic`, or a clock that counts the subject's own time.
    Raises:  Died when it gives no more answers, TimedOut past a deadline; either way it is ended first.
    """

    def __init__(
        self,
        channel: socket.socket,
        pid: int,
        how: Callable[[], str],
        supervisor: Supervisor | None = None,
        why: Callable[[], str] = lambda: "",
    ) -> None:
        self._channel, self.pid, self._how = channel, pid, how
        self._holding = held(pid)
        self.supervisor, self.why = supervisor, why
        self._forks: list[Process] = []
        self.place = ""
        self.ended = False

    def ask(
        self,
        header: wire.Header,
        buffers: Sequence[wire.Buffer] = (),
        *,
        deadline: float | Clock,
        max_bytes: int = 0,
        descriptor: int | None = None,
    ) -> Reply:
        """The reply to one request, of at most `max_bytes` of buffers.

        Edges:   every request has a number that nobody can guess, so that no frame sent beforehand answers it.
        """
        number = secrets.token_hex(8)
        started = time.monotonic()
        try:
            with running(deadline, self.pid):
                return self._exchange({**header, "number": number}, buffers, deadline, max_bytes, descriptor)
        except TimeoutError:
            self.end()
            raise TimedOut(f"no answer within {time.monotonic() - started:.2g} s{self._where()}") from None
        except wire.Garbled as error:
            self.end()
            raise Died(f"the subject's process sent what is no reply: {error}") from None
        except (EOFError, OSError):
            raise self._ended() from None

    def fork(self, deadline: float | Clock, **options: Any) -> Process:
        """A copy of the process as it is now.

        Raises:  RuntimeError if the copy could not be shut in as the options ask.
        """
        ours, theirs = socket.socketpair()
        prepare(ours)
        may_fork = self.supervisor.permitting(self.pid) if self.supervisor else contextlib.nullcontext()
        try:
            with may_fork:
                reply, _ = self.ask({"op": "fork", **options}, deadline=deadline, descriptor=theirs.fileno())
            theirs.close()  # so that a copy that is gone is heard of
            told: Any = reply.get("pid")
            with running(deadline, self.pid):
                greeting = greeted(ours, told, left(deadline), is_trusted="allowed" in options)
            fork = Process(ours, greeting.pid, lambda: self._how_of(told), self.supervisor, self.why)
            self._demand_child(fork, greeting.listener)
        except (Ended, RuntimeError):
            ours.close()
            theirs.close()
            self._end_strangers()
            raise
        if greeting.listener is not None and self.supervisor:
            self.supervisor.watch(greeting.listener)
        self._forks = [fork for fork in self._forks if not fork.ended] + [fork]
        return fork

    def import_all(self, names: Sequence[str]) -> None:
        """Import modules of libraries, where they are there; it takes as long as it takes on a cold disk."""
        if names:
            self.ask({"op": "import", "names": list(names)}, deadline=time.monotonic() + START_S)

    def end(self) -> None:
        """Kill it, its group and its forks; nothing that it has not yet sent counts."""
        if self.ended:
            return
        self.ended = True
        for fork in self._forks:
            fork.end()
        self._channel.close()
        kill_group(self.pid, self._holding)

    def _demand_child(self, fork: Process, listener: int | None) -> None:
        """Demand that a process that is held now is a child of this one: nothing else may ever be killed as its fork."""
        if parent_of(fork.pid) != self.pid:
            fork.let_go()
            if listener is not None:
                os.close(listener)
            self.end()
            raise Died("the subject's process sent what is no reply: the number of a process that is not its fork")

    def _end_strangers(self) -> None:
        """End what this process has started that has not said in time who it is: it was allowed to start one."""
        known = {fork.pid for fork in self._forks if not fork.ended}
        for child in children(self.pid):
            if child not in known:
                kill_all([child, *descendants(child)])

    def let_go(self) -> None:
        """Hold it no more, and leave it be."""
        self.ended = True
        if self._holding is not None:
            os.close(self._holding)

    def _exchange(
        self,
        request: wire.Header,
        buffers: Sequence[wire.Buffer],
        deadline: float | Clock,
        max_bytes: int,
        descriptor: int | None,
    ) -> Reply:
        wire.send(self._channel, request, buffers, deadline)
        if descriptor is not None:
            socket.send_fds(self._channel, [b"f"], [descriptor])
        while True:
            reply, data = wire.receive(self._channel, deadline, max_bytes)
            if reply.get("number") != request["number"]:
                raise wire.Garbled("an answer to another question")
            if "progress" not in reply:
                return reply, data
            self.place = words(reply["progress"], 80)

    def _ended(self) -> Ended:
        """What to raise of a process that has closed its channel."""
        how = self.why() or self._how()
        self.end()
        if SIGNAL_OF_OVERTIME in how or how.startswith(OVERTIME):
            return TimedOut(f"it used up its time on the processor{self._where()}")
        return Died(f"the subject's process {how}{self._where()}")

    def _how_of(self, pid: int) -> str:
        try:
            reply, _ = self.ask({"op": "how", "pid": pid}, deadline=time.monotonic() + 2)
        except Ended:
            return "ended"
        return words(reply.get("how", "ended"), 80)

    def _where(self) -> str:
        return f" while running {self.place}" if self.place else ""
