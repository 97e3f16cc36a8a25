"""`specimen check`: reads a subject, judges its items under the laws, and gives the report."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import Any

import hypothesis.configuration
import pytest

from harness import answers
from harness.clock import Limits
from harness.hunt import Ranker
from harness.isolation.level import Unreached, asked
from harness.judge import Drawing
from harness.outcome import Unreadable
from harness.plugin import Handover
from harness.process import ROOT, Zygote
from harness.request import Report, Request
from harness.run import Run
from harness.subject import Subject
from harness.target import Target, resolve
from harness.verdict import Verdict, named_questions, verdicts
from spec.contracts import CONTRACTS
from spec.handout import BY_ID, KERNEL, UNMARKED

LAWS = ROOT / "tests" / "laws"


def check(
    request: Request,
    ranker: Ranker | None = None,
    notes: Sequence[str] = (),
    *,
    zygote: Zygote | None = None,
    on_question: Callable[[Report], None] | None = None,
) -> Report:
    """Judge one subject.

    Edges:   `ranker` tells where a caption puts its target, by the weights and pictures that the request names; `notes`
             say what there is to know of these. A `zygote` that is open already is used and left open. `on_question` is
             told of every question as soon as its last law is judged, by a report that has this question alone.
    Raises:  Unreadable, with one sentence, for what cannot be judged at all.
    """
    started = time.monotonic()
    target = resolve(request.subject)
    if target.kind == "answers":
        return answers.check(request, target)
    questions = _questions(request)
    seed = secrets.randbelow(10**9) if request.seed is None else request.seed
    with _workers(request, zygote) as at_work:
        _await(at_work)  # before the subject's clock starts
        limits = Limits.of(request.timeout_s)
        subject = Subject(target, at_work, device=request.device, limits=limits, luck=_luck(seed))
        run = Run(subject, Drawing(request.examples, seed), request.law, questions, ranker)
        run.subject.read(CONTRACTS)
        run.only_questions = run.only_questions or _meant(run)
        run.load()
        run.left_out = _variables(run, request)
        _demand_something(run, target)
        told = functools.partial(_told, request, run, at_work, started, notes)
        if on_question:
            run.on_item = lambda contract: on_question(told(verdicts(run, contract.question)))
        _run_pytest(run)
        subject.close()
    if request.law and not any(j.law.name == request.law for j in run.judged):
        raise Unreadable(_unknown_law(request.law, run))
    return told(verdicts(run))


def _luck(seed: int) -> int:
    """Where a subject's random numbers begin: it may know this, and then knows nothing of the seed."""
    return int.from_bytes(hashlib.sha256(f"luck of {seed}".encode()).digest()[:4], "little")


def _told(
    request: Request, run: Run, zygote: Any, started: float, notes: Sequence[str], found: list[Verdict]
) -> Report:
    versions = {"python": platform.python_version(), "specimen": version("specimen"), **zygote.versions}
    said, seed = [*notes, *_notes(run)], run.drawing.seed
    return Report(
        request, run.subject.target, seed, zygote.isolation, versions, time.monotonic() - started, found, said
    )


def _questions(request: Request) -> frozenset[str] | None:
    required = named_questions(request.require) if request.require not in ("offered", "all") else []
    if request.question is None:
        return None
    asked = named_questions(request.question)
    for question in (BY_ID[name] for name in asked):
        if question.kind == "prose":
            raise Unreadable(f"{question.id} is prose, which no program judges; look for: {question.looks_for}.")
        if question.item not in CONTRACTS:
            raise Unreadable(f"{question.id} ({question.title}) has no contract yet.")
    if left_out := [name for name in required if name not in asked]:
        raise Unreadable(f"--require names {', '.join(left_out)}, which --question leaves out.")
    return frozenset(asked)


def _meant(run: Run) -> frozenset[str]:
    """The questions that are asked about when none is named: the handout's; where nothing of it is offered, the pieces
    that its sections 3 to 5 are built of, which are not marked; and where there are none of those, the kernel's.

    Edges:   so a function of a submission that happens to be called `attention` is not judged as a kernel; and beside a
             kernel or pieces of other sections a caption is somebody's variable, unless a ranker is there for it.
    """
    offered = {CONTRACTS[item].question for item in run.subject.offers}
    texts = {c.question for c in CONTRACTS.values() if c.is_text}
    if offered & texts and all(name.startswith("clip-") for name in offered - texts):
        return frozenset(BY_ID.keys() - UNMARKED)
    asked = offered & texts if run.ranker else frozenset()
    offered -= texts
    if offered and offered <= UNMARKED:
        return frozenset(offered - {KERNEL.id} or {KERNEL.id}) | asked
    return frozenset(BY_ID.keys() - UNMARKED)


def _variables(run: Run, request: Request) -> dict[str, str]:
    """Texts that may be anything, with the reason for which they are not judged: `caption` is an item of the handout where
    it stands alone, as in the notebook of section 5, and elsewhere if it is asked for, by name or by a ranker."""
    asked = [c for c in CONTRACTS.values() if run.only_questions is None or c.question in run.only_questions]
    there = [c for c in asked if c.item in run.subject.offers and c.item not in run.subject.missing]
    if run.ranker or all(c.is_text for c in there):
        return {}
    named = (request.question or "").split(",") + request.require.split(",")
    return {
        c.item: f"{c.item} is taken for a variable, as there is more of the handout here; --question {c.question} judges it"
        for c in there
        if c.is_text and c.question not in {name.strip() for name in named}
    }


def _demand_something(run: Run, target: Target) -> None:
    there = run.subject.offers.keys() - run.subject.missing
    if not there:
        wanted = target.function or f"none of {', '.join(CONTRACTS)}"
        raise Unreadable(f"{target.name} defines {'no ' if target.function else ''}{wanted}.")
    asked = [c.item for c in CONTRACTS.values() if run.only_questions is None or c.question in run.only_questions]
    if not there & set(asked):
        raise Unreadable(f"{target.name} does not define {', '.join(asked)}, only {', '.join(sorted(there))}.")


def _run_pytest(run: Run) -> None:
    """Run the laws; what pytest would print is nobody's business unless it breaks."""
    arguments = [
        str(LAWS), f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-q", "--no-header",
        "--disable-plugin-autoload", "-p", "no:logging", "-p", "no:faulthandler", "-o", "addopts=", "-p", "no:warnings",
        "-p", "no:unraisableexception",  # which collects garbage twice
    ]  # fmt: skip
    printed = io.StringIO()
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)  # meant for somebody's own tests; here they would drop laws
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        hypothesis.configuration.set_hypothesis_home_dir(folder)  # not in the folder of whoever asked
        code = pytest.main(arguments, plugins=[Handover(run)])
    if len(run.judged) != run.selected and code != pytest.ExitCode.INTERRUPTED:
        code = (
            pytest.ExitCode.INTERNAL_ERROR
        )  # a law that was selected and not judged must not look like one that passed
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        if code == pytest.ExitCode.INTERRUPTED and "KeyboardInterrupt" in printed.getvalue():
            raise KeyboardInterrupt
        raise RuntimeError(f"the laws did not run (pytest exit code {code}):\n{printed.getvalue()}")


@contextlib.contextmanager
def _workers(request: Request, zygote: Zygote | None) -> Iterator[Any]:
    if zygote is not None:
        yield zygote
        return
    if request.in_process:
        from harness.in_process import InProcess

        yield InProcess(request.device)
        return
    with Zygote(request.device, isolation=asked(request.isolation)) as its_own:
        yield its_own


def _await(zygote: Any) -> None:
    try:
        zygote.await_ready()
    except Unreached as error:
        raise Unreadable(f"--isolation: {error}.") from None


def _unknown_law(name: str, run: Run) -> str:
    if name in run.law_names:
        return f"The law {name} is not one of those that were asked about."
    near = get_close_matches(name, run.law_names, n=3) or sorted(run.law_names)
    return f"There is no law {name}; there is {', '.join(near)}."


def _notes(run: Run) -> list[str]:
    notes = [f"{reason}." for reason in run.left_out.values()]
    if run.subject.asked_for_gpu:
        notes.append("The code asks for a GPU; it was judged on the CPU.")
    if run.subject.compiles:
        notes.append("torch.compile was off: the code was judged uncompiled.")
    return notes
