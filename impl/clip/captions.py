"""Captions found by trying: a beam search over the sentences of a grammar, guided by how likely they make the target."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from wordfreq import top_n_list

from impl.clip.drawn import scenes
from impl.clip.drawn.scenes import Group, Scene
from impl.clip.encoder import Encoder
from impl.clip.hunt import Hunt, Try

BEAM, ROUNDS = 8, 8
COMMON, SHORTLIST, MOST_WORDS = 2000, 80, 6
GAIN = 0.01  # of the probability: a round that brings less is the last one
FRAME = "a photo of {}"

State = TypeVar("State")


class Grammar(Protocol[State]):
    """Sentences, and what is one change away from each."""

    def beginnings(self) -> Iterable[State]:
        """What is tried first."""

    def variations(self, of: State) -> Iterable[State]:
        """What is one change away."""

    def caption(self, of: State) -> str:
        """The sentence."""

    def learn(self, ranked: Sequence[State]) -> None:
        """Be told the beginnings, the best first."""


class Round(NamedTuple):
    """A round of a search: how many captions were tried in it, and the best of all so far."""

    tried: int
    best: Try


@dataclass(frozen=True)
class Trail:
    """A search: its rounds, and the captions that put the target first, in the order in which they were tried.

    Edges:   `before` is how many were tried until the first of those, and it; None if there is none.
    """

    rounds: list[Round]
    firsts: list[str]
    before: int | None
    tried: int

    @property
    def best(self) -> Try:
        """The caption that makes the target likeliest; one that puts it first, if there is one."""
        return self.rounds[-1].best

    def as_json(self) -> dict[str, Any]:
        """The trail in numbers and texts."""
        rounds = [
            {
                "tried": one.tried,
                "caption": one.best.caption,
                "probability": math.exp(one.best.log_probability),
                "is_first": one.best.is_first,
            }
            for one in self.rounds
        ]
        shortest = min(self.firsts, key=lambda one: (len(one.split()), len(one)), default=None)
        return {
            "rounds": rounds,
            "tried": self.tried,
            "before": self.before,
            "firsts": len(self.firsts),
            "shortest": shortest,
        }


class Searching(Generic[State]):
    """A search under way. Iterate over its rounds; the trail is there at any time after the first.

    Edges:   it ends when the best caption puts the target first and a round has brought little more, or after ROUNDS.
    """

    def __init__(self, hunt: Hunt, grammar: Grammar[State], *, beam: int = BEAM, rounds: int = ROUNDS) -> None:
        self.hunt, self.grammar, self.beam, self.rounds = hunt, grammar, beam, rounds
        self._seen: dict[str, tuple[Try, State]] = {}
        self._rounds: list[Round] = []

    def run(self, show: Callable[[Round], None] = lambda _: None) -> Trail:
        """Try round after round; -> the trail."""
        states = list(self.grammar.beginnings())
        while len(self._rounds) < self.rounds:
            before = self._rounds[-1].best if self._rounds else None
            tried = self._try(states)
            if not self._seen:
                raise ValueError("the grammar has no sentence")
            ranked = sorted(self._seen.values(), key=lambda one: _worth(one[0]), reverse=True)
            if before is None:
                self.grammar.learn([state for _, state in ranked])
            best = ranked[0][0]
            self._rounds.append(Round(tried, best))
            show(self._rounds[-1])
            if before and best.is_first and math.exp(best.log_probability) - math.exp(before.log_probability) < GAIN:
                break
            states = [new for _, state in ranked[: self.beam] for new in self.grammar.variations(state)]
            if not tried:
                break
        return self._trail()

    def _try(self, states: Sequence[State]) -> int:
        """Try those captions that are new; -> how many."""
        new = {caption: state for state in states if (caption := self.grammar.caption(state)) not in self._seen}
        for found in self.hunt.tries(list(new)) if new else []:
            self._seen[found.caption] = found, new[found.caption]
        return len(new)

    def _trail(self) -> Trail:
        firsts = [caption for caption, (found, _) in self._seen.items() if found.is_first]
        places = {caption: number for number, caption in enumerate(self._seen, 1)}
        return Trail(self._rounds, firsts, places[firsts[0]] if firsts else None, len(self._seen))


def _worth(found: Try) -> tuple[bool, float]:
    return found.is_first, found.log_probability


class OfScenes:
    """The sentences that drawn scenes are told by."""

    def beginnings(self) -> Iterable[Scene]:
        """A group of so many of a colour of a shape, nothing else."""
        for group in scenes.groups():
            if group.size == scenes.SIZES[0]:
                yield Scene(replace(group, size=None))

    def variations(self, of: Scene) -> Iterable[Scene]:
        """A word changed, added or left out, or a second group added or left out; only what can be drawn."""
        return (one for one in self._changed(of) if _can_be_drawn(one))

    def _changed(self, of: Scene) -> Iterable[Scene]:
        for pattern in (None, *scenes.PATTERNS):
            yield replace(of, pattern=pattern)
        for group in _near(of.first):
            yield replace(of, first=group)
        if of.second is None:
            for begun in self.beginnings():
                for relation in scenes.RELATIONS:
                    yield replace(of, relation=relation, second=begun.first)
            return
        yield replace(of, relation=None, second=None)
        yield of.turned()
        for relation in scenes.RELATIONS:
            yield replace(of, relation=relation)
        for group in _near(of.second):
            yield replace(of, second=group)

    def caption(self, of: Scene) -> str:
        """The sentence."""
        return of.caption

    def learn(self, ranked: Sequence[Scene]) -> None:
        """All words stay in use."""


def _can_be_drawn(scene: Scene) -> bool:
    """Whether there may be such a scene: of no more things than fit, and not of the same ones twice."""
    things = {(group.colour, group.shape) for group in scene.groups}
    return sum(group.number for group in scene.groups) <= scenes.MOST_THINGS and len(things) == len(scene.groups)


def _near(group: Group) -> Iterable[Group]:
    """Groups that differ in one word."""
    for number in range(1, scenes.MOST_THINGS + 1):
        yield replace(group, number=number)
    for size in (None, *scenes.SIZES):
        yield replace(group, size=size)
    for colour in scenes.COLOURS:
        yield replace(group, colour=colour)
    for shape in scenes.SHAPES:
        yield replace(group, shape=shape)


class OfWords:
    """Words one after the other, in a frame: for weights that know the world.

    Edges:   the words that do best alone are those that are put together.
    Raises:  ValueError for no words.
    """

    def __init__(self, words: Sequence[str] = (), *, frame: str = FRAME) -> None:
        self.words = list(words) or common_words()
        self.frame, self.kept = frame, list[str]()

    def beginnings(self) -> Iterable[tuple[str, ...]]:
        """Every word by itself."""
        return ((word,) for word in self.words)

    def variations(self, of: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
        """A word added before or after, left out, or put in another's place."""
        for place in range(len(of)):
            if len(of) > 1:
                yield of[:place] + of[place + 1 :]
            for word in self.kept:
                yield (*of[:place], word, *of[place + 1 :])
        if len(of) < MOST_WORDS:
            for word in self.kept:
                yield (word, *of)
                yield (*of, word)

    def caption(self, of: tuple[str, ...]) -> str:
        """The words in their frame."""
        return self.frame.replace("{}", " ".join(of))

    def learn(self, ranked: Sequence[tuple[str, ...]]) -> None:
        """Keep the words that do best alone."""
        self.kept = [words[0] for words in ranked[:SHORTLIST]]


def common_words() -> list[str]:
    """The commonest words of English that have three letters or more."""
    return [word for word in top_n_list("en", COMMON + COMMON // 2) if word.isalpha() and len(word) > 2][:COMMON]


def grammar(encoder: Encoder, words: Path | None) -> Grammar[Any]:
    """What a search tries: words of a file, if there is one; else a small CLIP's own sentences, or common words.

    Raises:  ValueError for a file without words; OSError.
    """
    if words is not None:
        try:
            lines = words.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"{words} is no text in UTF-8: {error.reason}") from error
        found = [line.strip() for line in lines if line.strip()]
        if not found:
            raise ValueError(f"{words} has no words: expected one a line")
        return OfWords(list(dict.fromkeys(found)))
    return OfScenes() if encoder.stands_in_for else OfWords()
