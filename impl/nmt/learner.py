"""A model with what trains it and what translates with it."""

from dataclasses import dataclass

import torch
from torch import nn

from impl.nmt.best import Best, BestStep
from impl.nmt.cached import CachedDecoder, CachedEncoderDecoder, InLayers
from impl.nmt.decoding import Translator
from impl.nmt.model import DecoderOnlyTransformer, TransformerDecoder, TransformerEncoder
from impl.nmt.recipe import Recipe
from impl.nmt.step import DecoderStep, EncoderDecoderStep, Step
from impl.nmt.vocabulary import VOCAB_SIZE


@dataclass(frozen=True)
class Learner:
    """The modules, by name, and their training step, which holds their parameters."""

    modules: nn.ModuleDict
    step: Step

    def translator(self) -> Translator:
        """What translates with the parameters as they are now."""
        self.modules.eval()
        if "encoder" in self.modules:
            return CachedEncoderDecoder(self.modules["encoder"], self.modules["decoder"])
        model = self.modules["decoder"]
        device = model.embedding.weight.device
        return CachedDecoder(model if isinstance(model, Best) else InLayers(model), device)


def build(recipe: Recipe, device: str = "cpu") -> Learner:
    """A model as a recipe says, its first parameters drawn from the recipe's seed."""
    sizes = (VOCAB_SIZE, recipe.hidden, recipe.layers)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        if recipe.name == "best":
            modules = {"decoder": Best(*sizes)}
        elif recipe.decoder_only:
            modules = {"decoder": DecoderOnlyTransformer(*sizes)}
        else:
            modules = {"encoder": TransformerEncoder(*sizes), "decoder": TransformerDecoder(*sizes)}
    found = nn.ModuleDict(modules).to(device)
    if recipe.name == "best":
        return Learner(found, BestStep(found["decoder"]))
    if recipe.decoder_only:
        return Learner(found, DecoderStep(found["decoder"]))
    return Learner(found, EncoderDecoderStep(found["encoder"], found["decoder"]))
