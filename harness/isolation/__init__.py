"""What the operating system keeps a subject from, and how far that goes on this machine.

Three levels, each with what the one before has: 0, a process of its own; 1, Landlock and seccomp, which need no privileges
and no packages; 2, namespaces through bubblewrap. A level is reached if a process that tries what it forbids fails to
(`trial.py`), never by a version number.

places.py says what may be read and written, around.py what must not be where it lies in a folder that may; landlock.py has
the kernel hold a process to it, seccomp.py to the system calls of syscalls.py, capabilities.py gives up what root may do;
sandbox.py is all of that in order. supervisor.py decides on calls that depend on who asks. limits.py and watch.py bound
what is used up, by what processes.py, holdings.py and spent.py tell; removal.py clears away what is left. bubblewrap.py is the command for level 2,
level.py the choice, proof.py the judge's part of a trial.
"""
