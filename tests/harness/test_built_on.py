"""One mistake costs once: a class that is made of an earlier item is judged as made of a right one, where its own is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.mutants import PLAIN
from tests.harness.mutants.translation import ATTENTION, DECODER_ONLY
from tests.harness.test_check import question, report_on

WRONG = PLAIN.replace("weights = self.softmax(scores)", "weights = self.softmax(scores * 2)")
SUBCLASS = """

class CausalScaledDotAttention(ScaledDotAttention):
    def __init__(self, hidden_size):
        super().__init__(hidden_size)
        self.neg_inf = torch.tensor(-1e7)

    def forward(self, queries, keys, values):
        batch = queries.shape[0]
        q = self.Q(queries.reshape(batch, -1, self.hidden_size))
        scores = q @ self.K(keys).transpose(1, 2) * self.scaling_factor
        scores = scores + torch.triu(torch.ones_like(scores), diagonal=1) * self.neg_inf
        weights = self.softmax(scores)
        return weights @ self.V(values), weights
"""
HELPER = PLAIN.replace("weights = self.softmax(scores)", "weights = self.softmax(self.masked(scores))").replace(
    "    def forward", "    def masked(self, scores):\n        return scores\n\n    def forward"
)
LEANING = """

class CausalScaledDotAttention(ScaledDotAttention):
    def masked(self, scores):
        return scores + torch.triu(torch.ones_like(scores), diagonal=1) * -1e7
"""
WHOLE = """

class CausalScaledDotAttention(ScaledDotAttention):
    def forward(self, queries, keys, values):
        flat = queries.ndim == 2
        queries = queries[:, None] if flat else queries
        steps = [ScaledDotAttention.forward(self, queries[:, i : i + 1], keys[:, : i + 1], values[:, : i + 1])
                 for i in range(queries.shape[1])]
        weights = [torch.nn.functional.pad(w, (0, keys.shape[1] - w.shape[2])) for _, w in steps]
        return torch.cat([c for c, _ in steps], 1), torch.cat(weights, 1)
"""

ASKS_FOR_A_MASK = """

class CausalScaledDotAttention(ScaledDotAttention):
    of_record_is_causal = is_causal = causal = True
"""
LOOKS_FOR_IT = """

class CausalScaledDotAttention(ScaledDotAttention):
    def forward(self, *inputs):
        import gc
        kin = [c for c in gc.get_objects() if isinstance(c, type) and c.__name__ == type(self).__name__ and c is not type(self)]
        return kin[0].forward(self, *inputs) if kin else super().forward(*inputs)
"""
OF_ITS_OWN = DECODER_ONLY.replace(
    ATTENTION,
    """

class Own(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.Q, self.K, self.V = (nn.Linear(hidden_size, hidden_size) for _ in range(3))

    def forward(self, queries, keys, values):
        weights = (self.Q(queries) @ self.K(keys).mT * queries.shape[-1] ** -0.5).softmax(-1)
        return weights @ self.V(values), weights
""",
).replace("CausalScaledDotAttention(hidden_size)", "Own(hidden_size)")


def judged(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "nmt.py").write_text(text)
    return report_on(tmp_path, text, "nmt.py", "--question", "3.1.1,3.1.2,3.2.2", "--examples", "3")[1]


def test_a_flaw_of_the_plain_attention_does_not_cost_the_causal_one_that_is_made_of_it(tmp_path: Path) -> None:
    report = judged(tmp_path, WRONG + WHOLE)
    assert question(report, "3.1.1")["status"] == "partial"
    assert question(report, "3.1.2")["status"] == "pass"
    assert "made of a correct ScaledDotAttention" in question(report, "3.1.2")["note"]


def test_a_flaw_of_its_own_is_still_found(tmp_path: Path) -> None:
    report = judged(tmp_path, WRONG + WHOLE.replace(": i + 1]", ": i + 2]"))
    assert question(report, "3.1.2")["status"] == "partial"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (WRONG + SUBCLASS, "pass"),
        (PLAIN + WHOLE, "pass"),
        (HELPER.replace("* self.scaling_factor", "") + LEANING, "partial"),
    ],
    ids=["it has a forward of its own", "nothing is wrong", "it leans on what a correct one does not have"],
)
def test_what_need_not_or_cannot_be_replaced_is_judged_as_it_is(tmp_path: Path, text: str, status: str) -> None:
    found = question(judged(tmp_path, text), "3.1.2")
    assert found["status"] == status
    assert "made of a correct" not in found["note"]


@pytest.mark.parametrize("text", [ASKS_FOR_A_MASK, LOOKS_FOR_IT], ids=["by an attribute", "in memory"])
def test_what_a_right_one_is_made_of_is_no_right_one(tmp_path: Path, text: str) -> None:
    found = question(judged(tmp_path, WRONG + text), "3.1.2")
    assert found["status"] == "partial"
    assert next(law for law in found["laws"] if law["name"] == "later-inputs")["status"] == "broken"


def test_a_model_with_a_wrong_attention_of_its_own_is_wrong(tmp_path: Path) -> None:
    found = question(judged(tmp_path, WRONG + OF_ITS_OWN), "3.2.2")
    assert next(law for law in found["laws"] if law["name"] == "no-future")["status"] == "broken"
