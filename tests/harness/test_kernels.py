"""`specimen check` on kernels: what is judged as one, what is adapted, what is declined, and what that comes to."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from tests.harness.mutants import KERNEL, PLAIN
from tests.harness.mutants.kernel_variants import SDPA

NO_MASK = KERNEL.replace(
    "    q_len,", "    if mask is not None:\n        raise NotImplementedError('no mask yet')\n    q_len,", 1
)
TUPLE = KERNEL.replace("return out", "return out, weights")


def checked(
    folder: Path, text: str, *options: str, name: str = "mykernel.py", function: str = ""
) -> tuple[int, Any, str]:
    """The exit code, the report and what was printed, on a few cases of a few laws."""
    (folder / name).write_text(text)
    subject = str(folder / name) + function
    arguments = ["check", subject, "--examples", "1", "--json", str(folder / "report.json"), *options]
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})
    report = folder / "report.json"
    return done.exit_code, json.loads(report.read_text()) if report.exists() else None, " ".join(done.output.split())


def laws(report: Any) -> dict[str, str]:
    return {law["name"]: law["status"] for question in report["questions"] for law in question["laws"]}


def test_a_file_with_a_kernel_is_judged_as_one(tmp_path: Path) -> None:
    code, report, _ = checked(tmp_path, KERNEL)
    assert code == 0
    assert [(q["id"], q["item"], q["points"], q["status"]) for q in report["questions"]] == [
        ("kernel", "attention", None, "pass")
    ]
    assert set(laws(report).values()) == {"pass"}


def test_what_a_kernel_declines_is_not_run_and_not_passed(tmp_path: Path) -> None:
    code, report, printed = checked(tmp_path, NO_MASK)
    assert code == 0
    assert report["questions"][0]["status"] == "partial"
    assert {laws(report)[name] for name in ("mask", "padded-keys", "causal-and-mask")} == {"not-run"}
    assert laws(report)["causal-float64"] == "pass"
    assert "no mask yet (mykernel.py, line 10)" in printed
    assert "laws are not run for this" in printed


def test_every_law_may_be_required(tmp_path: Path) -> None:
    assert checked(tmp_path, NO_MASK, "--require", "kernel", "--law", "mask")[0] == 1
    assert checked(tmp_path, KERNEL, "--require", "kernel", "--law", "mask")[0] == 0


def test_a_kernel_that_declines_everything_does_not_hold(tmp_path: Path) -> None:
    text = "def attention(q, k, v, mask=None, is_causal=False, scale=None):\n    raise NotImplementedError('later')\n"
    code, report, _ = checked(tmp_path, text)
    assert code == 1
    assert report["questions"][0]["status"] == "not-run"


def test_a_wrong_kernel_that_also_declines_fails(tmp_path: Path) -> None:
    code, report, _ = checked(tmp_path, NO_MASK.replace("out = weights @ v", "out = weights @ v * 1.01"))
    assert code == 1
    assert laws(report)["value-float64"] == "broken"
    assert laws(report)["mask"] == "not-run"


def test_a_kernel_is_named_after_a_colon(tmp_path: Path) -> None:
    text = KERNEL.replace("def attention", "def fast") + "\nattention = None\n"
    code, report, _ = checked(tmp_path, text, "--law", "value-float32", function=":fast")
    assert code == 0
    assert report["subject"].endswith("mykernel.py:fast")
    again = report["questions"][0]["laws"][0]["replay"]
    assert "mykernel.py:fast" in again


def test_a_function_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    code, report, printed = checked(tmp_path, KERNEL, function=":faster")
    assert (code, report) == (2, None)
    assert "defines no faster" in printed


def test_the_signature_of_torch_is_adapted_and_the_report_says_so(tmp_path: Path) -> None:
    code, report, printed = checked(tmp_path, SDPA, "--law", "causal-and-mask")
    assert code == 0
    assert laws(report) == {"causal-and-mask": "pass"}
    assert "it has torch's signature: attn_mask=" in printed


def test_torch_s_own_function_can_be_judged(tmp_path: Path) -> None:
    arguments = ["check", "torch.nn.functional:scaled_dot_product_attention", "--law", "no-permitted-key"]
    done = CliRunner().invoke(app, [*arguments, "--examples", "3"])
    assert done.exit_code == 0, done.output
    assert "1/1" in done.output


def test_a_keyword_that_a_kernel_does_not_take_is_declined(tmp_path: Path) -> None:
    text = KERNEL.replace(", scale=None", "").replace("if scale is None else scale", "")
    code, report, printed = checked(tmp_path, text, "--law", "scale")
    assert (code, laws(report)) == (1, {"scale": "not-run"})
    assert "attention takes no scale" in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TUPLE, "it returned 2 values, expected one tensor, out"),
        (KERNEL.replace("return out", "return None"), "it returned None, expected one tensor, out"),
        (KERNEL.replace("return out", "return out.to('meta')"), "out is a meta tensor, which has no values"),
        (KERNEL.replace("return out", "return out.to_sparse()"), "out is a sparse_coo tensor, expected a tensor of"),
        (KERNEL.replace("return out", "return out.mT"), "out has shape [1, 1, 16, 1], expected [1, 1, 1, 16]"),
    ],
)
def test_what_is_no_tensor_of_the_right_shape_is_told(tmp_path: Path, text: str, said: str) -> None:
    code, report, printed = checked(tmp_path, text, "--law", "one-query" if "mT" not in text else "one-position")
    assert code == 1
    assert said in printed, printed
    assert set(laws(report).values()) == {"broken"}


def test_what_differs_late_is_told_apart(tmp_path: Path) -> None:
    text = KERNEL.replace("return out", "return out * (1 + 1e-9)")
    _, _, printed = checked(tmp_path, text, "--law", "value-float64")
    told = re.search(r"is (\S+), expected (\S+)\.", printed)
    assert told is not None
    assert told[1] != told[2]


def test_laws_draw_no_dtype_that_a_kernel_does_not_answer_in(tmp_path: Path) -> None:
    refuses = KERNEL.replace(
        "    q_len,", "    if q.dtype == torch.float16: raise NotImplementedError('no half')\n    q_len,", 1
    )
    _, report, _ = checked(tmp_path, refuses, "--law", "mask")
    assert laws(report) == {"mask": "pass"}
    _, report, _ = checked(tmp_path, refuses, "--law", "value-float16")
    assert laws(report) == {"value-float16": "not-run"}


def test_a_class_is_no_kernel(tmp_path: Path) -> None:
    code, _, printed = checked(tmp_path, "class attention:\n    pass\n", "--law", "mask")
    assert code == 1
    assert "attention is a class; a function was expected" in printed


def test_a_kernel_may_say_that_it_is_not_deterministic(tmp_path: Path) -> None:
    text = KERNEL + "\nattention.deterministic = False\n"
    _, report, printed = checked(tmp_path, text, "--law", "deterministic")
    assert laws(report) == {"deterministic": "not-run"}
    assert "it says deterministic = False" in printed


def test_a_helper_called_attention_is_not_judged_where_the_handout_is_answered(tmp_path: Path) -> None:
    code, report, printed = checked(tmp_path, PLAIN + "\n\ndef attention(x):\n    return x\n", "--law", "context")
    assert code == 0
    assert "kernel" not in printed.split("not-run")[0]
    assert [q["id"] for q in report["questions"] if q["laws"]] == ["3.1.1"]


def test_it_is_judged_there_when_it_is_asked_for(tmp_path: Path) -> None:
    both = PLAIN + KERNEL
    code, report, _ = checked(tmp_path, both, "--question", "kernel", "--law", "mask")
    assert (code, laws(report)) == (0, {"mask": "pass"})


def test_not_implemented_is_an_error_in_an_item_of_the_handout(tmp_path: Path) -> None:
    text = PLAIN.replace("        return context, weights", "        raise NotImplementedError('todo')")
    code, report, _ = checked(tmp_path, text, "--law", "context")
    assert (code, laws(report)) == (1, {"context": "error"})
