"""What the pictures draw: the closed forms that the claims derive, as functions of numbers.

Shapes:  numbers, or arrays that broadcast.
Source:  handout 1.2 and 2.1.1; Hoffmann et al. 2022 (arXiv 2203.15556), eq. 10 for the constants.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from spec.forms import form, function
from spec.formula.array import matrix, scalar, vector
from spec.formula.domain import at
from spec.formula.value import value

IRREDUCIBLE, OF_PARAMS, OF_TOKENS = 1.69, 406.4, 410.7
PARAMS_POWER, TOKENS_POWER = 0.34, 0.28
FLOP_PER_PARAM_AND_TOKEN = 6


def ridge_toy(lam: Any) -> Any:
    """Either weight of the ridge solution of the toy data set (1.2.1); both are the same."""
    return function("1.2.1", "ridge")(lam=lam)[0]


def epsilon_fgm(x: float, X: Any, t: Any, lam: Any) -> Any:  # noqa: N803 - the handout's letter
    """The attack radius at which FGM brings the ridge output at x to 0, in one dimension, for each lambda (1.2.3).

    Shapes:  X, t [n]; lam and the result [n_lam]. The form is in matrices, so it is valued exactly.
    """
    data = {"x": scalar(Fraction(x)), "X": matrix([[Fraction(xi)] for xi in X]), "t": vector(map(Fraction, t))}
    data |= {"n": scalar(len(X)), "d": scalar(1)}
    epsilon = form("1.2.3", "epsilon")
    return np.array([float(value(epsilon, at(data | {"lam": scalar(Fraction(one))})).numbers[0]) for one in lam])


def epsilon_fgsm(x: Any) -> Any:
    """The attack radius at which FGSM does (1.2.4)."""
    return function("1.2.4", "epsilon")(x=x)


def eta_star(a: Any, w: Any, sigma: Any, B: Any) -> Any:  # noqa: N803 - the handout's letter
    """The rate at which one step is expected to leave the least loss (2.1.1)."""
    return function("2.1.1", "eta_star")(a=a, w=w, sigma=sigma, B=B)


def hoffmann_loss(n_params: Any, n_tokens: Any) -> Any:
    """The test loss of a language model (2.2).

    Units:   nats a token.
    """
    return IRREDUCIBLE + OF_PARAMS / n_params**PARAMS_POWER + OF_TOKENS / n_tokens**TOKENS_POWER


def hoffmann_params(compute: Any) -> Any:
    """The model size of least loss at a compute budget (2.2).

    Units:   compute in FLOP.
    """
    constants = {"A": OF_PARAMS, "alpha": PARAMS_POWER, "B0": OF_TOKENS, "beta": TOKENS_POWER}
    return function("2.2", "n_star_hoffmann")(C=np.asarray(compute, dtype=float), **constants)
