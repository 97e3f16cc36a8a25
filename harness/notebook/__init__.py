"""A notebook as its definitions: cells -> statements -> what an item needs -> those statements, run.

cells.py reads the file, names.py says what a statement binds and loads, definitions.py finds what an item needs, and
execution.py runs just that. Nothing here knows a contract, and only execution.py runs anybody's code.
"""
