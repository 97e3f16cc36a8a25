"""An analysis as plain data: what is written beside the figures, and what they are drawn from."""

import math
from typing import Any

import numpy as np

from impl.scaling.analysis.answers import answers, caution, changes
from impl.scaling.analysis.hoffmann import Exponents, Fitted
from impl.scaling.analysis.isoflop import Line, Profile
from impl.scaling.analysis.measured import Array, Size
from impl.scaling.analysis.resampling import LEVEL, Interval, interval
from impl.scaling.analysis.smooth import SMOOTHERS
from impl.scaling.analysis.whole import Analysis, Estimate, Optimum, band

POINTS = 100  # of a smooth curve, as many as the course draws
FAR = np.logspace(10, 15, 61)  # budgets at which lines are drawn, the course's range


def told(found: Analysis) -> dict[str, Any]:
    """All numbers, sentences and curves, with nothing in it but what JSON has; what is not finite is null."""
    measured, seeds = found.measured, len(found.measured.seeds)
    return {
        "data": measured.data,
        "loss": measured.loss,
        "seeds": list(measured.seeds),
        "draws": found.draws,
        "level": LEVEL,
        "seq_len": measured.seq_len,
        "answers": answers(found),
        "cautions": caution(found),
        "changes": changes(found),
        "quintic_off": max(one.off for one in found.misled.values()),
        "warnings": found.warnings,
        "sizes": [_size(size, measured.seeds) for size in measured.sizes],
        "optima": {one.smoother: _optimum(one, seeds) for one in (found.quintic, found.monotone)},
        "far": {name: _estimate(one) for name, one in found.far.items()},
        "exponents": [_exponents(one, "without embeddings") for one in found.exponents]
        + [_exponents(one, "with embeddings") for one in found.exponents_total],
        "law": _law(found.law, seeds),
        "setup": found.setup
        and {
            "hidden": found.setup.trained.hidden,
            "layers": found.setup.trained.layers,
            "epochs": found.setup.trained.epochs,
            "budget": found.setup.budget,
            "params": found.setup.params,
            "tokens": found.setup.tokens,
            "best_params": _estimate(found.setup.best_params),
            "best_tokens": _estimate(found.setup.best_tokens),
        },
    }


def _size(size: Size, seeds: tuple[int, ...]) -> dict[str, Any]:
    curves = [size.curves[seed] for seed in seeds]
    low, high = max(curve.flops[0] for curve in curves), min(curve.flops[-1] for curve in curves)
    at = np.geomspace(low, high, POINTS)
    at[[0, -1]] = low, high
    return {
        "hidden": size.hidden,
        "params": size.params,
        "params_total": size.params_total,
        "runs": [
            {"seed": seed, "flops": _row(c.flops), "tokens": _row(c.tokens), "loss": _row(c.loss)}
            for seed, c in zip(seeds, curves, strict=True)
        ],
        "smooth": {"flops": _row(at)}
        | {name: _row(np.mean([smooth(c)(at) for c in curves], axis=0)) for name, smooth in SMOOTHERS.items()},
    }


def _optimum(one: Optimum, seeds: int) -> dict[str, Any]:
    profiles = [
        _profile(profile) | {"tokens": _estimate(tokens)}
        for profile, tokens in zip(one.profiles, one.tokens, strict=True)
    ]
    lines = {"params": one.params_line, "tokens": one.tokens_line}
    return {
        "profiles": profiles,
        "lines": {name: line and _line(line, seeds) for name, line in lines.items()},
        "why": one.why,
    }


def _profile(one: Profile) -> dict[str, Any]:
    return {
        "budget": one.budget,
        "hidden": list(one.hidden),
        "params": _row(one.params),
        "losses": _row(one.losses),
        "spread": _row(one.spread),
        "p": _row(one.p),
        "optimum": _estimate(Estimate(one.optimum, one.interval)),
        "is_extrapolated": one.is_extrapolated,
        "why": one.why,
    }


def _line(line: Line, seeds: int) -> dict[str, Any]:
    found = band(line, FAR, seeds)
    return {
        "slope": line.slope,
        "slope_interval": _interval(line.slope_interval(seeds)),
        "intercept": line.intercept,
        "flops": _row(FAR),
        "values": [line.at(budget) for budget in FAR],
        "low": [_number(one.low) for one in found],
        "high": [_number(one.high) for one in found],
    }


def _exponents(one: Exponents, counted: str) -> dict[str, Any]:
    return {
        "way": one.way,
        "counted": counted,
        "params": _estimate(Estimate(one.params, one.params_interval)),
        "tokens": _estimate(Estimate(one.tokens, one.tokens_interval)),
        "why": one.why,
    }


def _law(found: Fitted, seeds: int) -> dict[str, Any]:
    """The parametric fit: each parameter, and by how much it misses log L."""
    drawn = found.laws._asdict()
    each = {
        name: _estimate(Estimate(float(value[0]), interval(drawn[name], seeds)))
        for name, value in found.law._asdict().items()
    }
    return each | {"off": _number(found.off)}


def _estimate(one: Estimate) -> dict[str, Any]:
    return {"value": _number(one.value)} | _interval(one.interval)


def _interval(one: Interval) -> dict[str, Any]:
    return {"low": _number(one.low), "high": _number(one.high), "missing": one.missing}


def _row(values: Array) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
