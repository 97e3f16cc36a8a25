"""What a sweep is made of: one run a hidden size and seed, each independent of the others."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from impl.nmt.recipe import Recipe
from impl.scaling.counts import LAYERS

COURSE = (16, 32, 48, 64, 96, 128)
NEVER = 10**9  # epochs without a lower loss: a curve is wanted to its end


@dataclass(frozen=True)
class Job:
    """One run: the name of its folder, and its recipe."""

    name: str
    recipe: Recipe


@dataclass(frozen=True, kw_only=True)
class Grid:
    """All runs of a sweep: every hidden size with every seed, 0 and up. A seed is that of split and parameters.

    Edges:   runs of one seed are split alike, whatever their size, so that sizes can be compared pairwise.
    Raises:  ValueError for a setting that no run can have, a size given twice, or none.
    Source:  handout 3.3.1.
    """

    hidden: tuple[int, ...] = COURSE
    seeds: int = 3
    epochs: int = 100
    data: str = "small"
    layers: int = LAYERS
    batch: int = 64

    def __post_init__(self) -> None:
        if not self.hidden:
            raise ValueError("a sweep needs a hidden size at least")
        if len(set(self.hidden)) != len(self.hidden):
            raise ValueError(f"hidden sizes must differ; got {', '.join(map(str, self.hidden))}")
        if self.seeds < 1:
            raise ValueError(f"seeds must be 1 or more; got {self.seeds}")
        self.jobs()

    @property
    def source(self) -> str:
        """Where the words are, from wherever one looks."""
        return self.data if self.data in {"small", "large"} else str(Path(self.data).resolve())

    def grown(self, asked: dict[str, Any]) -> Self:
        """A grid with what is asked for besides: more sizes, seeds, epochs; other words replace those that were.

        Raises:  ValueError as the grid.
        """
        more = {
            "hidden": tuple(sorted({*self.hidden, *asked.get("hidden", ())})),
            "seeds": max(self.seeds, asked.get("seeds", 0)),
            "epochs": max(self.epochs, asked.get("epochs", 0)),
            "data": asked.get("data", self.data),
        }
        return replace(self, **more)

    def jobs(self) -> list[Job]:
        """The runs, the longest first, so that none is left running alone at the end."""
        settings = {
            "data": self.source,
            "layers": self.layers,
            "batch": self.batch,
            "epochs": self.epochs,
            "patience": NEVER,
        }
        return [
            Job(f"h{hidden}-s{seed}", Recipe(hidden=hidden, seed=seed, **settings))
            for hidden in sorted(self.hidden, reverse=True)
            for seed in range(self.seeds)
        ]

    def as_json(self) -> dict[str, Any]:
        """The settings by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> Self:
        """A grid from its settings. Raises TypeError or ValueError for what are none."""
        return cls(**(settings | {"hidden": tuple(settings["hidden"])}))
