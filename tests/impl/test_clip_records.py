"""What the commands of section 5 say that their runs were given, and that the write-up expects just that."""

from pathlib import Path

import pytest

from harness.cli import quick
from tests.impl.clip_commands import specimen
from writeup.record import Run, find, identity

pytestmark = pytest.mark.usefixtures("clip_here")


def run(folder: Path, kind: str) -> Run:
    found = find(folder, kind)
    assert isinstance(found, Run), found
    return found


def test_trainings_hunts_and_comparisons_are_what_the_write_up_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "TARGET", "003.png")
    runs: dict[str, Run] = {}
    for step in quick._clip(3):
        needed = {kind: runs[kind] for kind in step.needs}
        folder = Path("made", step.kind, step.within)
        code, said = specimen(*step.arguments(folder, needed))
        assert code == 0, said
        runs[step.kind] = run(folder, step.kind)
        assert runs[step.kind].record.id == identity(step.kind, step.given(needed))
    assert runs["5-train"].record.seeds == [3]
    assert runs["5"].read("hunt.json")["target"] == quick.TARGET
    assert len(runs["5-similarity"].read("similarity.json")["names"]) == 8
    assert all(
        {"svg", "png", "json"} == {name[-4:].lstrip(".") for name in runs[kind].record.files}
        for kind in ("5", "5-similarity")
    )


def test_a_training_that_was_killed_before_its_record_is_given_it_when_it_is_resumed() -> None:
    assert specimen("train", "clip", "--out", "new")[0] == 0
    before = run(Path("new"), "5-train").record
    Path("new/record.json").unlink()
    code, said = specimen("train", "clip", "--resume", "--out", "new")
    assert (code, "has its record now" in said) == (0, True)
    after = run(Path("new"), "5-train").record
    assert (after.id, after.files, after.time_s) == (before.id, before.files, before.time_s)
    assert specimen("train", "clip", "--resume", "--out", "new")[0] == 2


def test_other_pictures_captions_and_weights_are_other_inputs() -> None:
    asked = ("hunt", "--target", "a_label/0.png", "--images", "pictures")
    ids = set()
    for caption, weights in (("a ring", "mini-clip"), ("a star", "mini-clip"), ("a ring", "other")):
        if weights == "other":
            assert specimen("train", "clip", "--seed", "5", "--out", "other")[0] == 0
        assert specimen(*asked, "--caption", caption, "--weights", weights)[0] == 0
        ids.add(run(Path("runs/clip"), "5").record.id)
    Path("pictures/b_label/1.png").unlink()
    assert specimen(*asked, "--caption", "a ring")[0] == 0
    ids.add(run(Path("runs/clip"), "5").record.id)
    assert len(ids) == 4
