"""What the commands of section 5 cannot do is told in one sentence, before anything is written."""

import re
import shutil
from pathlib import Path

import pytest

from tests.impl.clip_commands import specimen

pytestmark = pytest.mark.usefixtures("clip_here")
HUNT, IMAGE = ("hunt", "--target", "003.png"), "pictures/a_label/0.png"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "clip"), "holds a model already"),
        (("train", "clip", "--resume"), "nothing to go on with"),
        (("train", "clip", "--resume", "--quick"), "--resume goes on"),
        (("train", "clip", "--resume", "--out", "new"), "no such file"),
        (("train", "clip", "--out", "/proc/nope"), "/proc/nope"),
        (("similarity", "--template", "a photo"), r"one \{\}"),
        (("similarity", "--images", "nowhere"), "nowhere is not there"),
        (("similarity", "--images", "pictures", "--captions", "words"), "words holds no captions"),
        (("similarity", "--images", "pictures", "--captions", "none.json"), "captions of none of the 5"),
        (("similarity", "--images", "pictures", "--captions", "nothing"), "nothing holds no captions"),
        (("similarity", "--images", "torn"), "b.png is no picture"),
        (("similarity", "--out", "/proc/nope"), "/proc/nope"),
        (("zero-shot", IMAGE, "--labels", "ring"), "two at least"),
        (("zero-shot", IMAGE, "--labels", "ring, ring"), "none of them twice"),
        (("zero-shot", IMAGE, "--labels", "a,b", "--template", "none"), r"one \{\}"),
        (("zero-shot", "torn/b.png", "--labels", "a,b"), "torn/b.png is no picture"),
        (("zero-shot", "nowhere.png", "--labels", "a,b"), "nowhere.png"),
        (("zero-shot", IMAGE, "--labels", f"{'ring ' * 40},b"), "tokens"),
        (("prompts", "--images", "torn"), "torn"),
        (HUNT, "one of the two"),
        ((*HUNT, "--caption", "a", "--search"), "one of the two"),
        ((*HUNT, "--caption", "a", "--words", "words"), "--search"),
        ((*HUNT, "--search", "--words", "blank"), "blank has no words"),
        ((*HUNT, "--search", "--words", "missing"), "missing"),
        ((*HUNT, "--caption", "a", "--images", "empty"), "holds no picture"),
        (("hunt", "--target", "b.png", "--caption", "a", "--images", "torn"), "b.png is no picture"),
        ((*HUNT, "--caption", "a", "--images", "pictures"), "003.png is no picture in pictures"),
        ((*HUNT, "--caption", "ring " * 40), "tokens"),
        ((*HUNT, "--caption", "f\udcfcnf"), "is not UTF-8"),
        (("zero-shot", IMAGE, "--labels", "f\udcfcnf,sechs"), "is not UTF-8"),
        (("similarity", "--template", "f\udcfcnf {}"), "is not UTF-8"),
        ((*HUNT, "--caption", "a", "--weights", "ViT-B-32:openai"), "`hf download"),
        ((*HUNT, "--caption", "a", "--weights", "nothing"), "is no weights"),
        ((*HUNT, "--caption", "a", "--weights", "empty"), "empty is a folder without"),
    ],
    ids=lambda one: " ".join(one)[:70] if isinstance(one, tuple) else "",
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    for name, content in (("words", "red"), ("blank", "\n"), ("none.json", '{"x.png": "a"}'), ("torn/b.png", "none")):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(content)
    Path("empty").mkdir()
    code, output = specimen(*arguments)
    assert code == 2, output
    assert re.search(said, output), output
    assert "Traceback" not in output
    assert [line for line in output.splitlines() if line.startswith("specimen: ")] == output.splitlines()[-1:]
    assert not Path("runs/clip").exists()


def test_without_weights_it_is_said_how_to_make_them() -> None:
    shutil.rmtree("runs/mini-clip")
    for command in (("similarity",), ("prompts",), ("zero-shot", IMAGE, "--labels", "a,b"), (*HUNT, "--caption", "a")):
        code, said = specimen(*command)
        assert code == 2
        assert "`specimen train clip" in said
