"""Makes the pictures of the README anew, each from a real run: `python -m docs.making [--only NAME] [--paper PDF]`.

The write-up takes minutes to build, so its picture is of a PDF that is there: `specimen writeup --quick` makes it.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from docs.making import pages, terminal
from harness.whole_file import write_whole
from tests.docs.wrong import FAILING, sees_the_next
from tests.harness.grading.class_of import make

IMAGES = Path(__file__).parents[1] / "images"
REPORT = Path(__file__).parents[2] / "benchmarks" / "reports" / "cpu-epyc-2-cores-2026-11-24.json"
STUDENTS = 8
SEED = "1843"
HEADING = "3.3.1 Validation loss against FLOPs"


def failing_check(folder: Path) -> None:
    """The still of one law that breaks."""
    (folder / "nmt.ipynb").write_text(sees_the_next())
    lines = terminal.printed(FAILING, shlex.split(FAILING), folder)
    write_whole(IMAGES / "failing-check.svg", terminal.still(FAILING, terminal.block(lines, "3.1.2 CausalScaled")))


def check_page(folder: Path) -> None:
    """The page of a notebook that breaks laws."""
    (folder / "nmt.ipynb").write_text(sees_the_next())
    _specimen("check", "nmt.ipynb", "--question", "3.1.2", "--seed", SEED, "--html", "nmt.html", folder=folder)
    pages.shot(folder / "nmt.html", IMAGES / "check-page.png")


def class_page(folder: Path) -> None:
    """The page of a class of the suite's mutants and variants."""
    make(STUDENTS, folder / "autumn")
    _specimen("grade", "autumn", "--examples", "2", "--seed", SEED, "--out", "grades", folder=folder)
    pages.shot(folder / "grades" / "class.html", IMAGES / "class-page.png")


def comparison_page(folder: Path) -> None:
    """The page of a report of record."""
    shutil.copy(REPORT, folder)
    cases = ("--case", "cpu/1x8x2048x64 float32 full forward")
    _specimen("compare", REPORT.name, *cases, "--html", "compare.html", folder=folder)
    pages.shot(folder / "compare.html", IMAGES / "comparison-page.png", width=1250, shown=1012)  # whole columns


PICTURES: dict[str, Callable[[Path], None]] = {
    "failing-check": failing_check,
    "check-page": check_page,
    "class-page": class_page,
    "comparison-page": comparison_page,
}


def _specimen(*words: str, folder: Path) -> None:
    terminal.printed(shlex.join(words), ["specimen", *words], folder)


def main() -> int:
    """The exit code: 0 if every picture that was asked for is made."""
    parser = argparse.ArgumentParser(prog="python -m docs.making", description="The README's pictures, from real runs.")
    parser.add_argument("--only", choices=[*PICTURES, "write-up"], action="append", help="make these alone")
    parser.add_argument("--paper", type=Path, default=Path("a3-writeup.pdf"), help="the write-up to show")
    asked = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    for name in asked.only or [*PICTURES, "write-up"]:
        if name == "write-up":
            if not asked.paper.is_file():
                print(f"no write-up at {asked.paper}: `specimen writeup --quick` makes it", file=sys.stderr)  # noqa: T201
                return 1
            pages.leaf(asked.paper, HEADING, IMAGES / "write-up.png")
        else:
            with tempfile.TemporaryDirectory() as folder:
                PICTURES[name](Path(folder))
        print(f"{name} is made")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
