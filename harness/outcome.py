"""What can come of a law and of a question, and the exceptions that say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

LawStatus = Literal["pass", "broken", "error", "timeout", "flaky", "not-run"]
Status = Literal["pass", "partial", "fail", "missing", "not-run", "error", "timeout", "human"]


@dataclass(frozen=True)
class Counterexample:
    """The inputs on which a law broke, and what came out of them.

    Shapes:  `arrays` hold what the subject was given, by name; `actual` and `expected` are of one shape, or None;
             `differs`, of that shape, is where they differ by more than is allowed, and `at` the worst of these places.
             `looked_at`, of that shape, is where the law looks; None is everywhere.
    Edges:   `of` is the output or gradient that `actual` and `expected` are, or how a written answer was read; `sides` is
             what the two are, where they are not expected and found. `outputs` are all that came of the call; `weights` are
             expected and found weights of attention, and where they differ, beside another output that is wrong.
    """

    sizes: str
    arrays: dict[str, Any] = field(default_factory=dict)
    expected: Any = None
    actual: Any = None
    of: str = ""
    at: tuple[int, ...] | None = None
    differs: Any = None
    looked_at: Any = None
    sides: tuple[str, str] = ("expected", "found")
    outputs: dict[str, Any] = field(default_factory=dict)
    weights: tuple[Any, Any, Any] | None = None


class Broken(AssertionError):
    """The subject answered, and the answer breaks the law."""

    def __init__(self, message: str, counterexample: Counterexample) -> None:
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample


class Raised(Exception):
    """The subject's own code raised; the message says what and where."""

    def __init__(self, message: str, counterexample: Counterexample | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample


class Declined(Exception):
    """The subject said, by NotImplementedError, that it does not support what was asked; the message is its reason."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Ended(BaseException):
    """The subject's process gives no more answers. Not an Exception: nothing may catch it and shrink."""

    status: LawStatus = "error"

    def __init__(self, message: str, counterexample: Counterexample | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample


class Died(Ended):
    """The process ended: it exited, was killed, or sent what is no reply."""


class TimedOut(Ended):
    """The wall clock ran out."""

    status: LawStatus = "timeout"


class NotRun(Ended):
    """Something that the law needs is not here."""

    status: LawStatus = "not-run"


@dataclass(frozen=True)
class Outcome:
    """What came of one law.

    Edges:   `reason` is why a law was not run, in the subject's words; laws with one reason are shown together.
    """

    status: LawStatus
    message: str = ""
    counterexample: Counterexample | None = None
    reason: str = ""


def words(value: Any, most: int) -> str:
    """What a stranger's process has said, as a text that can be written down, cut to so many characters."""
    return str(value)[:most].encode(errors="replace").decode()


class Unreadable(Exception):
    """The subject cannot be judged at all: a usage error, exit code 2."""
