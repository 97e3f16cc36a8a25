"""Which of a student's files is what is told by what stands in them; whatever else they are, they cost themselves alone."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.grading.parts import staged
from harness.grading.submission import Contents
from spec.contracts import CONTRACTS
from tests.harness.notebooks import CLASSES, code, course_like, notebook, notebook_3, prose

NMT = course_like().encode()
LOSS = "def target_loss(logits, target): pass"
NMT_LESS = notebook(CLASSES[0]).encode()
BERT = notebook(prose("# BERT"), "class BertForSentenceClassification(BertModel): pass\ncaption = 'loss'").encode()
CLIP = notebook("import open_clip", 'caption = "three clownfish"').encode()
ANSWERS = b'"1.1.2" = "w"\n1.2.2 = "x"\n'


def of(folder: Path, files: dict[str, bytes]) -> tuple[dict[str, str], str]:
    """The part of each file, by path, and what was remarked."""
    found = staged(Contents(files), folder / "fresh")
    parts = {part: path.relative_to(folder / "fresh").as_posix() for part, path in found.parts.items()}
    return parts, "\n".join(found.remarks)


CHOICES: dict[str, tuple[dict[str, bytes], dict[str, str], str]] = {
    "all four, whatever their names": (
        {"a.ipynb": CLIP, "b.ipynb": NMT, "sub/c.ipynb": BERT, "d.toml": ANSWERS},
        {"nmt": "b.ipynb", "bert": "sub/c.ipynb", "clip": "a.ipynb", "answers": "d.toml"}, "",
    ),
    "names that are swapped": ({"bert.ipynb": NMT, "nmt.ipynb": BERT}, {"nmt": "bert.ipynb", "bert": "nmt.ipynb"}, ""),
    "one notebook with several sections": (
        {"all.ipynb": notebook(*CLASSES, "class BertForSentenceClassification: pass", "import clip\ncaption = 'x'").encode()},
        {"nmt": "all.ipynb", "bert": "all.ipynb", "clip": "all.ipynb"}, "",
    ),
    "more of the items": (
        {"nmt.ipynb": NMT_LESS, "x.ipynb": NMT}, {"nmt": "x.ipynb"}, "x.ipynb is judged as nmt, not nmt.ipynb: 2 names of it stand there, 1",
    ),
    "as many, the exact name": ({"nmt_final.ipynb": NMT, "old/NMT.ipynb": NMT}, {"nmt": "old/NMT.ipynb"}, "not nmt_final.ipynb"),
    "as many, the newest-looking name": (
        {"nmt_v2.ipynb": NMT, "nmt_v10.ipynb": NMT, "nmt_v11_old.ipynb": NMT, "nmt-Copy12.ipynb": NMT}, {"nmt": "nmt_v10.ipynb"}, "",
    ),
    "the last of downloads": ({"nmt (1).ipynb": NMT, "nmt (2).ipynb": NMT}, {"nmt": "nmt (2).ipynb"}, ""),
    "a notebook rather than its export": ({"nmt.py": "\n".join(CLASSES).encode(), "z.ipynb": NMT}, {"nmt": "z.ipynb"}, ""),
    "a Python file alone": ({"model.py": "\n".join(CLASSES).encode()}, {"nmt": "model.py"}, ""),
    "a notebook that imports its items": (
        {"n.ipynb": notebook("from model import (ScaledDotAttention,\n  CausalScaledDotAttention)").encode(), "model.py": CLASSES[0].encode()},
        {"nmt": "n.ipynb"}, "",
    ),
    "a caption that is somebody's variable": ({"nmt.ipynb": NMT, "x.ipynb": notebook("caption = 'loss'").encode()}, {"nmt": "nmt.ipynb"}, ""),
    "a name in a comment, a text, a call, a comparison": (
        {"x.ipynb": notebook("# class ScaledDotAttention\nx = 'class ScaledDotAttention'\nScaledDotAttention()\nfit_linear_log == 1").encode()}, {}, "",
    ),
    "a section in two notebooks": (
        {"part3-1.ipynb": NMT_LESS, "part3-3.ipynb": notebook("def fit_linear_log(x, y): pass").encode()},
        {"nmt": "part3-3.ipynb", "nmt 2": "part3-1.ipynb"}, "part3-1.ipynb is judged as nmt too, for ScaledDotAttention.",
    ),
    "a notebook that a browser calls a text": ({"nmt.ipynb.txt": NMT}, {"nmt": "nmt.ipynb"}, "nmt.ipynb.txt is a notebook by its content"),
    "a notebook that is called what it is made of": (
        {"nmt.json": NMT, "settings.json": b'{"cells": 1}', "nmt.txt": b"see nmt"}, {"nmt": "nmt.ipynb"}, "nmt.json is a notebook by its content",
    ),
    "one name for two": ({"nmt.json": NMT, "nmt.ipynb": NMT_LESS}, {"nmt": "nmt-2.ipynb"}, ""),
    "a starter beside it": ({"nmt_starter.ipynb": notebook(*CLASSES, LOSS).encode(), "nmt.ipynb": NMT}, {"nmt": "nmt.ipynb"}, "not nmt_starter.ipynb"),
    "a template beside it": ({"template.ipynb": notebook(*CLASSES, LOSS).encode(), "mine.ipynb": NMT}, {"nmt": "mine.ipynb"}, "not template.ipynb"),
    "UTF-16": (
        {"x.ipynb": NMT.decode().encode("utf-16"), "a.toml": ANSWERS.decode().encode("utf-16")}, {"nmt": "x.ipynb", "answers": "a.toml"},
        "a.toml is in UTF-16, by its byte order mark, and is judged in UTF-8.",
    ),
    "a name alone": ({"My_BERT.ipynb": notebook("x = 1").encode()}, {"bert": "My_BERT.ipynb"}, "is taken for bert by its name"),
    "format 3": ({"x.ipynb": notebook_3(*CLASSES).encode()}, {"nmt": "x.ipynb"}, ""),
    "a cell that does not parse": ({"x.ipynb": notebook("class ScaledDotAttention(:\n  pass").encode()}, {"nmt": "x.ipynb"}, ""),
    "a byte order mark": ({"x.ipynb": b"\xef\xbb\xbf" + NMT}, {"nmt": "x.ipynb"}, ""),
    "answers as a text": ({"notes.txt": ANSWERS, "README.md": b"hello"}, {"answers": "notes.txt.toml"}, "notes.txt is judged as the file of answers"),
    "answers to more questions": (
        {"answers.toml": b'"1.1.2" = "w"', "b.toml": ANSWERS, "pyproject.toml": b"[project]\nname = 'x'"}, {"answers": "b.toml"}, "not answers.toml",
    ),
    "answers that cannot be read": ({"answers.toml": b'"1.1.2" = w', "x.toml": b"[a]"}, {"answers": "answers.toml"}, ""),
    "a number that is too long": ({"answers.toml": b"x = " + b"1" * 5000}, {"answers": "answers.toml"}, ""),
    "a key that its reader would never end with": ({"answers.toml": b"a." * 200_000 + b"a = 1"}, {"answers": "answers.toml"}, ""),
    "no notebooks": ({"a.ipynb": b"", "b.ipynb": b"\xff", "nmt.ipynb": b"[1]", "c.py": b"\0"}, {"nmt": "nmt.ipynb"}, "nmt.ipynb cannot be looked through"),
    "a notebook of too many pieces": ({"nmt.ipynb": b"[]," * 1_500_001}, {"nmt": "nmt.ipynb"}, "nmt.ipynb cannot be looked through: it is made of"),
    "nothing": ({}, {}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("files", "parts", "remark"), CHOICES.values(), ids=CHOICES)
def test_a_file_is_what_it_binds(tmp_path: Path, files: dict[str, bytes], parts: dict[str, str], remark: str) -> None:
    found, remarks = of(tmp_path, files)
    assert found == parts
    assert remark in remarks


def test_of_files_of_one_section_no_more_are_judged_than_there_is_time_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.grading.parts.MAX_FURTHER", 2)
    names = [name for name in CONTRACTS if CONTRACTS[name].question.startswith("3.")]
    found, remarks = of(
        tmp_path, {f"{name}.ipynb": notebook(f"class {name}: pass").encode() for name in names if len(names) > 3}
    )
    assert sorted(found) == ["nmt", "nmt 2", "nmt 3"]
    assert "is not judged, one of too many: it alone has " in remarks


def test_the_choice_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    files = dict.fromkeys(("b/nmt.ipynb", "a/nmt.ipynb", "c/nmt.ipynb"), NMT)
    assert of(tmp_path / "1", files) == of(tmp_path / "2", dict(reversed(files.items())))


NAMES = [
    "a\nb.py",
    "CON/x.py",
    "con/x.py",
    "-rf.py",
    "Ü.py",
    "ü.py",
    "caf\udce9.py",
    "x" * 300 + ".py",
    "a:b?.py",
    "a/b",
    "a",
    "..py",
]


def test_every_file_is_written_below_the_folder_by_a_name_that_it_may_have(tmp_path: Path) -> None:
    found, remarks = of(tmp_path, {name: name.encode("utf-8", "replace") for name in NAMES})
    written = [path for path in (tmp_path / "fresh").rglob("*") if path.is_file()]
    assert found == {}
    assert sorted(path.read_bytes() for path in written) == sorted(name.encode("utf-8", "replace") for name in NAMES)
    assert {path.parent.name for path in written} <= {"fresh", "_CON", "_con-2", "a", "a-2"}
    assert len({str(path).casefold() for path in written}) == len(NAMES)
    assert "'a\\\\nb.py' is judged as a b.py." in remarks
    assert list(tmp_path.iterdir()) == [tmp_path / "fresh"]


def test_a_module_keeps_the_name_by_which_it_is_imported(tmp_path: Path) -> None:
    of(tmp_path, {"src/my_helper.py": b"", "src/__init__.py": b"", "nmt.ipynb": NMT})
    assert (tmp_path / "fresh" / "src" / "my_helper.py").exists()
    assert (tmp_path / "fresh" / "src" / "__init__.py").exists()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there.py").touch()
    with pytest.raises(FileExistsError, match="is not empty"):
        staged(Contents({}), tmp_path)


HOSTILE = {
    "deep JSON": b'{"cells":' * 500_000,
    "deep lists": b"[" * 3_000_000,
    "more pieces than are looked at": b'{"nbformat": 4, "cells": [' + b"[]," * 2_000_000 + b"1]}",
    "a long number": b'{"nbformat": 4, "cells": ' + b"1" * 10_000 + b"}",
    "cells that are none": json.dumps(
        {"nbformat": 4, "cells": [1, None, [], {"cell_type": 3, "source": {"a": 1}}]}
    ).encode(),
    "sheets that are none": b'{"worksheets": [1, {"cells": 2}, {"cells": [{"input": [1, null]}]}]}',
    "a cell of many short lines": notebook("a=\n" * 1_000_000).encode(),
    "a cell of one long line": notebook("from x import " + "(" * 1_000_000 + "ScaledDotAttention " * 10).encode(),
    "many imports that do not end": notebook("from x import (a,\n" * 50_000).encode(),
    "many names": notebook("caption:" * 50_000 + "\n" + "caption :\n" * 50_000).encode(),
    "spaces": notebook("def" + " " * 1_000_000, "import\t" * 100_000).encode(),
    "surrogates": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800 = 1"}]}',
    "many cells": json.dumps({"nbformat": 4, "cells": [code("x = 1")] * 20_000}).encode(),
    "no numbers": b'{"nbformat": NaN, "cells": Infinity}',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_notebook_costs_little_and_takes_nothing_with_it(tmp_path: Path, content: bytes) -> None:
    started = time.process_time()
    found, _ = of(
        tmp_path, {"a.ipynb": content, "b.py": content[: 1 << 20], "good.ipynb": NMT, "a.toml": content[: 1 << 20]}
    )
    assert found["nmt"] == "good.ipynb"
    assert time.process_time() - started < 10
