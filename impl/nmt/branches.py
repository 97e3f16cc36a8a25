"""Work that nothing waits for yet, beside the rest: kernels of models this small leave most of a GPU idle."""

from collections.abc import Callable
from typing import TypeVar

import torch

Result = TypeVar("Result")


class Branches:
    """Streams of a GPU beside the current one; on a CPU, whose cores share one operation, none.

    `near` has others, for what is joined while what was started here still runs.
    """

    def __init__(self, device: torch.device, count: int = 4, near: int = 0) -> None:
        self.near = Branches(device, near) if near else self
        self._streams = [torch.cuda.Stream(device) for _ in range(count)] if device.type == "cuda" else []
        self._started: list[Callable[[], object]] = []

    def start(self, call: Callable[[], Result]) -> Result:
        """What a call gives, which may be looked at after `join`; it comes after what has been launched so far.

        Edges:   what it reads is kept, and must stay as it is, until then.
        """
        if not self._streams:
            return call()
        stream = self._streams[len(self._started) % len(self._streams)]
        self._started.append(call)
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            return call()

    def join(self) -> None:
        """Have what is launched from now on come after all that was started."""
        for stream in self._streams[: len(self._started)]:
            torch.cuda.current_stream().wait_stream(stream)
        self._started.clear()
