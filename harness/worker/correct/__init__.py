"""Correct attention as text, which the judge reads and sends where it is needed; nobody imports it. Each file is whole by
itself: where the one is judged, a subject may find the other in its memory, and must not find the answer."""
