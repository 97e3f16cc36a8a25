"""A class of submissions made of the suite's mutants, correct variants and right and wrong answers, and what must come of each.

`python -m tests.harness.grading.class_of 300 DIR` writes DIR/class, a folder a student, and DIR/must.json; `specimen grade
DIR/class --out DIR/grades` grades it; `python -m tests.harness.grading.class_of --check DIR` holds the one to the other.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.cheats import comparing, interpreting, remembering, telling, using
from tests.harness.mutants import Edit, Mutant, attention, causal_attention, models, pieces, scaling, source, variants
from tests.harness.mutants.translation import ATTENTION
from tests.harness.notebooks import notebook, prose

SEED = 9
ENDS_S = 30.0
SCALED, CAUSAL, TENSORS, MODEL = (
    "ScaledDotAttention", "CausalScaledDotAttention", "generate_tensors_for_training_decoder_nmt", "DecoderOnlyTransformer",
)  # fmt: skip
QUESTION = {
    SCALED: "3.1.1", CAUSAL: "3.1.2", TENSORS: "3.2.1", MODEL: "3.2.2", "find_optimal_params": "3.3.2",
    "fit_linear_log": "3.3.3",
}  # fmt: skip
ROOMS = (attention, causal_attention, models, pieces, scaling)
MUTANTS = {item: [m for room in ROOMS for m in room.MUTANTS if item in m.items] for item in QUESTION}
RIGHT_IN = (variants, models, pieces, scaling)
RIGHT = [
    v for room in RIGHT_IN for v in room.VARIANTS if ATTENTION not in dict(v.edits)
]  # a model's attention is in other cells
VARIANTS = {item: [v.edits for v in RIGHT if item in v.items] for item in QUESTION}
CHEATS = [
    cheat
    for family in (comparing, interpreting, remembering, telling, using)
    for cheat in family.CHEATS
    if cheat.text and not cheat.canary and not cheat.runs_from and cheat.limit_s >= ENDS_S
]  # those that never end are left out: each takes all its limits
FITS = {"find_optimal_params": "\n\ndef fit_linear_log", "fit_linear_log": "\n\ndef find_optimal_params"}
RIGHT_ANSWERS = {
    "1.1.2": r"w^T x - \epsilon w^T w",
    "1.2.2": "inv(X.T @ X + 2*n*lam*eye(d)) @ X.T @ t",
    "1.2.4": ["|x|", "no"],
    "2.1.2a": "C",
    "2.2": "C",
}
WRONG_ANSWERS = {
    "1.1.2": r"w^T x + \epsilon w^T w", "1.2.2": "inv(X.T @ X + n*lam*eye(d)) @ X.T @ t", "1.2.4": ["x^2", "yes"],
    "2.1.2a": "B", "2.2": "A",
}  # fmt: skip


@dataclass
class Made:
    """A submission's files, and for each question "pass", "wrong" (anything else), or "missing"; and the law that must break.

    Edges:   a question that is not named may come out in any way.
    """

    files: dict[str, str] = field(default_factory=dict)
    must: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    of: dict[str, str] = field(default_factory=dict)


def student(i: int, *, seed: int = SEED, items: Iterable[str] = tuple(QUESTION)) -> Made:
    """The i-th submission of a class: an eighth are cheats; of the others a third are right in unusual ways, and the rest
    have a wrong item, two, or all."""
    dice, made, items = random.Random(f"{seed}-{i}"), Made(), list(items)
    if SCALED in items and dice.random() < 1 / 8:
        return _cheating(made, dice, items)
    n_wrong = dice.choice([0, 0, 1, 1, 1, 2, len(items)])
    wrong = set(dice.sample(items, min(n_wrong, len(items))))
    left_out = dice.choice(items) if not wrong and dice.random() < 1 / 3 and len(items) > 1 else None
    cells = [prose("# Section 3")]
    for item in items:
        question = QUESTION[item]
        if item == left_out and item not in (SCALED, CAUSAL):
            made.must[question] = "missing"
            continue
        if item in wrong:
            mutant: Mutant = dice.choice(MUTANTS[item])
            made.must[question], made.broken[question], made.of[question] = "wrong", mutant.law, mutant.name
            edits = mutant.edits
        else:
            edits = dice.choice([(), *VARIANTS[item]])
            made.must[question] = "pass"
        cells.append(_cell(item, edits))
    if CAUSAL in wrong and MODEL not in wrong:
        made.must.pop(QUESTION[MODEL], None)  # a flaw that is not found beforehand shows in the model as well
    made.files["nmt.ipynb"] = notebook(*cells)
    _answer(made, dice)
    return made


def _cheating(made: Made, dice: random.Random, items: list[str]) -> Made:
    """A submission with a cheat for 3.1.1 among what is right; what it does to the rest may come out in any way."""
    cheat, question = dice.choice(CHEATS), QUESTION[SCALED]
    made.must[question], made.broken[question], made.of[question] = "wrong", cheat.law, cheat.name
    cells = [cheat.text if item == SCALED else _cell(item, ()) for item in items]
    made.files["nmt.ipynb"] = notebook(prose("# Section 3"), *cells)
    made.files |= cheat.beside
    _answer(made, dice)
    return made


def _cell(item: str, edits: tuple[Edit, ...]) -> str:
    """An item's text; the model takes its attention from the other cells, a fit has one of two functions."""
    text = source(item, edits)
    if item == MODEL:
        assert text.count(ATTENTION) == 1
        return text.replace(ATTENTION, "")
    if item in FITS:
        before, _, rest = text.partition(FITS[item])
        _, following, own = rest.partition("\n\ndef ")
        return before + following + own
    return text


def _answer(made: Made, dice: random.Random) -> None:
    """A file of answers, of which a fifth are wrong."""
    lines = []
    for question, right in RIGHT_ANSWERS.items():
        is_wrong = dice.random() < 1 / 5
        made.must[question] = "wrong" if is_wrong else "pass"
        lines.append(f"{json.dumps(question)} = {json.dumps(WRONG_ANSWERS[question] if is_wrong else right)}\n")
    made.files["answers.toml"] = "".join(lines)


def make(n: int, folder: Path, **options: Any) -> dict[str, Any]:
    """Write a class of n into a folder; what must come of it, by the name of the submission."""
    must = {}
    for i in range(n):
        made, name = student(i, **options), f"student-{i:03d}"
        (folder / name).mkdir(parents=True)
        for file, text in made.files.items():
            (folder / name / file).write_text(text)
        must[name] = {"must": made.must, "broken": made.broken, "of": made.of}
    return must


def faults(must: dict[str, Any], records: Iterable[dict[str, Any]]) -> list[str]:
    """In what the records of a class are not what must come of it; a sentence each."""
    found, seen = [], set()
    for record in records:
        name, due = record["name"], must[record["name"]]
        seen.add(name)
        there = {question["id"]: question for question in record["questions"]}
        if record["error"]:
            found.append(f"{name}: {record['error']}")
        for question, expected in due["must"].items():
            found += _fault(f"{name} {question} {due['of'].get(question, '')}", there[question], expected)
        for question, law in due["broken"].items():
            statuses = {one["name"]: one["status"] for one in there[question]["laws"]}
            if statuses.get(law) in ("pass", None):
                found.append(f"{name} {question} {due['of'][question]}: the law {law} is {statuses.get(law)}")
    return [*found, *(f"{name}: there is no record" for name in must.keys() - seen)]


def _fault(what: str, question: dict[str, Any], expected: str) -> list[str]:
    status, points = question["status"], question["points"]
    is_so = status not in ("pass", "human") if expected == "wrong" else status == expected
    is_full = points is not None and points >= question["max_points"] > 0
    is_fair = is_full == (expected == "pass") or not question["max_points"]
    laws = [f"{law['name']}: {law['message']}" for law in question["laws"] if law["status"] != "pass"][:2]
    return [] if is_so and is_fair else [f"{what}: must be {expected}, is {status} with {points} points; {laws}"]


def main() -> None:
    """Write a class, or hold its grades to what they must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=300)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.check:
        shutil.rmtree(options.folder / "class", ignore_errors=True)
        must = make(options.n, options.folder / "class", seed=options.seed)
        (options.folder / "must.json").write_text(json.dumps(must, indent=1))
        return
    must = json.loads((options.folder / "must.json").read_text())
    grades = json.loads((options.folder / "grades" / "grades.json").read_text())
    wrong = faults(must, grades["submissions"])
    print("\n".join([*wrong, f"{len(must)} submissions, {len(wrong)} faults"]))  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
