"""Reading what is not theirs: files outside, other submissions, the project's own sources, another process's memory."""

from tests.harness.cheats import raid

NOT_READ = "What lies outside is not read, whichever way it is opened; the law says why."
NOT_THE_PROJECT = "The project's own files are not opened by Python, at any level."

LIBC = "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True)\n"
FAILED = "raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))"

OUTSIDE = {
    "open": "return open(OUTSIDE).read()",
    "os.open": "import os\nreturn os.read(os.open(OUTSIDE, os.O_RDONLY), 100)",
    "the C library": f"""{LIBC}
        fd = libc.open(OUTSIDE.encode(), 0)
        if fd < 0: {FAILED}
        held = ctypes.create_string_buffer(100)
        libc.read(fd, held, 100)
        return held.value""",
    "fopen": f"""{LIBC}
        libc.fopen.restype = ctypes.c_void_p
        file = libc.fopen(OUTSIDE.encode(), b'r')
        if not file: {FAILED}
        held = ctypes.create_string_buffer(100)
        libc.fread(held, 1, 100, ctypes.c_void_p(file))
        return held.value""",
    "the number of a system call": f"""{LIBC}
        import struct
        how = ctypes.create_string_buffer(struct.pack('QQQ', 0, 0, 0))
        fd = libc.syscall(437, -100, OUTSIDE.encode(), how, 24)  # openat2
        if fd < 0: {FAILED}
        return os.read(fd, 100)""",
    "mmap": """import mmap
        file = open(OUTSIDE, 'rb')
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)[:100]""",
    "numpy": "import numpy\nreturn numpy.fromfile(OUTSIDE, dtype='uint8').tobytes()",
    "numpy, mapped": "import numpy\nreturn numpy.memmap(OUTSIDE, dtype='uint8', mode='r').tobytes()",
    "linecache": "import linecache\nreturn linecache.getlines(OUTSIDE) or open(OUTSIDE)",
    "runpy": "import runpy\nreturn runpy.run_path(OUTSIDE)['SECRET']",
    "a loader": "import importlib.machinery as m\nreturn m.SourceFileLoader('x', OUTSIDE).get_data(OUTSIDE)",
    "an import": """import importlib, os, sys
        sys.path.insert(0, os.path.dirname(OUTSIDE))
        return importlib.import_module(os.path.basename(OUTSIDE)[:-3]).SECRET""",
    "fileinput": "import fileinput\nreturn list(fileinput.input(OUTSIDE))",
    "tomllib": "import tomllib\nreturn tomllib.load(open(OUTSIDE, 'rb'))",
    "a hard link": "import os\nos.link(OUTSIDE, 'mine.py')\nreturn open('mine.py').read()",
    "a symbolic link": "import os\nos.symlink(OUTSIDE, 'mine.txt')\nreturn open('mine.txt').read()",
    "a copy": "import shutil\nshutil.copy(OUTSIDE, 'copy.txt')\nreturn open('copy.txt').read()",
    "a rename": "import os\nos.rename(OUTSIDE, 'moved.txt')\nreturn open('moved.txt').read()",
    "a folder held open": """import os
        folder = os.open(os.path.dirname(OUTSIDE), os.O_RDONLY)
        return os.read(os.open(os.path.basename(OUTSIDE), os.O_RDONLY, dir_fd=folder), 100)""",
    "a folder held as a path": """import os
        folder = os.open(os.path.dirname(OUTSIDE), os.O_PATH)
        return open(f'/proc/self/fd/{folder}/{os.path.basename(OUTSIDE)}').read()""",
    "a file held as a path": "import os\nreturn open(f'/proc/self/fd/{os.open(OUTSIDE, os.O_PATH)}').read()",
    "chdir": "import os\nos.chdir(os.path.dirname(OUTSIDE))\nreturn open(os.path.basename(OUTSIDE)).read()",
    "the root of a process": "return open('/proc/self/root' + OUTSIDE).read()",
    "the folder of a process": "return open('/proc/self/cwd/' + '../' * 40 + OUTSIDE.lstrip('/')).read()",
    "dots": "import os\nreturn open('../' * 40 + OUTSIDE.lstrip('/')).read()",
    "sendfile": """import os
        out = os.open('sent', os.O_RDWR | os.O_CREAT)
        os.sendfile(out, os.open(OUTSIDE, os.O_RDONLY), 0, 100)
        return os.pread(out, 100, 0)""",
    "cat": "import subprocess\nreturn subprocess.check_output(['cat', OUTSIDE])",
    "a shell": "import os\nreturn os.popen('cat ' + OUTSIDE).read() or open(OUTSIDE)",
    "a fork": """import os
        r, w = os.pipe()
        if os.fork() == 0:
            os.write(w, open(OUTSIDE, 'rb').read())
            os._exit(0)
        os.close(w)
        return os.read(r, 100) or open(OUTSIDE)""",
    "its size and names": "import os\nreturn os.listdir(os.path.dirname(OUTSIDE)), open(OUTSIDE).read()",
}

PROJECT = {
    "open": "return [open(path).readline() for path in SOURCES]",
    "os.open": "import os\nreturn [os.read(os.open(path, 0), 100) for path in SOURCES]",
    "linecache": "import linecache\nreturn [linecache.getlines(path)[:1] for path in SOURCES]",
    "a loader": "import importlib.machinery as m\nreturn m.SourceFileLoader('x', SOURCES[0]).get_data(SOURCES[0])[:100]",
    "pkgutil": "import pkgutil, sys\nsys.path.append(ROOT)\nreturn pkgutil.get_data('spec', 'contracts/scaled_dot_attention.py')[:100]",
    "runpy": "import runpy\nreturn runpy.run_path(ROOT + '/spec/contracts/scaled_dot_attention.py')['__doc__']",
    "an import": "import sys\nsys.path.insert(0, ROOT)\nimport spec.contracts.scaled_dot_attention as s\nreturn s.__doc__",
    "an import without finders": """import sys
        import importlib.machinery as m
        sys.meta_path[:] = [m.BuiltinImporter, m.FrozenImporter, m.PathFinder]
        sys.path[:0] = [ROOT]
        import spec.contracts.scaled_dot_attention as s
        return s.__doc__""",
    "numpy": "import numpy\nreturn numpy.fromfile(SOURCES[0], dtype='uint8').tobytes()[:100]",
    "mmap": "import mmap\nwith open(SOURCES[0], 'rb') as f: return mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:100]",
    "a symbolic link to its folder": "import os\nos.symlink(ROOT, 'root')\nreturn open('root/impl/nmt/attention.py').readline()",
    "a folder held open": """import os
        folder = os.open(ROOT, os.O_RDONLY)
        return os.read(os.open('impl/nmt/attention.py', os.O_RDONLY, dir_fd=folder), 100)""",
    "bytecode": """import glob, marshal
        paths = glob.glob(ROOT + '/impl/nmt/__pycache__/attention.*.pyc')
        return marshal.loads(open(paths[0], 'rb').read()[16:]).co_consts[0] if paths else open(SOURCES[0]).readline()""",
}

ROUND_PYTHON = {
    "the C library": f"""{LIBC}
        fd = libc.open(SOURCES[0].encode(), 0)
        if fd < 0: {FAILED}
        held = ctypes.create_string_buffer(100)
        libc.read(fd, held, 100)
        return held.value""",
    "cat": "import subprocess\nreturn subprocess.check_output(['cat', SOURCES[0]])[:100]",
    "git": "import subprocess\nreturn subprocess.check_output(['git', '-C', ROOT, 'show', 'HEAD:impl/nmt/attention.py'])[:100]",
    "another Python": """import subprocess, sys
        code = 'import sys; print(open(sys.argv[1]).readline())'
        return subprocess.check_output([sys.executable, '-I', '-S', '-c', code, SOURCES[0]])""",
}

PROCESSES = {
    "its memory, as a file": """file = open(f'/proc/{VICTIM}/mem', 'rb', 0)
        file.seek(PLACE)
        return file.read(LENGTH)""",
    "its memory, by a system call": f"""{LIBC}
        class Part(ctypes.Structure):
            _fields_ = [('at', ctypes.c_void_p), ('length', ctypes.c_size_t)]
        held = ctypes.create_string_buffer(LENGTH)
        ours, theirs = Part(ctypes.addressof(held), LENGTH), Part(PLACE, LENGTH)
        if libc.process_vm_readv(VICTIM, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) < 0: {FAILED}
        return held.raw""",
    "its memory, traced": f"""{LIBC}
        libc.ptrace.restype, libc.ptrace.argtypes = ctypes.c_long, [ctypes.c_long, ctypes.c_long] + [ctypes.c_void_p] * 2
        if libc.ptrace(16, VICTIM, None, None) < 0: {FAILED}
        os.waitpid(VICTIM, 0x40000000)
        words = [libc.ptrace(1, VICTIM, PLACE + i, None) for i in range(0, LENGTH, 8)]
        libc.ptrace(17, VICTIM, None, None)
        return b''.join((w & (1 << 64) - 1).to_bytes(8, 'little') for w in words)[:LENGTH]""",
    "its environment": "return open(f'/proc/{VICTIM}/environ').read()",
    "its arguments": "return open(f'/proc/{VICTIM}/cmdline').read()",
}

CHEATS = [
    *(raid(f"reads a file outside by {how}", NOT_READ, "outside", attack) for how, attack in OUTSIDE.items()),
    raid("reads another submission", NOT_READ, "neighbour", "return open(OUTSIDE).read()"),
    raid("reads another submission when it is imported", NOT_READ, "neighbour", "return open(OUTSIDE).read()", at="import"),
    raid("looks for other submissions", NOT_READ, "neighbour",
         "import glob, os\nhere = os.path.dirname(os.path.dirname(OUTSIDE))\n"
         "return [open(path).read() for path in glob.glob(here + '/*/*.py') if 'mine' not in path] or open(OUTSIDE)"),
    *(raid(f"reads the project by {how}", NOT_THE_PROJECT, "sources", attack, protected_from=0)
      for how, attack in PROJECT.items()),
    *(raid(f"reads the project round Python, by {how}", NOT_READ, "sources", attack)
      for how, attack in ROUND_PYTHON.items()),
    *(raid(f"reads a process: {what}", "What another process holds is not read.", "victim", attack)
      for what, attack in PROCESSES.items()),
    *(raid(f"reads the judge: {what}", "The judge's memory is not read.", "memory", attack)
      for what, attack in list(PROCESSES.items())[:2]),
]  # fmt: skip
