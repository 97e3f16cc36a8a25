"""Where a sweep's runs are computed: in processes of this machine, or on a Dask cluster that is there already."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

from impl.machine import cores
from impl.scaling.sweep.child import CHILDREN
from impl.scaling.sweep.folder import SweepError

CONNECTED_WITHIN_S = 10.0


@contextlib.contextmanager
def local(workers: int | None = None) -> Iterator[tuple[Executor, str]]:
    """As many processes as there are cores, unless said otherwise; each is one thread here that waits for it."""
    number = workers or cores()
    executor = ThreadPoolExecutor(number)
    try:
        yield executor, f"{number} process{'es' * (number > 1)} here"
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in list(CHILDREN):
            child.kill()
        executor.shutdown()  # its threads have nobody to wait for now
        for child in list(CHILDREN):
            child.close()


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, str]]:
    """The workers of a Dask cluster, whose scheduler gives what a lost worker had to others.

    Raises:  SweepError if there is no scheduler at the address.
    """
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECTED_WITHIN_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SweepError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        workers = client.nthreads()
        yield client.get_executor(pure=False), f"{len(workers)} worker{'s' * (len(workers) != 1)} at {address}"
