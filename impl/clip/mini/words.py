"""The words of the small CLIP: byte pairs by counting, in a file that open_clip's own tokenizer reads.

Its vocabulary of 49,408 pieces would make a table larger than all else in the model; a few hundred hold every word that a
caption here has. Any other text is read as well, byte by byte where need be.
"""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from pathlib import Path

from open_clip.tokenizer import SimpleTokenizer

from impl.clip.drawn import scenes
from impl.whole_file import write_whole

FILE = "merges.txt.gz"
LENGTH = 24  # tokens: the longest caption of a scene has 16, and frames take three more
BYTES, ENDS = 2 * 256, 2
FRAMES = ("a photo of {}", "a picture of {}", "this is {}", "there is {}", "a drawing of {}")
"""What some of the captions that are trained on stand in."""
SAID = "a an on background shape shapes left right of above below and with in no it the image showing"

Pair = tuple[str, str]


def vocabulary() -> tuple[str, ...]:
    """Every word that a caption of a scene may have, and what people put around one."""
    nouns = [str(scenes.Group(number, None, None, shape)).split()[-1] for shape in scenes.SHAPES for number in (1, 2)]
    framing = " ".join(FRAMES).replace("{}", "")
    words = [*scenes.NUMBERS, *scenes.SIZES, *scenes.COLOURS, *nouns, *scenes.PATTERNS, *SAID.split(), *framing.split()]
    return tuple(sorted(set(words)))


def merges() -> list[Pair]:
    """The pairs that make one piece of every word, in the order in which they are joined: the commonest first, and of
    those that are as common the first by the alphabet."""
    words = [[*word[:-1], f"{word[-1]}</w>"] for word in vocabulary()]
    found: list[Pair] = []
    while pairs := Counter(pair for word in words for pair in itertools.pairwise(word)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        found.append(best)
        words = [_joined(word, best) for word in words]
    return found


def pieces() -> int:
    """How many there are."""
    return BYTES + len(merges()) + ENDS


def write(folder: Path) -> None:
    """Put the file that `tokenizer` reads into a folder.

    Raises:  OSError.
    """
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges())]
    write_whole(folder / FILE, gzip.compress("\n".join(lines).encode(), mtime=0))


def tokenizer(folder: Path) -> SimpleTokenizer:
    """open_clip's tokenizer on the pairs in a folder.

    Raises:  OSError.
    """
    return SimpleTokenizer(bpe_path=str(folder / FILE), context_length=LENGTH)


def _joined(word: list[str], pair: Pair) -> list[str]:
    joined: list[str] = []
    for piece in word:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
