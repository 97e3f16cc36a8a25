"""Records of runs: what their ids depend on, what is refused, which code had a part in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from writeup.record import AlteredError, Lacking, Record, Run, find, finished, write
from writeup.runs.code import digest
from writeup.runs.inputs import begun, inputs
from writeup.runs.kinds import KINDS
from writeup.runs.machine import machine, versions

SOURCE = '"""A module."""\nfrom impl import other\n\n\ndef f(x):\n    """Twice."""\n    return 2 * x  # plainly\n'
SAME = '"""Another docstring."""\n\nfrom impl import (\n    other,\n)\n\n\ndef f(x):\n    return (2 * x)\n'


def given(**other: Any) -> dict[str, Any]:
    of: dict[str, Any] = {"settings": {"epochs": 2, "seed": 0}, "data": {"small": "ab"}, "device": "cpu"}
    return inputs("3.1.4", **(of | other))


def written(folder: Path, of: dict[str, Any] | None = None) -> Record:
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text("[1, 2]")
    return write(
        folder, "3.1.4", inputs=of or given(), seeds=[0], command="specimen x", time_s=1.23, files=["results.json"]
    )


@pytest.fixture
def code(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    (root / "impl").mkdir(parents=True)
    for name, text in (("__init__", ""), ("one", SOURCE), ("other", "y = 1\n"), ("apart", "z = 1\n")):
        (root / "impl" / f"{name}.py").write_text(text)
    return root


def test_a_run_that_is_there_is_found_and_read(tmp_path: Path) -> None:
    record = written(tmp_path / "run")
    found = find(tmp_path / "run", "3.1.4")
    assert isinstance(found, Run)
    assert found.record == record
    assert found.read("results.json") == [1, 2]
    assert not found.made_by_other_code


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"epochs": 3, "seed": 0}},
        {"settings": {"epochs": 2, "seed": 1}},
        {"data": {"small": "ac"}},
        {"weights": {"mini": "12"}},
        {"device": "cuda"},
        {"builds_on": ["4"]},
    ],
    ids=lambda other: "-".join(f"{name}:{value}" for name, value in other.items()),
)
def test_an_id_depends_on_every_input(tmp_path: Path, other: dict[str, Any]) -> None:
    assert written(tmp_path / "one").id == written(tmp_path / "two", given()).id
    assert written(tmp_path / "one").id != written(tmp_path / "two", given(**other)).id


@pytest.mark.parametrize("part", ["code", "torch"])
def test_an_id_depends_on_what_makes_it_which_is_seen_later(tmp_path: Path, part: str) -> None:
    now = given()
    was = {**now, part: {"3.1.4": ["0"]} if part == "code" else ["2.0"]}
    assert written(tmp_path / "one", now).id != written(tmp_path / "two", was).id
    found = find(tmp_path / "two", "3.1.4")
    assert isinstance(found, Run)
    assert found.made_by_other_code


def test_a_comment_a_docstring_and_a_layout_change_no_digest(code: Path) -> None:
    before = digest(("impl.one",), code)
    (code / "impl" / "one.py").write_text(SAME)
    assert digest(("impl.one",), code) == before
    (code / "impl" / "apart.py").write_text("z = 2\n")
    assert digest(("impl.one",), code) == before


@pytest.mark.parametrize("name", ["__init__", "one", "other"])
def test_a_change_in_what_is_imported_changes_the_digest(code: Path, name: str) -> None:
    before = digest(("impl.one",), code)
    file = code / "impl" / f"{name}.py"
    file.write_text(file.read_text().replace("2", "3") + "\nw = 0\n")
    assert digest(("impl.one",), code) != before


def test_a_package_is_a_part_of_what_is_in_it(code: Path) -> None:
    before = digest(("impl.apart",), code)
    (code / "impl" / "__init__.py").write_text("w = 0\n")
    assert digest(("impl.apart",), code) != before


def test_code_that_is_not_there_has_no_digest(code: Path) -> None:
    with pytest.raises(ValueError, match=r"impl\.none is no module"):
        digest(("impl.none",), code)
    assert digest(("impl.*",), code) != digest(("impl.one",), code)


def test_a_kind_has_its_code_and_its_packages() -> None:
    assert all(len(digest(kind.code)) == 16 for kind in KINDS.values())
    assert all("unknown" not in versions(kind.packages).values() for kind in KINDS.values())


def test_a_result_that_was_altered_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    run = find(tmp_path, "3.1.4")
    assert isinstance(run, Run)
    (tmp_path / "results.json").write_text("[1, 3]")
    with pytest.raises(AlteredError, match=r"is not what run 3\.1\.4-"):
        run.read("results.json")
    later = find(tmp_path, "3.1.4")
    assert isinstance(later, Lacking)
    assert "is not what run 3.1.4-" in later.why


def test_why_there_is_no_run_is_said(tmp_path: Path) -> None:
    def why(kind: str = "3.1.4") -> str:
        found = find(tmp_path / "run", kind)
        assert isinstance(found, Lacking)
        assert found.command == KINDS[kind].command
        return found.why

    assert why() == f"there is no {tmp_path / 'run'}"
    (tmp_path / "run").mkdir()
    assert "has no record.json" in why()
    written(tmp_path / "run")
    assert "has a run of 3.1.4" in why("3.2.3")
    (tmp_path / "run" / "results.json").unlink()
    assert "has no results.json" in why()
    record = tmp_path / "run" / "record.json"
    fields = json.loads(record.read_text())
    fields["inputs"]["settings"]["epochs"] = 100
    record.write_text(json.dumps(fields))
    assert "is not the id of what it says it was given" in why()
    record.write_text("{")
    assert "is no record of a run" in why()


def test_the_newest_of_several_runs_counts(tmp_path: Path) -> None:
    nowhere = finished(tmp_path)["3.3"]
    assert isinstance(nowhere, Lacking)
    assert nowhere.why == f"there is no {tmp_path / 'sweep-*' / 'isoflop'}"
    for name, minute in (("a", 1), ("b", 3), ("c", 2)):
        folder = tmp_path / f"sweep-{name}" / "isoflop"
        folder.mkdir(parents=True)
        (folder / "analysis.json").write_text("{}")
        of = inputs("3.3", settings={"name": name}, data={}, device="cpu")
        write(folder, "3.3", inputs=of, seeds=[0], command="", time_s=0, files=["analysis.json"])
        fields = json.loads((folder / "record.json").read_text())
        (folder / "record.json").write_text(json.dumps(fields | {"finished": f"2026-01-01T00:0{minute}:00+00:00"}))
    found = finished(tmp_path)["3.3"]
    assert isinstance(found, Run)
    assert found.record.inputs["settings"] == {"name": "b"}


def test_what_other_code_has_begun_is_remembered(tmp_path: Path) -> None:
    was = {**given(), "code": {"3.1.4": ["0"]}}
    assert begun(tmp_path / "run", was, is_fresh=True) == was
    both = begun(tmp_path / "run", given(), is_fresh=False)
    assert both["code"] == {"3.1.4": sorted(["0", *given()["code"]["3.1.4"]])}
    assert begun(tmp_path / "run", given(), is_fresh=True) == given()
    (tmp_path / "run" / "begun.json").unlink()
    assert "unknown" in begun(tmp_path / "run", given(), is_fresh=False)["code"]["3.1.4"]
    (tmp_path / "run" / "begun.json").write_text("[]")
    with pytest.raises(ValueError, match="does not say what code"):
        begun(tmp_path / "run", given(), is_fresh=False)


def test_a_machine_is_told_in_words_without_a_name() -> None:
    found = machine("cpu")
    assert set(found) == {"processor", "cores", "memory"}
    assert all(found.values())
    assert machine("cuda")["gpu"]
