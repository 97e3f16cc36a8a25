"""The notebooks run from nothing, beside an uploaded project and without a network, and say what is true."""

import ast
import os
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from notebooks.make import HERE, NAMES, execute, read
from spec.error import DIFFERENCE
from tests.notebooks.test_shipped import shipped

PACKAGES = ("harness", "impl", "spec", "writeup")
FIGURES = {"nmt": 7, "bert": 2, "clip": 4}
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and isinstance(arguments[1], tuple)):
        raise OSError(f"no network here: {arguments[-1]}")

sys.addaudithook(refuse)
"""
ASKED = {
    "nmt": """
fresh = encoder_decoder(64, 3)
seen, held_out = DATA["large"].split(SEED)
few = held_out[:60]
groups = batches.groups(few, decoder_only=False, device=DEVICE)
said = {one: translate_with_encoder(one, best["encoder"], best["decoder"], INDEXES, OPTIONS) for one, _ in few}
{
    "right": results[-1]["words_right"], "untrained": 1 - len(judge(fresh, groups)[1]) / len(few),
    "last": sorted(judge(best, groups)[1]), "greedy": sorted(one for one, target in few if said[one] != target),
    "trained": type(model["decoder"]).__qualname__, "module": type(model["decoder"]).__module__,
    "losses": [one["train_losses"] for one in [*results, *both]],
    "line": [float(m), float(c)], "drawn": [sweep["optima"]["quintic"]["lines"]["params"][name] for name in ("slope", "intercept")],
}
""",
    "bert": """
{
    "module": type(best.model).__module__, "trained": type(best.model).__qualname__,
    "right": {one["name"]: one["accuracy"]["mean"] for one in findings["arms"]}, "majority": findings["arms"][0]["majority"],
    "loss": findings["arms"][0]["curves"]["train_loss"]["mean"],
}
""",
    "clip": """
chosen = trail["rounds"][-1]["caption"]
indices, _ = rank_images(collection.features.matrix, encoder.encode_texts([chosen]), len(collection.names))
{
    "rank": 1 + indices[0].tolist().index(target), "exactly": hunting.result(chosen)["rank"],
    "similarity": sum(similarities[i][i] == max(similarities[i]) for i in range(8)),
    "shares": [one.share for one in measured], "of": len(things.labels),
}
""",
}


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, NotebookNode]:
    """A notebook that was run from nothing, with a cell behind its last one that tells what came of it."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    (folder / "specimen").mkdir()
    for package in PACKAGES:
        (folder / "specimen" / package).symlink_to(HERE.parent / package)
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(NO_NETWORK)
    notebook = read(name)
    notebook.cells.append(new_code_cell(ASKED[name]))
    away = {"PYTHONPATH": str(folder / "site"), "HF_HOME": str(folder / "hub"), "PYTHONDONTWRITEBYTECODE": "1"}
    executed = execute(notebook, folder, environment={**os.environ, **away})
    assert {one.name for one in folder.iterdir()} == {"specimen", "site"}, "it wrote beside the project"
    assert {one.name for one in (folder / "specimen").iterdir()} <= {*PACKAGES, "runs"}
    assert [one.name for one in (folder / "specimen" / "runs").glob("*")] in ([], ["notebooks"])
    return name, executed


EACH = [
    pytest.param(name, marks=pytest.mark.xdist_group("notebooks"), id=name) for name in NAMES
]  # two at once wait for cores
"""All tests of a notebook in one process, which runs it once."""


def answers(notebook: NotebookNode) -> dict[str, Any]:
    found: dict[str, Any] = ast.literal_eval(notebook.cells[-1].outputs[-1].data["text/plain"])
    return found


def kinds(notebook: NotebookNode) -> list[list[Any]]:
    """What each cell shows, by kind."""
    return [
        [sorted(one.get("data", {})) or one.get("name") for one in cell.get("outputs", [])] for cell in notebook.cells
    ]


@pytest.mark.parametrize("ran", EACH, indirect=True)
def test_it_runs_and_says_nothing_on_the_side(ran: tuple[str, NotebookNode]) -> None:
    name, notebook = ran
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {one.get("name", "stdout") for one in outputs} == {"stdout"}, [
        o.text for o in outputs if o.get("name") == "stderr"
    ]
    assert sum("image/png" in one.get("data", {}) for one in outputs) >= FIGURES[name]


@pytest.mark.parametrize("ran", EACH, indirect=True)
def test_what_is_shipped_is_what_it_shows(ran: tuple[str, NotebookNode]) -> None:
    name, notebook = ran
    assert kinds(shipped(name)) == kinds(notebook)[:-1]


@pytest.mark.parametrize("ran", EACH, indirect=True)
def test_it_learns_what_it_says_it_does(ran: tuple[str, NotebookNode]) -> None:
    name, notebook = ran
    CLAIMS[name](answers(notebook))


def of_translation(told: dict[str, Any]) -> None:
    assert told["untrained"] == 0
    assert told["right"] > 0.25
    assert told["last"] == told["greedy"]  # judged by right beginnings, as by what it says itself
    assert (told["module"], told["trained"]) == ("__main__", "DecoderOnlyTransformer")
    assert all(losses[-1] < 0.75 * losses[0] for losses in told["losses"])
    assert max(abs(a - b) for a, b in zip(told["line"], told["drawn"], strict=True)) < DIFFERENCE


def of_arithmetic(told: dict[str, Any]) -> None:
    assert (told["module"], told["trained"]) == ("__main__", "BertForSentenceClassification")
    assert told["right"]["mini-math"] > told["majority"]
    assert told["loss"][-1] < told["loss"][0]


def of_pictures(told: dict[str, Any]) -> None:
    assert told["rank"] == told["exactly"] <= 10
    assert told["similarity"] >= 4
    assert max(told["shares"]) > 5 / told["of"]


CLAIMS = {"nmt": of_translation, "bert": of_arithmetic, "clip": of_pictures}
