"""What is done for section 4 on the way to a worker and back: libraries, saving and loading, lists of texts, what is printed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.clock import Limits
from harness.item import Item
from harness.outcome import Broken, Raised
from harness.process import Zygote
from harness.received import texts_in
from harness.subject import Subject
from harness.target import resolve
from spec.contracts import CONTRACTS, SentenceClassifier, VerbalArithmetic, WhatIs, sentence_classifier, what_is
from spec.contracts import verbal_arithmetic as arithmetic
from tests.harness.mutants.bert_texts import CLASSIFIER, VERBAL_ARITHMETIC, WHAT_IS

FROZEN = {"frozen": {"but": "classifier"}}
OFFLINE = """
import os, sys
sys.addaudithook(lambda event, _: os._exit(7) if event in ("socket.connect", "socket.getaddrinfo") else None)
"""


@pytest.fixture
def item_of(zygote_with_libraries: Zygote, tmp_path: Path) -> Iterator[Any]:
    """An item of a subject with some text, in a process of its own."""
    begun: list[tuple[Item, Subject]] = []

    def item_of(text: str, contract: Any) -> Item:
        (tmp_path / "subject.py").write_text(text)
        subject = Subject(
            resolve(str(tmp_path / "subject.py")), zygote_with_libraries, device="cpu", limits=Limits(60.0, 600.0)
        )
        subject.read(CONTRACTS)
        item = Item(subject, contract, contract.probe(np.random.default_rng(0)))
        begun.append((item, subject))
        item.begin()
        return item

    yield item_of
    for item, subject in begun:
        item.finish()
        subject.close()


def drawn(seed: int = 0, **sizes: int) -> Any:
    defaults = {"batch": 2, "seq_len": 4, "hidden": 4, "n_heads": 2, "layers": 1, "labels": 3}
    return sentence_classifier.draw(np.random.default_rng(seed), **{**defaults, **sizes}).cast("float32")


def printed(zygote: Zygote, what: bytes) -> bool:
    """Whether something is printed, within a few seconds."""
    deadline = time.monotonic() + 5
    while what not in zygote.output and time.monotonic() < deadline:
        time.sleep(0.01)
    return what in zygote.output


def test_libraries_are_imported_off_the_subjects_clock(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "subject.py").write_text(CLASSIFIER)
    limits = Limits(60.0, 600.0)
    subject = Subject(resolve(str(tmp_path / "subject.py")), zygote, device="cpu", limits=limits)
    subject.read(CONTRACTS)
    before, started = limits.spent_s, time.monotonic()
    subject.load("BertForSentenceClassification")
    took, counted = time.monotonic() - started, limits.spent_s - before
    subject.close()
    assert 0 < counted < took / 2


def test_a_library_that_is_not_there_is_the_subjects_own_error(zygote: Zygote) -> None:
    process, _ = zygote.fork(allowed=(), deadline=time.monotonic() + 60)
    process.import_all(["a_package_that_nobody_has", "json"])
    process.end()


def test_saving_and_loading_says_nothing_and_leaves_no_file(item_of: Any, zygote_with_libraries: Zygote) -> None:
    item, case = item_of(CLASSIFIER, SentenceClassifier), drawn()
    before = len(zygote_with_libraries.output)
    for passage in ("save_pretrained", "state_dict", "from-plain-bert"):
        item(case, after=[{passage: {}}])
    assert zygote_with_libraries.output[before:] == b""
    assert list(zygote_with_libraries._folder.rglob("*.safetensors")) == []


def test_what_is_said_otherwise_is_said_again_afterwards(item_of: Any, zygote_with_libraries: Zygote) -> None:
    """The path is that of the folder which a model was loaded from, and empty before."""
    says = "logging.get_logger('transformers').warning(f'from <{self.config.name_or_path}>'); outputs = super()"
    text = "from transformers.utils import logging\n" + CLASSIFIER.replace("outputs = super()", says)
    item_of(text, SentenceClassifier)(drawn(), after=[{"save_pretrained": {}}])
    assert printed(zygote_with_libraries, b"from </")


def test_parameters_come_back_only_when_something_was_done_to_them(item_of: Any) -> None:
    item, case = item_of(CLASSIFIER, SentenceClassifier), drawn()
    assert item(case).parameters_at_end == {}
    after = item(case, after=[FROZEN]).parameters_at_end
    assert {name: array.tolist() for name, array in after.items()} == {
        n: a.tolist() for n, a in case.parameters.items()
    }


def test_calls_of_one_sequence_may_have_other_outputs(item_of: Any) -> None:
    item, case = item_of(CLASSIFIER, SentenceClassifier), drawn()
    answers = item.sequence([case, case.without("labels"), case])
    assert [sorted(answer.outputs) for answer in answers] == [["logits", "loss"], ["logits"], ["logits", "loss"]]


@pytest.mark.parametrize("layout", ["contiguous", "strided", "transposed", "offset"])
def test_tokens_come_in_any_layout(item_of: Any, layout: str) -> None:
    item, case = item_of(CLASSIFIER, SentenceClassifier), drawn()
    plain, other = item(case), item(case, layouts=layout)
    assert np.array_equal(plain["logits"], other["logits"])
    assert np.array_equal(other.keywords_at_end["input_ids"], case.keywords["input_ids"])


def test_only_what_an_item_is_asked_to_say_is_caught(item_of: Any, zygote_with_libraries: Zygote) -> None:
    script = what_is.draw(np.random.default_rng(1))
    answer = item_of(WHAT_IS, WhatIs)(what_is.case(script, "three minus five"))
    assert answer.texts["answer"] == what_is.right(script, "three minus five") + "\n"
    item_of(
        CLASSIFIER.replace("outputs = super()", "print('forward', flush=True); outputs = super()"), SentenceClassifier
    )(drawn())
    assert printed(zygote_with_libraries, b"forward")


def test_one_that_says_nothing_has_said_nothing(item_of: Any) -> None:
    item = item_of(WHAT_IS.replace("        print(", "        (lambda word: None)("), WhatIs)
    assert item(what_is.case(what_is.draw(np.random.default_rng(1)), "three minus five")).texts["answer"] == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("outputs = (logits,)", "outputs = logits", "forward returned one tensor of shape [2, 3], expected (logits,)"),
        (
            "outputs = (logits,)",
            "pass",
            "forward returned a BaseModelOutputWithPoolingAndCrossAttentions, expected (logits,)",
        ),
        ("outputs = (logits,)", "outputs = (logits, logits)", "forward returned 2 values, expected 1: (logits,)"),
        (
            "        self.loss =",
            "        self.bert = BertModel(config)\n        self.loss =",
            "has embeddings.word_embeddings.weight twice: once as bert.embeddings.word_embeddings.weight",
        ),
    ],
)
def test_what_comes_in_another_form_is_named(item_of: Any, old: str, new: str, message: str) -> None:
    with pytest.raises(Broken) as broken:
        item_of(CLASSIFIER.replace(old, new), SentenceClassifier)(drawn().without("labels"))
    assert message in broken.value.message


RETURNED = "return sentences, labels"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("return 3, labels", "sentences is a int, expected a list of texts"),
        ("return ' '.join(sentences), labels", "sentences is a str, expected a list of texts"),
        ("return [], labels", "sentences is a list, expected a list of texts"),
        ("return [*sentences, 3], labels", "sentences is a list, expected a list of texts"),
        ("return dict(zip(sentences, labels))", "it returned a dict, expected (sentences, labels)"),
    ],
)
def test_what_is_no_list_of_texts_is_named(item_of: Any, returned: str, message: str) -> None:
    item = item_of(VERBAL_ARITHMETIC.replace(RETURNED, returned), VerbalArithmetic)
    with pytest.raises(Broken) as broken:
        item(arithmetic.case())
    assert message in broken.value.message


def test_labels_that_are_texts_cost_the_laws_of_labels_alone(item_of: Any) -> None:
    item = item_of(
        VERBAL_ARITHMETIC.replace(RETURNED, "return sentences, [str(label) for label in labels]"), VerbalArithmetic
    )
    answer = item(arithmetic.case())
    assert set(answer.lists["sentences"]) == set(arithmetic.SENTENCES)
    with pytest.raises(Broken, match="labels is a list of texts, expected numbers"):
        answer["labels"]


def test_a_list_without_end_is_cut(item_of: Any) -> None:
    long = "return ['x' * 10 ** 6] * 10 ** 6, labels"
    sentences = item_of(VERBAL_ARITHMETIC.replace(RETURNED, long), VerbalArithmetic)(arithmetic.case()).lists[
        "sentences"
    ]
    assert len(sentences) == 5_000
    assert {len(sentence) for sentence in sentences} == {200}


def test_a_network_is_never_tried(item_of: Any) -> None:
    asked = "        BertModel.from_pretrained('somebody/some-bert')\n        self.loss ="
    with pytest.raises(Raised, match=r"subject\.py, line"):
        item_of(OFFLINE + CLASSIFIER.replace("        self.loss =", asked), SentenceClassifier)(drawn())


@pytest.mark.parametrize("sent", [b"", b"[" * 10**5, b'{"a": "b"}', b"[1]", b"\xff"])
def test_what_is_sent_for_a_list_of_texts_is_looked_at(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|none|decode"):
        texts_in(bytearray(sent))
