"""Words, tokens, files, splits and batches of the translation models."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.nmt.batches import batches, groups, shuffled
from impl.nmt.pairs import BadFileError, Pairs, load, read
from impl.nmt.pig_latin import pig_latin, rule
from impl.nmt.vocabulary import CHARACTERS, EOP, EOS, SOS, VOCAB_SIZE, decode, encode
from impl.nmt.words import LONGEST, SMALL

WORDS = st.text(CHARACTERS, max_size=12)
DATA = os.environ.get("SPECIMEN_DATA", "")
needs_data = pytest.mark.skipif(not DATA, reason="SPECIMEN_DATA names no folder with the course's files")


@needs_data
@pytest.mark.parametrize(("name", "pairs", "missed", "left_out"), [("small", 3198, 0, 57), ("large", 22402, 87, 123)])
def test_the_rule_makes_the_courses_pairs(name: str, pairs: int, missed: int, left_out: int) -> None:
    found = read(Path(DATA) / f"pig_latin_{name}.txt")
    wrong = sum(pig_latin(source) != target for source, target in found.pairs)
    assert (len(found.pairs), wrong, len(found.left_out)) == (pairs, missed, left_out)
    assert f"left out {left_out} lines: line " in found.remark


def test_a_word_is_for_one_rule() -> None:
    by_rule = {
        "vowel": ["apple", "a"],
        "consonant": ["cat", "yes", "by"],
        "cluster": ["string", "quick"],
        "dash": ["a-b"],
    }
    assert [(name, word) for name, words in by_rule.items() for word in words if rule(word) != name] == []


@given(word=WORDS)
def test_decoding_is_the_inverse_of_encoding(word: str) -> None:
    assert decode(encode(word)) == word


def test_the_vocabulary_has_thirty_tokens() -> None:
    assert (VOCAB_SIZE, SOS, EOS, EOP) == (30, 27, 28, 29)
    assert [encode("-az")] == [[0, 1, 26]]
    with pytest.raises(ValueError, match="token 28 is no character"):
        decode([1, EOS])
    with pytest.raises(ValueError, match=r"'naïve' holds 'ï'"):
        encode("naïve")


def test_the_lists_are_the_same_in_every_process() -> None:
    small, large = load("small"), load("large")
    assert len(small.pairs) == SMALL
    assert {source for source, _ in small.pairs} < {source for source, _ in large.pairs}
    program = "from impl.nmt.pairs import load; p = load('large'); print(p.sha256, *p.split(3)[1][5])"
    found = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        for seed in ("1", "2")
    ]
    assert found[0].stdout == found[1].stdout == f"{large.sha256} {' '.join(large.split(3)[1][5])}\n".encode()


def test_the_lists_hold_frequent_words_and_compounds_and_nothing_vulgar() -> None:
    pairs = dict(load("large").pairs)
    assert {"the", "people", "association", "class", "documents"} <= pairs.keys()
    assert not {"shit", "fucking", "ass", "don't", "3rd"} & pairs.keys()
    compounds = [source for source in pairs if "-" in source]
    assert 0.02 < len(compounds) / len(pairs) < 0.03
    assert max(len(pairs[compound]) for compound in compounds) <= LONGEST


@given(words=st.sets(WORDS.filter(bool), min_size=2, max_size=40), seed=st.integers(0, 99))
def test_a_split_parts_words_in_four_fifths_and_one(words: set[str], seed: int) -> None:
    pairs = Pairs("drawn", (*((word, pig_latin(word)) for word in sorted(words)), (min(words), "another")))
    train, unseen = pairs.split(seed)
    assert sorted(train + unseen) == sorted(pairs.pairs)
    assert not {source for source, _ in train} & {source for source, _ in unseen}
    assert len({source for source, _ in train}) == max(1, int(0.8 * len(words)))
    assert pairs.split(seed) == (train, unseen)


def test_another_seed_is_another_split() -> None:
    assert load("small").split(0) != load("small").split(1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"cat atcay\ndog\n", "line 2: 1 word where there must be 2: 'dog'"),
        (b"cat atcay\n\na b c\n", "line 3: 3 words where there must be 2: 'a b c'"),
        (b"cat atcay\nno\xffo ononay\n", "line 2: byte 0xff is not UTF-8"),
        ("cat atcay\nüber überway\n".encode("utf-16"), "line 1: byte 0xff is not UTF-8"),
        (b"", "no line that can be used, out of 0"),
        (b"\n \n", "no line that can be used"),
        (b"don't on'tday\n", "no line that can be used, out of 2; line 1: \"don't\" holds \"'\""),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_line_and_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(BadFileError) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="No such file"):
        read(tmp_path / "no.txt")


def test_lines_outside_the_vocabulary_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeffCat\tatcay\r\ncat atcay\nit's it'sway\n3 3\ndog ogday".encode())
    found = read(path)
    assert found.pairs == (("cat", "atcay"), ("dog", "ogday"))
    assert found.remark == (
        'words.txt: left out 2 lines: line 3: "it\'s" holds "\'", and the vocabulary is a to z and the dash;'
        " line 4: '3' holds '3', and the vocabulary is a to z and the dash"
    )


def test_batches_are_groups_of_one_length_in_the_order_of_their_words() -> None:
    pairs = [("cat", "atcay"), ("a", "away"), ("dog", "ogday"), ("owl", "owlway"), ("pig", "igpay")]
    alone = batches(groups(pairs, decoder_only=True), 2)
    assert [batch.targets.shape for batch in alone] == [(2, 6), (1, 6), (1, 5), (1, 7)]
    assert alone[1].inputs[0].tolist() == [[SOS, *encode("pig"), EOP, *encode("igpay")]]
    both = batches(groups(pairs, decoder_only=False), 64)[0]
    assert [tensor.tolist()[1] for tensor in both.inputs] == [[*encode("dog"), EOS], [SOS, *encode("ogday")]]
    assert both.targets.tolist()[2] == [*encode("igpay"), EOS]


@given(seed=st.integers(0, 99))
def test_a_drawn_order_has_every_word_once(seed: int) -> None:
    grouped = groups([(word, pig_latin(word)) for word in ("cat", "dog", "pig", "owl", "a", "ox")], decoder_only=True)
    drawn = shuffled(grouped, 2, random.Random(seed))
    said = sorted(decode(row[:-1]) for batch in drawn for row in batch.targets.tolist())
    assert said == sorted(map(pig_latin, ("cat", "dog", "pig", "owl", "a", "ox")))
    for batch in drawn:
        assert [
            row[-len(t) :]
            for row, t in zip(batch.inputs[0][:, 1:].tolist(), batch.targets[:, :-1].tolist(), strict=True)
        ] == batch.targets[:, :-1].tolist()
