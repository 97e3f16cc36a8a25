"""Tensors on the disk: safetensors files, whole or not there, that say in their header what they are."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from impl.whole_file import write_whole

Header = dict[str, Any]


class BadCheckpointError(ValueError):
    """A checkpoint that is not there, is damaged, or is of something else."""


def write(path: Path, tensors: dict[str, Tensor], header: Header) -> None:
    """Write tensors and a header of JSON. Raises OSError; the file is then as it was."""
    tensors = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    write_whole(path, save(tensors, metadata={"specimen": json.dumps(header)}))


def read(path: Path) -> tuple[dict[str, Tensor], Header]:
    """The tensors and the header. Raises BadCheckpointError."""
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["specimen"])
            return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118 - not a dict
    except FileNotFoundError as error:
        raise BadCheckpointError(f"{path}: no such file") from error
    except KeyError as error:
        raise BadCheckpointError(f"{path}: no header of specimen's; it was written by something else") from error
    except (OSError, SafetensorError, ValueError) as error:
        raise BadCheckpointError(f"{path}: damaged, or no safetensors file: {error}") from error
