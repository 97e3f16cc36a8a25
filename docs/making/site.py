"""Hooks of the site: pages that stand outside docs/ are part of it, and links to source files are names of them."""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from docs.making.sections import DOCUMENTED

ROOT = Path(__file__).parents[2]
OUTSIDE = {
    "DESIGN.md": "design.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/gradescope/README.md": "gradescope.md",
    "examples/markus/README.md": "markus.md",
}
"""Pages elsewhere in the repository, and what they are called on the site."""
INSIDE = {there: here for here, there in OUTSIDE.items()}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
CODE = re.compile(r"(`[^`\n]*`|^ {4}.*$)", re.MULTILINE)
DIRECTIVE = re.compile(r"^::: (\S+)\n((?: {4}.*\n)*)", re.MULTILINE)
log = logging.getLogger("mkdocs.plugins.specimen")


def on_files(files: Files, config: Any) -> Files:
    """The pages outside docs/, as if they stood there."""
    for here, there in OUTSIDE.items():
        files.append(File.generated(config, there, content=(ROOT / here).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """A page whose relative links lead to pages of the site; those to other files become the names of these."""
    source = INSIDE.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    parts = CODE.split(markdown)
    return "".join(
        part if number % 2 else LINK.sub(lambda found: link(found, source), part) for number, part in enumerate(parts)
    )


def link(found: re.Match[str], source: str) -> str:
    """One link of a page of the repository, as it stands on the site."""
    text, target = found[1], found[2]
    path, sign, anchor = target.partition("#")
    if "://" in target or not path:
        return found[0]
    there = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if there == "README.md":
        there = "docs/README.md"
    on_site = OUTSIDE.get(there) or there.removeprefix("docs/")
    if there not in OUTSIDE and not there.startswith("docs/"):
        return text if (ROOT / there).exists() else found[0]
    start = posixpath.dirname(OUTSIDE.get(source) or source.removeprefix("docs/"))
    return f"[{text}]({posixpath.relpath(on_site, start or '.')}{sign}{anchor})"


def on_post_build(**_: Any) -> None:
    """A public name that is not there, or has no docstring and is no data, is a warning, which a strict build ends on."""
    for page in sorted((ROOT / "docs" / "reference").glob("*.md")):
        for module, options in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            for name in (module, *(f"{module}.{one}" for one in re.findall(r"^ {8}- (\w+)$", options, re.MULTILINE))):
                if not DOCUMENTED.get(name):
                    lacks = "no docstring" if name in DOCUMENTED else "no definition"
                    log.warning("%s has %s, and is public in %s", name, lacks, page.relative_to(ROOT))
