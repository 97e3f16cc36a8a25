"""3.3: the vertex of an isoFLOP parabola in log10, the log-log line through the vertices, and what scaling does to them."""

from __future__ import annotations

import itertools

import sympy

from spec.claims.claim import Claim, column, total
from spec.claims.explicit import SIZES, kept
from spec.formula.domain import Values

a, factor = sympy.symbols("a factor", positive=True)
b, c, x, slope, intercept = sympy.symbols("b c x slope intercept", real=True)
log_of_c = sympy.Symbol("log_C", real=True)
C, N = sympy.symbols("C N", positive=True)
POINTS = 3
n, d = SIZES["n"], SIZES["d"]
X = sympy.MatrixSymbol("X", n, d)


def small_powers(values: Values) -> bool:
    """Whether powers of 10 stay short enough to be written down."""
    named = [values[name].numbers[0] for name in ("b", "slope", "intercept") if name in values]
    return all(-40 <= number <= 40 for number in named) and all(
        values[name].numbers[0] >= 1 for name in ("a",) if name in values
    )


def claim() -> Claim:
    """Least squares, the vertex, the line, and units."""
    found = Claim(
        "3.3",
        "The loss's parabola in x = log10 N has its minimum at N = 10^(-b/2a) iff a > 0; N* = 10^intercept C^slope.",
        {"a, b, c": "the parabola's coefficients", "x": "log10 N"},
    )
    _least_squares(found)
    _vertex(found)
    _parabola(found)
    _line(found)
    _units(found)
    return found


def _least_squares(found: Claim) -> None:
    """Parabola and line alike: the coefficients that fit best meet the normal equations."""
    y, k = sympy.MatrixSymbol("y", n, 1), sympy.MatrixSymbol("k", d, 1)
    misses = X * k - y
    stated = 2 * (X.T * X * k - X.T * y)
    gradient = found.derivative("The gradient of the sum of squares in the coefficients", misses.T * misses, k, stated)
    step = sympy.MatrixSymbol("step", d, 1)
    moved = X * (k + step) - y
    stated = step.T * gradient + (X * step).T * (X * step)
    found.equal(
        "Where it is 0 no other fit is better: a step adds a square", moved.T * moved - misses.T * misses, stated
    )


def _vertex(found: Claim) -> None:
    """The completed square of a parabola."""
    parabola = a * x**2 + b * x + c
    slope = found.derivative("The slope", parabola, x, 2 * a * x + b)
    at = found.solution("is 0 at", slope, x, -b / (2 * a), form="vertex")
    rest = parabola - parabola.subs(x, at)
    found.equal("The loss above that at the vertex is a square times a", rest, a * (x - at) ** 2)
    says = "so for positive a the vertex is the minimum: the second derivative is positive"
    found.derivative(says, slope, x, 2 * a, positive=True)
    flipped = found.derivative(
        "For a negative a, here -a, the slope turns round", -parabola.subs(a, -a), x, 2 * a * x - b
    )
    found.derivative("and the vertex is the maximum", flipped, x, 2 * a, positive=True)
    tilt = sympy.Symbol("tilt", real=True, nonzero=True)
    line = {a: sympy.S.Zero, b: tilt}
    flat = (kept(parabola, {**line, x: x - 1}) - kept(parabola, line)) / tilt
    found.equal("For a = 0 and b other than 0 a step of 1 takes b off anywhere: there is none", flat, sympy.Integer(-1))
    level = kept(parabola, {a: sympy.S.Zero, b: sympy.S.Zero})
    found.equal("For a = b = 0 the loss is the same everywhere: no N is singled out", level, c)
    logarithm = sympy.log(N) / sympy.log(10)
    found.solution("It is at log10 N = -b/2a", logarithm - at, N, 10**at, where=small_powers, form="n_star")


def _parabola(found: Claim) -> None:
    """Through three points the parabola is exact; its leading coefficient and its vertex."""
    xs, ys = column("x", POINTS), column("y", POINTS)
    matrix = sympy.Matrix([[u**2, u, 1] for u in xs])
    fitted = matrix.LUsolve(ys).applyfunc(sympy.cancel)
    apart = (xs[0] - xs[1]) * (xs[0] - xs[2]) * (xs[1] - xs[2])
    found.equal("The points determine it unless two are one above the other", matrix.det(), apart)
    chords = [(ys[i] - ys[i + 1]) / (xs[i] - xs[i + 1]) for i in range(2)]
    stated = (chords[0] - chords[1]) / (xs[0] - xs[2])
    leading = found.equal("a is the second divided difference", fitted[0], stated, where=_distinct)
    stated = (xs[0] + xs[1]) / 2 - chords[0] / (2 * leading)
    vertex = sympy.cancel(-fitted[1] / (2 * fitted[0]))
    found.equal("The vertex from a chord's middle and slope", vertex, stated, where=_distinct)


def _distinct(values: Values) -> bool:
    """Whether no two points have one x."""
    return len({values[f"x_{i + 1}"].numbers for i in range(POINTS)}) == POINTS


def _line(found: Claim) -> None:
    """The line of least squares in log10 C and log10 N*, from its normal equations."""
    xs, ys = column("x", POINTS), column("y", POINTS)
    misses = [slope * u + intercept - v for u, v in zip(xs, ys, strict=True)]
    squares = sum(miss**2 for miss in misses)
    equations = [
        found.derivative(
            "The slope of the squares in the line's slope",
            squares,
            slope,
            total(2 * m * u for m, u in zip(misses, xs, strict=True)),
        ),
        found.derivative("and in its intercept", squares, intercept, total(2 * m for m in misses)),
    ]
    solved = sympy.solve(equations, [slope, intercept], dict=True)[0]
    sx, sy, sxx = sum(xs), sum(ys), sum(u**2 for u in xs)
    sxy = sum(u * v for u, v in zip(xs, ys, strict=True))
    spread = POINTS * sxx - sx**2
    stated = (POINTS * sxy - sx * sy) / spread
    steep = found.equal("Its slope", solved[slope], stated, form="slope")
    found.equal(
        "Its intercept: it passes through the mean point",
        solved[intercept],
        (sy - steep * sx) / POINTS,
        form="intercept",
    )
    squares_apart = sum((u - v) ** 2 for u, v in itertools.combinations(xs, 2))
    found.equal("It is determined unless all budgets are one: a sum of squares", spread, squares_apart)
    log_c = sympy.log(C) / sympy.log(10)
    equation = sympy.log(N) / sympy.log(10) - slope * log_c - intercept
    predicted = found.solution(
        "N at a compute C", equation, N, 10**intercept * C**slope, where=small_powers, form="n_at_compute"
    )
    budget = sympy.Integer(10) ** 15
    found.equal("at 1e15", predicted.subs(C, budget), 10 ** (15 * slope + intercept), where=small_powers)
    stated = C ** (1 - slope) / (6 * 10**intercept)
    tokens = found.equal("Tokens, where C = 6 N D", C / (6 * predicted), stated, where=small_powers)
    says = "whose log climbs in log C by"
    log_tokens = sympy.log(tokens).subs(C, sympy.exp(log_of_c))
    found.derivative(says, log_tokens, log_of_c, 1 - slope, where=small_powers)


def _units(found: Claim) -> None:
    """What other units, or another base of logarithms, do to the vertex."""
    shift = sympy.Symbol("shift", real=True)
    loss = a * x**2 + b * x + c
    found.derivative("Of the loss in x = log10 N the slope", loss, x, 2 * a * x + b)
    for says, moved, at in (
        ("N times 10^shift moves the vertex by shift", kept(loss, {x: x - shift}), shift - b / (2 * a)),
        ("Other units of loss leave it where it is", factor * loss + shift, -b / (2 * a)),
        ("Another base multiplies x, and the vertex with it", kept(loss, {x: x / factor}), -factor * b / (2 * a)),
    ):
        found.solution(f"{says}: there the slope is 0", moved.diff(x), x, at)
    at = shift - b / (2 * a)
    found.equal("so the optimum is multiplied as well", 10**at, 10**shift * 10 ** (-b / (2 * a)), where=_small_shift)


def _small_shift(values: Values) -> bool:
    return small_powers(values) and -40 <= values["shift"].numbers[0] <= 40
