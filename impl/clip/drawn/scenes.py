"""Scenes of one to three coloured shapes, and their captions: what a small CLIP can be taught within minutes.

A scene has one or two groups of like things, so many of them, of a size, a colour and a shape; of two groups one is left of,
right of, above or below the other; all of it lies on a pattern. Its caption is a sentence of a grammar: the whole one says
everything, others leave something out, as people do.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring", "heart", "crescent")
SIZES = ("small", "medium", "large")
NUMBERS = ("a", "two", "three")
RELATIONS = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
"""Each with its converse: what is said of the other group."""
PATTERNS = ("plain", "striped", "checked", "dotted", "speckled", "wavy")
MOST_THINGS = 3
PAIRS = 2 / 3  # of the scenes have two groups

UNSEEN: frozenset[tuple[str, str]] = frozenset(
    (colour, SHAPES[(3 * number + 1) % len(SHAPES)]) for number, colour in enumerate(COLOURS)
)
"""Colours of shapes that no training scene has: each colour and each shape is in one, and is seen in seven others."""


@dataclass(frozen=True)
class Group:
    """Like things.

    Units:   `number` is 1 to 3.
    Edges:   in a caption the size may be None, the colour and the shape too, but not both: "two circles", "a red shape".
    """

    number: int
    size: str | None
    colour: str | None
    shape: str | None

    def __str__(self) -> str:
        noun = self.shape or "shape"
        plural = {"cross": "crosses"}.get(noun, f"{noun}s")
        words = (self.size, self.colour, noun if self.number == 1 else plural)
        said = " ".join(word for word in words if word)
        article = "an" if self.number == 1 and said[0] in "aeiou" else NUMBERS[self.number - 1]
        return f"{article} {said}"

    @property
    def is_unseen(self) -> bool:
        """Whether no training scene has this colour of this shape."""
        return (self.colour, self.shape) in UNSEEN


@dataclass(frozen=True)
class Scene:
    """What a picture shows, or as much of it as a caption says.

    Edges:   `relation` and `second` come together; a caption's `pattern` may be None.
    """

    first: Group
    relation: str | None = None
    second: Group | None = None
    pattern: str | None = None

    @property
    def groups(self) -> tuple[Group, ...]:
        return (self.first,) if self.second is None else (self.first, self.second)

    @property
    def is_unseen(self) -> bool:
        """Whether some colour of some shape in it is in no training scene."""
        return any(group.is_unseen for group in self.groups)

    @property
    def caption(self) -> str:
        """The sentence that says all that this scene says."""
        words = [str(self.first)]
        if self.second is not None:
            words += [str(self.relation), str(self.second)]
        if self.pattern is not None:
            words.append(f"on a {self.pattern} background")
        return " ".join(words)

    def turned(self) -> Scene:
        """The same scene, told from its other group; with one group, as it is."""
        if self.second is None or self.relation is None:
            return self
        return replace(self, first=self.second, relation=RELATIONS[self.relation], second=self.first)


def draw(rng: random.Random, *, unseen: bool | None = None) -> Scene:
    """A scene at random: one with an unseen combination, one without, or either."""
    while True:
        scene = _draw(rng)
        if unseen is None or scene.is_unseen is unseen:
            return scene


def different(rng: random.Random, count: int, *, unseen: bool | None = None) -> list[Scene]:
    """Scenes no two of which are told alike, from either group."""
    found: dict[str, Scene] = {}
    while len(found) < count:
        scene = draw(rng, unseen=unseen)
        if scene.turned().caption not in found:
            found.setdefault(scene.caption, scene)
    return list(found.values())


def one_thing(rng: random.Random, colour: str, shape: str) -> Scene:
    """A scene with a single thing of that colour and shape."""
    return Scene(Group(1, rng.choice(SIZES), colour, shape), pattern=rng.choice(PATTERNS))


def told(scene: Scene, rng: random.Random) -> str:
    """One of the sentences that are true of a scene: from either group, with more or less of what there is to say."""
    said = scene.turned() if rng.random() < 1 / 2 else scene
    if said.second is not None and rng.random() < 1 / 8:
        said = replace(said, relation=None, second=None)
    pattern = said.pattern if rng.random() < 1 / 2 else None
    second = _told(said.second, rng) if said.second is not None else None
    return replace(said, first=_told(said.first, rng), second=second, pattern=pattern).caption


def groups() -> Iterator[Group]:
    """Every group that can be drawn."""
    for number, size, colour, shape in itertools.product(range(1, MOST_THINGS + 1), SIZES, COLOURS, SHAPES):
        yield Group(number, size, colour, shape)


def _draw(rng: random.Random) -> Scene:
    if rng.random() >= PAIRS:
        return Scene(_group(rng, MOST_THINGS), pattern=rng.choice(PATTERNS))
    first = _group(rng, MOST_THINGS - 1)
    second = _group(rng, MOST_THINGS - first.number)
    while (second.colour, second.shape) == (first.colour, first.shape):
        second = _group(rng, MOST_THINGS - first.number)
    return Scene(first, rng.choice(list(RELATIONS)), second, rng.choice(PATTERNS))


def _group(rng: random.Random, most: int) -> Group:
    return Group(rng.randint(1, most), rng.choice(SIZES), rng.choice(COLOURS), rng.choice(SHAPES))


def _told(group: Group, rng: random.Random) -> Group:
    """A group as people would name it: often without its size, or its colour, and now and then without its shape."""
    size = group.size if rng.random() < 2 / 3 else None
    left_out = rng.random()
    if left_out < 1 / 3:
        return replace(group, size=size, colour=None)
    return replace(group, size=size, shape=None if left_out < 3 / 8 else group.shape)
