"""Claims with one coefficient changed in the source of the derivation: none of them may prove."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """A file of `spec/claims`, a text that is in it once, and what stands there instead."""

    file: str
    old: str
    new: str


MUTANTS = (
    Mutant("fast_gradient_sign", "delta_1(w), epsilon, where=not_zero, cases=sign_cases(w))\n    c.e", "delta_1(w), 2 * epsilon, where=not_zero, cases=sign_cases(w))\n    c.e"),
    Mutant("fast_gradient_sign", "[Abs(epsilon * entry) for", "[Abs(2 * epsilon * entry) for"),
    Mutant("fast_gradient_sign", "[Abs(epsilon * sign(entry)) for", "[Abs(epsilon * sign(entry)) / 2 for"),
    Mutant("fast_gradient_sign", "largest - 1,", "largest - 2,"),
    Mutant("fast_gradient_sign", "scale * delta_2(w)", "scale**2 * delta_2(w)"),
    Mutant("fast_gradient_sign", "(1 - sign(w) ** 2)", "(2 - sign(w) ** 2)"),
    Mutant("fast_gradient_sign", "3 * epsilon", "2 * epsilon"),
    Mutant("fast_gradient_sign", 'Node("max", (Node("abs", (entry,)),), "i")', 'Node("max", (entry,), "i")'),
    Mutant("fast_gradient", "x - epsilon * gradient", "x + epsilon * gradient"),
    Mutant("fast_gradient", "return w.T * x - epsilon * (w.T * w)", "return w.T * x - 2 * epsilon * (w.T * w)"),
    Mutant("fast_gradient", "epsilon, -w.T * w)", "epsilon, -2 * w.T * w)"),
    Mutant("toy_data", "[[1, 1], [-1, -1]]", "[[1, 1], [-1, -2]]"),
    Mutant("toy_data", "ImmutableMatrix([1, -1])", "ImmutableMatrix([1, -2])"),
    Mutant("toy_data", "(w[0] + w[1] - 1) ** 2 / 2", "(w[0] + w[1] - 1) ** 2 / 4"),
    Mutant("toy_data", "2 * (s - half) ** 2", "(s - half) ** 2"),
    Mutant("toy_data", "on_line = sympy.Matrix([s, 1 - s])", "on_line = sympy.Matrix([s, 1 - 2 * s])"),
    Mutant("toy_data", "w[1]: w[1] - h", "w[1]: w[1] - 2 * h"),
    Mutant("toy_data", "/ (2 * (1 + lam)), form", "/ (2 * (1 + 2 * lam)), form"),
    Mutant("toy_data", "lam**2 / (2 * (1 + lam))", "lam**2 / (1 + lam)"),
    Mutant("toy_data", "** 2 / 2 + lam * (away", "** 2 / 2 + 2 * lam * (away"),
    Mutant("ridge", "M = X.T * X + 2 * n", "M = X.T * X + n"),
    Mutant("ridge", "K = X * X.T + 2 * n", "K = X * X.T + n"),
    Mutant("ridge", "/ (2 * n) + lam * (at.T * at)", "/ n + lam * (at.T * at)"),
    Mutant("ridge", "/ (2 * n) + lam * (at.T * at)", "/ (2 * n) + lam * (at.T * at) / 2"),
    Mutant("ridge", "/ n + 2 * lam * w)", "/ n + lam * w)"),
    Mutant("ridge", "return X.T * X / n + 2 * lam * I_d", "return X.T * X / n + lam * I_d"),
    Mutant("ridge", "/ (2 * n) + lam * (v.T * v), unless", "/ n + lam * (v.T * v), unless"),
    Mutant("ridge", "return X.T * K.inv() * t", "return 2 * X.T * K.inv() * t"),
    Mutant("weight_decay", "A, b = X.T * X + 2 * n", "A, b = X.T * X + n"),
    Mutant("weight_decay", "return x * (squares + 2 * n * penalty) / product", "return x * (squares + n * penalty) / product"),
    Mutant("weight_decay", "return product / (squares + 2 * n * penalty)", "return product / (squares + n * penalty)"),
    Mutant("weight_decay", "w**2 * (x / w - epsilon)", "w * (x / w - epsilon)"),
    Mutant("weight_decay", "2 * n * x * Inverse(b)", "n * x * Inverse(b)"),
    Mutant("weight_decay", "2 * n * x**2 / signed", "2 * n * x**2 / signed**2"),
    Mutant("weight_decay", "-2 * x / (w * (1 + 2 * lam) ** 2)", "-2 * x / (w * (1 + lam) ** 2)"),
    Mutant("weight_decay", "(n - squares) / (signed", "(2 * n - squares) / (signed"),
    Mutant("weight_decay_sign", "Abs(w) * (Abs(x) - epsilon)", "Abs(w) * (Abs(x) - 2 * epsilon)"),
    Mutant("weight_decay_sign", "w * x / Abs(w)", "w * x / Abs(w) ** 2"),
    Mutant("weight_decay_sign", "-2 * n * product", "-n * product"),
    Mutant("noisy_quadratic", "moved = w - eta * (a * w + noise)", "moved = w - 2 * eta * (a * w + noise)"),
    Mutant("noisy_quadratic", "stated = a * w**2 / (a**2 * w**2 + sigma**2 / B)", "stated = a * w**2 / (a**2 * w**2 + sigma**2 / (2 * B))"),
    Mutant("noisy_quadratic", "+ a * eta * sigma**2 / B", "+ 2 * a * eta * sigma**2 / B"),
    Mutant("batch_size", "Smin * (1 + Bcrit / B),", "Smin * (1 + 2 * Bcrit / B),"),
    Mutant("batch_size", "B, Bcrit / (B + Bcrit) ** 2)", "B, Bcrit / (B + 2 * Bcrit) ** 2)"),
    Mutant("scaling_laws", "D, C / (6 * N))", "D, C / (5 * N))"),
    Mutant("scaling_laws", "+ beta**2 * fewer_tokens", "+ beta * fewer_tokens"),
    Mutant("attention", "both, m + 1)", "both, m + 2)"),
    Mutant("attention", "rest: (0, m)}", "rest: (0, 2 * m)}"),
    Mutant("attention", "(*x[order].flat,", "(*x[order[::-1]].flat,"),
    Mutant("noisy_quadratic", "{noise: (0, sigma**2 / B)}, stated", "{noise: (0, sigma**2)}, stated"),
    Mutant("noisy_quadratic", "now = {theta: (mean, 2 * L0 / h)", "now = {theta: (mean, L0 / h)"),
    Mutant("batch_size", "now = {theta: (mean, model.square)", "now = {theta: (2 * mean, model.square)"),
    Mutant("iso_flop", "kept(loss, {x: x / factor})", "kept(loss, {x: x * factor})"),
    Mutant("attention", "p[i] * (int(i == j) - p[j])", "p[i] * (int(i == j) - 2 * p[j])"),
    Mutant("iso_flop", "stated = 2 * (X.T * X * k - X.T * y)", "stated = X.T * X * k - X.T * y"),
    Mutant("iso_flop", "-b / (2 * a), form", "-b / a, form"),
    Mutant("toy_data", "w[i], w[0] + w[1] - 1)", "w[i], w[0] + w[1] - 2)"),
    Mutant("toy_data", 'c.export("line", line)', 'c.export("line", line - 1)'),
    Mutant("weight_decay_sign", "epsilon, Abs(x), where", "epsilon, 2 * Abs(x), where"),
    Mutant("fast_gradient_sign", '"delta_1_norm", epsilon)', '"delta_1_norm", 2 * epsilon)'),
    Mutant("fast_gradient_sign", '"delta_2_norm", form, like=written)', '"delta_2_norm", form, like=[2 * e for e in written])'),
    Mutant("iso_flop", "N, 10**at, where", "N, 2 * 10**at, where"),
    Mutant("batch_size", "steps = c / (8 * B * e * h) *", "steps = c / (16 * B * e * h) *"),
)  # fmt: skip
