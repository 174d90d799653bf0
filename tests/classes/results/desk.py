"""A class that is graded without executing anything: verdicts are given, the rest is as in `vae-course grade`."""

from autograder.authoring.submissions import hand_in, make_submission
from autograder.classes.course_folder.new import write_course
from autograder.classes.grade_class import Work
from autograder.classes.gradebook import Recorder
from autograder.classes.inbox import students_of
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.marking import mark
from autograder.grading.salvage import salvage_or_blank
from autograder.source.lesson import Lesson

LESSON = Lesson.load("01_elbo")
FIRST = next(iter(LESSON.exercises))
TOPIC = next(iter(LESSON.written))
FULL = sum(LESSON.exercises.values())
ALL = FULL + sum(LESSON.written.values())


class Desk:
    """A course folder and what an instructor does in it."""

    def __init__(self, folder, settings=""):
        self.folder = folder
        write_course(folder, [LESSON])
        (folder / "settings.toml").write_text(settings, encoding="utf-8")
        self.db = f"sqlite:///{folder / 'gradebook.db'}"

    def hand_in(self, student, answer="", written="", when=""):
        """Hand in the first exercise and the first written answer, at a time."""
        notebook = make_submission(LESSON, {FIRST: answer} if answer else {})
        for cell in notebook.cells:
            if written and cell.metadata.get("nbgrader", {}).get("grade_id") == f"written_{TOPIC}":
                cell.source = written
        path = hand_in(notebook, self.folder, student, LESSON)
        if when:
            (path.parent / "timestamp.txt").write_text(f"{when} UTC\n")

    def grade(self, points=None, dry=False):
        """Grade the class; points of the first exercise by student, all others have full marks."""
        work = Work(LESSON, self.folder, students_of(LESSON, self.folder))

        def judged():
            for task in work.tasks():
                verdict = task.verdict or verdict_of((points or {}).get(task.student, 4.0))
                yield task, mark(salvage_or_blank(task.file, LESSON), verdict)

        with Recorder(LESSON, self.folder, self.db, dry) as recorder:
            if not dry:
                recorder.enrol(work.students)
            return {g.student: g for g in work.recorded(judged(), recorder, keep_bar=False)}


def verdict_of(points):
    """A verdict in which only the first exercise may be short of full marks."""
    return Verdict(
        LESSON.name,
        [
            ExerciseVerdict(n, "correct", p, p)
            if n != FIRST or points == p
            else ExerciseVerdict(
                n, "partial", points, p, {"id": "no-half", "message": "A half is missing."}
            )
            for n, p in LESSON.exercises.items()
        ],
    )
