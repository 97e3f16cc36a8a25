"""2.2: with more compute, most of it goes into a larger model. Kaplan's and Hoffmann's optima, from their loss laws.

What can be derived from Kaplan's rounded exponents (.076, .76, .21) is N ~ C^.684, B ~ C^.248, S ~ C^.068, and alphaC
.052. He prints alphaC as .054, which gives .71; and his .73, .24 and .03 are fits to runs, which no loss law gives.
"""

from __future__ import annotations

import sympy

from spec.claims.claim import Claim
from spec.formula.domain import Values

N, C, D, A, B0, E0, alpha, beta = sympy.symbols("N C D A B0 E0 alpha beta", positive=True)
N_c, S_c, Bstar, alpha_n, alpha_s, alpha_b = sympy.symbols("N_c S_c Bstar alpha_N alpha_S alpha_B", positive=True)
L, f, g = sympy.symbols("L f g", positive=True)
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
    statement = "C: at the optimum N grows as C^(alphaC/alphaN) (Kaplan) or C^(beta/(alpha+beta)) (Hoffmann), steps hardly at all."
    found = Claim("2.2", statement)
    _hoffmann(found)
    _hoffmann_growth(found)
    _kaplan(found)
    _kaplan_growth(found)
    _options(found)
    return found


def _hoffmann(found: Claim) -> None:
    """L = E0 + A/N^alpha + B0/D^beta on C = 6 N D, in log N."""
    tokens = sympy.solve(6 * N * D - C, D)[0]
    loss = (E0 + A / N**alpha + B0 / D**beta).subs(D, tokens)
    fewer_tokens = B0 * (6 * N / C) ** beta
    loss = found.equal("The loss at compute C = 6 N D", loss, E0 + A * N**-alpha + fewer_tokens, where=small_powers)
    stated = beta * fewer_tokens - alpha * A * N**-alpha
    slope = found.equal("Its slope in log N", N * sympy.diff(loss, N), stated, where=small_powers)
    bend = sympy.expand(N * sympy.diff(slope, N)).subs({A * N**-alpha: f, sympy.expand(fewer_tokens): g})
    found.positive("It bends upwards; f = A/N^alpha, g = B0/D^beta", bend, alpha**2 * f + beta**2 * g)
    ratio = beta * B0 / (alpha * A) * (6 / C) ** beta * N ** (alpha + beta)
    found.equal("Its sign is that of", slope / (alpha * A * N**-alpha), ratio - 1, where=small_powers)
    balanced = alpha * A / (beta * B0) * (C / 6) ** beta
    best = (alpha * A / (beta * B0)) ** (1 / (alpha + beta)) * (C / 6) ** (beta / (alpha + beta))
    found.forms["n_star_hoffmann"] = best
    at_best = sympy.expand_power_base(best ** (alpha + beta))
    found.equal("N*^(alpha + beta)", at_best, balanced, where=small_powers)
    at_best = ratio.subs(N ** (alpha + beta), balanced)
    found.equal("At N* the two terms are equal, and the slope is 0", at_best, sympy.Integer(1), where=small_powers)
    climbs = N * sympy.diff(sympy.expand_log(sympy.log(ratio)), N)
    found.positive("and nowhere else: log of their ratio climbs in log N by", climbs, alpha + beta)


def _hoffmann_growth(found: Claim) -> None:
    """How parameters and tokens share a larger compute."""
    best = found.forms["n_star_hoffmann"]
    of_n = sympy.simplify(C * sympy.diff(sympy.log(best), C))
    of_n = found.equal("log N* climbs in log C by", of_n, beta / (alpha + beta), form="exponent_n_hoffmann")
    of_d = sympy.simplify(C * sympy.diff(sympy.log(C / (6 * best)), C))
    of_d = found.equal("log D* by", of_d, alpha / (alpha + beta), form="exponent_d_hoffmann")
    found.equal("together by", of_n + of_d, sympy.Integer(1))
    found.equal(
        "With Hoffmann's rounded constants N* ~ C^(14/31), about C^.452", of_n.subs(HOFFMANN), sympy.Rational(14, 31)
    )
    found.equal("With equal exponents both grow as the root of C", of_n.subs(beta, alpha), sympy.Rational(1, 2))


def _kaplan(found: Claim) -> None:
    """L = (Nc/N)^alphaN + (Sc/S)^alphaS at batch B*/L^(1/alphaB): the least compute 6 N B S that reaches a loss L.

    f is the loss that a model of N parameters keeps however long it is trained, g what more steps can still take away.
    At the critical batch compute is twice the least and steps twice the fewest: a constant factor, no exponent.
    """
    size = (N_c / N) ** alpha_n
    steps = S_c * (L - size) ** (-1 / alpha_s)
    reached = size + (S_c / steps) ** alpha_s
    found.equal(
        "Steps to a loss L with N parameters: they reach it",
        sympy.powdenest(reached, force=True),
        L,
        where=small_powers,
    )
    compute = 6 * N * (Bstar / L ** (1 / alpha_b)) * steps
    spent = sympy.log(6 * N * Bstar * S_c) - sympy.log(L) / alpha_b - sympy.log(L - size) / alpha_s
    logarithm = sympy.expand_log(sympy.log(compute), force=True)
    log_compute = found.equal("Log of the compute", logarithm, spent, where=small_powers)
    slope = (N * sympy.diff(log_compute, N)).subs(size, f).subs(L, f + g)
    slope = found.equal("The slope of log compute in log N", slope, 1 - alpha_n / alpha_s * f / g)
    best = found.equal(
        "is 0 where steps' part of the loss is", sympy.solve(slope, g)[0], alpha_n / alpha_s * f, form="steps_part"
    )
    found.equal("a share of the whole of", best / (f + best), alpha_n / (alpha_n + alpha_s), form="steps_share")
    bends = N * sympy.diff(1 - alpha_n / alpha_s * size / (L - size), N)
    bends = bends.subs(size, f).subs(L, f + g)
    found.positive("The slope only grows: there is one optimum", bends, alpha_n**2 / alpha_s * f * (f + g) / g**2)


def _kaplan_growth(found: Claim) -> None:
    """Along the optima everything is a power of the loss, and so of compute."""
    shares = {f: L * alpha_s / (alpha_n + alpha_s), g: L * alpha_n / (alpha_n + alpha_s)}
    found.equal("Along the optima", shares[f] + shares[g], L)
    found.equal("with the share above", shares[g] / shares[f], found.forms["steps_part"] / f)
    grown = {
        "n": sympy.log(N_c) - sympy.log(shares[f]) / alpha_n,
        "steps": sympy.log(S_c) - sympy.log(shares[g]) / alpha_s,
        "batch": sympy.log(Bstar) - sympy.log(L) / alpha_b,
    }
    rates = {name: L * sympy.diff(e, L) for name, e in grown.items()}
    stated = 1 / alpha_n + 1 / alpha_s + 1 / alpha_b
    total = -found.equal("log compute falls in log L by", sum(rates.values()), -stated)
    alpha_c = found.forms["alpha_C"] = 1 / stated
    of = {"n": alpha_n, "steps": alpha_s, "batch": alpha_b}
    for name, exponent in of.items():
        form = f"exponent_{name}_kaplan"
        found.equal(f"log {name} climbs in log compute by", -rates[name] / total, alpha_c / exponent, form=form)
    found.equal("together by", sum(found.forms[f"exponent_{name}_kaplan"] for name in of), sympy.Integer(1))
    printed = sympy.Rational("0.054") / alpha_n
    found.equal(
        "With alphaC as Kaplan prints it, .054, n ~ C^(27/38), about C^.711",
        printed.subs(KAPLAN),
        sympy.Rational(27, 38),
    )
    numbers = {"n": (210, 307), "batch": (76, 307), "steps": (21, 307)}
    for name, (top, bottom) in numbers.items():
        left = found.forms[f"exponent_{name}_kaplan"].subs(KAPLAN)
        about = f"{top / bottom:.3f}"[1:]
        found.equal(
            f"With Kaplan's exponents {name} ~ C^({top}/{bottom}), about C^{about}", left, sympy.Rational(top, bottom)
        )


def _options(found: Claim) -> None:
    """What each option can still gain, from a model that was trained at its optimum, at the critical batch."""
    share = found.forms["steps_share"].subs(KAPLAN)
    found.equal("A: more steps can take away at most this share of the loss", share, sympy.Rational(1, 11))
    noise = sympy.Symbol("noise", positive=True)
    worth = sympy.limit(2 / (1 + noise), noise, 0)
    found.equal("B: a batch without end is worth more steps by a factor of at most", worth, sympy.Integer(2))
    of_n, of_batch, of_steps = (found.forms[f"exponent_{name}_kaplan"].subs(KAPLAN) for name in ("n", "batch", "steps"))
    more = sympy.Rational(113, 307)
    found.positive(
        "C: size takes more of log compute than batch and steps together, by", of_n - of_batch - of_steps, more
    )
