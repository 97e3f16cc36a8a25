"""Sweeps that cannot be are refused in a sentence, before anything is trained or written."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from impl.scaling.sweep import executors


def specimen(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sweep", *arguments], env={"COLUMNS": "300"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--hidden", "16,x"], "--hidden takes whole numbers between commas; got '16,x'"),
        (["--hidden", "16,16"], "hidden sizes must differ; got 16, 16"),
        (["--hidden", "15"], "hidden must be even"),
        (["--seeds", "0"], "seeds must be 1 or more; got 0"),
        (["--epochs", "0"], "epochs must be 1 or more; got 0"),
        (["--data", "nowhere.txt"], "nowhere.txt: No such file"),
        (["--resume"], "holds no sweep to go on with"),
        (["--cluster", "tcp://127.0.0.1:9", "--workers", "2"], "leave out --workers"),
        (["--cluster", "tcp://127.0.0.1:9"], "no Dask scheduler answers at tcp://127.0.0.1:9"),
    ],
)
def test_what_no_sweep_can_be_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
) -> None:
    monkeypatch.setattr(executors, "CONNECTED_WITHIN_S", 0.5)
    code, said = specimen(*arguments, "--out", str(tmp_path / "none"))
    assert (code, "Traceback" in said) == (2, False)
    assert expected in said
