"""On a Dask cluster every submission is judged once, though a worker is lost in the middle."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from harness.grading import executors
from harness.grading.asked import Asked
from harness.grading.gather import gather
from harness.grading.grade import Order, grade
from harness.grading.journal import Record
from tests.harness.grading.class_of import faults
from tests.harness.grading.tiny import make_class, records

N = 6
pytestmark = pytest.mark.xdist_group("grading")


class Killer:
    """Kills a worker as soon as something was judged; otherwise a watcher that looks on."""

    def __init__(self, workers: list[int]) -> None:
        self._workers = workers
        self.killed: list[int] = []
        self.came_names: list[str] = []

    def begun(self, names: list[str], asked: Asked, said: str) -> None:
        assert (len(names), said.startswith("2 workers at tcp://")) == (N, True)

    def started(self, name: str) -> None: ...

    def question(self, name: str, question: dict[str, Any]) -> None: ...

    def look(self) -> None: ...

    def came(self, record: Record, *, known: bool) -> None:
        self.came_names.append(record["name"])
        if not self.killed:
            self.killed.append(self._workers[0])
            os.kill(self.killed[0], signal.SIGKILL)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster_judges_all_of_a_class_once_though_a_worker_is_killed(tmp_path: Path) -> None:
    from distributed import LocalCluster

    must = make_class(N, tmp_path / "class")
    asked = {"seed": 7, "examples": 2, "timeout_s": None, "isolation": None}
    order = Order(tmp_path / "grades", asked, resume=False, formats=["csv"], audience="staff", command="")
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        killer = Killer([worker.process.process.pid for worker in cluster.workers.values()])
        graded = grade(
            order,
            gather([tmp_path / "class"]),
            lambda events: executors.cluster(events, cluster.scheduler_address),
            [killer],
        )
    found = records(tmp_path / "grades")
    assert (len(killer.killed), graded.failed) == (1, {})
    assert sorted(killer.came_names) == sorted(record["name"] for record in found) == sorted(must)
    assert faults(must, found) == []
