"""The machine that a run was made on, and the versions of what it was made with. No name of a host or a user."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
UNKNOWN = "unknown"
GPU = ("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
APPLE = ("sysctl", "-n", "machdep.cpu.brand_string")


def machine(device: str) -> dict[str, str]:
    """What computes here: the processor in words, cores and memory; the GPU where one is used."""
    found = {"processor": processor(), "cores": str(_cores()), "memory": _memory()}
    return found | {"gpu": _said_by(GPU) or UNKNOWN} if device != "cpu" else found


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The version of Python, and of packages that are installed."""
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def version(package: str) -> str:
    """A package's version."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN


def processor() -> str:
    """The processor as its maker calls it; its architecture, where nothing says more."""
    if CPUINFO.exists():
        lines = (line.partition(":") for line in CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines())
        named = [value.strip() for key, _, value in lines if key.strip() == "model name" and value.strip()]
    else:
        named = [said] if (said := _said_by(APPLE)) else []
    return " ".join(named[0].split()) if named else platform.machine() or UNKNOWN


def _cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, OSError, ValueError):  # another system
        return UNKNOWN


def _said_by(command: Sequence[str]) -> str:
    """The first line of what a program says; empty where there is none, or it says nothing."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        said = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False, timeout=20)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.partition("\n")[0].strip() if said.returncode == 0 else ""
