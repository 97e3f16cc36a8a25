"""What lies beside a subject: nothing is read through a link that leaves the folder, and nothing there holds the judge up."""

from __future__ import annotations

import os
import time
from pathlib import Path

from harness.clock import Limits
from harness.isolation.places import MOST_READ, MOST_READ_IN_ALL, of_subject
from harness.judge import Drawing, judge
from harness.outcome import Outcome
from harness.process import Zygote
from harness.run import Run
from harness.subject import Subject
from harness.target import ROOT, resolve
from spec.contracts import ScaledDotAttention
from tests.harness.cheats import wrong
from tests.harness.mutants import PLAIN
from tests.harness.test_mutants import laws_of

READS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def learnt(path):
    fd, held = libc.open(path.encode(), 0), ctypes.create_string_buffer(200)
    if fd < 0: return os.strerror(ctypes.get_errno())
    libc.read(fd, held, 199)
    return held.value.decode()
"""


def outcome(zygote: Zygote, path: Path, text: str) -> Outcome:
    """What comes of one law for a subject."""
    path.write_text(text)
    subject = Subject(resolve(str(path)), zygote, device="cpu", limits=Limits(20.0, 240.0))
    run = Run(subject, Drawing(2, None))
    run.read()
    test, arguments = laws_of("ScaledDotAttention")["context"]
    try:
        return judge(test, run.item(ScaledDotAttention), run.drawing, arguments)
    finally:
        subject.close()


def beside(path: Path, text: str) -> set[str]:
    """What a subject reads besides itself, as paths from its folder."""
    path.write_text(text)
    found = of_subject(path, (str(path.parent),), root=ROOT, module=None, allowed=())
    return {os.path.relpath(one, path.parent) for one in found.paths} - {path.name}


def test_nothing_is_read_through_a_link_that_leaves_the_folder(shut_in: Zygote, tmp_path: Path) -> None:
    (secret := tmp_path / "secret.py").write_text("SECRET = 'c8f1'\n")
    (mine := tmp_path / "class" / "mine" / "helper_pkg").mkdir(parents=True)
    targets = {"s.py": secret, "a.py": ROOT / "spec" / "error.py", "all.py": ROOT / "harness", "deep.py": "s.py"}
    for name, target in targets.items():
        (mine / name).symlink_to(target)
    (mine.parent / "one.py").symlink_to(secret)
    (mine.parent / "two").symlink_to(tmp_path)
    goals = [str(secret), str(targets["a.py"]), str(ROOT / "harness" / "judge.py")]
    tell = f"raise RuntimeError('; '.join(map(learnt, {goals})))"
    first = f"def names():\n    import helper_pkg, one, two\n{READS}"
    found = outcome(shut_in, mine.parent / "a.py", wrong(first=first, forward=tell))
    assert found.message.count("Permission denied") == 3, found.message


def test_a_helper_that_is_a_link_in_its_own_folder_is_read(shut_in: Zygote, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "real.py").write_text("ONE = 1\n")
    (tmp_path / "helper.py").symlink_to("code/real.py")
    (tmp_path / "package").symlink_to("code")
    found = outcome(shut_in, tmp_path / "a.py", f"import helper, package.real\nassert helper.ONE == 1\n{PLAIN}")
    assert found.status == "pass", found.message


def test_a_link_to_what_is_no_python_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs.ipynb").write_text("theirs")
    (tmp_path / "helper.py").symlink_to("theirs.ipynb")
    (tmp_path / "me").symlink_to(".")
    (tmp_path / "theirs.py").write_text("")
    assert beside(tmp_path / "a.py", "import helper, me") == set()


def test_what_is_no_file_is_not_read_and_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "package").mkdir()
    for path in (tmp_path / "fifo.py", tmp_path / "package" / "fifo.py"):
        os.mkfifo(path)
    (tmp_path / "inner.py").mkdir()
    (tmp_path / "helper.py").write_text("")
    assert beside(tmp_path / "a.py", "import loop, fifo, package, inner, helper") == {"helper.py"}


def test_a_file_of_words_is_followed_at_once(tmp_path: Path) -> None:
    words = "\n".join(f"x{number:06}" for number in range(MOST_READ // 8))
    (tmp_path / "helper.py").write_text("")
    started = time.process_time()
    assert beside(tmp_path / "a.py", f"import helper\n{words}") == {"helper.py"}
    assert time.process_time() - started < 0.2


def test_of_many_files_of_words_little_is_read(tmp_path: Path) -> None:
    words = "\n".join(f"x{number:06}" for number in range(MOST_READ // 8))
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "first.py").write_text(words)
    for number in range(3 * MOST_READ_IN_ALL // MOST_READ):
        os.link(tmp_path / "package" / "first.py", tmp_path / "package" / f"x{number}.py")
    started = time.process_time()
    found = beside(tmp_path / "a.py", "import package")
    assert len(found) == 1 + 3 * MOST_READ_IN_ALL // MOST_READ, "they are all its own"
    assert time.process_time() - started < 0.8
