"""open_clip's log lines and warnings, kept away: what of them matters is said in the project's own words."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed() -> Iterator[None]:
    """While this lasts nothing is logged and nothing is warned of; exceptions are as they are."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
