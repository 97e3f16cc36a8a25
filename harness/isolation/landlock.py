"""Holds a process, and every process that it makes, to the files that it may read and write.

Source:  landlock(7); linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable

LIBC = ctypes.CDLL(None, use_errno=True)
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
GIVE_VERSION, BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
EXECUTE, WRITE, READ, LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_FOLDER, REMOVE_FILE, MAKE_FOLDER, MAKE_FILE, MAKE_LINK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
REFER, TRUNCATE, DEVICE = 1 << 13, 1 << 14, 1 << 15
OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that a version can forbid."""
READING = READ | LIST
WRITING = READING | WRITE | REMOVE_FOLDER | REMOVE_FILE | MAKE_FOLDER | MAKE_FILE | MAKE_LINK | REFER | TRUNCATE
OF_FILES = EXECUTE | WRITE | READ | TRUNCATE | DEVICE  # what may be said of a file, which is no folder
CONNECT_AND_BIND = 0b11
SIGNALS_AND_ABSTRACT_SOCKETS = 0b11


def version() -> int:
    """The kernel's version of Landlock, 0 where it has none."""
    return max(0, int(LIBC.syscall(CREATE_RULESET, None, 0, GIVE_VERSION)))


def restrict(rules: Iterable[tuple[str, int]]) -> None:
    """Forbid this process every file but those below the paths of the rules, each with what it may do there.

    Edges:   a path that is not there needs no rule, and one that ends in a link gets none: what it leads to is not
             what was meant. What the kernel's version cannot forbid stays allowed: whoever relies on it tries it.
    Raises:  OSError where the kernel has no Landlock.
    """
    abi = version()
    if not abi:
        raise OSError(errno.ENOSYS, "the kernel has no Landlock")
    handled = OF_VERSION[max(known for known in OF_VERSION if known <= abi)]
    network = CONNECT_AND_BIND if abi >= 4 else 0
    scoped = SIGNALS_AND_ABSTRACT_SOCKETS if abi >= 6 else 0
    attributes = struct.pack("<QQQ", handled, network, scoped)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = _check(LIBC.syscall(CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for path, access in rules:
            _allow(ruleset, path, access & handled)
        _check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _check(LIBC.syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        there = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return  # nothing is there, or nothing that this user reaches
    try:
        mode = os.fstat(there).st_mode
        if stat.S_ISLNK(mode):
            return
        if not stat.S_ISDIR(mode):
            access &= OF_FILES
        rule = struct.pack("<Qi", access, there)
        _check(LIBC.syscall(ADD_RULE, ruleset, BENEATH, rule, 0))
    finally:
        os.close(there)


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
