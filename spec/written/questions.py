"""The written questions as answers are held to them: symbols, what is asked, under which assumptions.

What is true is not here: it comes from the claims, as closed forms (`spec/closed_forms.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from spec.closed_forms import FORMS
from spec.forms import own
from spec.formula import array as arrays
from spec.formula.array import Array
from spec.formula.domain import Symbol, Values, at
from spec.formula.value import value

SizeOf = int | None


@dataclass(frozen=True)
class Part:
    """One thing that a question asks for.

    Edges:   a value is right when it equals `truth` everywhere, a condition when it holds just where `truth` does, a
             bound when it holds and is attained; `left` are the symbols that stand for it on a left-hand side, `of` is
             the expression of which it is the value.
    """

    name: str
    asks: str
    truth: str
    kind: Literal["value", "condition", "bound"] = "value"
    left: tuple[str, ...] = ()
    example: str = ""
    of: str = ""


@dataclass(frozen=True)
class Asked:
    """A written question that is answered by formulas.

    Shapes:  of `symbols`, in n and d; `n` and `d` where the question fixes them.
    Edges:   `bound` are symbols that the question defines by others: they may stand on the left, or on the way, but the
             answer itself is asked for without them, except for those in `tolerated`, which are remarked on.
             `foreign` symbols are not the question's: an answer that depends on one is wrong.
    """

    question: str
    symbols: tuple[Symbol, ...]
    parts: tuple[Part, ...]
    bound: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    tolerated: Mapping[str, str] = field(default_factory=dict)
    foreign: tuple[Symbol, ...] = ()
    holds: Callable[[Values], bool] = lambda _: True
    assumes: str = ""
    n: SizeOf = None
    d: SizeOf = None
    extra: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Every spelling of every symbol, each with the symbol; "w[i]" where w has entries."""
        own = [s.name for s in (*self.symbols, *self.foreign)]
        entries = {f"{s.name}[i]": s.name for s in self.symbols if s.shape}
        return {name: name for name in [*own, "n", "d", *self.bound, *self.extra]} | entries | dict(self.spellings)

    def sized(self, name: str) -> bool:
        """Whether a symbol is an array, whose shape shows n and d."""
        return any(s.name == name and s.shape for s in self.symbols)

    def permits(self, values: Values) -> bool:
        """Whether values are such as the question assumes."""
        positive = (s.name for s in self.symbols if s.kind in ("positive", "count"))
        return all(x > 0 for name in positive for x in values[name].numbers) and self.holds(values)

    def with_bound(self, values: Values) -> dict[str, Array]:
        """Values with those of the symbols that the question defines."""
        full = dict(values)
        for name, text in self.bound.items():
            full[name] = value(own(text), at(full))
        return full


def _positive_logit(values: Values) -> bool:
    x, w = values["x"], values["w"]
    return _number(arrays.matmul(x, w)) > 0


def _positive_ridge_logit(values: Values) -> bool:
    slope = value(own("X^T*t"), at(values))
    return Fraction(_number(slope)) * Fraction(_number(values["x"])) > 0


def _number(a: Array) -> Fraction:
    (x,) = a.numbers
    return Fraction(x)


def _some_weight(values: Values) -> bool:
    return any(x != 0 for x in values["w"].numbers)


POSITIVE = "positive"
X, T = Symbol("X", ("n", "d"), means="design matrix, one sample a row"), Symbol("t", ("n",), means="targets")
W, INPUT = Symbol("w", ("d",), means="weights"), Symbol("x", ("d",), means="input")
EPSILON = Symbol("epsilon", (), "positive", "size of the attack")
LAM = Symbol("lam", (), "positive", "weight decay coefficient")
ONE_D = (Symbol("x", (), means="input"), Symbol("X", ("n", 1), means="training inputs, also x_i"), T, LAM)
ADVERSARIAL = dict.fromkeys(("x_adv", "x_new", "x_fgm", "x_fgsm"), "x'")
ONE_D_SPELLINGS = {"x[]": "X", "bold x": "X", "w_ridge": "w", "bold w": "w", "N": "n", **ADVERSARIAL}

ASKED = {
    "1.1.1": Asked(
        "1.1.1",
        (W, INPUT, EPSILON),
        (
            Part(
                "delta_1", "the max norm of delta_1 = epsilon sgn(w)", FORMS["1.1.1"]["delta_1_norm"], left=("delta_1",),
                example=r"\lVert\delta_1\rVert_\infty = 2\epsilon",
            ),
            Part(
                "delta_2", "the max norm of delta_2 = epsilon w", FORMS["1.1.1"]["delta_2_norm"], left=("delta_2",),
                example="||delta_2||_inf = epsilon*norm(w)",
            ),
            Part(
                "condition", "when the two norms are equal, as a condition on w",
                f"{FORMS['1.1.1']['delta_1_norm']} = {FORMS['1.1.1']['delta_2_norm']}", "condition",
                example="all(w_i > 0) or all(w_i < 0)",
            ),
            Part(
                "bound", "what sgn guarantees of the max norm of delta_1", FORMS["1.1.1"]["delta_1_norm"], "bound",
                ("delta_1",), r"\|\delta_1\|_\infty \le 2\epsilon",
            ),
        ),
        bound={"delta_1": "epsilon*sgn(w)", "delta_2": "epsilon*w"},
        spellings={"delta1": "delta_1", "delta2": "delta_2"},
        holds=_positive_logit, assumes="w^T x > 0, epsilon > 0", extra=("f",),
    ),
    "1.1.2": Asked(
        "1.1.2",
        (INPUT, W, EPSILON),
        (Part("output", "the output f(x'; w) in epsilon, x, w", FORMS["1.1.2"]["output"], left=("x'",), example="w^T x + epsilon norm(w)"),),
        bound={"x'": "x - epsilon*w"},
        foreign=(Symbol("y", (), "label", "a label"),), spellings=ADVERSARIAL,
        holds=_positive_logit, assumes="w^T x > 0, epsilon > 0", extra=("f",),
    ),
    "1.2.1": Asked(
        "1.2.1",
        (Symbol("w", (2,), means="weights"), LAM),
        (
            Part("line", "the set of optima, as an equation in w_1 and w_2", f"{FORMS['1.2.1']['line']} = 0", "condition", example="w_1 - w_2 = 1"),
            Part("point", "the single point at which a contour of w^T w touches it", FORMS["1.2.1"]["point"], left=("w",), example="(1, 0)", of="w"),
            Part("point", "the same, as equations", f"w = {FORMS['1.2.1']['point']}", "condition", example="w_1 = w_2 = 1"),
            Part("contour", "the value of w^T w there", FORMS["1.2.1"]["contour"], example="w^T w = 1/4", of="w^T*w"),
            Part("ridge", "the ridge solution for this data set", FORMS["1.2.1"]["ridge"], left=("w_ridge",), example="w_ridge = (1, 1)/(1 + lam)"),
            Part("ridge", "the same, as equations", f"w = {FORMS['1.2.1']['ridge']}", "condition", example="w = (1, 1)/(1 + lam)"),
            Part("contour", "the same, as an equation", f"w^T*w = {FORMS['1.2.1']['contour']}", "condition", example="w_1^2 + w_2^2 = 1"),
        ),
        bound={"w_ridge": FORMS["1.2.1"]["ridge"]},
        n=2, d=2, assumes="lam > 0", given=("x_1 = (1, 1), t_1 = 1; x_2 = (-1, -1), t_2 = -1",),
    ),
    "1.2.2": Asked(
        "1.2.2",
        (X, T, LAM),
        (Part("w_ridge", "the minimum of the ridge objective", FORMS["1.2.2"]["w_ridge"], left=("w",), example="inv(X.T @ X + n*lam*eye(d)) @ X.T @ t"),),
        bound={"w": FORMS["1.2.2"]["w_ridge"]},
        spellings={"w_ridge": "w", "w_opt": "w", "w_star": "w", "w_hat": "w", "x[]": "X", "N": "n"}, assumes="lam > 0",
    ),
    "1.2.3": Asked(
        "1.2.3",
        ONE_D,
        (Part("epsilon", "the epsilon for which f(x'; w_ridge) = 0, as a function of lam", FORMS["1.2.3"]["epsilon"], left=("epsilon",), example=r"\epsilon = \frac{x \sum_i x_i^2}{\sum_i x_i t_i}"),),
        bound={"w": FORMS["1.2.3"]["w_ridge"], "epsilon": FORMS["1.2.3"]["epsilon"], "x'": "x - epsilon*w"},
        spellings=ONE_D_SPELLINGS,
        tolerated={"w": "w_ridge depends on lam: put it in to have epsilon as a function of lam"},
        holds=_positive_ridge_logit, d=1, assumes="w_ridge x > 0, lam > 0", extra=("f",),
    ),
    "1.2.4": Asked(
        "1.2.4",
        ONE_D,
        (Part("epsilon", "the epsilon for which f(x'; w_ridge) = 0 under FGSM", FORMS["1.2.4"]["epsilon"], left=("epsilon",), example="x/lam"),),
        bound={"w": FORMS["1.2.3"]["w_ridge"], "epsilon": FORMS["1.2.4"]["epsilon"], "x'": "x - epsilon*sgn(w)"},
        spellings=ONE_D_SPELLINGS, tolerated={"w": ""},
        holds=_positive_ridge_logit, d=1, assumes="w_ridge x > 0, lam > 0", extra=("f",),
    ),
    "2.1.1": Asked(
        "2.1.1",
        (
            Symbol("a", (), "positive", "curvature"), Symbol("w", (), "real", "weight before the step"),
            Symbol("sigma", (), "positive", "noise of one sample's gradient"), Symbol("B", (), "count", "batch size"),
        ),
        (Part("eta", "the best rate of one step", FORMS["2.1.1"]["eta_star"], left=("eta",), example="1/(a + sigma^2/B)"),),
        bound={"eta": FORMS["2.1.1"]["eta_star"]}, spellings={"w_0": "w", "eta_opt": "eta"}, n=1, d=1,
        holds=_some_weight, assumes="a > 0, sigma > 0, w not 0",
    ),
}  # fmt: skip
