"""Pictures of scenes: they show as many things as are told, of the colours that are told, where they are told to be."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from impl.clip.drawn import drawing, scenes
from impl.clip.drawn.drawing import RGB, SIDE, picture
from impl.clip.drawn.scenes import Group, Scene

NEAR = 40.0  # of a colour, of the square root of the sum of three squares
SPECK = 3  # pixels


def shown(scene: Scene, seed: int) -> NDArray[np.float64]:
    return np.asarray(picture(scene, random.Random(seed)), dtype=np.float64)


def near(pixels: NDArray[np.float64], colour: str) -> NDArray[np.bool_]:
    """Where there is a colour."""
    return np.linalg.norm(pixels - np.array(RGB[colour]), axis=2) < NEAR


def things(pixels: NDArray[np.float64], colour: str) -> list[int]:
    """The sizes, in pixels, of what lies on a plain pattern: of all that is more of the colour than of the pattern."""
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    way = np.array(RGB[colour]) - ground
    is_thing = (pixels - ground) @ way > way @ way / 2
    labels, count = ndimage.label(is_thing)
    sizes = [int((labels == number).sum()) for number in range(1, count + 1)]
    return [one for one in sizes if one > SPECK]


@pytest.mark.parametrize("shape", scenes.SHAPES)
@pytest.mark.parametrize("pattern", scenes.PATTERNS)
def test_every_shape_is_drawn_on_every_pattern(shape: str, pattern: str) -> None:
    scene = Scene(Group(1, "large", "red", shape), pattern=pattern)
    drawn = picture(scene, random.Random(0))
    assert (drawn.size, drawn.mode) == ((SIDE, SIDE), "RGB")
    assert near(np.asarray(drawn, dtype=np.float64), "red").sum() > 100


def test_the_same_dice_draw_the_same_picture() -> None:
    scene = Scene(Group(2, "small", "blue", "heart"), pattern="wavy")
    assert picture(scene, random.Random(7)).tobytes() == picture(scene, random.Random(7)).tobytes()
    assert picture(scene, random.Random(7)).tobytes() != picture(scene, random.Random(8)).tobytes()


@pytest.mark.parametrize("of", ["shape", "pattern", "size", "colour"])
def test_what_a_scene_says_changes_its_picture(of: str) -> None:
    words = {"shape": scenes.SHAPES, "pattern": scenes.PATTERNS, "size": scenes.SIZES, "colour": scenes.COLOURS}[of]
    whole = {"shape": "star", "pattern": "dotted", "size": "medium", "colour": "green"}
    drawn = set()
    for word in words:
        told = whole | {of: word}
        group = Group(1, told["size"], told["colour"], told["shape"])
        drawn.add(picture(Scene(group, pattern=told["pattern"]), random.Random(0)).tobytes())
    assert len(drawn) == len(words)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="tartan"):
        picture(Scene(Group(1, "small", "red", "ring"), pattern="tartan"), random.Random(0))


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("shape", scenes.SHAPES)
def test_as_many_things_as_are_told_lie_apart(shape: str, number: int) -> None:
    for seed, (size, colour) in enumerate(zip(scenes.SIZES, ("red", "white", "black"), strict=True)):
        scene = Scene(Group(number, size, colour, shape), pattern="plain")
        assert len(things(shown(scene, seed), colour)) == number, (size, seed)


@pytest.mark.parametrize("colour", scenes.COLOURS)
def test_a_colour_is_nearer_to_its_own_than_to_any_other(colour: str) -> None:
    for pattern in scenes.PATTERNS:
        scene = Scene(Group(1, "large", colour, "circle"), pattern=pattern)
        pixels = shown(scene, 3)
        found = {name: int(near(pixels, name).sum()) for name in scenes.COLOURS}
        assert max(found, key=found.__getitem__) == colour, found


def test_sizes_are_in_their_order() -> None:
    for shape in scenes.SHAPES:
        areas = [
            things(shown(Scene(Group(1, size, "red", shape), pattern="plain"), 5), "red")[0] for size in scenes.SIZES
        ]
        assert areas[1] > 1.5 * areas[0], shape
        assert areas[2] > 1.5 * areas[1], shape


@pytest.mark.parametrize("relation", scenes.RELATIONS)
def test_a_relation_holds_in_the_picture(relation: str) -> None:
    axis = 1 if relation in ("left of", "right of") else 0
    sign = 1 if relation in ("left of", "above") else -1
    for seed in range(12):
        numbers = [(1, 1), (2, 1), (1, 2)][seed % 3]
        first, second = (Group(n, "medium", c, "circle") for n, c in zip(numbers, ("red", "blue"), strict=True))
        pixels = shown(Scene(first, relation, second, scenes.PATTERNS[seed % 6]), seed)
        red, blue = (np.argwhere(near(pixels, colour)) for colour in ("red", "blue"))
        apart = blue.mean(axis=0) - red.mean(axis=0)
        assert sign * apart[axis] > SIDE / 20
        assert abs(apart[axis]) > abs(apart[1 - axis]) - 2  # of pixels, for what is near a colour is not all of a thing


def test_things_that_find_no_room_are_drawn_smaller() -> None:
    scene = Scene(Group(1, "large", "red", "circle"), "left of", Group(2, "large", "blue", "circle"), "plain")
    for seed in range(20):
        radii, places = drawing._places(scene, random.Random(seed))
        for one, (x, y) in zip(radii, places, strict=True):
            assert one <= x <= SIDE - one
            assert one <= y <= SIDE - one
    assert isinstance(picture(scene, random.Random(0)), Image.Image)
