"""The fits of 3.3 as small charts: the points that were given, the curve that is expected and the one that was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from harness.outcome import Counterexample
from harness.report.picture.numbers import shown
from spec.contracts import LinearLog, OptimalParams, linear_log, optimal_params

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 40
STEPS = 48
NEAR = 3.0  # spans of the points beyond them within which what was found is still in the picture
FAR = 1.0  # spans beyond the points within which an optimum is still in the picture


class Tick(NamedTuple):
    """A mark on an axis, where and what."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Points and two curves in a frame, in units of the picture; `told` is what it does not show.

    Edges:   an optimum is a line straight up.
    """

    x_is: str
    y_is: str
    points: tuple[tuple[float, float], ...]
    expected: str
    found: str
    optima: tuple[tuple[str, float], ...]
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
    optima: dict[str, float]


def chart(seen: Counterexample, item: str | None) -> Chart | None:
    """The chart of a fit; None of what is none, or cannot be fitted."""
    fits: dict[str, Callable[[Counterexample, np.ndarray, np.ndarray], Fit]] = {
        OptimalParams.item: _parabola, LinearLog.item: _line,
    }  # fmt: skip
    if item not in fits or not {"x", "y"} <= seen.arrays.keys():
        return None
    x, y = (np.asarray(seen.arrays[name], dtype=np.float64) for name in "xy")
    good = np.isfinite(x) & (x > 0) & np.isfinite(y) & ((y > 0) | (item == OptimalParams.item))
    if len(np.unique(x[good])) < (3 if item == OptimalParams.item else 2):
        return None
    return _drawn(fits[item](seen, x[good], y[good]), int((~good).sum()))


def _parabola(seen: Counterexample, x: np.ndarray, y: np.ndarray) -> Fit:
    truth = optimal_params.fitted(x, y)
    p = seen.actual if seen.of == "p" else seen.outputs.get("p")
    is_of_optimum = seen.of == "optimal_params"
    optima = {
        "expected": seen.expected if is_of_optimum else truth.vertex,
        "found": seen.actual if is_of_optimum else seen.outputs.get("optimal_params"),
    }
    logs = {name: _log10(value) for name, value in optima.items() if value is not None}
    names = "log10 of the number of parameters", "loss"
    return Fit(*names, np.log10(x), y, truth.p, None if p is None else np.asarray(p, dtype=np.float64), logs)


def _line(seen: Counterexample, x: np.ndarray, y: np.ndarray) -> Fit:
    found = [seen.actual if seen.of == name else seen.outputs.get(name) for name in ("m", "c")]
    p = None if any(one is None for one in found) else np.array([float(one) for one in found if one is not None])
    return Fit("log10 of x", "log10 of y", np.log10(x), np.log10(y), np.array(linear_log.fitted(x, y)), p, {})


def _log10(value: Any) -> float:
    number = float(value)
    return math.log10(number) if number > 0 else math.nan


def _drawn(fit: Fit, n_bad: int) -> Chart:
    told = [] if not n_bad else [f"{n_bad} of the points {'has' if n_bad == 1 else 'have'} no place in the picture."]
    low, high = float(fit.x.min()), float(fit.x.max())
    reach = FAR * (high - low)
    near = {name: at for name, at in fit.optima.items() if low - reach <= at <= high + reach}
    told += [
        f"The optimum that is {n}, 10^{shown(at)}, lies outside the picture."
        for n, at in fit.optima.items()
        if n not in near
    ]
    begin, end = min(low, *near.values(), low), max(high, *near.values(), high)
    xs = np.linspace(begin - 0.06 * (end - begin), end + 0.06 * (end - begin), STEPS)
    right = np.polyval(fit.expected, xs)
    bottom, top = float(min(fit.y.min(), right.min())), float(max(fit.y.max(), right.max()))
    bottom, top = _with_found(fit, bottom, top)
    margin = 0.12 * ((top - bottom) or 1.0)
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
        tuple((name, to_x(at)) for name, at in near.items()), _ticks(xs[0], xs[-1], to_x),
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
