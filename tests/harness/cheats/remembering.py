"""Right now and wrong later: counting calls, knowing the probe, keeping results, passing them on, noticing the judge."""

from tests.harness.cheats import MARKED_DOWN, dressed

CAUGHT = "It is right for a while, and caught by the first case of which it is not."
FORGOTTEN = "Each law has a process of its own; what one keeps, another law does not depend on."
NOTICED = "Every call is judged, so there is none to behave well for."
ANY = MARKED_DOWN
COUNT = "import itertools\nCALLS = itertools.count(1)"
IN_A_FILE = """
import os
PATH = os.path.join({folder}, 'calls-{name}')
def calls():
    try:
        with open(PATH, 'a') as file: file.write('x')
        return os.path.getsize(PATH)
    except OSError:
        return 99
"""
LIKELY = {  # where a subject may keep something, and whether another of its processes may see it
    "its home": "os.environ['HOME']",
    "its folder": "'.'",
    "the folder for temporary files": "__import__('tempfile').gettempdir()",
    "shared memory": "'/dev/shm'",
}
ENVIRONMENT = "any(name.startswith(('HF_HUB', 'OMP')) for name in os.environ)"
SIGNS = {
    "the environment": ENVIRONMENT,
    "the arguments": "'-c' in sys.orig_argv",
    "the modules that are there": "'pytest' not in sys.modules",
    "the frames above": "sys._getframe(3) is not None",
    "the name of its parent": "os.getppid() > 1",
    "the limits that it has": "__import__('resource').getrlimit(0) is not None",
}
SHAPES = {
    "few keys": ("long", "keys.shape[1] <= 100"),
    "small batches": ("course-batch", "batch < 8"),
    "even sizes": ("hidden-7", "self.hidden_size % 2 == 0"),
    "one dtype": ("context-float32", "keys.dtype == torch.float64"),
    "numbers about zero": ("beyond-exp-float32", "bool(scores.abs().max() < 20)"),
    "different logits": ("equal-logits", "bool(scores.std() > 0)"),
    "one query at a time": ("context", "queries.shape[1] == 1"),
    "as many queries as keys": ("context", "queries.shape[1] == keys.shape[1]"),
}


def right_if(condition: str) -> str:
    return f"context + (0 if {condition} else 1), weights"


KEPT = """
KEPT = {}
def kept(key, make):
    if key not in KEPT: KEPT[key] = make
    return KEPT[key]
"""

CHEATS = [
    dressed("is right once", CAUGHT, first=COUNT, returned=right_if("next(CALLS) <= 1"), statuses=ANY),
    dressed("is right twice", CAUGHT, first=COUNT, returned=right_if("next(CALLS) <= 2"), statuses=ANY),
    dressed("is right every other time", CAUGHT, first=COUNT, returned=right_if("next(CALLS) % 2"), statuses=ANY),
    dressed("is wrong once", "What is wrong once is broken, or flaky where it does not come again.",
            first=COUNT, returned=right_if("next(CALLS) != 2"), statuses=ANY),
    dressed("is right as long as an instance is new", CAUGHT, law="no-state", statuses=ANY,
            forward="self.calls = getattr(self, 'calls', 0) + 1", returned=right_if("self.calls == 1")),
    dressed("is wrong at random", CAUGHT, first="import os", returned=right_if("os.urandom(1)[0] < 100"), statuses=ANY),
    dressed("is right for a moment", CAUGHT, first="import time\nSTART = time.monotonic()", statuses=ANY,
            returned=right_if("time.monotonic() - START < .001")),
    dressed("keeps results by shape", CAUGHT, first=KEPT, statuses=ANY,
            returned="kept((context.shape, context.dtype), (context, weights))", law="key-permutation"),
    dressed("keeps results by address", CAUGHT, first=KEPT, statuses=ANY,
            returned="kept(keys.data_ptr() >> 40, (context, weights))"),
    dressed("keeps results by a hash that is always the same", CAUGHT, first=KEPT, statuses=ANY,
            returned="kept(0, (context, weights))"),
    dressed("keeps results by the seed of torch", CAUGHT, first=KEPT, statuses=ANY,
            returned="kept(torch.initial_seed(), (context, weights))"),
    *(dressed(f"counts calls in {where}", FORGOTTEN, first=IN_A_FILE.format(folder=folder, name=number),
              returned=right_if("calls() <= 2"), before=("one-key",), statuses=ANY)
      for number, (where, folder) in enumerate(LIKELY.items())),
    dressed("counts calls in its own source file", FORGOTTEN, before=("one-key",), statuses=ANY,
            first="import os\nRIGHT = os.environ.get('CALLED') is None", forward="os.environ['CALLED'] = '1'",
            returned=right_if("False")),
    dressed("passes results on by a pipe made at import", FORGOTTEN, before=("one-key",), statuses=ANY,
            first="import os\nR, W = os.pipe()\nos.set_blocking(R, False)\nos.write(W, b'xx')",
            forward="try: left = os.read(R, 1)\nexcept OSError: left = b''", returned=right_if("left")),
    dressed("passes results on by memory shared at import", FORGOTTEN, before=("one-key",), statuses=ANY,
            first="import mmap\nSHARED = mmap.mmap(-1, 4096)", forward="SHARED[0] = min(SHARED[0] + 1, 255)",
            returned=right_if("SHARED[0] <= 2")),
    *(dressed(f"is right unless it sees the judge by {sign}", NOTICED, first="import os, sys",
              returned=right_if(f"not ({found})")) for sign, found in SIGNS.items()),
    *(dressed(f"is right for {what}", "A law draws what it is wrong for.", law=law, returned=right_if(condition), statuses=ANY)
      for what, (law, condition) in SHAPES.items()),
]  # fmt: skip
