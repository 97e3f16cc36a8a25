"""The system calls that a subject does not get, by what they are for, with their numbers.

Source:  the kernel's asm/unistd_64.h (x86_64) and asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import platform

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of a table, and what the kernel calls the architecture (AUDIT_ARCH)."""
LAST = 469
"""The last call that these tables know of: a later one is answered as by an older kernel."""

NETWORK = "socket 41 198, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242"
PROGRAMS = "execve 59 221, execveat 322 281"
PROCESSES = """ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440,
    process_mrelease 448 448, pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, kcmp 312 272, tkill 200 130,
    rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, sched_setscheduler 144 119, sched_setparam 142 118,
    sched_setattr 314 274, setpriority 141 140, ioprio_set 251 30, migrate_pages 256 238, move_pages 279 239"""
NAMESPACES = """unshare 272 97, setns 308 268, mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51,
    open_tree 428 428, open_tree_attr 467 467, move_mount 429 429, fsopen 430 430, fsconfig 431 431, fsmount 432 432,
    fspick 433 433, mount_setattr 442 442, swapon 167 224, swapoff 168 225, reboot 169 142, sethostname 170 161,
    setdomainname 171 162"""
KERNEL = """init_module 175 105, finit_module 313 273, delete_module 176 106, kexec_load 246 104, kexec_file_load 320 294,
    bpf 321 280, perf_event_open 298 241, userfaultfd 323 282, io_uring_setup 425 425, io_uring_enter 426 426,
    io_uring_register 427 427, keyctl 250 219, add_key 248 217, request_key 249 218, syslog 103 116, acct 163 89,
    quotactl 179 60, quotactl_fd 443 443, vhangup 153 58, iopl 172 -, ioperm 173 -, modify_ldt 154 -, personality 135 92,
    settimeofday 164 170, clock_settime 227 112, clock_adjtime 305 266, adjtimex 159 171, setrlimit 160 164"""
IDENTITY = """setuid 105 146, setgid 106 144, setreuid 113 145, setregid 114 143, setresuid 117 147, setresgid 119 149,
    setgroups 116 159, setfsuid 122 151, setfsgid 123 152, capset 126 91"""
METADATA = """chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7,
    setxattrat 463 463, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, removexattrat 466 466,
    file_setattr 469 469, mknod 133 -, mknodat 259 33, name_to_handle_at 303 264, open_by_handle_at 304 265,
    fanotify_init 300 262, fanotify_mark 301 263, inotify_add_watch 254 27"""
SHARED = """shmget 29 194, shmat 30 196, shmctl 31 195, msgget 68 186, msgsnd 69 189, msgrcv 70 188, msgctl 71 187,
    semget 64 190, semop 65 193, semtimedop 220 192, semctl 66 191, mq_open 240 180, mq_unlink 241 181,
    memfd_secret 447 447"""
HOARDS = (
    """sendmmsg 307 269, landlock_create_ruleset 444 444, landlock_add_rule 445 445, landlock_restrict_self 446 446"""
)
"""A message with descriptors in it, and a rule about a file that is unlinked, keep the file where nobody sees it."""
SENDING = "sendmsg 46 211"
"""Refused for the same reason, once the greeting is sent in which the judge gets the filter's listener."""
REFUSED = (PROCESSES, NAMESPACES, KERNEL, IDENTITY, METADATA, SHARED, HOARDS)
MODES = """chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, utime 132 -, utimes 235 -, futimesat 261 -,
    utimensat 280 88, flock 73 32"""
"""Landlock does not know of these; honest code calls them on its own copies of files, and does as well without."""
UNKNOWN = "clone3 435 435, openat2 437 437"
"""Their arguments lie in memory, where a filter does not look; callers fall back on what they did before these came."""
FILES_IN_MEMORY = "memfd_create 319 279"
ASKED = "clone 56 220, fork 57 -, vfork 58 -, kill 62 129, tgkill 234 131"
"""Whether these are allowed depends on who asks, and when: the judge decides (`supervisor.py`)."""
BY_ARGUMENT = """prlimit64 302 261, prctl 157 167, socketpair 53 199, sendto 44 206, sched_setaffinity 203 122,
    fcntl 72 25, ioctl 16 29, close_range 436 436, mmap 9 222"""


def numbers(table: str, machine: str | None = None) -> dict[str, int]:
    """The calls of a table by name, with their numbers on an architecture, this machine's unless named.

    Raises:  KeyError for an architecture that is not in the tables.
    """
    column = ARCHITECTURES[machine or platform.machine()][0]
    rows = (row.split() for row in table.split(","))
    return {name: int(columns[column]) for name, *columns in rows if columns[column] != "-"}
