"""Turning the interpreter, or torch, inside out: hooks, patched clocks, shadowed modules, types that lie, settings."""

from tests.harness.cheats import MARKED_DOWN, Cheat, dressed, wrong

OWN = "Whatever it does to its interpreter, it does to itself."
LAWFUL = "A type that lies is still called, and what it returns is judged."
ANY = MARKED_DOWN
TRICK = "raise SystemError('not from the subject')"

AT_IMPORT = {
    "a tracer": "import sys\nsys.settrace(lambda *a: None)",
    "a tracer that raises": "import sys\ndef t(*a): raise ValueError('traced')\nsys.settrace(t)",
    "a profiler": "import sys, threading\nthreading.setprofile(lambda *a: None); sys.setprofile(lambda *a: None)",
    "a profiler that exits": "import os, sys\nsys.setprofile(lambda *a: os._exit(0))",
    "an exception hook": "import os, sys\nsys.excepthook = sys.unraisablehook = lambda *a: os._exit(0)",
    "an audit hook": "import sys\nsys.addaudithook(lambda event, arguments: None)",
    "an audit hook that refuses all": "import sys\ndef refuse(event, arguments): raise ValueError(event)\nsys.addaudithook(refuse)",
    "what runs before a fork": "import os, time\nos.register_at_fork(before=lambda: print('fork'))",
    "what runs after a fork": "import os\nos.register_at_fork(after_in_child=lambda: os._exit(0))",
    "what runs in the parent of a fork": "import os\nos.register_at_fork(after_in_parent=lambda: os._exit(0))",
    "a callback of the collector": "import gc, os\ngc.callbacks.append(lambda *a: os._exit(0))\ngc.set_threshold(1)",
    "signal handlers": "import signal\nfor n in (1, 2, 10, 12, 14, 15, 17): signal.signal(n, lambda *a: None)",
    "a timer": "import os, signal\nsignal.signal(14, lambda *a: os._exit(0))\nsignal.setitimer(0, .001, .001)",
    "clocks that stand": "import time\ntime.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0",
    "clocks that run backwards": "import itertools, time\ncount = itertools.count()\ntime.monotonic = lambda: -next(count) * 1e6",
    "an import hook": "import sys, types\nclass F:\n    def find_spec(self, *a): raise ImportError('no')\nsys.meta_path.insert(0, F())",
    "no modules": "import sys\nsys.modules.clear()",
    "no built-ins": "import builtins\nfor name in ('len', 'list', 'zip', 'isinstance', 'type', 'open'): delattr(builtins, name)",
    "built-ins of its own": "import builtins\nbuiltins.isinstance = lambda a, b: True\nbuiltins.len = lambda x: 0",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn",
    "another locale": "import locale, os\nos.environ['LC_ALL'] = 'C'\nlocale.setlocale(locale.LC_ALL, 'C')",
    "no room for recursion": "import sys\nsys.setrecursionlimit(60)",
    "endless recursion": "import sys\nsys.setrecursionlimit(2**31 - 1)",
    "no room for digits": "import sys\nsys.set_int_max_str_digits(0)",
    "closed output": "import sys\nsys.stdout.close(); sys.stderr.close()",
    "output of its own": "import sys\nclass Out:\n    def write(self, *a): raise ValueError('no')\nsys.stdout = sys.stderr = Out()",
    "no collector": "import gc\ngc.disable(); gc.freeze()",
    "another folder": "import os\nos.chdir('/')",
    "no environment": "import os\nos.environ.clear()",
}

TORCH = {
    "half precision": "torch.set_default_dtype(torch.float16)",
    "a device without values": "torch.set_default_device('meta')",
    "deterministic algorithms": "torch.use_deterministic_algorithms(True)",
    "a fixed seed": "torch.manual_seed = torch.seed = lambda *a: None",
    "a random generator of its own": "torch.default_generator = None\ntorch.get_rng_state = lambda: torch.zeros(16)",
    "denormals as zero": "torch.set_flush_denormal(True)",
    "anomaly detection": "torch.autograd.set_detect_anomaly(True)",
    "no gradients": "torch.set_grad_enabled(False)\ntorch.no_grad = torch.enable_grad",
    "gradients of its own": "torch.autograd.grad = lambda outputs, inputs, *a, **k: [torch.zeros_like(x) for x in inputs]",
    "calls of its own": "nn.Module.__call__ = lambda self, *a, **k: self.forward(*a, **k)",
    "constructors of its own": "nn.Linear.__init__.__code__ = (lambda self, *a, **k: None).__code__",
    "buffers of its own": "torch.frombuffer = lambda *a, **k: torch.zeros(1)",
    "a function mode": "from torch.overrides import TorchFunctionMode\nclass M(TorchFunctionMode):\n"
                       "    def __torch_function__(self, f, t, a=(), k=None): return f(*a, **(k or {}))\nM().__enter__()",
    "tensors that never leave": "torch.Tensor.detach = torch.Tensor.cpu = torch.Tensor.numpy = lambda self, *a: self",
    "a state dictionary of its own": "nn.Module.named_parameters = lambda self, *a, **k: iter(())",
}  # fmt: skip

PROPERTY = """
class Changing(nn.Linear):
    @property
    def weight(self): return self._parameters['weight'] * 0 + 1
    @weight.setter
    def weight(self, value): self.register_parameter('weight', value)
"""
TYPES = {
    "a metaclass that says yes": "class M(type):\n    def __instancecheck__(cls, x): return True\n    def __subclasscheck__(cls, x): return True\n"
                                 "class ScaledDotAttention(ScaledDotAttention, metaclass=M): pass",
    "a metaclass that calls itself": "class M(type):\n    def __call__(cls, *a, **k): return super().__call__(*a, **k)\n"
                                     "class ScaledDotAttention(ScaledDotAttention, metaclass=M): pass",
    "an instance of something else": "_class = ScaledDotAttention\nclass ScaledDotAttention:\n    def __new__(cls, *a): return _class(*a)",
    "no class but a function": "_class = ScaledDotAttention\ndef ScaledDotAttention(*a): return _class(*a)",
    "an instance in the place of the class": "ScaledDotAttention = ScaledDotAttention(4)",
    "a class that lies about what it is": "class ScaledDotAttention(ScaledDotAttention):\n    __class__ = property(lambda s: type(None))",
    "attributes that raise": "class ScaledDotAttention(ScaledDotAttention):\n    def __getattribute__(self, name):\n"
                             "        if name == 'training': raise SystemExit(0)\n        return super().__getattribute__(name)",
    "a way to be called of its own": "ScaledDotAttention.__call__ = lambda self, *a: (a[2] + 1, a[2])",
    "parameters that change when they are read": PROPERTY + "ScaledDotAttention.__init__.__globals__['nn'] = type('N', (), {"
                                                 "**vars(nn), 'Linear': Changing})",
    "a module whose `train` trains": "ScaledDotAttention.train = lambda self, mode=True: print('pass')",
    "a module whose `to` goes elsewhere": "ScaledDotAttention.to = lambda self, **k: type(self)(1)",
    "an end that exits": "import os\nScaledDotAttention.__del__ = lambda self: os._exit(0)",
    "an end that raises": "import sys\nScaledDotAttention.__del__ = lambda self: sys.exit(0)",
    "a name that is not a text": "class Name(str):\n    def __str__(self): return 1\n    __repr__ = __str__\n"
                                 "ScaledDotAttention.__name__ = Name('x')",
    "hooks on its call": "_init = ScaledDotAttention.__init__\ndef init(self, *a):\n    _init(self, *a)\n"
                         "    self.register_forward_hook(lambda m, i, o: (o[0] + 1, o[1]))\nScaledDotAttention.__init__ = init",
    "backward hooks": "_init = ScaledDotAttention.__init__\ndef init(self, *a):\n    _init(self, *a)\n"
                      "    self.Q.weight.register_hook(lambda g: g * 0)\nScaledDotAttention.__init__ = init",
}  # fmt: skip
SHADOWS = {
    "torch.py": "raise SystemExit(0)",
    "numpy.py": "allclose = lambda *a, **k: True\nraise SystemExit(0)",
    "harness.py": "print('pass')",
    "json.py": "dumps = lambda *a, **k: '{}'",
    "socket.py": "raise SystemExit(0)",
    "pytest.py": "main = lambda *a, **k: 0",
    "sitecustomize.py": "import os\nos._exit(0)",
    "usercustomize.py": "import os\nos._exit(0)",
    "conftest.py": "def pytest_runtest_makereport(item, call): return None",
    "pytest.ini": "[pytest]\naddopts = --collect-only",
    "subject.pth": "import os; os._exit(0)",
    "__init__.py": "raise SystemExit(0)",
    ".coveragerc": "[run]\nplugins = torch",
}

CHEATS = [
    *(dressed(f"puts in {what}", OWN, first=code, statuses=ANY, limit_s=8.0) for what, code in AT_IMPORT.items()),
    *(dressed(f"sets {what}", OWN, first=f"import torch\nfrom torch import nn\n{code}", statuses=ANY)
      for what, code in TORCH.items()),
    *(dressed(f"has {what}", LAWFUL, last=code, statuses=ANY) for what, code in TYPES.items()),
    Cheat("has files beside it that are named as modules", "They are not imported in the place of the real ones.",
          wrong(first="import json, socket, sys"), beside=SHADOWS),
    Cheat("has a folder beside it that is named as torch", "It is not imported in its place.", wrong(),
          beside={"torch.so": "x", "torch.pyc": "x", "nn.py": "raise SystemExit(0)"}),
    *(dressed(f"borrows {what}", "The project's own packages are not there for a subject.", first=code, statuses=("error",))
      for what, code in {
          "the reference": "from impl.reference import *",
          "the oracle": "import spec.contracts.scaled_dot_attention",
          "the judge": "import harness.judge",
          "the tests": "from tests.harness.mutants import PLAIN",
          "its own worker": "import sys\nsys.modules['harness.worker.calls'].described",
      }.items()),
]  # fmt: skip
