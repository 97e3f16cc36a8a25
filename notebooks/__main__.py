"""`python -m notebooks [NAME ...]`: make the notebooks anew from their texts, outputs and all."""

import sys
import time

from harness.whole_file import write_whole
from notebooks.make import HERE, NAMES, execute, read, text


def main(names: list[str]) -> int:
    """Make the notebooks of those names, or all; 2 for a name that none has."""
    if strange := [name for name in names if name not in NAMES]:
        sys.stderr.write(f"{strange[0]} is no notebook; there are {', '.join(NAMES)}\n")
        return 2
    for name in names or NAMES:
        begun = time.perf_counter()
        write_whole(HERE / f"{name}.ipynb", text(execute(read(name), HERE)))
        sys.stderr.write(f"notebooks/{name}.ipynb: {time.perf_counter() - begun:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
