"""What stands in the write-up, a file for a section of the handout; each gives blocks."""
