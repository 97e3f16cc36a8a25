"""What the page of formats says of benchmarks and of kinds of runs; test_experiments.py holds it to the files of runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.target import ROOT
from tests.docs.formats import PAGE, documented
from tests.docs.pages import sections
from writeup.runs.kinds import KINDS

REPORTS = sorted(path for path in (ROOT / "benchmarks/reports").glob("*.json") if not path.name.startswith("sweep-"))


def test_every_kind_of_run_is_on_the_page() -> None:
    assert set(KINDS) - documented() == set()


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_every_field_of_a_report_of_record_is_on_the_page(path: Path) -> None:
    named = set(re.findall(r"`(\w+)`", sections(PAGE)["A report of benchmarks, schema 1"]))
    told = json.loads(path.read_text())
    rows = {field for row in told["benchmarks"] for field in row["extra_info"]}
    assert (rows | told["machine_info"]["specimen"].keys()) - named == set()
