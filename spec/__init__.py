"""What must be true: the assignment as data, contracts with their oracles, and the error budget. Never torch."""
