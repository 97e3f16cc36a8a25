"""Section 5: the caption by which CLIP finds the target, and how it was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from writeup.paper.blocks import Answer, Block, Figure, Heading, Missing, Note, Paragraph, Strong
from writeup.paper.sections.found import Runs, heading, missing, run_of
from writeup.record import Lacking, Run

REAL = "specimen hunt --weights ViT-B-32:openai --images FOLDER --target PICTURE --search"


def blocks(runs: Runs) -> list[Block]:
    """All of section 5, in the handout's order."""
    return [
        Heading(2, "5", "Connecting Text and Images with CLIP"),
        heading("5.1"),
        *_similarity(runs),
        heading("5.2"),
        *_hunt(runs),
    ]


def _similarity(runs: Runs) -> list[Block]:
    run = run_of(runs, "5-similarity")
    if isinstance(run, Lacking):
        return [missing(run)]
    found = run.read("similarity.json")
    return [
        Figure("similarity", run.content("similarity.svg"), ("Similarities of captions and pictures.",),
               "A matrix, captions down and pictures across, lightest along its diagonal", (run.record.id,)),
        *_told(found, run),
    ]  # fmt: skip


def _told(found: dict[str, Any], run: Run) -> list[Block]:
    return [Answer(((found["sentence"],),), None, (run.record.id,))] if "sentence" in found else []


def _hunt(runs: Runs) -> list[Block]:
    run = run_of(runs, "5")
    if isinstance(run, Lacking):
        return [missing(run)]
    found = run.read("hunt.json")
    blocks: list[Block] = [
        Answer((("Caption: ", Strong(found["caption"])),), None, (run.record.id,)),
        Figure("hunt", run.content("hunt.svg"), ("What the caption finds: the target, then the likeliest pictures.",),
               "A row of pictures: the target first, then the best ones in order", (run.record.id,)),
    ]  # fmt: skip
    if "comment" in found:
        blocks.append(Answer(((found["comment"],),), 1, (run.record.id,)))
    else:
        blocks.append(Paragraph((Missing("a comment on the search", REAL),)))
    if found.get("true_caption") not in (None, found["caption"]):
        blocks.append(Note((f'The scene was drawn by another caption: "{found["true_caption"]}".',), (run.record.id,)))
    if found.get("stands_in_for"):
        blocks.append(_stand_in(found))
    return blocks


def _stand_in(found: dict[str, Any]) -> Block:
    """That weights and pictures are not the handout's, and what is missing therefore."""
    return Note((
        f"{Path(found['weights']).name} was trained here on drawn scenes and stands in for {found['stands_in_for']}; its target is a"
        " scene, and not the handout's figure 11. ",
        Missing(f"a caption for figure 11 under {found['stands_in_for']}", REAL),
    ))  # fmt: skip
