"""What the commands of section 5 show of pictures and of folders, and the tables of `specimen zero-shot` and `hunt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from impl.bars import Bars, say
from impl.clip import told
from impl.clip.captions import Round
from impl.clip.encoder import Encoder
from impl.clip.folder.decoding import read
from impl.clip.folder.features import Features
from impl.clip.prompts import Measured

THUMB = 224
BAR = 24
MOST_NAMED = 5
Pixels = NDArray[np.uint8]


def thumbnail(path: Path) -> Pixels:
    """A picture, small enough to be drawn.

    Shapes:  [height, width, 3], neither longer than 224.
    Raises:  PictureError.
    """
    image = read(path)
    image.thumbnail((THUMB, THUMB))
    return np.asarray(image)


def weights(console: Console, encoder: Encoder) -> None:
    """Say what is at work."""
    say(console, told.role(encoder.name, encoder.parameters, encoder.stands_in_for) + f"; {encoder.device}")


def collection(console: Console, path: Path, features: Features) -> None:
    """Say what was read of a folder, and what was not."""
    distinct = len(set(features.digests))
    copies = f", {len(features.names) - distinct:,} of them copies" if distinct < len(features.names) else ""
    said = f"{path}: {len(features.names):,} pictures{copies}; {features.computed:,} encoded now, {distinct - features.computed:,} before"
    say(console, said)
    for title, ones in (("left out", features.skipped), ("note", features.notes), ("computed again", features.damaged)):
        for one in ones[:MOST_NAMED]:
            say(console, f"{title}: {one}")
        if len(ones) > MOST_NAMED:
            say(console, f"{title}: {len(ones) - MOST_NAMED:,} more")


def rounds(bars: Bars, total: int) -> Any:
    """What shows a search's rounds as they come."""
    done = 0

    def show(one: Round) -> None:
        nonlocal done
        done += 1
        place = "first" if one.best.is_first else "not first"
        bars.look("search", done, total, f'{one.tried:,} tried; best so far "{one.best.caption}", {place}')

    return show


def best(found: dict[str, Any]) -> Table:
    """The best pictures of a caption, the target among them marked."""
    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("picture", overflow="fold")
    table.add_column("similarity", justify="right")
    table.add_column("probability", justify="right")
    table.add_column("")
    for place, one in enumerate(found["best"], 1):
        row = (str(place), Text(one["name"]), f"{one['similarity']:.3f}", told.probability(one["probability"]))
        table.add_row(*row, "target" if one["is_target"] else "", style="bold" if one["is_target"] else "")
    return table


def labels(names: Sequence[str], probabilities: Sequence[float]) -> Table:
    """Labels with their probabilities as bars, the likeliest first."""
    table = Table(box=None, pad_edge=False)
    table.add_column("label", overflow="fold")
    table.add_column("probability", justify="right")
    table.add_column("")
    for share, name in sorted(zip(probabilities, names, strict=True), key=lambda one: -one[0]):
        table.add_row(Text(name), told.probability(share), "█" * round(BAR * share))
    return table


def templates(measured: Sequence[Measured]) -> Table:
    """How well templates do."""
    table = Table(box=None, pad_edge=False)
    table.add_column("prompt", overflow="fold")
    table.add_column("right", justify="right")
    table.add_column("share", justify="right")
    for one in measured:
        name = one.templates[0] if len(one.templates) == 1 else f"the mean of all {len(one.templates)}"
        table.add_row(Text(name), f"{one.right}/{one.of}", f"{one.share:.1%}")
    return table


def trail(of: dict[str, Any]) -> Table:
    """A search round by round: how many captions were tried, and the best of all so far."""
    table = Table(box=None, pad_edge=False)
    for title, justify in (("round", "right"), ("tried", "right"), ("best so far", "left"), ("probability", "right")):
        table.add_column(title, justify=justify, overflow="fold")
    table.add_column("")
    for number, one in enumerate(of["rounds"], 1):
        place = "first" if one["is_first"] else ""
        row = (str(number), f"{one['tried']:,}", Text(one["caption"]), told.probability(one["probability"]))
        table.add_row(*row, place)
    return table
