"""A class with written answers of all kinds, graded without executing anything."""

from nbgrader.api import Gradebook

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes.written.desk import Desk as MarkingDesk
from autograder.source.lesson import Lesson
from tests.classes.results.desk import LESSON, TOPIC, Desk

ID = f"written_{TOPIC}"
OTHER = f"written_{[*LESSON.written][1]}"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NOISE = "It is noise: take more samples, then the excess shrinks as $1/\\sqrt{K}$."
SLOW = "*a_ " * 2499 + "\n" + " _a*" * 2499  # is laid out in 50 seconds
ANSWERS = {
    "ada": NOISE,
    "ben": "The KL lacks its half. Compare it with a Monte Carlo estimate.",
    "cem": f"\n{NOISE} \n\n",  # the same but for blank lines around it
    "dia": "",  # deleted what stood there
    "eva": None,  # left it as it was
    "fay": "It is just noise: with more samples the excess shrinks.",
    "gus": "![mine](attachment:a.png) ![ours](figures/kl.png)",
}


def made(folder):
    """Make the class and grade it; returns what `tests.classes.results.desk` can do with it."""
    desk = Desk(folder)
    for student, text in ANSWERS.items():
        answer(folder, student, text)
    desk.grade()
    return desk


def answer(folder, student, text):
    """Hand in right code and one written answer."""
    notebook = make_submission(LESSON, reference_answers(LESSON))
    for cell in notebook.cells:
        if text is not None and cell.metadata.get("nbgrader", {}).get("grade_id") == ID:
            cell.source = text
            if "attachment:" in text:
                cell.attachments = {"a.png": {"image/png": PIXEL}}
    hand_in(notebook, folder, student, LESSON)


def marking(desk, **options):
    """What `vae-course mark` shows of the class."""
    return MarkingDesk(Lesson.load(LESSON.name), desk.folder, desk.db, **options)


def recorded(desk, student, id=ID):
    """Points by hand, whether it waits, and the comment by hand."""
    with Gradebook(desk.db) as book:
        grade = book.find_grade(id, LESSON.name, LESSON.name, student)
        comment = book.find_comment(id, LESSON.name, LESSON.name, student)
        return grade.manual_score, grade.needs_manual_grade, comment.manual_comment
