"""Which kinds of runs there are: where each is if nothing is said, the command that makes it, the code that decides on it."""

from __future__ import annotations

from dataclasses import dataclass, field

RUNS = "runs"
OF_PYTHON = ("torch", "numpy")
JUDGE = ("harness.check", "harness.worker.main", "tests.laws.*")
SWEEP = "3.3-sweep"


@dataclass(frozen=True)
class Kind:
    """One kind of run.

    Edges:   `folder` may be a pattern, of which the newest run counts; `code` names modules, with all of ours that they
             import, or with `.*` all that are in a package.
    """

    folder: str
    command: str
    code: tuple[str, ...]
    packages: tuple[str, ...] = field(default=OF_PYTHON)
    record: str = "record.json"


def _check(notebook: str) -> Kind:
    return Kind(f"writeup/check-{notebook}-*", "specimen writeup", JUDGE, (*OF_PYTHON, "hypothesis", "pytest"))


KINDS = {
    "3.1.4": Kind("experiment-3.1.4", "specimen experiment 3.1.4", ("impl.nmt.experiment",)),
    "3.2.3": Kind("experiment-3.2.3", "specimen experiment 3.2.3", ("impl.nmt.experiment",)),
    SWEEP: Kind("sweep-*", "specimen sweep", ("impl.scaling.sweep.folder", "impl.scaling.sweep.serve")),
    "3.3": Kind(
        "sweep-*/isoflop",
        "specimen sweep && specimen isoflop runs/sweep-small",
        ("impl.scaling.analysis.told",),
        (*OF_PYTHON, "scipy"),
    ),
    "4": Kind(
        "experiment-4",
        "specimen experiment 4",
        ("impl.bert.experiment", "impl.bert.findings", "impl.bert.told"),
        (*OF_PYTHON, "transformers", "tokenizers", "scipy"),
    ),
    "5-train": Kind(
        "mini-clip", "specimen train clip", ("impl.clip.mini.training",), (*OF_PYTHON, "open_clip_torch", "pillow")
    ),
    "5": Kind(
        "clip",
        "specimen hunt --target 017.png --search",
        ("impl.clip.hunt", "impl.clip.captions", "impl.clip.told"),
        (*OF_PYTHON, "open_clip_torch", "torchvision", "pillow"),
    ),
    "5-similarity": Kind(
        "clip",
        "specimen similarity",
        ("impl.clip.comparison",),
        (*OF_PYTHON, "open_clip_torch", "torchvision", "pillow"),
        "similarity-record.json",
    ),
    "check-nmt": _check("nmt"),
    "check-bert": _check("bert"),
    "check-clip": _check("clip"),
}
"""In the order in which they are made; what the write-up shows is all of them but the sweep, whose analysis it reads."""
