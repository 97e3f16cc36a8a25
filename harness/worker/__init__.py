"""The process in which a subject lives. It knows no contract, no oracle, no law and no seed: it constructs, sets
parameters, calls, pulls back cotangents, and sends the bytes.

main.py is the process, session.py answers requests, source.py finds the subject's objects, calls.py makes the calls,
tensors.py turns buffers into tensors and back, guard.py shuts the project's own packages out, pages.py makes a
process cheap to fork, and without_gpu.py lets code that asks for a GPU run where there is none.
"""
