"""What things cost, by pytest-benchmark: `tox -e bench`."""
