"""Closed forms, generated from the claims by `python -m spec.claims.export`; a test holds them to the claims."""

FORMS: dict[str, dict[str, str]] = {
    "1.1.1": {"delta_1_norm": "epsilon", "delta_2_norm": "epsilon*max_i(|w_i|)"},
    "1.1.2": {"output": "w^T*x - epsilon*w^T*w"},
    "1.2.1": {
        "line": "w_1 + w_2 - 1",
        "point": "(1/2, 1/2)",
        "contour": "1/2",
        "ridge": "(1/(2*(lam + 1)), 1/(2*(lam + 1)))",
    },
    "1.2.2": {"w_ridge": "inv(X^T*X + 2*lam*n*eye(d))*X^T*t"},
    "1.2.3": {"epsilon": "x*(X^T*X + 2*lam*n)/(X^T*t)", "w_ridge": "X^T*t/(X^T*X + 2*lam*n)"},
    "1.2.4": {"epsilon": "|x|"},
    "2.1.1": {"eta_star": "a*w^2/(a^2*w^2 + sigma^2/B)"},
}

CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "1.2.3": ("yes", {"no": "evidence"}),
    "1.2.4": ("no", {"yes": "evidence"}),
    "2.1.1": ("grows", {"shrinks": "evidence", "unchanged": "evidence"}),
    "2.1.2a": ("C", {"A": "evidence", "B": "evidence"}),
    "2.1.2b": ("npch", {"A": "evidence", "B": "evidence"}),
    "2.2": ("C", {"A": "evidence", "B": "evidence"}),
}
