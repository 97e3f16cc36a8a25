"""What checks are forked from, and the counts of what was caught."""

import pytest

from tests.lent import lent_zygote, own_zygote

__all__ = ["lent_zygote", "own_zygote"]

COUNTED = {
    "mutants caught by the law that they name": "test_the_law_that_a_mutant_names_catches_it",
    "correct variants that no law caught": "test_no_law_catches_a_correct_variant",
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many mutants were caught and how many correct variants were not."""
    for what, test in COUNTED.items():
        counts = {
            outcome: sum(test in report.nodeid for report in terminalreporter.getreports(outcome))
            for outcome in ("passed", "failed")
        }
        if total := sum(counts.values()):
            terminalreporter.write_line(f"{counts['passed']} of {total} {what}")
