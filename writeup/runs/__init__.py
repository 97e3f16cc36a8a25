"""The runs that the write-up is made of: which there are, where they are kept, what made them, and how they are made."""
