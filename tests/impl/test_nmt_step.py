"""The training step by hand is held to the models as they are written, and decoding with a cache to decoding without."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from impl.nmt.batches import Batch, batches, groups
from impl.nmt.cached import CachedDecoder
from impl.nmt.course import translate as course_translate
from impl.nmt.course import translate_with_encoder
from impl.nmt.decoding import course_limit, growing_limit, translate
from impl.nmt.learner import Learner, build
from impl.nmt.pairs import load
from impl.nmt.pig_latin import pig_latin
from impl.nmt.recipe import Recipe, make
from impl.nmt.step import DecoderStep, EncoderDecoderStep
from impl.nmt.tensors import target_loss
from impl.nmt.training import Training
from impl.nmt.vocabulary import CHARACTERS, EOP, EOS, NAMES, SOS
from spec.error import DIFFERENCE

WORDS = ["cat", "string", "a", "owl", "good-by", "mrs", "extraordinarily-long-one", "yes", "x"]
PAIRS = [(word, pig_latin(word)) for word in WORDS]
SIZES = [(2, 1), (16, 4), (64, 3)]  # hidden, layers
MODELS = ["decoder", "encoder-decoder"]


def learner(model: str, hidden: int, layers: int, seed: int = 0) -> Learner:
    """A model in float64, its embedding large enough that words come out different."""
    recipe = Recipe(model=model, hidden=hidden, layers=layers, seed=seed)
    modules = build(recipe).modules.double()
    with torch.no_grad():
        for module in modules.values():
            module.embedding.weight.mul_(3.0)
    if model == "decoder":
        return Learner(modules, DecoderStep(modules["decoder"]))
    return Learner(modules, EncoderDecoderStep(modules["encoder"], modules["decoder"]))


def logits(modules: torch.nn.ModuleDict, batch: Batch) -> Tensor:
    """What the models say, as they are written."""
    if "encoder" in modules:
        annotations, hidden = modules["encoder"](batch.inputs[0])
        return modules["decoder"](batch.inputs[1], annotations, hidden)[0]
    return modules["decoder"](*batch.inputs)[0]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("hidden", "layers"), SIZES)
def test_loss_and_gradients_by_hand_are_those_of_the_model(model: str, hidden: int, layers: int) -> None:
    learned = learner(model, hidden, layers)
    parameters = list(learned.modules.parameters())
    for batch in batches(groups(PAIRS, decoder_only=model == "decoder"), 2):
        loss = target_loss(logits(learned.modules, batch), batch.targets)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            assert abs(learned.step.forward(batch) - loss) <= DIFFERENCE
            learned.step.packed.gradients.fill_(float("nan"))  # every entry is written
            learned.step.backward()
        for parameter, gradient in zip(parameters, gradients, strict=True):
            assert (parameter.grad - gradient).abs().max() <= DIFFERENCE


@pytest.mark.parametrize("model", MODELS)
def test_words_are_right_that_the_likeliest_characters_make(model: str) -> None:
    learned = learner(model, 16, 2)
    said = translate(learned.translator(), WORDS, growing_limit)
    pairs = [(word, one if i % 2 else "no") for i, (word, one) in enumerate(zip(WORDS, said, strict=True))]
    pairs = [(word, one) for word, one in pairs if set(one) <= set(CHARACTERS) and len(one) < 4 * len(word)]
    for pair in pairs:
        (batch,) = batches(groups([pair], decoder_only=model == "decoder"), 1)
        assert learned.step.evaluate(batch)[1].tolist() == [pair[1] == said[WORDS.index(pair[0])]]


@pytest.mark.parametrize("name", ["decoder", "encoder-decoder", "best"])
def test_packing_changes_neither_names_nor_values(name: str) -> None:
    recipe = make({"name": "best", "hidden": 16, "layers": 2}) if name == "best" else Recipe(model=name, hidden=16)
    built = build(recipe)
    vector = built.step.packed.parameters.clone()
    assert sum(parameter.numel() for parameter in built.modules.parameters()) == vector.numel()
    built.modules.load_state_dict({name: one.clone() for name, one in built.modules.state_dict().items()})
    assert torch.equal(built.step.packed.parameters, vector)
    with torch.no_grad():
        built.step.packed.parameters.zero_()
    assert all(not parameter.any() for parameter in built.modules.parameters())


@pytest.mark.parametrize("name", ["decoder", "encoder-decoder", "best"])
@settings(deadline=None, max_examples=20)
@given(words=st.lists(st.text(CHARACTERS, max_size=14), min_size=1, max_size=12), seed=st.integers(0, 9))
def test_a_batch_is_translated_as_its_words_are_one_by_one(name: str, words: list[str], seed: int) -> None:
    if name == "best":
        built = build(make({"name": "best", "hidden": 16, "layers": 2, "seed": seed}))
        built.modules.double()
        with torch.no_grad():
            for parameter in built.modules.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed)))
    else:
        built = learner(name, 8, 2, seed)
    together = translate(built.translator(), words, course_limit)
    assert together == [translate(built.translator(), [word], course_limit)[0] for word in words]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(5))
def test_a_cache_changes_no_translation(model: str, seed: int) -> None:
    learned = learner(model, 8, 3, seed)
    indexes = {
        "char_to_index": {c: NAMES.index(c) for c in CHARACTERS}, "index_to_char": dict(enumerate(NAMES)),
        "start_token": SOS, "end_token": EOS, "end_prompt_token": EOP,
    }  # fmt: skip
    on_cpu = type("Options", (), {"cuda": False})
    modules = [learned.modules[name] for name in ("encoder", "decoder") if name in learned.modules]
    slow = course_translate if model == "decoder" else translate_with_encoder
    expected = [slow(word, *modules, indexes, on_cpu) for word in WORDS]
    assert translate(learned.translator(), WORDS, course_limit) == expected
    assert len(set(expected)) > 1


def test_the_best_models_cache_changes_no_translation() -> None:
    model = build(make({"name": "best", "hidden": 16, "layers": 2})).modules["decoder"].double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    for word in WORDS:
        tokens = [SOS, *(NAMES.index(c) for c in word), EOP]
        (said,) = translate(CachedDecoder(model, torch.device("cpu")), [word], course_limit)
        with torch.no_grad():
            for _ in range(20):
                tokens.append(int(model(torch.tensor([tokens]))[0, -1].argmax()))
        ended = tokens[len(word) + 2 :]
        ended = ended[: ended.index(EOS)] if EOS in ended else ended
        assert said == "".join(NAMES[token] for token in ended)


def test_limits_are_the_courses_or_grow() -> None:
    learned = learner("decoder", 8, 1)
    with torch.no_grad():
        learned.modules["decoder"].out.bias[EOS] = -1e9
    said = translate(learned.translator(), ["a", "ab", "extraordinarily"], growing_limit)
    assert [growing_limit(word) >= len(pig_latin(word)) + 1 for word in ("a", "a-a-a-a", "mrs", "")] == [True] * 4
    assert [
        len(one) >= growing_limit(word) for one, word in zip(said, ["a", "ab", "extraordinarily"], strict=True)
    ] == [True] * 3
    assert translate(learned.translator(), [], course_limit) == []
    with pytest.raises(ValueError, match="holds 'B'"):
        translate(learned.translator(), ["aB"])


@pytest.mark.parametrize("model", [*MODELS, "best"])
def test_words_that_end_early_change_nothing_for_the_others(model: str) -> None:
    if model == "best":
        translator = build(make({"name": "best", "hidden": 8, "layers": 2, "seed": 3})).translator()
    else:
        translator = learner(model, 8, 2).translator()
    words = ["".join(CHARACTERS[(place + at) % 26] for at in range(1 + place)) for place in range(12)]
    limit = dict(zip(words, (3, 0, 9, 1, 14, 2, 5, 11, 4, 17, 1, 8), strict=True)).__getitem__
    together = translate(translator, words, limit)
    assert together == [translate(translator, [word], limit)[0] for word in words]
    assert len(set(map(len, together))) > 4


def test_words_longer_than_the_encodings_are_translated() -> None:
    learned = learner("decoder", 8, 1)
    assert len(translate(learned.translator(), ["ab" * 600], course_limit)[0]) > 0


@pytest.mark.parametrize("name", ["decoder", "encoder-decoder", "best"])
def test_training_learns(name: str) -> None:
    quick = {"hidden": 16, "layers": 2, "epochs": 3, "seed": 1}
    recipe = make({"name": "best", **quick}) if name == "best" else Recipe(model=name, **quick)
    training = Training(recipe, *load("small").split(1))
    losses = [training.epoch().val_loss for _ in range(3)]
    assert losses == sorted(losses, reverse=True)
    assert training.over


def test_an_update_is_adams(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training(Recipe(hidden=16, layers=2, epochs=2), *load("small").split(0))
    theirs = build(training.recipe).modules
    adam = torch.optim.Adam(theirs.parameters(), lr=5e-4 * 0.99)
    monkeypatch.setattr(training, "shares", training.shares[:20])
    training.epoch()
    for batch, _ in training.shares:
        adam.zero_grad()
        target_loss(logits(theirs, batch), batch.targets).backward()
        adam.step()
    for name, other in theirs.named_parameters():
        if not name.endswith("K.bias"):  # its gradient is nothing but rounding, which Adam makes as large as any
            assert (training.learner.modules.get_parameter(name) - other).abs().max() <= 10 * DIFFERENCE, name
