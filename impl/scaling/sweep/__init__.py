"""Runs of many sizes and seeds: what they are, where they are trained, and what is kept of them."""
