"""`specimen isoflop`: everything that 3.3 asks about a sweep, as numbers with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from impl.scaling.analysis import hoffmann, isoflop
from impl.scaling.analysis.hoffmann import Exponents, Fitted
from impl.scaling.analysis.isoflop import Line, Profile
from impl.scaling.analysis.measured import Array, Curve, Measured
from impl.scaling.analysis.resampling import Draws, Interval, interval
from impl.scaling.analysis.smooth import Misled, misled
from impl.scaling.counts import LAYERS, VOCAB_SIZE, transformer_flops, transformer_params
from impl.scaling.fits import FitError

FAR = 1e15
DRAWS = 1000


@dataclass(frozen=True)
class Estimate:
    """A number and its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Optimum:
    """What is best for budgets, by one way of smoothing: vertices, tokens, and a line through each.

    Shapes:  `tokens` [profiles], with an interval each.
    Edges:   without two budgets that have an optimum there are no lines, for the reason in `why`.
    """

    smoother: str
    profiles: list[Profile]
    tokens: list[Estimate]
    params_line: Line | None
    tokens_line: Line | None
    why: str = ""


@dataclass(frozen=True)
class Trained:
    """How 3.2.3 was trained; as it is, by the handout and on the sweep's words.

    Units:   `an_epoch` is the tokens and FLOPs of an epoch, by the course's count, if it went over other words.
    """

    hidden: int = 128
    layers: int = LAYERS
    epochs: int = 100
    an_epoch: tuple[float, float] | None = None


HANDOUT = Trained()


@dataclass(frozen=True)
class Setup:
    """The training of 3.2.3, and what would be best for what it costs."""

    trained: Trained
    budget: float
    params: float
    tokens: float
    best_params: Estimate
    best_tokens: Estimate


@dataclass(frozen=True)
class Analysis:
    """All that was found.

    Units:   `far` is the best number of parameters at 1e15 FLOPs, by each way of smoothing.
    """

    measured: Measured
    draws: int
    quintic: Optimum
    monotone: Optimum
    misled: dict[int, Misled]
    far: dict[str, Estimate]
    setup: Setup | None
    exponents: list[Exponents]
    exponents_total: list[Exponents]
    law: Fitted

    @property
    def warnings(self) -> list[str]:
        """What is to be doubted, in sentences."""
        found = list(self.measured.remarks)
        if len(self.measured.seeds) == 1:
            found.append("there is one seed, so nothing has an interval")
        of_quintic = [warning for profile in self.quintic.profiles for warning in profile.warnings]
        of_other = [warning for profile in self.monotone.profiles for warning in profile.warnings]
        found += of_quintic + [f"without the quintic, {one}" for one in of_other if one not in of_quintic]
        if self.quintic.why:
            found.append(f"there is no line through the optima: {self.quintic.why}")
        for counted, ways in (("without", self.exponents), ("with", self.exponents_total)):
            for one in ways:
                if one.why:
                    found.append(f"approach {one.way}, {counted} embeddings, finds no exponents: {one.why}")
                elif one.params_interval.missing > 0:
                    missing = f"{one.params_interval.missing:.0%} of the draws have none"
                    found.append(f"of the exponents by approach {one.way}, {counted} embeddings, {missing}")
        return found


def analysed(
    measured: Measured,
    *,
    draws: int = DRAWS,
    budgets: Sequence[float] = isoflop.BUDGETS,
    trained: Trained = HANDOUT,
) -> Analysis:
    """The whole analysis; `trained` is how 3.2.3 was.

    Source:  handout 3.3; Hoffmann et al. 2022, section 3.
    """
    drawn = Draws(draws, len(measured.sizes), len(measured.seeds))
    quintic, monotone = (_optimum(measured, drawn, budgets, smoother) for smoother in ("quintic", "monotone"))
    fitted = hoffmann.fitted(measured, drawn)
    total_profiles = isoflop.profiles(measured, drawn, budgets=budgets, smoother="monotone", total=True)
    return Analysis(
        measured=measured,
        draws=draws,
        quintic=quintic,
        monotone=monotone,
        misled={size.hidden: _worst(size.curves.values()) for size in measured.sizes},
        far={
            one.smoother: _at(one.params_line, FAR, len(measured.seeds))
            for one in (quintic, monotone)
            if one.params_line
        },
        setup=_setup(measured, quintic, trained),
        exponents=[
            hoffmann.envelope(measured, drawn),
            hoffmann.profiles(measured, monotone.profiles),
            fitted.exponents,
        ],
        exponents_total=[
            hoffmann.envelope(measured, drawn, total=True),
            hoffmann.profiles(measured, total_profiles, total=True),
            hoffmann.fitted(measured, drawn, total=True).exponents,
        ],
        law=fitted,
    )


def _optimum(measured: Measured, drawn: Draws, budgets: Sequence[float], smoother: str) -> Optimum:
    found = isoflop.profiles(measured, drawn, budgets=budgets, smoother=smoother)
    at = np.array(budgets)
    params, params_drawn = np.array([one.optimum for one in found]), np.stack([one.draws for one in found], axis=1)
    tokens, tokens_drawn = (isoflop.tokens(values, at, measured.seq_len) for values in (params, params_drawn))
    estimates = [
        Estimate(float(value), interval(many, len(measured.seeds)))
        for value, many in zip(tokens, tokens_drawn.T, strict=True)
    ]
    try:
        lines = isoflop.line(at, params, params_drawn), isoflop.line(at, tokens, tokens_drawn)
    except FitError as error:
        return Optimum(smoother, found, estimates, None, None, str(error))
    return Optimum(smoother, found, estimates, *lines)


def _at(line: Line, budget: float, seeds: int) -> Estimate:
    return Estimate(line.at(budget), interval(line.draws_at(np.array([budget]))[:, 0], seeds))


def _setup(measured: Measured, found: Optimum, trained: Trained) -> Setup | None:
    """What 3.2.3 costs, and what is best for that; None where there are no lines."""
    if found.params_line is None or found.tokens_line is None:
        return None
    tokens, flops = trained.an_epoch or _an_epoch(measured, trained)
    budget, seeds = trained.epochs * flops, len(measured.seeds)
    return Setup(
        trained=trained,
        budget=budget,
        params=transformer_params(VOCAB_SIZE, trained.hidden, trained.layers),
        tokens=trained.epochs * tokens,
        best_params=_at(found.params_line, budget, seeds),
        best_tokens=_at(found.tokens_line, budget, seeds),
    )


def _an_epoch(measured: Measured, trained: Trained) -> tuple[float, float]:
    """The tokens and FLOPs of an epoch over the sweep's words: the sweep's own, where it has such a model."""
    tokens = measured.examples * measured.seq_len
    runs = [
        size.curves.values() for size in measured.sizes if (size.hidden, LAYERS) == (trained.hidden, trained.layers)
    ]
    if runs:
        return tokens, float(np.mean([curve.flops[0] for curve in runs[0]]))
    flops = transformer_flops(measured.seq_len, VOCAB_SIZE, trained.hidden, trained.layers)
    return tokens, measured.examples * flops


def _worst(curves: Iterable[Curve]) -> Misled:
    return max((misled(curve) for curve in curves), key=lambda one: one.off)


def band(line: Line, budgets: Array, seeds: int) -> list[Interval]:
    """The line's intervals at budgets."""
    return [interval(values, seeds) for values in line.draws_at(budgets).T]
