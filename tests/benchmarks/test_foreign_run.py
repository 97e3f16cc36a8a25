"""A run of the benchmarks for somebody else's kernel: what is timed in it, and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.compare.read import read
from benchmarks.foreign import stopping
from tests.benchmarks.foreign_kernels import CHEATS, NO_GAIN
from tests.benchmarks.test_session import run

CASE = "cpu/64x1x48x64 float32 causal forward"
USAGE = 4


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(NO_GAIN["plain"].source.replace("attention = plain", "fast = plain"))
    return path


def listed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run("--collect-only", "-q", *arguments)


def test_with_a_kernel_nothing_else_is_timed_but_three_of_ours(kernel: Path) -> None:
    lines = [line for line in listed("--kernel", f"{kernel}:fast").stdout.splitlines() if "::" in line]
    assert {line.partition("::")[0] for line in lines} == {"benchmarks/bench_foreign.py"}
    of_case = [line for line in lines if f"[{CASE}-" in line]
    assert [line.partition(f"{CASE}-")[2] for line in of_case] == [f"{kernel}:fast]", "auto]", "sdpa]", "naive]"]


def test_what_is_no_kernel_is_one_sentence() -> None:
    done = listed("--kernel", "nowhere.py:fast")
    assert done.returncode == USAGE
    assert (done.stdout + done.stderr).strip() == "ERROR: No such file: nowhere.py."


@pytest.mark.skipif(not stopping.WORKS, reason="a process is stopped between its rounds on Linux alone")
def test_a_run_keeps_a_row_of_a_right_kernel_and_none_of_a_wrong_one(kernel: Path, tmp_path: Path) -> None:
    wrong, path = tmp_path / "wrong.py", tmp_path / "report.json"
    wrong.write_text(CHEATS["lower-precision"].source)
    kernels = ["--kernel", f"{kernel}:fast", "--kernel", str(wrong)]
    done = run(*kernels, "-k", "48x64 and (mine or sdpa or wrong)", "-q", "--report", str(path))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed" in done.stdout
    assert f"{wrong}: out[" in done.stdout
    rows = read(path).rows
    assert {key[1] for key in rows} == {f"{kernel}:fast", "sdpa"}
    assert all(row.limit_s and row.limit_s <= row.median_s for row in rows.values())
