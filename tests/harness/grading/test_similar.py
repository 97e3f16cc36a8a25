"""Code that two students have and few others is found, whatever it is called; what is the course's, or anybody's, is not."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

import pytest

from harness.grading.similar import fingerprint, near_duplicates
from tests.harness.notebooks import notebook

STARTER = """
class Encoder(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.layers = nn.ModuleList([nn.Linear(hidden_size, hidden_size) for _ in range(num_layers)])
        self.out = nn.Linear(hidden_size, vocab_size)
        self.encodings = self.create(1000).to(device)

    def create(self, length):
        positions = np.arange(length)[:, None]
        dims = np.arange(self.size)[None, :]
        angles = positions / np.power(10000, 2 * (dims // 2) / self.size)
        angles[:, 0::2] = np.sin(angles[:, 0::2])
        angles[:, 1::2] = np.cos(angles[:, 1::2])
        return torch.from_numpy(angles[None, ...]).float()

def train(model, batches, optimizer, epochs):
    losses = []
    for epoch in range(epochs):
        for source, target in batches:
            optimizer.zero_grad()
            loss = criterion(model(source).view(-1, 30), target.view(-1))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    return losses
"""

ADA = '''
class ScaledDotAttention(nn.Module):
    def forward(self, queries, keys, values):
        """The context and its weights."""
        batch_size = queries.shape[0]
        q = self.Q(queries.view(batch_size, -1, self.hidden_size))
        k = self.K(keys)
        v = self.V(values)
        scores = torch.bmm(k, q.transpose(1, 2)) * self.scaling_factor
        attention_weights = self.softmax(scores)
        context = torch.bmm(attention_weights.transpose(1, 2), v)
        return context, attention_weights

def generate(src, tgt, start_token, cuda):
    """Both tensors."""
    batch_size = src.size(0)
    sos = torch.full((batch_size, 1), start_token, dtype=torch.long)
    if cuda:
        sos = sos.cuda()
    first = torch.cat([sos, src, tgt[:, :-1]], dim=1)
    second = torch.cat([src, tgt], dim=1)
    assert first.shape == second.shape
    return first, second

def optimal(x, y):
    logs = np.log10(x)
    p = np.polyfit(logs, y, 2)
    vertex = -p[1] / (2 * p[0])
    best = 10 ** vertex
    if not np.isfinite(best):
        best = x[np.argmin(y)]
    return p, best
'''

ALAN = """
class ScaledDotAttention(nn.Module):
    def forward(self, queries, keys, values):
        squeezed = queries.dim() == 2
        if squeezed:
            queries = queries.unsqueeze(1)
        logits = self.Q(queries) @ self.K(keys).mT
        weights = torch.softmax(logits / math.sqrt(keys.shape[-1]), -1)
        return weights @ self.V(values), weights

def generate(src, tgt, start_token, cuda):
    everything = torch.hstack((src, tgt))
    shifted = everything.roll(1, dims=1)
    shifted[:, 0] = start_token
    return shifted, everything

def optimal(x, y):
    fit = np.polynomial.Polynomial.fit(np.log10(x), y, deg=2).convert()
    c, b, a = fit.coef
    root = fit.deriv().roots().item()
    return np.array([a, b, c]), np.power(10.0, root)
"""

GRACE = """
class ScaledDotAttention(nn.Module):
    def forward(self, queries, keys, values):
        if len(queries.shape) < 3:
            queries = queries[:, None, :]
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        e = torch.einsum("bqd,bkd->bqk", q, k)
        e = e.mul(self.scaling_factor)
        w = self.softmax(e)
        c = torch.einsum("bqk,bkd->bqd", w, v)
        return c, w

def generate(src, tgt, start_token, cuda):
    n, length = src.shape
    column = src.new_ones(n, 1).mul(start_token)
    out = torch.cat((src, tgt), 1)
    inp = torch.cat((column, out), 1)
    inp = inp[:, :-1]
    return inp, out

def optimal(x, y):
    x = np.asarray(x, dtype=float)
    order = x.argsort()
    design = np.vander(np.log10(x[order]), 3)
    p, *_ = np.linalg.lstsq(design, np.asarray(y)[order], rcond=None)
    return p, 10 ** (-p[1] / p[0] / 2)
"""


def renamed(text: str) -> str:
    words = {"batch_size": "n", "queries": "xs", "scores": "tmp", "context": "result", "attention_weights": "a", "first": "one",
             "second": "two", "vertex": "peak", "logs": "lg", "generate": "make_tensors", "scaling_factor": "factor"}  # fmt: skip
    return re.sub(r"\b(" + "|".join(words) + r")\b", lambda match: words[match[1]], text)


def reordered(text: str) -> str:
    return "\n".join(reversed(re.split(r"\n(?=class |def )", text)))


def commented(text: str) -> str:
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += [f"{line}  # what it does"] if line.strip() and '"""' not in line else [line]
        lines += [f"{indent}print('here')", ""] if line.strip().startswith(("k =", "p =", "sos =")) else []
    return "\n".join(lines).replace('"""Both tensors."""', '"""Nobody knows."""').replace("10 **", "20 **")


def annotated(text: str) -> str:
    return (
        text.replace("logs = ", "logs: np.ndarray = ")
        .replace("(x, y)", "(x: Any, y: Any)")
        .replace("k = self.K(keys)", "k = self.K(keys); pass")
    )


def shapes(**texts: str) -> list[tuple[str, list[str]]]:
    return [(name, fingerprint(notebook(STARTER, "!pip install torch\n" + text))) for name, text in texts.items()]


DISGUISES = {"as it is": str, "renamed": renamed, "reordered": reordered, "commented": commented, "annotated": annotated,
             "all of it": lambda text: renamed(reordered(commented(annotated(text))))}  # fmt: skip


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_copy_is_found_in_any_disguise(disguise: Callable[[str], str]) -> None:
    found = near_duplicates(shapes(ada=ADA, alan=ALAN, grace=GRACE, eve=disguise(ADA)))
    assert [(pair.first, pair.second) for pair in found] == [("ada", "eve")]
    assert found[0].similarity > 0.9
    assert "ScaledDotAttention.forward" in found[0].where


def test_right_solutions_that_have_the_starter_in_common_alone_are_not_alike() -> None:
    assert near_duplicates(shapes(ada=ADA, alan=ALAN, grace=GRACE)) == []
    assert near_duplicates(shapes(**{f"nobody{i}": "" for i in range(5)})) == []


def test_a_part_that_was_copied_is_named() -> None:
    half = ADA[: ADA.index("def optimal")] + ALAN[ALAN.index("def optimal") :]
    found = near_duplicates(shapes(ada=ADA, alan=ALAN, grace=GRACE, eve=half))
    assert [(pair.first, pair.second) for pair in found] == [("ada", "eve")]
    assert 0.5 < found[0].similarity <= 1
    assert set(found[0].where) == {"ScaledDotAttention.forward", "generate"}


def test_of_two_students_alone_nothing_is_said() -> None:
    assert near_duplicates(shapes(ada=ADA, eve=ADA)) == []


def test_the_order_of_records_changes_nothing() -> None:
    records = shapes(ada=ADA, alan=ALAN, grace=GRACE, eve=renamed(ADA), mallory=commented(GRACE))
    expected = near_duplicates(records)
    assert [(pair.first, pair.second) for pair in expected] == [("ada", "eve"), ("grace", "mallory")]
    random.Random(9).shuffle(records)
    assert near_duplicates(records) == expected


def test_what_many_copied_is_found_without_all_of_their_pairs() -> None:
    copies = {f"copy{i:03}": ADA for i in range(60)}
    others = {f"own{i:03}": _own(i) for i in range(90)}
    found = near_duplicates(shapes(**copies, **others))
    assert {pair.first for pair in found} == {"copy000"}
    assert {pair.second for pair in found} == set(copies) - {"copy000"}


def test_few_rows_in_common_are_no_copy_though_they_are_all_there_is() -> None:
    few, alone = "\n".join(_own(0).splitlines()[:11]), {f"own{i}": _own(i) for i in range(1, 5)}
    assert near_duplicates(shapes(ada=few, eve=few, **alone)) == []
    assert len(near_duplicates(shapes(ada=_own(0), eve=_own(0), **alone))) == 1


def test_what_a_part_of_the_class_has_counts_less_than_what_two_have() -> None:
    idiom = "\n".join(_own(0).splitlines()[:16]).replace("work", "idiom")
    own = {f"own{i}": "\n".join(_own(i).splitlines()[:12]) for i in range(1, 11)}
    some = {name: f"{idiom}\n\n{text}" if i < 4 else text for i, (name, text) in enumerate(own.items())}
    two = {name: f"{idiom}\n\n{text}" if i < 2 else text for i, (name, text) in enumerate(own.items())}
    assert near_duplicates(shapes(**some)) == []
    assert [pair.where for pair in near_duplicates(shapes(**two))] == [("idiom",)]


def _own(seed: int) -> str:
    """Functions of somebody's own, each of other calls."""
    dice = random.Random(seed)
    calls = [
        f"    x = torch.{''.join(dice.choices('abcdefgh', k=6))}(x, y.{''.join(dice.choices('abcdefgh', k=5))})"
        for _ in range(30)
    ]
    return "\n".join(["def work(x, y):", *calls])


def test_a_class_of_eight_times_as_many_takes_nowhere_near_64_times_as_long() -> None:
    dice = random.Random(5)
    starter = [f"start{i}:{dice.randbytes(40).hex()}" for i in range(8)]
    many = [(f"s{i}", [*starter, *(f"f{j}:{dice.randbytes(40).hex()}" for j in range(8))]) for i in range(1200)]

    def seconds(records: list[tuple[str, list[str]]]) -> float:
        started = time.process_time()
        near_duplicates(records)
        return time.process_time() - started

    assert min(seconds(many) for _ in range(3)) < 24 * min(seconds(many[:150]) for _ in range(3))


ODD = {
    "no code": "", "no notebook": "{", "broken": "def f(:\n  pass", "a zero byte": "def f():\n x='\0'", "deep": "x=" + "(" * 90_000,
    "a long sum": "def f():\n x=" + "+".join("a" * 90_000), "long attributes": "def f():\n x=a" + ".b" * 90_000, "too much": "x = 1\n" * 50_000,
    "another language": notebook("%%bash\nls"), "no functions": notebook("x = 1"), "a lone surrogate": notebook("\ud800"),
}  # fmt: skip


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_what_is_no_code_has_no_shape(text: str) -> None:
    assert fingerprint(text) == []


def test_a_shape_is_small_and_tells_its_functions() -> None:
    shape = fingerprint(STARTER + ADA)
    assert [one.partition(":")[0] for one in shape] == [
        "Encoder.__init__", "Encoder.create", "train", "ScaledDotAttention.forward", "generate", "optimal",
    ]  # fmt: skip
    assert sum(map(len, shape)) < 1000
    assert fingerprint("%%time\n" + ADA) == fingerprint(ADA) == fingerprint("%matplotlib inline\n" + ADA)
    assert near_duplicates([("a", shape)] * 3) == [] == near_duplicates([])
