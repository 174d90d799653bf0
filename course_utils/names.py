"""Names that a class gives to exercises, shown in texts in the place of the course's own.

An instructor may rename exercises for a class, see `[names]` of settings.toml. What lessons, checks and the
grader say is written with the course's names; here they are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

CODE = re.compile(r"```.*?```|`[^`\n]+`|<code>.*?</code>", flags=re.S)
FILE = r"\.(?:png|svg|json|md|py|ipynb)\b"


def in_text(text: str, names: Mapping[str, str]) -> str:
    """Return a text with the names of a class.

    A name that is also an ordinary word, such as `evaluate` or `VAE`, is replaced only where it is code:
    between backticks, in <code>, or before a bracket. Files and members of other modules keep their names.

    Args:
        text: A sentence, or Markdown.
        names: The class's name of each renamed exercise by the course's.
    """
    if not names:
        return text
    code = [match.span() for match in CODE.finditer(text)]

    def renamed(match: re.Match) -> str:
        old = match[0]
        is_word = old.isalpha() and (old.islower() or old.isupper())
        is_code = text[match.end() :].startswith("(") or any(
            start < match.start() < end for start, end in code
        )
        return names[old] if is_code or not is_word else old

    return occurrences(names).sub(renamed, text)


def occurrences(names: Mapping[str, str]) -> re.Pattern:
    """Return a pattern that finds these names: whole words, no files, no members but those of `checks`."""
    any_of = "|".join(sorted(map(re.escape, names)))
    return re.compile(rf"(?:(?<=\bchecks\.)|(?<![\w.\\]))(?:{any_of})(?!\w|{FILE})")
