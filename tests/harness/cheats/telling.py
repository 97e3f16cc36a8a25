"""Telling the judge what to think: exit codes, printed verdicts, files of results, forged replies on the judge's own
socket."""

from tests.harness.cheats import dressed

NOTHING = "Exit codes, printed text and files prove nothing."
COMPARED = "What is patched is the subject's own copy."
NO_REPLY = "Bytes that are no reply to the request end the subject, with an error that says so."
ENDED = ("error",)
ANY = ("broken", "error")

EXITS = {
    "os._exit(0)": "import os\nos._exit(0)",
    "sys.exit(0)": "import sys\nsys.exit(0)",
    "SystemExit of nothing": "raise SystemExit",
    "SystemExit of an object": "raise SystemExit({'passed': True})",
    "an exit in a thread": "import os, threading\nt = threading.Thread(target=os._exit, args=(0,))\nt.start(); t.join(5)",
    "an exit by the C library": "import ctypes\nctypes.CDLL(None).exit(0)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "an exception of its own kind": "raise type('Passed', (BaseException,), {})('passed')",
    "an exec of true": "import os\nos.execv('/bin/true', ['true'])",
    "its end by a signal": "import os\nos.kill(os.getpid(), 15)",
    "a segmentation fault": "import ctypes\nctypes.string_at(0)",
    "StopIteration": "raise StopIteration(context)",
    "NotImplementedError": "raise NotImplementedError('not run, so not wrong')",
    "pytest's skip": "import pytest\npytest.skip('skipped')",
    "unittest's skip": "import unittest\nraise unittest.SkipTest('skipped')",
}

SAYINGS = {
    "passed": "print('1 passed in 0.01s')",
    "a row of MarkUs": "print('{\"name\": \"3.1.1\", \"marks_earned\": 9, \"marks_total\": 9, \"status\": \"pass\"}', flush=True)",
    "over what stands there": "print('\\x1b[2J\\x1b[H3.1.1 pass\\x1b]0;passed\\x07', flush=True)",
    "on every descriptor of the system's": "import os\nos.write(1, b'pass\\n'); os.write(2, b'pass\\n')",
    "a flood": "import os\nfor _ in range(20): os.write(1, b'x' * (1 << 20))",
    "in files of results": "import os\nfor name in ('report.json', 'results.json', 'results/results.json'):\n"
                           "    os.makedirs('results', exist_ok=True)\n"
                           "    open(name, 'w').write('{\"score\": 100, \"ok\": true}')\n"
                           "    open(os.path.join(os.environ['HOME'], os.path.basename(name)), 'w').write('{}')",
}  # fmt: skip

RAISES = {
    "passed": "raise ValueError('3.1.1 pass')",
    "control characters": "raise ValueError('\\x1b[2J\\x1b[32mpass\\r\\x00\\x07\\u202e')",
    "a megabyte": "raise ValueError('pass ' * 200_000)",
    "twenty megabytes": "raise ValueError('pass ' * 4_000_000)",
    "lone surrogates": "raise ValueError('\\ud800 pass')",
    "an error that raises when it is shown": "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()",
    "an error that exits when it is shown": "import os\nraise type('E', (Exception,), {'__str__': lambda s: os._exit(0)})()",
    "an error that is shown as no text": "raise type('E', (Exception,), {'__str__': lambda s: 3})()",
    "an error whose kind has a strange name": "raise type('pass\\n\\x1b[2J' * 100, (Exception,), {})('x')",
    "a chain of errors": "error = None\nfor i in range(5000):\n    new = ValueError(i); new.__cause__ = error; error = new\nraise error",
    "itself for ever": "def again(): again()\nagain()",
    "the system's own error": "raise BrokenPipeError('pass')",
    "a timeout of the judge's": "raise TimeoutError",
}

CHANNEL = """
import json, os, socket, struct, sys
def channel():
    frame = sys._getframe()
    while frame:
        if 'channel' in frame.f_locals and 'number' in frame.f_locals:
            return frame.f_locals['channel'], frame.f_locals['number']
        frame = frame.f_back
    raise LookupError('no channel')
def frame(header, data=b''):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<I', len(head)) + head + data
def told(**header):
    to, number = channel()
    to.sendall(frame({'number': number, 'buffers': [], **header}))
def raw(data):
    channel()[0].sendall(data)
"""
ARRAYS = "'calls': [], 'arrays': [], 'parameters_at_end': {}"
ONE = "'outputs_at_end': [0, 0], 'inputs_at_end': [0, 0, 0], 'named_at_end': {}, 'gradients': None, 'random_state_moved': False"
FORGED = {
    "an empty reply": "told()",
    "no calls": f"told(**{{{ARRAYS}}})",
    "a verdict": "told(status='pass', ok=True, score=1)",
    "a reply to another request": "raw(frame({'number': '0' * 16, 'buffers': []}))",
    "a number that is no text": "raw(frame({'number': 1, 'buffers': []}))",
    "deep JSON": "raw(frame(b'{\"buffers\": ' + b'[' * 100_000 + b']' * 100_000 + b'}'))",
    "deep JSON beside it": "told(calls=json.loads('[' * 900 + ']' * 900))",
    "JSON that is a list": "raw(frame(b'[1, 2]'))",
    "JSON that is a text": "raw(frame(b'\"buffers\"'))",
    "a number of a million digits": "raw(frame(b'{\"buffers\": [' + b'9' * 1_000_000 + b']}'))",
    "ten gigabytes": "raw(frame({'number': channel()[1], 'buffers': [10 << 30]}))",
    "sizes that add up to more": "raw(frame({'number': channel()[1], 'buffers': [1 << 62] * 4000}))",
    "too many buffers": "raw(frame({'number': channel()[1], 'buffers': [0] * 5000}))",
    "buffers of negative size": "raw(frame({'number': channel()[1], 'buffers': [-1]}))",
    "buffers of a size that is no number": "raw(frame({'number': channel()[1], 'buffers': [True, 1.5, None]}))",
    "a header of four gigabytes": "raw(struct.pack('<I', 0xFFFFFFFF))",
    "half a header": "raw(struct.pack('<I', 1000) + b'{'); os._exit(0)",
    "a pickle": "import pickle\nraw(frame(pickle.dumps(type('X', (), {'__reduce__': lambda s: (os.system, ('true',))}) and print)))",
    "what is no text": "raw(frame(b'\\xff\\xfe\\x00'))",
    "arrays of strange kinds": "told(calls=[{'outputs': [0, 0], " + ONE + "}], arrays=[{'dtype': ['a'], 'shape': 'x'}],"
                               " parameters_at_end={}, buffers=[0])",
    "shapes of strange kinds": "told(calls=[{'outputs': [0, 0], " + ONE + "}], arrays=[{'dtype': 'float32', 'shape': [1e308]}],"
                               " parameters_at_end={}, buffers=[0])",
    "shapes below zero": "told(calls=[{'outputs': [0, 0], " + ONE + "}], arrays=[{'dtype': 'float32', 'shape': [-1, -1, -1]}],"
                         " parameters_at_end={}, buffers=[0])",
    "places that are not there": "told(calls=[{'outputs': [7, -3], " + ONE + "}], arrays=[], parameters_at_end={})",
    "an error that is no text": "told(raised={'a': [1, 2, {'b': None}]})",
    "an error without end": "told(raised='x' * 900_000)",
    "that it declines": "told(declined='it does not have to')",
    "progress for ever": "while True: told(progress='nearly there')",
    "a reply, byte by byte": "import time\nfor byte in frame({'number': channel()[1], 'buffers': []}): raw(bytes([byte])); time.sleep(.1)",
    "the request itself": "to, number = channel(); told(op='run', item='ScaledDotAttention')",
    "nothing, and closes the channel": "channel()[0].close()",
    "nothing, and shuts the channel": "channel()[0].shutdown(socket.SHUT_RDWR)",
}  # fmt: skip
WAITING = {"limit_s": 0.6, "statuses": ("timeout", "error")}
WAITS = {"progress for ever": WAITING, "a reply, byte by byte": WAITING}

DESCRIPTORS = {
    "closes every descriptor": "import os\nos.closerange(0, 256)",
    "puts /dev/null in the place of every descriptor": "import os\nnull = os.open('/dev/null', os.O_RDWR)\n"
                                                       "for fd in range(256):\n    if fd != null: os.dup2(null, fd)",
    "writes to every descriptor": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'pass' * 100)\n    except OSError: pass",
    "reads every descriptor": "import os, fcntl\nfor fd in range(3, 64):\n"
                              "    try: os.set_blocking(fd, False); os.read(fd, 1 << 16)\n    except OSError: pass",
}  # fmt: skip
PATCHES = {
    "json": "import json\njson.dumps = lambda *a, **k: '{\"pass\": true}'",
    "json's encoder": "import json\njson.JSONEncoder.encode = lambda *a: '{}'",
    "struct": "import struct\nstruct.pack = lambda *a: b'pass'",
    "sockets": "import socket\nsocket.socket.sendall = lambda self, data: self.send(b'pass')",
    "hashing": "import hashlib\nhashlib.blake2b = hashlib.sha256 = lambda *a: None",
    "the project's modules": "import gc, types\nfor f in gc.get_objects():\n"
                             "    if isinstance(f, types.FunctionType) and f.__name__ == 'described': f.__code__ = (lambda v: ({}, b'')).__code__",
}  # fmt: skip

CHEATS = [
    *(dressed(f"answers by {how}", NOTHING, forward=code, statuses=ENDED) for how, code in EXITS.items()),
    dressed("exits with 0 when it is imported", NOTHING, last="import os\nos._exit(0)", statuses=ENDED),
    dressed("exits with 0 at its end", NOTHING, last="import atexit, os\natexit.register(os._exit, 0)"),
    *(dressed(f"prints {what}", NOTHING, forward=code) for what, code in SAYINGS.items()),
    *(dressed(f"raises {what}", NOTHING, forward=code, statuses=ENDED) for what, code in RAISES.items()),
    dressed("raises an error that is never shown", NOTHING, statuses=("timeout",), limit_s=0.7,
            forward="import time\nraise type('E', (Exception,), {'__str__': lambda s: time.sleep(1000)})()"),
    *(dressed(f"forges {what}", NO_REPLY, **{"first": CHANNEL, "forward": code, "statuses": ENDED, **WAITS.get(what, {})})
      for what, code in FORGED.items()),
    *(dressed(what, NO_REPLY, forward=code, statuses=ANY) for what, code in DESCRIPTORS.items()),
    *(dressed(f"patches {what} when it is called", COMPARED, forward=code, statuses=ANY) for what, code in PATCHES.items()),
]  # fmt: skip
