"""Files of a repository on the hub: from its cache, or fetched while there is a network."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

PATIENCE_S = 10.0  # that the hub is waited for


class HubError(ValueError):
    """A repository that is neither in the cache nor to be had; the message is why, in the words of whoever said so."""


def cache() -> Path:
    """Where repositories lie that were fetched before."""
    return Path(constants.HF_HUB_CACHE)


def snapshot(name: str, file: str, besides: Sequence[str] = ()) -> Path:
    """The folder that holds a file of a repository, if it has it, and what there is of others.

    Raises:  HubError.
    """
    patterns = [file, *besides]
    try:
        with contextlib.suppress(LocalEntryNotFoundError):
            held = Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
            if (held / file).exists():
                return held
        return Path(snapshot_download(name, allow_patterns=patterns, etag_timeout=PATIENCE_S))
    except Exception as error:  # the hub's client, its transport and the disk each have errors of their own
        raise HubError(reason(error)) from error


def reason(error: BaseException) -> str:
    """What an error, or what caused it, says of itself, in a line."""
    cause = error.__cause__ or error
    return " ".join(str(cause).split())[:200] or type(cause).__name__
