"""Kernels that try to seem faster than they are, and honest ones that do what might look like it."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple

PLAIN = """
import ctypes, glob, os, signal, socket, sys, threading, time
import torch

def plain(q, k, v, *, mask=None, is_causal=False, scale=None):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal, scale=scale)

def spoilt(q):
    return torch.full_like(q, float("nan"))
"""


class Kernel(NamedTuple):
    """A kernel's text, and what is said of it: nothing where it has a time."""

    text: str
    said: str = ""

    @property
    def source(self) -> str:
        return PLAIN + dedent(self.text)


WRONG = r"out\[.*\] is .*, expected"
CHEATS = {
    "unfinished-by-thread": Kernel("""
        def attention(q, k, v, **keywords):
            out = torch.zeros_like(q)
            given = [x.clone() for x in (q, k, v)]
            def later():
                time.sleep(0.2)
                out.copy_(plain(*given, **keywords))
            threading.Thread(target=later, daemon=True).start()
            return out
        """, WRONG),
    "cached-by-address": Kernel("""
        known = {}
        def attention(q, k, v, **keywords):
            at = k.data_ptr()
            if at not in known:
                known[at] = plain(q, k, v, **keywords)
            return known[at]
        """, WRONG),
    "cached-by-shape": Kernel("""
        known = {}
        def attention(q, k, v, **keywords):
            if q.shape not in known:
                known[q.shape] = plain(q, k, v, **keywords)
            return known[q.shape]
        """, WRONG),
    "cached-by-seed": Kernel("""
        known = {}
        def attention(q, k, v, **keywords):
            seed = torch.initial_seed()
            if seed not in known:
                known[seed] = plain(q, k, v, **keywords)
            return known[seed]
        """, WRONG),
    "patched-clocks": Kernel("""
        def attention(q, k, v, **keywords):
            for _ in range(200):
                out = plain(q, k, v, **keywords)
            return out
        for name in ("perf_counter", "monotonic", "time", "process_time"):
            setattr(time, name, lambda: 0.0)
        torch.cuda.synchronize = lambda *_: None
        """, "its clock and ours disagree by .* s a round by its own"),
    "fast-clock": Kernel("""
        count = iter(range(10**9))
        def attention(q, k, v, **keywords):
            return plain(q, k, v, **keywords)
        time.perf_counter = lambda: 1e6 * next(count)
        """, "its clock and ours disagree by .* by its own"),
    "lazy-and-never": Kernel("""
        class Lazy(torch.Tensor):
            def __eq__(self, other):
                return True
            __hash__ = None
        torch.equal = torch.allclose = lambda *_, **__: True
        def attention(q, k, v, **keywords):
            return torch.zeros_like(q).as_subclass(Lazy)
        """, WRONG),
    "rows-left-out": Kernel("""
        def attention(q, k, v, **keywords):
            done = torch.rand(q.shape[2]) > 0.1
            out = torch.zeros_like(q)
            out[:, :, done] = plain(q, k, v, **keywords)[:, :, done]
            return out
        """, WRONG),
    "a-head-left-out": Kernel("""
        def attention(q, k, v, **keywords):
            out = plain(q, k, v, **keywords)
            out[torch.randint(q.shape[0], ()), torch.randint(q.shape[1], ())] = 0.0
            return out
        """, WRONG),
    "a-row-from-before": Kernel("""
        last = []
        def attention(q, k, v, **keywords):
            out = plain(q, k, v, **keywords)
            last.append(out.clone())
            if len(last) > 2:
                out[0, 0, 5] = last[-2][0, 0, 5]
            return out
        """, WRONG),
    "lower-precision": Kernel("""
        def attention(q, k, v, **keywords):
            return plain(q.bfloat16(), k.bfloat16(), v.bfloat16(), **keywords).to(q.dtype)
        """, WRONG),
    "another-dtype": Kernel("""
        def attention(q, k, v, **keywords):
            return plain(q, k, v, **keywords).bfloat16()
        """, "it returned torch.bfloat16 .* expected torch.float32"),
    "no-tensor": Kernel("""
        def attention(q, k, v, **keywords):
            return None
        """, "it returned NoneType, expected a tensor"),
    "nan": Kernel("""
        def attention(q, k, v, **keywords):
            return spoilt(q)
        """, r"out\[.*\] is nan"),
    "its-input": Kernel("""
        def attention(q, k, v, **keywords):
            return q
        """, WRONG),
    "changes-its-input": Kernel("""
        def attention(q, k, v, **keywords):
            out = plain(q, k, v, **keywords)
            v.zero_()
            return out
        """, "it changes its input v"),
    "answers-early": Kernel("""
        def attention(q, k, v, **keywords):
            frame = sys._getframe()
            while frame and "number" not in frame.f_locals:
                frame = frame.f_back
            channel, number = frame.f_locals["channel"], frame.f_locals["number"]
            frame.f_globals["wire"].send(channel, {"own_s": 1e-4, "number": number})
            time.sleep(0.2)
            return plain(q, k, v, **keywords)
        """, r"out\[.*\] is nan"),
    "answers-by-guess": Kernel("""
        def attention(q, k, v, **keywords):
            header = b'{"own_s": 0.0001, "number": "0123456789abcdef", "buffers": []}'
            for number in range(3, 64):
                try:
                    socket.socket(fileno=os.dup(number)).sendall(len(header).to_bytes(4, "little") + header)
                except OSError:
                    pass
            time.sleep(0.2)
            return plain(q, k, v, **keywords)
        """, "an answer to another question"),
    "our-loop-replaced": Kernel("""
        def attention(q, k, v, **keywords):
            frame = sys._getframe()
            while frame and type(frame.f_locals.get("self")).__name__ != "Timed":
                frame = frame.f_back
            type(frame.f_locals["self"])._put = lambda *_: None
            return plain(q, k, v, **keywords)
        """, r"out\[.*\] is nan"),
    "exits": Kernel("""
        def attention(q, k, v, **keywords):
            os._exit(0)
        """, "exited with status 0"),
    "cuts-off-the-file": Kernel("""
        def attention(q, k, v, **keywords):
            out = plain(q, k, v, **keywords)
            os.truncate("arrays", 0)
            return out
        """, "was killed by SIGBUS"),
    "results-of-a-neighbour": Kernel("""
        def attention(q, k, v, **keywords):
            for path in glob.glob("../*/arrays") + glob.glob(f"/proc/{os.getppid()}/mem"):
                with open(path, "rb") as file:
                    if os.path.realpath(path) != os.path.realpath("arrays") and len(held := file.read(q.nbytes)) == q.nbytes:
                        return torch.frombuffer(bytearray(held), dtype=q.dtype).reshape(q.shape)
            return spoilt(q)
        """, f"{WRONG}|denied|Input/output error"),
    "ours-for-its-own": Kernel("""
        def attention(q, k, v, **keywords):
            from impl.attention.sdpa import attention as ours
            return ours(q, k, v, **keywords)
        """, "impl is not there for a subject"),
    "another-process": Kernel(
        """
        if not os.fork():
            os.setsid()
            time.sleep(100)
            os._exit(0)
        attention = plain
        """,
        r"it keeps other processes \(1\)",
    ),
    "declines": Kernel("""
        def attention(q, k, v, **keywords):
            raise NotImplementedError("not on Tuesdays")
        """, "not on Tuesdays"),
    "raises": Kernel("""
        def attention(q, k, v, **keywords):
            raise MemoryError("more than there is")
        """, "more than there is"),
}  # fmt: skip
"""None of these may have a time."""

NO_GAIN = {
    "plain": Kernel("attention = plain"),
    "cached-by-values": Kernel("""
        known = set()
        def attention(q, k, v, **keywords):
            values = tuple(x.sum().item() for x in (q, k, v))
            out = spoilt(q) if values in known else plain(q, k, v, **keywords)
            known.add(values)
            return out
        """),
    "looks-ahead": Kernel("""
        import mmap
        known = set()
        def attention(q, k, v, **keywords):
            out = spoilt(q) if q.numpy().tobytes() in known else plain(q, k, v, **keywords)
            if glob.glob("arrays"):
                with open("arrays", "rb") as file:
                    held = file.read()
                size = -(-q.nbytes // 4096) * 4096
                known.update(held[at:at + q.nbytes] for at in range(size, len(held), size))
            return out
        """),
    "lazy-until-looked-at": Kernel("""
        class Lazy(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                made = [x.make() if isinstance(x, Lazy) and hasattr(x, "make") else x for x in args]
                with torch._C.DisableTorchFunctionSubclass():
                    return function(*made, **(kwargs or {}))
        def attention(q, k, v, **keywords):
            out = torch.zeros_like(q).as_subclass(Lazy)
            out.make = lambda: plain(q, k, v, **keywords)
            return out
        """),
    "floods": Kernel("""
        def attention(q, k, v, **keywords):
            os.write(1, b"passed " * 100_000)
            return plain(q, k, v, **keywords)
        """),
    "workspace-kept": Kernel("""
        space = {}
        def attention(q, k, v, *, is_causal=False, **keywords):
            n = q.shape[2]
            logits = space.setdefault((q.shape, n), torch.empty(*q.shape[:3], n))
            torch.matmul(q, k.mT, out=logits).mul_(q.shape[-1] ** -0.5)
            if is_causal:
                logits.masked_fill_(torch.ones(n, n, dtype=torch.bool).triu_(1), -torch.inf)
            return torch.softmax(logits, -1) @ v
        """),
    "warms-up": Kernel("""
        ready = []
        def attention(q, k, v, **keywords):
            if not ready:
                time.sleep(0.5)
                ready.append(True)
            return plain(q, k, v, **keywords)
        """),
}  # fmt: skip
"""These are timed, and are no faster for what they try: a trick that works would give itself away by a wrong result."""
