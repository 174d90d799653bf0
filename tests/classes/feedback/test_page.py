"""The feedback page: the result first, then only what the student wrote, and nothing that needs a network."""

import re

import pytest
from nbformat import v4
from nbgrader.api import Gradebook

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.classes.gradebook import Recorder, write_feedback
from autograder.classes.platforms.roster import Roster, Student
from autograder.files import write_atomically
from autograder.grading.judge import KILLED, Verdict, _without_points
from autograder.grading.marking import mark
from autograder.grading.report import explanation
from autograder.grading.salvage import Submission
from autograder.source.lesson import Lesson
from tests.authoring.site.browser import chromium
from tests.browser import needs_chromium
from tests.classes.report.made_up import criteria_of, diagnosis, verdict_on

LESSON = Lesson.load("01_elbo")
RIGHT, PARTLY, OPEN, WRONG, ENDLESS, *_ = LESSON.exercises
TITLES = LESSON.question_titles
ANSWERED, EMPTY = LESSON.written
MESSAGE = "You square `noise_var`. It is $1 already."
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ANSWER = r"""Because $\mathrm{KL} \ge 0$.

![mine](attachment:a.png) ![gone](attachment:b.png) ![beside](figures/drawn.png) ![far](https://evil.example/x.png)

    an_indented_line_of_code(that, has, no, end, within, the, width, of, a, phone, at, all)

<script>alert(1)</script>"""


def submission():
    notebook = make_submission(LESSON, reference_answers(LESSON) | {OPEN: f"# stub of {OPEN}"})
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"written_{ANSWERED}":
            cell.source = ANSWER
            cell.attachments = {"a.png": {"image/png": PIXEL}}
    notebook.cells.insert(7, v4.new_code_cell("print('my own <b>cell</b>')"))
    notebook.cells.insert(8, v4.new_markdown_cell("My *own* words."))
    return Submission(LESSON, notebook)


def verdict():
    failed = list(criteria_of(LESSON.name, PARTLY))[1:]
    given = {
        PARTLY: verdict_on(LESSON, PARTLY, failed, diagnosis("x", MESSAGE)),
        OPEN: verdict_on(LESSON, OPEN, "all", None, "not attempted"),
        WRONG: verdict_on(LESSON, WRONG, "all", diagnosis("y", "It is wrong."), "incorrect"),
        ENDLESS: _without_points(LESSON.name, ENDLESS, "timeout", message=KILLED["timeout"]),
    }
    return Verdict(LESSON.name, [given.get(e) or verdict_on(LESSON, e) for e in LESSON.exercises])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one graded submission, handed in late."""
    folder = tmp_path_factory.mktemp("course")
    handed_in = folder / "submitted" / "ada" / LESSON.name
    write_atomically(handed_in / f"{LESSON.name}.ipynb", b"{}")
    db = f"sqlite:///{folder / 'gradebook.db'}"
    with Recorder(LESSON, folder, db) as recorder:
        recorder.enrol(["ada"], Roster([Student("ada", "Ada", "Lovelace <b>")]))
        recorder.record("ada", mark(submission(), verdict()))
    return folder


def page_of(course):
    write_feedback(LESSON.name, course, f"sqlite:///{course / 'gradebook.db'}", "ada")
    return (course / "feedback" / "ada" / LESSON.name / f"{LESSON.name}.html").read_text()


@pytest.fixture(scope="module")
def page(course):
    """The page before a teacher has read anything."""
    return page_of(course)


def row(page, title):
    """The summary's line on an exercise, without tags."""
    lines = re.findall(r"<li class=.*?</li>", page.partition("</ul>")[0], re.DOTALL)
    (line,) = [line for line in lines if title in line]
    return " ".join(re.sub(r"<[^>]+>", " ", line).split())


def test_the_summary_says_how_each_exercise_went_and_what_to_read_again(page):
    titles = {n: t.replace("`", "") for n, t in LESSON.titles.items()}
    assert row(page, titles[RIGHT]).endswith("all points 4 of 4")
    partly = row(page, titles[PARTLY])
    assert "some points 1 of 4 You square noise_var . It is $ 1 already." in partly
    assert "Look at again: the section “The integral, by brute force”" in partly
    assert "not worked on 0 of 4" in row(page, titles[OPEN])
    assert "no points yet 0 of 4 It is wrong." in row(page, titles[WRONG])
    assert "waits for your teacher \u2013 of 2" in row(page, TITLES[ANSWERED])
    assert "not worked on" in row(page, TITLES[EMPTY])
    assert "so the score is not final" in page


def test_below_it_is_only_what_the_student_wrote(page):
    assert page.count('<section class="piece own">') == 2
    assert "print(&#39;my own &lt;b&gt;cell&lt;/b&gt;&#39;)" in page
    assert "My <em>own</em> words." in page
    assert f"# stub of {OPEN}" not in page
    for prose in (LESSON.cells[0].source.split("\n\n")[1][:60], "### BEGIN", "checks."):
        assert prose not in page
    assert "off by 3.5 in 2 of 7 values" in page
    assert len(page) < 60_000


def piece_of(page, id):
    """What the page shows of an exercise."""
    return page.partition(f'id="{id}"')[2].partition("</section>")[0]


def test_the_student_has_a_name_and_each_question_its_title(page):
    assert "Feedback for Ada Lovelace &lt;b&gt;<" in page
    assert TITLES[ANSWERED] == "A bound above the evidence"
    assert ANSWERED.replace("_", " ") not in page


def test_a_description_that_was_handed_out_is_folded_and_the_lines_keep_their_numbers(page):
    shown = piece_of(page, RIGHT)
    (folded,) = re.findall(r"<details>.*?</details>", shown, re.DOTALL)
    assert "the description, as it was handed out" in folded
    assert "Args:" in folded
    assert "def " not in folded
    numbers = [int(n) for n in re.findall(r'data-line="(\d+)"', shown)]
    code = reference_answers(LESSON)[RIGHT].rstrip().split("\n")
    assert numbers == list(range(1, len(code) + 1))


def test_what_several_criteria_say_is_said_once_and_what_was_not_tried_is_not_called_missed(page):
    names = list(criteria_of(LESSON.name, PARTLY))
    shown = piece_of(page, PARTLY)
    assert shown.count("off by 3.5 in 2 of 7 values") == 1
    assert f"<b>missed</b> {', '.join(names[1:])}" in " ".join(shown.split())
    assert f"<b>met</b> {names[0]}" in shown
    stopped = piece_of(page, ENDLESS)
    assert f"<b>not tried</b> {', '.join(criteria_of(LESSON.name, ENDLESS))}" in stopped
    assert "missed" not in stopped
    assert "not tried: " in explanation(verdict().of(ENDLESS), ENDLESS)


@needs_chromium
def test_it_fits_a_phone_with_all_that_is_folded_open(course, page):
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.goto((course / "feedback" / "ada" / LESSON.name / f"{LESSON.name}.html").as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_formulas_and_pictures_need_no_network(page):
    assert "<math" in page
    assert f"data:image/png;base64,{PIXEL}" in page
    assert "(a pasted picture is missing here)" in page
    assert 'src="figures/drawn.png"' in page
    assert "https:" not in page
    assert "<script" not in page
    assert "style-src &#39;sha256-" in page


def test_a_teacher_s_points_and_words_are_shown(course):
    db = f"sqlite:///{course / 'gradebook.db'}"
    where = LESSON.name, LESSON.name, "ada"
    with Gradebook(db) as gradebook:
        gradebook.find_grade(f"test_{WRONG}", *where).manual_score = 2.0
        gradebook.find_comment(WRONG, *where).manual_comment = "Nearly <b>right</b>."
        written = gradebook.find_grade(f"written_{ANSWERED}", *where)
        written.manual_score, written.needs_manual_grade = 1.5, False
        gradebook.find_submission_notebook(*where).late_submission_penalty = 3.0
        gradebook.db.commit()
    page = page_of(course)
    assert "<b>Your teacher:</b> Nearly &lt;b&gt;right&lt;/b&gt;." in page
    assert "Your teacher changed the points; the tests gave 0." in page
    assert "It is wrong." in page
    assert "1.5 of 2" in row(page, TITLES[ANSWERED])
    assert "3 taken off because it came late" in page


def test_an_answer_that_waits_again_has_no_mark_on_the_page_until_it_was_read(course):
    where = LESSON.name, LESSON.name, "ada"
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(f"written_{ANSWERED}", *where)
        grade.manual_score, grade.needs_manual_grade = 1.5, True  # as after another file
        gradebook.db.commit()
    page = page_of(course)
    assert "waits for your teacher \u2013 of 2" in row(page, TITLES[ANSWERED])
    assert "so the score is not final" in page


def test_a_notebook_that_an_earlier_version_graded_has_a_page(course):
    path = course / "autograded" / "ada" / LESSON.name / f"{LESSON.name}.ipynb"
    text = path.read_text()
    path.chmod(0o644)
    try:
        path.write_text(text.replace('"vae_course"', '"earlier"'))
        page = page_of(course)
    finally:
        path.write_text(text)
    assert "of 4" in page
    assert "You square" in page  # nbgrader's comment
