"""Files that are written whole or not at all: whatever ends the writing, who reads finds the old content or the new."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Put a content in the place of a file, in one step, on the disk before it returns. Text is UTF-8, and may come in pieces.

    Raises:  OSError when the folder is not there or cannot be written; the file is then as it was.
    """
    pieces = [content] if isinstance(content, str | bytes) else content
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece if isinstance(piece, bytes) else piece.encode("utf-8", errors="backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # not of a file that nobody knows
    finally:
        part.unlink(missing_ok=True)
