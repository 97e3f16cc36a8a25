"""Weights by name: what is there is read whole, what is not is told in a sentence, and no code in a file is run."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from transformers import AutoModel, GPT2Config, GPT2Model

from impl.bert import weights
from impl.bert.model import BertForSentenceClassification
from impl.bert.tokens import learned
from impl.bert.weights import NotPretrainedError, WeightsError, load
from tests.impl.bert_models import bert, roberta, tokenizer


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the hub's with nothing in it, and no network."""
    place = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(place))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(weights, "snapshot_download", _from(place))
    return place


def _from(place: Path) -> object:
    download = weights.snapshot_download
    return lambda name, **how: download(name, cache_dir=place, **how)


@pytest.mark.parametrize("make", [bert, roberta])
def test_all_of_the_weights_are_taken_over(tmp_path: Path, make: object) -> None:
    folder = make(tmp_path / "model")
    found = load(str(folder), seed=0, minis=tmp_path)
    there = dict(AutoModel.from_pretrained(folder).named_parameters())
    here = dict(found.model.named_parameters())
    taken = [name for name in here if not name.startswith(weights.NEW)]
    assert taken
    assert all(torch.equal(here[name], there[name]) for name in taken)
    assert {name.split(".")[0] for name in found.new} == {"classifier", "pooler"}
    assert found.most == {bert: 32, roberta: 32 - 1 - tokenizer().pad_token_id}[make]


def test_a_class_on_bert_takes_nothing_from_roberta(tmp_path: Path) -> None:
    """What the notebook does with BERTweet: all of it starts at random, which `load` does not do."""
    folder = roberta(tmp_path / "model")
    _, info = BertForSentenceClassification.from_pretrained(folder, num_labels=3, output_loading_info=True)
    model = BertForSentenceClassification.from_pretrained(folder, num_labels=3)
    assert set(info["missing_keys"]) == {name for name, _ in model.named_parameters()}


def test_what_is_new_is_drawn_by_the_seed(tmp_path: Path) -> None:
    folder = str(bert(tmp_path / "model"))
    torch.manual_seed(0)
    state = torch.get_rng_state()
    a, b, c = (load(folder, seed=seed, minis=tmp_path).model.classifier.weight for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(state, torch.get_rng_state())


def test_small_weights_that_nobody_made_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotPretrainedError, match=r"specimen pretrain bert --corpus chatter --out .*mini-chatter"):
        load("mini-chatter", seed=0, minis=tmp_path)


def test_weights_that_cannot_be_fetched_are_told_in_a_sentence(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        load("tbs17/MathBERT", seed=0, minis=tmp_path)
    said = str(caught.value)
    assert said.startswith("tbs17/MathBERT is neither a folder nor in ")
    assert "hf download tbs17/MathBERT" in said
    assert "--weights" in said
    assert "\n" not in said
    assert not cache.exists() or not any(path.is_file() for path in cache.rglob("*"))


def test_weights_in_the_cache_need_no_network(tmp_path: Path, cache: Path) -> None:
    place = cache / "models--owner--small"
    shutil.copytree(bert(tmp_path / "model"), place / "snapshots" / "abc")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    assert load("owner/small", seed=0, minis=tmp_path).parameters > 0


def test_a_cache_with_half_of_the_files_is_not_taken_for_all(tmp_path: Path, cache: Path) -> None:
    place = cache / "models--owner--small"
    (place / "snapshots" / "abc").mkdir(parents=True)
    (place / "snapshots" / "abc" / "config.json").write_text('{"model_type": "bert"}')
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    with pytest.raises(WeightsError, match="cannot be fetched"):
        load("owner/small", seed=0, minis=tmp_path)


@pytest.mark.parametrize("name", ["nothing", "a/b/c", "../x", "owner/", "/none/such"])
def test_a_name_that_can_be_none_is_told(tmp_path: Path, cache: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=r"no folder|cannot be fetched"):
        load(name, seed=0, minis=tmp_path)


class Attack:
    """A pickle that would make a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_code_in_a_file_of_weights_is_not_run(tmp_path: Path) -> None:
    folder, made = bert(tmp_path / "model"), tmp_path / "made"
    (folder / "model.safetensors").unlink()
    torch.save({"bert.embeddings.word_embeddings.weight": Attack(made)}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="cannot be read as a BERT"):
        load(str(folder), seed=0, minis=tmp_path)
    assert not made.exists()
    torch.load(folder / "pytorch_model.bin", weights_only=False)  # as a careless reader does
    assert made.exists()


def test_what_is_no_bert_is_told(tmp_path: Path) -> None:
    folder = bert(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"not a file of tensors")
    with pytest.raises(WeightsError, match="cannot be read as a BERT"):
        load(str(folder), seed=0, minis=tmp_path)
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="cannot be read as a BERT"):
        load(str(empty), seed=0, minis=tmp_path)
    GPT2Model(GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=9)).save_pretrained(other := tmp_path / "gpt2")
    with pytest.raises(WeightsError, match="of the kind gpt2; expected bert or roberta"):
        load(str(other), seed=0, minis=tmp_path)


def test_weights_with_a_hole_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = bert(tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    del tensors["bert.encoder.layer.1.output.dense.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match="lacks 1 of the model's parameters, encoder"):
        load(str(folder), seed=0, minis=tmp_path)


def test_a_tokenizer_that_knows_more_than_the_model_is_refused(tmp_path: Path) -> None:
    folder = bert(tmp_path / "model")
    larger = tokenizer()
    larger.add_tokens(["twenty", "thirty"])
    larger.save_pretrained(folder)
    with pytest.raises(WeightsError, match="tokenizer of"):
        load(str(folder), seed=0, minis=tmp_path)


def test_a_cache_without_a_tokenizer_is_not_taken_for_all(tmp_path: Path, cache: Path) -> None:
    place = cache / "models--owner--small"
    shutil.copytree(bert(tmp_path / "model"), place / "snapshots" / "abc")
    (place / "snapshots" / "abc" / "tokenizer.json").unlink()
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    with pytest.raises(WeightsError, match="cannot be fetched"):
        load("owner/small", seed=0, minis=tmp_path)


def test_what_was_fine_tuned_of_a_stand_in_is_one(tmp_path: Path) -> None:
    folder = bert(tmp_path / "model")
    assert load(str(folder), seed=0, minis=tmp_path).stands_in_for is None
    for role in ("tbs17/MathBERT", None):
        (folder / weights.FINETUNED).write_text(json.dumps({"stands_in_for": role}))
        assert load(str(folder), seed=0, minis=tmp_path).stands_in_for == role


def test_a_tokenizer_that_does_not_know_the_words_is_refused(tmp_path: Path) -> None:
    folder = bert(tmp_path / "model")
    learned(["nothing of that"] * 2).save_pretrained(folder)
    with pytest.raises(WeightsError, match="does not know the words of the task"):
        load(str(folder), seed=0, minis=tmp_path)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(WeightsError, match=r"has no tokenizer|cannot be read"):
        load(str(folder), seed=0, minis=tmp_path)
