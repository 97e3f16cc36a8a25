"""One subject under judgment: its items, the laws that were asked for, and the outcomes so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.hunt import Ranker
from harness.item import Item
from harness.judge import Drawing, judge
from harness.law import Law
from harness.outcome import Outcome
from harness.subject import Subject
from harness.substitution import Flaw, flaw, needed, stand_ins
from spec.contracts import CONTRACTS, Contract


@dataclass(frozen=True)
class Judged:
    """A law's outcome for one item, or what came of one part of a written answer.

    Units:   time_s on the wall clock.
    Edges:   a written answer has no contract.
    """

    law: Law
    contract: Contract | None
    outcome: Outcome
    calls: int
    time_s: float


@dataclass
class Run:
    """Judges laws one at a time and keeps what came of each.

    Edges:   `only_law` and `only_questions` narrow what is judged; None asks for everything that the subject offers.
             `left_out` are items that it offers by name alone, with the reason for which they are not judged; `ranker`
             is who tells where a caption puts its target; `on_item` is told of every item whose last law is judged.
    """

    subject: Subject
    drawing: Drawing
    only_law: str | None = None
    only_questions: frozenset[str] | None = None
    ranker: Ranker | None = None
    on_item: Callable[[Contract], None] | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    law_names: set[str] = field(default_factory=set)
    selected: int = 0
    owed: Counter[str] = field(default_factory=Counter)  # laws that are wanted and not yet judged, by item
    _items: dict[str, Item] = field(default_factory=dict)
    _flaws: dict[str, Flaw | None] = field(default_factory=dict)

    def wants(self, law: Law, contract: Contract) -> bool:
        """Whether this law of this contract is to be judged."""
        self.law_names.add(law.name)
        if contract.item not in self.subject.offers or contract.item in self.subject.missing:
            return False
        if contract.item in self.left_out:
            return False
        named = self.only_law is None or law.name == self.only_law
        wanted = named and (self.only_questions is None or contract.question in self.only_questions)
        self.owed[contract.item] += wanted
        return wanted

    def item(self, contract: Contract) -> Item:
        """The subject's item of a contract."""
        if contract.item not in self._items:
            rng = np.random.default_rng(self.drawing.seed or 0)
            self._items[contract.item] = item = Item(self.subject, contract, contract.probe(rng))
            item.ranker = self.ranker
            if wrong := [one.item for one in needed(contract) if self._flaw(one)]:
                item.replaced = contract.attentions
                item.substitution = (
                    f"judged with correct attention in the place of its own, as {', '.join(wrong)} is wrong"
                )
            bases = [name for name in contract.builds_on if self._flaw(CONTRACTS[name])]
            if found := stand_ins(self.subject, contract, bases):
                item.stand_ins = found
                item.substitution = f"judged as made of a correct {', '.join(found)}, as its own is wrong"
        return self._items[contract.item]

    def _flaw(self, contract: Contract) -> Flaw | None:
        if contract.item not in self._flaws:
            self._flaws[contract.item] = flaw(self.subject, contract)
        return self._flaws[contract.item]

    def put(self, law: Law, test: Callable[..., None], contract: Contract, arguments: dict[str, Any]) -> Judged:
        """Judge one law for one contract's item, and keep the outcome."""
        item = self.item(contract)
        calls, started = item.calls, time.monotonic()
        outcome = judge(test, item, self.drawing, arguments)
        judged = Judged(law, contract, outcome, item.calls - calls, time.monotonic() - started)
        self.judged.append(judged)
        self.owed[contract.item] -= 1
        if self.on_item and not self.owed[contract.item]:
            self.on_item(contract)
        return judged

    def read(self) -> None:
        """Read the subject, and load every item that it offers."""
        self.subject.read(CONTRACTS)
        self.load()

    def load(self) -> None:
        """Load every item that the subject offers and that was asked about."""
        for name, contract in CONTRACTS.items():
            asked = self.only_questions is None or contract.question in self.only_questions
            if asked and name in self.subject.offers:
                self.subject.load(name)
