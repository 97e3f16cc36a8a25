"""The commands: `specimen ...`, or `python -m harness ...`. In the order in which help lists them."""

from harness.cli import check, grade, written, compare, training, experiment, scaling, bert  # noqa: F401, I001 - each registers its commands
from harness.cli import clip_training, clip, writeup  # noqa: F401 - so do these
from harness.cli.app import app, take_any_text

__all__ = ["app", "main"]


def main() -> None:
    """The entry point of both commands."""
    take_any_text()
    app(prog_name="specimen")
