"""How MarkUs, Gradescope, Canvas and Moodle name what they export, and Gradescope's list of who handed in what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

METADATA = "submission_metadata.yml"
MAX_METADATA = 16 << 20
MAX_SUBMITTERS = 20
CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_(?P<id>\d{2,})_\d{2,}_(?P<file>.+)", re.DOTALL)
MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)


@dataclass(frozen=True)
class Named:
    """What the name of an exported file or folder says: whose it is, by which number, and how it was called before."""

    who: str
    id: str
    file: str


@dataclass
class Person:
    """Somebody in Gradescope's list, by the number of the university or, without one, by the address."""

    name: str = ""
    sid: str = ""
    email: str = ""

    @property
    def id(self) -> str:
        return self.sid or self.email


def named(name: str) -> Named | None:
    """What an exported name says; None for a name of any other form."""
    for form in (CANVAS, MOODLE):  # a student's own file name comes last in either, and may look like the other
        if found := form.fullmatch(name):
            return Named(found["who"], found["id"], found["file"])
    return None


def as_handed_in(name: str) -> str:
    """A file's name without what Canvas or Moodle put before it."""
    found = named(name)
    return found.file if found and found.file else name


def submitters(content: bytes) -> dict[str, list[Person]]:
    """Who handed in what, by Gradescope's name of the submission, such as submission_12345.

    Edges:   the list also has every score and every test's output, of any type; only these keys are looked for, in the
             order of its tokens, so that nothing else in it is built or believed.
    Raises:  ValueError for what is no such list.
    """
    found: dict[str, list[Person]] = {}
    path: list[list[Any]] = []  # of every open mapping or sequence: whether it is a mapping, and the key it is at
    try:
        for event in yaml.parse(
            content[:MAX_METADATA].decode(errors="replace"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        ):
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                if [key for _, key in path[1:]] == [":submitters", None] and path[0][1] in found:
                    found[path[0][1]].append(Person())
                path.append([isinstance(event, yaml.MappingStartEvent), None])
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                path.pop()
                _value(path)
            elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                text = event.value if isinstance(event, yaml.ScalarEvent) else ""
                if path and path[-1][0] and path[-1][1] is None:
                    path[-1][1] = text
                    if len(path) == 1:
                        found.setdefault(text, [])
                    continue
                _said(path, text.strip(), found)
                _value(path)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    return {name: [one for one in people if one.name][:MAX_SUBMITTERS] for name, people in found.items()}


def _said(path: list[list[Any]], text: str, found: dict[str, list[Person]]) -> None:
    """What a text says of the person that it stands below, if of any."""
    keys = [key for _, key in path[1:]]
    people = found.get(path[0][1]) if path else None
    if people and keys[:2] == [":submitters", None] and keys[2:] in ([":name"], [":sid"], [":email"]):
        setattr(people[-1], keys[2][1:], text)


def _value(path: list[list[Any]]) -> None:
    """A value has ended: a mapping waits for its next key."""
    if path:
        path[-1][1] = None
