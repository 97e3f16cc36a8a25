"""Every picture is written whole, the same each time, legible, and shows what the model says."""

import os
import subprocess
import sys
from functools import cache
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from spec import noisy_quadratic as nqm
from spec.claims import scaling_laws
from writeup import figures
from writeup.figures import batch_size, forms, learning_rate, robustness, scaling

ONE_EACH = ("1.2.1", "1.2.3", "2.1.1", "2.1.2", "2.2")
BEGINS = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "svg": b"<?xml"}
SMALLEST_LETTERS_PT = 8
CLOSE = 1e-9


def drawn(question_id: str, gid: str) -> tuple[Any, Any]:
    """The coordinates of a line of a picture."""
    (line,) = figures.figure(question_id).axes[0].findobj(lambda artist: artist.get_gid() == gid)
    return tuple(np.asarray(line.get_data(orig=True), dtype=float))


def close(a: Any, b: Any) -> bool:
    return bool((np.abs(np.asarray(a) - b) <= CLOSE * np.maximum(1, np.abs(b))).all())


@cache
def written(question_id: str, suffix: str) -> bytes:
    """What is written; a second call gives the first one's bytes."""
    return written_anew(question_id, suffix)


def written_anew(question_id: str, suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"picture.{suffix}"
        figures.write(question_id, path)
        assert list(Path(folder).iterdir()) == [path]
        return path.read_bytes()


@pytest.mark.parametrize("suffix", figures.files.FORMATS)
@pytest.mark.parametrize("question_id", ONE_EACH)
def test_every_picture_is_written_in_every_format(question_id: str, suffix: str) -> None:
    content = written(question_id, suffix)
    assert content.startswith(BEGINS[suffix])
    assert len(content) > 5000
    if suffix == "svg":
        assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - written by us


@pytest.mark.parametrize(
    ("question_id", "suffix"), [(q, "svg") for q in ONE_EACH] + [("1.2.3", "png"), ("1.2.3", "pdf")]
)
def test_the_same_picture_is_the_same_bytes(question_id: str, suffix: str) -> None:
    assert written_anew(question_id, suffix) == written(question_id, suffix)


@pytest.mark.parametrize("question_id", sorted(set(figures.FIGURES) - set(ONE_EACH)))
def test_parts_of_a_question_share_its_picture(question_id: str) -> None:
    whole = next(q for q in ONE_EACH if figures.FIGURES[q] is figures.FIGURES[question_id])
    assert written(question_id, "png") == written(whole, "png")


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    there = tmp_path / "there.svg"
    code = "import sys; from writeup.figures import write; write('1.2.1', sys.argv[1])"
    environment = os.environ | {"PYTHONHASHSEED": "413", "SOURCE_DATE_EPOCH": "0"}
    root = Path(figures.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(there)], check=True, env=environment, cwd=root)
    assert written("1.2.1", "svg") == there.read_bytes()


def test_an_unknown_question_suffix_or_folder_is_an_error_that_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no picture for '3\.1\.1'; there is one for 1\.2\.1, 1\.2\.3"):
        figures.write("3.1.1", tmp_path / "a.svg")
    with pytest.raises(ValueError, match=r"got 'a\.jpg', expected a name that ends in \.svg, \.png, \.pdf"):
        figures.write("1.2.1", tmp_path / "a.jpg")
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write a\.svg to"):
        figures.write("1.2.1", tmp_path / "nowhere" / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(figure: Figure) -> None:
        raise ArithmeticError

    path = tmp_path / "a.svg"
    path.write_text("before")
    monkeypatch.setitem(figures.FIGURES, "1.2.1", fail)
    with pytest.raises(ArithmeticError):
        figures.write("1.2.1", path)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["before"]


def texts(figure: Figure) -> list[Text]:
    """The texts that can be seen: a tick outside of the axes' limits keeps its text, but does not show it."""
    FigureCanvasAgg(figure).draw()
    hidden = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            if not low <= tick.get_loc() <= high:
                hidden |= {tick.label1, tick.label2}
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible() and t not in hidden]


@pytest.mark.parametrize("question_id", ONE_EACH)
def test_no_text_lies_on_another_or_outside_of_the_picture_or_is_small(question_id: str) -> None:
    figure = figures.figure(question_id)
    boxes = {text: text.get_window_extent() for text in texts(figure)}
    assert len(boxes) >= 10
    for text, box in boxes.items():
        assert text.get_fontsize() >= SMALLEST_LETTERS_PT, text
        assert box.x0 >= 0 <= box.y0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text
    assert [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])] == []


@pytest.mark.parametrize("question_id", ONE_EACH)
def test_lines_can_be_told_apart_without_colour(question_id: str) -> None:
    lines = [line for line in figures.figure(question_id).axes[0].lines if line.get_gid() and len(line.get_xdata()) > 1]
    styles = [(line.get_linestyle(), line.get_marker(), line.get_linewidth() > 2.5) for line in lines]
    assert len(set(styles)) == len(styles) >= 2


@pytest.mark.parametrize("question_id", ONE_EACH)
def test_a_picture_has_a_finding_and_names_its_axes(question_id: str) -> None:
    figure = figures.figure(question_id)
    assert len(figure.get_suptitle().split()) >= 10
    assert figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel()


def test_the_touching_point_is_half_half_and_ends_the_ridge_path() -> None:
    assert close(drawn("1.2.1", "touching"), 0.5)
    (w1, w2), (ridge1, ridge2) = drawn("1.2.1", "optima"), drawn("1.2.1", "ridge")
    assert close(w1 + w2, 1)
    x, t = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([1.0, -1.0])
    for lam in (0.1, 3.0):
        solution = np.linalg.solve(x.T @ x + 2 * 2 * lam * np.eye(2), x.T @ t)
        assert close(solution, forms.ridge_toy(lam))
    assert close((ridge1[0], ridge1[-1]), (0.5, forms.ridge_toy(1e3)))
    assert close(ridge1, ridge2)


def test_the_drawn_epsilons_bring_the_output_to_zero() -> None:
    x, t = robustness.X, robustness.T
    (lam, fgm), (_, fgsm) = drawn("1.2.3", "FGM"), drawn("1.2.4", "FGSM")
    w = x @ t / (x @ x + 2 * len(x) * lam)
    assert close(w * (robustness.ATTACKED - fgm * w), 0)
    assert close(w * (robustness.ATTACKED - fgsm * np.sign(w)), 0)
    assert (np.diff(fgm) > 0).all()


def test_the_drawn_rate_is_the_best_one() -> None:
    batch, rate = drawn("2.1.1", "best")
    a, w, variance = learning_rate.A, learning_rate.W, learning_rate.SIGMA**2 / batch

    def loss(eta: Any) -> Any:
        return a / 2 * ((1 - eta * a) ** 2 * w**2 + eta**2 * variance)

    assert all((loss(rate * part) > loss(rate)).all() for part in (0.9, 0.999, 1.001, 1.1))
    assert close(drawn("2.1.1", "half")[1], 1 / (2 * a))


def test_the_drawn_steps_and_points_are_the_models() -> None:
    batches, steps = drawn("2.1.2", "steps")
    assert steps[2] == nqm.steps_to_target(batches[2]).steps
    assert drawn("2.1.2", "preconditioned")[1][4] == nqm.steps_to_target(batches[4], preconditioner=0.5).steps
    for name, point in nqm.points().items():
        assert close(np.ravel(drawn("2.1.2", name)), [point.batch, point.steps])
    perfect = drawn("2.1.2a", "perfect scaling")[1]
    assert (steps >= perfect).all()
    assert batch_size.BATCHES[0] < nqm.points()["A"].batch
    assert nqm.points()["B"].batch < batch_size.BATCHES[-1]


def test_the_frontier_is_the_least_loss_of_any_size() -> None:
    compute, frontier = drawn("2.2", "frontier")
    for size in [*scaling.STYLES, *np.geomspace(1e6, 1e11, 40)]:
        assert (scaling.loss_at(size, compute) >= frontier * (1 - CLOSE)).all()
    best = forms.hoffmann_params(compute)
    assert all((scaling.loss_at(best * part, compute) > frontier).all() for part in (0.9, 1.1))
    assert (np.diff(best) > 0).all()


def test_the_pictures_constants_are_those_of_the_claim() -> None:
    of_claim = [
        float(scaling_laws.HOFFMANN[name])
        for name in (scaling_laws.A, scaling_laws.B0, scaling_laws.alpha, scaling_laws.beta)
    ]
    assert of_claim == [forms.OF_PARAMS, forms.OF_TOKENS, forms.PARAMS_POWER, forms.TOKENS_POWER]
