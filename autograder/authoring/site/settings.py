"""Sphinx's settings for the site."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# KaTeX 0.19.1 under the MIT licence, which is in it: script, style and fonts, those for old browsers left out.
KATEX = HERE / "static" / "katex.zip"


def settings(static: Path) -> dict[str, Any]:
    """Return the settings.

    Args:
        static: An empty folder, which gets the files that pages load.
    """
    for name in ("site.css", "site.js", "icon.svg"):
        shutil.copy(HERE / "static" / name, static)
    shutil.unpack_archive(KATEX, static / "katex")
    return {
        "project": "vae-course",
        "language": "en",
        "extensions": ["myst_parser", "sphinx_copybutton", "autograder.authoring.site.extension"],
        "myst_enable_extensions": ["attrs_inline", "colon_fence", "dollarmath", "linkify"],
        "myst_heading_anchors": 4,
        "myst_linkify_fuzzy_links": False,  # only what begins with https://
        "highlight_language": "text",
        "html_theme": "pydata_sphinx_theme",
        "html_title": "Variational autoencoders",  # stands after the title of each page
        "html_favicon": str(static / "icon.svg"),
        "html_context": {"default_mode": "auto"},  # light or dark as the reader's system
        "html_static_path": [str(static)],
        "html_css_files": ["katex/katex.min.css", "site.css"],
        "html_js_files": [
            ("katex/katex.min.js", {"defer": "defer"}),
            ("site.js", {"defer": "defer"}),
        ],
        "html_math_renderer": "katex",
        "html_copy_source": False,  # a class's site must not carry what Sphinx read
        "html_show_sourcelink": False,
        "html_use_index": False,
        "html_sidebars": {"**": ["pages.html"]},
        "templates_path": [str(HERE / "templates")],
        "html_theme_options": _theme(),
    }


def _theme() -> dict[str, Any]:
    return {
        "logo": {"text": "vae-course"},
        "search_bar_text": "Search",
        "navbar_center": [],
        "navbar_end": ["theme-switcher"],
        "primary_sidebar_end": [],
        "secondary_sidebar_items": ["page-toc"],
        "article_header_start": [],
        "footer_start": ["licence.html"],
        "footer_end": [],
        "show_toc_level": 2,
    }
