"""Search among the features of many pictures, as exact as in float64 and as fast as one product in float32."""

from typing import NamedTuple

from torch import Tensor

from impl.clip.features import Features


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
    Raises:  ValueError.
    """
    raise NotImplementedError


def place(features: Features, query: Tensor, target: int, *, k: int = 9) -> Place:
    """Where a query puts the picture in the row `target`; see `places`."""
    raise NotImplementedError


def places(features: Features, queries: Tensor, target: int, *, k: int = 9) -> list[Place]:
    """Where each of some queries puts the picture in the row `target`.

    Shapes:  queries [n_queries, width].
    Edges:   pictures that are as similar count against it, unless they have its bytes. Probabilities are the softmax
             over all pictures of the logits 100 * similarity.
    Raises:  ValueError; IndexError for a row that is none.
    """
    raise NotImplementedError
