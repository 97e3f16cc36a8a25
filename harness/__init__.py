"""Puts a subject under the spec and says how it went."""
