"""Runs the statements that an item needs, and nothing else.

Every cell is a module of its own, written to a real file with the cell's own text, so that a traceback's line is the
cell's line and `inspect` finds the source. A statement runs in its cell's module, after what it needs has been bound
there; so a function sees the names as of its own cell even where a later cell binds them again.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import contextlib
import inspect
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.notebook.definitions import Definitions, Need
from harness.notebook.names import Statement

LATER_S = 2.0  # for a value that no definition needs to stand, only some function that may never be called


class Failed(Exception):
    """A statement that the item needs could not be run; the message names cell and line."""


class NotBound(Failed):
    """A statement that may bind a name ran, and did not: an `if` whose condition was false."""


class Execution:
    """The modules of a notebook's cells, filled as far as somebody asked.

    Edges:   a name that only a function body loads and that could not be bound is left unbound; `unbound` says why.
    """

    def __init__(self, definitions: Definitions, folder: Path, announce: Callable[[str], None]) -> None:
        self._definitions = definitions
        self._folder = folder
        self._announce = announce
        self._modules: dict[int, types.ModuleType] = {}
        self._values: dict[Statement, dict[str, Any]] = {}
        self._failures: dict[Statement, str] = {}
        self._waiting: dict[Statement, list[Statement]] = {}
        self._needs: dict[Statement, Need] = {}
        self._at_once: set[Statement] = set()
        self.remarks: list[str] = []
        self.unbound: dict[str, str] = {}

    def define(self, statement: Statement, name: str) -> Any:
        """The object that `statement` binds to `name`, with every later change to it made.

        Raises:  Failed with the place and the reason.
        """
        wanted = [statement, *self._definitions.changed_after(statement, name)]
        self._at_once |= self._closure(wanted, later=False)
        for needed in sorted(self._closure(wanted), key=lambda s: s.order):
            self._run(needed, set())
            self.remarks += self._definitions.bound_again(needed)
        for one in wanted:
            if one in self._failures:
                raise Failed(self._failures[one])
        if name not in self._values[statement]:
            raise NotBound(f"{statement.place} did not bind {name}")
        last = next(one for one in reversed(wanted) if name in self._values[one])  # `x += 1` may bind it anew
        return self._values[last][name]

    def _closure(self, roots: list[Statement], *, later: bool = True) -> set[Statement]:
        seen: set[Statement] = set()
        todo = list(roots)
        while todo:
            if (one := todo.pop()) not in seen:
                seen.add(one)
                todo += [*self._need(one).now, *(self._need(one).later if later else ())]
        return seen

    def _need(self, statement: Statement) -> Need:
        if statement not in self._needs:
            self._needs[statement] = self._definitions.need(statement)
        return self._needs[statement]

    def _run(self, statement: Statement, above: set[Statement]) -> None:
        if statement in self._values or statement in self._failures or statement in above:
            return
        need = self._need(statement)
        for other in sorted(need.now, key=lambda s: s.order):
            self._run(other, above | {statement})
        module = self._module(statement.cell)
        self._bind_what_is_there(statement, module)
        if reason := self._obstacle(statement, need):
            self._fail(statement, reason)
            return
        self._announce(statement.place)
        brief = statement not in self._at_once and not statement.defines
        try:
            with _limited(LATER_S) if brief else contextlib.nullcontext():
                self._execute(statement, module)
        except _TooLong:
            self._fail(statement, f"{statement.place}: took more than {LATER_S:g} s, as training does")
            return
        except Exception as error:  # noqa: BLE001 - a stranger's code
            self._fail(statement, f"{statement.place}: {_said(error)}")
            return
        self._values[statement] = {n: module.__dict__[n] for n in self._bound_names(statement) if n in module.__dict__}
        for waiting in self._waiting.pop(statement, []):
            self._hand_over(statement, waiting)

    def _execute(self, statement: Statement, module: types.ModuleType) -> None:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        for future in self._definitions.future:
            assert isinstance(future.node, ast.ImportFrom)
            if future.order < statement.order:
                flags |= getattr(__future__, future.node.names[0].name).compiler_flag
        tree = ast.Module([statement.node], [])
        code = compile(tree, str(module.__file__), "exec", flags, dont_inherit=True)
        waiting = eval(code, module.__dict__)  # noqa: S307 - this is what the process is for
        if inspect.iscoroutine(waiting):
            asyncio.run(waiting)

    def _obstacle(self, statement: Statement, need: Need) -> str | None:
        if statement.magic:
            return f"{statement.place} is a shell or magic line, which is never run"
        for name in sorted(statement.loads & need.broken.keys()):
            return f"{statement.place} needs {name}, but {need.broken[name]}"
        for name in sorted(statement.loads_later & need.broken.keys()):
            self.unbound[name] = need.broken[name]
        for other in need.now:
            if other in self._failures:
                names = ", ".join(sorted(self._bound_names(other) & statement.loads)) or "what another line binds"
                return f"{statement.place} needs {names}, but {self._failures[other]}"
        return None

    def _fail(self, statement: Statement, reason: str) -> None:
        self._failures[statement] = reason
        for name in self._bound_names(statement):
            self.unbound.setdefault(name, reason)

    def _bound_names(self, statement: Statement) -> frozenset[str]:
        if statement.star and statement in self._values:
            return frozenset(self._values[statement])
        if statement.star:
            return frozenset(n for n in self._module(statement.cell).__dict__ if not n.startswith("__"))
        return statement.binds | statement.changes

    def _bind_what_is_there(self, statement: Statement, module: types.ModuleType) -> None:
        need = self._need(statement)
        for other in sorted({*need.now, *need.later}, key=lambda s: s.order):
            if other in self._values:
                self._hand_over(other, statement)
            else:
                self._waiting.setdefault(other, []).append(statement)

    def _hand_over(self, source: Statement, user: Statement) -> None:
        if source.cell == user.cell:
            return
        module = self._module(user.cell)
        for name in self._bound_names(source) & (user.loads | user.loads_later):
            if name in self._values[source]:
                module.__dict__[name] = self._values[source][name]

    def _module(self, number: int) -> types.ModuleType:
        if number not in self._modules:
            path = self._folder / f"cell_{number}.py"
            path.write_text(self._definitions.cells[number].source, encoding="utf-8")
            module = types.ModuleType(f"cell_{number}")
            module.__file__ = str(path)
            module.__dict__.update(get_ipython=_nothing, display=_nothing)  # what every notebook has
            sys.modules[module.__name__] = module
            self._modules[number] = module
        return self._modules[number]


class _TooLong(BaseException):
    """Not an Exception, so that no training loop catches it."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop what runs too long, by the alarm clock of the process."""

    def ring(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _nothing(*_: object, **__: object) -> None:
    """What IPython's own functions do where there is no IPython."""


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
