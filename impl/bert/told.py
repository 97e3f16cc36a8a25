"""The findings of the experiment in sentences, each made from its numbers: questions 4.2 to 4.5."""

from typing import Any

from impl.bert.findings import Found

ENOUGH = 5  # seeds
IN_A_LINE = 0.2  # a difference of rank correlations that says something


def told(found: Found) -> dict[str, list[str]]:
    """The answers by question, and what a reader must know besides under "notes"."""
    arms = {arm["name"]: arm for arm in found["arms"]}
    tuned, frozen, longer, second = (arms[found["names"][key]] for key in ("tuned", "frozen", "longer", "second"))
    return {
        "4.2": _trains(tuned),
        "4.3": [*_faster(tuned, frozen, found), *_less_accurate(tuned, frozen, longer, found)],
        "4.4": _pretraining(tuned, second, found),
        "4.5": [*_errors(tuned), *_examples(found["examples"])],
        "notes": [*_stand_ins(found), *_new(found), *_few(found)],
    }


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.1f} %"


def accuracy(arm: Found) -> str:
    """An arm's accuracy with its interval."""
    of = arm["accuracy"]
    return f"{share(of['mean'])} ({_range(of)})"


def _range(of: Found, unit: str = "%") -> str:
    return f"{100 * of['low']:.1f} to {100 * min(of['high'], 1.0):.1f} {unit}"


def _trains(tuned: Found) -> list[str]:
    losses = tuned["curves"]["train_loss"]["mean"]
    course = f"goes from {losses[0]:.2f} in the first epoch to {losses[-1]:.2f} in the last of {len(losses)}"
    if len(losses) == 1:
        course = f"is {losses[0]:.2f} in its one epoch"
    return [
        f"The training loss of {tuned['name']} {course}, and {accuracy(tuned)} of the unseen sentences are right; always"
        f" saying the commonest class would get {share(tuned['majority'])}."
    ]


def _faster(tuned: Found, frozen: Found, found: Found) -> list[str]:
    notebook = found["notebook_s"]
    ratio, ours = notebook["tuned"] / notebook["frozen"], tuned["training_s"] / frozen["training_s"]
    return [
        f"With the notebook's settings an epoch takes {_time(notebook['frozen'])} with BERT frozen and"
        f" {_time(notebook['tuned'])} without, {ratio:.1f} times as long: the forward pass through BERT stays, while the"
        f" backward pass, about twice as much, and the update of {tuned['parameters'] / 1e6:.1f} million parameters fall away.",
        f"As a frozen BERT gives the same for a sentence every time, it is run once here"
        f" ({_time(frozen['features_s'])}), and then an epoch takes {_time(frozen['epoch_s'])}: all of training"
        f" {_time(frozen['training_s'])} instead of {_time(tuned['training_s'])}, {ours:.0f} times less.",
    ]


def _less_accurate(tuned: Found, frozen: Found, longer: Found, found: Found) -> list[str]:
    gap, gain = found["differences"]["frozen"], found["differences"]["longer"]
    less = _compared(gap, frozen, tuned)
    said = [f"Frozen, {accuracy(frozen)} of the unseen sentences are right, {less} than fine-tuned."]
    if _sign(gap) < 0:
        said.append(
            f"The classifier alone, {frozen['classifier_parameters']:,} parameters, has to make do with what pretraining"
            " put into [CLS]."
        )
    epochs = len(longer["curves"]["accuracy"]["mean"])
    after = f"after {epochs} epochs it is {accuracy(longer)}, {_compared(gain, longer, frozen)}"
    if _sign(gain) > 0:
        said.append(
            f"Part of it is time: {after}, so [CLS] holds more than a linear layer finds in the first few epochs."
        )
    else:
        said.append(f"More time does not help: {after}.")
    return said


def _pretraining(tuned: Found, second: Found, found: Found) -> list[str]:
    gap, lead = found["differences"]["second"], tuned["number_line"] - second["number_line"]
    measured = (
        f"Before any fine-tuning the distances between the embeddings of zero to nineteen follow those of the numbers with a"
        f" rank correlation of {tuned['number_line']:.2f} in {tuned['name']} and {second['number_line']:.2f} in"
        f" {second['name']}"
    )
    better, other = (tuned, second) if _sign(gap) < 0 else (second, tuned)
    if not _sign(gap):
        why = ", but these runs do not tell the two apart."
    elif abs(lead) > IN_A_LINE and (lead > 0) == (better is tuned):
        why = (
            f": {better['name']} begins with an order of numbers that {other['name']} has to learn from the sentences."
        )
    else:
        why = ", so the order of numbers is not what makes the difference."
    return [
        f"Fine-tuned alike, {second['name']} gets {accuracy(second)} of the unseen sentences right,"
        f" {_compared(gap, second, tuned)} than {tuned['name']}.",
        measured + why,
    ]


def _sign(gap: Found) -> int:
    """Whether a difference is one, and which way; 0 where its interval does not say."""
    return (gap["low"] > 0) - (gap["high"] < 0)


def _compared(gap: Found, one: Found, other: Found) -> str:
    """How far an arm is from another in points of per cent, as both are shown, and whether that is a difference."""
    shown, beside = (round(100 * arm["accuracy"]["mean"], 1) for arm in (one, other))
    points = f"{abs(shown - beside):.1f} points {'less' if gap['mean'] < 0 else 'more'}"
    around = f"{100 * gap['low']:+.1f} to {100 * gap['high']:+.1f}"
    within = gap["low"] <= 0 <= gap["high"]
    return f"{points} ({around}{', so it may be none' if within else ''})"


def _errors(tuned: Found) -> list[str]:
    close, classes = tuned["close_errors"], tuned["by_class"]
    right = [f"{one['right']} of {one['count']} that are {one['class']}" for one in classes]
    said = [f"{tuned['name']} gets {', '.join(right[:-1])} and {right[-1]} right, over all seeds."]
    if close["wrong"]:
        said.append(
            f"{close['close']} of its {close['wrong']} errors come to -1, 0 or 1, where numbers are hardest to tell apart."
        )
    zero = classes[1]
    if zero["count"] and not zero["right"]:
        said.append(
            f"It never finds a zero, of which there are {zero['count']} in {sum(one['count'] for one in classes)}."
        )
    return said


def _examples(of: Found) -> list[str]:
    parts = [f"{name} on {rows['count']}" for name, rows in of["alone"].items()]
    return [
        f"Of {of['unseen']} sentences, {of['longer']} of three numbers among them, each judged by the runs that were not"
        " trained on it, one model alone is right:"
        f" {', '.join(parts)}; on {of['none']['count']} none is.",
    ]


def _stand_ins(found: Found) -> list[str]:
    small = {arm["weights"]: arm for arm in found["arms"] if arm["stands_in_for"]}
    return [
        f"{name} is a small model of {arm['parameters'] / 1e6:.1f} million parameters that was pretrained here on generated"
        f" text, in {arm['pretrained_steps']} steps. It stands in for {arm['stands_in_for']}, and its numbers are not that"
        " model's: --weights takes the real one."
        for name, arm in small.items()
    ]


def _new(found: Found) -> list[str]:
    """What had no pretraining."""
    lacking: dict[str, Any] = {
        arm["weights"]: [one for one in arm["new"] if one.startswith("pooler")] for arm in found["arms"]
    }
    names = [name for name, new in lacking.items() if new]
    if not names:
        return []
    return [
        f"{' and '.join(names)} come{'s' if len(names) == 1 else ''} without a pooler, as models do that were pretrained on"
        " masked words alone: it starts at random, and stays so where BERT is frozen."
    ]


def _few(found: Found) -> list[str]:
    if found["seeds"] >= ENOUGH:
        return []
    return [f"{found['seeds']} seeds are few: their intervals say little, and one may by chance have no width."]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
