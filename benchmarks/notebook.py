"""The translation models trained and used the way the course's notebook does it: what the project's own way is held against.

Tensors are built anew for every batch, `.item()` is asked for after every step, words are translated one by one, and every
character computes everything before it again; a sentence is translated after every epoch. The models are those of
`impl.nmt.model`, so that both ways start from the same parameters, with attention as a submission writes it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention
from impl.nmt.learner import build
from impl.nmt.pairs import Pair
from impl.nmt.recipe import Recipe
from impl.nmt.vocabulary import EOP, EOS, SOS, encode, text

LIMIT = 20
SENTENCE = "the air conditioning is working"


class Attention(nn.Module):
    """The attention of 3.1.1 and 3.1.2 as the notebook asks for it to be filled in, on another attention's projections."""

    def __init__(self, projections: ScaledDotAttention) -> None:
        super().__init__()
        self.Q, self.K, self.V = projections.Q, projections.K, projections.V
        self.is_causal = isinstance(projections, CausalScaledDotAttention)
        self.hidden_size = self.Q.in_features
        self.softmax = nn.Softmax(dim=2)
        self.scaling_factor = torch.rsqrt(torch.tensor(self.hidden_size, dtype=torch.float))
        self.neg_inf = torch.tensor(-1e7)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Context and weights."""
        batch_size = queries.size(0)
        q = self.Q(queries.reshape(batch_size, -1, self.hidden_size))
        k, v = self.K(keys), self.V(values)
        unnormalized = torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor
        if self.is_causal:
            unnormalized = unnormalized + torch.triu(torch.ones_like(unnormalized), diagonal=1) * self.neg_inf
        weights = self.softmax(unnormalized)
        return torch.bmm(weights, v), weights


class Notebook:
    """One model, its optimizer, and words by their lengths."""

    def __init__(self, recipe: Recipe, train: list[Pair], unseen: list[Pair], device: str) -> None:
        self.recipe, self.device = recipe, device
        self.modules = build(recipe).modules.to(device)
        for parameter in self.modules.parameters():
            parameter.data, parameter.grad = parameter.detach().clone(), None  # out of the one vector
        for module in self.modules.values():
            for name in ("self_attentions", "encoder_attentions"):
                for place, attention in enumerate(getattr(module, name, ())):
                    getattr(module, name)[place] = Attention(attention)
        self.optimizer = torch.optim.Adam(self.modules.parameters(), lr=recipe.learning_rate)
        self.criterion = nn.CrossEntropyLoss()
        self.train, self.unseen = _by_length(train), _by_length(unseen)

    def epoch(self) -> float:
        """Every training batch once, then the validation loss, and a sentence translated."""
        self.optimizer.param_groups[0]["lr"] *= self.recipe.decay
        self.losses(self.train, train=True)
        found = self.losses(self.unseen, train=False)
        self.translate(SENTENCE.split())
        return sum(found) / len(found)

    def losses(self, groups: dict[tuple[int, int], list[Pair]], *, train: bool) -> list[float]:
        """The loss of every batch."""
        found = []
        for group in groups.values():
            last = EOP if self.recipe.decoder_only else EOS
            sources = [torch.LongTensor([*encode(source), last]) for source, _ in group]
            targets = [torch.LongTensor([*encode(target), EOS]) for _, target in group]
            for start in range(0, len(group), self.recipe.batch):
                part = slice(start, start + self.recipe.batch)
                source = torch.stack(sources[part]).to(self.device)
                target = torch.stack(targets[part]).to(self.device)
                found.append(self.step(source, target, train=train))
        return found

    def step(self, source: Tensor, target: Tensor, *, train: bool = True) -> float:
        """The loss of one batch, and an update."""
        sos = torch.ones(len(source)).long().unsqueeze(1).to(self.device) * SOS
        if self.recipe.decoder_only:
            inputs = torch.cat([sos, source, target[:, :-1]], dim=1)
            logits = self.modules["decoder"](inputs)[0][:, -target.size(1) :]
        else:
            annotations, hidden = self.modules["encoder"](source)
            logits = self.modules["decoder"](torch.cat([sos, target[:, :-1]], dim=1), annotations, hidden)[0]
        loss = self.criterion(logits.reshape(-1, logits.size(2)), target.reshape(-1))
        if train:
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item()

    def translate(self, words: list[str]) -> list[str]:
        """Words, one by one."""
        return [self._translate(word) for word in words]

    def _translate(self, word: str) -> str:
        last = EOP if self.recipe.decoder_only else EOS
        source = torch.LongTensor([*encode(word), last]).unsqueeze(0).to(self.device)
        start = torch.LongTensor([[SOS]]).to(self.device)
        if self.recipe.decoder_only:
            start = torch.cat([start, source], dim=1)
        else:
            annotations, hidden = self.modules["encoder"](source)
        inputs, said = start, torch.LongTensor([[]])
        for _ in range(LIMIT):
            decoder = self.modules["decoder"]
            logits = (decoder(inputs) if self.recipe.decoder_only else decoder(inputs, annotations, hidden))[0]
            generated = logits[:, start.size(1) - 1 :].softmax(dim=2).max(2)[1]
            inputs = torch.cat([start, generated], dim=1)
            if generated.cpu().numpy().reshape(-1)[-1] == EOS:
                break
            said = generated
        return text(said.flatten().tolist())


def _by_length(pairs: list[Pair]) -> dict[tuple[int, int], list[Pair]]:
    groups: dict[tuple[int, int], list[Pair]] = {}
    for source, target in pairs:
        groups.setdefault((len(source), len(target)), []).append((source, target))
    return groups
