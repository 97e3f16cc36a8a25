"""How far long work is, where there is no terminal: a line now and then, and never the same twice."""

import io

from rich.console import Console

from impl.bars import Bars


def lines(steps: list[int], total: int, *, every: int) -> list[str]:
    written = io.StringIO()
    with Bars(Console(file=written), every=every) as bars:
        for done in steps:
            bars.look("work", done, total)
    return written.getvalue().splitlines()


def test_a_line_comes_whenever_so_much_is_done() -> None:
    assert lines(list(range(0, 20_001, 64)), 20_000, every=1000)[:3] == [
        "work: 1024/20000",
        "work: 2048/20000",
        "work: 3008/20000",
    ]
    assert len(lines(list(range(5, 20_000, 64)), 20_000, every=1000)) == 19


def test_the_end_is_told_once() -> None:
    assert lines([0, 3, 7, 7, 7], 7, every=1000) == ["work: 7/7"]
    assert lines([0, 5, 10, 10], 10, every=5) == ["work: 5/10", "work: 10/10"]
