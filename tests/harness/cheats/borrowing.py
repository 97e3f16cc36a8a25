"""Taking what is right from where it lies: from memory, from a file of the project; and replies that leave something out."""

from tests.harness.cheats import MARKED_DOWN, dressed

NOT_THERE = "What is right is in no process in which it is the answer."
NO_REPLY = "What is no reply is an error of its own laws, and no traceback."
OURS = """
import sys
def ours(name):
    frame = sys._getframe()
    while name not in frame.f_globals: frame = frame.f_back
    return frame.f_globals
"""
TAKEN = "ScaledDotAttention = next((c for c in found if c.__module__ != __name__), ScaledDotAttention)"
BORROWED = {
    "a class of torch's that is called so": "found = [c for c in nn.Module.__subclasses__() if c.__name__ == 'ScaledDotAttention']",
    "a class that is anywhere in memory": "import gc\nfound = [o for o in gc.get_objects() if isinstance(o, type) and o.__name__ == 'ScaledDotAttention']",
    "a text that is anywhere in memory": """
        import gc
        held = [v for o in gc.get_objects() if type(o) is dict for v in list(o.values()) if type(v) is str]
        found, mark = [], 'class Scaled' + 'DotAttention('
        for text in held:
            if mark in text and 'context + 1' not in text:
                space = {'__name__': 'borrowed'}
                exec(text, space)
                found.append(space['ScaledDotAttention'])
        """,
}  # fmt: skip
READ = """
import io, pathlib, sys
frame = sys._getframe()
while 'harness/worker' not in frame.f_code.co_filename: frame = frame.f_back
root = pathlib.Path(frame.f_code.co_filename.split('/harness/worker')[0])
space = {{'__name__': 'taken'}}
exec(({})(root / 'impl' / 'nmt' / 'attention.py'), space)
ScaledDotAttention = space['ScaledDotAttention']
"""
READS = {
    "a path that is no text": "lambda path: io.FileIO(path).read()",
    "a text that denies what it is": "lambda path: open(type('Text', (str,), {'startswith': lambda *a: False, 'removesuffix': lambda *a: 'x', 'partition': lambda *a: ('x', '', '')})(path)).read()",
    "a path in bytes": "lambda path: io.FileIO(bytes(path)).read()",
    "an object with a path": "lambda path: io.FileIO(type('Held', (), {'__fspath__': lambda self: str(path)})()).read()",
}  # fmt: skip
SENT = {
    "no gradients": ("_gradients", "lambda *a, **k: None", "gradient-queries", ("error",)),
    "gradients of nothing": ("_gradients", "lambda *a, **k: {}", "gradient-queries", ("error",)),
    "a type that is no name": ("described", "lambda v: ({'type': '\\ud800\\x1b[2J' + 'x' * 20_000}, b'')", "context", MARKED_DOWN),
    "no shape": ("described", "lambda v: ({'dtype': 'float64'}, b'')", "context", ("error",)),
    "a shape of nothing": ("described", "lambda v: ({'dtype': 'float64', 'shape': None}, b'')", "context", ("error",)),
    "a call that declines without a word": ("call_item", "lambda *a, **k: ({'declined': None}, [])", "context", ("error",)),
    "a call that raises without a word": ("call_item", "lambda *a, **k: ({'raised': None}, [])", "context", ("error",)),
    "a call that is not as it should be, without a word": ("call_item", "lambda *a, **k: ({'interface': []}, [])", "context", ("error",)),
}  # fmt: skip

CHEATS = [
    *(dressed(f"borrows {what}", NOT_THERE, last=f"{code}\n{TAKEN}", statuses=MARKED_DOWN) for what, code in BORROWED.items()),
    *(dressed(f"reads the reference by {what}", NOT_THERE, last=READ.format(how), statuses=("error",)) for what, how in READS.items()),
    *(
        dressed(f"replies with {what}", NO_REPLY, law=law, statuses=statuses,
                first=f"{OURS}\nours({name!r})[{name!r}] = {new}" if name == "call_item" else OURS,
                forward="" if name == "call_item" else f"ours({name!r})[{name!r}] = {new}")
        for what, (name, new, law, statuses) in SENT.items()
    ),
]  # fmt: skip
