"""The report of made-up classes: what it says, of whom, and that it is a page that runs nothing and asks nobody."""

import re
from html.parser import HTMLParser

import pytest
from nbgrader.api import Gradebook

from autograder import cli
from autograder.classes.gradebook import register
from autograder.classes.report.results import pseudonyms, read_results
from autograder.exercises.lookup import wrong_solutions
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson
from tests.authoring.site.browser import chromium
from tests.browser import needs_chromium
from tests.classes.report.made_up import criteria_of, diagnosis, grade, verdict_on

NAME, OTHER = "01_elbo", "02_vae"
LESSON = Lesson.load(NAME)
FIRST, SECOND, *_ = LESSON.exercises
KNOWN = wrong_solutions(NAME).of(FIRST)[0]
EVIL = "</pre></style></code><script>alert(1)</script><img src=x onerror=alert(2)>"


def named():
    return verdict_on(LESSON, FIRST, "all", diagnosis(KNOWN.id, KNOWN.message))


def nameless(number):
    criterion = next(iter(criteria_of(NAME, SECOND)))
    message = f"log p(x) is off by up to {number} in 3 of 7 values, {EVIL}"
    return verdict_on(LESSON, SECOND, [criterion], diagnosis(f"failed-{criterion}", message))


def crash():
    return verdict_on(LESSON, FIRST, "all", diagnosis("timeout", "It did not finish."), "timeout")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Fourteen students in one lesson and two of them in another."""
    folder = tmp_path_factory.mktemp("course")
    for number in range(5):
        code = f"# by ada{number}\n{KNOWN.source}"
        grade(folder, NAME, f"ada{number}", [named()], {FIRST: code})
    for number in range(3):
        answers = {SECOND: f"def {SECOND}(*a):\n    return 'bob{number}', {EVIL!r}"}
        grade(folder, NAME, f"bob{number}", [nameless(1.5 * number)], answers)
    grade(folder, NAME, "cy", [crash()])
    for number in range(4):
        grade(folder, NAME, f"dee{number}")
    idle = [verdict_on(LESSON, e, "all", None, "not attempted") for e in LESSON.exercises]
    grade(folder, NAME, "eve", idle)
    for student in ("ada0", "dee0"):
        grade(folder, OTHER, student)
    (folder / "autograded" / "old" / NAME).mkdir(parents=True)
    (folder / "autograded" / "old" / NAME / f"{NAME}.ipynb").write_text("{}")
    return folder


def report(course, *arguments):
    """The page, and what the command said of it."""
    target = course / "page.html"
    status = cli.main(["report", *arguments, "--course", str(course), "--output", str(target)])
    return status, target.read_text(encoding="utf-8")


def section(page, heading):
    return page.partition(f"<h3>{heading}</h3>")[2].partition("<h3>")[0]


def test_mistakes_are_counted_with_their_sentence_and_an_example_without_a_name(course, capsys):
    status, page = report(course, NAME, OTHER)
    assert status == 0
    assert "14 students in 01_elbo, 02_vae, with pseudonyms" in capsys.readouterr().out
    mistakes = section(page, "The most frequent mistakes")
    assert "5 students" in mistakes
    assert KNOWN.message.split("`")[0][:30] in mistakes
    assert "by ada" not in page
    for student in ("ada0", "bob1", "cy<", "dee0", "eve<"):
        assert student not in page
    assert set(pseudonyms(["ada0", "eve"], course_key(course)).values()) <= set(
        re.findall(r"<td>(\w+)</td>", page)
    )


def test_wrong_answers_without_a_name_are_one_group_whatever_their_numbers(course):
    unnamed = section(report(course, NAME)[1], "Wrong answers without a name")
    assert unnamed.count("<li>") == 1
    assert "3 students" in unnamed
    assert "nb01_elbo/wrong.py" in unnamed
    assert "It did not finish." in section(report(course, NAME)[1], "What did not run to its end")


def test_who_worked_on_nothing_is_left_out_of_the_criteria(course):
    page = report(course, NAME)[1]
    assert "14 submissions" in page
    assert "In 1 nothing was worked on" in page
    first = next(iter(criteria_of(NAME, FIRST)))
    row = re.search(rf"<tr><td>{re.escape(first)}</td>.*?</tr>", page, re.DOTALL)[0]
    assert "7 of 13" in row
    assert "Grade them again" in page  # the notebook that tells no verdict


class Shape(HTMLParser):
    """Collect tags, addresses and handlers."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.odd = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "style"):
                self.odd.append((tag, name, value))
            if name == "href" and not value.startswith("#"):
                self.odd.append((tag, name, value))


def test_learners_code_is_text_and_the_page_needs_nothing(course):
    page = report(course, NAME, OTHER, "--names")[1]
    shape = Shape(page)
    assert shape.odd == []
    assert not shape.tags & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert page.count("alert(1)") >= 2
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "url(" not in re.sub(r"url\(#\w+\)", "", page)
    assert len(page) < 3_000_000


def test_names_are_shown_where_asked(course):
    db = f"sqlite:///{course / 'gradebook.db'}"
    register(LESSON, course, db)
    with Gradebook(db) as gradebook:
        gradebook.add_student("ada0", first_name="Ada", last_name="<b>Byron")
    page = report(course, NAME, "--names")[1]
    assert "Ada &lt;b&gt;Byron (ada0)" in page
    assert "keep it to yourself" in page
    assert ">bob1</td>" in page


def test_a_small_class_with_equal_scores_says_so_and_divides_by_nothing(tmp_path):
    for student in ("x", "y"):
        grade(tmp_path, NAME, student)
    page = report(tmp_path, NAME)[1]
    assert "Only 2 students worked on this lesson" in page
    assert "No known mistake was made." in page
    assert "Everything ran." in page
    assert "nan" not in page.lower().replace("nanum", "")


def test_a_class_in_which_nobody_worked_has_a_report(tmp_path):
    idle = [verdict_on(LESSON, e, "all", None, "not attempted") for e in LESSON.exercises]
    grade(tmp_path, NAME, "x", idle)
    assert "Nobody worked on this lesson." in report(tmp_path, NAME)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99_x"], "There is no lesson '99_x'"),
        ([OTHER], "02_vae was not graded here"),
        ([NAME, "--output", "FOLDER"], "a folder. Name a file"),
    ],
)
def test_bad_input_is_one_line(tmp_path, capsys, arguments, said):
    grade(tmp_path, NAME, "x")
    arguments = [a.replace("FOLDER", str(tmp_path)) for a in arguments]
    assert cli.main(["report", *arguments, "--course", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_pseudonyms_need_the_key_and_stay_the_same(tmp_path):
    students = [f"s{i}" for i in range(300)]
    names = pseudonyms(students, b"key")
    assert names == pseudonyms(reversed(students), b"key")
    assert len(set(names.values())) == 300
    assert pseudonyms(["s1"], b"other")["s1"] != names["s1"]


def test_results_hold_the_verdicts_that_were_given(course):
    results, unread = read_results(LESSON, course)
    assert unread == ["old"]
    ada = next(r for r in results if r.student == "ada0")
    assert ada.exercises[0] == named()
    assert ada.answers[FIRST].endswith(KNOWN.source)
    assert ada.score == sum(LESSON.exercises.values()) - LESSON.exercises[FIRST]


@needs_chromium
def test_long_lines_of_code_scroll_in_their_block_on_a_phone(tmp_path):
    line = f"return torch.stack([{', '.join(f'x_{n}' for n in range(60))}])"
    message = f"It is `{'log_p' * 30}` in the place of `{line[:90]}`."
    wrong = verdict_on(LESSON, FIRST, "all", diagnosis("failed-x", message))
    grade(tmp_path, NAME, "ada", [wrong], {FIRST: f"def {FIRST}(*a): {line}"})
    report(tmp_path, NAME)
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.goto((tmp_path / "page.html").as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.evaluate(
            "[...document.querySelectorAll('pre')].some((p) => p.scrollWidth > p.clientWidth)"
        )
