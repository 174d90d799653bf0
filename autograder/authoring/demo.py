"""The demo: a class of known right, wrong, half-finished and untouched answers, graded before your eyes.

Its folder is a whole nbgrader course of its own, wherever on the disk it lies.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker_process import WorkerProcess, starting_workers
from autograder.source.lesson import Lesson

# What needs PyTorch is imported in functions: the graders start in the meantime.
if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.classes.grade_class import Grade
    from autograder.exercises.known_answers import Variant
    from autograder.grading.judge import ExerciseVerdict

MARK = ".made-by-vae-course-demo"
SHOWN = "03-mistakes-a"  # whose mistakes are shown at the end
MISTAKES_SHOWN = 3
ROW = "{:<19}  {:>11}  {:>7}  {:>14}  {:>21}"
WIDTH = 80  # columns of the narrowest usual terminal


@dataclass
class Student:
    """A made-up student.

    Attributes:
        name: Says what was handed in.
        notebook: What was handed in.
        planted: The id of the diagnosis that names the mistake, per exercise with a planted mistake.
        right: Whether every exercise deserves full marks.
    """

    name: str
    notebook: NotebookNode
    planted: dict[str, str] = field(default_factory=dict)
    right: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one lesson.

    Attributes:
        lesson: Name of the lesson.
        students: The class.
        grades: One grade per student.
        seconds: Time from handing in to the last feedback page.
    """

    lesson: str
    students: list[Student]
    grades: list[Grade]
    seconds: float

    @property
    def planted(self) -> list[tuple[str, str, str]]:
        """Return (student, exercise, id) of every planted mistake."""
        return [(s.name, e, id) for s in self.students for e, id in s.planted.items()]

    @property
    def unnamed(self) -> list[tuple[str, str, str]]:
        """Return the planted mistakes whose diagnosis is another one or missing."""
        return [(s, e, id) for s, e, id in self.planted if self.told(s, e) != id]

    @property
    def right(self) -> list[str]:
        """Return the students whose answers are all right."""
        return [s.name for s in self.students if s.right]

    @property
    def unlucky(self) -> list[str]:
        """Return the students whose answers are all right, but who did not get full marks."""
        verdicts = {g.student: g.verdict for g in self.grades}
        full = {s for s, v in verdicts.items() if v is not None and v.score == v.max_score}
        return [name for name in self.right if name not in full]

    def exercises(self, student: str) -> list[ExerciseVerdict]:
        """Return the verdicts on a student's exercises; none where grading failed."""
        grade = next(g for g in self.grades if g.student == student)
        return grade.verdict.exercises if grade.verdict else []

    def told(self, student: str, exercise: str) -> str:
        """Return the id of the diagnosis that a student got, "" for none."""
        diagnoses = {e.name: e.diagnosis for e in self.exercises(student)}
        return (diagnoses.get(exercise) or {"id": ""})["id"]


def run_demo(folder: Path, lessons: list[str], jobs: int) -> bool:
    """Make a class, grade it, write feedback pages and print what came of it.

    Args:
        folder: Where the class is made; an earlier demo there is replaced.
        lessons: Names of the lessons.
        jobs: Number of judge processes.

    Returns:
        Whether every planted mistake was named and every right answer got full marks.

    Raises:
        CourseError: If the folder holds anything else than an earlier demo, or a feedback page is missing.
    """
    start = time.monotonic()
    _clear(folder)
    found = isolation()
    walls = found.name if found.enough else f"NO SANDBOX ({found.reason}), its answers are our own"
    print(f"Starting {jobs} graders, loading PyTorch. Around learners' code: {walls}.", flush=True)
    with starting_workers(jobs, found.enough) as processes:
        results = list(_grade_all(folder, lessons, jobs, found.enough, processes))
    _require_pages(folder)
    _summarise(results, time.monotonic() - start)
    _show_a_student(results[0])
    _show_paths(folder, lessons[0])
    return not any(r.unnamed or r.unlucky for r in results)


def _require_pages(folder: Path) -> None:
    """Refuse a demo in which a submission has no feedback page."""
    handed_in = len(list(folder.glob("submitted/*/*/*.ipynb")))
    missing = handed_in - len(list(folder.glob("feedback/*/*/*.html")))
    if missing:
        raise CourseError(
            f"{missing} of {handed_in} feedback pages could not be written. The lines above say why."
        )


def _clear(folder: Path) -> None:
    """Empty an earlier demo's folder; its mark stays, so that this can be stopped and repeated."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise CourseError(
            f"{folder}: not empty and not an earlier demo. Name another one with --folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != mark:
            path.unlink()


def _grade_all(
    folder: Path, lessons: list[str], jobs: int, sandbox: bool, processes: list[WorkerProcess]
) -> Iterator[Result]:
    """Grade lesson after lesson with the same judges, and print a line for each."""
    from autograder.authoring.submissions import hand_in
    from autograder.classes.course_folder.new import write_course
    from autograder.classes.grade_class import grade_lesson, only_one, progress_bar
    from autograder.classes.pool import Pool
    from autograder.grading.examine import prepare

    with progress_bar(keep=False) as bar:
        for name in bar.track(lessons, description="loading hidden tests"):
            prepare(name)
    write_course(folder, [Lesson.load(name) for name in lessons])
    db = f"sqlite:///{folder / 'gradebook.db'}"
    with only_one(folder), Pool(lessons, jobs, sandbox, processes) as pool:
        print()
        titles = ("lesson", "submissions", "seconds", "mistakes named", "full marks when right")
        print(ROW.format(*titles))
        for name in lessons:
            start = time.monotonic()
            lesson = Lesson.load(name)
            students = list(_class_of(lesson))
            for student in students:
                hand_in(student.notebook, folder, student.name, lesson)
            names = [s.name for s in students]
            grades = grade_lesson(lesson, folder, names, pool, db, keep_bars=False)
            result = Result(name, students, grades, time.monotonic() - start)
            _print_row(name, [result], result.seconds)
            yield result
    _name_students(db, names)


def _name_students(db: str, ids: list[str]) -> None:
    """Give the students the names that formgrader shows, such as "mistakes a, 03"."""
    from nbgrader.api import Gradebook

    with Gradebook(db) as gradebook:
        for id in ids:
            number, _, words = id.partition("-")
            names = {"first_name": number, "last_name": words.replace("-", " ")}
            gradebook.update_or_create_student(id, **names)


def _class_of(lesson: Lesson) -> Iterator[Student]:
    """Make at least twelve students; the name says what was handed in."""
    from autograder.authoring.submissions import make_submission, reference_answers, strip_metadata
    from autograder.exercises.lookup import right_solutions, wrong_solutions

    reference = reference_answers(lesson)
    right = right_solutions(lesson.name).variants
    wrong = wrong_solutions(lesson.name).variants

    def with_mistakes(name: str, mistakes: dict[str, Variant]) -> Student:
        answers = reference | {e: v.source for e, v in mistakes.items()}
        planted = {e: v.id for e, v in mistakes.items()}
        return Student(name, make_submission(lesson, answers), planted)

    def other_right(number: int) -> NotebookNode:
        variants = _pick(right, number)
        return make_submission(lesson, reference | {e: v.source for e, v in variants.items()})

    yield Student("01-reference", make_submission(lesson, reference), right=True)
    yield Student("02-other-right", other_right(0), right=True)
    for number, letter in enumerate(("a", "b", "c", "d"), start=3):
        mistakes = list(_pick(wrong, number - 3).items())
        yield with_mistakes(f"{number:02d}-mistakes-{letter}", dict(mistakes[number % 2 :: 2]))
    yield with_mistakes("07-all-wrong", _pick(wrong, 5))
    half = list(reference)[: len(reference) // 2]
    first, last = half[0], half[-1]
    answers = {name: reference[name] for name in half}
    yield Student("08-half-finished", make_submission(lesson, answers))
    yield Student("09-untouched", make_submission(lesson, {}))
    yield Student("10-colab", strip_metadata(other_right(1)), right=True)
    deleted = make_submission(lesson, reference)
    deleted.cells = [c for c in deleted.cells if _grade_id(c) not in (first, f"test_{first}")]
    yield Student("11-deleted-a-cell", deleted, {first: "missing"})
    broken = {last: f"{reference[last]}\n)"}
    notebook = make_submission(lesson, reference | broken)
    yield Student("12-syntax-error", notebook, {last: "cell-error"})
    if sys.platform != "linux":  # learners' cells run in this process there, which it would end
        return
    leaves = {last: f"import os\nos._exit(0)\n{reference[last]}"}
    notebook = make_submission(lesson, reference | leaves)
    yield Student("13-kills-python", notebook, {last: "crashed"})


def _pick(variants: list[Variant], number: int) -> dict[str, Variant]:
    """Return the variant with this number, per exercise; counts round."""
    by_exercise: dict[str, list[Variant]] = {}
    for variant in variants:
        by_exercise.setdefault(variant.exercise, []).append(variant)
    return {name: vs[number % len(vs)] for name, vs in by_exercise.items()}


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _print_row(title: str, results: list[Result], seconds: float) -> None:
    planted = sum(len(r.planted) for r in results)
    named = planted - sum(len(r.unnamed) for r in results)
    right = sum(len(r.right) for r in results)
    full = right - sum(len(r.unlucky) for r in results)
    handed_in = sum(len(r.students) for r in results)
    columns = (title, handed_in, f"{seconds:.0f}", f"{named} of {planted}", f"{full} of {right}")
    print(ROW.format(*columns), flush=True)


def _summarise(results: list[Result], seconds: float) -> None:
    """Print the sums, and every mistake that was not named."""
    _print_row("all, from the start", results, seconds)
    for result in results:
        for student, exercise, id in result.unnamed:
            told = result.told(student, exercise) or "nothing"
            print(f"not named: {result.lesson} {student} {exercise}: {id}, but told {told}")
        for student in result.unlucky:
            print(f"lost points, though right: {result.lesson} {student}")


def _show_a_student(result: Result) -> None:
    """Print the first mistakes of one student as they read them."""
    wrong = [(e, e.diagnosis["message"]) for e in result.exercises(SHOWN) if e.diagnosis]
    shown = wrong[:MISTAKES_SHOWN]
    print(f"\nWhat {SHOWN} reads in {result.lesson}, {len(shown)} of {len(wrong)} mistakes:")
    for exercise, message in shown:
        points = f"{exercise.score:g} of {exercise.max_score:g} points"
        text = f"{exercise.name}, {points}: {message}"
        print(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    "))


def _show_paths(folder: Path, lesson: str) -> None:
    """Print what to open next, as one can paste it."""
    program = Path(sys.executable).parent / "vae-course"
    go = f"{_quoted(program)} lab {_quoted(folder)}"
    page = folder / "feedback" / SHOWN / lesson / f"{lesson}.html"
    notebook = folder / "release" / lesson / f"{lesson}.ipynb"
    print("\nOpen next:")
    print(f"  its feedback page   {_quoted(page)}")
    print(f"  the gradebook       {go}  # menu Nbgrader, Formgrader")
    print(f"  what learners get   {_quoted(notebook)}")
    if not isolation().enough:
        print(f"\n{refusal()}")


def _quoted(path: Path, start: Path | None = None) -> str:
    """Return the path for a shell, relative to a folder if both lie in the same place."""
    start = start or Path.cwd()
    near = path.is_relative_to(start) or (path.is_relative_to(ROOT) and start.is_relative_to(ROOT))
    return shlex.quote(os.path.relpath(path, start) if near else str(path))
