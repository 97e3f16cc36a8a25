"""Several pretrainings side by side, a process each.

A process ends when what it tells its progress to is gone, by whatever cause; what it has computed by then is saved.
"""

import multiprocessing as mp
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from impl.bert.pretraining import Pretraining, Recipe
from impl.machine import cores
from impl.stepped import LAST, Progress, TrainingError

ENDS_WITHIN_S = 20.0
Show = Callable[[Recipe, Progress], None]


def pretrain(recipes: Sequence[tuple[Recipe, Path]], *, device: str, show: Show) -> None:
    """Pretrain several models, each in its folder; one that was begun goes on.

    Raises:  TrainingError if one of them failed; KeyboardInterrupt.
    """
    if device != "cpu" or len(recipes) < 2 or cores() < 2:
        for recipe, folder in recipes:
            for progress in Pretraining(recipe, folder, device=device, resume=(folder / LAST).exists()):
                show(recipe, progress)
        return
    context = mp.get_context("spawn")
    children: dict[Connection, tuple[Recipe, Any]] = {}
    try:
        for recipe, folder in recipes:
            ours, theirs = context.Pipe(duplex=False)
            child = context.Process(target=_child, args=(recipe, folder, theirs), daemon=True)
            child.start()
            theirs.close()
            children[ours] = recipe, child
        _follow(dict(children), show)
        for _, child in children.values():  # which have told all, and are about to end by themselves
            child.join(ENDS_WITHIN_S)
    finally:
        for _, child in children.values():
            if child.is_alive():
                os.kill(child.pid, signal.SIGINT)  # which saves
        for _, child in children.values():
            child.join(ENDS_WITHIN_S)


def _follow(children: dict[Connection, tuple[Recipe, Any]], show: Show) -> None:
    """Show what comes until all are through."""
    while children:
        for channel in wait(list(children)):
            assert isinstance(channel, Connection)
            recipe, child = children[channel]
            try:
                told = channel.recv()
            except EOFError:
                child.join()
                raise TrainingError(f"the process that pretrained {recipe.name} ended with {child.exitcode}") from None
            if isinstance(told, str):
                raise TrainingError(told)
            if told is None:
                del children[channel]
            else:
                show(recipe, told)


def _child(recipe: Recipe, folder: Path, channel: Connection) -> None:
    with suppress(KeyboardInterrupt, BrokenPipeError):
        try:
            for progress in Pretraining(recipe, folder, resume=(folder / LAST).exists()):
                channel.send(progress)
            channel.send(None)
        except (ValueError, OSError) as error:
            if not isinstance(error, BrokenPipeError):
                channel.send(f"{recipe.name}: {error}")
