"""What a model looks at while it translates a word: attention weights of every layer, labelled."""

from dataclasses import dataclass

import torch
from torch import Tensor

from impl.nmt.best import HEADS, Best
from impl.nmt.decoding import growing_limit, translate
from impl.nmt.learner import Learner
from impl.nmt.vocabulary import EOP, EOS, NAMES, SOS, encode


@dataclass(frozen=True)
class Maps:
    """The weights of one word.

    Shapes:  layers[i] [len(rows), len(columns)]; a row is what the model says next, a column what it looks at.
    """

    word: str
    said: str
    rows: list[str]
    columns: list[str]
    layers: list[list[list[float]]]


@torch.no_grad()
def attention_maps(learner: Learner, word: str) -> Maps:
    """The weights with which a word's translation is made, its EOS included if the model said it.

    The encoder's and decoder's are over the source; a decoder alone looks at all that stands before. Of several heads,
    the mean.
    Raises:  ValueError that names the first character outside the vocabulary.
    """
    (said,) = translate(learner.translator(), [word], growing_limit)
    characters = [NAMES.index(one) for one in _tokens(said)]
    ended = [EOS] if len(characters) < growing_limit(word) else []
    decoder = learner.modules["decoder"]
    device = next(decoder.parameters()).device
    if "encoder" in learner.modules:
        source, target = [*encode(word), EOS], [SOS, *characters]
        annotations, _ = learner.modules["encoder"](torch.tensor([source], device=device))
        _, (weights, _) = decoder(torch.tensor([target], device=device), annotations, None)
        columns = [NAMES[token] for token in source]
    else:
        sequence = [SOS, *encode(word), EOP, *characters]
        weights = _weights(decoder, torch.tensor([sequence], device=device))[:, :, len(word) + 1 :]
        columns = [NAMES[token] for token in sequence]
    rows = [NAMES[token] for token in (characters + ended)]
    return Maps(word, said, rows, columns, weights[:, 0, : len(rows)].double().cpu().tolist())


def _weights(decoder: torch.nn.Module, inputs: Tensor) -> Tensor:
    """[layers, batch, seq_len, seq_len]."""
    if not isinstance(decoder, Best):
        return decoder(inputs)[1]
    positions = torch.arange(inputs.shape[1], device=inputs.device).expand_as(inputs)
    later = torch.ones(inputs.shape[1], inputs.shape[1], dtype=torch.bool, device=inputs.device).triu(1)
    x, found = decoder.embed(inputs, positions), []
    for layer in decoder.layers:
        q, k, v = layer.project(x, positions)
        heads = [one.unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in (q, k)]  # [batch, heads, seq_len, d_head]
        logits = heads[0] @ heads[1].mT * heads[0].shape[-1] ** -0.5
        found.append(logits.masked_fill(later, float("-inf")).softmax(dim=-1).mean(dim=1))
        x = layer.mlp(layer.attend(x, q, k, v, None))
    return torch.stack(found)


def _tokens(said: str) -> list[str]:
    """The names of the tokens of a text that was shown: letters, and SOS, EOP in capitals."""
    found = []
    while said:
        name = said[:3] if said[0].isupper() else said[0]
        found.append(name)
        said = said[len(name) :]
    return found
