"""The words that formulas are made of, in LaTeX and in plain text: what each stands for.

Names of symbols are the questions' own; what is here is common to all of them.
"""

from __future__ import annotations

GREEK = {
    "epsilon": "epsilon", "varepsilon": "epsilon", "eps": "epsilon", "ε": "epsilon", "ϵ": "epsilon",
    "lambda": "lam", "lam": "lam", "lmbda": "lam", "lamda": "lam", "λ": "lam",
    "sigma": "sigma", "σ": "sigma", "eta": "eta", "η": "eta", "delta": "delta", "δ": "delta",
    "alpha": "alpha", "α": "alpha", "beta": "beta", "β": "beta", "gamma": "gamma", "γ": "gamma",
    "theta": "theta", "θ": "theta", "mu": "mu", "μ": "mu", "tau": "tau", "τ": "tau",
}  # fmt: skip
FUNCTIONS = {
    "sgn": "sgn", "sign": "sgn", "abs": "abs", "absolute": "abs", "fabs": "abs", "exp": "exp", "log": "log", "ln": "log",
    "sqrt": "sqrt", "norm": "norm", "inv": "inverse", "inverse": "inverse", "pinv": "pinv", "solve": "solve", "dot": "dot",
    "matmul": "matmul", "transpose": "turn", "trace": "trace", "tr": "trace", "eye": "eye", "identity": "eye",
    "square": "square", "mean": "mean", "sum": "sum", "max": "max", "min": "min", "maximum": "max", "minimum": "min",
    "amax": "max", "amin": "min", "array": "array", "power": "pow",
}  # fmt: skip
REDUCING = ("sum", "max", "min", "mean")
LABELS = ("ridge", "plain", "new", "opt", "star", "hat", "adv", "fgm", "fgsm", "FGM", "FGSM")
QUANTIFIERS = {"all": "all", "any": "any"}
CONNECTIVES = {
    "and": "AND", "land": "AND", "wedge": "AND", "or": "OR", "lor": "OR", "vee": "OR", "iff": "IFF",
    "Leftrightarrow": "IFF", "Longleftrightarrow": "IFF", "when": "IFF", "if": "IFF",
}  # fmt: skip
STYLES = (
    "mathbf", "boldsymbol", "bm", "vec", "mathrm", "text", "textbf", "textit", "mathit", "mathsf", "mathbb", "mathcal",
    "operatorname", "pmb", "mathop", "rm", "bf", "bold", "boxed",
)  # fmt: skip
BOLD = ("mathbf", "boldsymbol", "bm", "vec", "textbf", "pmb", "bf", "bold")
DECORATIONS = ("hat", "widehat", "tilde", "widetilde", "bar", "overline")
SPACING = (
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "quad", "qquad",
    "displaystyle", "textstyle", "limits", "nolimits", "middle", "thinspace", "enspace",
)  # fmt: skip
ENVIRONMENTS = ("align", "align*", "aligned", "equation", "equation*", "gather", "gather*", "split")
MATRICES = ("pmatrix", "bmatrix", "matrix", "smallmatrix", "Bmatrix")
COMMANDS = {
    "cdot": "CDOT", "times": "CDOT", "ast": "STAR", "top": "TOP", "intercal": "TOP", "prime": "PRIME", "infty": "INF",
    "leq": "LE", "le": "LE", "geq": "GE", "ge": "GE", "lt": "LT", "gt": "GT", "leqslant": "LE", "geqslant": "GE", "ne": "NE", "neq": "NE",
    "lvert": "BAR_OPEN", "rvert": "BAR_CLOSE", "lVert": "NORM_OPEN", "rVert": "NORM_CLOSE", "vert": "BAR", "mid": "BAR",
    "Vert": "NORM", "parallel": "NORM", "frac": "FRAC", "dfrac": "FRAC", "tfrac": "FRAC", "cfrac": "FRAC",
    "nabla": "NABLA", "star": "STAR", "lbrace": "LPAR", "rbrace": "RPAR", "lbrack": "LSQB", "rbrack": "RSQB", "T": "TOP",
    "langle": "ANGLE_OPEN", "rangle": "ANGLE_CLOSE",
}  # fmt: skip
SIGNS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "*": "STAR", "∗": "STAR", "·": "CDOT", "⋅": "CDOT", "×": "CDOT",
    "@": "AT", "/": "SLASH", "^": "CARET", "_": "UNDER", "'": "PRIME", "’": "PRIME", "′": "PRIME", "(": "LPAR", ")": "RPAR",
    "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE", ",": "COMMA", ";": "SEMI", "=": "EQ", "<": "LT", ">": "GT",
    "≤": "LE", "≥": "GE", "≠": "NE", "⊤": "TOP", "∞": "INF", "∇": "NABLA", "⇔": "IFF", "∧": "AND", "∨": "OR",
    "⟨": "ANGLE_OPEN", "⟩": "ANGLE_CLOSE",
}  # fmt: skip
LONG_SIGNS = {"**": "POW", "<=": "LE", ">=": "GE", "==": "EQ", "!=": "NE", ":=": "EQ", "&&": "AND"}
LOWERED = {"₀": "0", "₁": "1", "₂": "2", "₃": "3", "ᵢ": "i", "ⱼ": "j"}
SEPARATING = ("Rightarrow", "implies", "Longrightarrow", "therefore", "so", "thus", "hence")
RAISED = {"²": "2", "³": "3", "⁴": "4"}
