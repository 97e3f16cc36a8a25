"""What a training run is made of: the model, the data, and how the one is fitted to the other."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

MOST = 8192  # of what a laptop's memory holds
Model = Literal["encoder-decoder", "decoder"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run's settings. As they are, the handout's: Adam whose rate falls by a hundredth every epoch.

    Units:   `patience` in epochs without a lower validation loss, `batch` in words.
    Raises:  ValueError for a setting that no run can have.
    Source:  handout 3.1.4, 3.2.3.
    """

    name: Literal["handout", "best"] = "handout"
    model: Model = "decoder"
    data: str = "small"
    hidden: int = 64
    layers: int = 4
    epochs: int = 100
    batch: int = 64
    seed: int = 0
    patience: int = 100
    learning_rate: float = 5e-4
    decay: float = 0.99

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in {"hidden", "layers", "epochs", "batch", "patience"} and value < 1:
                raise ValueError(f"{field.name} must be 1 or more; got {value}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must be 0 to 2**32 - 1; got {self.seed}")
        if max(self.hidden, self.layers, self.batch) > MOST:
            raise ValueError(
                f"hidden, layers and batch may be {MOST} at most; got {self.hidden}, {self.layers}, {self.batch}"
            )
        if self.hidden % 2:
            raise ValueError(f"hidden must be even, for positions are pairs of a sine and a cosine; got {self.hidden}")
        if self.name == "best" and (self.model != "decoder" or self.hidden % 8):
            raise ValueError(
                f"the best recipe is a decoder with 4 heads, hidden a multiple of 8; got {self.model}, {self.hidden}"
            )

    @property
    def decoder_only(self) -> bool:
        """Whether one model reads the source and writes the target."""
        return self.model == "decoder"

    def rate(self, epoch: int, done: float) -> float:
        """The learning rate in an epoch, counted from 0, of which a share is done.

        The handout's falls before the first epoch already. The best one's rises over the first epoch, and then falls
        along a cosine to nothing.
        """
        if self.name == "handout":
            return self.learning_rate * self.decay ** (epoch + 1)
        warmed_up = min(1.0, epoch + done)
        return self.learning_rate * warmed_up * (1 + math.cos(math.pi * (epoch + done) / self.epochs)) / 2

    def as_json(self) -> dict[str, Any]:
        """The settings by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> Self:
        """A recipe from its settings. Raises TypeError for settings of other names."""
        return cls(**settings)


BEST = {"name": "best", "data": "large", "hidden": 128, "layers": 3, "epochs": 30, "batch": 128, "learning_rate": 3e-3}
QUICK = {"hidden": 64, "epochs": 30}
QUICK_BEST = BEST | {"hidden": 64, "layers": 2, "epochs": 8}


def make(asked: dict[str, Any], *, quick: bool = False) -> Recipe:
    """A recipe of what is asked for, the rest as the handout or the best recipe has it.

    A quick one is the best recipe on a smaller model for fewer epochs, unless another recipe or model is asked for.
    Raises:  ValueError as `Recipe`.
    """
    if asked.get("name") == "best":
        return Recipe(**((QUICK_BEST if quick else BEST) | asked))
    if quick and asked.get("name") is None and asked.get("model", "decoder") == "decoder":
        return Recipe(**(QUICK_BEST | asked))
    return Recipe(**((QUICK if quick else {}) | asked))
