"""Section 3.3 of the handout: scaling laws, from six decoders that are trained for as long as it takes."""
