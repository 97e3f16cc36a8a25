"""The handout's deliverables, rebuilt from the spec."""
