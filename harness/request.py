"""What a check was asked, what came of it, and how to ask for a part of it again."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.hunt import OPTIONS
from harness.profiles import PROFILES
from harness.target import Target
from harness.verdict import Verdict, satisfied
from spec.contracts import CONTRACTS

SCHEMA = 1  # of the report as JSON
NARROWED = {"--law": "law", "--question": "question", "--require": "require"}
JUDGED = {"--examples": "examples", "--timeout": "timeout_s", "--device": "device", "--isolation": "isolation"}


@dataclass(frozen=True)
class Request:
    """What `specimen check` was asked.

    Units:   timeout_s is one law's wall clock.
    Edges:   seed None is drawn from the operating system, so that nobody can prepare for it. `weights`, `images` and
             `target` are what a caption is judged by, all three of them or none. `isolation` is a word of
             `harness.isolation.level`.
    """

    subject: str
    device: str = "cpu"
    seed: int | None = None
    law: str | None = None
    question: str | None = None
    examples: int = PROFILES["check"]
    timeout_s: float = 10.0
    require: str = "offered"
    in_process: bool = False
    isolation: str = "auto"
    weights: str | None = None
    images: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class Report:
    """What came of a check.

    Units:   time_s on the wall clock, start to end.
    Edges:   written answers have no seed. `strays` is what a file of them has that is no answer to any question, said
             in the notes.
    """

    request: Request
    target: Target
    seed: int | None
    isolation: str
    versions: dict[str, str]
    time_s: float
    verdicts: list[Verdict]
    notes: list[str] = field(default_factory=list)
    strays: int = 0

    @property
    def ok(self) -> bool:
        return not self.strays and satisfied(self.verdicts, self.request.require)


def argv_again(report: Report) -> list[str]:
    """The command that judges all of it again, on the same draws."""
    request = report.request
    words = ["specimen", "check", request.subject]
    if report.seed is not None:
        words += ["--seed", str(report.seed)]
    return words + _options(request, NARROWED | OPTIONS | JUDGED)


def argv_of_replay(report: Report, verdict: Verdict, law: str) -> list[str]:
    """The command that judges just this law of this question again, on the same draws."""
    if verdict.text is not None:
        return ["specimen", "answer", verdict.question.id, verdict.text]
    words = ["specimen", "check", report.request.subject, "--law", law, "--question", verdict.question.id]
    words += ["--seed", str(report.seed)]
    is_text = verdict.item in CONTRACTS and CONTRACTS[verdict.item].is_text
    return words + _options(report.request, JUDGED | (OPTIONS if is_text else {}))


def _options(request: Request, options: dict[str, str]) -> list[str]:
    """The options, of these, that are not as they are by default."""
    words, default = [], Request("")
    for option, name in options.items():
        if (value := getattr(request, name)) != getattr(default, name):
            words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
    return [*words, "--in-process"] if request.in_process else words
