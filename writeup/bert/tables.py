"""The findings of section 4 as tables: on a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from rich.table import Table


def arms(found: dict[str, Any]) -> Table:
    """A line a way to a classifier: the share of unseen sentences that is right, with its interval, and what it took."""
    table = Table(box=None, pad_edge=False)
    table.add_column("model", min_width=len("mini-chatter frozen"))
    for title in ("unseen", "95 %", "majority", "seen", "three", "time"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found["arms"]:
        of = one["accuracy"]
        table.add_row(
            one["name"], _percent(of["mean"]),
            f"{100 * of['low']:.1f} to {100 * min(of['high'], 1):.1f}", _percent(one["majority"]),
            _percent(one["accuracy_on_seen"]["mean"]), _percent(one["accuracy_on_longer"]["mean"]), _time(one["training_s"]),
        )  # fmt: skip
    said = [
        f"right of what is unseen, of what was trained on, and of sentences of three numbers; {found['data']}",
        f"means over {found['seeds']} seeds; majority: always the commonest class, which of three gets"
        f" {_percent(found['longer_majority'])}; time of training",
    ]
    table.caption = "\n".join(said) + roles(found)
    table.caption_justify = "left"
    return table


def roles(found: dict[str, Any]) -> str:
    """Which models stand in for which, a line each; nothing where none does."""
    of = {one["weights"]: one["stands_in_for"] for one in found["arms"] if one["stands_in_for"]}
    return "".join(f"\n{name}, pretrained here, stands in for {role}" for name, role in of.items())


def examples(found: dict[str, Any]) -> list[Table]:
    """Sentences on which one model alone is right, and on which none is."""
    of = found["examples"]
    kinds = {f"{name} alone is right": rows for name, rows in of["alone"].items()} | {"none is right": of["none"]}
    tables = []
    for title, rows in kinds.items():
        table = Table(
            box=None, pad_edge=False, title=f"{title}: {rows['count']} of {of['unseen']}", title_justify="left"
        )
        for column in ("sentence", "truth", *of["alone"]):
            table.add_column(column)
        for row in rows["shown"]:
            table.add_row(row["sentence"], row["truth"], *row["said"].values())
        if rows["shown"]:
            tables.append(table)
    return tables


def as_csv(found: dict[str, Any]) -> str:
    """Every run's accuracy."""
    header = ("model", "weights", "stands_in_for", "frozen", "rate", "seed", "accuracy", "majority_mean")
    rows = (
        (one["name"], one["weights"], one["stands_in_for"], one["freeze"], one["rate"], seed, accuracy, one["majority"])
        for one in found["arms"]
        for seed, accuracy in enumerate(one["accuracy"]["each"])
    )
    return _text(header, rows)


def predictions(found: dict[str, Any]) -> str:
    """What the first seed's models say of all 800 sentences, and the share of all seeds' that are wrong."""
    words, classes = found["words"], found["classes"]
    rows = (
        (
            name, f"{words[a]} {operator} {words[b]}", classes[of["truth"][i][a][b]], classes[of["said"][i][a][b]],
            of["unseen"][i][a][b], of["wrong"][i][a][b],
        )
        for name, of in found["maps"].items()
        for i, operator in enumerate(of["operators"])
        for a in range(len(words))
        for b in range(len(words))
    )  # fmt: skip
    return _text(("model", "sentence", "truth", "said", "unseen", "share_of_seeds_wrong"), rows)


def _text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return content.getvalue()


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"
