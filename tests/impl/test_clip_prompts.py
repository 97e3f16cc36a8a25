"""What is said around a label: templates have one place for it, several prompts are one direction, what they do is counted."""

from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from impl.clip import labelled, told
from impl.clip.drawn import gallery
from impl.clip.encoder import Encoder
from impl.clip.folder.pictures import PictureError
from impl.clip.prompts import ENSEMBLE, TEMPLATES, Measured, measure, of_labels, zero_shot
from spec.error import ROW_SUM
from tests.impl.clip_models import furthest
from tests.impl.picture_files import saved

ALIKE = ROW_SUM["float32"]
LABELS = ["red ring", "blue star", "green heart"]


@pytest.mark.parametrize("template", ["", "a photo", "{} and {}", "{label}", "{", "a {} in {braces}", "{0}"])
def test_a_template_without_one_place_for_the_label_is_refused(small_clip: Encoder, template: str) -> None:
    with pytest.raises(ValueError, match="template has one"):
        of_labels(small_clip, LABELS, ["a {}", template])


def test_a_label_stands_in_its_place_whatever_is_in_it(small_clip: Encoder) -> None:
    found = of_labels(small_clip, ["{}", "a {0} b"], ["the {} there"])
    assert furthest(found, small_clip.encode_texts(["the {} there", "the a {0} b there"])) <= ALIKE


def test_several_prompts_are_the_direction_of_their_mean(small_clip: Encoder) -> None:
    templates = ["{}", "a photo of a {}", "there is a {}"]
    found = of_labels(small_clip, LABELS, templates)
    for row, label in zip(found, LABELS, strict=True):
        each = small_clip.encode_texts([one.replace("{}", label) for one in templates]).double()
        assert furthest(row.double(), normalize(each.mean(dim=0), dim=0)) <= ALIKE
    assert furthest(found.norm(dim=1), torch.ones(3)) <= ALIKE


def test_zero_shot_probabilities_of_a_picture_sum_to_1(small_clip: Encoder) -> None:
    drawn = [picture for _, picture in gallery.unseen(4, 0)]
    shares = zero_shot(small_clip, drawn, LABELS, ["a {}"])
    assert shares.shape == (4, 3)
    assert furthest(shares.sum(dim=1), torch.ones(4)) <= ALIKE
    turned = zero_shot(small_clip, drawn, LABELS[::-1], ["a {}"])
    assert furthest(shares, turned.flip(1)) <= 10 * ALIKE  # of a softmax of numbers a hundred times as large


def test_what_templates_get_right_is_counted(small_clip: Encoder) -> None:
    """Pictures that are just what the notebook's prompts say, and one that is not."""
    features = of_labels(small_clip, LABELS, TEMPLATES["the notebook's"])[[0, 1, 2, 2]]
    found = {one.name: one for one in measure(small_clip, features, [0, 1, 2, 0], LABELS)}
    assert found.keys() == {*TEMPLATES, ENSEMBLE}
    assert (found["the notebook's"].right, found["the notebook's"].of, found["the notebook's"].share) == (3, 4, 0.75)
    assert found[ENSEMBLE].templates == tuple(one for some in TEMPLATES.values() for one in some)
    for name, one in found.items():
        texts = of_labels(small_clip, LABELS, one.templates)
        assert one.right == int(((features @ texts.T).argmax(dim=1) == torch.tensor([0, 1, 2, 0])).sum()), name


def test_drawn_scenes_are_of_every_label(small_clip: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled, "EACH", 1)
    found = labelled.scenes(small_clip)
    assert sorted(found.truth) == list(range(64))
    assert len(found.labels) == len(set(found.labels)) == len(found.features) == 64


def test_folders_are_labels(small_clip: Encoder, tmp_path: Path) -> None:
    pictures = [picture for _, picture in gallery.unseen(5, 1)]
    names = ["red-ring/a.png", "red-ring/deep/b.png", "blue_star/c.png", "green heart/d.png", "outside.png"]
    for name, picture in zip(names, pictures, strict=True):
        saved(tmp_path / "of" / name, picture)
    found = labelled.folders(small_clip, tmp_path / "of", runs=tmp_path / "runs")
    assert found.labels == ["blue star", "green heart", "red ring"]
    assert found.truth == [0, 1, 2, 2]
    assert furthest(found.features, small_clip.encode_images([pictures[i] for i in (2, 3, 0, 1)])) <= ALIKE


def test_a_folder_of_one_label_is_refused(small_clip: Encoder, tmp_path: Path) -> None:
    saved(tmp_path / "of" / "only" / "a.png")
    saved(tmp_path / "of" / "b.png")
    with pytest.raises(PictureError, match="in 1 folders"):
        labelled.folders(small_clip, tmp_path / "of", runs=tmp_path / "runs")


@pytest.mark.parametrize(
    ("right", "together", "says"),
    [
        ((6, 8), 9, ("80.0%", "60.0%", "90.0%", "1 picture more than the best alone")),
        ((6, 8), 8, ("as many as the best alone",)),
        ((6, 8), 5, ("3 pictures fewer than the best alone",)),
        ((7, 7), 7, ("no template makes a difference: 70.0%",)),
    ],
    ids=["more", "as many", "fewer", "no difference"],
)
def test_what_templates_do_is_told(right: tuple[int, int], together: int, says: tuple[str, ...]) -> None:
    measured = [Measured("a", ("a {}",), right[0], 10), Measured("b", ("b {}",), right[1], 10)]
    said = told.templates([*measured, Measured(ENSEMBLE, ("a {}", "b {}"), together, 10)], "3 labels")
    assert all(one in said for one in says), said
