"""What the first call costs, compilation and all, in a fresh process and with no cache of compiled code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CASES = {"cpu": "cpu/4x8x512x64 float32 causal forward", "cuda": "cuda/4x16x4096x128 bfloat16 causal forward"}
KERNELS = {
    "cpu": ("naive", "chunked", "sdpa", "compiled", "flex"),
    "cuda": ("naive", "chunked", "sdpa", "compiled", "flex", "fused"),
}
TIMEOUT_S = 120
ROOT = Path(__file__).parents[1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row a kernel."""
    metafunc.parametrize("kernel", KERNELS[metafunc.config.getoption("device")])


def test_first_call(kernel: str, session: Any, row: Callable[..., None]) -> None:
    if session.is_quick:
        pytest.skip("a quick run starts no fresh processes, which take seconds each")
    session.skip_if_late()
    case = CASES[session.device]
    command = [sys.executable, "-m", "benchmarks.first_call", kernel, case]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if "declined: " in done.stderr:
        pytest.skip(done.stderr.rpartition("declined: ")[2].strip())
    assert done.returncode == 0, done.stderr[-2000:]
    row([float(done.stdout)], kernel=kernel, case=f"{case} first call", group="first-call")
