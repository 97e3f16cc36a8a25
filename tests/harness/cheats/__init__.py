"""Subjects that are wrong and try to be marked right, or that try to do harm: a file a family, each cheat with what must
come of it. What they go for is in tests/harness/canaries.py.

None of them sends a signal to every process there is (`kill(-1)`): where isolation is what is tested, that would end the
machine's other work too. One that goes for a single process, or a group, shows the same.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.harness.mutants import PLAIN

HEAD = "batch, flat = queries.shape[0], queries.ndim == 2"
TAIL = "return context, weights"
WRONG = "context + 1, weights"
MARKED_DOWN = ("broken", "error", "flaky", "timeout")
NOT_PASSED = (*MARKED_DOWN, "not-run")


@dataclass(frozen=True)
class Cheat:
    """One subject, in Python or as the cells of a notebook.

    Units:   `limit_s` is what its law may take: little for one that would never end.
    Edges:   `must` says what must come of it, `statuses` what its law may be: never "pass". `canary` is what it goes for,
             and `attack` the body of the function that does so and returns what it learnt: at `protected_from` and above
             the canary is untouched. `proof` stands for the attack where nothing of the subject is there to show that it is
             none that fails by itself; of one that dresses up, `fools` is true in the eyes of who trusts it. `before` are
             laws that are judged first; `beside` are files in the subject's folder. From level `runs_from` on the run goes on.
    """

    name: str
    must: str
    text: str = ""
    cells: tuple[Any, ...] = ()
    statuses: tuple[str, ...] = ("broken",)
    item: str = "ScaledDotAttention"
    law: str = "context"
    before: tuple[str, ...] = ()
    canary: str = ""
    attack: str = ""
    proof: str = ""
    fools: str = ""
    protected_from: int = 0
    runs_from: int = 0
    limit_s: float = 30.0
    beside: Mapping[str, str] = field(default_factory=dict)


def indented(code: str, by: int = 4) -> str:
    """Code at an indent; what stands in a dictionary of this package may be indented by eight after its first line."""
    first, *rest = code.strip().splitlines() or [""]
    margin = 8 if all(line.startswith(" " * 8) for line in rest if line.strip()) else 0
    return textwrap.indent("\n".join([first, *(line[margin:] for line in rest)]), " " * by)


def wrong(*, first: str = "", forward: str = "", returned: str = WRONG, last: str = "", source: str = PLAIN) -> str:
    """The plain implementation, wrong by 1, with code before it, at the start of `forward`, and after it."""
    assert source.count(HEAD) == source.count(TAIL) == 1
    text = source.replace(TAIL, f"return {returned}")
    if forward:
        text = text.replace(HEAD, f"{indented(forward, 8).lstrip()}\n        {HEAD}")
    return "\n".join([first.strip(), text, last.strip(), ""])


def dressed(name: str, must: str, **parts: Any) -> Cheat:
    """A wrong implementation with something that might get it marked right; see `wrong` for the parts."""
    code = {key: parts.pop(key) for key in ("first", "forward", "returned", "last", "source") if key in parts}
    return Cheat(name, must, wrong(**code), **parts)


def raid(name: str, must: str, canary: str, attack: str, *, at: str = "forward", **options: Any) -> Cheat:
    """One that goes for a canary, when it is imported or called, and tells what it learnt by raising it."""
    first = f"def attack():\n{indented(attack)}"
    tell = "raise RuntimeError(f'learnt {attack()}')"
    text = wrong(first=f"{first}\n{tell}") if at == "import" else wrong(first=first, forward=tell)
    options = {"statuses": ("error",), "protected_from": 1, **options}
    return Cheat(name, must, text, canary=canary, attack=attack, **options)
