"""What editors, learning platforms and learners do to a file costs nothing if a person can see the answer.

Each case takes lesson 01 with every answer right, changes the file as somebody reported it, and says what is lost.
"""

import base64
import copy
import json
import re
import sys

import nbformat
import pytest

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.errors import CourseError
from autograder.grading.judge import judge
from autograder.grading.marking import mark
from autograder.grading.salvage import salvage, salvage_or_blank
from autograder.source.lesson import Lesson
from tests.grading.odd_files import NOTHING, WHOLE

pytestmark = pytest.mark.notebooks
LESSON = Lesson.load("01_elbo")
RIGHT = reference_answers(LESSON)
POINTS = sum(LESSON.exercises.values())
KL = "kl_divergence"


def whole():
    """The notebook with every answer right, as JSON."""
    return as_json(make_submission(LESSON, RIGHT))


def as_json(notebook):
    data = json.loads(nbformat.writes(notebook))
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    return data


def of(notebook, grade_id):
    """The cell of this grade_id."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return cell
    raise KeyError(grade_id)


def place(notebook, grade_id):
    return notebook["cells"].index(of(notebook, grade_id))


def code(source, **metadata):
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
        "id": "typed-in",
    }


def demonstration(notebook):
    """The first cell that grading skips."""
    return next(c for c in notebook["cells"] if "skip-grading" in c["metadata"].get("tags", []))


def answered(source, exercise=KL):
    notebook = whole()
    of(notebook, exercise)["source"] = source
    return notebook


@pytest.fixture
def grade(worker, tmp_path):
    """Grade JSON, text or bytes as a file of any name."""

    def grade(content, name="01_elbo.ipynb"):
        path = tmp_path / name
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return judge(salvage(path, LESSON), worker)

    return grade


def lost(verdict):
    """The exercises without full marks."""
    return {e.name: e for e in verdict.exercises if e.score < e.max_score}


# --------------------------------------------------------------------------- the answer can be seen


def merged_with_its_check():
    notebook = whole()
    check = notebook["cells"].pop(place(notebook, f"test_{KL}"))
    of(notebook, KL)["source"] += "\n\n" + check["source"]
    return notebook


def typed_into_its_check():
    notebook = whole()
    stub = of(as_json(make_submission(LESSON, {})), KL)["source"]
    check = of(notebook, f"test_{KL}")
    check["source"] = RIGHT[KL] + "\n\n" + check["source"]
    of(notebook, KL)["source"] = stub
    return notebook


def typed_into_a_check_without_marks():
    notebook = typed_into_its_check()
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    return notebook


def check_replaced_by_the_answer():
    notebook = typed_into_its_check()
    of(notebook, f"test_{KL}")["source"] = RIGHT[KL]
    return notebook


def with_helper(body):
    """The right answer under another name, and an answer that calls it."""
    assert f"def {KL}(" in body
    return body.replace(f"def {KL}(", "def kl_helper("), (
        f"def {KL}(mu, log_var):\n    return kl_helper(mu, log_var)\n"
    )


def helper_in_another_check():
    helper, answer = with_helper(RIGHT[KL])
    notebook = answered(answer)
    of(notebook, "test_gaussian_log_prob")["source"] += "\n\n" + helper
    return notebook


def in_a_demonstration(addition, use):
    notebook = answered(RIGHT[KL].replace(f"def {KL}(", "def _right(") + f"\n\n{use}")
    cell = demonstration(notebook)
    cell["source"] += "\n" + addition
    return notebook


def before_the_answer(lines):
    return answered(f"{lines}\n\n{RIGHT[KL]}")


TWICE = f"def {KL}(mu, log_var):\n    return HALF * 2 * _right(mu, log_var)\n"
SEEN = {
    "merged with its check": merged_with_its_check,
    "typed into its check": typed_into_its_check,
    "typed into its check, no marks": typed_into_a_check_without_marks,
    "in the place of its check": check_replaced_by_the_answer,
    "helper in another check": helper_in_another_check,
    "constant in a demonstration": lambda: in_a_demonstration("HALF = 0.5", TWICE),
    "lambda in a demonstration": lambda: in_a_demonstration(
        "half = lambda: 0.5", TWICE.replace("HALF", "half()")
    ),
    "device in a demonstration": lambda: in_a_demonstration(
        'where = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
        f"def {KL}(mu, log_var):\n    return _right(mu.to(where), log_var.to(where))\n",
    ),
    "guarded import in a demonstration": lambda: in_a_demonstration(
        "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp",
        f"def {KL}(mu, log_var):\n    return _right(mu, log_var) * float(xp.ones(1)[0])\n",
    ),
    "a value that needs another": lambda: in_a_demonstration("ONE = 1.0\nHALF = ONE / 2", TWICE),
    "a value behind a cell of one's own": lambda: own_cell_between(),
    "drive of Colab": lambda: before_the_answer(
        "from google.colab import drive\ndrive.mount('/content/drive')"
    ),
    "another folder": lambda: before_the_answer("import os\nos.chdir('/content')"),
    "unused packages": lambda: before_the_answer("import seaborn as sns\nimport wandb, einops"),
    "a window": lambda: before_the_answer("import matplotlib\nmatplotlib.use('TkAgg')"),
    "a log file": lambda: before_the_answer("log = open('/var/log/mine.txt', 'w')"),
    "await": lambda: before_the_answer("import asyncio\nawait asyncio.sleep(0)"),
    "memit": lambda: answered("%%memit\n" + RIGHT[KL]),
    "wandb": lambda: answered("%%wandb\n" + RIGHT[KL]),
    "writefile and import": lambda: written_and_imported(),
    "check with code of one's own below": lambda: check_with_more(),
    "annotated": lambda: elsewhere(f"{KL}: object = _right"),
    "one of two names": lambda: elsewhere(f"{KL}, other = _right, 1"),
    "under an if": lambda: elsewhere(f"if True:\n    {KL} = _right"),
}


def check_with_more():
    notebook = whole()
    own = "\n\nx = (\n    1 +\n    2\n)"
    of(notebook, "gaussian_log_prob")["source"] += (
        "\n\nchecks.gaussian_log_prob(gaussian_log_prob)" + own
    )
    return notebook


def elsewhere(line):
    """The stub is left, and a later cell binds the name in another way than by `def`."""
    notebook = whole()
    of(notebook, KL)["source"] = of(as_json(make_submission(LESSON, {})), KL)["source"]
    source = RIGHT[KL].replace(f"def {KL}(", "def _right(")
    notebook["cells"].insert(place(notebook, f"test_{KL}"), code(f"{source}\n\n{line}"))
    return notebook


def own_cell_between():
    notebook = in_a_demonstration("ONE = 1.0", TWICE)
    notebook["cells"].insert(place(notebook, KL), code("HALF = ONE / 2"))
    return notebook


def written_and_imported():
    notebook = answered(f"from kl_of_mine import {KL}")
    text = "%%writefile kl_of_mine.py\nimport torch\nfrom torch import Tensor\n" + RIGHT[KL]
    notebook["cells"].insert(place(notebook, KL), code(text))
    return notebook


@pytest.mark.parametrize("name", SEEN)
def test_what_a_person_can_see_gets_full_marks(grade, name):
    assert lost(grade(SEEN[name]())) == {}


def test_the_note_says_that_a_cell_stopped(grade):
    verdict = grade(before_the_answer("from google.colab import drive"))
    (note,) = [r for r in verdict.repairs if "stopped with an error" in r]
    assert "No module named 'google.colab'" in note or "No module named 'google'" in note


# --------------------------------------------------------------------------------- odd files


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_from_which_the_notebook_can_be_had_gets_full_marks(grade, name):
    assert lost(grade(WHOLE[name](whole()))) == {}


def test_a_file_that_was_cut_off_gets_what_stands_before_the_cut(grade):
    text = json.dumps(whole())
    verdict = grade(text[: text.index('"grade_id": "elbo"')])
    assert set(lost(verdict)) == {"elbo", "score_function_gradient", "pathwise_gradient"}
    assert any("The file is broken behind cell" in r for r in verdict.repairs)


@pytest.mark.parametrize("name", NOTHING)
def test_a_file_without_a_notebook_says_once_what_it_is_and_what_to_do(worker, tmp_path, name):
    make, what = NOTHING[name]
    content = make(whole())
    path = tmp_path / "01_elbo.ipynb"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CourseError, match=re.escape(what)):
        salvage(path, LESSON)
    submission = salvage_or_blank(path, LESSON)
    verdict = judge(submission, worker)
    assert (verdict.score, verdict.max_score) == (0, POINTS)
    assert {e.status for e in verdict.exercises} == {"missing"}
    assert {e.diagnosis for e in verdict.exercises} == {None}
    (note,) = verdict.repairs
    assert what in note
    assert json.dumps(note)[1:-1] in mark(submission, verdict).text


def test_a_picture_in_a_written_answer_reaches_the_marker(worker, tmp_path):
    notebook = whole()
    topic = next(iter(LESSON.written))
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
    cell = of(notebook, f"written_{topic}")
    cell["source"] = "See ![drawing](attachment:drawing.png)"
    cell["attachments"] = {
        "drawing.png": {"image/png": png},
        "page.html": {"text/html": "<script>alert(1)</script>"},
        "bad.png": {"image/png": "no base64!"},
    }
    path = tmp_path / "01_elbo.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    submission = salvage(path, LESSON)
    marked = json.loads(mark(submission, judge(submission, worker)).text)
    assert of(marked, f"written_{topic}")["attachments"] == {"drawing.png": {"image/png": png}}
    nbformat.validate(marked)


# ------------------------------------------------------------------- one exercise is lost, for a true reason

LOST = {
    "the raise was left": (
        RIGHT[KL].replace("    return", "    raise NotImplementedError\n    return", 1),
        r"`raise NotImplementedError` still stands at line \d+ of the cell",
    ),
    "input": (
        f"def {KL}(mu, log_var):\n    return float(input('beta? ')) * mu.sum(1)\n",
        "input\\(\\) is not available when your work is graded",
    ),
    "EOFError": (f"def {KL}(mu, log_var):\n    raise EOFError('no more')\n", "EOFError: no more"),
    "undefined name in an annotation": (
        f"def {KL}(mu: Undefined, log_var):\n    return mu.sum(1)\n",
        "name 'Undefined' is not defined",
    ),
    "a generator": (
        f"def {KL}(mu, log_var):\n    yield mu.sum(1)\n",
        "should be a torch.Tensor, got a generator",
    ),
    "a map": (
        f"def {KL}(mu, log_var):\n    return map(float, mu.sum(1))\n",
        "should be a torch.Tensor, got a map",
    ),
    "a set": (
        f"def {KL}(mu, log_var):\n    return {{1.0}}\n",
        "should be a torch.Tensor, got a set",
    ),
    "a coroutine": (
        f"async def {KL}(mu, log_var):\n    return mu.sum(1)\n",
        "should be a torch.Tensor, got a coroutine",
    ),
    "a sparse tensor": (
        f"def {KL}(mu, log_var):\n    return mu.sum(1).to_sparse()\n",
        "sparse",
    ),
    "syntax": (
        f"def {KL}(mu, log_var):\n    return mu.sum(1\n",
        rf"grading uses Python {sys.version_info[0]}\.{sys.version_info[1]}",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost_is_one_exercise_with_the_true_reason(grade, name):
    source, reason = LOST[name]
    verdict = grade(answered(source))
    assert set(lost(verdict)) == {KL}
    assert re.search(reason, verdict.of(KL).diagnosis["message"])


def test_a_sum_of_450_terms_costs_nobody_anything(grade):
    notebook = answered(RIGHT[KL].replace("0.5", "1.5"))
    long = "X = " + " + ".join(["1"] * 450)
    of(notebook, "elbo")["source"] = f"{long}\n{RIGHT['elbo']}"
    assert set(lost(grade(notebook))) == {KL}


def test_a_raise_of_350_signs_is_read(grade):
    notebook = whole()
    signs = "-" * 350
    of(notebook, "elbo")["source"] += f"\n\ndef later():\n    raise NotImplementedError({signs}1)"
    assert lost(grade(notebook)) == {}


def test_a_file_that_takes_too_much_memory_costs_the_next_one_nothing(worker, tmp_path):
    notebook = whole()
    lines = "".join(f"def {chr(0x4E00 + k % 20000)}{k:x}\n" for k in range(20000))
    notebook["cells"] += [code(f"${i}\n{lines}"[:199_990]) for i in range(60)]
    path = tmp_path / "01_elbo.ipynb"
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    first = judge(salvage_or_blank(path, LESSON), worker)
    assert first.score in (0, POINTS)
    path.write_text(json.dumps(whole()), encoding="utf-8")
    assert judge(salvage_or_blank(path, LESSON), worker).score == POINTS


def test_a_flood_of_lines_is_cut_and_the_answers_are_read(grade):
    notebook = whole()
    notebook["cells"] += [code("$" + "\n" * 40_000 + "x") for _ in range(5)]
    verdict = grade(notebook)
    assert lost(verdict) == {}
    assert any("too long: 4" in r for r in verdict.repairs)


def test_half_an_emoji_costs_at_most_its_exercise(grade):
    notebook = answered(f"def {KL}(mu, log_var):\n    raise ValueError('\\ud83d')\n")
    topic = next(iter(LESSON.written))
    text = json.dumps(copy.deepcopy(notebook))
    text = text.replace(json.dumps(of(notebook, f"written_{topic}")["source"]), '"half \\ud83d"')
    assert set(lost(grade(text))) == {KL}


def test_code_of_ours_that_was_replaced_there_ends_this_file_alone(grade):
    source = (
        "from autograder.wire.peer import Peer\n"
        "def raising(self, message): raise RuntimeError('no')\n"
        f"Peer._on_has = raising\n{RIGHT[KL]}"
    )
    assert set(lost(grade(answered(source)))) == {KL}
    assert lost(grade(whole())) == {}
