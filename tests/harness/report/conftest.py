"""The record of a submission that forgot to scale, and a notebook that breaks many laws, judged once."""

import pytest

from harness.report.record import Record
from harness.request import Report
from tests.harness.report.pages import broken_notebook, faulty_notebook
from tests.harness.report.records import real


@pytest.fixture(scope="session")
def unscaled(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return real(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return broken_notebook(tmp_path_factory.mktemp("broken"))


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return faulty_notebook(tmp_path_factory.mktemp("faulty"))
