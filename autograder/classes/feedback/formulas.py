"""Formulas as MathML, which browsers draw without a script: nothing is loaded from elsewhere."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

MAX_TEX = 2_000  # characters of a formula; a longer one is shown as it was typed
DEFINES = re.compile(r"\\(?:def|let|newcommand|renewcommand)\b")  # macros could grow without end
SAME = {"aligned": "align*", "split": "align*", "gathered": "gather*"}
# What may stand in a formula: neither links nor pictures, nor anything of HTML.
ELEMENTS = frozenset(
    (
        *(
            "math",
            "menclose",
            "mfrac",
            "mi",
            "mmultiscripts",
            "mn",
            "mo",
            "mover",
            "mpadded",
            "mphantom",
        ),
        *(
            "mroot",
            "mrow",
            "mspace",
            "msqrt",
            "mstyle",
            "msub",
            "msubsup",
            "msup",
            "mtable",
            "mtd",
            "mtext",
        ),
        *("mtr", "munder", "munderover"),
    )
)
ROWS = ("math", "mrow", "mtd", "mstyle")  # others have a fixed number of parts
ATTRIBUTES = frozenset(
    (
        *(
            "accent",
            "columnalign",
            "columnspacing",
            "display",
            "displaystyle",
            "fence",
            "form",
            "linebreak",
        ),
        *(
            "linethickness",
            "lspace",
            "mathvariant",
            "maxsize",
            "minsize",
            "notation",
            "rowspacing",
            "rspace",
        ),
        *("scriptlevel", "separator", "stretchy", "symmetric", "width"),
    )
)


def mathml(tex: str, block: bool) -> str:
    """Return a formula as MathML, or as the text that was typed where it cannot be drawn.

    Args:
        tex: LaTeX without its dollar signs.
        block: Whether it stands in a line of its own.
    """
    if len(tex) <= MAX_TEX and not DEFINES.search(tex):
        try:
            element = convert_to_element(
                _in_known_words(tex), display="block" if block else "inline"
            )
            return "".join(_written(element))
        except Exception:  # of odd formulas it raises many kinds of errors
            pass
    return f"<code>{html.escape(tex)}</code>"


def _is_function(element: Element) -> bool:
    """Return whether this is the name of a function, such as log."""
    return element.tag == "mi" and len(element.text or "") > 1 and (element.text or "").isalpha()


def _in_known_words(tex: str) -> str:
    for name, known in SAME.items():
        for end in ("begin", "end"):
            tex = tex.replace(f"\\{end}{{{name}}}", f"\\{end}{{{known}}}")
    return re.sub(r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}", tex)


def _written(element: Element) -> Iterator[str]:
    """Yield an element as text, with known elements and attributes only.

    Raises:
        ValueError: If it holds anything else, or a command that was not understood.
    """
    name = element.tag
    text = html.unescape(element.text or "")
    if name not in ELEMENTS or (name == "mi" and (text == "&" or re.match(r"\\\w", text))):
        raise ValueError(name)
    attributes = {k: v for k, v in element.attrib.items() if k in ATTRIBUTES}
    yield f"<{name}"
    yield from (f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    yield f">{html.escape(text)}"
    for child, following in itertools.zip_longest(element, element[1:]):
        yield from _written(child)
        if name in ROWS and _is_function(child) and following is not None and following.tag != "mo":
            yield '<mspace width="0.167em"></mspace>'  # as TeX does in "log p"
    yield f"</{name}>"
