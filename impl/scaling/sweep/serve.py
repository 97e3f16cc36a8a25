"""A process that trains runs, one task after the other: `python -m impl.scaling.sweep.serve`, started by `child`.

Tasks come as lines of JSON on its standard input, and what came of them goes out on its standard output. It ends when
its input does, so with whoever started it, whatever ends that; and when there has been nothing to do for a while.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any

from impl.nmt.pairs import BadFileError
from impl.nmt.run import RunError
from impl.scaling.sweep.training import StoppedError, Task, train
from impl.tensor_file import BadCheckpointError

IDLE_S, IDLE_CODE, ENDED_CODE = 60.0, 75, 1


def main() -> None:
    """Serve until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no reply
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=IDLE_S)
        except queue.Empty:
            os._exit(IDLE_CODE)
        print(json.dumps(_answer(line)), file=replies, flush=True)


def _listen(lines: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(ENDED_CODE)


def _answer(line: str) -> dict[str, Any]:
    try:
        failed = train(Task.from_json(json.loads(line)))
    except StoppedError:
        return {"came": "stopped"}
    except (RunError, BadFileError, BadCheckpointError, OSError) as error:
        return {"came": "failed", "said": str(error)}
    except Exception:  # noqa: BLE001 - told to whoever asked
        return {"came": "failed", "said": traceback.format_exc()}
    return {"came": "trained", "failed": failed}


if __name__ == "__main__":
    main()
