"""Files that are written whole or not at all: whatever ends the writing, who reads finds the old content or the new."""

import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Put a content in the place of a file, in one step. Text is UTF-8, its line ends as they are.

    Raises:  OSError when the folder is not there or cannot be written; the file is then as it was.
    """
    if isinstance(content, str):
        content = content.encode("utf-8", errors="backslashreplace")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
