"""Scenes of coloured shapes, with captions: drawn here, by the thousand."""
