"""The oracle of the sentence classifier is held to transformers itself, and to the reference."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

from impl.bert.model import BertForSentenceClassification
from spec.contracts import Case, SentenceClassifier
from spec.contracts.bert import Batch, Bert
from spec.contracts.sentence_classifier import CLASSIFIER, config_of, configured, draw, trained
from spec.error import DIFFERENCE, miss


def drawn(seed: int = 0) -> Case:
    return draw(np.random.default_rng(seed), batch=4, seq_len=7, hidden=8, n_heads=2, layers=3, labels=3)


def with_parameters(model: Any, case: Case, prefix: str = "") -> Any:
    """A model with the case's parameters, BERT's under a prefix."""
    named = {name if name.startswith(CLASSIFIER) else prefix + name: a for name, a in case.parameters.items()}
    model.double().eval().load_state_dict({name: torch.from_numpy(array) for name, array in named.items()})
    return model


def tensors(case: Case) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in case.keywords.items()}


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_what_is_pooled_is_what_transformers_pools(attention: str) -> None:
    case = drawn().without("labels")
    config = BertConfig(**config_of(case), attn_implementation=attention)
    plain = BertModel(config).double().eval()
    plain.load_state_dict({name: torch.from_numpy(case.parameters[name]) for name, _ in plain.named_parameters()})
    pooled = Bert(case.parameters, 2, Batch.of(case.keywords)).pooled()
    assert np.abs(plain(**tensors(case)).pooler_output.detach().numpy() - pooled).max() <= DIFFERENCE


def test_logits_and_loss_are_those_of_transformers_own_classifier() -> None:
    case = drawn(1)
    theirs = with_parameters(BertForSequenceClassification(BertConfig(**config_of(case))), case, "bert.")
    found = theirs(**tensors(case))
    truth = SentenceClassifier.truth(case)
    assert miss(found.logits.detach().numpy(), truth["logits"]) is None
    assert miss(found.loss.detach().numpy(), truth["loss"]) is None


@pytest.mark.parametrize("output", ["logits", "loss"])
def test_gradients_are_those_of_autograd(output: str) -> None:
    case = drawn(2)
    model = with_parameters(BertForSentenceClassification(BertConfig(**config_of(case))), case)
    logits, loss = model(**tensors(case))
    cotangent = np.random.default_rng(3).standard_normal(logits.shape if output == "logits" else ())
    (logits if output == "logits" else loss).backward(torch.as_tensor(cotangent))
    truth = SentenceClassifier.truth(case, {output: np.asarray(cotangent)})
    for name, parameter in model.named_parameters():
        assert miss(parameter.grad.numpy(), truth[f"grad {name}"]) is None, name


def test_frozen_steps_are_those_of_sgd() -> None:
    case = drawn(4)
    model = with_parameters(BertForSentenceClassification(BertConfig(**config_of(case))), case)
    step = torch.optim.SGD(model.classifier.parameters(), lr=0.5)
    for _ in range(3):
        step.zero_grad()
        model(**tensors(case))[1].backward()
        step.step()
    for name, wanted in trained(case, rate=0.5, steps=3).items():
        assert miss(model.get_parameter(name).detach().numpy(), wanted) is None


def test_a_fresh_reference_knows_nothing_of_the_classes() -> None:
    case = configured(drawn(5), num_labels=5)
    model = BertForSentenceClassification(BertConfig(**config_of(case))).eval()
    _, loss = model(**tensors(case))
    assert abs(loss.item() - math.log(5)) < 0.2
