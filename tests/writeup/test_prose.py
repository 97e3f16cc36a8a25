"""Claims' sentences typeset: what is mathematics becomes a formula, and words stay words."""

from __future__ import annotations

import pytest

from spec import claims
from writeup.paper import prose
from writeup.paper.blocks import Maths, plain


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        pytest.param("The gradient of f in x is w", "The gradient of $f$ in $x$ is $w$", id="letters"),
        pytest.param("A step v away from w", "A step $v$ away from $w$", id="articles"),
        pytest.param("the max norm of epsilon sgn(w)", r"the max norm of $\epsilon \operatorname{sgn} ( w )$", id="functions"),
        pytest.param("w = (X^T X + 2 n lam I)^-1 X^T t", r"$w = ( X^{T} X + 2 n \lambda I )^{-1} X^{T} t$", id="matrices"),
        pytest.param("(or w = 0), and", "(or $w = 0$), and", id="brackets-of-the-sentence"),
        pytest.param("grows as C^(beta/(alpha+beta)).", r"grows as $C^{\beta / ( \alpha + \beta )}$.", id="exponents-in-brackets"),
        pytest.param("the question's x' has no y", "the question's $x'$ has no $y$", id="apostrophes"),
        pytest.param("w_i = 0, d = 1", r"$w_{i} = 0$, $d = 1$", id="commas-divide"),
        pytest.param("touches it at (1/2, 1/2) alone", "touches it at (1/2, 1/2) alone", id="numbers-alone-are-text"),
        pytest.param("The closed form of 1.2.2, with X and t put in", "The closed form of 1.2.2, with $X$ and $t$ put in", id="questions"),
    ],
)  # fmt: skip
def test_mathematics_in_a_sentence_is_typeset(sentence: str, shown: str) -> None:
    found = "".join(f"${span.latex}$" if isinstance(span, Maths) else str(span) for span in prose.line(sentence))
    assert found == shown


def test_letters_that_are_words_here_stay_words() -> None:
    assert all(isinstance(span, str) for span in prose.line("at B and at C", words=frozenset("BC")))


@pytest.mark.parametrize("question", claims.ids())
def test_no_word_of_a_claim_is_lost(question: str) -> None:
    claim = claims.derive(question)
    for sentence in (claim.statement, *(step.says for step in claim.steps)):
        words = {word for word in sentence.replace(",", " ").split() if word.isalpha() and len(word) > 5}
        assert not [word for word in words if word not in plain(prose.line(sentence)) and word not in prose.NAMED]
