"""Closed forms and choices, generated from the claims by `python -m spec.claims.export`; a test holds them equal."""

# fmt: off
FORMS: dict[str, dict[str, str]] = {
    "1.1.1": {
        "delta_1_norm": "epsilon",
        "delta_2_norm": "epsilon max_i(abs(w_i))",
    },
    "1.1.2": {
        "output": "-epsilon w^T w + w^T x",
    },
    "1.2.1": {
        "line": "w_1 + w_2 - 1",
        "point": "(1/2, 1/2)",
        "contour": "1/2",
        "ridge": "(1/(2 lam + 2), 1/(2 lam + 2))",
    },
    "1.2.2": {
        "w_ridge": "inv(2 lam n eye(d) + X^T X) X^T t",
        "w_ridge_dual": "X^T inv(2 lam n eye(n) + X X^T) t",
    },
    "1.2.3": {
        "w_ridge": "X^T t inv(2 lam n eye(1) + X^T X)",
        "epsilon": "x (2 lam n eye(1) + X^T X) inv(X^T t)",
    },
    "1.2.4": {
        "epsilon": "abs(x)",
    },
    "2.1.1": {
        "one_step_loss": "a w^2 (-a eta + 1)^2/2 + a eta^2 sigma^2/(2 B)",
        "eta_star": "a w^2/(a^2 w^2 + sigma^2/B)",
        "best_gain": "a w^2/(2 + 2 sigma^2/(B a^2 w^2))",
        "expected_loss": "L0 (-eta h + 1)^(2 t) + c eta (1 - (-eta h + 1)^(2 t))/(2 B (-eta h + 2))",
        "steady_loss": "eta sigma^2/(2 B (-a eta + 2))",
        "heavy_ball_steady_loss": "c eta (b + 1)/(2 B (1 - b) (2 b - eta h + 2))",
        "averaged_steady_loss": "c eta (1 - g) (g (-eta h + 1) + 1)/(2 B (g + 1) (-eta h + 2) (-g (-eta h + 1) + 1))",
        "preconditioned_steady_loss": "c eta/(2 B h^(p) (-eta h^(1 - p) + 2))",
    },
    "2.1.2": {
        "steps": "Smin (1 + Bcrit/B)",
        "examples": "Smin (B + Bcrit)",
        "fewest_examples": "Bcrit Smin",
        "elasticity": "-Bcrit/(B + Bcrit)",
        "constant_rate": "4 B e u/c",
        "steps_at_constant_rate": "c log(R/(1 - u))/(8 B e h u)",
        "contraction": "(kappa - 1)/(kappa + 1)",
        "preconditioned_kappa": "kappa^(1 - p)",
    },
    "2.2": {
        "n_star_hoffmann": "(C/6)^(beta/(alpha + beta)) (A alpha/(B0 beta))^(1/(alpha + beta))",
        "exponent_n_hoffmann": "beta/(alpha + beta)",
        "exponent_d_hoffmann": "alpha/(alpha + beta)",
        "steps_part": "alpha_N f/alpha_S",
        "steps_share": "alpha_N/(alpha_N + alpha_S)",
        "alpha_C": "1/(1/alpha_S + 1/alpha_N + 1/alpha_B)",
        "exponent_n_kaplan": "1/(alpha_N (1/alpha_S + 1/alpha_N + 1/alpha_B))",
        "exponent_steps_kaplan": "1/(alpha_S (1/alpha_S + 1/alpha_N + 1/alpha_B))",
        "exponent_batch_kaplan": "1/(alpha_B (1/alpha_S + 1/alpha_N + 1/alpha_B))",
    },
    "3.3": {
        "vertex": "-b/(2 a)",
        "n_star": "10^(-b/(2 a))",
        "slope": "(3 x_1 y_1 + 3 x_2 y_2 + 3 x_3 y_3 - (x_1 + x_2 + x_3) (y_1 + y_2 + y_3))/(3 x_1^2 + 3 x_2^2 + 3 x_3^2 - (x_1 + x_2 + x_3)^2)",
        "intercept": "y_1/3 + y_2/3 + y_3/3 - (x_1 + x_2 + x_3) (3 x_1 y_1 + 3 x_2 y_2 + 3 x_3 y_3 - (x_1 + x_2 + x_3) (y_1 + y_2 + y_3))/(9 x_1^2 + 9 x_2^2 + 9 x_3^2 - 3 (x_1 + x_2 + x_3)^2)",
        "n_at_compute": "10^(intercept) C^(slope)",
    },
}
NAMES = ["A", "B", "B0", "Bcrit", "C", "L0", "R", "Smin", "X", "a", "alpha", "alpha_B", "alpha_N", "alpha_S", "b", "beta", "c", "d", "e", "epsilon", "eta", "f", "g", "h", "intercept", "kappa", "lam", "n", "p", "sigma", "slope", "t", "u", "w", "x"]
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "1.2.3": ("yes", {
        "no": "At x = 1, X = [[1]], t = [1] the attack needs epsilon = 3 with lam = 1 and 5 with lam = 2.",
    }),
    "1.2.4": ("no", {
        "yes": "At x = 1, X = [[1]], t = [1] the attack needs epsilon = 1 with lam = 1 and 1 with lam = 2.",
    }),
    "2.1.1": ("grows", {
        "shrinks": "At a = w = sigma = 1 the best rate is 1/2 with B = 1 and 2/3 with B = 2.",
        "unchanged": "At a = w = sigma = 1 the best rate is 1/2 with B = 1 and 2/3 with B = 2.",
    }),
    "2.1.2a": ("C", {
        "A": "In the noisy quadratic model A takes 32.3 times the fewest steps and 1.0 times the fewest samples; C takes 1.6 and 1.6 times.",
        "B": "In the noisy quadratic model B takes 1.1 times the fewest steps and 33.6 times the fewest samples; C takes 1.6 and 1.6 times.",
    }),
    "2.1.2b": ("npch", {
        "A": "At A of the noisy quadratic model twice the batch takes 0.50 of the steps, nearly half: noise is what costs, and more samples in parallel help.",
        "B": "At B of the noisy quadratic model twice the batch takes 0.98 of the steps; preconditioning by the root of the curvature takes 0.01: curvature is what costs.",
    }),
    "2.2": ("C", {
        "A": "By Kaplan's laws ten times the compute is best spent on 4.8 times the model, 1.8 times the batch and 1.2 times the steps.",
        "B": "By Kaplan's laws ten times the compute is best spent on 4.8 times the model, 1.8 times the batch and 1.2 times the steps.",
    }),
}
# fmt: on
