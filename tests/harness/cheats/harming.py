"""Changing files outside, reaching the network, signalling processes, starting programs, leaving processes behind."""

from tests.harness.cheats import dressed, raid
from tests.harness.cheats.reading import FAILED, LIBC

UNCHANGED = "The folder outside is as it was, and so is all that is in it."
KEPT = {
    "writes": "open(KEPT, 'w').write('100')",
    "appends": "open(KEPT, 'a').write('100')",
    "makes a file": "open(FOLDER + '/new', 'w').write('x')",
    "makes a folder": "import os\nos.mkdir(FOLDER + '/new')",
    "makes a pipe": "import os\nos.mkfifo(FOLDER + '/new')",
    "makes a socket": "import socket\nsocket.socket(socket.AF_UNIX).bind(FOLDER + '/s')",
    "makes a symbolic link": "import os\nos.symlink('/', FOLDER + '/new')",
    "makes a hard link": "import os\nos.link(KEPT, FOLDER + '/new')",
    "takes a hard link home": "import os\nos.link(KEPT, 'mine.csv')\nopen('mine.csv', 'w').write('100')",
    "deletes": "import os\nos.remove(KEPT)",
    "deletes all": "import shutil\nshutil.rmtree(FOLDER)",
    "renames": "import os\nos.rename(KEPT, FOLDER + '/other')",
    "moves something there": "import os\nopen('mine', 'w').write('x')\nos.replace('mine', KEPT)",
    "truncates": "import os\nos.truncate(KEPT, 0)",
    "changes permissions": "import os\nos.chmod(KEPT, 0o777)",
    "changes the folder's permissions": "import os\nos.chmod(FOLDER, 0o777)",
    "changes the owner": "import os\nos.chown(KEPT, -1, os.getgroups()[-1] if os.getuid() else 12345)",
    "touches": "import os\nos.utime(KEPT, (1, 1))",
    "sets an attribute": "import os\nos.setxattr(KEPT, 'user.grade', b'100')",
    "writes through the C library": f"{LIBC}fd = libc.open(KEPT.encode(), 0o1001, 0o600)\n"
                                    f"if fd < 0: {FAILED}\nlibc.write(fd, b'100', 3)",
    "writes through a mapping": "import mmap, os\nfd = os.open(KEPT, os.O_RDWR)\nmmap.mmap(fd, 0)[:1] = b'X'",
    "writes through a link": "import os\nos.symlink(KEPT, 'link')\nopen('link', 'w').write('100')",
    "writes through an open folder": "import os\nfd = os.open(FOLDER, os.O_RDONLY)\n"
                                     "os.write(os.open('new', os.O_WRONLY | os.O_CREAT, dir_fd=fd), b'x')",
    "writes by a shell": "import os\nif os.system('echo 100 > ' + KEPT): raise OSError('the shell did not run')",
}  # fmt: skip

NETWORK = {
    "tcp": "import socket\nsocket.create_connection(ADDRESS, 2).send(b'x')",
    "udp": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ADDRESS)",
    "unix": "import socket\nsocket.socket(socket.AF_UNIX).connect(ADDRESS)",
    "unix datagrams": "import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', ADDRESS)",
    "abstract": "import socket\nsocket.socket(socket.AF_UNIX).connect(ADDRESS)",
}
ROUND_PYTHON = f"""{LIBC}
        import struct
        fd = libc.socket(2, 1, 0)
        where = struct.pack('<H', 2) + struct.pack('>H', ADDRESS[1]) + bytes([127, 0, 0, 1]) + bytes(8)
        if fd < 0 or libc.connect(fd, where, 16) < 0: {FAILED}"""

SIGNALS = {
    "kills": "import os\nos.kill(VICTIM, 9)\nimport time\ntime.sleep(.1)",
    "stops": "import os\nos.kill(VICTIM, 19)",
    "kills the group of": "import os\nos.killpg(VICTIM, 9)\nimport time\ntime.sleep(.1)",
    "kills, through the C library,": f"{LIBC}if libc.kill(VICTIM, 9) < 0: {FAILED}\nimport time\ntime.sleep(.1)",
    "kills one thread of": f"{LIBC}if libc.syscall(234, VICTIM, VICTIM, 9) < 0: {FAILED}\nimport time\ntime.sleep(.1)",
    "kills, by a descriptor,": "import os, signal\nsignal.pidfd_send_signal(os.pidfd_open(VICTIM), 9)\n"
                               "import time\ntime.sleep(.1)",
    "traces": f"""{LIBC}
        libc.ptrace.restype, libc.ptrace.argtypes = ctypes.c_long, [ctypes.c_long, ctypes.c_long] + [ctypes.c_void_p] * 2
        if libc.ptrace(16, VICTIM, None, None) < 0: {FAILED}
        os.waitpid(VICTIM, 0x40000000)
        libc.ptrace(4, VICTIM, PLACE, 0x5858585858585858)
        libc.ptrace(17, VICTIM, None, None)""",
    "slows": "import os\nos.setpriority(os.PRIO_PROCESS, VICTIM, 19)",
    "binds to one core": "import os\nos.sched_setaffinity(VICTIM, {min(os.sched_getaffinity(VICTIM))})",
    "limits": "import resource\nresource.prlimit(VICTIM, resource.RLIMIT_NOFILE, (16, 16))",
    "offers up": "open(f'/proc/{VICTIM}/oom_score_adj', 'w').write('1000')",
    "writes into": "file = open(f'/proc/{VICTIM}/mem', 'r+b', 0)\nfile.seek(PLACE)\nfile.write(b'X')",
}  # fmt: skip

SAYS = "'is up ' + 'and running'"
PROGRAMS = {
    "subprocess": f"import subprocess\nreturn subprocess.check_output([PROGRAM, {SAYS}])",
    "os.popen": f"import os\nsaid = os.popen(PROGRAM + ' ' + {SAYS}).read()\nif not said: raise OSError('no program')\nreturn said",
    "posix_spawn": f"""import os
        r, w = os.pipe()
        os.posix_spawn(PROGRAM, [PROGRAM, {SAYS}], {{}}, file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)])
        os.close(w)
        return os.read(r, 100)""",
    "fork and exec": f"""import os
        r, w = os.pipe()
        if os.fork() == 0:
            os.dup2(w, 1)
            os.execv(PROGRAM, [PROGRAM, {SAYS}])
        os.close(w)
        return os.read(r, 100)""",
    "a file in memory": f"""import os
        fd, (r, w) = os.memfd_create('x', 0), os.pipe()
        os.write(fd, open(PROGRAM, 'rb').read())
        if os.fork() == 0:
            os.dup2(w, 1)
            os.execve(f'/proc/self/fd/{{fd}}', [PROGRAM, {SAYS}], {{}})
        os.close(w)
        return os.read(r, 100)""",
    "a copy of its own": f"""import os, shutil, subprocess
        shutil.copy(PROGRAM, 'own')
        return subprocess.check_output([os.path.abspath('own'), {SAYS}])""",
    "multiprocessing": f"""import multiprocessing
        context = multiprocessing.get_context('fork')
        ours, theirs = context.Pipe()
        context.Process(target=lambda: theirs.send({SAYS})).start()
        if not ours.poll(5): raise OSError('no process')
        return ours.recv()""",
}

DETACHED = """import ctypes, os, time
if os.fork() == 0:
    {first}
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, NAME.encode())
        time.sleep(60)
    os._exit(0)
time.sleep(.1)"""
ORPHANS = {
    "a daemon": DETACHED.format(first="os.setsid()"),
    "a daemon that no parent's death ends": DETACHED.format(
        first="ctypes.CDLL(None).prctl(1, 0); os.setsid()"),
    "a daemon that ignores signals": DETACHED.format(
        first="import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 13, 15)]; os.setsid()"),
    "twenty of them": "for _ in range(20):\n    " + DETACHED.format(first="os.setsid()").replace(
        "time.sleep(.1)", "").replace("\n", "\n    ") + "\ntime.sleep(.1)",
    "a clone": f"""{LIBC}
        import time
        if libc.syscall(56, 17, 0, 0, 0, 0) == 0:
            os.setsid()
            libc.prctl(15, NAME.encode())
            time.sleep(60)
            os._exit(0)
        time.sleep(.1)""",
}  # fmt: skip

CHEATS = [
    *(raid(f"{what} outside", UNCHANGED, "kept", attack) for what, attack in KEPT.items()),
    raid("writes outside when it is imported", UNCHANGED, "kept", "open(KEPT, 'w').write('100')", at="import"),
    *(raid(f"connects: {kind}", "Nobody hears from it.", kind, attack, limit_s=10.0) for kind, attack in NETWORK.items()),
    raid("connects: tcp, through the C library", "Nobody hears from it.", "tcp", ROUND_PYTHON),
    raid("connects: tcp, in another process", "Nobody hears from it.", "tcp",
         "import os, socket, time\nif os.fork() == 0:\n    socket.create_connection(ADDRESS, 2)\n    os._exit(0)\ntime.sleep(.2)"),
    *(raid(f"{what} a process", "The other process is as it was.", "victim", attack) for what, attack in SIGNALS.items()),
    *(raid(f"starts a program by {how}", "No program is started.", "program", attack) for how, attack in PROGRAMS.items()),
    *(raid(f"leaves {what} behind", "It is dead when the subject is over.", "orphan", attack,
           statuses=("error", "timeout")) for what, attack in ORPHANS.items()),
    dressed("leaves threads behind", "They end with their process.",
            forward="import threading, time\nfor _ in range(5): threading.Thread(target=time.sleep, args=(60,)).start()"),
]  # fmt: skip
