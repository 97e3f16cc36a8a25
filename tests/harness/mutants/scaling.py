"""Wrong fits and counts of section 3.3, and right ones that look otherwise."""

from tests.harness.mutants import Edit, Mutant, Variant

OPTIMUM, LINE = ("find_optimal_params",), ("fit_linear_log",)
COUNTS = ("transformer_params", "transformer_flops", "find_hidden", "find_tokens")
POLY = "np.polyfit(np.log10(x), y, 2)"
VERTEX = "10 ** (-p[1] / (2 * p[0]))"
STRAIGHT = "np.polyfit(np.log10(x), np.log10(y), 1)"
BISECTED = "bisect(g, x_min, x_max, rtol=tol)"
GIVEN = "def find_optimal_params(x, y):\n"
LINE_GIVEN = "def fit_linear_log(x, y):\n"
IGNORES_BAD = (
    "    x, y = (np.array(v) for v in (x, y))\n    good = (x > 0) & np.isfinite(y)\n    x, y = x[good], y[good]\n"
)


def optimum(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, OPTIMUM, status)


def line(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, LINE, status)


def count(item: str, name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, (item,), status)


def params(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return count("transformer_params", name, law, *edits, status=status)


def flops(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return count("transformer_flops", name, law, *edits, status=status)


MUTANTS = [
    optimum("natural-logs", "p-in-log10", (POLY, POLY.replace("log10", "log")), (VERTEX, "np.exp(-p[1] / (2 * p[0]))")),
    optimum("natural-power", "vertex", (VERTEX, VERTEX.replace("10 **", "np.e **"))),
    optimum("fit-in-x", "vertex", (POLY, "np.polyfit(x, y, 2)"), (VERTEX, "-p[1] / (2 * p[0])")),
    optimum("log-of-the-loss", "vertex", (POLY, "np.polyfit(np.log10(x), np.log10(y), 2)")),
    optimum("still-a-logarithm", "vertex", (VERTEX, "-p[1] / (2 * p[0])")),
    optimum("sign", "vertex", (VERTEX, VERTEX.replace("-p", "p"))),
    optimum("half", "vertex", (VERTEX, VERTEX.replace("(2 * p[0])", "p[0]"))),
    optimum("lowest-first", "vertex", (VERTEX, VERTEX.replace("p[0]", "p[2]"))),
    optimum("best-model", "vertex", (VERTEX, "x[int(np.argmin(y))]")),
    optimum(
        "searched-for",
        "nine-digits",
        (VERTEX, "10 ** minimize_scalar(lambda u: np.polyval(p, u), bracket=(3, 5)).x"),
        ("import torch", "import torch\nfrom scipy.optimize import minimize_scalar"),
    ),
    optimum(
        "argmin-over-a-grid",
        "vertex",
        (VERTEX, "(g := np.logspace(np.log10(min(x)), np.log10(max(x)), 1000))[np.polyval(p, np.log10(g)).argmin()]"),
    ),
    optimum("clamped", "vertex-beyond", (VERTEX, f"float(np.clip({VERTEX}, min(x), max(x)))")),
    optimum("clamped-to-the-course", "vertex", (VERTEX, f"float(np.clip({VERTEX}, 4862, 268062))")),
    optimum("whole", "vertex", (VERTEX, f"float(int({VERTEX}))")),
    optimum("value-at-the-vertex", "vertex", (VERTEX, "p[2] - p[1] ** 2 / (4 * p[0])")),
    optimum("p-lowest-first", "p-coefficients", ("return p,", "return p[::-1],")),
    optimum("p-in-natural-logs", "p-in-log10", ("return p,", "return np.polyfit(np.log(x), y, 2),")),
    optimum("p-of-degree-3", "vertex", ("return p,", "return np.polyfit(np.log10(x), y, min(3, len(x) - 1)),")),
    optimum("three-points-alone", "least-squares", (POLY, "np.polyfit(np.log10(x)[:3], y[:3], 2)")),
    optimum("weighted", "least-squares", (POLY, "np.polyfit(np.log10(x), y, 2, w=1 / np.arange(1, len(x) + 1))")),
    optimum("another-p", "vertex-of-p", ("return p,", "return np.polyfit(np.log10(x)[-3:], y[-3:], 2),")),
    optimum("rounded-logs", "vertex", (POLY, "np.polyfit(np.round(np.log10(x), 2), y, 2)")),
    optimum("single-precision", "nine-digits", (POLY, "np.polyfit(np.log10(np.float32(x)), y, 2)")),
    optimum("sizes-in-thousands", "scaled-sizes", (POLY, "np.polyfit(np.log10(x) - 3 * (min(x) > 1e4), y, 2)")),
    optimum("loss-must-be-large", "shifted-losses", (POLY, "np.polyfit(np.log10(x), np.maximum(y, 0.5), 2)")),
    optimum("loss-in-tenths", "scaled-losses", (POLY, "np.polyfit(np.log10(x), np.round(y, 1), 2)")),
    optimum("sorted-apart", "order", (POLY, "np.polyfit(np.log10(sorted(x)), y, 2)")),
    optimum("sorts-in-place", "sizes-unchanged", (POLY, "(x.sort(), np.polyfit(np.log10(x), y, 2))[1]")),
    optimum("arrays-alone", "given-as-list", (POLY, "np.polyfit(np.log10(x.ravel()), y, 2)"), status="error"),
    optimum("lists-alone", "given-as-array", (POLY, "np.polyfit(np.log10(x + []), y, 2)"), status="error"),
    optimum("tuples-refused", "given-as-tuple", (POLY, "np.polyfit(np.log10(x.copy()), y, 2)"), status="error"),
    optimum(
        "numpy-scalars-refused",
        "given-as-scalars",
        (GIVEN, GIVEN + "    assert isinstance(x, np.ndarray) or type(y[0]) is float\n"),
        status="error",
    ),
    optimum("first-budget-kept", "again", (POLY, "SEEN.setdefault(0, np.polyfit(np.log10(x), y, 2))")),
    optimum("nan-is-nothing", "no-silent-number", (POLY, POLY.replace(" y,", " np.nan_to_num(y),"))),
    optimum("leaves-out-the-bad", "no-logarithm", (GIVEN, GIVEN + IGNORES_BAD)),
    optimum("absolute-sizes", "no-logarithm", (POLY, "np.polyfit(np.log10(np.abs(x) + 1e-300), y, 2)")),
    line("natural-logs", "base-10", (STRAIGHT, STRAIGHT.replace("log10", "log"))),
    line("single-precision", "nine-digits", (STRAIGHT, "np.polyfit(np.log10(x).astype(np.float32), np.log10(y), 1)")),
    line("swapped", "power-law", ("return m, c", "return c, m")),
    line("x-of-y", "least-squares", (STRAIGHT, "np.polyfit(np.log10(y), np.log10(x), 1)")),
    line("log-of-x-alone", "power-law", (STRAIGHT, "np.polyfit(np.log10(x), y, 1)")),
    line("log-of-y-alone", "power-law", (STRAIGHT, "np.polyfit(x, np.log10(y), 1)")),
    line("factor-for-intercept", "power-law", ("return m, c", "return m, 10 ** c")),
    line(
        "through-the-ends",
        "least-squares",
        (STRAIGHT, "np.polyfit(np.log10([x[0], x[-1]]), np.log10([y[0], y[-1]]), 1)"),
    ),
    line("needs-three", "two-points", (LINE_GIVEN, LINE_GIVEN + "    assert len(x) > 2\n"), status="error"),
    line(
        "budgets-of-the-course",
        "scaled-budgets",
        (STRAIGHT, "np.polyfit(np.log10(np.clip(x, 0, 1e13)), np.log10(y), 1)"),
    ),
    line("whole-optima", "scaled-optima", (STRAIGHT, "np.polyfit(np.log10(x), np.log10(np.round(y)), 1)")),
    line("sorted-apart", "order", (STRAIGHT, "np.polyfit(np.log10(sorted(x)), np.log10(y), 1)")),
    line("sorts-in-place", "points-unchanged", (STRAIGHT, "(x.sort(), np.polyfit(np.log10(x), np.log10(y), 1))[1]")),
    line(
        "arrays-alone", "given-as-list", (STRAIGHT, "np.polyfit(np.log10(x.ravel()), np.log10(y), 1)"), status="error"
    ),
    line("lists-alone", "given-as-array", (STRAIGHT, "np.polyfit(np.log10(x + []), np.log10(y), 1)"), status="error"),
    line(
        "tuples-refused", "given-as-tuple", (STRAIGHT, "np.polyfit(np.log10(x.copy()), np.log10(y), 1)"), status="error"
    ),
    line(
        "numpy-scalars-refused",
        "given-as-scalars",
        (LINE_GIVEN, LINE_GIVEN + "    assert isinstance(x, np.ndarray) or type(y[0]) is float\n"),
        status="error",
    ),
    line(
        "floored", "no-logarithm", (STRAIGHT, "np.polyfit(np.log10(np.fmax(x, 1e-9)), np.log10(np.fmax(y, 1e-9)), 1)")
    ),
    params("embeddings-counted", "params", ("return total_params", "return total_params + embeddings")),
    params("positions-counted", "positions-do-not-count", ("return total_params", "return total_params + max_seq_len")),
    params("no-biases", "params-of-the-course", ("+ 3 * hidden_size", "")),
    params("no-output", "params", ("(attention + mlp) + out", "(attention + mlp)")),
    params("whole-sizes", "broken-size", ("return total_params", "return int(total_params)")),
    params(
        "other-names",
        "params-by-name",
        ("(vocab_size, hidden_size", "(vocabulary, hidden_size"),
        ("    embeddings", "    vocab_size = vocabulary\n    embeddings"),
        status="error",
    ),
    flops("forgotten-backward", "flops", ("backward_flops = 2 * forward_flops", "backward_flops = 0")),
    flops("backward-once", "flops-of-the-course", ("2 * forward_flops", "forward_flops")),
    flops("embeddings-counted", "flops", ("* att + out", "* att + out + embedded")),
    flops("multiply-add-is-one", "flops", ("return total_flops", "return total_flops / 2")),
    flops(
        "linear-in-the-length",
        "long-sequences",
        ("2 * seq_len * seq_len * hidden_size\n    attsoftmax", "2 * seq_len * hidden_size\n    attsoftmax"),
    ),
    flops("whole-lengths", "broken-length", ("    embedded", "    seq_len = int(seq_len)\n    embeddings")),
    flops(
        "other-names",
        "flops-by-name",
        ("(seq_len,", "(length,"),
        ("    embedded", "    seq_len = length\n    embeddings"),
        status="error",
    ),
    count("find_hidden", "whole", "hidden", ("return x_root", "return round(x_root)")),
    count(
        "find_hidden", "of-one-layer", "hidden-of-the-course", ("num_layers=4)\n    def g", "num_layers=1)\n    def g")
    ),
    count("find_tokens", "examples", "tokens", (" * seq_len\n\n#", "\n\n#")),
    count(
        "find_tokens",
        "size-for-parameters",
        "tokens-of-the-course",
        ("hidden = find_hidden(params)", "hidden = params"),
    ),
    count(
        "find_tokens",
        "no-more-than-a-billion",
        "tokens-double",
        ("    hidden =", "    flops = min(flops, 1e13)\n    hidden ="),
    ),
]

VARIANTS = [
    Variant("plain", (), OPTIMUM + LINE + COUNTS),
    Variant("poly1d", (("return p,", "return np.poly1d(p),"),), OPTIMUM),
    Variant("a-list", (("return p, optimal_params", "return [list(p), float(optimal_params)]"),), OPTIMUM),
    Variant(
        "curve-fit",
        ((POLY, "curve_fit(lambda u, a, b, c: a * u**2 + b * u + c, np.log10(x), y)[0]"), ("import torch", "import torch\nfrom scipy.optimize import curve_fit")),
        OPTIMUM,
    ),
    Variant("derivative", ((VERTEX, "10 ** np.roots(np.polyder(p))"),), OPTIMUM),
    Variant("root-of-poly1d", ((VERTEX, "10 ** np.poly1d(p).deriv().roots[0]"),), OPTIMUM),
    Variant("column", ((POLY, "np.linalg.lstsq(np.vander(np.log10(x), 3), np.array(y)[:, None])[0]"),), OPTIMUM),
    Variant("power", ((VERTEX, "np.power(10, -0.5 * p[1] / p[0])"),), OPTIMUM),
    Variant("tensor", ((VERTEX, f"torch.tensor({VERTEX}, dtype=torch.float64)"), (POLY, POLY)), OPTIMUM),
    Variant(
        "least-squares-by-hand",
        ((POLY, "np.linalg.lstsq(np.vander(np.log10(x), 3), np.array(y), rcond=None)[0]"),),
        OPTIMUM,
    ),
    Variant(
        "in-natural-logs-and-back",
        ((POLY, "np.polyfit(np.log(x), y, 2) * np.log(10) ** np.array([2, 1, 0])"),),
        OPTIMUM,
    ),
    Variant("polynomial", ((POLY, "Polynomial.fit(np.log10(x), y, 2).convert().coef[::-1]"),), OPTIMUM),
    Variant("polyfit-itself", (("return m, c", "return np.polyfit(np.log10(x), np.log10(y), 1)"),), LINE),
    Variant("a-list", (("return m, c", "return [m, c]"),), LINE),
    Variant("scipy", ((f"m, c = {STRAIGHT}", "m, c, *_ = stats.linregress(np.log10(x), np.log10(y))"), ("import torch", "import torch\nfrom scipy import stats")), LINE),
    Variant(
        "natural-slope",
        ((f"m, c = {STRAIGHT}", "m, c = np.polyfit(np.log(x), np.log(y), 1); c = c / np.log(10)"),),
        LINE,
    ),
    Variant("poly1d", (("return m, c", "return np.poly1d([m, c])"),), LINE),
    Variant("tensor", (("return m, c", "return torch.tensor([m, c], dtype=torch.float64)"),), LINE),
    Variant("map", (("return m, c", "return map(float, (m, c))"),), LINE),
    Variant("a-root-of-the-quadratic", ((BISECTED, "float(np.roots([16, 46, 30 - params]).max())"),), COUNTS[2:]),
    Variant("numpy-number", (("return total_params", "return np.float64(total_params)"),), COUNTS[:1]),
]  # fmt: skip
