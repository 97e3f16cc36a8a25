"""The gradebook: a table that programs read back and spreadsheets do not run."""

from __future__ import annotations

import csv as table
import io
from collections.abc import Iterator

import pytest

from harness.report.gradebook import csv
from harness.report.record import COLUMNS, Record, total
from tests.harness.report.records import a_class, hostile, question, record


def read(records: list[Record] | Iterator[Record]) -> list[dict[str, str]]:
    text = "".join(csv(records))
    return list(table.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_there_is_a_row_a_submission_and_a_column_a_question() -> None:
    records = list(a_class(40))
    rows = read(records)
    assert [row["name"] for row in rows] == [one["name"] for one in records]
    for row, one in zip(rows, records, strict=True):
        points = [row[f"Q{column.id}"] for column in COLUMNS]
        assert round(sum(float(p) for p in points if p), 2) == float(row["total"]) == total(one)[0]
        assert float(row["max"]) == total(one)[1]
        assert {row[f"Q{c.id}"] for c in COLUMNS if c.kind == "prose"} == {""}
        assert {row[f"Q{c.id} status"] for c in COLUMNS if c.kind == "prose"} == {"human"}


def test_it_begins_as_excel_needs_it_and_lines_end_as_the_standard_says() -> None:
    text = "".join(csv(a_class(3)))
    assert text.encode().startswith(b'\xef\xbb\xbf"name","Q1.1.1",')
    assert text.count("\r\n") == text.count("\n") == 4


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", '"=1', "\uff1d1", "|cmd", "%0A=1", "=\x00"],
    ids=repr,
)
def test_no_cell_is_a_formula(name: str) -> None:
    (row,) = read([record(name, [], remarks=[name])])
    assert row["name"].startswith("'")
    assert row["remarks"].startswith("'")


@pytest.mark.parametrize(
    "name",
    [
        "10-12",
        "1e5",
        "3/4",
        "1.5",
        "007",
        "123456789012",
        "12:30",
        "5 Mai",
        "Mar 5",
        "sept1",
        "TRUE",
        "$5",
        "10 %",
        "1,000",
    ],
    ids=repr,
)
def test_no_name_becomes_a_number_or_a_date_and_the_folder_has_it_as_it_is(name: str) -> None:
    (row,) = read([record(name, [])])
    assert (row["name"], row["folder"]) == (f"'{name}", f"submissions/{name}")


@pytest.mark.parametrize("name", ["smith42", "1001234567", "mary1", "student-001", "c10-12 group a", "Dee 2 Ng"])
def test_a_name_that_any_spreadsheet_leaves_alone_stays(name: str) -> None:
    assert read([record(name, [])])[0]["name"] == name


def test_names_with_quotes_commas_and_accents_come_back_as_they_were() -> None:
    names = ['Müller, "Jo"', "北京", "O'Neil", "a;b", "x" * 200]
    assert [row["name"] for row in read([record(name, []) for name in names])] == names


def test_hostile_texts_stay_within_their_cell() -> None:
    rows = read([hostile(), record("after", [question("3.1.1", "pass")])])
    assert len(rows) == 2
    assert None not in rows[0]
    assert all(value.isprintable() for value in rows[0].values())
    assert (rows[1]["name"], rows[1]["Q3.1.1"]) == ("after", "0.5")


def test_a_class_is_written_as_it_is_read() -> None:
    asked: list[str] = []

    def one_by_one() -> Iterator[Record]:
        for one in a_class(5):
            asked.append(one["name"])
            yield one

    lines = csv(one_by_one())
    next(lines)
    for n in range(1, 6):
        next(lines)
        assert len(asked) == n


def test_who_it_is_to_the_courses_system_is_in_the_last_columns() -> None:
    (row,) = read([record("ada", [], id="=00123", members=["Ada Lovelace", "Alan"])])
    assert list(row)[-3:] == ["id", "members", "folder"]
    assert (row["id"], row["members"]) == ("'=00123", "Ada Lovelace; Alan")
