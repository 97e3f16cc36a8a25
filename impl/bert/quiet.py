"""The library's progress bars and log lines, kept away: what of them matters is said in the project's own words."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers.utils import logging


@contextmanager
def hushed() -> Iterator[None]:
    """While this lasts, transformers says nothing; its exceptions are as they are."""
    level, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()


def keep(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a model and its tokenizer into a folder, as transformers reads them, readable for whoever may read the folder.

    Raises:  OSError.
    """
    try:
        with hushed():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except SafetensorError as error:
        raise OSError(f"{folder} cannot be written: {error}") from error
    for path in folder.glob("*.safetensors"):
        path.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
