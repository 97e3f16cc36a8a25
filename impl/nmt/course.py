"""Translation by the course's interface: one word, any model, everything computed anew at each step.

`impl.nmt.decoding` does the same for many words at once, with keys and values kept.
"""

from typing import Any

import torch
from torch import nn

from impl.nmt.decoding import COURSE_LIMIT


@torch.no_grad()
def translate(input_string: str, decoder: nn.Module, idx_dict: dict[str, Any], opts: Any) -> str:
    """A word's translation by a decoder alone, of at most 20 characters.

    Raises:  KeyError that names a character outside the vocabulary.
    Source:  handout 3.2.2; the course's notebook.
    """
    source = [idx_dict["char_to_index"][character] for character in input_string]
    prompt = [idx_dict["start_token"], *source, idx_dict["end_prompt_token"]]
    return _said(prompt, idx_dict, opts, lambda inputs: decoder(inputs)[0])


@torch.no_grad()
def translate_with_encoder(
    input_string: str, encoder: nn.Module, decoder: nn.Module, idx_dict: dict[str, Any], opts: Any
) -> str:
    """A word's translation by an encoder and a decoder, of at most 20 characters; the notebook's first `translate`.

    Raises:  KeyError that names a character outside the vocabulary.
    Source:  handout 3.1.3; the course's notebook.
    """
    source = [idx_dict["char_to_index"][character] for character in input_string] + [idx_dict["end_token"]]
    annotations, hidden = encoder(_tensor(source, opts))
    return _said([idx_dict["start_token"]], idx_dict, opts, lambda inputs: decoder(inputs, annotations, hidden)[0])


def _said(prompt: list[int], idx_dict: dict[str, Any], opts: Any, logits: Any) -> str:
    """The likeliest tokens after a prompt, as a text."""
    said: list[int] = []
    while len(said) < COURSE_LIMIT:
        token = int(logits(_tensor(prompt + said, opts))[0, -1].argmax())
        if token == idx_dict["end_token"]:
            break
        said.append(token)
    return "".join(idx_dict["index_to_char"][token] for token in said)


def _tensor(tokens: list[int], opts: Any) -> torch.Tensor:
    found = torch.tensor([tokens])
    return found.cuda() if opts.cuda else found
