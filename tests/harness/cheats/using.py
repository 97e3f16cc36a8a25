"""Using up: time, memory, threads, processes, descriptors, disk, the stack."""

from tests.harness.cheats import MARKED_DOWN, dressed

STOPPED = "Its own limit stops it, and the next subject is judged as if it had not been."
ANY = MARKED_DOWN
ENDS = ("timeout", "error")
SHORT = 0.7

FOR_EVER = {
    "sleeps": "import time\ntime.sleep(1000)",
    "spins": "while True: pass",
    "spins in C": "sum(1 for _ in iter(int, 1))",
    "spins in torch": "while True: torch.ones(256, 256) @ torch.ones(256, 256)",
    "spins in threads": "import threading, time\ndef spin():\n    while True: pass\n"
                        "for _ in range(3): threading.Thread(target=spin).start()\ntime.sleep(1000)",
    "waits for a lock": "import threading\nlock = threading.Lock(); lock.acquire(); lock.acquire()",
    "waits for itself": "import threading\nthreading.main_thread().join()",
    "waits for input that never comes": "import os\nos.read(os.pipe()[0], 1)",
    "waits for a child": "import os, time\npid = os.fork()\nif pid == 0: time.sleep(1000)\nos.waitpid(pid, 0)",
    "stops itself": "import os\nos.kill(os.getpid(), 19)",
    "ignores what would end it": "import signal, time\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n"
                                 "    except OSError: pass\ntime.sleep(1000)",
    "catches what would end it": "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass",
    "matches a text that takes for ever": "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')",
    "asks for threads": "import threading\nwhile True: threading.Thread(target=int).start()",
    "signals itself": "import os\nwhile True: os.kill(os.getpid(), 0)",
    "asks for forks": "import os\nwhile True:\n    try:\n        if os.fork() == 0: os._exit(0)\n        os.wait()\n    except OSError: pass",
    "counts to a power": "9 ** 9 ** 9",
}  # fmt: skip
AT_IMPORT = {
    "sleeps when it is imported": "import time\ntime.sleep(1000)",
    "prints for ever when it is imported": "while True: print('x' * 1000)",
}

PARENTS = """
import os
def parents(n):
    pid = os.getpid()
    for _ in range(n):
        try: pid = int(open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1])
        except OSError: pid = os.getppid()
    return pid
"""

TOO_MUCH = {
    "memory, in one piece": ("x = bytearray(1 << 40)", ("error",)),
    "memory, in many": ("import numpy\nx = [numpy.zeros(1 << 28, dtype='uint8') for _ in range(100)]", ("error",)),
    "memory, as tensors": ("x = [torch.empty(1 << 28) for _ in range(100)]", ("error",)),
    "memory, mapped": ("import mmap\nx = [mmap.mmap(-1, 1 << 34) for _ in range(100)]", ("error",)),
    "threads": ("import threading, time\nfor _ in range(300): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
                ANY),
    "processes": ("import os, time\nfor _ in range(40):\n    if os.fork() == 0: time.sleep(30); os._exit(0)", ("broken", "error")),
    "processes of processes": ("import os, time\nfor _ in range(5): os.fork()\ntime.sleep(.2)", ("broken", "error")),
    "descriptors": ("import os\nx = []\nwhile True: x.append(os.open('/dev/null', 0)) if len(x) < 5000 else 1 / 0", ("error",)),
    "descriptors, and goes on": ("import os\ntry:\n    for _ in range(5000): os.dup(0)\nexcept OSError: pass", ("broken", "error")),
    "a file with holes": ("import os\nos.truncate(os.open('holes', os.O_CREAT | os.O_RDWR), 1 << 40)", ("broken", "error")),
    "a file": ("import os\nos.posix_fallocate(os.open('big', os.O_CREAT | os.O_RDWR), 0, 1 << 29)", ("broken", "error")),
    "files": ("for i in range(3000): open(f'{i}', 'w').close()", ("broken", "error")),
    "folders in folders": ("import os\nfor _ in range(500): os.mkdir('x'); os.chdir('x')", ("broken", "error")),
    "the stack, by recursion": ("import sys\nsys.setrecursionlimit(10**7)\nf = lambda n: f(n + 1)\nf(0)", ("error", "timeout")),
    "the stack, in C": ("import sys\nsys.setrecursionlimit(10**7)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)", ("error",)),
    "the stack, by callbacks": ("import ctypes\nkind = ctypes.CFUNCTYPE(None)\ndef again(): held()\nheld = kind(again)\nheld()",
                                ("error", "broken")),
    "output": ("import os\nfor _ in range(30): os.write(2, b'x' * (1 << 20))", ("broken",)),
    "tensors in its answer": ("context = torch.zeros(1 << 24); return context, context", ("broken", "error")),
    "numbers in its answer": ("return [0.0] * 10_000_000, None", ("broken", "error")),
    "instances": ("self.kept = [nn.Linear(64, 64) for _ in range(2000)]", ("broken", "error")),
}  # fmt: skip

CHEATS = [
    *(dressed(f"{what} for ever", STOPPED, forward=code, statuses=ENDS, limit_s=SHORT) for what, code in FOR_EVER.items()),
    *(dressed(what, STOPPED, first=code, statuses=ENDS, limit_s=SHORT) for what, code in AT_IMPORT.items()),
    *(dressed(f"uses too much: {what}", STOPPED, forward=code, statuses=statuses, limit_s=20.0)
      for what, (code, statuses) in TOO_MUCH.items()),
    dressed("stops its parent", STOPPED, forward="import os\nos.kill(os.getppid(), 19)", statuses=ANY, limit_s=SHORT),
    dressed("kills its parent", STOPPED, forward="import os\nos.kill(os.getppid(), 9)", statuses=ANY),
    *(dressed(f"{what} the first of all processes of subjects", STOPPED, first=PARENTS, runs_from=1, statuses=ANY,
              forward=f"import os\nos.kill(parents(3), {number})", limit_s=4.0)
      for what, number in {"kills": 9, "stops": 19}.items()),
]  # fmt: skip
