"""One submission, as an autograder runs it: what is known so far goes out after every question, so that a timeout loses nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from harness.grading.asked import Asked
from harness.grading.journal import Record
from harness.grading.marking import begun
from harness.report import gradescope, markus
from harness.report.record import Audience
from harness.report.record import questions as columns
from harness.whole_file import write_whole


class Rows:
    """MarkUs's rows, each printed as its question is judged, and once; what a person marks is told beside them."""

    def __init__(self, stream: TextIO, audience: Audience) -> None:
        self._stream, self._audience = stream, audience
        self._so_far: Record = {}
        self._printed: set[str] = set()

    def begun(self, names: Sequence[str], asked: Asked, said: str) -> None:
        self._so_far = begun(names[0], "", asked)

    def started(self, name: str) -> None:
        """Nothing is known yet."""

    def question(self, name: str, question: dict[str, Any]) -> None:
        self._print(question, self._so_far)

    def came(self, record: Record, *, known: bool) -> None:
        for question in columns(record):
            self._print(question, record)
        sys.stderr.write(f"{markus.left_to_people(record)}\n")

    def look(self) -> None:
        """Nothing is new."""

    def _print(self, question: dict[str, Any], record: Record) -> None:
        if question["status"] != "human" and question["id"] not in self._printed:
            self._printed.add(question["id"])
            self._stream.write(markus.line(markus.row(question, record, audience=self._audience)))
            self._stream.flush()


class Results:
    """Gradescope's `results.json`, written whole again after every question."""

    def __init__(self, path: Path, audience: Audience) -> None:
        self._path, self._audience = path, audience
        self._so_far: Record = {}

    def begun(self, names: Sequence[str], asked: Asked, said: str) -> None:
        self._so_far = begun(names[0], "", asked)
        self._write(self._so_far)

    def started(self, name: str) -> None:
        """Nothing is known yet."""

    def question(self, name: str, question: dict[str, Any]) -> None:
        self._so_far["questions"].append(question)
        self._write(self._so_far)

    def came(self, record: Record, *, known: bool) -> None:
        self._write(record)

    def look(self) -> None:
        """Nothing is new."""

    def _write(self, record: Record) -> None:
        write_whole(self._path, gradescope.text(record, audience=self._audience))
