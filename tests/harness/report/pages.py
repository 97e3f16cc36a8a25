"""Pages for tests, made as their commands make them: of a notebook that breaks many laws, of one whose every text is
hostile, of written answers, of a class, of a comparison; and the page of a write-up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.compare import comparison
from benchmarks.compare import page as compare_page
from benchmarks.compare.read import read
from harness.check import check
from harness.grading.similar import Pair
from harness.law import Law
from harness.outcome import Counterexample, Outcome
from harness.report import class_page, subject_page
from harness.report.class_summary import summary
from harness.request import Report, Request
from harness.run import Judged
from harness.target import resolve
from harness.verdict import Verdict
from spec.contracts import CausalScaledDotAttention
from spec.handout import BY_ID
from tests.benchmarks.reports import realistic, written
from tests.harness.mutants import CAUSAL, PLAIN, scaling_laws, translation
from tests.harness.notebooks import IMPORTS, SETUP, notebook, prose
from tests.harness.report.records import HOSTILE, a_class, hostile
from tests.writeup.papers import everything, record
from writeup.paper import page as paper_page

SEED = 7
ROOT = Path(__file__).parents[3]
KERNELS = {"naive": 0.12, "sdpa": 0.5, "sdpa-flash": 0.75}


def broken_notebook(folder: Path) -> Report:
    """A notebook whose mask lets every position see the next one, whose tensors are shifted, whose parabola is in natural
    logarithms, as it is judged."""
    causal = CAUSAL.replace("diagonal=1", "diagonal=2")
    tensors = translation.TENSORS.replace("tgt_EOS[:, :-1]", "tgt_EOS[:, 1:]")
    fits = scaling_laws.FITS.replace("np.polyfit(np.log10(x), y, 2)", "np.polyfit(np.log(x), y, 2)")
    path = folder / "nmt.ipynb"
    path.write_text(notebook(prose("# Setup"), SETUP, IMPORTS, causal, tensors, fits))
    return check(Request(str(path), seed=SEED, question="3.1.2,3.2.1,3.3.2,3.1.1", examples=3))


def faulty_notebook(folder: Path) -> Report:
    """A notebook whose context is of whole numbers, whose mask hides each position's own key, and whose optimum is NaN, as it
    is judged."""
    plain = PLAIN.replace("return context, weights", "return context.long(), weights")
    causal = CAUSAL.replace("diagonal=1", "diagonal=0")
    fits = scaling_laws.FITS.replace("return p, optimal_params", "return p, float('nan')")
    path = folder / "faulty.ipynb"
    path.write_text(notebook(IMPORTS, plain, causal, fits))
    return check(Request(str(path), seed=SEED, question="3.1.1,3.1.2,3.3.2", examples=1))


def stranger(folder: Path) -> Report:
    """A notebook with a name, a text, a raised error of forty kilobytes and a cell that would run in a careless page, as it is
    judged."""
    raises = f"        raise ValueError({HOSTILE!r} * 200)"
    text = PLAIN.replace("        return context, weights", raises)
    path = folder / "x<img src=x onerror=alarm()>\u202e'.ipynb"
    path.write_text(notebook(prose(HOSTILE), IMPORTS, f"# {HOSTILE!r}\n{text}"))
    return check(Request(str(path), seed=SEED, question="3.1.1", examples=1))


def hostile_report(report: Report) -> Report:
    """A report in which every text that a subject can have a word in is hostile, and one is of a megabyte."""
    seen = Counterexample(
        HOSTILE, {HOSTILE: [[1.0, float("nan")]], "mask": HOSTILE}, HOSTILE, f"{HOSTILE}x", of=HOSTILE
    )
    laws = tuple(
        Judged(Law(f"context-{i}", "The context is right.", ()), CausalScaledDotAttention, Outcome(status, f"{i} {message}", seen), 1, 0.1)
        for i, (status, message) in enumerate((("broken", HOSTILE), ("error", HOSTILE * 8000), ("pass", HOSTILE)))
    )  # fmt: skip
    verdicts = [
        Verdict(BY_ID["3.1.2"], f"x{HOSTILE}", "partial", 0.1, laws, HOSTILE),
        Verdict(BY_ID["1.2.2"], None, "fail", 0.0, laws, HOSTILE, text=HOSTILE),
        Verdict(BY_ID["3.1.3"], None, "human", None, note=HOSTILE),
    ]
    request = replace(report.request, subject=f"{HOSTILE}.ipynb", question=HOSTILE)
    return replace(
        report, request=request, verdicts=verdicts, notes=[HOSTILE], isolation=HOSTILE, versions={HOSTILE: HOSTILE}
    )


def answers() -> Report:
    """The answers that the handout prints, as they are judged."""
    request = Request(str(ROOT / "examples" / "answers.toml"))
    from harness import answers as judging

    return judging.check(request, resolve(request.subject))


def written_pages(folder: Path, report: Report) -> dict[str, Path]:
    """All of them, as files."""
    found = {
        "subject": subject_page.page(report),
        "hostile": subject_page.page(hostile_report(report)),
        "stranger": subject_page.page(stranger(folder)),
        "answers": subject_page.page(answers()),
        "class": class_page.page(summary([*a_class(40), hostile()]), [Pair("student-001", HOSTILE, 0.9, (HOSTILE,))]),
        "compare": compare_page.page(_compared(folder)),
        "write-up": paper_page.render(everything(HOSTILE), [record()]),
    }
    paths = {name: folder / f"{name}.html" for name in found}
    for name, text in found.items():
        paths[name].write_text(text)
    return paths


def _compared(folder: Path) -> comparison.Comparison:
    there = realistic("cuda", kernels=KERNELS, seed=9, threads=1)
    there["benchmarks"][2]["extra_info"]["fault"] = "faster than the roofline allows"
    paths = written(folder, a=realistic(kernels=KERNELS), b=there)
    return comparison.compare([read(Path(path)) for path in paths])
