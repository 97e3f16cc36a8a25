"""3.3.1 to 3.3.4 in sentences, each with the numbers of the sweep at hand."""

import itertools
from collections.abc import Callable

import numpy as np

from impl.scaling.analysis.isoflop import Profile
from impl.scaling.analysis.smooth import Misled
from impl.scaling.analysis.whole import FAR, HANDOUT, Analysis, Estimate, Setup
from impl.scaling.counts import LAYERS, hidden_of

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
    inverted = [one for one in profiles if one.worse is not None]
    if inverted:
        first, last = inverted[0], inverted[-1]
        more = f"; {_lowest(last)}" if last is not first else ""
        said = f"No: for the same FLOPs a larger model can have the larger loss; smoothed by the quintic, {_lowest(first)}{more}."
    else:
        said = f"Here it has: at each of {len(profiles)} budgets every larger model has the smaller loss."
    return [said, changes(found), _ends(found)]


def changes(found: Analysis) -> str:
    """Which size is lowest, and whether one passes another: where both have both budgets."""
    profiles = [one for one in found.quintic.profiles if len(one.hidden) > 1]
    passed = [
        (early, late)
        for early, late in itertools.combinations(profiles, 2)
        if (a := early.hidden[early.best]) < (b := late.hidden[late.best])
        and {a, b} <= {*early.hidden} & {*late.hidden}
    ]
    if passed:
        early, late = max(passed, key=lambda pair: pair[1].budget / pair[0].budget)
        a, b = early.hidden[early.best], late.hidden[late.best]
        return (
            f"Smaller models flatten and are passed: by the quintic at {_tera(early.budget)} TFLOPs hidden {a} is lowest, at"
            f" {_tera(late.budget)} hidden {b}."
        )
    each = ", ".join(f"{one.hidden[one.best]} at {_tera(one.budget)}" for one in profiles)
    return f"The lowest is hidden {each} TFLOPs."


def _ends(found: Analysis) -> str:
    """What the sizes come to when all has been spent on them."""
    sizes, (seed, *_) = found.measured.sizes, found.measured.seeds
    ends = [float(np.mean([min(curve.loss) for curve in size.curves.values()])) for size in sizes]
    spent = sizes[-1].curves[seed].flops[-1] / sizes[0].curves[seed].flops[-1]
    return (
        f"At the end of their runs the lowest losses go from {ends[0]:.2f} with hidden {sizes[0].hidden} to {ends[-1]:.2f} with"
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
    last = _last_vertex(found)
    sign = "+" if line.intercept >= 0 else "-"
    slope = Estimate(line.slope, line.slope_interval(len(found.measured.seeds)))
    said = [
        f"The line is log10 N = {line.slope:.3f} log10 C {sign} {abs(line.intercept):.3f}; its slope is"
        f" {_with(slope, lambda value: f'{value:.2f}')}.",
        f"At 1e15 FLOPs it comes to 10^(15 x {line.slope:.3f} {sign} {abs(line.intercept):.3f}) ="
        f" {_with(found.far['quintic'])} parameters.",
        f"That is {FAR / last:,.0f} times the largest budget with a vertex, so it is a guess about a line that nobody has"
        " seen going on.",
    ]
    if "monotone" in found.far:
        said.append(f"Smoothed by a fit that never rises instead of a quintic: {_with(found.far['monotone'])}.")
    return said


def _last_vertex(found: Analysis) -> float:
    return max(one.budget for one in found.quintic.profiles if np.isfinite(one.optimum))


def setup(found: Analysis) -> list[str]:
    """3.3.4: whether the training of 3.2.3 is compute optimal, and what to change."""
    one = found.setup
    if one is None:
        return [f"Without a line nothing can be said of 3.2.3: {found.quintic.why}."]
    beyond = one.budget / _last_vertex(found)
    where = f", {beyond:.1f} times beyond the last vertex," if beyond > 1 else ""
    costs = (
        f"{'As the handout sets it, ' * (one.trained == HANDOUT)}3.2.3 trains {_trained(one)}, {one.params:,.0f} parameters, on {_mega(one.tokens)} tokens"
        f"{' of other words than those of the sweep' if one.trained.an_epoch else ''}, which costs"
        f" {_tera(one.budget)} TFLOPs; for these{where} the lines ask for {_with(one.best_params)} parameters and"
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
    known, seeds = one.best_params.interval.is_known, len(found.measured.seeds)
    if not known and seeds > 1:
        lost = f"{one.best_params.interval.missing:.0%} of the draws have no line"
        return [
            costs,
            f"So nothing can be said of it: {lost}.",
            "More seeds, or budgets that more sizes have, would tell.",
        ]
    if off:
        verdict = f"So it is not compute optimal{'' if known else ', as far as one seed can say'}: {' and '.join(off)}."
    else:
        verdict = f"So it {'cannot be told from' if known else 'is, as near as one seed can say,'} compute optimal."
    return [costs, verdict, _change(one, is_off=bool(off))]


def _change(one: Setup, *, is_off: bool) -> str:
    """What to train instead: larger, longer or the same is what the numbers say as they are shown."""
    hidden, epochs = _hidden(one.best_params.value), f"{one.trained.epochs * one.best_tokens.value / one.tokens:.3g}"
    is_as_large = one.trained.layers == LAYERS and hidden == _trained(one)
    is_as_long = epochs == f"{one.trained.epochs:.3g}"
    if is_as_large and is_as_long:
        return f"To three digits there is nothing to change: {hidden}, {epochs} epochs."
    size = "as large a" if is_as_large else f"a {'larger' if one.best_params.value > one.params else 'smaller'}"
    time = "as many" if is_as_long else "fewer" if one.best_tokens.value < one.tokens else "more"
    of_sweep = f" in {LAYERS} layers" * (one.trained.layers != LAYERS)
    instead = hidden if is_as_large else f"{hidden}{of_sweep} in the place of {_trained(one).removeprefix('hidden ')}"
    longer = f"{epochs} epochs{'' if is_as_long else f' in the place of {one.trained.epochs}'}"
    return f"{'Train' if is_off else 'If anything, train'} {size} model for {time} epochs: {instead}, {longer}."


def _trained(one: Setup) -> str:
    """The size of 3.2.3, with its layers where they are not the sweep's."""
    return f"hidden {one.trained.hidden}" + f" in {one.trained.layers} layers" * (one.trained.layers != LAYERS)


def caution(found: Analysis) -> list[str]:
    """Where the quintic misleads, and what the FLOPs are."""
    worst: list[tuple[int, Misled]] = [(h, one) for h, one in found.misled.items() if one.off > TRUSTED]
    said = []
    if worst:
        hidden, one = max(worst, key=lambda pair: pair[1].off)
        said.append(
            f"A quintic in FLOPs bends evenly, and losses do not: of hidden {hidden} it is up to {one.off:.2f} nats from a"
            f" fit that never rises, at {one.at / 1e12:.3g} TFLOPs, and {len(worst)} of {len(found.misled)} sizes are more"
            f" than {TRUSTED:g} off somewhere; up to {max(m.rises for m in found.misled.values()):.0%} of a curve it rises."
        )
    moved = [
        f"at {_tera(a.budget)} TFLOPs {a.optimum:,.0f} by the quintic, {b.optimum:,.0f} without"
        for a, b in zip(found.quintic.profiles, found.monotone.profiles, strict=True)
        if abs(np.log(a.optimum) - np.log(b.optimum)) > np.log(1.1)
    ]
    if moved:
        said.append("Without the quintic these optima move by more than a tenth: " + "; ".join(moved) + ".")
    if found.measured.counted < 1:
        said.append(
            f"Torch's counter sees {found.measured.counted:.2%} of the course's FLOPs; the rest is the softmax, which it leaves out."
        )
    if np.isfinite(found.law.off):
        misses = f"The law E + A/N^a + B/D^b misses the losses by {found.law.off:.0%} (root mean square)"
        interval = "; where it fits badly, its interval says how seeds move it, not how right it is"
        said.append(f"{misses}{interval if len(found.measured.seeds) > 1 else ''}.")
    return said


def _off(word: str, has: float, best: Estimate) -> list[str]:
    """How a number is off what is best, if it is: outside the interval, or with one seed further than a factor."""
    low, high, _ = best.interval
    if not best.interval.is_known:
        low, high = best.value / UNSURE, best.value * UNSURE
    if low <= has <= high:
        return []
    few, many = ("small", "large") if "model" in word else ("few", "many")
    return [word.format(few if has < low else many)]


def _lowest(profile: Profile) -> str:
    """Which size is lowest, and a larger one that is worse than a smaller one."""
    small, large = profile.worse or (0, 0)
    sure = f" (more in {profile.sure:.0%} of draws)" if profile.sure < 1 else ""
    at, losses = f"at {_tera(profile.budget)} TFLOPs hidden {profile.hidden[small]}", profile.losses
    is_lowest = " is lowest with" if small == profile.best else " has"
    return f"{at}{is_lowest} {losses[small]:.2f}, and hidden {profile.hidden[large]} has {losses[large]:.2f}{sure}"


def _with(one: Estimate, write: Callable[[float], str] | None = None) -> str:
    """A number with its interval."""
    write = write or _count
    if not one.interval.is_known:
        missing = f" (no interval: {one.interval.missing:.0%} of draws have none)" if one.interval.missing > 0 else ""
        return write(one.value) + missing
    low, high, _ = one.interval
    if low == 0 or np.isinf(high):
        said = (
            "anything"
            if low == 0 and np.isinf(high)
            else f"{write(high)} or less"
            if low == 0
            else f"{write(low)} or more"
        )
        return f"{write(one.value)} ({said})"
    return f"{write(one.value)} ({write(low)} to {write(high)})"


def _hidden(params: float) -> str:
    """The hidden size that has so many parameters, in words."""
    try:
        hidden = hidden_of(params)
    except ValueError:
        return "no hidden size"
    return f"hidden {hidden:.3g}" if hidden < 1000 else f"hidden {hidden:,.0f}"


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
