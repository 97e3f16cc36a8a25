"""What says that it satisfies the spec. torch lives here; nothing of the project is imported from outside impl."""
