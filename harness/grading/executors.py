"""Where submissions are judged: in processes of this machine, or on a Dask cluster that is there already."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.grading.child import CHILDREN, STOPPED, Reply, judged_in_child
from harness.grading.task import Task

CONNECTED_WITHIN_S = 10.0
RETRIES = 2
ADDRESS = re.compile(r"((tcp|tls|ucx|ws|wss)://)?([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
Events = queue.SimpleQueue[tuple[str, Reply]]


class NoClusterError(Exception):
    """There is no cluster where one should be; the message says so in a sentence."""


@dataclass(frozen=True)
class Place:
    """Where tasks are given to; what comes of them arrives in the queue that it was made with, by the submission's name.

    Edges:   `carries` says that the contents of a submission must come along. `width` is how many tasks it takes at once.
    """

    submit: Callable[[Task], object]
    width: Callable[[], int]
    said: str
    carries: bool = False


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def local(events: Events, workers: int | None = None) -> Iterator[Place]:
    """As many processes as there are cores, unless said otherwise; each is one thread here that waits for it."""
    number = workers or cores()
    executor = ThreadPoolExecutor(number)
    STOPPED.clear()

    def submit(task: Task) -> None:
        name = task["name"]
        future = executor.submit(judged_in_child, task, lambda reply: events.put((name, reply)))
        future.add_done_callback(functools.partial(_tell, events, name))

    try:
        yield Place(submit, lambda: number, f"{number} worker{'s' * (number > 1)} here")
    except BaseException:
        STOPPED.set()
        executor.shutdown(wait=False, cancel_futures=True)
        for child in list(CHILDREN):
            child.kill()
        raise
    finally:
        executor.shutdown()
        for child in list(CHILDREN):
            child.close()


@contextlib.contextmanager
def cluster(events: Events, address: str) -> Iterator[Place]:
    """The workers of a Dask cluster, whose scheduler gives what a lost worker had to others.

    Raises:  NoClusterError if it is no address, or there is no scheduler at it.
    """
    if not ADDRESS.fullmatch(address):  # a client that fails over one is not put away in silence
        raise NoClusterError(f"A Dask scheduler is at an address like tcp://HOST:8786; got {address!r}.")
    from distributed import Client

    make: Any = Client  # has no types
    try:
        client: Any = make(address, timeout=CONNECTED_WITHIN_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise NoClusterError(f"No Dask scheduler answers at {address}: {error}.") from error

    kept: dict[str, Any] = {}  # a future that nobody keeps is forgotten by the scheduler
    run = secrets.token_hex(4)  # another run's results are not ours, whatever it calls them

    def submit(task: Task) -> None:
        name, key = task["name"], f"specimen-{run}-{task['name']}-{task['digest']}"
        kept[name] = future = client.submit(judged_in_child, task, key=key, pure=False, retries=RETRIES)

        def done(future: Any) -> None:
            _tell(events, name, future)
            kept.pop(name, None)

        future.add_done_callback(done)

    with client:
        n = len(client.nthreads())
        yield Place(
            submit,
            lambda: max(2, 2 * sum(client.nthreads().values())),
            f"{n} worker{'s' * (n != 1)} at {address}",
            carries=True,
        )


def _tell(events: Events, name: str, future: Future[Reply]) -> None:
    """Say what came of a task, whatever it was."""
    try:
        reply = future.result()
    except CancelledError:
        reply = {"came": "cancelled"}
    except Exception as error:  # noqa: BLE001 - told in the submission's record
        reply = {"came": "lost", "digest": "", "said": f"It was not judged: {type(error).__name__}: {error}."}
    events.put((name, reply))
