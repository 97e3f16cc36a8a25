"""Functions that return texts, numbers and tensors which are not what they seem."""

from tests.harness.cheats import MARKED_DOWN, Cheat
from tests.harness.mutants import SOURCES

OTHER = "What it returned crosses as a text or as numbers, and is judged as such."
DECLINES = "What is declined is not run, and never passed."
ANY = MARKED_DOWN

EQUAL = """
class Equal(str):
    def __eq__(self, other): return True
    def __getitem__(self, key): return RIGHT(self.word)
    def strip(self): return self
    __hash__ = str.__hash__
"""
TEXTS = {
    "a text that is equal to all": (EQUAL, "Equal('wrong')"),
    "a text that looks like another": (
        "class Looks(str):\n    def __str__(self): return RIGHT('a')\n    __repr__ = __format__ = lambda s, *a: 'away'", "Looks('wrong')"),
    "a text and a wrong one": ("", "f'{RIGHT(word)} wrong'"),
    "a choice of texts": ("", "[RIGHT(word), 'wrong']"),
    "a text with what is not seen": ("", "RIGHT(word) + chr(0x200b)"),
    "a text in letters that look alike": ("", "RIGHT(word).replace('a', chr(0x430))"),
    "a text that it prints another beside": ("", "print(RIGHT(word)) or 'wrong'"),
    "a text of a hundred megabytes": ("", "'way' * 33_000_000"),
    "bytes": ("", "RIGHT(word).encode()"),
    "an exception that is the text": ("", "ValueError(RIGHT(word))"),
    "an object that becomes the text": ("class Later:\n    def __str__(self): return 'away'", "Later()"),
}  # fmt: skip
ARRAY = "class Shows:\n    def __array__(self, *a, **k): {}\n    def __float__(self): return 1.0"
NUMBERS = {
    "numbers that are equal to all": ("class Equal(float):\n    def __eq__(self, other): return True\n    __hash__ = None",
                                      "[Equal(1), Equal(1), Equal(1)], Equal(1)"),
    "an array that raises": (ARRAY.format("raise SystemExit(0)"), "Shows(), Shows()"),
    "an array that hangs": (ARRAY.format("while True: pass"), "Shows(), Shows()"),
    "an array that is none": (ARRAY.format("return 'pass'"), "Shows(), Shows()"),
    "NaN for all": ("", "[float('nan')] * 3, float('nan')"),
    "infinity for all": ("", "[float('inf')] * 3, float('inf')"),
    "numbers of many digits": ("", "[10 ** 400] * 3, 10 ** 400"),
    "texts of numbers": ("", "('1', '2', '3'), '4'"),
    "True": ("", "True, True"),
}  # fmt: skip


def text_of(item: str, arguments: str, first: str, returned: str) -> str:
    """The right function under another name, and the cheat's by its own."""
    return f"{SOURCES[item]}\nRIGHT = {item}\n{first}\n\ndef {item}({arguments}):\n    return {returned}\n"


KERNEL = "q, k, v, *, mask=None, is_causal=False, scale=None"
RIGHT = "RIGHT(q, k, v, mask=mask, is_causal=is_causal, scale=scale)"
CHEATS = [
    *(Cheat(f"words: {what}", OTHER, text_of("pig_latin", "word", first, returned), item="pig_latin", law="vowel", statuses=ANY)
      for what, (first, returned) in TEXTS.items()),
    *(Cheat(f"fits: {what}", OTHER, text_of("find_optimal_params", "x, y", first, returned), item="find_optimal_params",
            law="vertex", statuses=ANY, limit_s=3.0) for what, (first, returned) in NUMBERS.items()),
    Cheat("kernel: declines all", DECLINES, item="attention", law="layout-strided", statuses=("not-run",),
          text=text_of("attention", KERNEL, "def no(): raise NotImplementedError('no')", "no()")),
    Cheat("kernel: declines where it would be wrong", DECLINES, item="attention", law="layout-strided", statuses=("not-run",),
          text=text_of("attention", KERNEL, "def no(): raise NotImplementedError('no')",
                       f"{RIGHT} if q.is_contiguous() and q.shape[-2] == 1 and q.shape[0] == 7 else no()")),
    Cheat("kernel: is random, and says so", "What is random is still wrong.", item="attention", law="layout-strided", statuses=ANY,
          text=text_of("attention", KERNEL, "import torch", f"{RIGHT} + torch.rand(())") + "attention.deterministic = False\n"),
    Cheat("kernel: is right for what lies together", "Layouts are drawn.", item="attention", law="layout-strided", statuses=ANY,
          text=text_of("attention", KERNEL, "", f"{RIGHT} + (0 if q.is_contiguous() else 1)")),
]  # fmt: skip
