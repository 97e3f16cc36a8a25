"""The thirty tokens of section 3: a dash, the letters, and what marks a start, an end and the end of a prompt."""

from collections.abc import Iterable

CHARACTERS = "-abcdefghijklmnopqrstuvwxyz"
SOS, EOS, EOP = range(len(CHARACTERS), len(CHARACTERS) + 3)
VOCAB_SIZE = len(CHARACTERS) + 3
NAMES = [*CHARACTERS, "SOS", "EOS", "EOP"]
INDEX = {character: index for index, character in enumerate(CHARACTERS)}


def encode(word: str) -> list[int]:
    """A word's tokens, one a character, with no end.

    Raises:  ValueError that names the first character outside the vocabulary.
    """
    check(word)
    return [INDEX[character] for character in word]


def decode(tokens: Iterable[int]) -> str:
    """The word of some tokens: `decode(encode(word)) == word`.

    Raises:  ValueError at a token that is no character, such as EOS.
    """
    tokens = list(tokens)
    strange = next((token for token in tokens if not 0 <= token < len(CHARACTERS)), None)
    if strange is not None:
        raise ValueError(f"token {strange} is no character; characters are 0 to {len(CHARACTERS) - 1}")
    return "".join(CHARACTERS[token] for token in tokens)


def text(tokens: Iterable[int]) -> str:
    """Tokens as they are shown: characters as they are, the others by their names, in capitals."""
    return "".join(NAMES[token] for token in tokens)


def check(word: str) -> None:
    """Raise ValueError, naming the first of them, if a word holds characters outside the vocabulary."""
    strange = next((character for character in word if character not in INDEX), None)
    if strange is not None:
        raise ValueError(f"{word!r} holds {strange!r}, and the vocabulary is a to z and the dash")
