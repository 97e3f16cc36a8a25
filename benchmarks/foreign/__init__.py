"""Times kernels that somebody else wrote, by a clock that they cannot reach, with every timed result checked.

deal.py draws inputs, shared.py is the file that they and the results lie in, contestant.py a kernel in its process,
right.py what is right, rounds.py the passes over a case, doubts.py why a time is not believed.
"""
