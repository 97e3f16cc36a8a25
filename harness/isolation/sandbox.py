"""Shuts a process in, by itself and for good: whatever it runs afterwards, and whatever it forks, is held to it."""

from __future__ import annotations

import platform
from typing import Any

from harness.isolation import around, capabilities, landlock, limits, places, seccomp
from harness.isolation.processes import be_unreadable


def enter(folder: str, wanted: dict[str, Any]) -> int | None:
    """Enter the level that is wanted, with `folder` to write to; the descriptor by which the judge is asked about system
    calls, None at level 0.

    Edges:   `wanted` comes from the judge as JSON: "level", "gpu", "memory_bytes", "paths" and "folders" that may be
             read and listed, and the "subject" among them.
    Raises:  OSError where the level is not to be had, or is had and the project or another submission can be read.
    """
    be_unreadable()
    limits.bind(memory_bytes=wanted["memory_bytes"])
    level, gpu = wanted["level"], wanted["gpu"]
    if level == 0:
        return None
    readable = places.Readable(wanted["paths"], wanted["folders"], wanted["subject"])
    rules = places.rules(folder, readable, gpu=gpu, whole_proc=level > 1)
    unread = around.forbidden([path for path, _ in rules], readable.subject, readable.paths)
    landlock.restrict(rules)
    around.demand_unread(unread)
    capabilities.give_up(platform.machine())
    listener = seccomp.install(programs=gpu)
    be_unreadable(so=False)  # other subjects cannot reach it now, and the judge counts what it holds
    return listener
