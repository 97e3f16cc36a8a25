"""The words of the small CLIP: each of them one piece, any other text as well, in a file that is always the same."""

import random
from pathlib import Path

import pytest
from open_clip.tokenizer import SimpleTokenizer

from impl.clip.drawn import scenes
from impl.clip.drawn.scenes import Group, Scene
from impl.clip.mini import words


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> SimpleTokenizer:
    folder = tmp_path_factory.mktemp("words")
    words.write(folder)
    return words.tokenizer(folder)


def test_every_word_that_is_known_is_one_piece(tokenizer: SimpleTokenizer) -> None:
    pieces = [tokenizer.encode(word) for word in words.vocabulary()]
    assert [len(one) for one in pieces] == [1] * len(pieces)
    assert len({one[0] for one in pieces}) == len(pieces)


def test_every_word_of_a_caption_is_known() -> None:
    dice = random.Random(0)
    said = [scenes.told(scenes.draw(dice), dice) for _ in range(500)]
    framed = [frame.format(one) for frame in words.FRAMES for one in said[:50]]
    assert {word for one in (*said, *framed) for word in one.split()} <= set(words.vocabulary())


@pytest.mark.parametrize(
    "text",
    ["two red circles", "zebra crossing", "three clownfish in an anemone", "42 & 7!", "naïve café", "漢字", "🐠", "a_b-c", ""],
    ids=["known", "unknown", "a sentence", "signs", "accents", "another script", "a fish", "joined", "nothing"],
)  # fmt: skip
def test_any_text_is_read_and_comes_back(tokenizer: SimpleTokenizer, text: str) -> None:
    pieces = tokenizer.encode(text)
    assert all(0 <= one < words.pieces() for one in pieces)
    assert "".join(tokenizer.decode(pieces).split()) == "".join(text.split())


def test_a_model_has_a_row_for_every_piece(tokenizer: SimpleTokenizer) -> None:
    assert tokenizer.vocab_size == words.pieces()
    assert max(tokenizer.sot_token_id, tokenizer.eot_token_id) == words.pieces() - 1


def test_the_file_is_the_same_whenever_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    words.write(tmp_path / "one")
    backwards = tuple(reversed(words.vocabulary()))
    monkeypatch.setattr(words, "vocabulary", lambda: backwards)
    words.write(tmp_path / "other")
    assert (tmp_path / "one" / words.FILE).read_bytes() == (tmp_path / "other" / words.FILE).read_bytes()


def test_the_longest_caption_is_read_whole_in_the_longest_frame(tokenizer: SimpleTokenizer) -> None:
    one, two = Group(1, "small", "orange", "triangle"), Group(2, "medium", "purple", "crescent")
    longest = Scene(one, "left of", two, "speckled").caption
    dice = random.Random(1)
    assert all(len(scenes.told(scenes.draw(dice), dice).split()) <= len(longest.split()) for _ in range(300))
    frame = max(words.FRAMES, key=lambda one: len(one.split()))
    tokens = tokenizer([frame.format(longest)])[0].tolist()
    assert len(tokens) == words.LENGTH
    assert tokenizer.eot_token_id in tokens
    assert tokenizer.decode(tokens[1 : tokens.index(tokenizer.eot_token_id)]).strip() == frame.format(longest)
