"""Records for tests: a class of any size with every outcome in it, drawn from a seed; a hostile one; and a real one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.check import check
from harness.report.as_json import as_json
from harness.report.record import COLUMNS, Record
from harness.request import Request
from spec.weights import credit
from tests.harness.mutants import PLAIN

SEED = 918_273_645
LAWS = ("context", "weights", "later-inputs", "dtype", "hidden-7", "strides", "vertex", "padding")
HOSTILE = (
    "</pre></script><script>alarm()</script><img src=x onerror=alarm()>\"'&{{7*7}}<!--]]>\n\n```\n# heading\n~~~\n"
    "</details>[link](http://x.invalid)**bold**|\x1b[31m\x00\x07\u202edrowssap\u2066\ud800\x85\u2028\r- item"
)


def question(id_: str, status: str, **changes: Any) -> dict[str, Any]:
    """One question as it comes to a status, with laws where it has any."""
    asked = next(q for q in COLUMNS if q.id == id_)
    of_law = {"pass": ["pass"], "partial": ["pass", "broken", "not-run"], "fail": ["broken"], "error": ["error"],
              "timeout": ["timeout"], "not-run": [], "missing": [], "human": []}[status]  # fmt: skip
    laws = [law(name, id_, of_law[i % len(of_law)]) for i, name in enumerate(LAWS) if of_law]
    points = (
        None if status == "human" else credit(asked.points, [(one["name"], one["status"] == "pass") for one in laws])
    )
    note = f"look for: {asked.looks_for}" if status == "human" else ""
    return {"id": id_, "title": asked.title, "item": asked.item, "status": status, "points": points,
            "max_points": asked.points, "note": note, "part": "nmt", "laws": laws} | changes  # fmt: skip


def law(name: str, id_: str, status: str, **changes: Any) -> dict[str, Any]:
    said = {"pass": "", "error": "batch 2, length 3: NameError: name 'wieghts' is not defined (cell 6, line 25)"}
    message = said.get(status, f"batch 1, length {len(name)}: context[0, 0, 0] is 0.31, expected 0.103.")
    replay = f"specimen check /tmp/x/staged/nmt.ipynb --law {name} --question {id_} --seed {SEED} --examples 3"
    return {"name": name, "sentence": f"What {name} says holds.", "status": status, "message": message, "replay": replay,
            "weight": 1.0, "calls": 4, "time_s": 0.25} | changes  # fmt: skip


def record(name: str, questions: list[dict[str, Any]], **changes: Any) -> Record:
    return {"schema": 1, "name": name, "digest": "0123abcd", "parts": {"nmt": "my work/nmt.ipynb"}, "remarks": [],
            "seed": SEED, "isolation": "level 1: landlock and seccomp", "versions": {"python": "3.11.7", "torch": "2.15"},
            "time_s": 12.5, "error": None, "questions": questions, "notes": [], "shape": ["f00d"]} | changes  # fmt: skip


def a_class(n: int, seed: int = 7) -> Iterator[Record]:
    """Submissions of `n` students; one in forty could not be judged at all."""
    rng = random.Random(seed)
    for i in range(n):
        error = f"{'nmt'} is no notebook" if rng.random() < 1 / 40 else None
        found = [question(q.id, _status(q.kind, rng)) for q in COLUMNS]
        yield record(f"student-{i:03}", [] if error else found, error=error, time_s=round(rng.uniform(5, 60), 3),
                     remarks=["weights.pt was left out: 31 MB"] if rng.random() < 0.2 else [])  # fmt: skip


def _status(kind: str, rng: random.Random) -> str:
    if kind == "prose":
        return "human"
    ways = ("pass", "partial", "fail", "error", "timeout", "missing", "not-run")
    return rng.choices(ways, (60, 15, 8, 6, 3, 5, 3))[0]


def hostile() -> Record:
    """A record in which every text that can be a stranger's is hostile."""
    laws = [law(f"context{HOSTILE}", "3.1.1", "broken", message=HOSTILE, sentence=HOSTILE), law("x", "3.1.1", "pass")]
    laws[0]["replay"] = f"specimen check {HOSTILE}"  # no shell would read it
    found = question("3.1.1", "partial", laws=laws, note=HOSTILE)
    return record(f"=cmd{HOSTILE}", [found], remarks=[HOSTILE], notes=[HOSTILE], error=HOSTILE, isolation=HOSTILE,
                  digest=HOSTILE, parts={"nmt": HOSTILE}, versions={HOSTILE: HOSTILE})  # fmt: skip


def real(folder: Path) -> Record:
    """The record of a submission that forgot to scale, as it is judged."""
    subject = folder / "unscaled.py"
    subject.write_text(PLAIN.replace("* self.scaling_factor", ""))
    report = as_json(check(Request(str(subject), seed=SEED, question="3.1.1", examples=3)))
    judged = [q | {"part": "nmt"} for q in report["questions"]]
    for one in judged:
        one["laws"] = [{k: v for k, v in law.items() if k != "counterexample"} for law in one["laws"]]
    return record("real", judged, **{k: report[k] for k in ("isolation", "versions", "time_s", "notes")})
