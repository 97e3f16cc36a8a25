"""The fits of 3.3 as small charts: the points that were given, the curve that is expected and the one that was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from harness.outcome import Counterexample
from harness.report.picture.numbers import NUMERIC, shown
from spec.contracts import LinearLog, OptimalParams, linear_log, optimal_params

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 40
STEPS = 48
NEAR = 3.0  # spans of the points beyond them within which what was found is still in the picture
LEAST, MOST = 2.0**-30, 1e150  # of a span, in its place; of a loss: beyond these there is nothing to be seen
FAR = 1.0  # spans beyond the points within which an optimum is still in the picture


class Optimum(NamedTuple):
    """An upright line: how it is drawn (expected, before, found), what it is, where."""

    kind: str
    is_: str
    at: float


class Tick(NamedTuple):
    """A mark on an axis, where and what."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Points and two curves in a frame, in units of the picture; `told` is what it does not show.

    Edges:   an optimum is a line straight up; `before` is one that the subject itself has found before.
    """

    x_is: str
    y_is: str
    points: tuple[tuple[float, float], ...]
    expected: str
    found: str
    optima: tuple[Optimum, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    told: tuple[str, ...]

    @property
    def frame(self) -> dict[str, int]:
        return {
            "width": WIDTH,
            "height": HEIGHT,
            "left": LEFT,
            "top": TOP,
            "right": WIDTH - RIGHT,
            "bottom": HEIGHT - BOTTOM,
        }


@dataclass(frozen=True)
class Fit:
    """What is drawn, in its own units."""

    x_is: str
    y_is: str
    x: np.ndarray
    y: np.ndarray
    expected: np.ndarray
    found: np.ndarray | None
    optima: tuple[Optimum, ...] = ()
    told: tuple[str, ...] = ()


def chart(seen: Counterexample, item: str | None) -> Chart | None:
    """The chart of a fit; None of what is none, or cannot be fitted or drawn."""
    fits: dict[str, Callable[[Counterexample, np.ndarray, np.ndarray], Fit]] = {
        OptimalParams.item: _parabola, LinearLog.item: _line,
    }  # fmt: skip
    x, y = (_numbers(seen.arrays.get(name)) for name in "xy")
    if item not in fits or x is None or y is None or x.shape != y.shape:
        return None
    with np.errstate(all="ignore"):
        good = np.isfinite(x) & (x > 0) & (np.abs(y) < MOST) & ((y > 0) | (item == OptimalParams.item))
        if not _spread(np.log10(x[good]), 3 if item == OptimalParams.item else 2):
            return None
        fit = fits[item](seen, x[good], y[good])
        return _drawn(fit, int((~good).sum())) if np.isfinite(fit.expected).all() else None


def _spread(places: np.ndarray, n: int) -> bool:
    """Whether there are so many different places, and so far from one another that they can be told apart."""
    different = np.unique(places)
    return len(different) >= n and bool(np.diff(different).max() > LEAST * (1 + np.abs(different).max()))


def _parabola(seen: Counterexample, x: np.ndarray, y: np.ndarray) -> Fit:
    """A parabola with the optima of the law, which may be about two of the subject's own."""
    truth = optimal_params.fitted(x, y)
    is_of_optimum, is_own = seen.of == "optimal_params", seen.sides != ("expected", "found")
    results: list[tuple[str, str, Any]] = [("expected", "expected", truth.vertex)]
    if is_of_optimum and is_own:
        results += [("before", seen.sides[0], seen.expected), ("found", seen.sides[1], seen.actual)]
    else:
        results.append(("found", "found", seen.actual if is_of_optimum else seen.outputs.get("optimal_params")))
    numbers = [(kind, is_, _numbers(value)) for kind, is_, value in results]
    there = [(kind, is_, float(value[0])) for kind, is_, value in numbers if value is not None and value.size == 1]
    told = [f"The optimum {is_} is {shown(v)}, which {_why(v)}." for _, is_, v in there if not 0 < v < math.inf]
    if is_of_optimum and is_own:
        told.append("The law compares the subject with itself; what is expected here is the truth.")
    optima = tuple(Optimum(kind, is_, math.log10(v)) for kind, is_, v in there if 0 < v < math.inf)
    p = _numbers(seen.actual if seen.of == "p" else seen.outputs.get("p"))
    return Fit("log10 of the number of parameters", "loss", np.log10(x), y, truth.p, _of(p, 3), optima, tuple(told))


def _line(seen: Counterexample, x: np.ndarray, y: np.ndarray) -> Fit:
    found = [_numbers(seen.actual if seen.of == name else seen.outputs.get(name)) for name in ("m", "c")]
    there = [one for one in found if one is not None and one.size == 1]
    p = np.concatenate(there) if len(there) == len(found) else None
    return Fit("log10 of x", "log10 of y", np.log10(x), np.log10(y), np.array(linear_log.fitted(x, y)), p)


def _why(value: float) -> str:
    """Why a number has no place among logarithms."""
    return "has no logarithm" if value <= 0 and math.isfinite(value) else "is no finite number"


def _numbers(value: Any) -> np.ndarray | None:
    """What was said as numbers in a row, if that is what it is."""
    array = np.asarray(value)
    return array.reshape(-1).astype(np.float64) if value is not None and array.dtype.kind in NUMERIC else None


def _of(array: np.ndarray | None, size: int) -> np.ndarray | None:
    return array if array is not None and array.size == size else None


def _drawn(fit: Fit, n_bad: int) -> Chart:
    told = [] if not n_bad else [f"{n_bad} of the points {'has' if n_bad == 1 else 'have'} no place in the picture."]
    low, high = float(fit.x.min()), float(fit.x.max())
    reach = FAR * (high - low)
    near = [one for one in fit.optima if low - reach <= one.at <= high + reach]
    told += [f"The optimum {o.is_}, 10^{shown(o.at)}, lies outside the picture." for o in fit.optima if o not in near]
    told += fit.told
    places = [low, high, *(one.at for one in near)]
    begin, end = min(places), max(places)
    xs = np.linspace(begin - 0.06 * (end - begin), end + 0.06 * (end - begin), STEPS)
    right = np.polyval(fit.expected, xs)
    bottom, top = float(min(fit.y.min(), right.min())), float(max(fit.y.max(), right.max()))
    bottom, top = _with_found(fit, bottom, top)
    span = max(top - bottom, LEAST * max(abs(top), abs(bottom)))
    margin = 0.12 * (span if span > 1 / MOST else 1.0)
    to_x = _scale((xs[0], xs[-1]), (LEFT, WIDTH - RIGHT))
    to_y = _scale((bottom - margin, top + margin), (HEIGHT - BOTTOM, TOP))
    found = ""
    if fit.found is not None:
        with np.errstate(all="ignore"):
            values = np.polyval(fit.found.reshape(-1), xs)
        found = _path(xs, values, to_x, to_y)
        told += [] if found else ["The curve that was found lies outside the picture."]
    points = tuple((to_x(float(a)), to_y(float(b))) for a, b in zip(fit.x, fit.y, strict=True))
    return Chart(
        fit.x_is, fit.y_is, points, _path(xs, right, to_x, to_y), found,
        tuple(one._replace(at=to_x(one.at)) for one in near), _ticks(xs[0], xs[-1], to_x),
        _ticks(bottom - margin, top + margin, to_y), tuple(told),
    )  # fmt: skip


def _with_found(fit: Fit, bottom: float, top: float) -> tuple[float, float]:
    """A range with what was found at the points, where that is not so far away that nothing else could be seen."""
    if fit.found is None:
        return bottom, top
    with np.errstate(all="ignore"):
        found = np.polyval(fit.found.reshape(-1), fit.x)
    reach = NEAR * max(top - bottom, max(abs(top), abs(bottom)) / 4)
    seen = found[np.isfinite(found) & (found >= bottom - reach) & (found <= top + reach)]
    return min(bottom, *seen, bottom), max(top, *seen, top)


def _scale(given: tuple[float, float], drawn: tuple[int, int]) -> Callable[[float], float]:
    factor = (drawn[1] - drawn[0]) / (given[1] - given[0])
    return lambda value: round(drawn[0] + (value - given[0]) * factor, 1)


def _path(xs: np.ndarray, ys: np.ndarray, to_x: Callable[[float], float], to_y: Callable[[float], float]) -> str:
    """A curve where it lies within the frame; it goes on a step beyond, where the frame cuts it."""
    places = [(to_x(float(x)), to_y(float(y)) if np.isfinite(y) else math.nan) for x, y in zip(xs, ys, strict=True)]
    inside = [TOP <= y <= HEIGHT - BOTTOM for _, y in places]
    if not any(inside):
        return ""
    parts, is_on = [], False
    for i, (x, y) in enumerate(places):
        if math.isnan(y) or not any(inside[max(0, i - 1) : i + 2]):
            is_on = False
            continue
        parts.append(f"{'L' if is_on else 'M'}{x:g} {max(-HEIGHT, min(2 * HEIGHT, y)):g}")
        is_on = True
    return "".join(parts)


def _ticks(low: float, high: float, to: Callable[[float], float]) -> tuple[Tick, ...]:
    """Three to six round numbers on an axis."""
    rough = (high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = min((size * m for m in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / rough)))
    first = math.ceil(low / step)
    return tuple(Tick(to(i * step), f"{i * step:.6g}") for i in range(first, math.floor(high / step) + 1))
