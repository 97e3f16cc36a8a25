"""Section 5: pictures and captions in one space, and what can be found there."""
