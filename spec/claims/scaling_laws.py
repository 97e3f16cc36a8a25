"""2.2: more compute is for a larger model: most of it by Kaplan's loss laws, about half of it by Hoffmann's.

What can be derived from Kaplan's rounded exponents (.076, .76, .21) is N ~ C^.684, B ~ C^.248, S ~ C^.068, and alphaC
.052. He prints alphaC as .054, which gives .71; and his .73, .24 and .03 are fits to runs, which no loss law gives.
"""

from __future__ import annotations

from typing import Any

import sympy

from spec.claims import batch_size
from spec.claims.claim import Claim
from spec.claims.explicit import kept
from spec.formula.domain import Values

N, C, D, A, B0, E0, alpha, beta = sympy.symbols("N C D A B0 E0 alpha beta", positive=True)
N_c, S_c, Bstar, alpha_n, alpha_s, alpha_b = sympy.symbols("N_c S_c Bstar alpha_N alpha_S alpha_B", positive=True)
L, f, g = sympy.symbols("L f g", positive=True)
log_c, log_l = sympy.symbols("log_C log_L", real=True)
STEPS = batch_size.Smin * (1 + batch_size.Bcrit / batch_size.B)  # the hyperbola of 2.1.2
HOFFMANN = {
    A: sympy.Rational("406.4"),
    B0: sympy.Rational("410.7"),
    alpha: sympy.Rational("0.34"),
    beta: sympy.Rational("0.28"),
}
KAPLAN = {alpha_n: sympy.Rational("0.076"), alpha_s: sympy.Rational("0.76"), alpha_b: sympy.Rational("0.21")}


def small_powers(values: Values) -> bool:
    """Whether exponents stay small enough for powers to be written down."""
    return all(x.numbers[0] <= 4 for name, x in values.items() if name.startswith(("alpha", "beta")))


def claim() -> Claim:
    """Hoffmann's optimum at a given compute, then Kaplan's at a given loss; option C."""
    statement = (
        "C, a larger model: by Kaplan's laws the best N grows as C^(alphaC/alphaN), far more than batch and steps. By "
        "Hoffmann's it grows as C^(beta/(alpha+beta)), and the data grow about as much."
    )
    letters = {
        "N": "parameters", "D": "tokens", "C": "compute, 6 N D", "E0, A, B0, alpha, beta": "Hoffmann's loss law E0 + A/N^alpha + B0/D^beta",
        "f": "the part of the loss that a size keeps however long it is trained", "g": "what more steps can take away",
        "S": "steps", "noise": "the critical batch over the batch",
    }  # fmt: skip
    notes = [
        "Kaplan et al. (2020) fit N ~ C^.73, batch ~ C^.24 and steps ~ C^.03 to runs; their loss laws give what is derived here"
    ]
    found = Claim("2.2", statement, letters, notes)
    _hoffmann(found)
    _hoffmann_growth(found)
    _kaplan(found)
    _kaplan_growth(found)
    _options(found)
    return found


def _hoffmann(found: Claim) -> None:
    """L = E0 + A/N^alpha + B0/D^beta on C = 6 N D, in log N."""
    tokens = found.solution("The tokens that a compute C is enough for", 6 * N * D - C, D, C / (6 * N))
    loss = (E0 + A / N**alpha + B0 / D**beta).subs(D, tokens)
    fewer_tokens = B0 * (6 * N / C) ** beta
    loss = found.equal("The loss at compute C = 6 N D", loss, E0 + A * N**-alpha + fewer_tokens, where=small_powers)
    stated = beta * fewer_tokens - alpha * A * N**-alpha
    slope = N * found.derivative(
        "Its slope, of which N times is that in log N,", loss, N, stated / N, where=small_powers
    )
    bend = (alpha**2 * A * N**-alpha + beta**2 * fewer_tokens) / N
    found.derivative("which grows: it bends upwards", slope, N, bend, where=small_powers, positive=True)
    ratio = beta * B0 / (alpha * A) * (6 / C) ** beta * N ** (alpha + beta)
    found.equal("Its sign is that of", slope / (alpha * A * N**-alpha), ratio - 1, where=small_powers)
    best = (alpha * A / (beta * B0)) ** (1 / (alpha + beta)) * (C / 6) ** (beta / (alpha + beta))
    says = "At N* the two terms are equal, and the slope is 0"
    found.solution(says, ratio - 1, N, best, where=small_powers, simpler=_powers_merged, form="n_star_hoffmann")
    says = "and nowhere else: log of their ratio climbs with N"
    found.derivative(says, sympy.log(ratio), N, (alpha + beta) / N, where=small_powers, positive=True)


def _powers_merged(e: Any) -> Any:
    """Powers of powers and of products taken apart; all bases are positive."""
    return sympy.powsimp(sympy.expand_power_base(sympy.expand_power_exp(e), force=True), force=True)


def _nested(e: Any) -> Any:
    return sympy.powdenest(e, force=True)


def _hoffmann_growth(found: Claim) -> None:
    """How parameters and tokens share a larger compute."""
    best = found.forms["n_star_hoffmann"]
    rest = (beta * B0 / (alpha * A)) ** (1 / (alpha + beta)) * (C / 6) ** (alpha / (alpha + beta))
    says = "The tokens that go with it, D* = C / (6 N*)"
    tokens = found.equal(says, C / (6 * best), rest, where=small_powers, simpler=_powers_merged)
    log_n, log_d = (sympy.log(e).subs(C, sympy.exp(log_c)) for e in (best, tokens))
    of_n, of_d = beta / (alpha + beta), alpha / (alpha + beta)
    says = "log N* climbs in log C by"
    found.derivative(says, log_n, log_c, of_n, where=small_powers, form="exponent_n_hoffmann")
    found.derivative("log D* by", log_d, log_c, of_d, where=small_powers, form="exponent_d_hoffmann")
    found.equal("together by", of_n + of_d, sympy.Integer(1))
    found.equal(
        "With Hoffmann's rounded constants N* ~ C^(14/31), about C^.452", kept(of_n, HOFFMANN), sympy.Rational(14, 31)
    )
    found.equal("With equal exponents both grow as the root of C", kept(of_n, {beta: alpha}), sympy.Rational(1, 2))


def _kaplan(found: Claim) -> None:
    """L = (Nc/N)^alphaN + (Sc/S)^alphaS at batch B*/L^(1/alphaB): the least compute 6 N B S that reaches a loss L.

    f is the loss that a model of N parameters keeps however long it is trained, g what more steps can still take away.
    At the critical batch compute is twice the least and steps twice the fewest: a constant factor, no exponent.
    """
    size = (N_c / N) ** alpha_n
    steps = S_c * (L - size) ** (-1 / alpha_s)
    taken = sympy.Symbol("S", positive=True)
    reached = size + (S_c / taken) ** alpha_s - L
    found.solution("Steps to a loss L with N parameters", reached, taken, steps, where=small_powers, simpler=_nested)
    compute = 6 * N * (Bstar / L ** (1 / alpha_b)) * steps
    spent = sympy.log(6 * N * Bstar * S_c) - sympy.log(L) / alpha_b - sympy.log(L - size) / alpha_s
    logarithm = sympy.expand_log(sympy.log(compute), force=True)
    log_compute = found.equal("Log of the compute", logarithm, spent, where=small_powers)
    slope = 1 - alpha_n / alpha_s * size / (L - size)
    says = "The slope of log compute, of which N times is that in log N,"
    found.derivative(says, log_compute, N, slope / N, where=small_powers)
    in_parts = kept(slope.subs(size, f), {L: f + g})
    slope_in_parts = found.equal("which is, in parts of the loss,", in_parts, 1 - alpha_n / alpha_s * f / g)
    best = found.solution(
        "It is 0 where steps' part of the loss is", slope_in_parts, g, alpha_n / alpha_s * f, form="steps_part"
    )
    found.equal("a share of the whole of", best / (f + best), alpha_n / (alpha_n + alpha_s), form="steps_share")
    bends = alpha_n**2 / alpha_s * size * L / (L - size) ** 2
    found.derivative("The slope in log N changes at the rate", slope, N, bends / N, where=small_powers)
    says = "It only grows, here in parts of the loss: there is one optimum"
    found.positive(says, kept(bends.subs(size, f), {L: f + g}), alpha_n**2 / alpha_s * f * (f + g) / g**2)


def _kaplan_growth(found: Claim) -> None:
    """Along the optima everything is a power of the loss, and so of compute."""
    shares = {f: L * alpha_s / (alpha_n + alpha_s), g: L * alpha_n / (alpha_n + alpha_s)}
    found.equal("Along the optima", shares[f] + shares[g], L)
    balanced = kept(g - found.forms["steps_part"], shares)
    found.equal("with the share above", balanced, sympy.Integer(0))
    grown = {
        "n": sympy.log(N_c) - sympy.log(shares[f]) / alpha_n,
        "steps": sympy.log(S_c) - sympy.log(shares[g]) / alpha_s,
        "batch": sympy.log(Bstar) - sympy.log(L) / alpha_b,
    }
    of = {"n": alpha_n, "steps": alpha_s, "batch": alpha_b}
    grown = {name: e.subs(L, sympy.exp(log_l)) for name, e in grown.items()}
    for name, exponent in of.items():
        found.derivative(f"log {name} falls in log L by", grown[name], log_l, -1 / exponent)
    stated = 1 / alpha_n + 1 / alpha_s + 1 / alpha_b
    found.derivative("log compute by", sum(grown.values()), log_l, -stated)
    loss_exponent = sympy.Symbol("alpha_C", positive=True)
    says = "so that log L falls in log compute by alpha_C"
    alpha_c = found.solution(says, stated * loss_exponent - 1, loss_exponent, 1 / stated, form="alpha_C")
    share = sympy.Symbol("share", positive=True)
    for name, exponent in of.items():
        form, says = f"exponent_{name}_kaplan", f"log {name} climbs in log compute by the share"
        found.solution(says, share * stated - 1 / exponent, share, alpha_c / exponent, form=form)
    found.equal("together by", sum(found.forms[f"exponent_{name}_kaplan"] for name in of), sympy.Integer(1))
    printed = sympy.Rational("0.054") / alpha_n
    found.equal(
        "With alphaC as Kaplan prints it, .054, n ~ C^(27/38), about C^.711",
        kept(printed, KAPLAN),
        sympy.Rational(27, 38),
    )
    numbers = {"n": (210, 307), "batch": (76, 307), "steps": (21, 307)}
    for name, (top, bottom) in numbers.items():
        left = kept(found.forms[f"exponent_{name}_kaplan"], KAPLAN)
        about = f"{top / bottom:.3f}"[1:]
        found.equal(
            f"With Kaplan's exponents {name} ~ C^({top}/{bottom}), about C^{about}", left, sympy.Rational(top, bottom)
        )


def _options(found: Claim) -> None:
    """What each option can still gain, from a model that was trained at its optimum, at the critical batch."""
    share = kept(found.forms["steps_share"], KAPLAN)
    found.equal("A: more steps can take away at most this share of the loss", share, sympy.Rational(1, 11))
    noise = sympy.Symbol("noise", positive=True)
    at_critical, at_larger = (kept(STEPS, {batch_size.B: b}) for b in (batch_size.Bcrit, batch_size.Bcrit / noise))
    says = "B: from the critical batch to 1/noise times that, steps fall (2.1.2) by the factor"
    factor = found.equal(says, at_critical / at_larger, 2 / (1 + noise))
    found.positive("which stays short of 2 by", 2 - factor, 2 * noise / (1 + noise))
    found.limit("and comes as close as one likes to", factor, noise, 0, sympy.Integer(2))
    of_n, of_batch, of_steps = (
        kept(found.forms[f"exponent_{name}_kaplan"], KAPLAN) for name in ("n", "batch", "steps")
    )
    more = sympy.Rational(113, 307)
    found.positive(
        "C: size takes more of log compute than batch and steps together, by", of_n - of_batch - of_steps, more
    )
