"""What is timed of CLIP, and what a round of it is, the project's way and the plain one.

Models start at random and pictures are drawn, so that nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import normalize

from benchmarks import clip_flops, clip_steps, notebook_clip
from benchmarks.pair import OURS, THEIRS, Round
from impl.clip.drawn import gallery
from impl.clip.drawn.drawing import SIDE
from impl.clip.encoder import Encoder
from impl.clip.folder.features import Features
from impl.clip.folder.search import search
from impl.clip.mini import shape, training, words
from impl.machine import has_bfloat16
from spec.error import FEATURES_ALIKE, TRAINED_ALIKE

LARGE = "ViT-B-32"
SIZES: dict[str, dict[str, Any]] = {"mini": shape.config(), LARGE: open_clip.get_model_config(LARGE)}
COUNTS = {
    ("pictures", "mini"): {"cpu": 256, "cuda": 256},
    ("pictures", LARGE): {"cpu": 8, "cuda": 128},
    ("prepared", LARGE): {"cuda": 1024},
    ("texts", "mini"): {"cpu": 256, "cuda": 256},
    ("texts", LARGE): {"cpu": 8, "cuda": 256},
}
PHOTOGRAPH = (640, 480)  # what a picture for a model of more pixels than a drawn one is enlarged to
FEATURES, WIDTH, FOUND = 100_000, 512, 9
SEARCHES = 5  # a round, each for something else
PAIRS = {"mini": training.Recipe().batch, LARGE: 256}
STEPS = {"cpu": 1, "cuda": 10}  # a round
HALF_ALIKE = 30 * TRAINED_ALIKE  # where ours multiplies in bfloat16
ROUNDS = 7
QUICK = ("mini texts of 256", "search 100000x512")
What = Literal["pictures", "prepared", "texts", "step", "search"]
RATES = {
    "pictures": "images_per_s",
    "prepared": "images_per_s",
    "texts": "texts_per_s",
    "step": "pairs_per_s",
    "search": "searches_per_s",
}


@dataclass(frozen=True)
class ClipCase:
    """One model on one device, and what of it is timed: encoding pictures from what a file holds, pictures that are
    prepared and on the device already, or texts; a training step; or a search, which has no model.
    """

    device: str
    size: str
    what: What
    count: int

    @property
    def id(self) -> str:
        """The case's name."""
        if self.what == "search":
            return f"{self.device}/clip search {self.count}x{WIDTH}"
        how = "step batch" if self.what == "step" else f"{self.what} of"
        return f"{self.device}/clip {self.size} {how} {self.count}"

    @property
    def ways(self) -> tuple[str, ...]:
        """Who is timed."""
        return OURS, THEIRS

    @property
    def rounds(self) -> int:
        """How many are timed."""
        return ROUNDS

    @property
    def parts(self) -> int:
        """How many steps or searches a round is."""
        return {"step": STEPS[self.device], "search": SEARCHES}.get(self.what, 1)

    @property
    def config(self) -> dict[str, Any]:
        """The model's, in open_clip's words."""
        return SIZES[self.size]

    @property
    def side(self) -> int:
        """Of the pictures that the model reads.

        Units:   pixels.
        """
        found: int = self.config["vision_cfg"]["image_size"]
        return found

    def dtype(self, kernel: str) -> str:
        """What one way multiplies in."""
        if kernel == THEIRS or self.what == "search":
            return "float32"
        is_half = self.device == "cuda" or (self.what == "step" and has_bfloat16())
        return "bfloat16" if is_half else "float32"

    def ready(self, kind: str) -> tuple[Round, Any]:
        """What a round is, warm, and what it comes to: features, losses, or the pictures that are found."""
        ways: dict[What, Callable[[ClipCase, str], tuple[Round, Any]]] = {"step": clip_steps.ready, "search": _searches}
        return ways.get(self.what, _encodings)(self, kind)

    def demand_agreement(self, ours: Any, theirs: Any) -> None:
        """Demand the same features or losses, as far as rounding allows; of searches the same pictures in the same order.

        Raises:  RuntimeError.
        """
        if self.what == "search":
            if ours != theirs:
                raise RuntimeError(f"{self.id}: found are {ours} and {theirs}")
        elif self.what == "step":
            allowed = TRAINED_ALIKE if self.dtype(OURS) == "float32" else HALF_ALIKE
            if not all(abs(a - b) <= allowed for a, b in zip(ours, theirs, strict=True)):
                raise RuntimeError(f"{self.id}: the losses are {ours} and {theirs}")
        else:
            furthest = float(torch.from_numpy(ours - theirs).norm(dim=1).max())
            if ours.shape != theirs.shape or not furthest <= FEATURES_ALIKE[self.dtype(OURS)]:
                raise RuntimeError(f"{self.id}: features are up to {furthest} from one another")


def cases(device: str, *, is_quick: bool = False) -> list[ClipCase]:
    """Encoding by both models, what they are trained by, and a search; on a CPU no step of the large one, and nothing that
    is prepared, for preparation is little of it there. What takes longest comes last.
    """
    of_both = [ClipCase(device, size, what, of[device]) for (what, size), of in COUNTS.items() if device in of]
    sizes = ("mini", LARGE) if device == "cuda" else ("mini",)
    steps = [ClipCase(device, size, "step", PAIRS[size]) for size in sizes]
    known = [ClipCase(device, "", "search", FEATURES), *sorted(of_both, key=lambda case: case.size == LARGE), *steps]
    return [case for case in known if not is_quick or case.id.endswith(QUICK)]


def flops(case: ClipCase) -> float:
    """The arithmetic of what has a time, by `clip_flops`; the same in both ways."""
    if case.what == "search":
        return float(clip_flops.search(case.count, WIDTH))
    if case.what == "step":
        return float(clip_flops.step(case.config, case.count))
    of_one = clip_flops.text if case.what == "texts" else clip_flops.image
    return float(case.count * of_one(case.config))


def about(case: ClipCase, kernel: str, median_s: float, probes: dict[str, Any]) -> dict[str, Any]:
    """What a row says of its work and its speed.

    Edges:   `fraction_of_product` is None where no probe has the dtype.
    """
    dtype, per_s = case.dtype(kernel), flops(case) / median_s
    product = probes["product_flops_per_s"].get(dtype)
    said: dict[str, Any] = {
        "batch": case.count,
        "dtype": dtype,
        RATES[case.what]: (1 if case.what == "search" else case.count) / median_s,
        "flops": flops(case),
        "flops_per_s": per_s,
        "fraction_of_product": per_s / product if product else None,
    }
    if case.what == "search":
        moved = 4 * case.count * WIDTH
        read_per_s = moved / median_s
        said |= {"bytes": moved, "bytes_per_s": read_per_s, "fraction_of_copy": read_per_s / probes["copy_bytes_per_s"]}
    return said


def _model(case: ClipCase) -> Any:
    """The same parameters in both processes; norms over a batch know the pictures, for else all features are nearly one."""
    model = shape.build(case.config, 0)
    norms = [one for one in model.modules() if isinstance(one, nn.BatchNorm2d)]
    momenta = [one.momentum for one in norms]
    if norms:
        for one in norms:
            one.momentum = None  # the mean of all that it sees, which is one batch
        with torch.no_grad():
            model.train().encode_image(torch.stack([_transform(case)(one) for one in _pictures(case, 64)]))
        for one, momentum in zip(norms, momenta, strict=True):
            one.momentum = momentum
            one.num_batches_tracked.zero_()
    return model


def _transform(case: ClipCase) -> Callable[[Image.Image], Tensor]:
    transform: Callable[[Image.Image], Tensor] = image_transform_v2(PreprocessCfg(size=case.side), is_train=False)
    return transform


def _tokenizer(case: ClipCase) -> Any:
    of = case.config["text_cfg"]
    if of["vocab_size"] != words.pieces():
        return open_clip.SimpleTokenizer(context_length=of["context_length"])
    with TemporaryDirectory() as folder:
        words.write(Path(folder))
        return words.tokenizer(Path(folder))


def _pictures(case: ClipCase, number: int) -> list[Image.Image]:
    drawn = [Image.fromarray(one.permute(1, 2, 0).numpy()) for one in gallery.draw(number, 0).pictures]
    return drawn if case.side <= SIDE else [one.resize(PHOTOGRAPH) for one in drawn]


def _normal(*sizes: int, seed: int = 0) -> Tensor:
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(seed))


def _encodings(case: ClipCase, kind: str) -> tuple[Round, Any]:
    """The round's own features, which is what it is warm by."""
    encode = _ours(case) if kind == OURS else _theirs(case)
    return encode, normalize(encode().float(), dim=-1).cpu().numpy()


def _ours(case: ClipCase) -> Callable[[], Tensor]:
    encoder = Encoder(case.size, _model(case), _transform(case), _tokenizer(case), device=case.device)
    if case.what == "texts":
        return partial(encoder.encode_texts, _captions(case))
    if case.what == "pictures":
        return partial(encoder.encode_images, _pictures(case, case.count))
    prepared = _normal(case.count, 3, case.side, case.side).to(case.device, encoder.dtype)
    return partial(encoder.encode_image, prepared.contiguous(memory_format=torch.channels_last))


def _theirs(case: ClipCase) -> Callable[[], Tensor]:
    model = _model(case).eval().to(case.device)
    if case.what == "texts":
        return partial(notebook_clip.encode_texts, model, _tokenizer(case), _captions(case), case.device)
    if case.what == "pictures":
        pictures = _pictures(case, case.count)
        return partial(notebook_clip.encode_pictures, model, _transform(case), pictures, case.device)
    return partial(notebook_clip.encode_prepared, model, _normal(case.count, 3, case.side, case.side).to(case.device))


def _captions(case: ClipCase) -> list[str]:
    return [scene.caption for scene in gallery.draw(case.count, 0).scenes]


def _searches(case: ClipCase, kind: str) -> tuple[Round, list[list[int]]]:
    """Searches, and the rows that they find."""
    matrix = normalize(_normal(case.count, WIDTH), dim=1).to(case.device)
    queries = normalize(_normal(SEARCHES, WIDTH, seed=1), dim=1).to(case.device)
    names = tuple(map(str, range(case.count)))
    features = Features(names, matrix, names)

    def rows() -> list[Tensor]:
        if kind == OURS:
            return [search(features, query, k=FOUND).rows[0] for query in queries]
        return [notebook_clip.search(matrix, query, FOUND) for query in queries]

    return rows, [found.tolist() for found in rows()]
