"""Notebooks: lines for a shell, magics, code that is hidden, outputs that are scripts."""

import base64
from typing import Any

from tests.harness.cheats import Cheat, wrong
from tests.harness.notebooks import code, prose

NEVER_RUN = "Shell lines and magics are never run."
HIDDEN = "However code is hidden, it is the same code when it runs."

LINES = {
    "a shell line": "!rm -f {KEPT}",
    "a shell line whose output is kept": "said = !rm -f $KEPT",
    "a cell for bash": "%%bash\nrm -f $KEPT",
    "a cell for sh": "%%sh\nrm -f $KEPT",
    "a script": "%%script bash\nrm -f $KEPT",
    "a cell that is written to a file": "%%writefile $KEPT\n100",
    "a magic": "%sx rm -f $KEPT",
    "a system magic": "%system rm -f $KEPT",
    "a shell line in a function": "def f():\n    !rm -f {KEPT}\nf()",
    "IPython's own call": "get_ipython().system('rm -f ' + KEPT)",
    "IPython's own call, by another name": "shell = get_ipython()\nshell.system('rm -f ' + KEPT)",
    "a magic that loads": "%load_ext autoreload\n%run $KEPT",
}
REMOVED = "import os\nos.remove(KEPT)"
ENCODED = "import base64\nexec(base64.b64decode({!r}))"


def encoded(text: str) -> str:
    return ENCODED.format(base64.b64encode(text.encode()).decode())


def with_outputs(source: str, data: dict[str, Any]) -> dict[str, Any]:
    cell = code(source)
    cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    return cell


READ = "open(OUTSIDE).read()"
SHOWS = {"text/html": "<script>parent.document.title = 'pass'</script>", "application/javascript": "alert('pass')"}
CHEATS = [
    *(Cheat(f"notebook: {what}", NEVER_RUN, cells=(line, wrong(first="KEPT")), canary="kept", proof=REMOVED)
      for what, line in LINES.items()),
    Cheat("notebook: a shell line in the class", NEVER_RUN, canary="kept", proof=REMOVED, statuses=("broken", "error"),
          cells=(wrong(forward="!rm -f {KEPT}"),)),
    Cheat("notebook: reads outside, encoded", HIDDEN, canary="outside", proof=f"return {READ}", protected_from=1,
          cells=(encoded(f"SAID = {READ}"), wrong(forward="raise ValueError(SAID)")), statuses=("error",)),
    Cheat("notebook: reads outside, in a default", HIDDEN, canary="outside", proof=f"return {READ}", protected_from=1,
          cells=(wrong(forward="raise ValueError(said())", first=f"def said(x={READ}): return x"),), statuses=("error",)),
    Cheat("notebook: a wrong item that is encoded", HIDDEN, cells=(wrong(), encoded("x = 1")), statuses=("broken",)),
    Cheat("notebook: a right one in prose", "Prose is no code.", cells=(prose(wrong(returned="context, weights")), wrong())),
    Cheat("notebook: a right one in an output", "Outputs are not run.",
          cells=(with_outputs(wrong(), {"text/plain": wrong(returned="context, weights")}),)),
    Cheat("notebook: outputs that are scripts", "Outputs are not run, and not shown.", cells=(with_outputs(wrong(), SHOWS),)),
    Cheat("notebook: right first and wrong last", "The last definition counts.",
          cells=(wrong(returned="context, weights"), wrong())),
    Cheat("notebook: wrong, made right where nothing is run", "A condition that is false changes nothing.",
          cells=(wrong(), "if False:\n    ScaledDotAttention.forward = None")),
    Cheat("notebook: exits before it is defined", "Exit codes prove nothing.", statuses=("broken", "error"),
          cells=("import sys\nsys.exit(0)", wrong())),
    Cheat("notebook: exits where it is defined", "What no item needs is not run, in its own cell either.",
          cells=(wrong(first="import os\nos._exit(0)\n"),)),
    Cheat("notebook: exits in what its class needs", "Exit codes prove nothing.", statuses=("error",),
          cells=("import os\ndef shift():\n    os._exit(0)\nSHIFT = shift()", wrong(returned="context + SHIFT, weights"))),
]  # fmt: skip
