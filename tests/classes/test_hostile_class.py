"""A class in which every second folder is broken or hostile: each has its row, and the others' results are as ever."""

import json
import os
import sys
from html.parser import HTMLParser

import nbformat
import pytest

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes.grade_class import grade_class
from autograder.errors import CourseError
from autograder.grading.seeds import FOLDER, course_key
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import Lesson, lesson_names

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.skipif(sys.platform == "win32", reason="LOUD: no such files on Windows"),
]
LESSON = Lesson.load(lesson_names()[0])
FILE = f"{LESSON.name}.ipynb"
RIGHT = make_submission(LESSON, reference_answers(LESSON))


def with_answer(source):
    return make_submission(LESSON, reference_answers(LESSON) | {"kl_divergence": source})


def folder_of(course, student):
    folder = course / "submitted" / student / LESSON.name
    folder.mkdir(parents=True)
    return folder


def a_pipe(course, student):
    os.mkfifo(folder_of(course, student) / FILE)


def a_pipe_as_timestamp(course, student):
    hand_in(RIGHT, course, student, LESSON)
    os.mkfifo(course / "submitted" / student / LESSON.name / "timestamp.txt")


def a_time_in_no_calendar(course, student):
    hand_in(RIGHT, course, student, LESSON)
    stamp = course / "submitted" / student / LESSON.name / "timestamp.txt"
    stamp.write_text("99999999999999999999999999")


def a_folder_as_notebook(course, student):
    folder = folder_of(course, student) / FILE
    folder.mkdir()
    (folder / "inside.txt").write_text("x")


def a_device(course, student):
    (folder_of(course, student) / FILE).symlink_to("/dev/zero")


def numbers_as_cells(course, student):
    (folder_of(course, student) / FILE).write_text(json.dumps({"worksheets": [{"cells": 5}]}))


def very_deep(course, student):
    (folder_of(course, student) / FILE).write_text("[" * 100_000 + "]" * 100_000)


def an_error_that_cannot_be_written(course, student):
    source = "def kl_divergence(mu, log_var):\n    raise ValueError('\\ud800 \\x1b[2J \\x00')\n"
    hand_in(with_answer(source), course, student, LESSON)


def a_cell_that_cannot_be_written(course, student):
    notebook = json.loads(nbformat.writes(with_answer("pass")))
    notebook["cells"][0]["source"] = "\ud800 \x00"
    (folder_of(course, student) / FILE).write_text(json.dumps(notebook))


HTML = (
    "<script>alert(1)</script><img src='https://evil.example/x.png' onerror='alert(2)'>"
    "<iframe src='https://evil.example'></iframe><a href='javascript:alert(3)'>x</a>"
    "<svg onload=alert(4)><style>@import url(https://evil.example)</style>"
)


def html_everywhere(course, student):
    source = f"def kl_divergence(mu, log_var):\n    raise ValueError({HTML!r})\n"
    notebook = with_answer(source)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("written_"):
            cell.source = HTML
    notebook.cells.append(nbformat.v4.new_markdown_cell(HTML))
    notebook.cells.append(nbformat.v4.new_raw_cell(HTML))
    hand_in(notebook, course, student, LESSON)
    folder = course / "submitted" / student / LESSON.name
    (folder / FILE).rename(folder / "<script>alert(5)<script>.ipynb")


def files_that_are_in_the_way(course, student):
    hand_in(RIGHT, course, student, LESSON)
    folder = course / "submitted" / student / LESSON.name
    (folder / "figures").write_text("a file where the lesson has a folder")
    (folder / "glossary.md").mkdir()
    (folder / "glossary.md" / "x.txt").write_text("a folder where it has a file")
    (folder / f"{LESSON.name}.html").write_text(HTML)
    (folder / "evil.HTML").write_text(HTML)
    (folder / "evil.xht").write_text(HTML)
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    with (folder / "data.bin").open("wb") as sparse:
        sparse.truncate(2**32)


def a_file_name_that_is_no_text(course, student):
    folder = folder_of(course, student)
    notebook = nbformat.writes(RIGHT).encode()
    (folder / os.fsdecode(b"\xff \x1b[2J\n# forged.ipynb")).write_bytes(notebook)


def a_number_that_is_infinite(course, student):
    source = (
        "import os, socket\nfor fd in range(600, 700):\n    try:\n"
        '        socket.socket(fileno=os.dup(fd)).send(b\'{"ready": true, "errors": [[Infinity, 1]]}\')\n'
        "    except OSError: pass\n"
    )
    hand_in(with_answer(source), course, student, LESSON)


def a_very_long_sum(course, student):
    hand_in(with_answer("X = " + "+".join(["1"] * 5_000)), course, student, LESSON)


def a_very_large_file(course, student):
    with (folder_of(course, student) / FILE).open("wb") as sparse:
        sparse.truncate(20 * 2**30)


MAKERS = [
    a_pipe, a_pipe_as_timestamp, a_time_in_no_calendar, a_folder_as_notebook, a_device, numbers_as_cells, very_deep,
    an_error_that_cannot_be_written, a_cell_that_cannot_be_written, a_very_long_sum, html_everywhere,
    files_that_are_in_the_way, a_file_name_that_is_no_text, a_number_that_is_infinite, a_very_large_file,
]  # fmt: skip
NAMES = [
    "eve\nbob", "*", "[a-z]*", os.fsdecode(b"caf\xe9"), "esc \x1b[2J", "x" * 200, " blank",
    "<img src=x onerror=alert(1)>", "=1+1",
]  # fmt: skip
LINKS = ["linked student", "linked lesson"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("hostile")
    for number, make in enumerate(MAKERS):
        make(course, f"h{number} {make.__name__}")
        if number % 3 == 0:
            hand_in(RIGHT, course, f"h{number} then honest", LESSON)
    for name in NAMES:
        hand_in(RIGHT, course, name, LESSON)
    hand_in(RIGHT, course, "ada", LESSON)
    (course / "submitted" / LINKS[0]).symlink_to(course / "submitted" / "ada")
    (course / "submitted" / LINKS[1]).mkdir()
    (course / "submitted" / LINKS[1] / LESSON.name).symlink_to(
        course / "submitted" / "ada" / LESSON.name
    )
    return course


@pytest.fixture(scope="module")
def grades(course):
    grades = grade_class(LESSON.name, course, sandbox=isolation().enough, jobs=2)
    return {g.student: g for g in grades}


def test_everybody_has_a_row_and_honest_work_its_points(course, grades):
    assert len(grades) == len(list((course / "submitted").iterdir()))
    honest = [g for name, g in grades.items() if name.endswith("honest")]
    assert len(honest) == 5
    assert all(g.verdict.score == g.verdict.max_score for g in honest)
    pages = [course / "feedback" / g.student / LESSON.name / f"{LESSON.name}.html" for g in honest]
    assert all(page.exists() for page in pages)


def test_a_file_that_is_no_notebook_earns_nothing_and_says_why(grades):
    for name in (
        "a_pipe",
        "a_folder_as_notebook",
        "a_device",
        "numbers_as_cells",
        "very_deep",
        "a_very_large_file",
    ):
        (grade,) = [g for s, g in grades.items() if s.endswith(f" {name}")]
        assert grade.verdict.score == 0
        assert len(grade.verdict.repairs[0]) > 20


def test_what_is_beside_the_work_costs_no_point(grades):
    for name in (
        "a_pipe_as_timestamp",
        "a_time_in_no_calendar",
        "files_that_are_in_the_way",
        "a_file_name_that_is_no_text",
    ):
        (grade,) = [g for s, g in grades.items() if s.endswith(f" {name}")]
        assert grade.verdict.score == grade.verdict.max_score


def test_one_bad_cell_costs_one_exercise(grades):
    for name in ("an_error_that_cannot_be_written", "a_very_long_sum"):
        (grade,) = [g for s, g in grades.items() if s.endswith(f" {name}")]
        assert [e.name for e in grade.verdict.exercises if e.score < e.max_score] == [
            "kl_divergence"
        ]


def test_a_folder_whose_name_cannot_be_kept_is_reported(grades):
    problems = [g.problem for g in grades.values() if g.verdict is None]
    assert len(problems) == len(NAMES) + len(LINKS)
    assert sum("rename the folder" in problem for problem in problems) == len(NAMES)
    assert sum("links are not read" in problem for problem in problems) == len(LINKS)


def test_nothing_that_a_browser_runs_lies_beside_a_page_and_every_text_can_be_read(course, grades):
    kinds = (".html", ".xht", ".ipynb")
    for folder in ("autograded", "feedback"):
        pages = [p for p in (course / folder).rglob("*") if p.suffix.lower() in kinds]
        assert pages != []
        assert all(p.stem == LESSON.name for p in pages)
        assert all("\x1b" not in p.read_text(encoding="utf-8") for p in pages)
    assert sum(p.stat().st_size for p in course.rglob("*.bin")) == 2**32  # only the one handed in


class Live(HTMLParser):
    """Collect what a browser would run or load: scripts, handlers, frames, addresses of others."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag in (
            "script",
            "iframe",
            "object",
            "embed",
            "link",
            "meta",
            "base",
            "form",
            "svg",
            "style",
        ):
            self.found.append((tag, dict(attributes).get("src", "")))
        for name, value in attributes:
            address = (value or "").strip().lower()
            if (
                name.startswith("on")
                or address.startswith("javascript:")
                or (tag != "a" and "evil" in address)
            ):
                self.found.append((tag, name, value))


def live(page):
    parser = Live()
    parser.feed(page.read_text())
    return sorted(map(str, parser.found))


def test_a_feedback_page_runs_nothing_of_a_learner_s(course, grades):
    def page(ending):
        (student,) = [s for s in grades if s.endswith(ending)]
        return course / "feedback" / student / LESSON.name / f"{LESSON.name}.html"

    assert "alert(1)" in page("html_everywhere").read_text()
    assert live(page("html_everywhere")) == live(page("a_pipe_as_timestamp"))


def test_a_second_run_says_the_same(course, grades):
    again = grade_class(LESSON.name, course, feedback=False, sandbox=isolation().enough)
    assert {g.student: g.verdict and g.verdict.score for g in again} == {
        name: g.verdict and g.verdict.score for name, g in grades.items()
    }


@pytest.mark.parametrize(
    ("content", "rights", "said"),
    [("", 0o600, "not the key"), ("short", 0o600, "not the key"), (None, 0o644, "chmod 600")],
)
def test_a_key_that_is_none_or_that_others_can_read_is_refused(tmp_path, content, rights, said):
    course_key(tmp_path)
    path = tmp_path / FOLDER / "key"
    if content is not None:
        path.write_text(content)
    path.chmod(rights)
    with pytest.raises(CourseError, match=said):
        course_key(tmp_path)


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None])
def test_a_gradebook_that_is_damaged_or_locked_is_one_line_and_nothing_is_lost(tmp_path, damage):
    import sqlite3

    hand_in(RIGHT, tmp_path, "ann", LESSON)
    path = tmp_path / "gradebook.db"
    if damage:
        path.write_bytes(damage)
    else:
        holder = sqlite3.connect(path)
        holder.execute("create table t (x)")
        holder.execute("begin exclusive")
    with pytest.raises(CourseError) as refusal:
        grade_class(LESSON.name, tmp_path, feedback=False, sandbox=isolation().enough)
    assert "\n" not in str(refusal.value)
    if damage:
        assert path.read_bytes() == damage
    else:
        holder.close()
        (grade,) = grade_class(LESSON.name, tmp_path, feedback=False, sandbox=isolation().enough)
        assert grade.verdict.score == grade.verdict.max_score
