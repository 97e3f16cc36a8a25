"""What a process takes of its machine."""

import pytest

from impl import machine


@pytest.mark.parametrize(("said", "taken"), [(None, 6), ("2", 2), ("64", 6), ("0", 6), ("4,1", 6), ("", 6)], ids=repr)
def test_as_many_threads_as_cores_or_fewer_where_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, said: str | None, taken: int
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 6)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert machine.threads() == taken
