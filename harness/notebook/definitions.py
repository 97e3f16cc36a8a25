"""What an item needs: the statements, each as of its own cell, without which its definition does not hold."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.notebook.cells import Cell
from harness.notebook.names import Statement

BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True)
class Need:
    """What one statement needs of the others.

    Edges:   `now` must have run before it; `later` before a function that it defines is called; `broken` says, by name,
             which cell should have bound the name and why it did not.
    """

    now: tuple[Statement, ...]
    later: tuple[Statement, ...]
    broken: dict[str, str]


class Definitions:
    """All statements of a notebook, by what they bind."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells = {cell.number: cell for cell in cells}
        self.statements = [s for cell in self.cells.values() for s in cell.statements if not s.is_future]
        self.future = [s for cell in self.cells.values() for s in cell.statements if s.is_future]
        self._binding: dict[str, list[Statement]] = {}
        self._changing: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                self._binding.setdefault(name, []).append(statement)
            for name in statement.changes:
                self._changing.setdefault(name, []).append(statement)

    def of(self, name: str) -> list[Statement]:
        """Every statement that binds a name, in the notebook's order: a name defined twice keeps both."""
        return self._binding.get(name, [])

    def broken(self, name: str) -> tuple[int, str] | None:
        """The last broken cell whose text would have bound the name, and what is wrong with it."""
        for cell in reversed(self.cells.values()):
            if cell.broken and name in cell.broken_names:
                return cell.number, cell.broken
        return None

    def need(self, statement: Statement) -> Need:
        """The statements that a statement needs directly."""
        broken: dict[str, str] = {}
        now = self._resolve_all(statement, statement.loads, broken, later=False)
        own = statement.binds  # what a function calls by the name that its statement binds is what that statement binds
        later = self._resolve_all(statement, [n for n in statement.loads_later if n not in own], broken, later=True)
        return Need(tuple(now), tuple(later), broken)

    def changed_after(self, statement: Statement, name: str) -> list[Statement]:
        """What alters an item after its definition and before its next one, such as `Item.forward = forward`."""
        following = [s for s in self.of(name) if s.order > statement.order]
        end = following[0].order if following else (len(self.cells) + 10**9, 0)
        return [s for s in self._changing.get(name, []) if statement.order < s.order < end and not s.magic]

    def bound_again(self, statement: Statement) -> Iterator[str]:
        """What a statement's functions load as of their own cell though a later cell binds it anew, in words."""
        for name in sorted(set(statement.loads_later) - set(statement.binds)):
            known = [s for s in self.of(name) if s.cell <= statement.cell]
            later = [
                s
                for s in self.of(name)
                if s.cell > statement.cell and not isinstance(s.node, ast.Import | ast.ImportFrom)
            ]
            if known and later:
                yield f"{name} is that of cell {known[-1].cell}, though cell {later[-1].cell} binds it again"

    def _resolve_all(
        self, statement: Statement, names: Iterable[str], broken: dict[str, str], *, later: bool
    ) -> list[Statement]:
        found = []
        for name in sorted(names):
            resolved = [s for s in self._resolve(name, statement, later=later) if s is not statement]
            found += resolved
            if not resolved and name not in statement.binds and (spoilt := self.broken(name)):
                broken[name] = spoilt[1]
        return found

    def _resolve(self, name: str, user: Statement, *, later: bool) -> Iterator[Statement]:
        binding = [s for s in self.of(name) if s is not user]
        if not binding and name not in BUILTINS:
            yield from (s for s in self.statements if s.star)
            return

        def known(s: Statement) -> bool:  # as of the user's own cell
            return s.cell <= user.cell if later else s.order < user.order

        before = [s for s in binding if known(s)]
        chosen = before[-1:] or binding[:1]
        while before and not before[-1].certain and len(before) > 1:  # an `if` may have left the earlier one in force
            before.pop()
            chosen.append(before[-1])
        yield from chosen
        if chosen:
            start = min(s.order for s in chosen)
            yield from (s for s in self._changing.get(name, []) if start < s.order and known(s))
