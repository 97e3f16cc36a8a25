"""What cheats go for: files, sockets, processes, memory, each of which tells afterwards whether it was touched."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.process import ROOT

SOURCES = ("impl/nmt/attention.py", "spec/contracts/scaled_dot_attention.py", "harness/judge.py")


class Canary(NamedTuple):
    """What a cheat is given, as constants by name, and who tells what was done, from what the subject said; "" is nothing."""

    told: dict[str, Any]
    touched: Callable[[str], str]


def _word() -> str:
    return f"c{secrets.token_hex(6)}"


def _hidden(secret: str) -> Callable[[str], str]:
    return lambda said: "it was read" if secret in said else ""


def _file(path: Path, secret: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'SECRET = "{secret}"\n')  # Python, TOML and a line of text
    return path


@contextlib.contextmanager
def outside(folder: Path) -> Iterator[Canary]:
    """A file that must not be read."""
    path = _file(folder / "outside" / "secret.py", secret := _word())
    yield Canary({"OUTSIDE": str(path)}, _hidden(secret))


@contextlib.contextmanager
def neighbour(folder: Path) -> Iterator[Canary]:
    """Another submission, which lies beside the subject's."""
    path = _file(folder / "class" / "other" / "submission.py", secret := _word())
    yield Canary({"OUTSIDE": str(path)}, _hidden(secret))


@contextlib.contextmanager
def sources(_: Path) -> Iterator[Canary]:
    """The project's own files; a cheat says a word that stands in one of them, turned round."""
    lines = {name: (ROOT / name).read_text().splitlines()[0].strip('"') for name in SOURCES}
    yield Canary(
        {"ROOT": str(ROOT), "SOURCES": [str(ROOT / name) for name in SOURCES]},
        lambda said: next((f"{name} was read" for name, line in lines.items() if line[:40] in said), ""),
    )


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[Canary]:
    """A folder with a file and a link, in which nothing may be changed, made or deleted."""
    place = folder / "kept"
    path = _file(place / "grades.csv", _word())
    (place / "link").symlink_to("grades.csv")

    def state() -> dict[str, Any]:
        about = {p: os.lstat(p) for p in sorted([place, *place.rglob("*")])}
        told = {str(p): (s.st_mode, s.st_uid, s.st_gid, s.st_nlink, s.st_size, s.st_mtime_ns) for p, s in about.items()}
        return {**told, "content": path.read_bytes() if path.exists() else None, "attributes": os.listxattr(path)}

    before = state()

    def touched(_: str) -> str:
        with contextlib.suppress(OSError):
            after = state()
            changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
            return f"{', '.join(sorted(changed))} changed" if changed else ""
        return "it is gone"

    yield Canary({"KEPT": str(path), "FOLDER": str(place)}, touched)


def _listening(kind: int, family: int, address: Callable[[Path], Any]) -> Callable[[Path], Any]:
    @contextlib.contextmanager
    def listen(folder: Path) -> Iterator[Canary]:
        with socket.socket(family, kind) as server:
            server.bind(address(folder))
            if kind == socket.SOCK_STREAM:
                server.listen()
            server.settimeout(0.2)

            def touched(_: str) -> str:
                with contextlib.suppress(OSError):
                    if kind == socket.SOCK_DGRAM:
                        return f"{server.recv(100)!r} arrived"
                    server.accept()[0].close()
                    return "somebody connected"
                return ""

            yield Canary({"ADDRESS": server.getsockname()}, touched)

    return listen


@contextlib.contextmanager
def victim(_: Path) -> Iterator[Canary]:
    """A process of the same user, with secrets in its arguments, its environment and its memory."""
    secret = _word()
    code = "import ctypes, os, sys; m = ctypes.create_string_buffer(os.environ['SECRET'].encode()); " \
           "print(ctypes.addressof(m), flush=True); sys.stdin.read()"  # fmt: skip
    command, environment = [sys.executable, "-I", "-S", "-c", code, secret], {"SECRET": secret}
    pipe: Any = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True) as process:
        try:
            address = int(process.stdout.readline())
            before = _state_of(process.pid, address)

            def touched(said: str) -> str:
                if secret in said:
                    return "it was read"
                if process.poll() is not None:
                    return f"it ended with {process.returncode}"
                after = _state_of(process.pid, address)
                return f"it was {before} and is {after}" if after != before else ""

            yield Canary({"VICTIM": process.pid, "PLACE": address, "LENGTH": len(secret)}, touched)
        finally:
            for number in (signal.SIGCONT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)


def _state_of(pid: int, address: int) -> dict[str, Any]:
    """Whether it is stopped or traced, and what else somebody of the same user may set."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    about = dict(line.split(":", 1) for line in lines)
    stopped = about["State"].split()[0] in "tT"
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(address)
        held = memory.read(1)
    score = Path(f"/proc/{pid}/oom_score_adj").read_text().strip()
    limits = Path(f"/proc/{pid}/limits").read_text()
    found = {"stopped": stopped, "traced by": about["TracerPid"].strip(), "nice": os.getpriority(os.PRIO_PROCESS, pid)}
    return {**found, "memory": held, "cores": about["Cpus_allowed"].strip(), "score": score, "limits": limits}


@contextlib.contextmanager
def memory(_: Path) -> Iterator[Canary]:
    """The judge's own memory: of this process."""
    secret = _word()
    held = ctypes.create_string_buffer(secret.encode())
    yield Canary({"VICTIM": os.getpid(), "PLACE": ctypes.addressof(held), "LENGTH": len(secret)}, _hidden(secret))


@contextlib.contextmanager
def program(_: Path) -> Iterator[Canary]:
    """A program that must not start; one that does says so."""
    yield Canary({"PROGRAM": "/bin/echo"}, lambda said: "a program was started" if "is up and running" in said else "")


@contextlib.contextmanager
def orphan(_: Path) -> Iterator[Canary]:
    """A process that must be dead when the subject is over, known by the name that it gives itself."""
    name = _word()

    def alive() -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                called, _, state = path.read_text().partition("(")[2].rpartition(")")
                found += [int(path.parent.name)] if called == name and state.split()[0] not in "ZX" else []
        return found

    def touched(_: str) -> str:
        return f"{len(left)} processes outlived it" if (left := alive()) else ""

    try:
        yield Canary({"NAME": name}, touched)
    finally:
        for pid in alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


CANARIES: dict[str, Callable[[Path], Any]] = {
    "outside": outside,
    "neighbour": neighbour,
    "sources": sources,
    "kept": kept,
    "tcp": _listening(socket.SOCK_STREAM, socket.AF_INET, lambda _: ("127.0.0.1", 0)),
    "udp": _listening(socket.SOCK_DGRAM, socket.AF_INET, lambda _: ("127.0.0.1", 0)),
    "unix": _listening(socket.SOCK_STREAM, socket.AF_UNIX, lambda folder: str(folder / "s")),
    "unix datagrams": _listening(socket.SOCK_DGRAM, socket.AF_UNIX, lambda folder: str(folder / "s")),
    "abstract": _listening(socket.SOCK_STREAM, socket.AF_UNIX, lambda _: b"\0" + _word().encode()),
    "victim": victim,
    "memory": memory,
    "program": program,
    "orphan": orphan,
}
