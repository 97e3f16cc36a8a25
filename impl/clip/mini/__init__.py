"""The small CLIP that stands in for a large one: its words, its shape, its training, and how well it does."""
