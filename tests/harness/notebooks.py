"""Notebooks for tests, shaped like the course's: magics, downloads, a GPU, and training that would take an hour."""

from __future__ import annotations

import json
from typing import Any

from tests.harness.mutants import CAUSAL, PLAIN

SETUP = """!pip install Pillow
%mkdir -p ./content/a3/
%cd ./content/a3"""

IMPORTS = """%matplotlib inline

import os, sys, a_package_that_nobody_has
from pathlib import Path
from another_missing_package import plot, show as display
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

def to_var(tensor, cuda):
    return tensor.cuda() if cuda else tensor

def get_file(name, origin):
    print("Downloading data from", origin)
    return plot(name)"""

DOWNLOAD = """data_path = get_file("small.txt", "http://127.0.0.1:9/small.txt")
lines = open(data_path).read()"""

TRAINING = """import time
print("training")
for epoch in range(100):
    time.sleep(36)
    loss = display(epoch)
raise RuntimeError("a cell that must not run")"""

CLASSES = (PLAIN.split("from torch import nn\n")[1].strip(), CAUSAL.split("from torch import nn\n")[1].strip())
ON_A_GPU = tuple(c.replace("dtype=torch.float))", "dtype=torch.float)).cuda()") for c in CLASSES)


def code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}


def prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*sources: str | dict[str, Any]) -> str:
    """A notebook in format 4 whose cells are code, unless they are cells already."""
    cells = [code(s) if isinstance(s, str) else s for s in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def notebook_3(*sources: str) -> str:
    """The same in format 3, as of 2013."""
    cells = [
        {"cell_type": "code", "language": "python", "metadata": {}, "outputs": [], "collapsed": False, "input": s}
        for s in sources
    ]
    return json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]}
    )


def course_like(plain: str = ON_A_GPU[0], causal: str = ON_A_GPU[1]) -> str:
    """A filled-in notebook as a student hands it in."""
    return notebook(
        prose("# Setup"), SETUP, IMPORTS, DOWNLOAD, prose("## Step 1"), plain, causal, TRAINING, "!nvidia-smi"
    )
