"""What an instance is put through before it is called: saved and loaded, made of a plain BERT, frozen, trained."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from harness.worker.construction import Plan, arguments, filled, fresh, moved

Outputs = Callable[[nn.Module], dict[str, Any]]
"""The outputs of the request's first call, by name."""


def put_through(module: nn.Module, plan: Plan, outputs: Outputs) -> nn.Module:
    """The instance after every passage of the request, each a dictionary of its name and its options.

    Raises:  whatever the subject raises.
    """
    for passage in plan.request["after"]:
        (name, options), *_ = passage.items()
        module = PASSAGES[name](module, plan, outputs, **options)
    return module


def _saved(module: nn.Module, plan: Plan, _: Outputs) -> nn.Module:
    """By `save_pretrained` into a folder, by `from_pretrained` out of it."""
    item: Any = plan.item
    with _quiet(), _folder() as folder:
        model: Any = module
        model.save_pretrained(folder)
        return moved(item.from_pretrained(str(folder), local_files_only=True), plan)


def _state_loaded(module: nn.Module, plan: Plan, _: Outputs) -> nn.Module:
    """By its `state_dict`, into a fresh instance."""
    with _folder() as folder:
        torch.save(module.state_dict(), folder / "state.pt")
        loaded = fresh(plan)
        loaded.load_state_dict(torch.load(folder / "state.pt", weights_only=True))
    return loaded


def _from_plain_bert(_: nn.Module, plan: Plan, __: Outputs) -> nn.Module:
    """As the course's notebook makes it: of a BERT that knows no classifier, with `num_labels`; the classifier, which is new,
    is given the parameters of the request."""
    (config,) = arguments(plan.request)
    labels, config.num_labels = config.num_labels, type(config)().num_labels
    plain = import_module("transformers").BertModel(config)
    known = frozenset(name for name, _parameter in plain.named_parameters())
    item: Any = plan.item
    with _quiet(), _folder() as folder:
        moved(filled(plain, plan, among=known), plan)
        plain.save_pretrained(folder)
        module = item.from_pretrained(str(folder), num_labels=labels, local_files_only=True)
    new = frozenset(plan.request["parameters"]) - known
    return filled(moved(module, plan), plan, among=new)


def _frozen(module: nn.Module, _: Plan, __: Outputs, *, but: str) -> nn.Module:
    """As the course's notebook freezes it: every parameter but those with a word in their names."""
    for name, parameter in module.named_parameters():
        if but not in name:
            parameter.requires_grad = False
    return module


def _trained(module: nn.Module, _: Plan, outputs: Outputs, *, rate: float, steps: int, train: bool) -> nn.Module:
    """By steps of plain gradient descent on the loss of the first call."""
    module.train(train)
    for _step in range(steps):
        module.zero_grad()
        outputs(module)["loss"].backward()
        with torch.no_grad():
            for parameter in module.parameters():
                if parameter.requires_grad and parameter.grad is not None:
                    parameter.sub_(rate * parameter.grad)
    module.zero_grad()
    return module


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars, warnings and notes of transformers."""
    logging = import_module("transformers.utils.logging")
    verbosity, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()


PASSAGES: dict[str, Callable[..., nn.Module]] = {
    "save_pretrained": _saved,
    "state_dict": _state_loaded,
    "from-plain-bert": _from_plain_bert,
    "frozen": _frozen,
    "trained": _trained,
}
