"""`specimen check` from end to end: the report, the replay, what the judging process is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.check import check as checked
from harness.judge import SHRINK_CALLS
from harness.request import Request
from harness.target import ROOT
from tests.harness.mutants import CAUSAL, PLAIN
from tests.harness.notebooks import ON_A_GPU, course_like, notebook
from tests.harness.test_bad_input import FAILED, OK, USAGE, check

NEXT_IS_SEEN = ON_A_GPU[1].replace("diagonal=1", "diagonal=2")


def report_on(tmp_path: Path, text: str, name: str, *options: str) -> tuple[int, dict[str, Any], str]:
    (tmp_path / name).write_text(text)
    result = check(tmp_path / name, "--json", str(tmp_path / "report.json"), *options)
    return result.exit_code, json.loads((tmp_path / "report.json").read_text()), result.output


def question(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(q for q in report["questions"] if q["id"] == name)


def test_a_course_like_notebook_passes_and_its_wish_for_a_gpu_is_told(tmp_path: Path) -> None:
    code, report, shown = report_on(tmp_path, course_like(), "nmt.ipynb", "--examples", "5")
    assert code == OK
    assert (report["ok"], report["schema"]) == (True, 1)
    assert report["isolation"].startswith("isolation ")
    assert {q["status"] for q in report["questions"]} == {"pass", "missing", "not-run", "human"}
    assert "judged on the CPU" in shown
    assert report["notes"] == ["The code asks for a GPU; it was judged on the CPU."]


def test_a_blank_notebook_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    blank = [c.replace("context = torch.bmm(weights, v)", "pass") for c in ON_A_GPU]
    code, report, _ = report_on(tmp_path, course_like(*blank), "nmt.ipynb", "--examples", "2")
    assert code == FAILED
    assert {question(report, q)["status"] for q in ("3.1.1", "3.1.2")} == {"error"}
    assert "name 'context' is not defined (cell 6, line 19)" in question(report, "3.1.1")["laws"][0]["message"]


def test_a_failure_is_replayed_by_the_command_that_it_gives(tmp_path: Path) -> None:
    _, first, shown = report_on(tmp_path, course_like(causal=NEXT_IS_SEEN), "nmt.ipynb", "--question", "3.1.2")
    broken = [law for law in question(first, "3.1.2")["laws"] if law["status"] != "pass"]
    assert len(broken) > 5
    for law in broken[::7]:
        assert law["replay"] in " ".join(shown.split())
        words = shlex.split(law["replay"])
        assert words[:2] == ["specimen", "check"]
        check(words[2], *words[3:], "--json", str(tmp_path / "again.json"))
        (again,) = question(json.loads((tmp_path / "again.json").read_text()), "3.1.2")["laws"]
        assert again | {"time_s": 0} == law | {"time_s": 0}


def test_the_smallest_counterexample_is_small(tmp_path: Path) -> None:
    options = ("--law", "later-inputs", "--seed", "1843")
    _, report, shown = report_on(tmp_path, course_like(causal=NEXT_IS_SEEN), "nmt.ipynb", *options)
    (law,) = question(report, "3.1.2")["laws"]
    assert law["sentence"] == "An output never depends on later inputs."
    assert law["counterexample"]["sizes"] == "batch 1, length 2, hidden 1"
    assert {"queries", "keys", "values", "Q.weight"} <= law["counterexample"]["arrays"].keys()
    assert "it must not move." in shown
    assert law["calls"] <= 2 * (25 + SHRINK_CALLS + 5)  # two calls a case: those drawn, those of shrinking, the last


def test_a_subject_that_breaks_every_law_has_its_verdict_in_time(tmp_path: Path) -> None:
    wrong = PLAIN.replace("return context, weights", "return torch.rand_like(context), torch.rand_like(weights)")
    both = wrong + CAUSAL.replace("return context, weights", "return context * 3 + 1, weights * 2")
    _, right, _ = report_on(tmp_path, PLAIN + CAUSAL, "right.py")
    code, report, _ = report_on(tmp_path, both, "wrong.py")
    assert code == FAILED
    assert report["time_s"] <= 1.5 * right["time_s"]  # about 10 s each on two quiet cores: a ratio holds on others too


def test_an_item_defined_twice_is_judged_as_the_last_and_said_so(tmp_path: Path) -> None:
    text = json.loads(course_like())
    text["cells"].append(text["cells"][5] | {"source": ON_A_GPU[0].replace("return context", "return 2 * context")})
    _, report, _ = report_on(tmp_path, json.dumps(text), "nmt.ipynb", "--law", "context")
    assert question(report, "3.1.1")["status"] == "fail"
    assert question(report, "3.1.1")["note"] == "defined 2 times, in cells 6, 10; the last was judged"


def test_what_works_in_float32_alone_fails_what_names_float64_alone(tmp_path: Path) -> None:
    only = PLAIN.replace(
        "self.softmax(scores)", "(self.softmax(scores.float()) if scores.dtype == torch.float32 else 1 / 0)"
    )
    turned = only.replace("return context, weights", "return context, weights.mT")
    _, report, _ = report_on(tmp_path, turned, "a.py", "--examples", "5")
    found = question(report, "3.1.1")
    assert {law["name"] for law in found["laws"] if law["status"] != "pass"} == {"dtype", "beyond-exp-float64"}
    assert found["note"].startswith("in float64: ZeroDivisionError")


def test_every_field_of_the_report_is_documented(tmp_path: Path) -> None:
    wrong = PLAIN.replace("return context,", "return context + 1,")
    _, report, _ = report_on(tmp_path, wrong, "wrong.py", "--law", "context", "--examples", "2")
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "formats.md").read_text()))
    law = question(report, "3.1.1")["laws"][0]
    fields = (
        report.keys()
        | report["questions"][0].keys()
        | law.keys()
        | law["counterexample"].keys()
        | report["versions"].keys()
    )
    assert fields - documented == set()
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_numbers_that_json_has_no_word_for_are_strings(tmp_path: Path) -> None:
    wrong = PLAIN.replace("return context,", "return context * float('nan'),")
    _, report, _ = report_on(tmp_path, wrong, "wrong.py", "--law", "context", "--examples", "2")
    assert question(report, "3.1.1")["laws"][0]["counterexample"]["actual"]["data"] == [[["NaN"]]]


def test_in_process_gives_the_same_verdict_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(PLAIN.replace("return context,", "return context + 1,"))
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "harness", "check", str(tmp_path / "wrong.py"), "--in-process", "--examples", "3"]
    done = subprocess.run([*command, "--json", str(report)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == FAILED, done.stderr
    found = json.loads(report.read_text())
    assert found["isolation"] == "no isolation (--in-process)"
    assert {law["name"]: law["status"] for law in question(found, "3.1.1")["laws"]}["context"] == "broken"


PROBE = """
import sys
from pathlib import Path
from harness.check import check
from harness.request import Request
report = check(Request("impl.reference", examples=8))
assert report.ok
peak = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print("torch" in sys.modules, int(peak[0].split()[1]) // 1024)
"""
ORPHAN = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(1000)
os.wait()
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


@needs_proc
def test_the_judging_process_has_no_torch_and_stays_small() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    has_torch, megabytes = done.stdout.split()
    assert has_torch == "False"
    assert int(megabytes) <= 400


@needs_proc
@pytest.mark.parametrize("extra", ["", ORPHAN], ids=["plain", "orphan"])
def test_nothing_that_a_check_started_outlives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "a.py").write_text(PLAIN + extra + f"open({str(seen)!r}, 'w').close()\n")
    monkeypatch.setenv("LANG", f"C.{tmp_path.name}")  # a mark that workers inherit
    check(
        tmp_path / "a.py", "--law", "context", "--examples", "2", "--isolation", "none"
    )  # where it may fork and write
    assert seen.exists()
    assert marked_with(tmp_path.name) == []


@pytest.mark.usefixtures("own_zygote")
def test_a_check_starts_a_process_of_its_own_and_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", f"C.{tmp_path.name}")
    (tmp_path / "a.py").write_text(PLAIN)
    request, during = Request(str(tmp_path / "a.py"), question="3.1.1", law="context", examples=2), []
    checked(request, on_question=lambda _: during.append(marked_with(tmp_path.name)))
    assert [bool(processes) for processes in during] == [True]
    assert marked_with(tmp_path.name) == []


def test_a_report_that_cannot_be_written_costs_neither_the_verdict_nor_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.report.as_json.write", full)
    (tmp_path / "a.py").write_text(PLAIN)
    reports = ["--json", str(tmp_path / "a.json"), "--html", str(tmp_path / "a.html")]
    result = check(tmp_path / "a.py", "--question", "3.1.1", "--law", "context", "--examples", "2", *reports)
    assert result.exit_code == USAGE
    assert "1/1" in result.output
    assert "a.json: No space left on device." in result.stderr
    assert (tmp_path / "a.html").stat().st_size


def marked_with(mark: str) -> list[str]:
    """The numbers of all processes that inherited a mark, whoever their parent is now."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"LANG=C.{mark}".encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
    return found


def test_a_failure_that_does_not_come_again_is_flaky(tmp_path: Path) -> None:
    once = PLAIN.replace("return context,", "global n; n += 1\n        return context + (n == 9),")
    options = ("--law", "context", "--question", "3.1.1")
    code, report, _ = report_on(tmp_path, once.replace("class Scaled", "n = 0\nclass Scaled"), "a.py", *options)
    assert code == FAILED
    (law,) = question(report, "3.1.1")["laws"]
    assert law["status"] == "flaky"
    assert law["message"].startswith("broken once, and not again on the same inputs.")


def test_what_the_environment_tells_pytest_drops_no_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k dtype")
    _, report, _ = report_on(tmp_path, PLAIN, "a.py", "--examples", "1")
    assert len(question(report, "3.1.1")["laws"]) > 40


def test_the_hash_is_of_what_was_judged(tmp_path: Path) -> None:
    text = PLAIN + "import os\nos.remove(__file__)\n"
    _, report, _ = report_on(tmp_path, text, "a.py", "--law", "rows-sum-to-one", "--examples", "2")
    assert report["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_a_narrowed_run_says_that_it_is_one(tmp_path: Path) -> None:
    options = ("--law", "later-inputs", "--examples", "2")
    _, report, _ = report_on(tmp_path, course_like(), "nmt.ipynb", *options)
    assert report["asked"] == {"law": "later-inputs", "question": None, "examples": 2}
    assert question(report, "3.1.2")["points"] is None
    assert question(report, "3.1.1")["note"] == "it owes no law later-inputs"


def test_a_neighbour_that_asks_for_a_gpu_is_judged_on_the_cpu_too(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PLAIN.replace("self.K(keys)", "self.K(keys.cuda())"))
    for name, text in (
        ("a.py", "from parts import ScaledDotAttention\n"),
        ("a.ipynb", notebook("from parts import *", "ScaledDotAttention = ScaledDotAttention")),
    ):
        code, report, _ = report_on(tmp_path, text, name, "--law", "context", "--examples", "2")
        assert code == OK
        assert report["notes"] == ["The code asks for a GPU; it was judged on the CPU."]


def test_a_gpu_that_only_a_definition_asks_for_is_told(tmp_path: Path) -> None:
    used = PLAIN.replace("self.K(keys)", "self.K(keys) * ONE").replace(
        "class Scaled", "ONE = torch.ones(1).cuda()\n\n\nclass Scaled"
    )
    code, report, _ = report_on(tmp_path, used, "a.py", "--law", "context-float32", "--examples", "2")
    assert code == OK
    assert report["notes"] == ["The code asks for a GPU; it was judged on the CPU."]


def test_a_gpu_that_is_not_there_is_not_run_and_not_passed(tmp_path: Path) -> None:
    code, report, _ = report_on(tmp_path, PLAIN, "a.py", "--device", "cuda", "--law", "context")
    if report["ok"]:
        pytest.skip("there is a GPU here")
    assert code == FAILED
    assert question(report, "3.1.1")["status"] == "not-run"
    assert "no CUDA device" in question(report, "3.1.1")["laws"][0]["message"]


def test_a_check_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.py").write_text("try:\n    " + "\n    ".join(PLAIN.strip().splitlines()) + "\nfinally:\n    x = 1\n")
    monkeypatch.chdir(tmp_path / "empty")
    assert check(tmp_path / "a.py", "--law", "context", "--examples", "2").exit_code == OK
    assert list((tmp_path / "empty").iterdir()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"a.py", "empty"}
