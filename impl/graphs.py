"""Whole steps and epochs as CUDA graphs: on a GPU, starting the kernels of models this small costs more than they do."""

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result", Tensor, tuple[Tensor, ...])


class Recorder:
    """Where graphs are captured. They share their memory, for only one runs at a time."""

    def __init__(self) -> None:
        self.stream, self.pool = torch.cuda.Stream(), torch.cuda.graph_pool_handle()

    def record(self, function: Callable[[], Result]) -> Callable[[], Result]:
        """A function that does the same, which is run when it is called first, captured then, and replayed ever after.

        In the first call libraries set themselves up, and what is made once and kept, such as a mask, is made: none of
        it may lie on a graph's memory.
        """
        return _Recorded(function, self)

    def record_by_shape(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """A function of tensors, recorded for every shape of them that it meets."""
        known: dict[tuple[torch.Size, ...], tuple[list[Tensor], Callable[[], Result]]] = {}

        def recorded(*tensors: Tensor) -> Result:
            shape = tuple(tensor.shape for tensor in tensors)
            if shape not in known:
                places = [tensor.clone() for tensor in tensors]
                known[shape] = places, self.record(partial(function, *places))
            places, replay = known[shape]
            for held, new in zip(places, tensors, strict=True):
                held.copy_(new)
            return replay()

        return recorded


class _Recorded(Generic[Result]):
    def __init__(self, function: Callable[[], Result], recorder: Recorder) -> None:
        self.function, self.recorder = function, recorder
        self.has_run = False
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> Result:
        if not self.has_run:
            self.has_run = True
            return self._run()
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, pool=self.recorder.pool, stream=self.recorder.stream):
                self.result = self.function()
        self.graph.replay()
        result = self.result  # the next replay overwrites it
        return result.clone() if isinstance(result, Tensor) else tuple(one.clone() for one in result)

    def _run(self) -> Result:
        """On the stream that is captured later, for libraries set themselves up for each."""
        stream = self.recorder.stream
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            result = self.function()
        torch.cuda.current_stream().wait_stream(stream)
        return result
