"""The search for captions: it finds what trying all of them finds, it ends, and its trail adds up."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from impl.clip import captions
from impl.clip.captions import OfScenes, OfWords, Searching, Trail, grammar
from impl.clip.drawn import scenes
from impl.clip.drawn.scenes import Group, Scene
from impl.clip.hunt import Try

DIGITS, LENGTH = 6, 4
State = tuple[int, ...]


class Numbers:
    """A grammar of a few digits: those that begin have but one that is not 0."""

    def beginnings(self) -> Iterable[State]:
        return [(first, *[0] * (LENGTH - 1)) for first in range(DIGITS)]

    def variations(self, of: State) -> Iterable[State]:
        return [(*of[:at], digit, *of[at + 1 :]) for at in range(LENGTH) for digit in range(DIGITS)]

    def caption(self, of: State) -> str:
        return "".join(str(digit) for digit in of)

    def learn(self, ranked: Sequence[State]) -> None:
        self.told = list(ranked)


class Dice:
    """A hunt in which a caption does well by its digits, each of them for itself; it remembers what was tried."""

    def __init__(self, seed: int, *, first_from: float) -> None:
        dice = random.Random(seed)
        self.worth = [[dice.uniform(0, 1) for _ in range(DIGITS)] for _ in range(LENGTH)]
        self.first_from, self.tried = first_from, list[str]()

    def of(self, caption: str) -> float:
        return sum(row[int(digit)] for row, digit in zip(self.worth, caption, strict=True)) - LENGTH

    def tries(self, some: Sequence[str]) -> list[Try]:
        self.tried += some
        return [Try(one, self.of(one), self.of(one) >= self.first_from) for one in some]


def search(hunt: Dice, **how: int) -> Trail:
    return Searching(hunt, Numbers(), **how).run()


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_the_caption_that_trying_all_of_them_finds(seed: int) -> None:
    hunt = Dice(seed, first_from=math.inf)
    every = ["".join(digits) for digits in itertools.product("012345", repeat=LENGTH)]
    assert search(hunt).best.caption == max(every, key=hunt.of)
    assert len(hunt.tried) == len(set(hunt.tried)) < len(every)  # none twice, and not by trying all


def test_a_caption_that_puts_the_target_first_is_better_than_a_likelier_one() -> None:
    hunt = Dice(0, first_from=-math.inf)
    tries = hunt.tries
    hunt.tries = lambda some: [Try(one, of, one[0] == "1") for one, of, _ in tries(some)]
    assert search(hunt).best.caption[0] == "1"


def test_it_ends_when_a_round_brings_little_and_the_target_is_first() -> None:
    found = search(Dice(1, first_from=-math.inf), rounds=50)
    assert found.best.is_first
    worth = [math.exp(one.best.log_probability) for one in found.rounds]
    gains = [after - before for before, after in itertools.pairwise(worth)]
    assert all(one >= captions.GAIN for one in gains[:-1])
    assert gains[-1] < captions.GAIN


def test_it_ends_after_as_many_rounds_as_it_may_have_or_when_nothing_is_left() -> None:
    assert len(search(Dice(2, first_from=math.inf), rounds=2).rounds) == 2
    everything = search(Dice(2, first_from=math.inf), beam=1000, rounds=50)
    assert everything.tried == DIGITS**LENGTH
    assert len(everything.rounds) < 10


@pytest.mark.parametrize("first_from", [-math.inf, -1.5, -1.0, math.inf])
def test_a_trail_adds_up(first_from: float) -> None:
    hunt = Dice(3, first_from=first_from)
    shown: list[Any] = []
    found = Searching(hunt, Numbers()).run(shown.append)
    assert shown == found.rounds
    assert found.tried == len(hunt.tried) == sum(one.tried for one in found.rounds)
    firsts = [one for one in hunt.tried if hunt.of(one) >= first_from]
    assert found.firsts == firsts
    assert found.before == (1 + hunt.tried.index(firsts[0]) if firsts else None)
    assert found.best == max(shown, key=lambda one: (one.best.is_first, one.best.log_probability)).best
    told = found.as_json()
    assert (told["tried"], told["firsts"], told["before"]) == (found.tried, len(firsts), found.before)
    assert (told["shortest"] in firsts) if firsts else told["shortest"] is None
    assert [one["tried"] for one in told["rounds"]] == [one.tried for one in found.rounds]


def test_a_grammar_is_told_its_beginnings_the_best_first() -> None:
    hunt, numbers = Dice(4, first_from=math.inf), Numbers()
    Searching(hunt, numbers, rounds=1).run()
    worth = [hunt.of(numbers.caption(one)) for one in numbers.told]
    assert worth == sorted(worth, reverse=True)
    assert len(worth) == DIGITS


def test_a_grammar_without_a_sentence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Numbers, "beginnings", lambda _: [])
    with pytest.raises(ValueError, match="no sentence"):
        search(Dice(0, first_from=0.0))


def words_of(scene: Scene) -> list[Any]:
    second = scene.second or Group(0, None, None, None)
    parts = [(one.number, one.size, one.colour, one.shape) for one in (scene.first, second)]
    return [*parts[0], scene.relation, *parts[1], scene.pattern]


def changes(one: Scene, other: Scene) -> int:
    """How many words differ; a second group that comes or goes is one change."""
    if (one.second is None) != (other.second is None):
        without, whole = (one, other) if one.second is None else (other, one)
        return 1 + changes(without, Scene(whole.first, pattern=whole.pattern))
    return sum(a != b for a, b in zip(words_of(one), words_of(other), strict=True))


def test_scenes_vary_by_one_change_and_stay_scenes() -> None:
    dice, of = random.Random(0), OfScenes()
    begun = list(of.beginnings())
    assert len(begun) == len(set(begun)) == 3 * 8 * 8
    for scene in [*begun[::40], *(scenes.draw(dice) for _ in range(30))]:
        found = list(of.variations(scene))
        assert len(found) > 20
        for one in found:
            assert one == scene.turned() or changes(scene, one) <= 1
            assert sum(group.number for group in one.groups) <= scenes.MOST_THINGS
            assert len({(group.colour, group.shape) for group in one.groups}) == len(one.groups)


def test_every_scene_can_be_come_to() -> None:
    dice, of = random.Random(1), OfScenes()
    for _ in range(5):
        scene = scenes.draw(dice)
        states = {scene}
        while not any(one in states for one in of.beginnings()):
            nearer = {new for one in states for new in of.variations(one) if len(new.caption) < len(one.caption)}
            assert nearer, scene.caption  # from any scene, words can be left out until it is a beginning
            states = {min(nearer, key=lambda one: len(one.caption.split()))}


def test_words_are_put_together_and_no_more_than_may_be() -> None:
    of = OfWords(["sea", "fish", "red", "the"], frame="a photo of {}, big")
    assert [of.caption(one) for one in of.beginnings()][:2] == ["a photo of sea, big", "a photo of fish, big"]
    of.learn([("red",), ("fish",)])
    found = {" ".join(one) for one in of.variations(("sea", "fish"))}
    assert {"sea", "fish", "red fish", "sea red", "fish sea fish", "red sea fish", "sea fish red"} <= found
    assert "the sea fish" not in found  # of the words only those are used that do well alone
    longest = tuple(["sea"] * captions.MOST_WORDS)
    assert all(0 < len(one) <= captions.MOST_WORDS for one in of.variations(longest))
    assert all(of.variations(("sea",)))


def test_common_words_are_many_and_words() -> None:
    found = captions.common_words()
    assert len(found) == len(set(found)) == captions.COMMON
    assert all(one.isalpha() and len(one) > 2 for one in found)


def test_what_is_tried_depends_on_the_weights_and_on_a_file(tmp_path: Path) -> None:
    stand_in: Any = SimpleNamespace(stands_in_for="ViT-B-32:openai")
    real: Any = SimpleNamespace(stands_in_for=None)
    assert isinstance(grammar(stand_in, None), OfScenes)
    assert grammar(real, None).words == captions.common_words()
    (tmp_path / "words").write_text("fish\n\n  sea anemone \nfish\n")
    assert grammar(stand_in, tmp_path / "words").words == ["fish", "sea anemone"]
    (tmp_path / "words").write_text("\n \n")
    with pytest.raises(ValueError, match="has no words"):
        grammar(real, tmp_path / "words")
