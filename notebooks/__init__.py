"""The three notebooks that the handout asks for, as texts, and what makes notebooks of them."""
