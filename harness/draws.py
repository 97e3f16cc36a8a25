"""What a seed means: the same draws, whatever else is imported.

Now and then Hypothesis draws a number that stands in the source of a module of ours, of those that are imported by then.
The same seed would give other cases in another command, or later in the same process.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

NONE = Constants()


def hold_still() -> None:
    """Draw no number because of where it stands.

    Raises:  AttributeError where Hypothesis no longer does so by the function that is replaced here.
    """
    asked: Any = providers
    assert callable(asked._get_local_constants)
    asked._get_local_constants = lambda: NONE
    asked.CONSTANTS_CACHE.cache.clear()
