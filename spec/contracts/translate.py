"""Greedy decoding, as the course's notebook calls it: a word goes in, the likeliest characters come out.

What is judged is the decoding, not a model: the model that it is given is scripted. Its logits at a position are a sum of
three tables' rows: of the token there, of the place, and of every token up to there; so whatever is fed to it wrongly,
comes out wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spec.contracts.contract import Case, Contract, Form, without_oracle
from spec.contracts.decoder_tensors import EOP, EOS, SOS
from spec.contracts.transformer import VOCAB_SIZE
from spec.rounding import Array

LIMIT = 20  # characters: the notebook's
PLACES = 64
CHARACTERS = "-abcdefghijklmnopqrstuvwxyz"
NEVER = -1e6


@dataclass(frozen=True)
class Script:
    """A decoder's tables.

    Shapes:  of_token, of_past [vocab, vocab]; of_place [places, vocab].
    """

    of_token: Array
    of_past: Array
    of_place: Array

    def logits(self, tokens: list[int]) -> Array:
        """What is said after some tokens.

        Shapes:  [vocab].
        """
        last: Array = self.of_token[tokens[-1]] + self.of_place[len(tokens) - 1] + self.of_past[tokens].sum(axis=0)
        return last

    def as_json(self) -> dict[str, Any]:
        """What stands for the decoder in a request."""
        return {"decoder": {name: getattr(self, name).tolist() for name in ("of_token", "of_past", "of_place")}}


def draw(rng: np.random.Generator, *, ends: float) -> Script:
    """Tables of whole numbers that say characters, and EOS the more readily the higher `ends` is; never SOS or EOP.

    Shapes:  as `Script`.
    """
    of_token, of_past = (rng.integers(-100, 101, (VOCAB_SIZE, VOCAB_SIZE)).astype(float) for _ in range(2))
    of_place = rng.integers(-200, 201, (PLACES, VOCAB_SIZE)) + np.arange(VOCAB_SIZE) / 1024  # sums are exact, none ties
    of_place[:, [SOS, EOP]] = NEVER
    of_place[:, EOS] += ends
    return Script(of_token, of_past, of_place)


def greedy(script: Script, prompt: list[int]) -> str:
    """The likeliest characters after a prompt, until EOS or the limit."""
    said: list[int] = []
    while len(said) < LIMIT:
        token = int(script.logits(prompt + said).argmax())
        if token == EOS:
            break
        said.append(token)
    return "".join(CHARACTERS[token] for token in said)


def encoded(word: str) -> list[int]:
    """A word's tokens."""
    return [CHARACTERS.index(character) for character in word]


def case(script: Script, word: str, *, with_encoder: bool) -> Case:
    """A call; an encoder's annotations are the tokens that it read, and the decoder takes them for its past."""
    encoder: tuple[Any, ...] = ({"encoder": {}},) if with_encoder else ()
    return Case((), {}, {}, extra=(word, *encoder, script.as_json(), {"indexes": {}}, {"options": {"cuda": False}}))


def right(script: Script, word: str, *, with_encoder: bool) -> str:
    """What a call must give: the decoder alone reads SOS, the word and EOP; beside an encoder that has read the word and
    EOS, it reads SOS."""
    if not with_encoder:
        return greedy(script, [SOS, *encoded(word), EOP])
    read = script.of_past[[*encoded(word), EOS]].sum(axis=0)
    return greedy(Script(script.of_token + read, script.of_past, script.of_place), [SOS])


def _contract(item: str, *, with_encoder: bool) -> Contract:
    encoder = "encoder, " if with_encoder else ""
    return Contract(
        item=item,
        question="translate-with-encoder" if with_encoder else "translate",
        signature=f"translate(input_string, {encoder}decoder, idx_dict, opts) -> translation",
        parameters=dict,
        outputs=lambda _: {"translation": (Form((), kind="text"),)},
        oracle=without_oracle,
        describe=lambda case: f"word {case.extra[0]!r}",
        probe=lambda rng: case(draw(rng, ends=0.0), "cat", with_encoder=with_encoder),
        is_function=True,
        aliases=("translate",) if with_encoder else (),
        takes=frozenset({5 if with_encoder else 4}),
    )


CONTRACT = _contract("translate", with_encoder=False)
WITH_ENCODER = _contract("translate_with_encoder", with_encoder=True)
