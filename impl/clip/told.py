"""What a hunt and a comparison found, in sentences, each made from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impl.clip.prompts import ENSEMBLE, Measured

EASY, HARD = 1 / 20, 1 / 500  # of the captions that were tried, those that put the target first
Found = dict[str, Any]


def probability(value: float) -> str:
    """A probability in per cent, with two digits that say something."""
    percent = 100 * value
    if percent >= 1:
        return f"{percent:.1f} %"
    return f"{percent:.2g} %" if percent >= 0.001 else "less than .001 %"


def hunted(found: Found) -> str:
    """Where a caption put the target, and what beat it or came next."""
    place = "first" if found["rank"] == 1 else f"in place {found['rank']:,}"
    said = f'"{found["caption"]}" puts {found["target"]} {place} of {found["of"]:,} pictures, with a probability of {probability(found["probability"])}'
    if copies := found.get("copies", 0):
        said += f" (which its {copies} {'copy has' if copies == 1 else 'copies have'} as well)"
    others = [one for one in found["best"] if not one["is_target"]]
    if not others:
        return f"{said}."
    best = others[0]
    if found["rank"] == 1:
        return f"{said}; the next is {best['name']} with {probability(best['probability'])}."
    ahead = [one["name"] for one in others[: min(found["rank"] - 1, 3)]]
    more = f" and {found['rank'] - 1 - len(ahead):,} more" if found["rank"] - 1 > len(ahead) else ""
    return f"{said}; before it {_listed(ahead)}{more}, the first of them with {probability(best['probability'])}."


def searched(trail: Found, found: Found) -> str:
    """How easy it was to find a caption: one sentence, as 5.2 asks."""
    tried = f"{trail['tried']:,} captions that were tried"
    if not trail["firsts"]:
        return (
            f"It was not managed: none of the {tried} puts the target first; the best,"
            f' "{found["caption"]}", puts it in place {found["rank"]:,} of {found["of"]:,}.'
        )
    share = trail["firsts"] / trail["tried"]
    verdict = "easy" if share >= EASY else "hard" if share < HARD else "neither easy nor hard"
    ones = f"{trail['firsts']:,} of the {tried} put{'s' * (trail['firsts'] == 1)} the target first"
    words = len(trail["shortest"].split())
    return (
        f"It was {verdict}: {ones}, beginning with the {_ordinal(trail['before'])};"
        f' the shortest of them, "{trail["shortest"]}", has {words} word{"s" * (words != 1)}.'
    )


def diagonal(similarities: Sequence[Sequence[float]]) -> str:
    """How far pictures and captions of the same number belong together, by a matrix of their similarities."""
    n = len(similarities)
    rows = sum(all(row[i] > row[j] for j in range(n) if j != i) for i, row in enumerate(similarities))
    columns = sum(all(similarities[i][i] > similarities[j][i] for j in range(n) if j != i) for i in range(n))
    own = sum(similarities[i][i] for i in range(n)) / n
    others = [similarities[i][j] for i in range(n) for j in range(n) if i != j]
    beside = f", and {sum(others) / len(others):.3f} with the others" if others else ""
    return (
        f"{rows} of {n} captions are most similar to their own picture, and {columns} of {n} pictures to their own caption;"
        f" the mean similarity is {own:.3f} with one's own{beside}."
    )


def templates(measured: Sequence[Measured], of: str) -> str:
    """What difference templates make."""
    single = [one for one in measured if one.name != ENSEMBLE]
    best, worst = max(single, key=lambda one: one.right), min(single, key=lambda one: one.right)
    together = next(one for one in measured if one.name == ENSEMBLE)
    gain = together.right - best.right
    beside = (
        "as many as the best alone"
        if not gain
        else f"{abs(gain)} picture{'s' * (abs(gain) != 1)} {'more' if gain > 0 else 'fewer'} than the best alone"
    )
    if best.right == worst.right:
        said = f"On {best.of} pictures of {of} no template makes a difference: {best.share:.1%} are right by each"
        return f"{said}; the mean of all prompts gets {together.share:.1%}, {beside}."
    return (
        f'On {best.of} pictures of {of}, "{best.templates[0]}" gets {best.share:.1%} right and "{worst.templates[0]}" {worst.share:.1%};'
        f" the mean of all prompts gets {together.share:.1%}, {beside}."
    )


def role(name: str, parameters: int, stands_in_for: str | None) -> str:
    """What weights are, and whose role they play."""
    said = f"{name}: {parameters / 1e6:.1f} million parameters"
    if stands_in_for:
        said += (
            f", trained here on drawn scenes; it stands in for {stands_in_for}, and its numbers are not that model's"
        )
    return said


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{suffix}"
