"""Search says what float64 says over all pictures, ties included, however the products are rounded."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from impl.clip.folder import search as module
from impl.clip.folder.features import Features
from impl.clip.folder.search import place, places, search
from spec.error import DIFFERENCE


def units(rows: Tensor) -> Tensor:
    return torch.nn.functional.normalize(rows.double(), dim=1).float()


def drawn(seed: int, n: int = 500, width: int = 32) -> Features:
    """Features with ties: a tenth of the rows stand at several places, and a few of them have the same bytes, too."""
    dice = torch.Generator().manual_seed(seed)
    rows = units(torch.randn(n, width, generator=dice))
    again = torch.randint(n // 10, (n // 3,), generator=dice)
    places = torch.randperm(n, generator=dice)[: n // 3]
    rows[places] = rows[again].clone()
    same = {int(at): int(was) for at, was in zip(places[::4], again[::4], strict=True) if int(was) not in places}
    digests = tuple(f"{same.get(row, row):064x}" for row in range(n))
    return Features(tuple(map(str, range(n))), rows, digests)


def similarities(features: Features, query: Tensor) -> np.ndarray:
    rows, direction = features.matrix.double().numpy(), query.double().numpy()
    direction = direction / np.sqrt(math.fsum(direction**2))
    return np.array([math.fsum(row * direction) for row in rows])


def queries(seed: int, n: int, width: int = 32) -> Tensor:
    return torch.randn(n, width, generator=torch.Generator().manual_seed(1000 + seed)) * 7


@pytest.mark.parametrize("seed", range(5))
def test_search_agrees_with_float64(seed: int) -> None:
    features, asked = drawn(seed), queries(seed, 6)
    found = search(features, asked, k=40)
    for query, rows, values in zip(asked, found.rows, found.similarities, strict=True):
        truth = similarities(features, query)
        order = sorted(range(len(truth)), key=lambda row: (-round(truth[row], 12), row))[:40]
        assert rows.tolist() == order
        assert np.abs(values.numpy() - truth[order]).max() <= DIFFERENCE / 1e6


@pytest.mark.parametrize("seed", range(5))
def test_a_place_agrees_with_float64(seed: int) -> None:
    features, asked = drawn(seed), queries(seed, 8)
    for target in (0, 7, 250, 499):
        for query, found in zip(asked, places(features, asked, target), strict=True):
            truth = similarities(features, query)
            counted = [row for row in range(500) if features.digests[row] != features.digests[target]]
            rank = 1 + sum(round(truth[row], 12) >= round(truth[target], 12) for row in counted)
            shares = np.exp(100 * (truth - truth.max()))
            assert found.rank == rank
            assert abs(found.probability - shares[target] / shares.sum()) <= DIFFERENCE
            assert abs(found.similarity - truth[target]) <= DIFFERENCE / 1e6
            assert np.abs(found.probabilities.numpy() - (shares / shares.sum())[found.best]).max() <= DIFFERENCE


def test_what_is_as_similar_counts_against_the_target_unless_it_has_its_bytes() -> None:
    row = units(torch.ones(1, 8)).repeat(4, 1)
    tied = Features(("a", "b", "c", "d"), row, ("1", "2", "3", "1"))
    assert [place(tied, torch.ones(8), target).rank for target in range(4)] == [3, 4, 4, 3]
    assert place(tied, torch.ones(8), 0).best.tolist() == [1, 2, 0, 3]  # the target and its copy last
    alone = Features(("a", "b"), row[:2], ("1", "1"))
    assert place(alone, -torch.ones(8), 1).rank == 1


def test_differences_that_float32_cannot_see_decide() -> None:
    """Rows so near to one another that float32 has their products with the query in the wrong order."""
    dice = torch.Generator().manual_seed(0)
    query = torch.rand(512, generator=dice)
    rows = units(torch.rand(1, 512, generator=dice) + torch.randn(64, 512, generator=dice) * 2**-22)
    features = Features(tuple(map(str, range(64))), rows, tuple(map(str, range(64))))
    truth = similarities(features, query)
    order = np.argsort(-truth, kind="stable").tolist()
    seen = (rows @ query).tolist()
    assert any(seen[row] < sorted(seen)[-k] for k in range(1, 64) for row in order[:k])
    assert all(search(features, query, k=k).rows[0].tolist() == order[:k] for k in range(1, 65))
    assert [place(features, query, row).rank for row in order] == list(range(1, 65))


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1.0, 1e30, 1e200])
def test_only_the_direction_of_a_query_counts(scale: float) -> None:
    features, query = drawn(0), queries(0, 1).double()
    found, same = search(features, query * scale, k=5), search(features, query, k=5)
    assert torch.equal(found.rows, same.rows)
    assert (found.similarities - same.similarities).abs().max() <= DIFFERENCE / 1e6


def test_queries_are_taken_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    features, asked = drawn(1), queries(1, 11)
    at_once = search(features, asked, k=7)
    for numbers in (1, 500, 1300):
        monkeypatch.setattr(module, "AT_ONCE", numbers)
        few = search(features, asked, k=7)
        assert torch.equal(at_once.rows, few.rows)
        assert torch.equal(at_once.similarities, few.similarities)


def test_one_query_is_as_several() -> None:
    features, asked = drawn(2), queries(2, 3)
    assert torch.equal(search(features, asked[1], k=4).rows[0], search(features, asked, k=4).rows[1])
    alone, among = place(features, asked[1], 3), places(features, asked, 3)[1]
    assert alone.rank == among.rank
    assert alone.best.tolist() == among.best.tolist()


def test_more_than_there_are_is_all_of_them() -> None:
    features = drawn(3, n=10)
    assert sorted(search(features, queries(3, 1), k=100).rows[0].tolist()) == list(range(10))
    assert len(place(features, queries(3, 1)[0], 0, k=100).best) == 10


def test_a_probability_is_a_number_however_far_the_target_is() -> None:
    features = Features(("a", "b"), torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), ("1", "2"))
    far, near = (place(features, torch.tensor([1.0, 0.0]), target) for target in (1, 0))
    assert 0 < far.probability < DIFFERENCE
    assert abs(near.probability + far.probability - 1) <= DIFFERENCE
    assert float(near.probabilities.sum()) <= 1 + DIFFERENCE


@pytest.mark.parametrize(
    "bad",
    [torch.zeros(32), torch.full((32,), math.nan), torch.full((32,), math.inf), torch.ones(31), torch.ones(2, 2, 32)],
)
def test_queries_without_a_direction_are_refused(bad: Tensor) -> None:
    features = drawn(0)
    for ask in (lambda: search(features, bad, k=1), lambda: place(features, bad, 0)):
        with pytest.raises(ValueError, match="queries"):
            ask()


def test_rows_and_numbers_that_are_none_are_refused() -> None:
    features = drawn(0)
    for row in (-1, 500):
        with pytest.raises(IndexError, match="there are 500 pictures"):
            place(features, queries(0, 1)[0], row)
    with pytest.raises(ValueError, match="k must be at least 1"):
        search(features, queries(0, 1), k=0)
    with pytest.raises(ValueError, match="no query"):
        search(features, queries(0, 0), k=1)


def test_features_without_a_direction_are_refused() -> None:
    rows = torch.eye(3)
    for wrong in (0.0, math.nan, 1e-30):
        rows[1, 1] = wrong
        with pytest.raises(ValueError, match="those of b have"):
            Features(("a", "b", "c"), rows, ("1", "2", "3"))
