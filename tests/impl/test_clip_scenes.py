"""Scenes and their captions: what is told is true, what must not be seen in training is not, no two are alike."""

import random
import re
from collections import Counter

import pytest

from impl.clip.drawn import scenes
from impl.clip.drawn.scenes import Group, Scene

NOUNS = [*scenes.SHAPES, "shape"]
SINGULAR = {f"{noun}es" if noun == "cross" else f"{noun}s": noun for noun in NOUNS} | {noun: noun for noun in NOUNS}
GROUP = re.compile(
    rf"(?P<number>an?|two|three)( (?P<size>{'|'.join(scenes.SIZES)}))?( (?P<colour>{'|'.join(scenes.COLOURS)}))?"
    rf" (?P<noun>{'|'.join(sorted(SINGULAR, key=len, reverse=True))})"
)
SENTENCE = re.compile(
    rf"(?P<first>.+?)( (?P<relation>{'|'.join(scenes.RELATIONS)}) (?P<second>.+?))?( on a (?P<pattern>\w+) background)?"
)


def group(said: str) -> Group:
    """What a group's words say; articles and plurals must be right."""
    found = GROUP.fullmatch(said)
    assert found, said
    number = {"a": 1, "an": 1, "two": 2, "three": 3}[found["number"]]
    assert (found["noun"] in NOUNS) == (number == 1), said
    assert (found["number"] == "an") == (number == 1 and said.split()[1][0] in "aeiou"), said
    noun = SINGULAR[found["noun"]]
    return Group(number, found["size"], found["colour"], None if noun == "shape" else noun)


def read(caption: str) -> Scene:
    """What a caption says."""
    found = SENTENCE.fullmatch(caption)
    assert found, caption
    second = group(found["second"]) if found["second"] else None
    return Scene(group(found["first"]), found["relation"], second, found["pattern"])


def is_true(said: Scene, of: Scene) -> bool:
    """Whether everything that is said is so."""
    pairs = [(said.relation, of.relation), (said.pattern, of.pattern)]
    for words, thing in zip(said.groups, of.groups, strict=False):
        pairs += [(words.number, thing.number), (words.size, thing.size)]
        pairs += [(words.colour, thing.colour), (words.shape, thing.shape)]
    return all(one is None or one == there for one, there in pairs)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (Group(1, None, "orange", "ring"), "an orange ring"),
        (Group(1, "small", "orange", "ring"), "a small orange ring"),
        (Group(2, None, "orange", "star"), "two orange stars"),
        (Group(3, "large", "red", "cross"), "three large red crosses"),
        (Group(2, "medium", None, "circle"), "two medium circles"),
        (Group(1, None, "white", None), "a white shape"),
    ],
)
def test_articles_and_plurals_are_right(of: Group, said: str) -> None:
    assert str(of) == said
    assert group(said) == of


def test_a_whole_caption_says_all_of_its_scene() -> None:
    dice = random.Random(0)
    drawn = [scenes.draw(dice) for _ in range(500)]
    assert all(read(one.caption) == one for one in drawn)
    assert {one.second is None for one in drawn} == {False, True}


def test_a_scene_is_the_same_from_its_other_group() -> None:
    dice = random.Random(1)
    for scene in [scenes.draw(dice) for _ in range(200)]:
        assert scene.turned().turned() == scene
        if scene.second is None:
            assert scene.turned() == scene
        else:
            assert scene.turned().groups == (scene.second, scene.first)
            assert {scene.relation, scene.turned().relation} in ({"left of", "right of"}, {"above", "below"})


def test_what_is_told_is_true() -> None:
    dice = random.Random(2)
    for scene in [scenes.draw(dice) for _ in range(300)]:
        for _ in range(5):
            said = read(scenes.told(scene, dice))
            assert is_true(said, scene) or is_true(said, scene.turned()), (said, scene.caption)


def test_more_or_less_is_told_of_a_scene() -> None:
    dice = random.Random(3)
    scene = Scene(Group(1, "small", "red", "circle"), "above", Group(2, "large", "blue", "star"), "striped")
    said = {read(scenes.told(scene, dice)) for _ in range(500)}
    assert {scene, scene.turned(), Scene(scene.first), Scene(scene.second)} <= said
    groups = [one for of in said for one in of.groups]
    assert {one.colour is None for one in groups} == {one.shape is None for one in groups} == {False, True}
    assert not [one for one in groups if one.colour is None and one.shape is None]


def test_a_scene_has_three_things_at_most_and_no_two_groups_alike() -> None:
    dice = random.Random(4)
    for scene in [scenes.draw(dice) for _ in range(1000)]:
        assert 1 <= sum(one.number for one in scene.groups) <= scenes.MOST_THINGS
        assert len({(one.colour, one.shape) for one in scene.groups}) == len(scene.groups)


def test_different_scenes_are_told_differently_from_either_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a grammar so small that every one of its scenes is found: 12 of a group, and 72 of two, each told in two ways."""
    for name, few in (("COLOURS", ("red", "blue")), ("SHAPES", ("circle", "square")), ("SIZES", ("small",))):
        monkeypatch.setattr(scenes, name, few)
    monkeypatch.setattr(scenes, "PATTERNS", ("plain",))
    found = scenes.different(random.Random(5), 84)
    assert len({frozenset((one.caption, one.turned().caption)) for one in found}) == len(found) == 84


def test_every_colour_and_every_shape_is_in_one_unseen_combination() -> None:
    assert Counter(colour for colour, _ in scenes.UNSEEN) == dict.fromkeys(scenes.COLOURS, 1)
    assert Counter(shape for _, shape in scenes.UNSEEN) == dict.fromkeys(scenes.SHAPES, 1)


def test_unseen_combinations_are_drawn_where_they_are_asked_for_alone() -> None:
    dice = random.Random(6)

    def has(scene: Scene) -> bool:
        return any((one.colour, one.shape) in scenes.UNSEEN for one in scene.groups)

    assert not any(has(scenes.draw(dice, unseen=False)) for _ in range(2000))
    assert all(has(scenes.draw(dice, unseen=True)) for _ in range(200))
    assert {has(scenes.draw(dice)) for _ in range(200)} == {False, True}


def test_every_group_that_can_be_drawn_is_listed_once() -> None:
    listed = list(scenes.groups())
    assert len(set(listed)) == len(listed) == 3 * 3 * 8 * 8
