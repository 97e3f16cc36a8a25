"""How far long work is: bars on a terminal, else a line now and then."""

from contextlib import AbstractContextManager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars(AbstractContextManager["Bars"]):
    """One bar for each thing that is under way, by its name.

    Units:   `every` is how much lies between two lines where there is no terminal.
    """

    def __init__(self, console: Console, *, every: int) -> None:
        self._console, self._every = console, every
        columns = (
            TextColumn("{task.fields[name]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
        )
        self._bars = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._passed: dict[str, tuple[bool, int]] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def look(self, name: str, done: int, total: int, said: str = "") -> None:
        """Show how far one thing is, and what there is to say of it."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task("", total=total, name=name)
        self._bars.update(self._tasks[name], completed=done, total=total, description=said)
        line, passed = f"{name}: {done}/{total}{', ' * bool(said)}{said}", (done == total, done // self._every)
        if not self._console.is_terminal and passed != self._passed.get(name, (False, 0)):
            say(self._console, line)
            self._passed[name] = passed


def say(console: Console, line: str) -> None:
    """A line as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
