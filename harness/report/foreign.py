"""Texts by strangers, as they may stand where others read them: on one line or several, in Markdown, XML or a spreadsheet.

Whatever cannot be seen is shown as a replacement character: controls, escapes, marks that turn the direction of writing,
halves of surrogate pairs. So a text moves no cursor, hides nothing, and is valid wherever it goes.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

REPLACED = "\N{REPLACEMENT CHARACTER}"
MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~&$])")
FORMULA = re.compile(r"^[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]")
NUMBER = re.compile(r"^\W*\d[\d\W_]*[^\W\d_]*[\d\W_]*$")  # and dates: 10-12, 1e5, 007, 3/4, 5 Mai
PLAIN_NUMBER = re.compile(r"^[1-9]\d{0,10}$")
MONTHS = "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?"
WORD = re.compile(rf"^(true|false|({MONTHS})\W*\d[\d\W]*)$", re.IGNORECASE)


def lines(text: str, *, at_most: int) -> str:
    """A text of several lines, cut off after so many characters, which it then says."""
    text = re.sub(r"\r\n?", "\n", text[: at_most + 1]).expandtabs(4)
    text = "".join(c if c.isprintable() or c == "\n" else REPLACED for c in text)
    return text if len(text) <= at_most else f"{text[:at_most]}... (cut off here)"


def line(text: str, *, at_most: int = 300) -> str:
    """A text on one line, cut off after so many characters."""
    text = " ".join(lines(text, at_most=4 * at_most).split())
    return text if len(text) <= at_most else f"{text[: at_most - 3]}..."


def in_markdown(text: str) -> str:
    """A line in the midst of Markdown, without any meaning there."""
    return MARKDOWN.sub(r"\\\1", line(text))


def as_code(text: str, *, at_most: int) -> str:
    """Lines as a block of code in Markdown.

    Edges:   indented, because a text can end a fence, and nothing within an indented line ends that.
    """
    return "\n".join(f"    {one}".rstrip() for one in lines(text, at_most=at_most).split("\n"))


def in_xml(text: str, *, at_most: int) -> str:
    """A text as the content of an element; XML 1.0 has no word for most of what cannot be seen."""
    return escape(lines(text, at_most=at_most))


def xml_attribute(text: str) -> str:
    """A line as the value of an attribute, with its quotes."""
    return quoteattr(line(text))


def in_cell(text: str) -> str:
    """A line in a cell of a spreadsheet, which must take it neither for a formula nor for a number, a date or a truth.

    Edges:   an apostrophe before it says that it is a text; a spreadsheet may also begin formulas with full-width signs. A whole
             number that any spreadsheet gives back as it was stays as it is.
    """
    text = line(text)
    is_value = WORD.match(text) or (NUMBER.match(text) and not PLAIN_NUMBER.match(text))
    return f"'{text}" if is_value or FORMULA.match(text) else text
