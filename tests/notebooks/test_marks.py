"""What the judge says of the notebooks as they are shipped: full marks, but for a caption that takes weights to be judged."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from notebooks.make import HERE
from tests.harness.test_bad_input import FAILED, OK, check
from tests.harness.test_caption import HUNT, StandIn
from tests.harness.test_check import question

MARKS = {
    "nmt": {"3.1.1": 0.5, "3.1.2": 0.5, "3.2.1": 1.0, "3.2.2": 1.0, "3.3.2": 1.0, "3.3.3": 1.0},
    "bert": {"4.1": 1.0},
    "clip": {"5.2": 1.0},
}
ASKED_FOR = {
    "nmt": "encoder,decoder,encodings,loss,translate,translate-with-encoder",
    "bert": "what-is",
    "clip": "clip-similarity,clip-zero-shot,clip-ranking,clip-loss,clip-compare,clip-classify,clip-retrieve",
}


def judged(name: str, folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    found = check(HERE / f"{name}.ipynb", "--seed", "1", "--json", str(folder / "report.json"), *options)
    return found.exit_code, json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize("name", ["nmt", "bert"])
def test_a_notebook_gets_all_the_points_of_what_is_handed_in(name: str, tmp_path: Path) -> None:
    code, report = judged(name, tmp_path)
    points = {one["id"]: one["points"] for one in report["questions"] if one["status"] == "pass"}
    assert (code, points) == (OK, MARKS[name])


@pytest.mark.parametrize("name", list(ASKED_FOR))
def test_what_a_notebook_defines_besides_is_right_too(name: str, tmp_path: Path) -> None:
    code, report = judged(name, tmp_path, "--examples", "10", "--question", ASKED_FOR[name])
    assert code == OK
    assert {one["status"] for one in report["questions"] if one["id"] in ASKED_FOR[name].split(",")} == {"pass"}


def test_the_caption_takes_weights_pictures_and_a_target_to_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, report = judged("clip", tmp_path)
    assert (code, question(report, "5.2")["status"]) == (FAILED, "not-run")
    judging = types.ModuleType("impl.clip.judging")
    judging.ranker = StandIn().ranker  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "impl.clip.judging", judging)
    code, report = judged("clip", tmp_path, *HUNT)
    assert (code, question(report, "5.2")["points"]) == (OK, MARKS["clip"]["5.2"])
