"""The record of a submission that forgot to scale, judged once."""

import pytest

from harness.report.record import Record
from tests.harness.report.records import real


@pytest.fixture(scope="session")
def unscaled(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return real(tmp_path_factory.mktemp("real"))
