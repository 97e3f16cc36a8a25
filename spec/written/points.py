"""The random points at which statements are tried: of any size, with as many samples as there are not features."""

from __future__ import annotations

import random

from spec.formula.domain import DRAWN, Values, random_values, stretched
from spec.written.questions import Asked

POINTS = 10
MIDDLE, LARGE = range(2, 7), range(7, 10)  # sizes that are drawn
STRETCHED = (0, 0, 120, -120, 0)


def point(asked: Asked, i: int, rng: random.Random) -> Values:
    """Point i: n never d, the last one larger; some numbers very large, some very small, as far as the assumptions let them."""
    is_last = i == POINTS - 1
    n, d = DRAWN[i] if i < len(DRAWN) else rng.sample(LARGE if is_last else MIDDLE, 2)
    symbols = (*asked.symbols, *asked.foreign)
    drawn = random_values(symbols, asked.n or n, asked.d or d, rng, asked.holds, all_small=is_last)
    far = stretched(symbols, drawn, STRETCHED[i % len(STRETCHED)])
    return asked.with_bound(far if asked.holds(far) else drawn)
