"""Work that a few threads do ahead of whoever needs its results, in order."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from impl.machine import cores

THREADS, AHEAD = 4, 8  # at most


def ahead(work: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """The results of work on each of some tasks, in their order; close it, or it may go on.

    Edges:   no more than AHEAD results are there before they are asked for.
    Raises:  whatever the work raises.
    """
    waiting: deque[Future[Any]] = deque()
    pool = ThreadPoolExecutor(min(THREADS, cores()))
    try:
        for task in tasks:
            waiting.append(pool.submit(work, *task))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
