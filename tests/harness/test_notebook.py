"""From a notebook, exactly what an item needs is run, each statement as of its own cell."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from harness.notebook.cells import read
from harness.notebook.definitions import Definitions
from harness.notebook.execution import Execution, Failed, NotBound
from harness.worker.source import decode
from tests.harness.notebooks import course_like, notebook, notebook_3, prose


class Loaded:
    """A notebook's definitions, and an execution of them in a folder."""

    def __init__(self, text: str, folder: Path) -> None:
        self.ran: list[str] = []
        self.definitions = Definitions(read(text, "a.ipynb"))
        self.execution = Execution(self.definitions, folder, self.ran.append)

    def define(self, name: str, which: int = -1) -> Any:
        return self.execution.define(self.definitions.of(name)[which], name)


@pytest.fixture
def load(tmp_path: Path) -> Any:
    return lambda *cells: Loaded(notebook(*cells), tmp_path)


def test_an_absent_module_in_a_line_of_imports_takes_nothing_with_it(load: Any) -> None:
    loaded = load("import math, nonesuch\nfrom os import path, nosuchname", "def area(): return math.pi, path.sep")
    assert loaded.define("area")()[1] == "/"
    assert loaded.ran == ["cell 1, line 1", "cell 1, line 2", "cell 2, line 1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_how_a_notebook_is_read(encoding: str) -> None:
    text = notebook(prose("λ"))
    assert decode(text.encode(encoding), "a.ipynb") == text


def test_nothing_runs_that_is_not_needed(load: Any) -> None:
    loaded = load("import math\nprint('hello')\nx = undefined_name", "1 / 0", "def f(): return math.pi")
    assert loaded.define("f")() > 3
    assert loaded.ran == ["cell 1, line 1", "cell 3, line 1"]


def test_a_name_defined_twice_keeps_both_definitions(load: Any) -> None:
    loaded = load("class A: n = 1", "class A: n = 2")
    assert [s.cell for s in loaded.definitions.of("A")] == [1, 2]
    assert [loaded.define("A", which).n for which in (0, 1)] == [1, 2]


def test_a_function_sees_names_as_of_its_own_cell(load: Any) -> None:
    loaded = load("scale = 1", "def f(): return scale", "scale = 100", "def g(): return f(), scale")
    assert loaded.define("g")() == (1, 100)


def test_a_name_that_a_later_cell_binds_again_is_remarked(load: Any) -> None:
    loaded = load("def mask(): return 1", "def f(): return mask()", "def mask(): return 2\nimport math", "import math")
    assert loaded.define("f")() == 1
    assert loaded.execution.remarks == ["mask is that of cell 1, though cell 3 binds it again"]


def test_a_later_binding_serves_where_there_is_no_earlier(load: Any) -> None:
    loaded = load("class B(Base):\n    def f(self): return helper()", "class Base: pass", "def helper(): return 7")
    assert loaded.define("B")().f() == 7


def test_shell_and_magic_lines_are_never_run(load: Any) -> None:
    loaded = load("!touch /tmp/never\n%cd /\nfiles = !ls\nx = 1", "def f(): return x", "y = files\ndef g(): return y")
    assert loaded.define("f")() == 1
    loaded.define("g")
    assert "shell or magic line, which is never run" in loaded.execution.unbound["files"]
    with pytest.raises(Failed, match="cell 3, line 1 needs files, but cell 1, line 3 is a shell or magic line"):
        loaded.define("y")


def test_what_a_transparent_cell_magic_holds_is_code(load: Any) -> None:
    loaded = load("%%time\ndef f(): return 1", "%%bash\ndef f(): return 2", "%%writefile f.py\ndef f(): return 3")
    assert [s.place for s in loaded.definitions.of("f")] == ["cell 1, line 2"]


def test_a_broken_cell_breaks_only_what_depends_on_it(load: Any) -> None:
    loaded = load(
        "x = 1\ndef broken(:\n    pass", "def g(): return 2", "class H(broken): pass", "def later(): return x"
    )
    assert loaded.define("g")() == 2
    with pytest.raises(Failed, match="cell 3, line 1 needs broken, but cell 1, line 2: invalid syntax"):
        loaded.define("H")
    loaded.define("later")
    assert loaded.execution.unbound["x"] == "cell 1, line 2: invalid syntax"


def test_a_failure_names_the_cell_and_the_line_that_caused_it(load: Any) -> None:
    loaded = load("import nonesuch", "\nbase = nonesuch.Base", "class A(base): pass")
    with pytest.raises(
        Failed, match="cell 3, line 1 needs base, but cell 2, line 2 needs nonesuch, but cell 1, line 1"
    ):
        loaded.define("A")


def test_changes_to_a_definition_are_part_of_it(load: Any) -> None:
    loaded = load("class A: pass", "def forward(self): return 5", "A.forward = forward", "table = {}\ntable['a'] = 1")
    assert loaded.define("A")().forward() == 5
    assert load("t = []\nfor i in range(3):\n    t.append(i)", "def f(): return t").define("f")() == [0, 1, 2]
    assert load("n = 1\nn += 1", "def f(): return n").define("f")() == 2


def test_conditional_bindings_leave_the_earlier_one_in_force(load: Any) -> None:
    cells = ("device = 'cpu'\nif False:\n    device = 'gpu'", "def f(): return device")
    assert load(*cells).define("f")() == "cpu"
    tried = ("try:\n    import nonesuch as m\nexcept ImportError:\n    import math as m", "def f(): return m.pi")
    assert load(*tried).define("f")() > 3


def test_a_star_import_serves_names_that_nothing_else_binds(load: Any) -> None:
    assert load("from math import *", "def f(): return sqrt(4.0)").define("f")() == 2.0


def test_format_3_notebooks_are_read(tmp_path: Path) -> None:
    assert Loaded(notebook_3("x = 3", "def f(): return x"), tmp_path).define("f")() == 3


def test_tracebacks_and_inspect_find_the_cell(load: Any) -> None:
    loaded = load("x = 1", prose("text"), "\n\ndef f():\n    return 1 / 0\n")
    f = loaded.define("f")
    assert "return 1 / 0" in inspect.getsource(f)
    with pytest.raises(ZeroDivisionError) as caught:
        f()
    assert (caught.traceback[-1].path.name, caught.traceback[-1].lineno + 1) == ("cell_3.py", 4)


def test_lines_keep_their_numbers_below_a_continued_magic(load: Any) -> None:
    loaded = load("!pip install a \\\n    b \\\n    c\nx = 1\ndef f(): return x")
    assert [s.line for s in loaded.definitions.of("f")] == [5]


def test_dataclasses_comprehensions_globals_and_future_imports_work(load: Any) -> None:
    loaded = load(
        "from __future__ import annotations\nfrom dataclasses import dataclass",
        "n = 4\n@dataclass\nclass P:\n    x: NoSuchType = 1\nsquares = [i * n for i in range(n)]",
        "count = 0\ndef f():\n    global count\n    count += 1\n    return count, P().x, squares",
    )
    f = loaded.define("f")
    assert (f(), f()[0]) == ((1, 1, [0, 4, 8, 12]), 2)


def test_a_course_like_notebook_runs_only_its_definitions(tmp_path: Path) -> None:
    loaded = Loaded(course_like(), tmp_path)
    needed = loaded.execution._closure(loaded.definitions.of("ScaledDotAttention"))
    assert {s.line for s in needed} == {7, 8, 1}


def test_magics_inside_a_statement_are_left_out_of_it(load: Any) -> None:
    tried = "try:\n    import math\nexcept ImportError:\n    !pip install math\n    import math"
    assert load(tried, "def f(): return math.pi").define("f")() > 3
    colab = "IN_COLAB = 'google.colab' in str(get_ipython())\ndevice = 1 if IN_COLAB else 2"
    assert load(colab, "def f(): return display(device) or device").define("f")() == 2


def test_stacked_cell_magics_are_transparent(load: Any) -> None:
    assert load("%%capture\n\n%%time\nx = 1\ndef f(): return x").define("f")() == 1


def test_changes_through_a_loop_or_a_decorator_are_changes(load: Any) -> None:
    classes = "class A: pass\nclass B: pass"
    looped = load(classes, "def f(self): return 1", "for cls in (A, B):\n    cls.f = f")
    assert (looped.define("A")().f(), looped.define("B")().f()) == (1, 1)
    patch = "def patch(cls):\n    def put(f):\n        setattr(cls, f.__name__, f)\n        return f\n    return put"
    assert load(patch, classes, "@patch(A)\ndef g(self): return 2").define("A")().g() == 2


def test_a_binding_that_does_not_happen_is_told_apart(load: Any) -> None:
    loaded = load("class A: n = 1", "if False:\n    class A: n = 2")
    with pytest.raises(NotBound, match="cell 2, line 1 did not bind A"):
        loaded.define("A")
    assert loaded.define("A", 0).n == 1


def test_top_level_await_is_run(load: Any) -> None:
    assert load("async def get(): return 3", "x = await get()", "def f(): return x").define("f")() == 3


def test_a_deleted_name_is_not_a_definition(load: Any) -> None:
    assert [s.cell for s in load("class A: pass", "del A").definitions.of("A")] == [1]


SECOND_LOOK = [
    "def f(a, a): pass",
    "def f(x):\n    global x",
    "def f():\n    nonlocal y",
    "def f():\n    from math import *",
    "x = " + "1+" * 5000 + "1",
]


@pytest.mark.parametrize("cell", SECOND_LOOK, ids=range(len(SECOND_LOOK)))
def test_what_python_finds_at_its_second_look_breaks_that_cell_alone(load: Any, cell: str) -> None:
    loaded = load(cell, "def g(): return 1")
    assert loaded.define("g")() == 1
    assert loaded.definitions.cells[1].broken.startswith("cell 1, line ")


def test_what_only_an_unused_method_needs_may_not_take_long(load: Any) -> None:
    training = "import time\ndef train():\n    time.sleep(3600)\n    return [1]\nlosses = train()"
    loaded = load(training, "class A:\n    n = 1\n    def report(self): return losses[-1]")
    assert loaded.define("A").n == 1
    assert "took more than 2 s" in loaded.execution.unbound["losses"]


def test_names_bound_and_changed_in_one_statement_are_bound(load: Any) -> None:
    assert load("if True:\n    n = 1\n    n *= 3", "def f(): return n").define("f")() == 3
    assert load("class A: pass", "A.x, A.y = 1, 2").define("A").y == 2
