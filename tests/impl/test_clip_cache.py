"""What was computed is kept, whatever ends a run, and read as it was written or not at all."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from impl.clip.folder import computing, decoding, features
from tests.impl.picture_encoder import Small, compute, drawn, expected, shards

HOUR_NS = 3600 * 10**9


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour after the pictures were made, so that their digests are remembered."""
    now = time.time_ns
    monkeypatch.setattr(features.time, "time_ns", lambda: now() + HOUR_NS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn(tmp_path / "pictures", 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_second_run_encodes_nothing_and_opens_nothing(
    folder: Path, root: Path, later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compute(folder, root)
    monkeypatch.setattr(decoding, "_at_once", None)  # at which opening a picture fails
    second = compute(folder, root, encoder := Small())
    assert (encoder.encoded, second.computed, second.cached) == (0, 0, 20)
    assert torch.equal(first.matrix, second.matrix)
    assert first.digests == second.digests


def test_what_changed_just_before_it_was_read_is_read_again(folder: Path, root: Path) -> None:
    """Or a change within the same tick of the clock, to the same length, would never be seen."""
    compute(folder, root)
    index = next((root / "digests").glob("*.json"), None)
    assert index is None or json.loads(index.read_text())["files"] == {}


def test_a_change_that_keeps_length_and_time_is_seen(folder: Path, root: Path, later: None) -> None:
    path = folder / "0003.png"
    was, before = path.stat(), compute(folder, root)
    data = bytearray(path.read_bytes())
    other = (folder / "0004.png").read_bytes().ljust(len(data), b"\0")[: len(data)]
    path.write_bytes(other)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    after = compute(folder, root)
    assert after.digests[3] != before.digests[3]


def test_an_interrupt_loses_a_batch_at_most(folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "BATCH", 4)
    with pytest.raises(KeyboardInterrupt):
        compute(folder, root, Small(stop_after=11))
    found = compute(folder, root, encoder := Small())
    assert (encoder.encoded, found.computed, found.cached) == (12, 12, 8)
    assert torch.equal(found.matrix, expected(folder, found.names))


def test_a_kill_loses_what_is_in_no_file_yet(folder: Path, root: Path) -> None:
    command = [sys.executable, "-m", "tests.impl.picture_encoder", str(folder), str(root), "8"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout
        for line in process.stdout:
            if line == "computing 12 20\n":
                process.kill()
                break
    assert compute(folder, root).computed <= 12  # 8 of 20 are in a file; it may have come further before it ended
    assert not any(path.name.endswith(".safetensors") and path not in shards(root) for path in root.rglob("*"))


@pytest.mark.parametrize("damage", ["cut", "bit", "text", "other", "empty"])
def test_a_damaged_cache_is_named_and_computed_again(folder: Path, root: Path, damage: str, tmp_path: Path) -> None:
    first = compute(folder, root)
    (path,) = shards(root)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    changed = {"cut": data[: len(data) // 2], "bit": data, "text": b"not tensors", "empty": b""}
    if damage == "other":
        compute(folder, other := tmp_path / "other", Small(seed=1))
        shutil.copy(shards(other)[0], path)
    else:
        path.write_bytes(changed[damage])
    found = compute(folder, root, encoder := Small())
    assert encoder.encoded == found.computed == 20
    assert torch.equal(first.matrix, found.matrix)
    assert [(one.name, one.reason.startswith("was not trusted: ")) for one in found.damaged] == [(path.name, True)]
    assert path.with_suffix(".damaged").exists()
    assert (again := compute(folder, root)).computed == 0
    assert again.damaged == ()


def test_damage_to_what_a_file_of_the_cache_says_it_holds_is_seen(folder: Path, root: Path) -> None:
    found = compute(folder, root)
    (path,) = shards(root)
    a, b = (digest.encode() for digest in found.digests[:2])
    path.write_bytes(path.read_bytes().replace(a, b"?" * 64).replace(b, a).replace(b"?" * 64, b))
    assert compute(folder, root).computed == 20


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"files": {"0000.png": [1]}}', b'{"files": {"0000.png": 7}}'])
def test_a_damaged_list_of_digests_counts_as_none(folder: Path, root: Path, later: None, content: bytes) -> None:
    compute(folder, root)
    next((root / "digests").glob("*.json")).write_bytes(content)
    found = compute(folder, root)
    assert (found.computed, found.cached) == (0, 20)


def test_two_processes_at_once_leave_a_cache_that_is_whole(folder: Path, root: Path) -> None:
    command = [sys.executable, "-m", "tests.impl.picture_encoder", str(folder), str(root), "8"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[2]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    found = compute(folder, root)
    assert (found.computed, found.damaged) == (0, ())
    assert torch.equal(found.matrix, expected(folder, found.names))


def test_a_disk_that_is_full_is_told(folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(features.shards.tensor_file, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        compute(folder, root)
