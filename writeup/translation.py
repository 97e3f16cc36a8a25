"""3.1.4 and 3.2.3 in sentences, each made from the losses and translations of the runs at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]
Pair = tuple[str, Result, Result]  # where, and the runs with less and with more of something
VERBS = {-1: "lowers", 0: "hardly moves", 1: "raises"}
CLOSE = 0.02  # nats a token: less is no difference that one run of each can tell


def told(results: Sequence[Result]) -> list[str]:
    """The effects of hidden size and of data on loss and on unseen words: six sentences at most, as the handout asks.

    Edges:   results by the names small-32, large-32, small-64, large-64.
    """
    by_name = {one["name"]: one for one in results}
    wide = [(f"on {data}", by_name[f"{data}-32"], by_name[f"{data}-64"]) for data in ("small", "large")]
    more = [(f"with hidden {size}", by_name[f"small-{size}"], by_name[f"large-{size}"]) for size in (32, 64)]
    return [
        _effect("Hidden 64 instead of 32", wide),
        _effect("The large list instead of the small one", more),
        _course(wide, more),
        _gap(more),
        _words(results),
        _expected(wide, more),
    ]


def compared(results: Sequence[Result]) -> list[str]:
    """How the translations of both architectures compare.

    Edges:   results of two, the one with an encoder first.
    """
    first, second = results
    better, worse = sorted(results, key=lambda one: -one["words_right"])
    rules = [
        rule
        for rule in first["words"]
        if first["words"][rule] and abs(first["errors"][rule] - second["errors"][rule]) * 10 >= first["words"][rule]
    ]
    said = [
        f"After {len(first['val_losses'])} epochs the {first['name']} has a lowest validation loss of"
        f" {first['lowest_val_loss']:.3f} with {first['parameters']:,} parameters, and the {second['name']}"
        f" {second['lowest_val_loss']:.3f} with {second['parameters']:,}.",
        f"Of unseen words the {better['name']} translates {better['words_right']:.1%} rightly and the {worse['name']}"
        f" {worse['words_right']:.1%}{_where(better, worse, rules)}.",
        f"Its {len(second['val_losses'])} epochs took the {second['name']} {second['time_s']:.0f} s, and the"
        f" {first['name']} {first['time_s']:.0f} s for its own.",
    ]
    if better["lowest_val_loss"] > worse["lowest_val_loss"]:
        said.insert(
            2,
            f"So the lower loss, the {worse['name']}'s, is not the better translation: the loss goes on from the right letters,"
            " and a translation from its own.",
        )
    if better["words_right"] == worse["words_right"]:
        said[1] = f"Both translate {better['words_right']:.1%} of unseen words rightly."
    return said


def _where(better: Result, worse: Result, rules: list[str]) -> str:
    """The rule at which they differ most, if they differ by a tenth of its words anywhere."""
    if not rules:
        return ", and by no rule do they differ by a tenth of its words"
    far = max(rules, key=lambda rule: abs(better["errors"][rule] - worse["errors"][rule]) / better["words"][rule])
    words = "words with a dash" if far == "dash" else f"words that begin with a {far}"
    wrong = f"{better['errors'][far]} against {worse['errors'][far]} of {better['words'][far]} wrong"
    return f"; the largest difference is in {words}, {wrong}"


def _effect(what: str, pairs: list[Pair]) -> str:
    """What a change does to the lowest validation loss."""
    what = f"{what}{_besides(pairs)}"
    each = [f"from {a['lowest_val_loss']:.3f} to {b['lowest_val_loss']:.3f} {where}" for where, a, b in pairs]
    does = [VERBS[_sign(a, b)] for _, a, b in pairs]
    if len(set(does)) == 1:
        return f"{what} {does[0]} the lowest validation loss: {', '.join(each)}."
    (first, second) = each
    return f"{what} {does[0]} the lowest validation loss {first}, and {does[1]} it {second}."


def _besides(pairs: list[Pair]) -> str:
    """What the runs of pairs do not have in common besides, as a clause.

    Edges:   a result has its settings under `recipe`, or its layers and batch by themselves; of one without, nothing is said.
    """
    other: dict[str, list[str]] = {}
    for named, written in (("layers", "{} layers"), ("batch", "batches of {}")):
        for where, first, second in pairs:
            a, b = (one.get("recipe", one).get(named) for one in (first, second))
            if a != b and None not in (a, b):
                other.setdefault(f"{written.format(b)} instead of {a}", []).append(where)
    widest = sorted(other.items(), key=lambda one: -len(one[1]))  # what is so everywhere stands first
    said = [change if len(places) == len(pairs) else f"{change} {places[0]}" for change, places in widest]
    return f" (with {', and '.join(said)})" if said else ""


def _sign(a: Result, b: Result) -> int:
    gap = b["lowest_val_loss"] - a["lowest_val_loss"]
    return 0 if abs(gap) < CLOSE else 1 if gap > 0 else -1


def _course(wide: list[Pair], more: list[Pair]) -> str:
    """After how many epochs the larger one's validation loss is the lower one."""
    counted = []
    for name, pairs in (("hidden 64", wide), ("the large list", more)):
        both = [losses for _, a, b in pairs for losses in zip(a["val_losses"], b["val_losses"], strict=False)]
        counted.append(f"{name} after {sum(y < x for x, y in both)} of {len(both)}")
    return f"Along the way the validation loss is lower with {' and with '.join(counted)} epochs that both runs have."


def _gap(more: list[Pair]) -> str:
    """How far validation lies above training at the best epoch."""
    parts = []
    for where, a, b in more:
        small, large = (one["lowest_val_loss"] - one["train_losses"][one["best_epoch"] - 1] for one in (a, b))
        parts.append(f"{small:+.3f} on small and {large:+.3f} on large {where}")
    return (
        f"At its best epoch a run's validation loss is off its training loss by {', and '.join(parts)}, which is what it"
        " does not generalise."
    )


def _words(results: Sequence[Result]) -> str:
    shares = sorted(results, key=lambda one: -one["words_right"])
    return "Of unseen words " + ", ".join(f"{one['name']} gets {one['words_right']:.1%} right" for one in shares) + "."


def _expected(wide: list[Pair], more: list[Pair]) -> str:
    """Whether both effects are as one expects: more of either never hurts."""
    falls = {name: [_sign(a, b) for _, a, b in pairs] for name, pairs in (("size", wide), ("data", more))}
    short = " So few epochs say how fast runs begin, and not where they end." * any(
        len(one["val_losses"]) < 20 for _, *both in wide for one in both
    )
    if all(sign < 0 for signs in falls.values() for sign in signs):
        said = "This is as expected: a larger model can express more, and more words leave less to be guessed."
    elif all(sign < 0 for sign in falls["data"]):
        said = "That more words help is as expected; a larger model helps only where data and steps suffice to fit it."
    elif all(sign < 0 for sign in falls["size"]):
        said = "That a larger model helps is as expected; that more data does not, is not."
    else:
        said = "One would expect both to help, and here neither does throughout."
    return said.removesuffix(".") + (f"; {short.strip()[0].lower()}{short.strip()[1:]}" if short else ".")
