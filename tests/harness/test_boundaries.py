"""Who may import whom, where a tolerance may stand, how long a file may be: the rules of DESIGN.md, over the AST."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"spec", "impl", "harness", "tests", "benchmarks", "writeup", "notebooks", "docs", "conftest"}
MAY = {
    "spec": {"spec"},
    "impl": {"impl"},
    "harness": {"harness", "spec"},
    "tests": {"tests", "spec", "harness", "impl", "benchmarks", "writeup", "notebooks", "docs"},
    "benchmarks": {"benchmarks", "spec", "harness", "impl"},
    "writeup": {"writeup", "spec", "harness"},
    "docs": {"docs", "harness", "writeup", "tests"},
    "notebooks": {"notebooks", "harness"},
}
TEXTS = [
    ROOT / "notebooks" / f"{name}.py" for name in ("nmt", "bert", "clip")
]  # of notebooks, which are as long as they are
CALLED_LATE = {"impl", "benchmarks", "writeup"}
FILES = sorted(p for package in MAY for p in (ROOT / package).rglob("*.py") if p not in TEXTS)
SECTIONS = ("Shapes:", "Units:", "Edges:", "Raises:", "Source:")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        assert not getattr(node, "level", 0), f"{named(path)} has a relative import"
        found |= modules_of(node)
    return found


def modules_of(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {str(node.module)} if isinstance(node, ast.ImportFrom) else set()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_package_imports_only_what_it_may(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = {name.partition(".")[0] for name in imported(path)} & OURS
    allowed = MAY[package] | (CALLED_LATE if named(path).startswith("harness/cli/") else set())
    assert ours <= allowed


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_a_notebook_knows_neither_what_is_right_nor_who_judges(path: Path) -> None:
    assert {name.partition(".")[0] for name in imported(path)} & OURS <= {"impl", "writeup"}


@pytest.mark.parametrize("path", sorted((ROOT / "harness" / "cli").glob("*.py")), ids=named)
def test_the_command_line_imports_what_it_calls_only_when_it_calls_it(path: Path) -> None:
    tree = ast.parse(path.read_text())
    at_top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not {name for node in at_top for name in modules_of(node)} & CALLED_LATE


@pytest.mark.parametrize("path", [p for p in FILES if "worker" not in p.parts and "impl" not in p.parts], ids=named)
def test_torch_lives_in_impl_in_the_worker_and_under_the_clock_alone(path: Path) -> None:
    timed = {named(p) for p in FILES if named(p).startswith(("benchmarks/", "tests/benchmarks/"))}
    timed -= {named(p) for p in FILES if named(p).startswith(("benchmarks/compare/", "benchmarks/cases.py"))}
    allowed = {"harness/in_process.py"} | timed | {named(p) for p in FILES if "tests/impl" in named(p)}
    assert named(path) in allowed or not {n for n in imported(path) if n.partition(".")[0] == "torch"}


@pytest.mark.parametrize("path", [p for p in FILES if "worker" in p.parts], ids=named)
def test_a_worker_knows_no_spec(path: Path) -> None:
    assert not {name for name in imported(path) if name.partition(".")[0] == "spec"}


@pytest.mark.parametrize("path", [p for p in FILES if named(p) != "spec/error.py"], ids=named)
def test_a_tolerance_stands_in_the_error_budget_alone(path: Path) -> None:
    assert not re.search(
        r"\b(atol|rtol|abs_tol|rel_tol|approx|allclose|isclose)\(?\s*=?\s*[\d(]", path.read_text()
    ) or (named(path) in {named(Path(__file__)), "tests/harness/test_hostile.py"})


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_small_number_stands_where_laws_are_made(path: Path) -> None:
    is_judging = named(path).startswith(("harness/", "tests/laws/", "tests/strategies", "spec/contracts/"))
    assert not (is_judging and re.search(r"\d(\.\d*)?e-\d", path.read_text()))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{f.name} has {length}" for f in functions if (length := (f.end_lineno or 0) - f.lineno + 1) > 40]
    assert long == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parts[len(ROOT.parts)] in ("spec", "harness", "impl")], ids=named
)
def test_docstring_sections_are_the_five_in_their_order(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (doc := ast.get_docstring(node)):
            found = re.findall(r"^([A-Z]\w+:)(?=\s{1,2}\S)", doc, re.MULTILINE)
            assert found == [section for section in SECTIONS if section in found], f"{named(path)}: {found}"


@pytest.mark.parametrize(
    "path", [p for p in FILES if "contracts" in p.parts or p.name in ("error.py", "masks.py")], ids=named
)
def test_public_functions_that_take_arrays_say_their_shapes(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            takes_arrays = re.search(r"NDArray|Mapping\[str, Number\]|\bq_len\b", ast.unparse(node.args))
            doc = ast.get_docstring(node) or ""
            assert not takes_arrays or "Shapes:" in doc, f"{named(path)}: {node.name}"


def test_no_kernel_imports_another() -> None:
    """A kernel is a file or a package in impl/attention; a package may import its own rooms."""
    attention = ROOT / "impl" / "attention"
    for path in attention.rglob("*.py"):
        own = ".".join(["impl.attention", path.relative_to(attention).parts[0].removesuffix(".py")])
        others = {
            n for n in imported(path) if f"{n}.".startswith("impl.attention.") and not f"{n}.".startswith(f"{own}.")
        }
        assert path == attention / "__init__.py" or not others, f"{named(path)} imports {others}"
