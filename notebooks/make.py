"""The texts of the notebooks made into notebooks: run from the first cell to the last, and kept with what they show."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jupytext
import nbformat
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent
NAMES = ("nmt", "bert", "clip")
KERNEL = "python3"
LONGEST_S = 900  # of a cell


def read(name: str) -> NotebookNode:
    """A notebook of that name as its text says, with nothing run.

    Edges:   cells are named by their numbers, so that the same text makes the same notebook.
    """
    found = jupytext.read(HERE / f"{name}.py")
    for number, cell in enumerate(found.cells):
        cell.id = f"{name}-{number}"
        cell.metadata = {}
    found.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": KERNEL},
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
    }
    return found


def execute(notebook: NotebookNode, folder: Path, *, environment: dict[str, str] | None = None) -> NotebookNode:
    """Run a notebook's cells in a folder, by the interpreter that runs this; the notebook, with what they show.

    Raises:  CellExecutionError for a cell that raises; CellTimeoutError for one that takes a quarter of an hour.
    """
    with tempfile.TemporaryDirectory() as specs:
        write_kernel_spec(Path(specs) / KERNEL)
        specs_there = KernelSpecManager(kernel_dirs=[specs])
        manager = AsyncKernelManager(
            kernel_name=KERNEL, kernel_spec_manager=specs_there, transport="ipc", ip=str(Path(specs) / "kernel")
        )
        client = NotebookClient(notebook, km=manager, timeout=LONGEST_S, record_timing=False)
        client.owns_km = True  # so that the kernel ends with the last cell
        client.execute(cwd=str(folder), **({"env": environment} if environment else {}))
    return stable(notebook)


def stable(notebook: NotebookNode) -> NotebookNode:
    """A notebook without what changes though the same was found: the kernel's version, and of a picture or a formatted text
    the address of the object that it is of."""
    metadata = {
        **notebook.metadata,
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
    }
    notebook.metadata = metadata
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if {"image/png", "text/markdown"} & data.keys():
                data.pop("text/plain", None)
            output.get("metadata", {}).clear()
    return notebook


def text(notebook: NotebookNode) -> str:
    """What is written into a file."""
    return nbformat.writes(notebook) + "\n"
