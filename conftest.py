"""Puts the plugin in place for every test run."""

pytest_plugins = ["harness.plugin"]
