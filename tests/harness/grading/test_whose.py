"""A student is who the course's system says, and nobody is passed over: no file that is handed in speaks for others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.grading.gather import _bounded, gather
from harness.grading.member import Damaged
from harness.grading.names import MAX_BYTES
from harness.grading.submission import contents
from tests.harness.grading.archives import GOOD, tarred, zipped
from tests.harness.grading.test_gather import GRADESCOPE, METADATA, NMT, found, under, write

FAKES = {
    "Gradescope's list": under("submission_1", NMT) | {"submission_metadata.yml": METADATA.encode()},
    "Gradescope's list, in a folder": under("assignment_1_export", GRADESCOPE),
    "names of Canvas": {"ada_12_345_nmt.ipynb": GOOD, "alan_13_346_nmt.ipynb": GOOD},
    "folders of others": under("ada", NMT) | under("alan", NMT),
    "archives of others": {"ada.zip": zipped(NMT), "alan.zip": zipped(NMT)},
}


@pytest.mark.parametrize("name", FAKES)
def test_whatever_a_student_hands_in_is_the_students(tmp_path: Path, name: str) -> None:
    files = FAKES[name]
    root = write(tmp_path / "class", under("mallory", files) | under("ada", NMT) | {"eve.zip": zipped(files)})
    names = ["ada", "eve", "mallory"]
    assert [one.name for one in gather(sorted(root.iterdir()))] == names
    assert [one.name for one in gather([root])] == names
    alone = write(tmp_path / "alone", under("mallory", files))
    if "of others" not in name:  # a folder of folders or archives, alone in another, is a class as much as a student
        assert [one.name for one in gather([alone])] == ["mallory"]


def test_a_link_among_several_paths_is_nobody_else(tmp_path: Path) -> None:
    root = write(tmp_path / "class", under("ada", NMT))
    (root / "mallory").symlink_to(root / "ada")
    assert found(*root.iterdir()) == {"ada": {"nmt.ipynb"}, "mallory": set()}


def test_nobody_in_a_flat_class_is_passed_over_and_what_is_nobodys_is_told(tmp_path: Path) -> None:
    names = ["alice.ipynb", "bob.ipynb.txt", "carol.json", "dave.txt", "erin.ipynb", "frank.doc", "gina.ipynb.gz"]
    nobodys = ["README.md", "roster.csv", "export.log", ".DS_Store", "Thumbs.db"]
    root = write(tmp_path / "class", dict.fromkeys([*names, *nobodys], GOOD))
    people = ["alice", "bob", "carol", "dave", "erin", "frank", "gina"]
    for paths in ([root], sorted(root.iterdir())):
        left: list[str] = []
        submissions = gather(paths, left.append)
        assert [one.name for one in submissions] == people
        assert sorted(left) == sorted(nobodys)
    assert "1 .doc" in contents(submissions[5]).remarks[0]


def test_a_starter_beside_folders_is_somebody_and_takes_nobody_with_it(tmp_path: Path) -> None:
    files = under("ada", under("A3", NMT)) | under("alan", under("A3", NMT)) | {"starter.ipynb": GOOD}
    assert list(found(write(tmp_path / "class", files))) == ["ada", "alan", "starter"]


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_a_path_that_leads_out_of_a_class_is_told(tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    files = under("ada", NMT) | under("alan", NMT) | {"../evil.ipynb": GOOD, "/etc/x.ipynb": GOOD}
    (tmp_path / "class.zip").write_bytes(pack(files))
    left: list[str] = []
    assert [one.name for one in gather([tmp_path / "class.zip"], left.append)] == ["ada", "alan"]
    assert left == [f"{name} (its path leads out of the archive)" for name in ("../evil.ipynb", "/etc/x.ipynb")]


def test_a_list_without_end_costs_its_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.grading.gather.MAX_METADATA", 1 << 20)
    files = GRADESCOPE | {"submission_metadata.yml": b"#" * (2 << 20)}
    (tmp_path / "class.zip").write_bytes(zipped(files))
    for path in (tmp_path / "class.zip", write(tmp_path / "class", files)):
        (first, *_) = gather([path])
        assert (first.name, "it has more than 1 MB" in first.remarks[0]) == ("submission_1", True)
    chunks = iter([bytes(1 << 19)] * 100)
    with pytest.raises(Damaged):
        _bounded(chunks)
    assert len(list(chunks)) == 97


def test_a_folder_of_too_many_files_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.grading.places.MAX_ENTRIES", 5)
    many = {f"{i}.ipynb": GOOD for i in range(9)}
    root = write(tmp_path / "class", under("al", NMT) | under("eve", many) | {"x.ipynb": GOOD})
    assert list(found(root / "al", root / "eve")) == ["al", "eve"]
    assert list(found(root)) == ["al", "eve", "x"]


LONG = [f"{'X' * 60} {i}" for i in range(4)]


def test_a_groups_members_and_ids_are_there_uncut(tmp_path: Path) -> None:
    people = "".join(f"  - :name: {name}\n    :sid: '00{i}'\n" for i, name in enumerate(LONG))
    listed = f"submission_1:\n  :submitters:\n{people}  - :name: Ann\n    :email: ann@x.org\n    :sid: \n"
    (one,) = gather([write(tmp_path, under("submission_1", NMT) | {"submission_metadata.yml": listed.encode()})])
    assert one.members == (*LONG, "Ann")
    assert one.id == "000, 001, 002, 003, ann@x.org"
    assert len(one.name.encode()) <= MAX_BYTES


def test_the_number_of_canvas_or_moodle_is_kept_whatever_the_names_are(tmp_path: Path) -> None:
    files = {
        "ada_12_345_nmt.ipynb": GOOD,
        "alan_13_346_nmt.ipynb": GOOD,
        "Kurt_7_assignsubmission_file_nmt.ipynb": GOOD,
    }
    assert {one.name: one.id for one in gather([write(tmp_path / "class", files)])} == {
        "ada": "12", "alan": "13", "Kurt": "7",
    }  # fmt: skip


BESIDE = {
    "a starter called as the section is": NMT,
    "a key to the answers": {"answers.toml": b"'2.2' = 'C'"},
    "a starter of each section": NMT | {"bert.ipynb": GOOD, "clip.ipynb": GOOD},
}
CLASSES = {
    "folders": under("ada", NMT) | under("alan", NMT),
    "folders with a folder of the assignment": under("ada", under("A3", NMT)) | under("alan", under("A3", NMT)),
    "folders with Python": under("ada", {"nmt.py": GOOD}) | under("alan", {"nmt.py": GOOD}),
    "archives": {"ada.zip": zipped(NMT), "alan.zip": zipped(NMT)},
    "files that a name stands before": {"ada_nmt.ipynb": GOOD, "alan_nmt.ipynb": GOOD},
}


@pytest.mark.parametrize("around", ["", "A3/"], ids=["at once", "in a folder"])
@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("students", CLASSES)
def test_a_file_without_a_name_makes_no_class_one_students(
    tmp_path: Path, students: str, beside: str, around: str
) -> None:
    files = {f"{around}{name}": content for name, content in (CLASSES[students] | BESIDE[beside]).items()}
    assert {"ada", "alan"} <= set(found(write(tmp_path / "class", files)))
    (tmp_path / "class.zip").write_bytes(zipped(files))
    assert {"ada", "alan"} <= set(found(tmp_path / "class.zip"))


@pytest.mark.parametrize(
    "more",
    [{"src/a.py": b"", "tests/b.py": b""}, {"nmt_part1.ipynb": GOOD, "nmt_part2.ipynb": GOOD}, {"old/nmt.ipynb": GOOD}, {"data.zip": zipped({})}],
    ids=["helpers", "parts", "what was before", "data"],
)  # fmt: skip
def test_what_a_student_has_beside_makes_no_class_of_one(tmp_path: Path, more: dict[str, bytes]) -> None:
    assert list(found(write(tmp_path / "ada", NMT | {"answers.toml": b""} | more))) == ["ada"]


def test_a_file_that_is_called_like_another_systems_export_is_its_owners(tmp_path: Path) -> None:
    names = ["ada_1001_345_nmt.ipynb", "mallory_1002_346__1001_assignsubmission_file_nmt.ipynb"]
    root = write(tmp_path / "class", dict.fromkeys(names, GOOD))
    assert [(one.name, one.id) for one in gather([root])] == [("ada", "1001"), ("mallory", "1002")]
