"""The Content-Security-Policy of the pages that show learners' work: feedback pages, and formgrader's view.

Learners' HTML is sanitised before (`feedback.safe`). The policy is a second wall: what
slips through the first can neither run nor load anything from elsewhere. It stands in the page itself, so it
holds for a page that is opened as a file, too.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import re
import secrets
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.grading.marking import as_html

# A template on top of nbgrader's two; it hands their heads to `with_policy`.
TEMPLATE = Path(__file__).with_name("page_with_policy.html.j2")

# What formgrader's script waits for before it looks for its fields. Formulas are drawn already.
NO_MATHJAX = """
window.MathJax = {Hub: {Startup: {signal: {Interest: (call) => setTimeout(call, 0, "End")}}}};
"""
_FORMULAS_OF_NBCONVERT = re.compile(
    r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL
)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r'\son\w+="([^"]*)"')


def with_policy(head: str, bar: str = "") -> str:
    """Return the head of a page with the policy as its first element.

    Args:
        head: nbgrader's, from the doctype to the end of the head; it holds nothing of a learner's.
        bar: nbgrader's bar at the top of the page, rendered without anything of a learner's. Its scripts
            and handlers are allowed by their hashes. A page with a bar is formgrader's, which talks with
            its own server.
    """
    head, found = _FORMULAS_OF_NBCONVERT.subn("", head)
    scripts: list[str] = []
    own = ready = ""
    if bar:
        own, ready = "'self' ", f"<script>{NO_MATHJAX}</script>\n"
        nonce = secrets.token_urlsafe(16)
        head = head.replace("<script", f'<script nonce="{nonce}"')
        handlers = {html.unescape(code) for code in _HANDLER.findall(bar)}
        inline = sorted(map(_hash, {*_INLINE_SCRIPT.findall(bar), *handlers}))
        scripts = [_hash(NO_MATHJAX), f"'nonce-{nonce}'", "'unsafe-hashes'", *inline]
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(scripts) or "'none'",
        "style-src": f"{own}'unsafe-inline'",
        "img-src": "'self' data:",  # a lesson's figures lie beside its page
        "font-src": own.strip() or "'none'",
        "connect-src": own.strip() or "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    first = (
        f'<meta http-equiv="Content-Security-Policy" content="{_joined(policy)}">\n'
        # A browser may ask for the address of each machine that a link names, before anybody clicks it.
        '<meta http-equiv="x-dns-prefetch-control" content="off">\n'
        '<meta name="referrer" content="no-referrer">\n'
    )
    before, tag, rest = head.partition("<head>")
    rest, end, after = rest.rpartition("</head>")
    if not (found and tag and end):
        raise ValueError("nbgrader's page has another shape than expected, so it gets no policy.")
    return f"{before}{tag}\n{first}{rest}{ready}{end}{after}"


def own_page(folder: Path, name: str, **values: Any) -> str:
    """Return a page of our own that shows text and pictures, runs nothing and loads nothing from elsewhere.

    Args:
        folder: Where its template and its style lie, NAME.html.j2 and NAME.css.
        name: Their name.
        values: What the template shows, escaped unless it is `Markup`. The filter `as_text` makes `code` in a
            sentence stand out.
    """
    style = (folder / f"{name}.css").read_text(encoding="utf-8")
    policy = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "img-src": "'self' data:",  # a picture that lies beside the page, or in it
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    template = _templates(folder).get_template(f"{name}.html.j2")
    return template.render(style=Markup(style), policy=_joined(policy), **values)


@functools.cache
def _templates(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["as_text"] = lambda text: Markup(as_html(text))
    return environment


def _joined(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _hash(text: str) -> str:
    """Return how a policy names a script or a style by its text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
