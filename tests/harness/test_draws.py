"""A seed means the same cases, whatever else has been imported."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWS = """
import sys
import hypothesis
import hypothesis.strategies as st
from harness.judge import Drawing
for name in sys.argv[1:]:
    __import__(name)
seen = []
law = hypothesis.given(st.integers(0, 2**32), st.floats(0, 9))(lambda a, b: seen.append((a, b)))
law._hypothesis_internal_use_settings = Drawing(100, 5).profile()
hypothesis.seed(5)(law)()
print(seen)
"""


def draws(*imported: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", DRAWS, *imported], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def test_a_seed_draws_the_same_whatever_else_is_imported() -> None:
    assert draws() == draws("harness.cli", "spec.claims", "harness.check")
