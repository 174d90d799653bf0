"""What the site adds to Sphinx: mathematics for KaTeX in the browser, and links to the glossary."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from autograder.authoring.site.sources import documents
from autograder.authoring.site.term_links import link_terms
from autograder.authoring.site.terms import definitions
from autograder.source.lesson import lesson_names


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both with Sphinx, which calls this."""
    app.add_html_math_renderer("katex", (_inline, None), (_block, None))
    terms = definitions(documents()["glossary"].read_text(encoding="utf-8"))

    def link(_: Sphinx, document: nodes.document, page: str) -> None:
        if page in lesson_names():
            link_terms(document, terms)

    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: nodes.math) -> None:
    """Write the formula as text, which site.js replaces; without scripts it can still be read."""
    writer.body.append(f'<span class="math">{escape(node.astext())}</span>')
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{escape(node.astext())}</div>')
    raise nodes.SkipNode
