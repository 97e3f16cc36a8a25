"""A still of a terminal: a command that was run, and what it printed, as an SVG that asks for no font."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS = 84
FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\n\s*", re.DOTALL)
TEMPLATE = FONT_FACE.sub("", CONSOLE_SVG_FORMAT).replace(
    "Fira Code, monospace", "ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace"
)
"""Rich's own, without its fonts, which come from a server; every text says how long it is, so any font fits."""


def printed(command: str, words: list[str], folder: Path) -> list[str]:
    """The coloured lines that a command prints in a folder; `words` are what the shell makes of it.

    Raises:  RuntimeError if it was not judged: exit codes are 0 and 1 of a verdict, 2 of nothing to judge.
    """
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm-256color"}
    ours = [sys.executable, "-m", "harness", *words[1:]]
    done = subprocess.run(  # noqa: S603 - commands of the pages
        ours, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"`{command}` ended with {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def block(lines: list[str], begins: str) -> list[str]:
    """The lines from the one that begins so to the next empty one.

    Raises:  ValueError if none begins so.
    """
    plain = [Text.from_ansi(line).plain.rstrip() for line in lines]
    starts = [number for number, line in enumerate(plain) if line.startswith(begins)]
    if not starts:
        raise ValueError(f"no line begins with {begins!r}")
    end = next((number for number in range(starts[0], len(plain)) if not plain[number]), len(plain))
    return lines[starts[0] : end]


def still(command: str, lines: list[str]) -> str:
    """A terminal's window in which the command was given and printed these lines."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
    for line in lines:
        console.print(Text.from_ansi(line.rstrip()), soft_wrap=True)
    return console.export_svg(title="specimen", theme=MONOKAI, code_format=TEMPLATE)
