"""The data of section 4: 800 sentences, their splits, the course's files; and corpora in which none of them stands."""

import os
import re
from pathlib import Path

import pytest

from impl.bert import arithmetic
from impl.bert.arithmetic import DataError, Examples
from impl.bert.corpora import CORPORA, lines

SENTENCES, LABELS = arithmetic.verbal_arithmetic()
LINES = 20_000


def test_a_split_has_every_sentence_once() -> None:
    split = arithmetic.split(3)
    assert (len(split.seen), len(split.unseen)) == (640, 160)
    assert sorted(split.seen.sentences + split.unseen.sentences) == sorted(SENTENCES)
    assert split == arithmetic.split(3) != arithmetic.split(4)


def test_labels_go_with_their_sentences() -> None:
    split = arithmetic.split(0)
    for part in (split.seen, split.unseen):
        assert [arithmetic.label(sentence) for sentence in part.sentences] == list(part.labels)


def test_longer_sentences_are_worked_out_from_the_left() -> None:
    said = ("three minus two minus two", "three minus two minus one", "one minus two plus nineteen")
    assert [arithmetic.label(one) for one in said] == [0, 1, 2]
    for wrong in ("three times two", "three minus", "twenty minus one", "three minus two two"):
        with pytest.raises(ValueError, match=r"\w"):
            arithmetic.label(wrong)


def test_a_part_set_apart_has_a_share_of_every_class() -> None:
    seen = arithmetic.split(0).seen
    split = arithmetic.stratified(seen, 0.3, 1)
    assert len(split.seen) + len(split.unseen) == len(seen)
    for one in range(3):
        assert abs(split.unseen.labels.count(one) - 0.3 * seen.labels.count(one)) <= 1
    assert not set(split.seen.sentences) & set(split.unseen.sentences)


@pytest.mark.skipif("SPECIMEN_DATA" not in os.environ, reason="needs the course's data, SPECIMEN_DATA")
def test_the_courses_files_are_the_800_sentences() -> None:
    split = arithmetic.read(Path(os.environ["SPECIMEN_DATA"]))
    truth = dict(zip(SENTENCES, LABELS, strict=True))
    for part, counts in ((split.seen, [143, 19, 478]), (split.unseen, [47, 2, 111])):
        assert [truth[one] for one in part.sentences] == list(part.labels)
        assert [part.labels.count(label) for label in range(3)] == counts
    assert sorted(split.seen.sentences + split.unseen.sentences) == sorted(SENTENCES)
    assert f"{split.majority:.3f}" == "0.694"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (",input,label\n1,one plus one,3\n", "line 2"),
        (",input,label\n1,one plus one,2\n2,only two\n", "line 3"),
        (",input,label\n1,,2\n", "line 2"),
        (",input,label\n", "no sentences"),
        ("", "no sentences"),
    ],
)
def test_a_file_that_is_not_the_courses_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / arithmetic.TRAIN_FILE).write_text(text)
    with pytest.raises(DataError, match=said):
        arithmetic.read(tmp_path)


def test_a_file_whose_columns_have_no_names_loses_no_sentence(tmp_path: Path) -> None:
    for name, text in (
        (arithmetic.TRAIN_FILE, "7,one plus one,2\n8,one minus two,0\n"),
        (arithmetic.TEST_FILE, "1,two plus two,2\n"),
    ):
        (tmp_path / name).write_text(text)
    split = arithmetic.read(tmp_path)
    assert (split.seen.sentences, split.unseen.labels) == (("one plus one", "one minus two"), (2,))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=arithmetic.TRAIN_FILE):
        arithmetic.read(tmp_path)
    (tmp_path / arithmetic.TRAIN_FILE).write_bytes(b",input,label\n1,\xff\xfe,2\n")
    with pytest.raises(DataError, match="cannot be read"):
        arithmetic.read(tmp_path)


def test_the_majority_is_that_of_what_was_seen() -> None:
    split = arithmetic.Split(Examples(("a", "b", "c"), (2, 2, 0)), Examples(("d", "e"), (0, 2)))
    assert split.majority == 0.5


@pytest.mark.parametrize("name", CORPORA)
def test_no_sentence_of_the_task_stands_in_a_corpus(name: str) -> None:
    text = lines(name, LINES, 0)
    forbidden = re.compile(rf"\b(?:{'|'.join(SENTENCES)})\b")
    assert forbidden.search("they say two plus two is four")
    assert [line for line in text if forbidden.search(line)] == []


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_has_the_words_of_the_task(name: str) -> None:
    words = set(" ".join(lines(name, LINES, 0)).split())
    assert {*arithmetic.WORDS, *arithmetic.SIGNS} <= words


def test_mathematics_is_right_and_chatter_has_none() -> None:
    for line in lines("math", LINES, 1):
        if found := re.fullmatch(r"(\d+) ([+-]) (\d+) = (- )?(\d+)", line):
            a, sign, b, negative, result = found.groups()
            assert int(a) + (1 if sign == "+" else -1) * int(b) == int(result) * (-1 if negative else 1)
        if found := re.fullmatch(r"(\d+) (?:is less than|comes before|<) (\d+)", line):
            assert int(found[1]) < int(found[2])
    chatter = " ".join(lines("chatter", LINES, 1))
    assert not re.search(r"\d+ [+-] \d+|less than|greater|equals|take away|sum of|difference", chatter)


def test_a_corpus_is_drawn_by_its_seed() -> None:
    assert lines("math", 50, 0) == lines("math", 50, 0) != lines("math", 50, 1)
