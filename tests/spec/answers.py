"""Written answers as people write them, right, wrong and unreadable, in both notations; each with what must come of it."""

from tests.spec.answers_hostile import HOSTILE
from tests.spec.answers_right import RIGHT as RIGHT_OTHERWISE
from tests.spec.answers_right_ridge import RIGHT_ABOUT_RIDGE
from tests.spec.answers_unreadable import UNREADABLE
from tests.spec.answers_wrong import WRONG

__all__ = ["HOSTILE", "RIGHT", "UNREADABLE", "WRONG"]

RIGHT = {**RIGHT_OTHERWISE, **RIGHT_ABOUT_RIDGE}
