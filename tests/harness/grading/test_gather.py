"""Whatever a course's system exports, each student is there once, by a name that is fit to print."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.grading.exports import Person, submitters
from harness.grading.gather import gather
from harness.grading.names import cleaned, inside, shown
from harness.grading.submission import contents
from harness.outcome import Unreadable
from tests.harness.grading.archives import GOOD, tarred, zipped

METADATA = """---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '100'
    :email: ada@example.org
  :created_at: 2023-03-04 05:06:07.000000000 Z
  :score: 0.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests:
    - {name: 'a', output: ":submitters: [{:name: Mallory}]"}
  :history:
  - :submitters:
    - :name: Nobody
    :score: 0.0
submission_2:
  :submitters:
  - :name: Grace Hopper
    :sid: '101'
  - :name: Alan Turing
    :sid: '102'
submission_3:
  :submitters:
  - :name: Ada Lovelace
    :sid: '103'
submission_9:
  :submitters: []
"""
NMT, BERT = {"nmt.ipynb": GOOD}, {"bert.ipynb": GOOD}


def under(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


GRADESCOPE = {"submission_metadata.yml": METADATA.encode()} | {
    name: GOOD for i in (1, 2, 3, 4) for name in (f"submission_{i}/nmt.ipynb", f"submission_{i}/.DS_Store")
}
LAYOUTS: dict[str, tuple[dict[str, bytes], dict[str, set[str]]]] = {
    "MarkUs, a folder a group": (
        under("group_0001", under("A3", NMT)) | under("c5ada", under("A3", NMT | {"answers.toml": b""})) | {"README.txt": b""},
        {"group_0001": {"A3/nmt.ipynb"}, "c5ada": {"A3/nmt.ipynb", "A3/answers.toml"}},
    ),
    "Gradescope": (
        under("assignment_77_export", GRADESCOPE),
        {
            "Ada Lovelace (submission_1)": {"nmt.ipynb"}, "Ada Lovelace (submission_3)": {"nmt.ipynb"},
            "Grace Hopper, Alan Turing": {"nmt.ipynb"}, "submission_4": {"nmt.ipynb"}, "submission_9": set(),
        },
    ),
    "Gradescope, a list that is none": (
        {"submission_metadata.yml": b"a: [", "submission_1/nmt.ipynb": GOOD}, {"submission_1": {"nmt.ipynb"}},
    ),
    "Canvas": (
        {
            "lovelaceada_12345_678_nmt.ipynb": GOOD, "lovelaceada_12345_679_answers.toml": b"",
            "turingalan_LATE_23_456_my_bert-1.ipynb": GOOD, "turingalan_23_457_helper.py": b"", "c_99_1234_hw.zip": zipped(NMT),
        },
        {
            "lovelaceada": {"nmt.ipynb", "answers.toml"}, "turingalan": {"my_bert-1.ipynb", "helper.py"}, "c": {"nmt.ipynb"},
        },
    ),
    "Canvas, one student": ({"lovelaceada_12345_678_nmt.ipynb": GOOD}, {"lovelaceada": {"nmt.ipynb"}}),
    "Moodle, a folder a student and kind": (
        under("Ada de Lovelace_123_assignsubmission_file_", NMT)
        | under("Ada de Lovelace_123_assignsubmission_onlinetext_", {"onlinetext.html": b""})
        | under("Alan Turing_124_assignsubmission_file_", BERT),
        {"Ada de Lovelace": {"nmt.ipynb"}, "Alan Turing": {"bert.ipynb"}},
    ),
    "Moodle, files": (
        {"Ada_1_assignsubmission_file_nmt.ipynb": GOOD, "Alan_2_assignsubmission_file_a_b.py": b""},
        {"Ada": {"nmt.ipynb"}, "Alan": {"a_b.py"}},
    ),
    "an archive a student": (
        {"ada.zip": zipped(NMT), "alan.tar.gz": tarred(BERT, "w:gz"), "kurt.zip": b"?", "john.rar": b"Rar!"},
        {"ada": {"nmt.ipynb"}, "alan": {"bert.ipynb"}, "kurt": set(), "john": set()},
    ),
    "a notebook a student": (
        {"ada.ipynb": GOOD, "alan.ipynb": GOOD, "roster.csv": b""}, {"ada": {"ada.ipynb"}, "alan": {"alan.ipynb"}},
    ),
    "files that a name stands before": (
        {"ada_nmt.ipynb": GOOD, "ada-bert.ipynb": GOOD, "Alan_NMT.ipynb": GOOD, "alan_answers.toml": b""},
        {"ada": {"ada_nmt.ipynb", "ada-bert.ipynb"}, "Alan": {"Alan_NMT.ipynb", "alan_answers.toml"}},
    ),
    "one student's own folder": (
        NMT | {"answers.toml": b"", "helper.py": b"", "data/a.csv": b"", "old/nmt.ipynb": GOOD},
        {"class": {"nmt.ipynb", "answers.toml", "helper.py", "data/a.csv", "old/nmt.ipynb"}},
    ),
    "one student's own folder, a folder a part": (
        under("nmt", NMT) | under("bert", BERT), {"class": {"nmt/nmt.ipynb", "bert/bert.ipynb"}},
    ),
    "one student's own folder, in a folder of the assignment": (under("A3", NMT), {"class": {"A3/nmt.ipynb"}}),
    "one student in a class": (under("ada", NMT), {"ada": {"nmt.ipynb"}}),
    "one student in a class, a folder a part": (
        under("ada", under("nmt", NMT) | under("bert", BERT)), {"ada": {"nmt/nmt.ipynb", "bert/bert.ipynb"}},
    ),
    "a class in a folder in a folder": (
        under("export", under("all", under("ada", NMT) | under("alan", BERT))), {"ada": {"nmt.ipynb"}, "alan": {"bert.ipynb"}},
    ),
    "nothing in a student's folder": (under("ada", NMT) | {"alan/.keep": b""}, {"ada": {"nmt.ipynb"}, "alan": set()}),
}  # fmt: skip


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def found(*paths: Path) -> dict[str, set[str]]:
    return {one.name: set(contents(one).files) for one in gather(paths)}


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_each_student_of_a_folder_is_there_once(
    tmp_path: Path, files: dict[str, bytes], expected: dict[str, set[str]]
) -> None:
    assert found(write(tmp_path / "class", files)) == expected


IN_ARCHIVES = [name for name in LAYOUTS if name not in ("one student in a class", "nothing in a student's folder")]


@pytest.mark.parametrize("name", IN_ARCHIVES)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_same_in_one_archive_is_the_same_class(tmp_path: Path, name: str, pack: object) -> None:
    files, expected = LAYOUTS[name]
    packed = (zipped if pack is zipped else tarred)(files)
    suffix = "zip" if pack is zipped else "tar"
    (tmp_path / f"class.{suffix}").write_bytes(packed)
    got = found(tmp_path / f"class.{suffix}")
    assert got == expected or (len(expected) == 1 and list(got) == ["class"])


def test_files_and_folders_that_are_named_are_a_student_each(tmp_path: Path) -> None:
    root = write(tmp_path, under("ada/A3", NMT) | under("alan", {"old/nmt.ipynb": GOOD, "new/nmt.ipynb": GOOD}) | NMT)
    (root / "kurt.zip").write_bytes(zipped(under("a", NMT) | under("b", NMT)))
    assert found(root / "ada", root / "nmt.ipynb", root / "kurt.zip") == {
        "ada": {"A3/nmt.ipynb"}, "nmt": {"nmt.ipynb"}, "kurt": {"a/nmt.ipynb", "b/nmt.ipynb"},
    }  # fmt: skip


def test_a_path_given_twice_is_one_submission(tmp_path: Path) -> None:
    root = write(tmp_path / "class", under("ada", NMT) | under("alan", NMT))
    assert [one.name for one in gather([root, root])] == ["ada", "alan"]
    ada = root / "ada"
    assert [one.name for one in gather([ada, ada, ada / ".." / "ada" / "nmt.ipynb"])] == ["ada", "nmt"]


def test_equal_names_are_told_apart_by_where_they_lie_in_any_order(tmp_path: Path) -> None:
    root = write(
        tmp_path, under("first/ada", NMT) | under("first/Alan", NMT) | under("second/Ada", NMT) | under("second/x", NMT)
    )
    paths = [root / path for path in ("first/ada", "first/Alan", "second/Ada", "second/x")]
    submissions = gather(paths)
    assert [one.name for one in submissions] == ["ada (first)", "Ada (second)", "Alan", "x"]
    assert submissions == gather(paths[::-1])
    assert submissions[0].remarks == ("2 submissions have the name ada.",)


ODD = {
    "a\nb": "a b", "\x1b[2Jred": "[2Jred", "\u202egnp.exe": "gnp.exe", "👩 ok": "👩 ok", "CON": "_CON", "nul.txt": "_nul.txt",
    "..": "unnamed", "-rf": "rf", "=cmd|x": "cmd_x", "ü" * 200: "ü" * 50, "a/b\\c:d": "a_b_c_d", "x" * 200 + ".ipynb": "x" * 94 + ".ipynb",
    "caf\udce9": "caf", "   ": "unnamed", "e\u0301": "é", "ok (2).py": "ok (2).py", "name.": "name",
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), ODD.items(), ids=range(len(ODD)))
def test_an_odd_name_becomes_one_that_is_fit_to_print(name: str, expected: str) -> None:
    assert cleaned(name) == expected
    assert cleaned(expected) == expected
    assert shown(name).isprintable()


def test_students_with_odd_names_are_there_with_a_remark(tmp_path: Path) -> None:
    root = tmp_path / "class"
    raw = ["a\nb", "a\tb", "-rf", "CON", "x" * 255, "ADA", "ada", "caf\udce9", "\u202eada"]
    for name in raw:
        write(root / name, NMT)
    submissions = gather([root])
    assert len({one.name.casefold() for one in submissions}) == len(raw)
    assert all(one.name.isprintable() and len(one.name.encode()) < 120 for one in submissions)
    assert all(contents(one).files == NMT for one in submissions)
    assert sum(any("as it was handed in" in r for r in one.remarks) for one in submissions) == 7


def test_a_link_in_a_class_is_somebody_of_whom_nothing_is_read(tmp_path: Path) -> None:
    root = write(tmp_path / "class", under("ada", NMT))
    (root / "alan").symlink_to(tmp_path / "class" / "ada")
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe")
    assert found(root) == {"ada": {"nmt.ipynb"}, "alan": set(), "loop": set(), "pipe": set()}
    assert gather([root])[1].remarks == ("alan is a symbolic link, which is not followed.",)


def test_gradescopes_list_says_who_handed_in_what_and_what_is_not_there(tmp_path: Path) -> None:
    by_name = {one.name: one for one in gather([write(tmp_path, GRADESCOPE)])}
    assert by_name["Grace Hopper, Alan Turing"].remarks == ("submission_2 of Gradescope.",)
    assert by_name["submission_9"].remarks == (
        "submission_metadata.yml names submission_9, but there is no such folder.",
    )
    assert submitters(METADATA.encode())["submission_1"] == [Person("Ada Lovelace", "100", "ada@example.org")]
    assert submitters(b"- :submitters:\n  - :name: x\n") == {}


def test_a_list_that_is_deep_or_refers_to_itself_costs_its_names_alone(tmp_path: Path) -> None:
    for content in (b"[" * 100_000, b"a: &a [*a, *a]\nb: *a\n", b"&a a: {? {b: c} : *a}", b"- :submitters:", b"\xff\0"):
        root = write(tmp_path, {"submission_metadata.yml": content, "submission_1/nmt.ipynb": GOOD})
        assert found(root)["submission_1"] == {"nmt.ipynb"}


UNREADABLE = {
    "nothing": ([], "There is no submission in nothing."),
    "an empty folder": (["empty"], "There is no submission in "),
    "a path that is not there": (["ada", "nowhere"], "No such file or folder: "),
    "a pipe": (["pipe"], "is neither a folder nor a regular file."),
    "a link to itself": (["loop"], "cannot be read: "),
    "a name with a zero byte": (["a\0b"], "cannot be read: "),
}


@pytest.mark.parametrize(("names", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_be_no_class_is_refused_in_one_sentence(tmp_path: Path, names: list[str], sentence: str) -> None:
    write(tmp_path / "ada", NMT)
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(Unreadable, match="^[^\n]*" + sentence):
        gather([tmp_path / name for name in names])


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/./b//c", "a/b/c"), ("a\\b", "a/b"), ("../a", None), ("a/../../b", None), ("/a", None), ("c:a", None), ("\\\\x\\y", None), ("", None)],
    ids=range(8),
)  # fmt: skip
def test_a_path_stays_inside_or_is_none(path: str, expected: str | None) -> None:
    assert inside(path) == expected
