"""What all pages have in common: one look, one script, one frame, in one file that asks no network for anything.

A page is a template that says `{% extends "base.html.j2" %}` and fills the block `content`, which is what stands in
<main>; `render` puts it into the frame. Every value is escaped, and one that a template names and nobody gives is an
error. What a page alone needs goes into a style sheet of its own (`styles`), after the common one, and into scripts of
its own (`scripts`, as text), after the common one. The page's policy lets nothing run but these scripts, by their
hashes, so `onclick=` and the like do nothing; nothing is fetched, and pictures are inline SVG or `data:`.

The common sheet (`page.css`) has variables for all colours, light, dark and on paper, and these classes:
`scroll` for a box that scrolls sideways by itself (with role="region", tabindex="0" and a label; one that may be narrow
enough has `data-name` in their place, and is a region while it scrolls), `tall` for one that scrolls both ways, `unseen`
for words that are only read out, `notes` for a list of sentences, `number` for a column of numbers, `words` for one of sentences,
`outcome` before the word of an outcome (`<i class="outcome pass">`), `wide` for what is on a screen alone.
The common script (`page.js`) makes `<table class="sortable">` sort by the buttons in its headings (those of class
`number` by `data-value`), `<p class="filter" data-for="ID OF THE TABLE">` filter it by its input, by its select (of
rows' `data-outcome`), and say in its output how many are left; a link to what is folded away unfolds it, and so does
printing where the template says `{% block body %} data-prints="unfolded"{% endblock %}`; `<button class="copy">` copies the <code> beside it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

HERE = Path(__file__).parent
STYLE, SCRIPT = HERE / "page.css", HERE / "page.js"


def render(
    template: Path, *, title: str, scripts: Sequence[str] = (), styles: Sequence[Path] = (), **values: Any
) -> str:
    """A page as text; the same values are the same text.

    Edges:   `title` is the window's; a heading is the template's own. Templates that `template` includes lie beside it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, HERE]), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    own = [inert(script) for script in (text_of(SCRIPT), *scripts)]
    return environment.get_template(template.name).render(
        title=title,
        style=inert("".join(text_of(path) for path in (STYLE, *styles))),
        scripts=own,
        script_hashes=[hash_of(script) for script in own],
        **values,
    )


def text_of(path: Path) -> str:
    """A script or a style of ours."""
    return path.read_text(encoding="utf-8")


def inert(text: str) -> Markup:
    """A script or style of ours as it may stand in its element: without what would end it, and with ends of lines that
    a browser leaves as they are before it takes the hash."""
    text = re.sub(r"\r\n?", "\n", text)
    return Markup(re.sub(r"<(?=/script|/style|!--)", r"\\x3C", text, flags=re.IGNORECASE))  # noqa: S704 - ours


def hash_of(script: str) -> str:
    """A script in the words of a policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
