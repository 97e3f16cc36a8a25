"""The write-up on paper: every text as it is, within its margins, the same bytes from the same document."""

from __future__ import annotations

import io
import unicodedata

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from tests.writeup.papers import HOSTILE, RUN, drawn, everything, record, step
from writeup.paper import pdf
from writeup.paper.blocks import Derivation, Document, Figure, Heading, Maths, Missing, Paragraph
from writeup.paper.laid import UnknownRunError, laid
from writeup.paper.pdf import PaperError

MARGIN_PT = 2.4 * 72 / 2.54
FOREIGN = " ".join(HOSTILE)


@pytest.fixture(scope="module")
def made() -> bytes:
    return pdf.render(everything(FOREIGN), [record()])


def squeezed(text: str) -> str:
    """A text without what a line's end puts into it, and what a font makes of its letters."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c.isprintable())


def text(content: bytes) -> str:
    return squeezed("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)))


def document(*blocks: object) -> Document:
    return Document("A title", (), (Heading(1, "1", "A part"), *blocks))  # type: ignore[arg-type]


def pictures(paper: Document) -> list[np.ndarray]:
    pages = pdf.compiled(laid(paper, [record()]), format="png", ppi=72)
    return [np.asarray(Image.open(io.BytesIO(page)).convert("RGB")).astype(int) for page in pages]


def test_the_same_document_is_the_same_bytes(made: bytes) -> None:
    assert pdf.render(everything(FOREIGN), [record()]) == made


def test_a_reader_is_told_title_language_and_structure(made: bytes) -> None:
    said = pypdfium2.PdfDocument(made).get_metadata_dict()
    assert said["Title"].startswith("A title #import")
    assert not said["CreationDate"]
    assert [
        part for part in (b"/Lang(en)", b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid:part") if part not in made
    ] == []


@pytest.mark.parametrize(
    "foreign", [h for h in HOSTILE if h.isascii() and h.isprintable()], ids=["typst", "html", "long", "latex"]
)
def test_a_text_is_shown_as_it_is_wherever_it_stands(foreign: str, made: bytes) -> None:
    assert text(made).count(squeezed(foreign)) >= 20


def test_what_has_no_shape_is_shown_as_a_replacement_character(made: bytes) -> None:
    assert "controls:\ufffd\ufffd\ufffd[31m\ufffdturned\ufffd" in text(made)


def test_other_scripts_are_shown_and_letters_of_no_font_by_their_code_points() -> None:
    shown = text(pdf.render(document(Paragraph(("Ω λ Ж, 漢 and \U0001f9e0, ש",))), []))
    assert all(c in shown for c in "ΩλЖש")
    assert "[U+6F22]" in shown
    assert "[U+1F9E0]" in shown


def test_nothing_is_outside_the_margins() -> None:
    for page in pictures(everything(FOREIGN)):
        assert page.shape[:2] == (842, 595)
        edge = round(MARGIN_PT) - 8  # an outline may reach into the margin, letters may not
        assert page[:, :edge].min() == 255
        assert page[:, -edge:].min() == 255
        assert page[-30:].min() == 255


def test_a_formula_that_cannot_be_broken_is_made_smaller_or_refused() -> None:
    terms = " + ".join("x y z" for _ in range(18))
    wide = rf"\frac{{{terms}}}{{2}}"
    for page in pictures(document(Derivation((step(wide, "=", wide),)), Paragraph((Maths(wide),)))):
        assert page[:, -round(MARGIN_PT) + 4 :].min() == 255
    far = rf"\frac{{{terms} + {terms} + {terms} + {terms}}}{{2}}"
    for block in (Derivation((step("a", "=", far),)), Paragraph((Maths(far),))):
        with pytest.raises(PaperError, match="formula is too wide"):
            pdf.render(document(block), [])


def test_what_is_missing_is_red_and_says_so() -> None:
    paper = document(Paragraph(("The loss is ", Missing("the loss of 3.1.4", "specimen writeup"), ".")))
    assert "missing:thelossof3.1.4(specimenwriteup)" in text(pdf.render(paper, []))
    red, green, blue = np.concatenate([page.reshape(-1, 3) for page in pictures(paper)]).T
    assert ((red > 150) & (green < 90) & (blue < 90)).sum() > 100


def test_every_run_is_in_the_appendix_and_every_reference_leads_there(made: bytes) -> None:
    shown = text(made)
    assert f"[{RUN}]" in shown
    kept = shown[shown.rindex("kind3.1.4") :]
    for fact in (record().command, record().files["results.json"], "12 min 34 s", "hidden = 128, rate = 0.005"):
        assert squeezed(fact) in kept


def test_numbers_of_a_run_without_a_record_are_an_error() -> None:
    block = Figure("small", drawn(), ("A line",), "A line", ("3.1.4-none",))
    with pytest.raises(UnknownRunError, match=r"the figure 'small' states numbers of the run '3\.1\.4-none'"):
        pdf.render(document(block), [record()])


def test_what_is_broken_over_lines_can_be_copied_and_found() -> None:
    shown = text(pdf.render(document(), [record()]))
    assert "\u200b" not in shown
    assert record().files["results.json"] in shown
