"""L(N, D) = E + A / N^alpha + B / D^beta, fitted to many sets of losses at once.

By least squares of log L with Huber's weights, by Levenberg and Marquardt's steps on log A, log B, log E, alpha, beta:
in logarithms the loss is a soft maximum of three straight lines, whose slopes in the parameters are its shares.

Source:  Hoffmann et al. 2022, approach 3 and appendix D.3.
"""

import itertools
from typing import NamedTuple

import numpy as np

from impl.scaling.analysis.measured import Array

HUBER = 0.05  # of log L: further off, a loss counts by its distance alone
STEPS, ENOUGH = 300, 1e-10  # of the cost, that a step must gain
BEGIN_DAMPED, MOST_DAMPED = 1e-2, 1e8
EXPONENTS = (1e-3, 10.0)
LARGEST = 700.0  # logarithm of which there is a number
LOWEST = 1e-4  # E in nats: with a logarithm there is no zero
STARTS = tuple(itertools.product((0.2, 0.6, 1.2), (0.2, 0.6, 1.2), (0.02, 0.3, 0.8)))  # alpha, beta, share of E
PARTS = 5


class Law(NamedTuple):
    """Many laws.

    Shapes:  each [laws].
    """

    e: Array
    a: Array
    alpha: Array
    b: Array
    beta: Array

    def loss(self, n: Array, d: Array) -> Array:
        """The losses of one law. Shapes: n, d [points] -> [points]."""
        return np.asarray(self.e + self.a / n**self.alpha + self.b / d**self.beta)

    @property
    def params_exponent(self) -> Array:
        """The power of C with which the best N grows, if C = 6 N D."""
        return np.asarray(self.beta / (self.alpha + self.beta))

    @property
    def tokens_exponent(self) -> Array:
        """The same for D."""
        return np.asarray(self.alpha / (self.alpha + self.beta))

    def params_at(self, compute: float) -> Array:
        """The best N for C = 6 N D.

        Source:  Hoffmann et al. 2022, equation 4.
        """
        balance = (self.alpha * self.a / (self.beta * self.b)) ** (1 / (self.alpha + self.beta))
        return np.asarray(balance * (compute / 6) ** self.params_exponent)


def fit(n: Array, d: Array, losses: Array) -> Law:
    """The law of one set of losses, the best of what is found from 27 beginnings.

    Shapes:  n, d, losses [points] -> each [1].
    Edges:   NaN where an exponent runs to a bound, or the steps to no end: then no such law is near the losses.
    """
    log_n, log_d, target = np.log(n), np.log(d), np.log(losses)
    begins = []
    for alpha, beta, share in STARTS:
        rest = (1 - share) * losses.min() / 2
        begins.append([
            np.log(rest) + alpha * log_n.max(), np.log(rest) + beta * log_d.max(), np.log(share * losses.min()), alpha, beta
        ])  # fmt: skip
    found, cost = _descended(np.array(begins), log_n, log_d, np.broadcast_to(target, (len(begins), len(target))))
    return _law(found[[int(cost.argmin())]])


def refit(law: Law, n: Array, d: Array, losses: Array) -> Law:
    """The laws of many sets of losses that are like one whose law is known.

    Shapes:  losses [sets, points] -> each [sets], NaN as in `fit`.
    """
    begin = [np.log(law.a[0]), np.log(law.b[0]), np.log(law.e[0]), law.alpha[0], law.beta[0]]
    found, _ = _descended(np.tile(begin, (len(losses), 1)), np.log(n), np.log(d), np.log(losses))
    return _law(found)


def _law(theta: Array) -> Law:
    log_a, log_b, log_e, alpha, beta = theta.T
    return Law(np.exp(log_e), np.exp(log_a), alpha, np.exp(log_b), beta)


def _descended(theta: Array, log_n: Array, log_d: Array, target: Array) -> tuple[Array, Array]:
    """The parameters after enough steps, and the cost of each set; a set that gains no more is left alone.

    Shapes:  theta [sets, 5], log_n, log_d [points], target [sets, points].
    Edges:   NaN parameters, and an infinite cost, where there is no end, or an exponent is at a bound.
    """
    theta = theta.copy()
    damping = np.full(len(theta), BEGIN_DAMPED)
    cost, *_ = _cost(theta, log_n, log_d, target)
    at = np.arange(len(theta))  # the sets that are not done
    for _ in range(STEPS):
        if not len(at):
            break
        tried = _step(theta[at], damping[at], log_n, log_d, target[at])
        new, *_ = _cost(tried, log_n, log_d, target[at])
        better = new <= cost[at]
        is_done = better & (cost[at] - new <= ENOUGH * cost[at]) | (damping[at] >= MOST_DAMPED)
        theta[at[better]], cost[at[better]] = tried[better], new[better]
        damping[at] *= np.where(better, 1 / 3, 4)
        at = at[~is_done]
    lost = ((theta[:, 3:] <= EXPONENTS[0]) | (theta[:, 3:] >= EXPONENTS[1])).any(axis=1)
    lost[at] = True
    lost |= (np.abs(theta[:, :3]) > LARGEST).any(axis=1)
    theta[lost], cost[lost] = np.nan, np.inf
    return theta, cost


def _step(theta: Array, damping: Array, log_n: Array, log_d: Array, target: Array) -> Array:
    """Where one step leads. Shapes: as `_descended`, damping [sets] -> [sets, 5]."""
    _, residual, slopes = _cost(theta, log_n, log_d, target)
    weights = np.minimum(1.0, HUBER / np.maximum(np.abs(residual), 1e-12))
    weighted = (slopes * weights[..., None]).swapaxes(1, 2)  # [sets, 5, points]
    normal, pull = weighted @ slopes, (weighted @ residual[..., None])[..., 0]
    _hold(theta, normal, pull)
    scale = np.einsum("sii->si", normal) + 1e-12
    damped = normal + damping[:, None, None] * scale[:, None] * np.eye(PARTS)
    tried = theta - np.linalg.solve(damped, pull[..., None])[..., 0]
    tried[:, 2] = np.maximum(tried[:, 2], np.log(LOWEST))
    tried[:, 3:] = np.clip(tried[:, 3:], *EXPONENTS)
    return np.asarray(tried)


def _hold(theta: Array, normal: Array, pull: Array) -> None:
    """Take E out of the equations of those sets where it is as low as it may be and would go lower."""
    held = (theta[:, 2] <= np.log(LOWEST)) & (pull[:, 2] > 0)
    normal[held, 2, :] = normal[held, :, 2] = pull[held, 2] = 0.0
    normal[held, 2, 2] = 1.0


def _cost(theta: Array, log_n: Array, log_d: Array, target: Array) -> tuple[Array, Array, Array]:
    """Huber's cost [sets], residuals [sets, points] and their slopes [sets, points, 5]."""
    log_a, log_b, log_e, alpha, beta = (part[:, None] for part in theta.T)
    terms = np.stack([log_a - alpha * log_n, log_b - beta * log_d, log_e + 0 * log_n], axis=-1)  # [sets, points, 3]
    highest = terms.max(axis=-1, keepdims=True)
    powers = np.exp(terms - highest)
    total = powers.sum(axis=-1, keepdims=True)
    shares = powers / total
    residual = (highest + np.log(total))[..., 0] - target
    slopes = np.concatenate([shares, -shares[..., :1] * log_n[:, None], -shares[..., 1:2] * log_d[:, None]], axis=-1)
    far = np.abs(residual) > HUBER
    cost = np.where(far, HUBER * (np.abs(residual) - HUBER / 2), residual**2 / 2).sum(axis=-1)
    return cost, residual, slopes
