"""`python -m harness` is `specimen`."""

from harness.cli import main

main()
