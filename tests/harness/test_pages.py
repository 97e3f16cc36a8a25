"""What a process does before it is forked many times."""

import subprocess
import sys

from harness.worker.pages import LARGE, own

MAPS = """55d0c0000000-55d0c0a00000 rw-p 00000000 00:00 0                          [heap]
7f0000100000-7f0000500000 rw-p 00000000 00:00 0
7f0000600000-7f00007ff000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-p 00001000 fd:00 77                         /lib/with a space.so
7f0003000000-7f0003400000 rw-s 00000000 00:01 5                          /dev/zero (deleted)
7ffd00000000-7ffd00400000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_whole_large_pages_of_memory_without_a_file_are_asked_for() -> None:
    assert list(own(MAPS)) == [(0x55D0C0000000, 0x55D0C0A00000), (0x7F0000200000, 0x7F0000400000)]
    assert all(start % LARGE == end % LARGE == 0 for start, end in own(MAPS))


def test_what_a_process_holds_before_its_forks_is_left_alone_by_their_collections() -> None:
    held = "import gc; from harness.worker.pages import settle; settle(); print(gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", held], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 1000
