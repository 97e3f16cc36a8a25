"""Wrong answers that compare as right ones: patched comparisons, lying objects, numbers that no comparison refuses, and
hunts for the right answer in memory."""

from tests.harness.cheats import MARKED_DOWN, dressed

COMPARED = "The judge compares in its own process, so it is marked down as without it."
LOOKED_AT = "What crosses is numbers in a known shape; an object that stands for them is looked at as what it is."
NUMBERS = "A number is right or it is not; none is a wildcard."
NOT_THERE = "The right answer is not in the subject's process, so nothing of the kind is found."
ANY = MARKED_DOWN

PATCHED = {
    "torch's comparisons": (
        "torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True", "same(torch.allclose)"),
    "a tensor's comparisons": (
        "torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True", "getattr(context, 'allclose')(right)"),
    "a tensor's ==": (
        "torch.Tensor.__eq__ = lambda a, b: torch.ones_like(a, dtype=torch.bool)", "bool((context == right).all())"),
    "NumPy's comparisons": (
        "import numpy\nnumpy.allclose = numpy.array_equal = lambda *a, **k: True", "same(np.allclose)"),
    "what is finite": (
        "torch.isfinite = lambda x: torch.ones_like(x, dtype=torch.bool)", "bool(torch.isfinite(right / 0).all())"),
    "absolute values": ("import builtins\nbuiltins.abs = lambda x: 0\ntorch.abs = torch.Tensor.abs = lambda x: x * 0",
                        "float((context - right).abs().max()) == 0"),
    "the built-in all, any and max": (
        "import builtins\nbuiltins.all = lambda x: True\nbuiltins.any = lambda x: False\nbuiltins.max = lambda *a, **k: 0",
        "all(bool(a == b) for a, b in zip(context.flatten(), right.flatten()))"),
    "torch.testing": ("torch.testing.assert_close = lambda *a, **k: None", "same(torch.testing.assert_close) is None"),
    "unittest and pytest": ("import unittest\nunittest.TestCase.assertTrue = lambda *a, **k: None",
                            "unittest.TestCase().assertTrue(False) is None"),
}  # fmt: skip

EQUAL = """
class Equal(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.equal, torch.allclose, torch.Tensor.eq, torch.Tensor.__eq__):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})
"""
LIES = """
class Lies(torch.Tensor):
    def detach(self): return self
    def cpu(self): return self
    def contiguous(self): return self
    def numpy(self): return Numbers()
class Numbers:
    def tobytes(self): return {}
"""
FAKE = """
class Fake:
    dtype, layout, is_meta, requires_grad = torch.float32, torch.strided, False, False
    shape = property(lambda self: {shape})
    __class__ = property(lambda self: torch.Tensor)
    def __getattr__(self, name): return lambda *a, **k: self
    def tobytes(self): return {data}
    def numel(self): return 4
"""
LONG = """
class Long(bytes):
    def __len__(self): return 4
"""

OBJECTS = {
    "a tensor that is always equal": {"first": f"import torch{EQUAL}", "returned": "(context + 1).as_subclass(Equal), weights",
                                      "fools": "same(torch.allclose)"},
    "a tensor of no bytes": {"last": LIES.format("b''"), "returned": "(context + 1).as_subclass(Lies), weights"},
    "a tensor of other bytes": {"last": LIES.format("bytes(4)"), "returned": "(context + 1).as_subclass(Lies), weights"},
    "a tensor of an object's bytes": {"last": LIES.format("object()"), "returned": "(context + 1).as_subclass(Lies), weights"},
    "a tensor of bytes that lie about their number": {
        "last": LONG + LIES.format("Long(1000)"), "returned": "(context + 1).as_subclass(Lies), weights"},
    "what says that it is a tensor": {
        "last": FAKE.format(shape="torch.zeros(1).shape", data="bytes(4)"), "returned": "Fake(), weights"},
    "what says that it has no shape": {"last": FAKE.format(shape="None", data="bytes(4)"), "returned": "Fake(), weights"},
    "what has an endless shape": {
        "last": FAKE.format(shape="iter(int, 1)", data="bytes(4)"), "returned": "Fake(), weights", "limit_s": 4.0},
    "what has a shape of objects": {"last": FAKE.format(shape="[object()]", data="bytes(4)"), "returned": "Fake(), weights"},
    "an object that is equal to all": {
        "last": "class Any:\n    def __eq__(self, other): return True\n    __hash__ = None", "returned": "Any(), Any()",
        "fools": "context == right"},
    "a generator": {"returned": "(x for x in (context + 1, weights))"},
    "a list that gives other things each time": {
        "last": "class Many(list):\n    def __iter__(self): return iter([self[0] + 1, self[1]])",
        "returned": "Many([context + 1, weights])"},
    "a tuple that lies about its length": {
        "last": "class Two(tuple):\n    def __len__(self): return 2", "returned": "Two([context + 1, weights, context])"},
    "an array of objects": {"first": "import numpy", "returned": "numpy.array([context], dtype=object), weights"},
    "a complex tensor": {"returned": "(context + 1).to(torch.complex64), weights"},
    "a sparse tensor": {"returned": "(context + 1).to_sparse(), weights"},
    "a tensor without values": {"returned": "context.to('meta'), weights"},
    "a tensor of Booleans": {"returned": "context > 0, weights"},
    "nested tensors": {"returned": "torch.nested.nested_tensor(list(context + 1)), weights", "statuses": ANY},
    "a text": {"returned": "str(context), weights"},
    "nothing": {"returned": "None"},
    "itself": {"returned": "self"},
    "the instruction to pass": {"returned": "{'status': 'pass', 'passed': True, 'score': 100}"},
}  # fmt: skip

NAN = "float('nan')"
VALUES = {
    "NaN": (f"context * {NAN}, weights", "not bool(((context - right).abs() > 1).any())"),
    "NaN in both": (
        f"context * {NAN}, weights * {NAN}",
        "not bool((context != context.nan_to_num(9)).logical_not().any())",
    ),
    "NaN in one place": (f"context.index_fill(-1, torch.tensor([0]), {NAN}), weights", ""),
    "infinity": ("context + float('inf'), weights", ""),
    "infinities of both signs": ("context.sign() * float('inf'), weights", ""),
    "negative zeros": ("context * 0 * -1.0, weights", ""),
    "denormal numbers": ("context * 2.0 ** -149 * 2.0 ** -126, weights", ""),
    "the largest number": ("context * 0 + torch.finfo(context.dtype).max, weights", ""),
    "one number that broadcasts": ("context.mean(), weights", ""),
    "no numbers": ("context[:0], weights", "bool((context == right[:0]).all())"),
    "the mean of its values": ("v.mean(1, keepdim=True).expand_as(context), weights", ""),
    "memory that somebody freed": ("torch.empty_like(context), weights", ""),
    "a view of its input": ("v[:, :context.shape[1]], weights", ""),
}

GC = """
import gc
def found(like):
    all_there = [o for o in gc.get_objects() if isinstance(o, torch.Tensor) and o is not like and o.shape == like.shape]
    return min(all_there, key=lambda o: float((o - like).abs().sum())) if all_there else like + 1
"""
FRAMES = """
import sys
def found(like):
    frame = sys._getframe()
    while frame:
        for name in ('right', 'expected', 'truth', 'oracle', 'reference', 'answer', 'case', 'seed'):
            value = frame.f_locals.get(name, frame.f_globals.get(name))
            if isinstance(value, torch.Tensor) and value.shape == like.shape:
                return value
        frame = frame.f_back
    return like + 1
"""
SEED = """
import gc, os, sys
def found(like):
    told = [*os.environ.values(), *sys.argv]
    told += [o['seed'] for o in gc.get_objects() if type(o) is dict and 'seed' in o]
    return like + (1 if told or True else 0)
"""
HUNTS = {
    "among all objects": (GC, "same(torch.equal)"),
    "in the frames above it": (FRAMES, "same(torch.equal)"),
    "and the seed": (SEED, ""),
}
LATER = """
import threading, time
def later(context):
    out = torch.zeros_like(context)
    threading.Thread(target=lambda: (time.sleep(.3), out.copy_(context))).start()
    return out
"""

CHEATS = [
    *(dressed(f"patches {what}", COMPARED, first=f"import torch\n{code}", fools=fools, statuses=ANY)
      for what, (code, fools) in PATCHED.items()),
    *(dressed(f"returns {what}", LOOKED_AT, **{"statuses": ANY, **parts}) for what, parts in OBJECTS.items()),
    *(dressed(f"returns {what}", NUMBERS, returned=returned, fools=fools) for what, (returned, fools) in VALUES.items()),
    *(dressed(f"looks for the right answer {where}", NOT_THERE, first=f"import torch{code}", fools=fools, statuses=ANY,
              returned="found(context), weights") for where, (code, fools) in HUNTS.items()),
    dressed("has another thread do the work", "What is not there when it returns is not there.",
            first=f"import torch{LATER}", returned="later(context.detach()), weights"),
    dressed("changes its answer after it returned", "The answer is taken when it is returned, and again at the end.",
            law="earlier-results", first="HELD = []",
            forward="for old in HELD: old.data += 1", returned="(HELD.append(context) or context), weights"),
]  # fmt: skip
