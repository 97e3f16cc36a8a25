"""Pictures of scenes, 64 by 64: shapes that do not touch, on a pattern of pale or dull tones."""

from __future__ import annotations

import math
import random
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from impl.clip.drawn.scenes import Group, Scene

SIDE = 64
FINE = 2  # drawn so many times larger, and made smaller: edges are smooth
RADII = {"small": 5.5, "medium": 8.5, "large": 12.5}
GAP = 1.5  # between things
TRIES = 60
RGB = {
    "red": (214, 32, 38),
    "orange": (245, 138, 20),
    "yellow": (246, 222, 36),
    "green": (34, 150, 60),
    "blue": (40, 84, 214),
    "purple": (136, 46, 160),
    "white": (250, 250, 250),
    "black": (14, 14, 16),
}
_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)

Centre = tuple[float, float]


def picture(scene: Scene, rng: random.Random) -> Image.Image:
    """A picture of a scene; where things lie, how they are turned and what tones the pattern has is drawn.

    Shapes:  64 x 64, RGB.
    """
    canvas = Image.fromarray(_background(scene.pattern or "plain", rng)).resize(
        (SIDE * FINE,) * 2, Image.Resampling.BILINEAR
    )
    pen = ImageDraw.Draw(canvas)
    radii, places = _places(scene, rng)
    things = [group for group in scene.groups for _ in range(group.number)]
    for thing, radius, (x, y) in zip(things, radii, places, strict=True):
        _thing(pen, thing, radius * FINE, (x * FINE, y * FINE), rng)
    return canvas.reduce(FINE)


def _places(scene: Scene, rng: random.Random) -> tuple[list[float], list[Centre]]:
    """Radii and centres of all things, group by group: none touches another, and the relation is plain to see.

    Edges:   where that cannot be had at once, all are a little smaller.
    """
    things = [group for group in scene.groups for _ in range(group.number)]
    shrunk = 1.0
    while True:
        radii = [RADII[str(thing.size)] * shrunk * rng.uniform(0.92, 1.08) for thing in things]
        reaches = [radius * _reach(str(thing.shape)) for radius, thing in zip(radii, things, strict=True)]
        for _ in range(TRIES):
            centres = [(rng.uniform(r + 1, SIDE - r - 1), rng.uniform(r + 1, SIDE - r - 1)) for r in radii]
            if _is_apart(centres, reaches) and _is_related(scene, centres):
                return radii, centres
        shrunk *= 0.95


@cache
def _reach(shape: str) -> float:
    """How far a shape's corners are from its centre, in radii."""
    return max((math.hypot(*corner) for corner in OUTLINES.get(shape, [])), default=1.0)


def _is_apart(centres: list[Centre], reaches: list[float]) -> bool:
    return all(
        math.dist(centres[one], centres[other]) >= reaches[one] + reaches[other] + GAP
        for one in range(len(centres))
        for other in range(one)
    )


def _is_related(scene: Scene, centres: list[Centre]) -> bool:
    """Whether every thing of the first group lies on its side of every thing of the second, and the middles lie so rather
    than across."""
    if scene.relation is None:
        return True
    first, second = centres[: scene.first.number], centres[scene.first.number :]
    axis = 0 if scene.relation in ("left of", "right of") else 1
    sign = 1 if scene.relation in ("left of", "above") else -1
    nearest = min(sign * (b[axis] - a[axis]) for a in first for b in second)
    along, across = (_middle(second, i) - _middle(first, i) for i in (axis, 1 - axis))
    return nearest >= SIDE / 10 and abs(along) >= abs(across)


def _middle(centres: list[Centre], axis: int) -> float:
    return sum(centre[axis] for centre in centres) / len(centres)


def _thing(pen: ImageDraw.ImageDraw, thing: Group, radius: float, at: Centre, rng: random.Random) -> None:
    colour = tuple(min(255, max(0, tone + rng.randint(-14, 14))) for tone in RGB[str(thing.colour)])
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    turn = rng.uniform(-0.15, 0.15)
    match thing.shape:
        case "circle":
            pen.ellipse(box, fill=colour)
        case "ring":
            pen.ellipse(box, outline=colour, width=round(0.36 * radius))
        case shape:
            pen.polygon([(x + radius * u, y + radius * v) for u, v in _turned(OUTLINES[str(shape)], turn)], fill=colour)


def _turned(points: list[Centre], by: float) -> list[Centre]:
    c, s = math.cos(by), math.sin(by)
    return [(c * u - s * v, s * u + c * v) for u, v in points]


def _star() -> list[Centre]:
    turns = [math.pi * number / 5 for number in range(10)]
    return [(math.sin(a) * r, -math.cos(a) * r) for a, r in zip(turns, (1.0, 0.42) * 5, strict=True)]


def _heart() -> list[Centre]:
    turns = [2 * math.pi * number / 28 for number in range(28)]
    xs = [math.sin(a) ** 3 for a in turns]
    ys = [-(13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)) / 16 for a in turns]
    return list(zip(xs, ys, strict=True))


def _crescent() -> list[Centre]:
    """A disc's left rim, and back along a rim that is shifted to the right."""
    outer = [math.radians(angle) for angle in range(50, 311, 13)]
    inner = [math.radians(angle) for angle in range(-80, 81, 20)]
    radius = math.sin(outer[0]) / math.sin(inner[-1])
    shift = math.cos(outer[0]) + radius * math.cos(inner[-1])
    rim = [(math.cos(a), math.sin(a)) for a in outer] + [
        (shift - radius * math.cos(a), radius * math.sin(a)) for a in inner
    ]
    return [(x + 0.2, y) for x, y in rim]


_C = 0.3  # half of a bar of the cross
OUTLINES: dict[str, list[Centre]] = {
    "square": [(-0.84, -0.84), (0.84, -0.84), (0.84, 0.84), (-0.84, 0.84)],
    "triangle": [(0.0, -1.0), (0.98, 0.76), (-0.98, 0.76)],
    "star": _star(),
    "cross": [
        (-_C, -1), (_C, -1), (_C, -_C), (1, -_C), (1, _C), (_C, _C), (_C, 1), (-_C, 1), (-_C, _C), (-1, _C), (-1, -_C), (-_C, -_C)
    ],
    "heart": _heart(),
    "crescent": _crescent(),
}  # fmt: skip


def _background(pattern: str, rng: random.Random) -> NDArray[np.uint8]:
    """A pattern between two tones.

    Shapes:  [64, 64, 3].
    """
    grey = rng.uniform(95, 190)
    tint = np.array([rng.uniform(-16, 16) for _ in range(3)], np.float32)
    contrast = rng.uniform(22, 40) * rng.choice((-1, 1))
    weight = _weight(pattern, rng)[..., None]
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2.5, (SIDE, SIDE, 1)).astype(np.float32)
    return np.clip(grey + tint + contrast * weight + noise, 0, 255).astype(np.uint8)


def _weight(pattern: str, rng: random.Random) -> NDArray[np.float32]:
    """How much of the second tone there is at every place, from -1/2 to 1/2.

    Shapes:  [64, 64].
    """
    turn, start = rng.uniform(0, math.pi), rng.uniform(0, 6.28)
    pitch = 2 * math.pi / rng.uniform(7, 12)
    u = _COLUMNS * math.cos(turn) + _ROWS * math.sin(turn)
    v = _ROWS * math.cos(turn) - _COLUMNS * math.sin(turn)
    match pattern:
        case "plain":
            return np.zeros_like(u)
        case "striped":
            return (np.sin(pitch * u + start) > 0) - np.float32(0.5)
        case "checked":
            return (np.sin(pitch * u + start) * np.sin(pitch * v) > 0) - np.float32(0.5)
        case "dotted":
            return (np.sin(pitch * u + start) * np.sin(pitch * v + start) > 0.55) - np.float32(0.5)
        case "wavy":
            return (np.sin(pitch * u + 2 * np.sin(0.6 * pitch * v) + start) / 2).astype(np.float32)
        case "speckled":
            grains = np.random.default_rng(rng.getrandbits(32)).random((SIDE // 2, SIDE // 2), np.float32)
            return ((grains > 0.7) - np.float32(0.5)).repeat(2, 0).repeat(2, 1)
        case _:
            raise ValueError(f"got the pattern {pattern!r}, expected one of scenes.PATTERNS")
