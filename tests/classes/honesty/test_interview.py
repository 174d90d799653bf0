"""The sheet of a talk: the student's own cells, questions from the bank, the same each time."""

import html
import re

import pytest

from autograder import cli
from autograder.exercises.lookup import wrong_solutions
from autograder.source.lesson import Lesson
from tests.classes.report.made_up import diagnosis, grade, verdict_on

NAME = "01_elbo"
LESSON = Lesson.load(NAME)
FIRST, SECOND, *_ = LESSON.exercises
EVIL = "    x = '</pre><script>alert(1)</script>'"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """One student with a mistake, one whose work is all but empty, one without any."""
    folder = tmp_path_factory.mktemp("course")
    known = wrong_solutions(NAME).of(FIRST)[0]
    answers = {
        e: f"def {e}(*a):\n    # mine\n{EVIL}\n    return 'of {e}'" for e in LESSON.exercises
    }
    grade(
        folder,
        NAME,
        "ada",
        [verdict_on(LESSON, FIRST, "all", diagnosis(known.id, "Sum it."))],
        answers,
    )
    idle = [verdict_on(LESSON, e, "all", None, "not attempted") for e in LESSON.exercises]
    grade(folder, NAME, "bob", idle[1:], answers)
    grade(folder, NAME, "cy", idle)
    return folder


def run(course, student, *arguments):
    return cli.main(["interview", student, NAME, "--course", str(course), *map(str, arguments)])


def sheet(course, student):
    assert run(course, student) == 0
    return (course / "interviews" / student / f"{NAME}.html").read_text(encoding="utf-8")


def test_it_asks_about_three_of_the_student_s_own_cells(course):
    page = sheet(course, "ada")
    assert page.count("<section>") == 3
    assert len(set(re.findall(r"return &#39;of (\w+)&#39;", page))) == 3
    assert page == sheet(course, "ada")
    for line in re.findall(r"What does line (\d+) do", page):
        assert int(line) in (3, 4)  # neither the heading nor the comment
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_each_wrong_answer_is_a_known_mistake_of_that_exercise(course):
    page = sheet(course, "ada")
    titles = {title.replace("`", ""): name for name, title in LESSON.titles.items()}
    for section in page.split("<section>")[1:]:
        name = titles[html.unescape(re.search(r"<h2>\d\. (.*?)</h2>", section)[1])]
        answer = re.search(r"What is wrong with it</summary><p>(.*?)</p>", section, re.DOTALL)[1]
        said = html.unescape(re.sub(r"</?\w+>", "", answer))
        assert said in {v.message.replace("`", "") for v in wrong_solutions(NAME).of(name)}


def test_fewer_cells_are_asked_about_where_there_are_fewer(course):
    assert sheet(course, "bob").count("<section>") == 1


@pytest.mark.parametrize(
    ("student", "said"), [("cy", "nothing to ask about"), ("nobody", "has no graded 01_elbo")]
)
def test_bad_input_is_one_line(course, capsys, student, said):
    assert run(course, student) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_folder_is_no_place_for_the_sheet(course, capsys):
    assert run(course, "ada", "--output", course) == 2
    assert "a folder. Name a file" in capsys.readouterr().err
