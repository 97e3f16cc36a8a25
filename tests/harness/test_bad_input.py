"""What cannot be judged, or does not have the interface: one clear sentence, the right exit code, no traceback of ours."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli import app
from tests.harness.mutants import PLAIN
from tests.harness.notebooks import CLASSES, IMPORTS, notebook, prose

OK, FAILED, USAGE = 0, 1, 2


def check(subject: str | Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["check", str(subject), *options], env={"COLUMNS": "200"})


def has_sentence(result: Result, sentence: str, code: int) -> bool:
    shown = result.output + result.stderr
    return result.exit_code == code and sentence in " ".join(shown.split()) and "Traceback" not in shown


def a_loop(path: Path) -> Path:
    (path / "a.ipynb").symlink_to(path / "b.ipynb")
    (path / "b.ipynb").symlink_to(path / "a.ipynb")
    return path / "a.ipynb"


def a_pipe(path: Path) -> Path:
    os.mkfifo(path / "pipe.py")
    return path / "pipe.py"


def a_huge_file(path: Path) -> Path:
    with (path / "huge.ipynb").open("wb") as file:
        file.truncate(200_000_000)
    return path / "huge.ipynb"


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return path / name

    return write


UNREADABLE = {
    "no such path": (lambda p: p / "nowhere.ipynb", "No such file"),
    "a folder": (lambda p: p, "is a folder"),
    "an empty file": (text("a.ipynb", ""), "a.ipynb is empty."),
    "an empty python file": (text("a.py", " \n"), "a.py is empty."),
    "not JSON": (text("a.ipynb", "{'cells': 1}"), "is not JSON"),
    "cut off": (text("a.ipynb", notebook(*CLASSES)[:700]), "is not JSON"),
    "deep JSON": (text("a.ipynb", '{"nbformat": 4, "cells": ' + "[" * 100_000), "nested too deeply"),
    "not a notebook": (text("a.ipynb", "[1, 2]"), "is JSON but not a notebook"),
    "cells of a wrong type": (text("a.ipynb", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}'),
                              "is not a notebook that nbformat can read"),
    "only prose": (text("a.ipynb", notebook(prose("# hello"))), "a.ipynb has no code"),
    "invalid UTF-8": (text("a.ipynb", b"\xff{}"), "a.ipynb is not UTF-8: byte 0xff at offset 0."),
    "no recognised name": (text("a.py", "x = 1\n"), "defines none of ScaledDotAttention"),
    "another ending": (text("a.txt", PLAIN), "is neither a notebook (.ipynb), a Python file (.py) nor a file of answers (.toml)."),
    "a symlink loop": (a_loop, "is a symbolic link that leads back to itself"),
    "a named pipe": (a_pipe, "is not a regular file"),
    "200 MB": (a_huge_file, "huge.ipynb has 200 MB; at most 67 MB are read."),
    "a name with a control character": (lambda p: p / "a\x1b[31m.py", "No such file"),
}  # fmt: skip

HEAD = "import torch\nfrom torch import nn\n"
FAILING = {
    "a syntax error": (text("a.py", PLAIN + "def f(:\n"), "a.py, line 26: invalid syntax"),
    "a syntax error in a cell": (text("a.ipynb", notebook(IMPORTS, CLASSES[0] + "\n)")), "cell 2, line 20: unmatched ')'"),
    "a missing import": (text("a.py", "import nonesuch\n" + PLAIN), "a.py, line 1: ModuleNotFoundError: No module named 'nonesuch'"),
    "a missing import that is needed": (
        text("a.ipynb", notebook(IMPORTS + "\nimport nonesuch as nn", CLASSES[0])), "No module named 'nonesuch'"),
    "a name that is not a class": (text("a.py", "ScaledDotAttention = 3\n"), "ScaledDotAttention is a int, not a class"),
    "a constructor with other arguments": (
        text("a.py", PLAIN.replace("(self, hidden_size)", "(self, hidden_size, heads)")), "missing 1 required positional argument: 'heads'"),
    "forward with other arguments": (text("a.py", PLAIN.replace("queries, keys, values)", "x)")), "takes 2 positional arguments but 4 were given"),
    "a wrong return type": (text("a.py", PLAIN.replace("return context, weights", "return 3")), "forward returned a int, expected (context, weights)"),
    "a wrong shape": (text("a.py", PLAIN.replace("return context,", "return context[..., None],")), "context has shape [1, 1, 1, 1], expected [1, 1, 1]"),
    "other parameters": (text("a.py", PLAIN.replace("self.Q", "self.query")), "lacks Q.bias, Q.weight and has also query.bias, query.weight"),
    "a parameter too many": (text("a.py", PLAIN.replace("self.softmax =", "self.O = nn.Linear(2, 2); self.softmax =")), "has also O.bias, O.weight"),
    "not a module": (text("a.py", "class ScaledDotAttention:\n    def __init__(self, hidden_size): ...\n"), "not a torch.nn.Module"),
    "exit at import": (text("a.py", PLAIN + "import sys; sys.exit(0)\n"), "the subject's process exited with status 0"),
    "a kill of itself": (text("a.py", PLAIN + "import os; os.kill(os.getpid(), 9)\n"), "the subject's process was killed by SIGKILL"),
    "an undefined name": (text("a.ipynb", notebook(IMPORTS, CLASSES[0].replace("self.K(keys)", "self.K(kesy)"))),
                          "NameError: name 'kesy' is not defined (cell 2, line 14)"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_a_usage_error(tmp_path: Path, name: str) -> None:
    make, sentence = UNREADABLE[name]
    result = check(make(tmp_path))
    assert has_sentence(result, sentence, USAGE), result.output


@pytest.mark.parametrize("name", FAILING)
def test_what_does_not_work_fails_with_one_sentence(tmp_path: Path, name: str) -> None:
    make, sentence = FAILING[name]
    result = check(make(tmp_path), "--question", "3.1.1", "--examples", "3")
    assert has_sentence(result, sentence, FAILED), result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--law", "contxt"], "There is no law contxt; there is context"),
        (["--question", "9.9"], "The handout has no question 9.9"),
        (["--question", "3.1.3"], "3.1.3 is prose, which no program judges"),
        (["--question", "5.1"], "5.1 (Interacting with CLIP) has no contract yet."),
        (["--question", "3.1.1", "--require", "3.1.2"], "--require names 3.1.2, which --question leaves out."),
        (["--timeout", "0.0001"], "impl.reference cannot be read: "),
        (["--require", "3.1.1,7"], "The handout has no question 7"),
        (["--timeout", "0"], "--timeout must be more than 0 seconds"),
        (["--timeout", "nan"], "--timeout must be more than 0 seconds"),
        (["--timeout", "inf"], "--timeout must be more than 0 seconds"),
        (["--json", "/no/such/folder/report.json"], "no file can be written there"),
    ],
)
def test_a_wrong_option_is_a_usage_error(options: list[str], sentence: str) -> None:
    assert has_sentence(check("impl.reference", *options), sentence, USAGE)


@pytest.mark.parametrize("name", ["no.such.module", "math", "torch.nn", "impl", "not a module"])
def test_a_module_without_the_items_is_a_usage_error(name: str) -> None:
    result = check(name)
    assert result.exit_code == USAGE
    assert "Traceback" not in result.output + result.stderr


def test_what_is_missing_counts_when_it_is_required(tmp_path: Path) -> None:
    path = text("a.py", PLAIN)(tmp_path)
    options = ["--examples", "2", "--json", str(tmp_path / "r.json")]
    assert check(path, *options).exit_code == OK
    assert check(path, *options, "--require", "all").exit_code == FAILED
    assert check(path, *options, "--require", "3.1.1").exit_code == OK
    assert check(path, *options, "--require", "3.1.1,3.1.2").exit_code == FAILED
    by_id = {q["id"]: q for q in json.loads((tmp_path / "r.json").read_text())["questions"]}
    assert by_id["3.1.2"]["status"] == "missing"
