"""A subject that hangs, exits, floods, allocates, cheats or sends nonsense costs only its own laws."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.fork import Process
from harness.outcome import Died
from harness.process import Zygote
from harness.target import ROOT
from tests.harness.mutants import CAUSAL, PLAIN
from tests.harness.test_bad_input import FAILED, check

GOOD = CAUSAL.split("from torch import nn\n")[1]
FORWARD = "batch, flat = queries.shape[0], queries.ndim == 2"


def judged(tmp_path: Path, plain: str, *options: str) -> dict[str, Any]:
    """Questions by id from the report on a file with this plain item and a right causal one."""
    (tmp_path / "subject.py").write_text(plain + GOOD)
    report = tmp_path / "report.json"
    defaults = ["--timeout", "3", "--examples", "3", "--json", str(report)]
    result = check(tmp_path / "subject.py", *defaults, *options)
    assert "Traceback" not in result.output + result.stderr
    assert result.exit_code == FAILED, result.output
    return {q["id"]: q for q in json.loads(report.read_text())["questions"]}


def before_forward(line: str) -> str:
    return PLAIN.replace(FORWARD, f"{line}; {FORWARD}")


def laws(question: dict[str, Any]) -> dict[str, str]:
    return {law["name"]: law["status"] for law in question["laws"]}


def test_a_hang_in_one_law_costs_that_law(tmp_path: Path) -> None:
    found = judged(tmp_path, before_forward("\n        while keys.shape[1] > 100: pass\n        flat = 0"))
    assert {name for name, status in laws(found["3.1.1"]).items() if status == "timeout"} == {"long", "gradients-long"}
    assert found["3.1.1"]["status"] == "partial"
    assert found["3.1.2"]["status"] == "pass"


def test_a_subject_that_always_hangs_is_stopped_by_its_own_limit(tmp_path: Path) -> None:
    started = time.monotonic()
    found = judged(tmp_path, before_forward("import time; time.sleep(1000)"), "--timeout", "0.5", "--question", "3.1.1")
    assert found["3.1.1"]["status"] == "timeout"
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import os; os._exit(0)", "exited with status 0"),
        ("import sys; sys.exit('passed')", "exited with status 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV"),
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV"),
    ],
)
def test_a_process_that_ends_is_an_error_that_says_how(tmp_path: Path, line: str, message: str) -> None:
    found = judged(tmp_path, before_forward(line))
    assert found["3.1.1"]["status"] == "error"
    assert message in found["3.1.1"]["laws"][0]["message"]
    assert found["3.1.2"]["status"] == "pass"


def test_a_flood_of_output_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / "subject.py").write_text(before_forward("import os; os.write(1, b'x' * (1 << 20))") + GOOD)
    result = check(tmp_path / "subject.py", "--examples", "3")
    assert result.exit_code == 0, result.output


def test_allocating_without_end_is_an_error(tmp_path: Path) -> None:
    found = judged(tmp_path, before_forward("x = [torch.empty(1 << 28) for _ in range(1000)]"), "--law", "context")
    assert laws(found["3.1.1"]) == {"context": "error"}
    assert laws(found["3.1.2"]) == {"context": "pass"}


def test_standard_input_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(before_forward("input()"))
    command = [sys.executable, "-m", "harness", "check", str(tmp_path / "a.py"), "--law", "context"]
    done = subprocess.run(command, cwd=ROOT, input="a line\n" * 100, capture_output=True, text=True, check=False)
    assert done.returncode == FAILED
    assert "EOFError" in done.stdout


@pytest.mark.parametrize(
    "cheat",
    [
        "from impl.reference import ScaledDotAttention\n",
        "import impl.nmt.attention\nScaledDotAttention = impl.nmt.attention.ScaledDotAttention\n",
        "from spec.contracts import scaled_dot_attention\n",
        "import sys, harness.item\n",
        "import sys\nsys.path.insert(0, ROOT)\nimport impl.reference\n",
        "import sys\nsys.meta_path.clear()\nsys.path.insert(0, ROOT)\nopen(ROOT + '/impl/nmt/attention.py')\n",
        "exec(open(ROOT + '/impl/nmt/attention.py').read())\n",
        "import os\nexec(os.read(os.open('impl/nmt/attention.py', 0, dir_fd=os.open(ROOT, 0)), 10000))\n",
        "import os\nos.chdir(ROOT + '/impl')\nexec(open('nmt/attention.py').read())\n",
        "import os\nos.link(ROOT + '/impl/nmt/attention.py', 'mine.py')\nfrom mine import *\n",
        "import os\nos.symlink(ROOT + '/impl', 'mine')\nfrom mine.nmt.attention import *\n",
    ],
)
def test_the_reference_and_the_oracle_cannot_be_reached(tmp_path: Path, cheat: str) -> None:
    root = str(Path(__file__).parents[2])
    name = "ScaledDotAttention = ScaledDotAttention\n"
    found = judged(tmp_path, f"ROOT = {root!r}\n{cheat}{name}", "--question", "3.1.1")
    assert found["3.1.1"]["status"] == "error"
    said = found["3.1.1"]["laws"][0]["message"]
    assert re.search("is not there for a subject|Permission denied|Operation not permitted|No module named", said)


FORGE = """
import json, os, struct
for fd in range(3, 64):
    try:
        for header in FRAMES:
            data = json.dumps({**header, "buffers": []}).encode()
            os.write(fd, struct.pack("<I", len(data)) + data)
    except OSError:
        continue
"""


@pytest.mark.parametrize(
    "frames",
    [
        [{"x": 1}],
        [{"loaded": 1}],
        [{"loaded": 1, "threads": "x"}],
        [{"loaded": True, "threads": 1}, {"pid": -1}],
    ],
)
def test_a_forged_reply_at_import_costs_its_own_laws(tmp_path: Path, frames: list[dict[str, Any]]) -> None:
    text = PLAIN + FORGE.replace("FRAMES", repr(frames))
    found = judged(tmp_path, text, "--law", "context", "--question", "3.1.1")
    assert laws(found["3.1.1"]) == {"context": "error"}
    assert "sent what is no reply" in found["3.1.1"]["laws"][0]["message"]


@pytest.mark.parametrize(
    "pid", [1, pytest.param(os.getpid(), id="its parent"), pytest.param(os.getppid(), id="a stranger")]
)
def test_only_its_child_is_ever_killed_by_its_number(zygote: Zygote, pid: int) -> None:
    process, _ = zygote.fork(allowed=(), deadline=time.monotonic() + 10)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Died, match="not its fork"):
        process._demand_child(Process(ours, pid, lambda: ""), None)
    zygote.clear(process)


def nonsense(reply: str) -> str:
    """A subject that writes to every socket that it finds open."""
    return before_forward(
        "import os, struct, json\n"
        f"        data = {reply}\n"
        "        for fd in range(3, 64):\n"
        "            try: os.write(fd, data)\n"
        "            except OSError: continue\n"
        "        flat = 0"
    )


@pytest.mark.parametrize(
    "reply",
    [
        "b'\\xff' * 64",
        "struct.pack('<I', 9) + b'not JSON!'",
        "struct.pack('<I', 2) + b'{}'",
        "(lambda h: struct.pack('<I', len(h)) + h)(json.dumps({'buffers': [1 << 40]}).encode())",
        "(lambda h: struct.pack('<I', len(h)) + h)(json.dumps({'buffers': [], 'calls': [], 'arrays': []}).encode())",
        "(lambda h: struct.pack('<I', len(h)) + h)(json.dumps({'buffers': [], 'calls': [{}], 'arrays': [3]}).encode())",
    ],
)
def test_nonsense_in_place_of_a_reply_is_an_error(tmp_path: Path, reply: str) -> None:
    found = judged(tmp_path, nonsense(reply), "--law", "context")
    assert laws(found["3.1.1"]) == {"context": "error"}
    assert "sent what is no reply" in found["3.1.1"]["laws"][0]["message"]


def test_patching_what_a_grader_might_compare_with_changes_nothing(tmp_path: Path) -> None:
    patched = PLAIN + "torch.allclose = torch.equal = lambda *a, **k: True\nprint('passed')\n"
    wrong = patched.replace("return context, weights", "return context + 1, weights")
    assert laws(judged(tmp_path, wrong, "--law", "context")["3.1.1"]) == {"context": "broken"}


def test_threads_at_import_do_not_hang_the_laws(tmp_path: Path) -> None:
    threaded = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    wrong = PLAIN.replace("return context,", "return context + 1,")
    found = judged(tmp_path, threaded + wrong, "--law", "context")
    assert laws(found["3.1.1"]) == {"context": "broken"}
    assert laws(found["3.1.2"]) == {"context": "pass"}
