"""Search among the features of many pictures, as exact as in float64 and as fast as one product in float32.

What float32 cannot tell apart is computed again in float64, where rows that are the same have the same similarity. Beside
the features, AT_ONCE similarities are held in float32, and those of one query in float64.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from impl.clip.folder.features import Features
from impl.clip.retrieval import LOGIT_SCALE

AT_ONCE = 2**23  # similarities, or numbers of the rows that are computed again: 34 MB, or 67


class Found(NamedTuple):
    """The best pictures of a query each, the best first; those of the same similarity in the order of their names.

    Shapes:  both [n_queries, k]; rows int64, similarities float64.
    """

    rows: Tensor
    similarities: Tensor


class Place(NamedTuple):
    """Where a query puts a target among all pictures.

    Shapes:  best [k], rows in order; similarities and probabilities [k], float64, theirs.
    Units:   rank 1 is the first; similarities are cosines.
    """

    rank: int
    probability: float
    similarity: float
    best: Tensor
    similarities: Tensor
    probabilities: Tensor


def search(features: Features, queries: Tensor, *, k: int) -> Found:
    """The k most similar pictures to each of some queries; all, if there are fewer.

    Shapes:  queries [n_queries, width], or [width] for one.
    Raises:  ValueError for a k that is not positive, or queries of another width or without a direction.
    """
    rows, similarities = [], []
    for one in _compared(features.matrix, queries, k):
        rows.append(one.best(k))
        similarities.append(one.similarities[rows[-1]])
    if not rows:
        raise ValueError("there is no query")
    return Found(torch.stack(rows), torch.stack(similarities))


def place(features: Features, query: Tensor, target: int, *, k: int = 9) -> Place:
    """Where a query puts the picture in the row `target`; see `places`.

    Shapes:  query [width].
    Raises:  ValueError; IndexError.
    """
    return places(features, query, target, k=k)[0]


def places(features: Features, queries: Tensor, target: int, *, k: int = 9) -> list[Place]:
    """Where each of some queries puts the picture in the row `target`.

    Shapes:  queries [n_queries, width].
    Edges:   pictures that are as similar count against it, unless they have its bytes. Probabilities are the softmax
             over all pictures of the logits 100 * similarity.
    Raises:  ValueError as `search`; IndexError for a row that is none.
    """
    if not 0 <= target < len(features.names):
        raise IndexError(f"there are {len(features.names)} pictures, and none in the row {target}")
    same = features.digests[target]
    others = torch.ones(len(features.digests), dtype=torch.bool)
    others[[row for row, digest in enumerate(features.digests) if digest == same]] = False
    return [_placed(one, target, others, k) for one in _compared(features.matrix, queries, k, target)]


def slack(width: int) -> float:
    """How far apart two products in float32 may lie, whatever their order, that are the same: twice what one is off."""
    return (width + 2) * torch.finfo(torch.float32).eps


class _Compared(NamedTuple):
    """All similarities [n] to one query, and the rows where they are exact: the best and those near the target's."""

    similarities: Tensor
    rows: Tensor

    def best(self, k: int, last: Tensor | None = None) -> Tensor:
        """The rows of the k best, which are among the exact ones; of those that tie, the ones in the mask `last` [n] come last."""
        rows = self.rows if last is None else torch.cat([self.rows[~last[self.rows]], self.rows[last[self.rows]]])
        return rows[self.similarities[rows].sort(descending=True, stable=True).indices[:k]]


def _placed(compared: _Compared, target: int, others: Tensor, k: int) -> Place:
    similarities, best = compared.similarities, compared.best(k, ~others)
    logits = LOGIT_SCALE * similarities
    probabilities = (logits - logits.logsumexp(0)).exp()
    own = similarities[target]
    rank = 1 + int(((similarities >= own) & others).sum())
    return Place(rank, float(probabilities[target]), float(own), best, similarities[best], probabilities[best])


def _compared(matrix: Tensor, queries: Tensor, k: int, target: int | None = None) -> Iterator[_Compared]:
    """Each query with all pictures, a few queries at a time."""
    if k < 1:
        raise ValueError(f"k must be at least 1; got {k}")
    n, width = matrix.shape
    unsure = slack(width)
    for few in _units(queries, width).split(max(1, AT_ONCE // n)):
        products = few.float() @ matrix.T  # [few, n]
        for query, scores in zip(few, products, strict=True):
            is_near = scores >= scores.topk(min(k, n)).values[-1] - unsure
            if target is not None:
                is_near |= (scores - scores[target]).abs() <= unsure
            rows, similarities = is_near.nonzero()[:, 0], scores.double()
            for some in rows.split(max(1, AT_ONCE // width)):
                similarities[some] = (matrix[some].double() * query).sum(dim=1)
            yield _Compared(similarities, rows)


def _units(queries: Tensor, width: int) -> Tensor:
    """Queries [n_queries, width] of norm 1, in float64."""
    queries = torch.atleast_2d(queries.detach()).double()
    if queries.dim() != 2 or queries.shape[1] != width:
        raise ValueError(f"queries are [n_queries, {width}], as wide as the features; got {list(queries.shape)}")
    largest = queries.abs().amax(dim=1, keepdim=True)  # its square might be none of float64's
    if not bool((largest.isfinite() & (largest > 0)).all()):
        raise ValueError("queries must be finite, and not zero: they have no direction otherwise")
    return torch.nn.functional.normalize(queries / largest, dim=1, eps=0.0)
