"""A report in the forms that somebody reads: on the terminal, and as JSON."""
