"""A run of the benchmarks: what it needs, its order, and the report that it keeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bench_attention, machine
from benchmarks.compare.read import read

ROOT = Path(__file__).parents[2]
ABSENT = "hypothesis typer rich jaxtyping beartype lark nbformat IPython matplotlib jinja2 altair"
UNTOLD = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
"""As a user has it: a worker of pytest-xdist is told in the environment that it may time nothing."""
ONE_THREAD = {**UNTOLD, "OMP_NUM_THREADS": "1"}  # threads that wait for one another are slow on a busy machine
ALONE = ("-p", "no:hypothesispytest", "-p", "no:jaxtyping", "-p", "no:cacheprovider", "-p", "no:xdist")


def command(*arguments: str, python: str = sys.executable) -> list[str]:
    return [python, "-m", "pytest", "benchmarks", "--quick", *ALONE, *arguments]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, **options),
        cwd=ROOT,
        env=ONE_THREAD,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """A Python, its subprocesses included, in which torch, numpy, sympy, pytest and pytest-benchmark are, and `ABSENT` is not."""
    venv.create(tmp_path / "bare")
    python = tmp_path / "bare" / "bin" / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    (site / "ours.pth").write_text(sysconfig.get_path("purelib"))
    for name in ABSENT.split():  # found before the real one, whoever looks for it
        (site / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}', name={name!r})")
    return str(python)


def test_it_runs_where_only_torch_numpy_and_pytest_are(tmp_path: Path, bare_python: str) -> None:
    path = tmp_path / "report.json"
    done = run("-k", "48x64 and sdpa- or fresh or overhead", "-q", "--report", str(path), python=bare_python)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rows: {path}" in done.stdout
    found = read(path)
    assert {(row.case, row.kernel) for row in found.rows.values() if row.kernel} == {
        ("cpu/64x1x48x64 float32 causal forward", "sdpa-flash"),
        ("cpu/64x1x48x64 float32 causal forward", "sdpa-math"),
        ("cpu/overhead", "empty"),
        ("cpu/overhead", "launch"),
    }
    assert found.machine.product_flops_per_s.keys() == {"float32"}
    info = json.loads(path.read_text())["machine_info"]
    assert "node" not in info
    assert info["specimen"]["threads"] == 1


def test_what_was_measured_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = command("--report", str(path), "-k", "x1x48")
    with subprocess.Popen(started, cwd=ROOT, env=ONE_THREAD, start_new_session=True, **quiet) as process:
        end = time.monotonic() + 100
        while not path.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(read(path).rows) >= 1


def test_the_short_benchmarks_come_first() -> None:
    listed = run("--collect-only", "-q").stdout.splitlines()
    files = list(dict.fromkeys(line.partition("::")[0] for line in listed if "::" in line))
    assert files == [
        f"benchmarks/bench_{name}.py"
        for name in ("overhead", "worker", "first_call", "attention", "clip", "bert", "translation")
    ]


def test_what_a_run_has_no_time_left_for_is_skipped_and_says_so() -> None:
    no_time = "from benchmarks.cases import LIMIT_S; LIMIT_S['cpu', True] = 0.0; import pytest, sys; pytest.main(sys.argv[1:])"
    arguments = command("-k", "48x64 and sdpa- or overhead", "-rs")[3:]
    done = subprocess.run(
        [sys.executable, "-c", no_time, *arguments],
        cwd=ROOT,
        env=ONE_THREAD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed, 2 skipped" in done.stdout
    assert "not timed: the 0 s that this run may take are over" in done.stdout


@pytest.mark.parametrize("failure", [OSError("no such program"), subprocess.TimeoutExpired("nvidia-smi", 20)], ids=repr)
def test_a_gpu_that_tells_nothing_of_itself_costs_no_row(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **options: Any) -> None:
        raise failure

    monkeypatch.setattr(machine.shutil, "which", lambda name: name)
    monkeypatch.setattr(machine.torch.cuda, "get_device_properties", lambda index: None)
    monkeypatch.setattr(machine.subprocess, "run", fail)
    assert machine.gpu_state("cuda") == {}


def test_a_gpu_that_is_lost_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(bench_attention.torch.cuda, "synchronize", fail)
    with pytest.raises(pytest.exit.Exception, match="illegal memory access"):
        bench_attention._forget("cuda")
