"""The claims' closed forms, ready for use: exactly, as formulas, or as functions of floating-point numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from spec.closed_forms import FORMS, NAMES
from spec.formula.read import read_one
from spec.formula.tree import Node

DEFINED = ("x'", "y", "delta_1", "delta_2", "w_ridge", "eta", "epsilon")


@cache
def own(text: str) -> Node:
    """A text of ours, in the claims' symbols and those that questions define, as a formula."""
    return read_one(text, (*NAMES, *DEFINED))


def form(question: str, name: str) -> Node:
    """A closed form, by the question and the name under which its claim exports it.

    Raises:  KeyError for one that no claim exports.
    """
    return own(FORMS[question][name])


def function(question: str, name: str) -> Callable[..., Any]:
    """A closed form as a function of its symbols, by keyword.

    Shapes:  numbers, or arrays that broadcast.
    Raises:  KeyError for one that no claim exports, TypeError for one in matrices.
    """
    from spec.formula.numeric import numeric  # and NumPy with it, which a written answer does not need

    return numeric(form(question, name))
