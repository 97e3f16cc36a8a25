"""What a report says about where it was made: device, versions, environment, temperature. No name of a host or a user."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

SCHEMA = 1
VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND", "KMP_AFFINITY", "GOMP_CPU_AFFINITY", "MALLOC_CONF",
    "MALLOC_ARENA_MAX", "PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF", "CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "NVIDIA_TF32_OVERRIDE",
)  # fmt: skip
SMI_FIELDS = {
    "driver": "driver_version",
    "clock_sm_mhz": "clocks.sm",
    "clock_sm_most_mhz": "clocks.max.sm",
    "clock_memory_mhz": "clocks.mem",
    "power_cap_w": "power.limit",
    "mig": "mig.mode.current",
    "temperature_c": "temperature.gpu",
}


def described(device: str, *, probes: dict[str, Any], before: dict[str, str]) -> dict[str, Any]:
    """`machine_info["specimen"]` of a report; `before` is what `gpu_state` said when the session began."""
    return {
        "schema": SCHEMA,
        "device": device,
        "device_name": torch.cuda.get_device_name() if device == "cuda" else None,
        "versions": _versions(device, before),
        "environment": _environment() | {k: v for k, v in before.items() if k not in {"driver", "temperature_c"}},
        "threads": torch.get_num_threads(),
        "probes": probes,
        "temperature_c": temperature(before),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def gpu_state(device: str) -> dict[str, str]:
    """What nvidia-smi says about the GPU now, by the names of `SMI_FIELDS`; nothing on a CPU, or where it does not say."""
    program = shutil.which("nvidia-smi")
    if device != "cuda" or program is None:
        return {}
    query = ",".join(SMI_FIELDS.values())
    command = [program, f"--query-gpu={query}", "--format=csv,noheader,nounits"]
    if uuid := getattr(torch.cuda.get_device_properties(0), "uuid", None):
        command += ["-i", f"GPU-{uuid}"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    values = [value.strip() for value in asked.stdout.partition("\n")[0].split(",")]
    if asked.returncode or len(values) != len(SMI_FIELDS):
        return {}
    return dict(zip(SMI_FIELDS, values, strict=True))


def temperature(before: dict[str, str]) -> dict[str, float] | None:
    """The GPU's temperature when the session began, and now.

    Units:   degrees Celsius.
    """
    now = gpu_state("cuda") if before else {}
    try:
        return {"before": float(before["temperature_c"]), "after": float(now["temperature_c"])}
    except (KeyError, ValueError):
        return None


def without_names(info: dict[str, Any]) -> dict[str, Any]:
    """What pytest-benchmark says about the machine, without the host's name."""
    return {key: value for key, value in info.items() if key != "node"}


def _versions(device: str, before: dict[str, str]) -> dict[str, str | None]:
    on_gpu = device == "cuda"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "triton": _installed("triton"),
        "cuda": torch.version.cuda if on_gpu else None,
        "cudnn": str(torch.backends.cudnn.version()) if on_gpu else None,
        "driver": before.get("driver"),
        "numpy": _installed("numpy"),
    }


def _environment() -> dict[str, str]:
    found = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    found["load_before"] = f"{os.getloadavg()[0]:.1f}"  # processes that ran in the minute before: was the machine calm?
    if loaded := os.environ.get("LD_PRELOAD"):
        found["LD_PRELOAD"] = ":".join(Path(one).name for one in loaded.replace(" ", ":").split(":"))
    return found


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
