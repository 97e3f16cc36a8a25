"""A whole training step as one CUDA graph: on a GPU, starting the kernels of models this small costs more than they do."""

from collections.abc import Callable

import torch
from torch import Tensor

from impl.nmt.batches import Batch


class Captured:
    """An update that is captured the first time it meets a batch of a shape, and replayed from then on.

    The first update is made uncaptured, since libraries and the optimizer set themselves up in it. Graphs share
    their memory, for only one runs at a time.
    """

    def __init__(self, update: Callable[[Batch], Tensor]) -> None:
        self.update = update
        self.graphs: dict[tuple[torch.Size, ...], tuple[torch.cuda.CUDAGraph, Batch, Tensor]] = {}
        self.pool = torch.cuda.graph_pool_handle()
        self.warm = False

    def __call__(self, batch: Batch) -> Tensor:
        """Update with a batch; its loss."""
        if not self.warm:
            self.warm = True
            return self._on_the_side(batch)
        shape = tuple(tensor.shape for tensor in (*batch.inputs, batch.targets))
        if shape not in self.graphs:
            self.graphs[shape] = self._capture(batch)
        graph, place, loss = self.graphs[shape]
        for held, new in zip((*place.inputs, place.targets), (*batch.inputs, batch.targets), strict=True):
            held.copy_(new)
        graph.replay()
        return loss.clone()  # the next replay overwrites it

    def _on_the_side(self, batch: Batch) -> Tensor:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            loss = self.update(batch)
        torch.cuda.current_stream().wait_stream(side)
        return loss

    def _capture(self, batch: Batch) -> tuple[torch.cuda.CUDAGraph, Batch, Tensor]:
        """The update on memory of its own, recorded and not run."""
        place = Batch(tuple(tensor.clone() for tensor in batch.inputs), batch.targets.clone())
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool):
            loss = self.update(place)
        return graph, place, loss
