"""Handout 5.2: the caption that finds the target."""

from harness.hunt import placed, shown, told
from harness.item import Item
from harness.law import demand, law
from spec.contracts import Caption
from spec.contracts.caption import CASE, LONGEST


@law("target-first", Caption)
def test_the_caption_puts_the_target_first(item: Item) -> None:
    """The caption is one text with words in it, and puts the target first among the pictures."""
    caption = item(CASE).texts["caption"]
    demand(bool(caption.strip()), item, CASE, f"the caption is {shown(caption)}; there are no words in it")
    demand(
        len(caption) <= LONGEST, item, CASE, f"the caption has more than {LONGEST} characters: no model reads so many"
    )
    try:
        found = placed(item.ranker, caption)
    except ValueError as error:
        demand(False, item, CASE, f"{shown(caption)} cannot be read: {error}")
    item.note = told(caption, found) if found.rank == 1 else ""
    demand(found.rank == 1, item, CASE, told(caption, found))
