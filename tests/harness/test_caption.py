"""Question 5.2 from end to end: a caption is fetched from a notebook and judged by where it puts the target, as a stand-in
for a model tells it; without a model it is not judged, and never passes."""

from __future__ import annotations

import json
import shlex
import sys
import types
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.harness.mutants import KERNEL, PLAIN
from tests.harness.notebooks import course_like, notebook, prose
from tests.harness.test_bad_input import FAILED, OK, USAGE, check, has_sentence
from tests.harness.test_check import question, report_on

GOOD = "three clownfish in a sea anemone"
HUNT = ("--weights", "some-model", "--images", "reef", "--target", "fish.png")
LOADING = """import numpy as np
import clip
from skimage import io

model, preprocess = clip.load("ViT-B/32")
model.cuda().eval()"""
SEARCH = """text_input = clip.tokenize([caption]).cuda()
for caption_again in [caption]:
    best = (100.0 * model.encode_text(text_input) @ image_features.T).softmax(-1).argmax()
raise RuntimeError("a cell that must not run")"""


class Place(NamedTuple):
    """What a ranker answers."""

    rank: int
    of: int = 500
    probability: float = 0.93
    ahead: tuple[str, ...] = ()
    note: str = ""


def clip_like(*captions: str) -> str:
    """A filled-in notebook as a student hands it in; each caption in a cell of its own."""
    return notebook(prose("# CLIP"), "!pip install git+somewhere", LOADING, *captions, SEARCH)


class StandIn:
    """What finds pictures without a model: the right caption puts the target first."""

    def __init__(self, note: str = "") -> None:
        self.asked: list[str] = []
        self.made: list[tuple[str, str, str]] = []
        self.note = note

    def ranker(self, weights: str, images: Path, target: str) -> StandIn:
        if weights == "nonesuch":
            raise ValueError("There are no weights nonesuch.")
        self.made.append((weights, str(images), target))
        return self

    def __call__(self, caption: str) -> Place:
        self.asked.append(caption)
        if len(caption) > 1000:
            raise ValueError("it has 400 tokens, 77 at most")
        return (
            Place(1, note=self.note) if caption == GOOD else Place(3, 500, 0.0125, ("a.png", "b\udcff.png"), self.note)
        )


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in where the command looks for a model."""
    made = StandIn()
    judging = types.ModuleType("impl.clip.judging")
    judging.ranker = made.ranker  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "impl.clip.judging", judging)
    return made


def hunted(tmp_path: Path, text: str, *options: str, file: str = "clip.ipynb") -> tuple[int, dict[str, Any], str]:
    """The exit code, what came of 5.2, and what was shown."""
    code, report, shown = report_on(tmp_path, text, file, *options)
    return code, question(report, "5.2"), " ".join(shown.split())


def test_a_caption_that_finds_the_target_gets_its_point(tmp_path: Path, model: StandIn) -> None:
    code, found, shown = hunted(tmp_path, clip_like(f'caption = "{GOOD}"'), *HUNT)
    assert (code, found["status"], found["points"]) == (OK, "pass", 1.0)
    assert model.asked == [GOOD]
    assert model.made == [("some-model", "reef", "fish.png")]
    assert f"'{GOOD}' puts the target first of 500 pictures, with a probability of 0.93" in shown


def test_a_caption_that_finds_another_picture_gets_none(tmp_path: Path, model: StandIn) -> None:
    code, found, _ = hunted(tmp_path, clip_like('caption = "a fish"'), *HUNT)
    assert (code, found["status"], found["points"]) == (FAILED, "fail", 0.0)
    (law,) = found["laws"]
    assert law["message"] == (
        "in the hunt: 'a fish' puts the target in place 3 of 500 pictures, with a probability of 0.0125; "
        "before it a.png, b\N{REPLACEMENT CHARACTER}.png."
    )


def test_without_a_model_a_caption_is_not_run_and_does_not_pass(tmp_path: Path) -> None:
    code, found, shown = hunted(tmp_path, clip_like(f'caption = "{GOOD}"'))
    assert (code, found["status"], found["points"]) == (FAILED, "not-run", 0.0)
    assert "give --weights NAME, --images DIR and --target FILE" in shown
    assert check(tmp_path / "clip.ipynb", "--require", "5.2").exit_code == FAILED


def test_of_a_model_that_says_nothing_nothing_follows(tmp_path: Path, model: StandIn) -> None:
    model.note = "the weights are a small stand-in"
    code, found, shown = hunted(tmp_path, clip_like(f'caption = "{GOOD}"'), *HUNT)
    assert (code, found["status"], found["points"]) == (FAILED, "not-run", 0.0)
    assert f"the weights are a small stand-in; '{GOOD}' puts the target first" in shown


BROKEN = {
    "the starter's": ('caption = ""', "the caption is ''; there are no words in it"),
    "blank": ("caption = ' \\n'", "there are no words in it"),
    "two texts": ("caption = ['a fish', 'a reef']", "caption is a list of texts, expected a text"),
    "a number": ("caption = 3", "caption is a int, expected a text"),
    "nothing": ("caption = None", "caption is a NoneType, expected a text"),
    "ten megabytes": ("caption = 'fish' * 2_500_000", "the caption has more than 4000 characters"),
    "half a character": ("caption = '\\ud800 fish'", r"in the hunt: '\ud800 fish' puts the target in place 3"),
    "too many tokens": ("caption = 'fish ' * 400", "cannot be read: it has 400 tokens, 77 at most"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_caption_fails(tmp_path: Path, model: StandIn, name: str) -> None:
    cell, sentence = BROKEN[name]
    code, found, shown = hunted(tmp_path, clip_like(cell), *HUNT)
    assert (code, found["status"], found["points"]) == (FAILED, "fail", 0.0)
    assert sentence in shown


def test_a_blank_caption_fails_without_a_model_too(tmp_path: Path) -> None:
    code, found, _ = hunted(tmp_path, clip_like('caption = ""'))
    assert (code, found["status"]) == (FAILED, "fail")


RIGHT = {
    "a list": f"caption = ['{GOOD}']",
    "annotated": f"caption: str = '{GOOD}'",
    "joined": "what, where = 'three clownfish', 'sea anemone'\ncaption = f'{what} in a ' + ''.join(where)",
    "of two names": f"caption, comment = '{GOOD}', 'it was easy'",
    "under a condition": f"caption = ''\nif caption == '':\n    caption = '{GOOD}'",
    "grown": "caption = 'three clownfish'\ncaption += ' in a sea anemone'",
    "a text of its own kind": "class Text(str):\n    def __getitem__(self, part): return 'a lie'\n"
    f"    def __str__(self): return 'a lie'\ncaption = Text('{GOOD}')",
    "after a function of that name": f"def caption(): ...\ncaption = '{GOOD}'",
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_caption_may_be_written_in_many_ways(tmp_path: Path, model: StandIn, name: str) -> None:
    code, found, _ = hunted(tmp_path, clip_like(RIGHT[name]), *HUNT)
    assert (code, found["status"]) == (OK, "pass")
    assert model.asked == [GOOD]


def test_the_last_caption_counts_and_the_report_says_so(tmp_path: Path, model: StandIn) -> None:
    code, found, _ = hunted(tmp_path, clip_like("caption = ''", "caption = 'a fish'", f"caption = '{GOOD}'"), *HUNT)
    assert (code, found["status"]) == (OK, "pass")
    assert "defined 3 times, in cells 4, 5, 6; the last was judged" in found["note"]


def test_a_caption_of_a_package_that_is_not_there_is_an_error(tmp_path: Path, model: StandIn) -> None:
    code, found, shown = hunted(tmp_path, clip_like("caption = clip.the_best(model)"), *HUNT)
    assert (code, found["status"]) == (FAILED, "error")
    assert "cell 4, line 1 needs clip" in shown
    assert "No module named 'clip'" in shown


def test_a_caption_whose_cell_cannot_be_read_is_an_error(tmp_path: Path, model: StandIn) -> None:
    _, found, shown = hunted(tmp_path, clip_like("caption = 'a fish"), *HUNT)
    assert found["status"] == "error"
    assert "cell 4, line 1: unterminated string literal" in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [("clip.ipynb", notebook(f"caption = '{GOOD}'")), ("clip.py", f"caption = '{GOOD}'\n")],
)
def test_a_caption_and_nothing_else_is_something(tmp_path: Path, model: StandIn, name: str, text: str) -> None:
    code, report, _ = report_on(tmp_path, text, name, *HUNT)
    assert (code, question(report, "5.2")["status"]) == (OK, "pass")


def test_a_failure_is_replayed_with_the_same_pictures(tmp_path: Path, model: StandIn) -> None:
    _, report, _ = report_on(tmp_path, clip_like("caption = 'a fish'"), "clip.ipynb", *HUNT)
    (law,) = question(report, "5.2")["laws"]
    words = shlex.split(law["replay"])
    assert words[-6:] == list(HUNT)
    assert report["hunt"] == {"weights": "some-model", "images": "reef", "target": "fish.png"}
    check(words[2], *words[3:], "--json", str(tmp_path / "again.json"))
    (again,) = question(json.loads((tmp_path / "again.json").read_text()), "5.2")["laws"]
    assert again | {"time_s": 0} == law | {"time_s": 0}


USAGES = [
    (HUNT[:2], "--weights without --images and --target: a caption is judged by all three."),
    (HUNT[2:], "--images and --target without --weights: a caption is judged by all three."),
    (("--weights", "nonesuch", *HUNT[2:]), "There are no weights nonesuch."),
]


@pytest.mark.parametrize(("options", "sentence"), USAGES)
def test_a_hunt_that_cannot_be_is_a_usage_error(
    tmp_path: Path, model: StandIn, options: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "clip.ipynb").write_text(clip_like("caption = 'a fish'"))
    assert has_sentence(check(tmp_path / "clip.ipynb", *options), sentence, USAGE)


NO_CAPTION = {
    "a function": "def caption(axes): axes.set_title('loss')",
    "a lambda": "caption = lambda axes: 'loss'",
    "an import": "from os import path as caption",
    "in a loop": "for caption in ('a', 'b'): print(caption)",
    "in a function": "def show():\n    caption = 'loss'",
    "a class": "class caption:\n    caption = 'loss'",
}


@pytest.mark.parametrize("name", NO_CAPTION)
def test_a_name_that_is_given_no_value_is_no_caption(tmp_path: Path, name: str) -> None:
    for file, text in (("a.ipynb", notebook(NO_CAPTION[name])), ("a.py", NO_CAPTION[name] + "\n")):
        (tmp_path / file).write_text(text)
        assert has_sentence(check(tmp_path / file), "defines none of ScaledDotAttention", USAGE)


@pytest.mark.parametrize("cell", ["caption = ''", "caption = nonesuch()"])
def test_a_variable_of_another_notebook_costs_it_nothing(tmp_path: Path, cell: str) -> None:
    cells = json.loads(course_like())
    cells["cells"] += json.loads(notebook(cell))["cells"]
    options = ("--law", "context", "--examples", "2")
    code, report, shown = report_on(tmp_path, json.dumps(cells), "nmt.ipynb", *options)
    assert (code, question(report, "5.2")["status"]) == (OK, "not-run")
    assert "caption is taken for a variable" in " ".join(shown.split())


def test_who_gives_weights_and_pictures_asks_for_the_caption(tmp_path: Path, model: StandIn) -> None:
    """Whatever stands beside it: items of the handout, pieces, a kernel."""
    beside = {"items": PLAIN, "pieces": "def pig_latin(word):\n    return word\n", "kernel": KERNEL}
    for name, text in beside.items():
        source = f"import torch\n{text}\ncaption = 'a fish'\n"
        code, found, _ = hunted(tmp_path, source, *HUNT, "--law", "target-first", file=f"{name}.py")
        assert (code, found["status"]) == (FAILED, "fail"), name
    assert model.asked == ["a fish"] * 3


def test_a_notebook_of_everything_is_asked_for_its_caption(tmp_path: Path, model: StandIn) -> None:
    cells = json.loads(course_like())
    cells["cells"] += json.loads(clip_like("caption = 'a fish'"))["cells"]
    code, found, _ = hunted(tmp_path, json.dumps(cells), *HUNT, "--question", "5.2")
    assert (code, found["status"]) == (FAILED, "fail")
    code, found, _ = hunted(tmp_path, json.dumps(cells), *HUNT, "--require", "5.2", "--law", "target-first")
    assert (code, found["status"]) == (FAILED, "fail")


def test_a_variable_beside_a_kernel_costs_it_nothing(tmp_path: Path) -> None:
    options = ("--law", "value-float32", "--examples", "2")
    code, report, _ = report_on(tmp_path, KERNEL + "\ncaption = ''\n", "kernel.py", *options)
    assert (code, question(report, "kernel")["status"]) == (OK, "pass")


def test_a_star_import_beside_a_caption_hides_it_not(tmp_path: Path, model: StandIn) -> None:
    code, report, _ = report_on(tmp_path, f"from math import *\ncaption = '{GOOD}'\n", "clip.py", *HUNT)
    assert (code, question(report, "5.2")["status"]) == (OK, "pass")


def test_what_is_imported_by_a_star_is_no_caption(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PLAIN + "caption = ''\n")
    options = ("--question", "3.1.1,5.2", "--law", "context", "--examples", "2")
    code, report, _ = report_on(tmp_path, "from parts import *\n", "a.py", *options)
    assert (code, question(report, "5.2")["status"], report["notes"]) == (OK, "missing", [])
