"""What a stranger's archive or folder may do: cost the part of it that is wrong, with a remark, and nothing else."""

from __future__ import annotations

import gzip
import os
import random
import re
import socket
import tarfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from harness.grading import spool
from harness.grading.submission import Contents, Submission, contents
from tests.harness.grading import archives as made
from tests.harness.grading.archives import GOOD, LINKS, SLIPS, tarred, zipped

MB = 1 << 20
MAX_SECONDS, MAX_MEMORY = 20, 300 * MB


def read(folder: Path, name: str, content: bytes) -> Contents:
    (folder / name).write_bytes(content)
    return contents(Submission("ada", (folder / name,)))


def named(content: bytes) -> str:
    return "hw.tar" if not content.startswith(b"PK") else "hw.zip"


def said(found: Contents) -> str:
    return "\n".join(found.remarks)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_file_is_read_however_it_is_compressed(tmp_path: Path, mode: str) -> None:
    found = read(tmp_path, "hw.tar.gz", tarred({"A3/nmt.ipynb": GOOD, "b" * 150 + ".py": b"1", "ü.toml": b"2"}, mode))
    assert found.files == {"A3/nmt.ipynb": GOOD, "b" * 150 + ".py": b"1", "ü.toml": b"2"}
    assert found.remarks == ()


@pytest.mark.parametrize(
    "format_", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT], ids=["pax", "gnu", "ustar"]
)
def test_a_tar_file_of_every_format_is_read(tmp_path: Path, format_: int) -> None:
    (tmp_path / "nmt.ipynb").write_bytes(GOOD)
    long = "/".join(["d" * 40] * 3) + "/nmt.ipynb"
    with tarfile.open(tmp_path / "hw.tar", "w", format=format_, pax_headers={"comment": "x"}) as archive:
        archive.add(tmp_path / "nmt.ipynb", long)
    assert contents(Submission("ada", (tmp_path / "hw.tar",))).files == {long: GOOD}


def test_a_name_in_utf_8_that_does_not_say_so_is_read_as_meant(tmp_path: Path) -> None:
    assert "naïve.py" in read(tmp_path, "hw.zip", made.raw_named("naïve.py".encode())).files


def test_a_zip_file_in_a_zip_file_is_opened_and_no_deeper_one(tmp_path: Path) -> None:
    found = read(tmp_path, "hw.zip", made.quine_like())
    assert list(found.files) == ["again.zip/bert.ipynb", "bert.ipynb"]
    assert "again.zip/again.zip is left out: it is an archive in an archive in an archive." in found.remarks


@pytest.mark.parametrize("build", SLIPS.values(), ids=SLIPS)
def test_a_path_that_leads_out_is_left_out_and_named(tmp_path: Path, build: Callable[[], bytes]) -> None:
    found = read(tmp_path, named(build()), build())
    assert found.files == {"nmt.ipynb": GOOD}
    assert "evil.py is left out: its path leads out of the archive." in said(found)


@pytest.mark.parametrize(("build", "what"), LINKS.values(), ids=LINKS)
def test_a_link_or_device_is_left_out_and_named(tmp_path: Path, build: Callable[[], bytes], what: str) -> None:
    found = read(tmp_path, named(build()), build())
    assert found.files == {"nmt.ipynb": GOOD}
    assert found.remarks == (f"evil.py is left out: it is {what}.",)


DAMAGED = {
    "an encrypted member": (made.encrypted, "bert.ipynb is left out: it is encrypted"),
    "a wrong checksum": (made.wrong_checksum, "bert.ipynb is left out: it is damaged"),
    "a bomb that says it is small": (made.understated, "bomb.ipynb is left out: it is damaged"),
    "a small file that says it is huge": (made.overstated, "bert.ipynb is left out: it has more than the 32 MB"),
    "a compression that is not read": (made.of_another_method, "bert.ipynb is left out: it is compressed"),
}  # fmt: skip


@pytest.mark.parametrize(("build", "sentence"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_member_costs_itself_alone(tmp_path: Path, build: Callable[[], bytes], sentence: str) -> None:
    found = read(tmp_path, "hw.zip", build())
    assert found.files == {"nmt.ipynb": GOOD}
    assert sentence in said(found)
    assert [sentence in one for one in found.unread] == [True]


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"hello", "it is not a zip or tar file"),
    "nothing": (lambda: b"", "it is not a zip or tar file"),
    "half of a zip file": (lambda: zipped({"nmt.ipynb": GOOD})[:60], "File is not a zip file"),
    "the first bytes of an xz file": (lambda: b"\xfd7zXZ\x00", "it ends too early"),
    "gzip of nothing": (lambda: b"\x1f\x8b\x08\0", "EOFError"),
    "a name that is no UTF-8 but says so": (made.not_utf_8, "UnicodeDecodeError"),
    "a list of contents that is too long": (made.many_entries, "its list of contents has more than 4 MB"),
    "a name of 200 MB": (lambda: made.long_record(tarfile.GNUTYPE_LONGNAME), "a record in it has 209715200 bytes"),
    "a record of 200 MB": (lambda: made.long_record(tarfile.XHDTYPE), "a record in it has 209715200 bytes"),
    "a window of 1.5 GB": (made.wide_window, "Memory usage limit exceeded"),
    "a sparse file": (made.sparse, "it holds a sparse file"),
    "records of digits": (made.record_of_digits, "ValueError"),
}


@pytest.mark.parametrize(("build", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_archive_that_cannot_be_read_says_why(tmp_path: Path, build: Callable[[], bytes], why: str) -> None:
    started = time.process_time()
    found = read(tmp_path, "hw.zip", build())
    assert found.files == {}
    assert found.unread == found.remarks
    assert re.match(rf"hw\.zip cannot be read [a-z ]+, because .*{why}", said(found))
    assert time.process_time() - started < MAX_SECONDS


def test_what_was_read_before_the_damage_counts(tmp_path: Path) -> None:
    whole = tarred({"nmt.ipynb": GOOD, "bert.ipynb": GOOD * 100})
    found = read(tmp_path, "hw.tar", whole[:2000])
    assert found.files == {"nmt.ipynb": GOOD}
    assert "bert.ipynb is left out: it is damaged" in said(found)


def test_of_two_members_of_one_name_the_last_counts_and_is_named(tmp_path: Path) -> None:
    found = read(
        tmp_path, "hw.zip", zipped({"nmt.ipynb": b"old", "nmt.ipyn_": b"new"}).replace(b"nmt.ipyn_", b"nmt.ipynb")
    )
    assert found.files == {"nmt.ipynb": b"new"}
    assert found.remarks == ("nmt.ipynb is there more than once; the last one counts.",)


def test_a_damaged_member_does_not_take_the_place_of_a_good_one(tmp_path: Path) -> None:
    both = zipped({"nmt.ipynb": GOOD, "nmt.ipyn_": bytes(99)}).replace(b"nmt.ipyn_", b"nmt.ipynb")
    both = both[: both.rindex(b"PK\x01\x02") + 16] + bytes(4) + both[both.rindex(b"PK\x01\x02") + 20 :]
    found = read(tmp_path, "hw.zip", both)
    assert found.files == {"nmt.ipynb": GOOD}
    assert "nmt.ipynb is left out: it is damaged" in said(found)


BOMBS = {
    "a zip file of zeros": lambda: zipped({f"{i}.ipynb": bytes(40 * MB) for i in range(4)}),
    "members that are all the same bytes": made.overlapping,
    "zip files in a zip file": lambda: zipped(
        dict.fromkeys(map("{}.zip".format, range(30)), zipped({"a.ipynb": bytes(31 * MB)}))
    ),
    "a tar file of zeros": lambda: (
        gzip.compress(made.header(tarfile.REGTYPE, 600 * MB)) + gzip.compress(bytes(30 * MB)) * 20
    ),
}


@pytest.mark.parametrize("build", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_little_time_and_memory(tmp_path: Path, build: Callable[[], bytes]) -> None:
    (tmp_path / "hw.zip").write_bytes(build())
    tracemalloc.start()
    started = time.process_time()
    found = contents(Submission("ada", (tmp_path / "hw.zip",)))
    seconds, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < MAX_SECONDS
    assert peak < MAX_MEMORY
    assert sum(map(len, found.files.values())) <= 64 * MB
    assert "left out" in said(found) or "not read to its end" in said(found)


def test_thousands_of_files_cost_no_notebook(tmp_path: Path) -> None:
    many = {f"data/{i}.txt": b"x" for i in range(3000)} | {"photo.jpg": b"x", "nmt.ipynb": GOOD, "weights.pt": b"x"}
    found = read(tmp_path, "hw.zip", zipped(many))
    assert found.files["nmt.ipynb"] == GOOD
    assert len(found.files) == 301
    assert found.remarks[0] == "Files of other kinds are left out: 1 .jpg, 1 .pt."
    assert len(found.remarks) == 21
    assert found.remarks[-1] == "2681 more remarks of this kind are left out."


def test_an_archive_of_more_files_than_are_looked_at_says_so(tmp_path: Path) -> None:
    found = read(
        tmp_path, "hw.tar", tarred({"nmt.ipynb": GOOD})[:1024] + made.header(tarfile.REGTYPE, 0, "x.jpg") * 20_001
    )
    assert found.files == {"nmt.ipynb": GOOD}
    assert "hw.tar is not read to its end, because there are too many files." in found.remarks


def test_what_lies_in_a_folder_and_is_no_file_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "ada"
    (root / "sub").mkdir(parents=True)
    (root / "nmt.ipynb").write_bytes(GOOD)
    (root / "out.py").symlink_to("/etc/passwd")
    (root / "sub" / "loop").symlink_to(root)
    (root / "sub" / "gone.py").symlink_to(root / "nowhere.py")
    os.mkfifo(root / "pipe.py")
    monkeypatch.chdir(root)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("s.py")
        found = contents(Submission("ada", (root,)))
    assert found.files == {"nmt.ipynb": GOOD}
    named_ones = {remark.partition(" is left out")[0] for remark in found.remarks}
    assert named_ones == {"out.py", "sub/loop", "sub/gone.py", "pipe.py", "s.py"}


def test_what_a_machine_leaves_is_not_read(tmp_path: Path) -> None:
    hidden = ["__MACOSX/._nmt.ipynb", ".ipynb_checkpoints/nmt.ipynb", ".git/a.py", "venv/lib/a.py", "__pycache__/a.py"]
    assert read(tmp_path, "hw.zip", zipped(dict.fromkeys(hidden, b"1") | {"nmt.ipynb": GOOD})).files == {
        "nmt.ipynb": GOOD
    }
    for name in hidden:
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_bytes(b"1")
    assert contents(Submission("ada", (tmp_path / "ada",))) == Contents({})


def test_a_file_that_grows_while_it_is_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nmt.ipynb"
    path.write_bytes(GOOD)
    real = os.fstat

    def grown(number: int) -> os.stat_result:
        about = real(number)
        os.truncate(path, about.st_size + 1)
        return about

    monkeypatch.setattr("harness.grading.taking.os.fstat", grown)
    assert contents(Submission("ada", (path,))).remarks == ("nmt.ipynb is left out: it changed while it was read.",)


def test_a_source_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(zipped({"bob/nmt.ipynb": GOOD}))
    for source in (tmp_path / "ada", tmp_path / "all.zip" / "ada"):
        assert contents(Submission("ada", (source,))).remarks == ("ada is left out: it is not there any more.",)


def test_the_digest_is_of_names_bytes_and_remarks() -> None:
    same = [Contents({"a": b"bc", "d": b""}), Contents({"d": b"", "a": b"bc"})]
    others = [Contents({"ab": b"c", "d": b""}), Contents({"a": b"bc"}, ("d",)), Contents({"a": b"bc", "\udcff": b""})]
    assert len({one.digest for one in same}) == 1
    assert len({one.digest for one in (*same, *others)}) == 4


def count_unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what is unpacked from now on."""
    sizes: list[int] = []
    real = spool.unpacked

    def counted(file: BinaryIO, kind: Any) -> Iterator[bytes]:
        for chunk in real(file, kind):
            if kind != "tar":
                sizes.append(len(chunk))
            yield chunk

    monkeypatch.setattr("harness.grading.spool.unpacked", counted)
    monkeypatch.setattr("harness.grading.archives.unpacked", counted)
    return sizes


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_the_archive_of_a_class_is_unpacked_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    files = {f"s{i:02}/nmt.ipynb": GOOD + b" " * (1 << 18) + str(i).encode() for i in range(12)}
    (tmp_path / "class.tar.gz").write_bytes(tarred(files, mode))
    sizes = count_unpacked(monkeypatch)
    for name, content in files.items():
        found = contents(Submission(name[:3], (tmp_path / "class.tar.gz" / name[:3],)))
        assert found == Contents({"nmt.ipynb": content})
    assert sum(sizes) < 1.1 * sum(map(len, files.values()))


def test_what_is_damaged_or_too_large_to_be_unpacked_once_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"s{i}/nmt.ipynb": GOOD + bytes(random.Random(i).randbytes(1 << 18)) for i in range(3)}
    whole = tarred(files, "w:gz")
    for n, content in enumerate((whole, whole[: len(whole) // 2])):
        (tmp_path / f"{n}.tar.gz").write_bytes(content)
        monkeypatch.setattr(spool, "MAX_SPOOL", (1 << 18) if n == 0 else 1 << 30)
        found = contents(Submission("s0", (tmp_path / f"{n}.tar.gz" / "s0",)))
        assert found.files == {"nmt.ipynb": files["s0/nmt.ipynb"]}
        assert bool(found.remarks) == (n == 1)
