"""Handout 5.2: the caption that is to find the target among the pictures of a folder. It is a text of the notebook's, no
function; where it puts the target depends on a model's weights, and is told by whoever has them."""

from __future__ import annotations

from spec.contracts.contract import Case, Contract, Form, without_oracle

LONGEST = 4000  # characters: far more than the 77 tokens that CLIP reads

CASE = Case((), {}, {})
"""The one call, which gives the text."""

CONTRACT = Contract(
    item="caption",
    question="5.2",
    signature='caption = "...", a text; a list that holds one text will do',
    parameters=dict,
    outputs=lambda _: {"caption": (Form((), kind="text"),)},
    oracle=without_oracle,
    describe=lambda _: "in the hunt",
    probe=lambda _: CASE,
    returns="caption",
    is_function=True,
    is_text=True,
    dtypes=("float64",),
)
