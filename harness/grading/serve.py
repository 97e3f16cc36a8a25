"""A process that judges submissions, one after the other: `python -m harness.grading.serve`, started by `child`.

Tasks come as lines of JSON on its standard input, and what comes of them goes out as lines on its standard output: a line
when the submission is read, one for each question as it is judged, and the last one of a task with the whole. It ends when
its input does, so with whoever started it, whatever ends that; and when there has been nothing to do for a while.

The judge is imported once, when there is something to judge. The seed comes with the task and not by the command line,
which anybody can read.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import queue
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.grading.asked import Asked, code_now
from harness.grading.task import handed_in
from harness.isolation.level import Unreached

IDLE_S, IDLE_CODE, ENDED_CODE = 60.0, 75, 1
GRACE_S = 5.0
PR_SET_PDEATHSIG = 1
Say = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Serve until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what libraries print is no reply
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()

    def say(reply: Mapping[str, Any]) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    with contextlib.ExitStack() as kept:
        judge = functools.cache(lambda isolation: _judge(kept, isolation))
        while True:
            try:
                line = lines.get(timeout=IDLE_S)
            except queue.Empty:
                kept.close()
                os._exit(IDLE_CODE)
            if line is None:
                kept.close()
                os._exit(0)
            _answer(json.loads(line), say, judge)


def _listen(lines: queue.SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        lines.put(line)
    lines.put(None)
    time.sleep(GRACE_S)
    os._exit(ENDED_CODE)  # in the midst of a task that nobody waits for


def _judge(kept: contextlib.ExitStack, isolation: str) -> Any:
    """What judges, with a worker that is kept from task to task."""
    from harness.grading.marking import mark
    from harness.grading.workers import Workers

    return functools.partial(mark, workers=kept.enter_context(Workers(isolation)))


def _answer(task: Mapping[str, Any], say: Say, judge: Callable[[str], Any]) -> None:
    if task["laws"] != code_now():  # it comes from another machine, or the code here has changed meanwhile
        say(
            {
                "came": "refused",
                "said": f"The worker at {socket.gethostname()} has other code than this was begun with.",
            }
        )
        return
    found = handed_in(task)
    say({"read": found.digest})
    if found.digest in task["known"]:
        say({"came": "known", "digest": found.digest})
        return
    asked = Asked.of(task["asked"])
    try:
        marked = judge(asked.isolation)(task["name"], found, asked, tell=lambda question: say({"question": question}))
    except Unreached as error:
        say({"came": "refused", "said": f"--isolation: {error}."})
        return
    say({
        "came": "judged", "record": marked.record, "reports": marked.reports, "failure": marked.failure,
        "rss_bytes": rss_bytes(),
    })  # fmt: skip


def rss_bytes() -> int:
    """What this process holds in memory now, in bytes; where nothing tells, the most that it ever held."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


if __name__ == "__main__":
    main()
