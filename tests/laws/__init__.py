"""What `specimen check` runs on a subject: one law a test, each the property in one sentence."""
