"""A noisy curve of losses as a smooth function of FLOPs: the handout's quintic, and a fit that never rises."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from impl.scaling.analysis.measured import Array, Curve

Smooth = Callable[[Array], Array]
DEGREE = 5


def quintic(curve: Curve) -> Smooth:
    """The polynomial of degree 5 in FLOPs that the course's notebook fits, by least squares: as good as in any basis.

    Edges:   NaN outside the curve, where the course does not ask.
    Source:  the course's notebook, `getf_loss_flop`, `get_scatter_data`.
    """
    fitted = Polynomial.fit(curve.flops, curve.loss, DEGREE)
    return lambda flops: np.where(_within(curve, flops), fitted(flops), np.nan)


def monotone(curve: Curve) -> Smooth:
    """The closest curve that never rises, straight between epochs in log10 of FLOPs.

    Edges:   NaN outside the curve.
    """
    fitted, logs = falling(curve.loss), np.log10(curve.flops)
    return lambda flops: np.where(_within(curve, flops), np.interp(np.log10(flops), logs, fitted), np.nan)


def falling(loss: Array) -> Array:
    """The closest losses, by least squares, of which none is above the one before it. Shapes: [epochs], twice."""
    return np.asarray(isotonic_regression(loss, increasing=False).x)


SMOOTHERS: dict[str, Callable[[Curve], Smooth]] = {"quintic": quintic, "monotone": monotone}


class Misled(NamedTuple):
    """Where a quintic in FLOPs is not to be trusted.

    Units:   `off` in nats, the furthest that it is from the monotone fit, at `at` FLOPs; `rises` is the share of the curve's
             FLOPs over which it goes up.
    """

    off: float
    at: float
    rises: float


def misled(curve: Curve) -> Misled:
    """How far the quintic of a curve is from a fit that never rises: it bends evenly in FLOPs, and losses fall in the first
    epochs and hardly afterwards."""
    off = np.abs(quintic(curve)(curve.flops) - falling(curve.loss))
    even = np.linspace(curve.flops[0], curve.flops[-1], 1000)
    return Misled(float(off.max()), float(curve.flops[off.argmax()]), float((np.diff(quintic(curve)(even)) > 0).mean()))


def _within(curve: Curve, flops: Array) -> NDArray[np.bool_]:
    return (flops >= curve.flops[0]) & (flops <= curve.flops[-1])
