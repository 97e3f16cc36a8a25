"""Files that are whole or not there: what `harness.whole_file` is to the judge, for what runs for hours and is killed."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a content in the place of a file, in one step, on the disk before it returns.

    Raises:  OSError when there is no room or no folder; the file is then as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # not of a file that nobody knows
    finally:
        part.unlink(missing_ok=True)
