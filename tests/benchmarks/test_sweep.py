"""The benchmark of the sweep: its table, and, slowly, all of it."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import sweep


def test_the_table_holds_every_way_against_the_notebook_s() -> None:
    found = {"times_s": {"sweep": 50.0, "notebook": {"a": 60.0, "b": 90.0}}, "flops": 3e12, "product_flops_per_s": 1e11}
    console = Console(record=True, width=100)
    console.print(sweep.shown(found))
    rows = [line.split() for line in console.export_text().splitlines()[1:]]
    assert rows == [["sweep", "50.0", "3.00", "60", "0.60"], ["notebook", "150.0", "1.00", "20", "0.20"]]


@pytest.mark.slow
def test_the_benchmark_writes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, report = tmp_path / "words.txt", tmp_path / "report.json"
    words.write_text("\n".join(f"{a}at{b} at{b}{a}ay" for a in "bcdfg" for b in "bcdfg"))
    monkeypatch.setattr("sys.argv", ["sweep", "--epochs", "2", "--data", str(words), "--report", str(report)])
    sweep.main()
    found = json.loads(report.read_text())
    assert {"sweep", "notebook", "one worker"} <= set(found["times_s"])
    assert set(found["times_s"]["notebook"]) == {f"h{size}-s0" for size in found["hidden"]}
