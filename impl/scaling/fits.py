"""The two fits that the handout asks for, as the course's notebook calls them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
FLAT = 1e-12  # of the largest loss: a bend as small as rounding is none


class FitError(ValueError):
    """A fit that has no answer; says what it was given."""


def find_optimal_params(x: ArrayLike, y: ArrayLike) -> tuple[Array, float]:
    """A parabola of the loss in log10 of the number of parameters, and the number at its vertex.

    Shapes:  x, y [points] -> p [3], for `numpy.polyval(p, numpy.log10(x))`, and a number.
    Edges:   the vertex may lie outside the data. The fit is made about the data's middle and multiplied out afterwards,
             which costs no digits.
    Raises:  FitError for fewer than three sizes, numbers that are not finite, sizes that are not positive, and a
             parabola that opens downwards or is a line, which has no lowest point.
    Source:  handout 3.3.2.
    """
    sizes, losses = _points(x, y, "sizes", "losses", different=3)
    if (bad := sizes[sizes <= 0]).size:
        raise FitError(f"sizes must be positive to have logarithms; got {bad[0]:g}")
    logs = np.log10(sizes)
    middle = float(logs.mean())
    a, b, c = np.polyfit(logs - middle, losses, 2)
    if a * np.ptp(logs) ** 2 <= FLAT * max(np.abs(losses).max(), np.finfo(float).tiny):
        shape = "is a straight line" if abs(a) * np.ptp(logs) ** 2 <= FLAT * np.abs(losses).max() else "opens downwards"
        raise FitError(f"the parabola {shape} (it begins {a:.3g} log10(x)^2), so no size is the best")
    vertex = middle - b / (2 * a)
    if not abs(vertex) <= np.finfo(float).maxexp * np.log10(2):
        raise FitError(f"the parabola is nearly straight: its vertex, 10^{vertex:.3g}, is no number")
    optimal = 10.0**vertex
    return np.array([a, b - 2 * a * middle, (a * middle - b) * middle + c]), float(optimal)


def fit_linear_log(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """The line log10 y = m log10 x + c, by least squares: its slope and its intercept.

    Shapes:  x, y [points] -> two numbers.
    Raises:  FitError for fewer than two different x, and for numbers that are not positive and finite.
    Source:  handout 3.3.3.
    """
    x, y = _points(x, y, "x", "y", different=2)
    for name, values in (("x", x), ("y", y)):
        if (bad := values[values <= 0]).size:
            raise FitError(f"{name} must be positive to have logarithms; got {bad[0]:g}")
    logs = np.log10(x)
    slope, height = np.polyfit(logs - logs.mean(), np.log10(y), 1)
    return float(slope), float(height - slope * logs.mean())


def _points(x: ArrayLike, y: ArrayLike, x_name: str, y_name: str, *, different: int) -> Sequence[Array]:
    """Two columns of one length, finite, with so many different x."""
    columns = [np.asarray(one, dtype=np.float64) for one in (x, y)]
    for name, values in zip((x_name, y_name), columns, strict=True):
        if values.ndim != 1:
            raise FitError(f"{name} must be in a row; got an array of shape {list(values.shape)}")
        if (bad := values[~np.isfinite(values)]).size:
            raise FitError(f"{name} must be finite; got {bad[0]}")
    if len(columns[0]) != len(columns[1]):
        raise FitError(f"there must be as many {x_name} as {y_name}; got {len(columns[0])} and {len(columns[1])}")
    if (found := len(set(columns[0].tolist()))) < different:
        raise FitError(f"the fit needs {different} different {x_name}; got {found}")
    return columns
