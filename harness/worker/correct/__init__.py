"""Correct attention as text, a file a class: the judge reads it, and sends it where it is needed. Nobody imports it."""
