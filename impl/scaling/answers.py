"""3.3.1 to 3.3.4 in sentences, each with the numbers of the sweep at hand."""

from collections.abc import Callable

import numpy as np

from impl.scaling.analysis import FAR, SETUP_EPOCHS, SETUP_HIDDEN, Analysis, Estimate, Setup
from impl.scaling.counts import hidden_of
from impl.scaling.isoflop import Profile
from impl.scaling.smooth import Misled

HUGE = 1e18  # parameters
TRUSTED = 0.05  # nats that a quintic may be off


def answers(found: Analysis) -> dict[str, list[str]]:
    """Every question's sentences; at most three where the handout says so."""
    return {
        "3.3.1": losses(found),
        "3.3.2": optima(found),
        "3.3.3": far(found),
        "3.3.4": setup(found),
    }


def losses(found: Analysis) -> list[str]:
    """3.3.1: whether a larger model always has the smaller loss."""
    profiles = [one for one in found.quintic.profiles if len(one.hidden) > 1]
    if not profiles:
        return ["No two sizes have a budget in common, so nothing can be compared."]
    best = [one.hidden[int(one.losses.argmin())] for one in profiles]
    inverted = [one for one, hidden in zip(profiles, best, strict=True) if hidden != one.hidden[-1]]
    if inverted:
        first, last = inverted[0], inverted[-1]
        more = f"; {_lowest(last)}" if last is not first else ""
        said = f"No: for the same FLOPs a larger model often has the larger loss: {_lowest(first)}{more}."
    else:
        said = f"Here it has: at each of {len(profiles)} budgets the largest model has the lowest loss; {_lowest(profiles[-1])}."
    sentences = [said]
    if len(set(best)) > 1:
        sentences.append(
            f"Each size falls fast, flattens, and is passed by a larger one: from {_tera(profiles[0].budget)} to"
            f" {_tera(profiles[-1].budget)} TFLOPs the lowest goes from hidden {best[0]} to {best[-1]}."
        )
    else:
        sentences.append(f"At every budget the lowest is hidden {best[0]}.")
    ends = [np.mean([min(curve.loss) for curve in size.curves.values()]) for size in found.measured.sizes]
    small, large = found.measured.sizes[0], found.measured.sizes[-1]
    lowest = found.measured.sizes[int(np.argmin(ends))]
    falls = f"from {ends[0]:.2f} with hidden {small.hidden} to {ends[-1]:.2f} with hidden {large.hidden}"
    spent = large.curves[found.measured.seeds[0]].flops[-1] / small.curves[found.measured.seeds[0]].flops[-1]
    sentences.append(
        f"After all epochs the lowest losses go {falls}, which has used {spent:.0f} times the FLOPs; the lowest of all is"
        f" hidden {lowest.hidden}'s."
    )
    return sentences


def optima(found: Analysis) -> list[str]:
    """3.3.2: the vertices."""
    said = []
    for one in found.quintic.profiles:
        if not np.isfinite(one.optimum):
            said.append(f"At {_tera(one.budget)} TFLOPs: no optimum ({one.why}).")
            continue
        doubt = ", extrapolated" if one.is_extrapolated else ""
        said.append(
            f"At {_tera(one.budget)} TFLOPs: {_with(Estimate(one.optimum, one.interval))} parameters,"
            f" {_hidden(one.optimum)}{doubt},"
            f" of {len(one.hidden)} sizes."
        )
    return said


def far(found: Analysis) -> list[str]:
    """3.3.3: the line, and what it says of 1e15 FLOPs."""
    line = found.quintic.params_line
    if line is None:
        return [f"There is no line: {found.quintic.why}."]
    at, (last, *_) = found.far["quintic"], sorted((p.budget for p in found.quintic.profiles), reverse=True)
    said = [
        f"The line is log10 N = {line.slope:.3f} log10 C {'+' if line.intercept >= 0 else '-'} {abs(line.intercept):.3f}.",
        f"At 1e15 FLOPs it comes to 10^(15 x {line.slope:.3f} {'+' if line.intercept >= 0 else '-'}"
        f" {abs(line.intercept):.3f}) = {_with(at)} parameters.",
        f"That is {FAR / last:,.0f} times beyond the largest budget that was measured, so it is a guess about a line that"
        " nobody has seen going on.",
    ]
    if "monotone" in found.far:
        said.append(f"Smoothed by a fit that never rises instead of a quintic: {_with(found.far['monotone'])}.")
    return said


def setup(found: Analysis) -> list[str]:
    """3.3.4: whether the training of 3.2.3 is compute optimal, and what to change."""
    one = found.setup
    if one is None:
        return [f"Without a line nothing can be said of 3.2.3: {found.quintic.why}."]
    is_optimal, known = _is_optimal(one), one.best_params.interval.is_known
    costs = (
        f"3.2.3 trains hidden {SETUP_HIDDEN}, {one.params:,.0f} parameters, on {_mega(one.tokens)} tokens, which costs"
        f" {_tera(one.budget)} TFLOPs; for these the lines ask for {_with(one.best_params)} parameters and"
        f" {_with(one.best_tokens, _mega)} tokens."
    )
    ratio = one.best_params.value / one.params
    way = "larger" if ratio > 1 else "smaller"
    verdict = {
        (True, True): "So it cannot be told from compute optimal with these seeds",
        (True, False): f"So it is not compute optimal: its model is too {'small' if ratio > 1 else 'large'}",
        (False, True): "So it is compute optimal, as near as one seed can say",
        (
            False,
            False,
        ): f"So it is not compute optimal, as far as one seed can say: too {'small' if ratio > 1 else 'large'}",
    }[known, is_optimal]
    an_epoch = found.measured.examples * found.measured.seq_len
    change = (
        f"{'If anything, train' if is_optimal else 'Train'} a {way} model for {'fewer' if ratio > 1 else 'more'} epochs:"
        f" {_hidden(one.best_params.value)} in the place of {SETUP_HIDDEN},"
        f" {one.best_tokens.value / an_epoch:.0f} epochs in the place of {SETUP_EPOCHS}."
    )
    return [costs, verdict + ".", change]


def caution(found: Analysis) -> list[str]:
    """Where the quintic misleads, and what the FLOPs are."""
    worst: list[tuple[int, Misled]] = [(h, one) for h, one in found.misled.items() if one.off > TRUSTED]
    said = []
    if worst:
        hidden, one = max(worst, key=lambda pair: pair[1].off)
        said.append(
            f"A quintic in FLOPs bends evenly, and losses do not: of hidden {hidden} it is up to {one.off:.2f} nats from a"
            f" fit that never rises, at {one.at / 1e12:.3f} TFLOPs, and {len(worst)} of {len(found.misled)} sizes are more"
            f" than {TRUSTED:g} off somewhere; up to {max(m.rises for m in found.misled.values()):.0%} of a curve it rises."
        )
    moved = [
        f"{_tera(a.budget)} TFLOPs: {a.optimum:,.0f} by the quintic, {b.optimum:,.0f} without"
        for a, b in zip(found.quintic.profiles, found.monotone.profiles, strict=True)
        if abs(np.log(a.optimum / b.optimum)) > np.log(1.1)
    ]
    if moved:
        said.append("Optima that this moves by more than a tenth: " + "; ".join(moved) + ".")
    said.append(
        f"Torch's counter sees {found.measured.counted:.2%} of the course's FLOPs; the rest is the softmax, which it leaves out."
    )
    said.append(
        f"The law E + A/N^a + B/D^b misses the losses by {found.law_off:.0%} (root mean square); where it fits badly, its"
        " interval says how seeds move it, not how right it is."
    )
    return said


def _is_optimal(one: Setup) -> bool:
    """Whether the size is within the interval of the best, or, with one seed, within a factor of 1.25."""
    low, high, _ = one.best_params.interval
    if not one.best_params.interval.is_known:
        low, high = one.best_params.value / 1.25, one.best_params.value * 1.25
    return low <= one.params <= high


def _lowest(profile: Profile) -> str:
    best = int(profile.losses.argmin())
    at = f"at {_tera(profile.budget)} TFLOPs hidden {profile.hidden[best]} is lowest with {profile.losses[best]:.2f}"
    if best == len(profile.hidden) - 1:
        return at
    return f"{at}, and hidden {profile.hidden[-1]} has {profile.losses[-1]:.2f}"


def _with(one: Estimate, write: Callable[[float], str] | None = None) -> str:
    """A number with its interval."""
    write = write or _count
    if not one.interval.is_known:
        return write(one.value)
    return f"{write(one.value)} ({write(one.interval.low)} to {write(one.interval.high)})"


def _hidden(params: float) -> str:
    """The hidden size that has so many parameters, in words."""
    try:
        return f"hidden {hidden_of(params):.3g}" if params < HUGE else "a hidden size beyond all bounds"
    except ValueError:
        return "no hidden size"


def _count(value: float) -> str:
    """A number of parameters, to three digits."""
    if not np.isfinite(value):
        return "none"
    if value >= 1e6:
        return f"{value / 1e6:.3g} million" if value < 1e9 else f"{value:.2e}"
    return f"{float(f'{value:.3g}'):,.0f}"


def _mega(value: float) -> str:
    return f"{value / 1e6:.3g} million"


def _tera(flops: float) -> str:
    return f"{flops / 1e12:.3g}"
