"""The notebook that the pages show failing."""

from __future__ import annotations

from tests.harness.notebooks import ON_A_GPU, course_like

FAILING = "specimen check nmt.ipynb --law later-inputs --seed 1843"


def sees_the_next() -> str:
    """A notebook in whose causal attention every position sees the next one."""
    return course_like(causal=ON_A_GPU[1].replace("diagonal=1", "diagonal=2"))
