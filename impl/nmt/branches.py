"""Work that does not hang on one another, side by side: kernels of models this small leave most of a GPU idle."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

Result = TypeVar("Result")


class Branches:
    """Streams of a GPU beside the current one; on a CPU, whose cores share one operation, none."""

    def __init__(self, device: torch.device, count: int = 4) -> None:
        self.streams = [torch.cuda.Stream(device) for _ in range(count)] if device.type == "cuda" else []

    def run(self, calls: Iterable[Callable[[], Result]]) -> list[Result]:
        """What each call gives; what is launched afterwards comes after all of them.

        Edges:   whatever they read must be kept until all have returned, and no call may change what another reads.
        """
        if not self.streams:
            return [call() for call in calls]
        trunk = torch.cuda.current_stream()
        for stream in self.streams:
            stream.wait_stream(trunk)
        results = []
        for place, call in enumerate(calls):
            with torch.cuda.stream(self.streams[place % len(self.streams)]):
                results.append(call())
        for stream in self.streams:
            trunk.wait_stream(stream)
        return results
