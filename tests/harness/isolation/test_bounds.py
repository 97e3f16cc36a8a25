"""What a subject may use up, read and leave behind, told from outside."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.clock import Limits
from harness.isolation import watch
from harness.isolation.places import of_subject
from harness.judge import Drawing, judge
from harness.outcome import Outcome
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import ROOT, resolve
from spec.contracts import ScaledDotAttention
from tests.harness.mutants import PLAIN
from tests.harness.test_mutants import laws_of

FORWARD = "batch, flat = queries.shape[0], queries.ndim == 2"


def outcome(zygote: Zygote, tmp_path: Path, line: str, limit_s: float = 20.0) -> Outcome:
    """What comes of one law for the plain item with a line before its own."""
    (tmp_path / "subject.py").write_text(PLAIN.replace(FORWARD, f"{line}\n        {FORWARD}"))
    subject = Subject(resolve(str(tmp_path / "subject.py")), zygote, device="cpu", limits=Limits(limit_s, 12 * limit_s))
    run = Run(subject, Drawing(2, None))
    run.read()
    test, arguments = laws_of("ScaledDotAttention")["context"]
    try:
        return judge(test, run.item(ScaledDotAttention), run.drawing, arguments)
    finally:
        subject.close()


def test_memory_of_all_its_processes_together_is_bounded(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MEMORY_BYTES", 400 << 20)
    found = outcome(zygote, tmp_path, "import time; self.held = torch.ones(1 << 27); time.sleep(10)")
    assert found.status == "error"
    assert "held more than" in found.message


@pytest.mark.parametrize(
    ("name", "most", "line"),
    [
        ("DISK_BYTES", 4 << 20, "import time; open('big', 'wb').write(bytes(8 << 20)); time.sleep(10)"),
        ("MOST_FILES", 50, "import time; [open(f'{i}', 'w') for i in range(100)]; time.sleep(10)"),
    ],
)
def test_what_it_writes_is_bounded(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, most: int, line: str
) -> None:
    monkeypatch.setattr(watch, name, most)
    found = outcome(zygote, tmp_path, line)
    assert found.status == "error"
    assert "wrote more than" in found.message or "made more than" in found.message


def test_time_on_the_processor_counts_for_all_threads_together(zygote: Zygote, tmp_path: Path) -> None:
    burn = "import threading, hashlib; data = bytes(1 << 24)"
    many = "[threading.Thread(target=lambda: [hashlib.sha256(data) for _ in range(10**6)]).start() for _ in range(8)]"
    found = outcome(zygote, tmp_path, f"{burn}; {many}; import time; time.sleep(60)", limit_s=2.0)
    assert found.status == "timeout"


def test_nothing_of_a_subject_is_left(zygote: Zygote, tmp_path: Path) -> None:
    before = set(zygote._folder.iterdir())
    outcome(zygote, tmp_path, "open('left', 'w').write('x')")
    assert set(zygote._folder.iterdir()) - before == set()


def test_a_subject_reads_what_it_names_beside_it_and_nothing_of_anybody_elses(tmp_path: Path) -> None:
    (tmp_path / "mine.ipynb").write_text('{"cells": "import helper; from package.part import x"}')
    for name in ("helper.py", "deeper.py", "theirs.py", "theirs.ipynb", "answers.toml", "package/part.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("import deeper" if name == "helper.py" else "")
    found = of_subject(tmp_path / "mine.ipynb", (), root=ROOT, module=None, allowed=())
    names = {Path(path).relative_to(tmp_path).as_posix() for path in found.paths}
    assert names == {"mine.ipynb", "helper.py", "deeper.py", "package/part.py"}
    assert found.folders == [str(tmp_path), str(tmp_path / "package")]


def test_a_subject_in_the_checkout_reads_nothing_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "k.py").write_text("import impl, spec, harness, tests, conftest, benchmarks")
    found = of_subject(tmp_path / "k.py", (str(ROOT),), root=ROOT, module=None, allowed=())
    assert found.paths == [str(tmp_path / "k.py")]
    own = of_subject(
        ROOT / "impl" / "reference.py", (str(ROOT),), root=ROOT, module="impl.reference", allowed=("impl",)
    )
    assert str(ROOT / "impl") in own.paths
    assert not any(
        Path(path).is_relative_to(ROOT / name) for path in own.paths for name in ("spec", "harness", "tests")
    )


def test_a_limit_is_told_at_once(zygote: Zygote, tmp_path: Path) -> None:
    started = time.monotonic()
    found = outcome(zygote, tmp_path, "import time; time.sleep(60)", limit_s=1.0)
    assert found.status == "timeout"
    assert time.monotonic() - started < 20
