"""3.3.1 to 3.3.4 in sentences, each with the numbers of the sweep at hand."""

from collections.abc import Callable

import numpy as np

from impl.scaling.analysis import FAR, SETUP_EPOCHS, SETUP_HIDDEN, Analysis, Estimate
from impl.scaling.counts import hidden_of
from impl.scaling.isoflop import Profile
from impl.scaling.smooth import Misled

HUGE = 1e18  # parameters
UNSURE = 1.25  # a factor, where there is no interval
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
    best = [one.hidden[one.best] for one in profiles]
    inverted = [one for one in profiles if one.best != len(one.hidden) - 1]
    if inverted:
        first, last = inverted[0], inverted[-1]
        more = f"; {_lowest(last)}" if last is not first else ""
        said = f"No: for the same FLOPs a larger model can have the larger loss: {_lowest(first)}{more}."
    else:
        said = f"Here it has: at each of {len(profiles)} budgets the largest model has the lowest loss; {_lowest(profiles[-1])}."
    between = f"from {_tera(profiles[0].budget)} to {_tera(profiles[-1].budget)} TFLOPs"
    if len(set(best)) == 1:
        changes = f"At every budget the lowest is hidden {best[0]}."
    elif best == sorted(best):
        changes = f"Sizes flatten and are passed by larger ones: {between} the lowest goes from hidden {best[0]} to {best[-1]}."
    else:
        changes = (
            f"Which is lowest goes up and down with the budget: {between} it is hidden {', '.join(map(str, best))}."
        )
    return [said, changes, _ends(found)]


def _ends(found: Analysis) -> str:
    """What the sizes come to when all has been spent on them."""
    sizes, (seed, *_) = found.measured.sizes, found.measured.seeds
    ends = [float(np.mean([min(curve.loss) for curve in size.curves.values()])) for size in sizes]
    spent = sizes[-1].curves[seed].flops[-1] / sizes[0].curves[seed].flops[-1]
    return (
        f"After all epochs the lowest losses go from {ends[0]:.2f} with hidden {sizes[0].hidden} to {ends[-1]:.2f} with"
        f" hidden {sizes[-1].hidden}, which has used {spent:.3g} times the FLOPs; the lowest of all is hidden"
        f" {sizes[int(np.argmin(ends))].hidden}'s."
    )


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
    at, last = found.far["quintic"], max(one.budget for one in found.quintic.profiles if np.isfinite(one.optimum))
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
    costs = (
        f"3.2.3 trains hidden {SETUP_HIDDEN}, {one.params:,.0f} parameters, on {_mega(one.tokens)} tokens, which costs"
        f" {_tera(one.budget)} TFLOPs; for these the lines ask for {_with(one.best_params)} parameters and"
        f" {_with(one.best_tokens, _mega)} tokens."
    )
    off = [
        word
        for word, has, best in (
            ("its model is too {}", one.params, one.best_params),
            ("its tokens are too {}", one.tokens, one.best_tokens),
        )
        for word in _off(word, has, best)
    ]
    known = one.best_params.interval.is_known
    if off:
        verdict = f"So it is not compute optimal{'' if known else ', as far as one seed can say'}: {' and '.join(off)}."
    else:
        verdict = f"So it {'cannot be told from' if known else 'is, as near as one seed can say,'} compute optimal."
    an_epoch = found.measured.examples * found.measured.seq_len
    change = (
        f"{'Train' if off else 'If anything, train'} a {'larger' if one.best_params.value > one.params else 'smaller'} model"
        f" for {'fewer' if one.best_tokens.value < one.tokens else 'more'} epochs: {_hidden(one.best_params.value)} in the"
        f" place of {SETUP_HIDDEN}, {one.best_tokens.value / an_epoch:.3g} epochs in the place of {SETUP_EPOCHS}."
    )
    return [costs, verdict, change]


def _off(word: str, has: float, best: Estimate) -> list[str]:
    """How a number is off what is best, if it is: outside the interval, or with one seed further than a factor."""
    low, high, _ = best.interval
    if not best.interval.is_known:
        low, high = best.value / UNSURE, best.value * UNSURE
    if low <= has <= high:
        return []
    few, many = ("small", "large") if "model" in word else ("few", "many")
    return [word.format(few if has < low else many)]


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
    if found.measured.counted < 1:
        said.append(
            f"Torch's counter sees {found.measured.counted:.2%} of the course's FLOPs; the rest is the softmax, which it leaves out."
        )
    said.append(
        f"The law E + A/N^a + B/D^b misses the losses by {found.law_off:.0%} (root mean square); where it fits badly, its"
        " interval says how seeds move it, not how right it is."
    )
    return said


def _lowest(profile: Profile) -> str:
    best, sure = profile.best, f" in {profile.sure:.0%} of draws" if profile.sure < 1 else ""
    at = f"at {_tera(profile.budget)} TFLOPs hidden {profile.hidden[best]} is lowest with {profile.losses[best]:.2f}"
    if best == len(profile.hidden) - 1:
        return at
    return f"{at}, and hidden {profile.hidden[-1]} has {profile.losses[-1]:.2f} (more{sure})"


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
