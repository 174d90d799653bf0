"""A graded class without grading: autograded notebooks with verdicts that the test decides."""

import functools

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.exercises.lookup import hidden_test
from autograder.files import write_atomically
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.marking import mark
from autograder.grading.salvage import Submission
from autograder.source.lesson import Lesson


@functools.cache
def criteria_of(lesson, exercise):
    return {c.name: c.points for c in hidden_test(lesson, exercise).criteria}


def verdict_on(lesson, exercise, failed=(), diagnosis=None, status=None):
    """A verdict in which these criteria failed; `failed` may be "all"."""
    points = criteria_of(lesson.name, exercise)
    failed = list(points) if failed == "all" else list(failed)
    criteria = [{"name": name, "passed": name not in failed} for name in points]
    score = sum(p for name, p in points.items() if name not in failed)
    status = status or ("correct" if not failed else "partial" if score else "incorrect")
    details = dict.fromkeys(failed, "off by 3.5 in 2 of 7 values")
    total = sum(points.values())
    return ExerciseVerdict(
        exercise, status, float(score), float(total), diagnosis, criteria, details
    )


def diagnosis(id, message):
    return {"id": id, "message": message}


def grade(course, name, student, verdicts=(), answers=None, written=None, change=None):
    """Write the autograded notebook of a student; exercises without a verdict are right."""
    lesson = Lesson.load(name)
    given = {v.name: v for v in verdicts}
    exercises = [given.get(e) or verdict_on(lesson, e) for e in lesson.exercises]
    notebook = make_submission(lesson, reference_answers(lesson) | (answers or {}))
    for cell in notebook.cells:
        if written and cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("written_"):
            cell.source = written
    if change:
        change(notebook)
    marked = mark(Submission(lesson, notebook), Verdict(name, exercises))
    path = course / "autograded" / student / name / f"{name}.ipynb"
    write_atomically(path, marked.text.encode())
    return marked
