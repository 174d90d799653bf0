"""Odd files as they are handed in, made from a notebook: some hold all of it, some nothing."""

import io
import json
import zipfile

NAME = "notebook.ipynb"


def zipped(notebook, name=NAME, number=1):
    """Return a zip file with so many copies of the notebook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"__MACOSX/._{NAME}", b"junk")
        for i in range(number):
            archive.writestr(f"work{i or ''}/{name}", json.dumps(notebook))
    return buffer.getvalue()


def text_of(notebook):
    return json.dumps(notebook, ensure_ascii=False)


def as_script(notebook):
    cells = notebook["cells"]
    return "\n\n".join("# %%\n" + c["source"] for c in cells if c["cell_type"] == "code")


def as_answer(notebook):
    """Return what Jupyter's contents API answers."""
    return {"name": NAME, "type": "notebook", "format": "json", "content": notebook}


# By name, a function of the notebook that returns a text or bytes from which all of it can be had.
WHOLE = {
    "leftover bytes": lambda n: text_of(n) + '"outputs": []}\n]}',
    "utf-16 without a mark": lambda n: text_of(n).encode("utf-16-le"),
    "utf-16 of the other order": lambda n: text_of(n).encode("utf-16-be"),
    "utf-32": lambda n: text_of(n).encode("utf-32"),
    "padded": lambda n: text_of(n).encode() + b"\0" * 512,
    "padded before": lambda n: b"\0" * 5 + text_of(n).encode(),
    "json in json": lambda n: json.dumps(text_of(n)),
    "contents api": lambda n: json.dumps(as_answer(n)),
    "contents api, as text": lambda n: json.dumps({"type": "file", "content": text_of(n)}),
    "in a list": lambda n: json.dumps([n]),
    "archive": zipped,
    "script": as_script,
    "script of nbconvert": lambda n: as_script(n).replace("# %%", "# In[ ]:"),
    "script that begins with a docstring": lambda n: '"""My solution."""\n' + as_script(n),
    "script in UTF-16": lambda n: as_script(n).encode("utf-16"),
    "script that speaks of conflicts": lambda n: (
        '"""\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"""\n' + as_script(n)
    ),
    "raw control characters": lambda n: text_of(n).replace("\\n", "\n", 1),
}
# The same of files that hold no notebook, with words of what the grader says.
NOTHING = {
    "web page": (
        lambda n: "<!DOCTYPE html>\n<html><body>Sign in</body></html>",
        "a web page",
    ),
    "empty archive": (
        lambda n: zipped(n, "notes.txt"),
        "an archive (zip) and not a notebook, with no",
    ),
    "two in an archive": (lambda n: zipped(n, number=2), "with 2 notebooks in it"),
    "damaged archive": (
        lambda n: zipped(n)[:200] + b"\xff" * 60 + zipped(n)[260:],
        "an archive (zip)",
    ),
    "broken archive": (
        lambda n: b"PK\x03\x04" + b"\0" * 40,
        "an archive (zip) and not a notebook, and it",
    ),
    "git lfs": (
        lambda n: "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n",
        "a pointer of Git LFS",
    ),
    "merge conflict": (
        lambda n: json.dumps(n, indent=1).replace(
            '"cells": [', '"cells": [\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n', 1
        ),
        "merge conflict",
    ),
    "prose": (lambda n: "I could not finish this week.", "neither JSON nor Python"),
    "empty": (lambda n: "", "empty"),
}
