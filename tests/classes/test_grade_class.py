"""A class: the same gradebook whoever judges, however often it is killed; what is kept, and for whom."""

import json
import logging
import math
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import deque
from multiprocessing import Pipe
from pathlib import Path

import pytest
from filelock import FileLock
from nbgrader.api import Gradebook, InvalidEntry
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import pool as pool_module
from autograder.classes.grade_class import Work, grade_class
from autograder.classes.gradebook import Recorder
from autograder.classes.inbox import students_of
from autograder.classes.journal import Journal, Lines, journal_key
from autograder.classes.nbgrader_plugin import ignore_autoflush_warnings
from autograder.classes.pool import AHEAD, GradingTask, Pool
from autograder.errors import CourseError
from autograder.exercises.lookup import wrong_solutions
from autograder.files import ROOT
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.marking import Marked
from autograder.grading.salvage import salvage_or_blank
from autograder.grading.seeds import FOLDER, course_key, submission_seed
from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import Limits
from autograder.source.lesson import Lesson, lesson_names
from tests.conftest import REQUIRE_ALL

LESSON = Lesson.load(lesson_names()[0])
SANDBOX = isolation().enough
KILLS = 20 if REQUIRE_ALL else 2


def make_class(folder, size=4):
    reference = reference_answers(LESSON)
    wrong = [v for v in wrong_solutions(LESSON.name).variants if v.exercise != "elbo"]
    for number in range(size):
        v = wrong[number * 7 % len(wrong)]
        answers = reference | ({v.exercise: v.source} if number % 2 else {})
        hand_in(make_submission(LESSON, answers), folder, f"student {number}", LESSON)
    return folder


def export_table(folder, db=None):
    """Let nbgrader's own exporter write grades.csv, and return its path."""
    exporter = CsvExportPlugin()
    exporter.to = str(folder / "grades.csv")
    exporter.log.setLevel(logging.ERROR)
    with Gradebook(db or f"sqlite:///{folder}/gradebook.db") as gradebook:
        exporter.export(gradebook)
    return folder / "grades.csv"


def export(folder, db=None):
    """What nbgrader's own exporter writes, and every autograded file, as bytes."""
    table = export_table(folder, db)
    files = sorted((folder / "autograded").rglob("*.ipynb"))
    return {str(p.relative_to(folder)): p.read_bytes() for p in [table, *files]}


def with_the_same_key(source, folder):
    shutil.copytree(source, folder)
    return folder


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = make_class(tmp_path_factory.mktemp("class"))
    course_key(folder)
    return folder


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """The class, graded by one judge without a break."""
    folder = with_the_same_key(handed_in, tmp_path_factory.mktemp("graded") / "class")
    grade_class(LESSON.name, folder, feedback=False, sandbox=SANDBOX, jobs=1)
    return folder


@pytest.mark.notebooks
def test_two_judges_leave_the_bytes_that_one_leaves(handed_in, graded, tmp_path):
    folder = with_the_same_key(handed_in, tmp_path / "two")
    grade_class(LESSON.name, folder, feedback=False, sandbox=SANDBOX, jobs=2)
    assert export(folder) == export(graded)


@pytest.mark.notebooks
@pytest.mark.skipif(sys.platform == "win32", reason="LOUD: nothing is killed on Windows")
def test_a_run_killed_at_random_moments_and_resumed_leaves_the_same_bytes(
    handed_in, graded, tmp_path
):
    folder = with_the_same_key(handed_in, tmp_path / "killed")
    command = [sys.executable, "-m", "autograder.cli", "grade", LESSON.name, "--no-feedback"]
    command += ["--jobs", "2", "--sandbox" if SANDBOX else "--no-sandbox"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    moments = random.Random(0)
    finished = 0
    for kill in range(KILLS + 1):
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if kill < KILLS:
            # Two of five while it starts, the others a moment after a new verdict: in the middle of the work.
            journal = folder / FOLDER / f"{LESSON.name}.jsonl"
            size = journal.stat().st_size if journal.exists() else 0
            starting = kill % 5 in (0, 3)
            wanted = time.monotonic() + (moments.uniform(0.5, 8) if starting else 120)
            while process.poll() is None and time.monotonic() < wanted:
                time.sleep(0.02)
                if journal.exists() and journal.stat().st_size > size:
                    time.sleep(moments.uniform(0, 0.3))
                    break
            process.send_signal(signal.SIGKILL)
        finished += process.wait() == 0
    assert finished >= 1
    assert export(folder) == export(graded)


class Stop(BaseException):
    """As a kill: nothing catches it."""


@pytest.mark.notebooks
def test_a_run_stopped_before_each_of_its_writes_in_turn_leaves_the_same_bytes(
    handed_in, graded, tmp_path, monkeypatch
):
    from autograder.classes import gradebook as record
    from autograder.classes.results import copied_files

    folder = with_the_same_key(handed_in, tmp_path / "stopped")
    journal = f"{FOLDER}/{LESSON.name}.jsonl"
    shutil.copy(graded / journal, folder / journal)
    left = None

    def counted(write):
        def stop_or_write(*args, **kwargs):
            nonlocal left
            if left is not None:
                left -= 1
                if left < 0:
                    raise Stop
            return write(*args, **kwargs)

        return stop_or_write

    def run(writes):
        """As `grade_class` when every verdict is in the journal, up to so many writes."""
        nonlocal left
        students = students_of(LESSON, folder)
        work = Work(LESSON, folder, students)
        with record.Recorder(LESSON, folder, f"sqlite:///{folder}/gradebook.db") as recorder:
            left = writes
            try:
                recorder.enrol(students)
                list(work.recorded(((case, case.run(None)) for case in work.tasks()), recorder))
            finally:
                left = None

    stops = 0
    with monkeypatch.context() as patch:
        patch.setattr(record, "write_atomically", counted(record.write_atomically))
        patch.setattr(copied_files, "write_atomically", counted(copied_files.write_atomically))
        patch.setattr(Lines, "append", counted(Lines.append))
        patch.setattr("shutil.copyfile", counted(shutil.copyfile))
        patch.setattr("shutil.rmtree", counted(shutil.rmtree))
        patch.setattr(Session, "flush", counted(Session.flush))
        patch.setattr(Session, "commit", counted(Session.commit))
        while True:
            try:
                run(stops)
            except Stop:
                stops += 1
            else:
                break
    assert stops > 3 * len(students_of(LESSON, folder))
    assert export(folder) == export(graded)


@pytest.mark.notebooks
def test_a_new_gradebook_carries_nbgrader_s_own_stamp(graded, monkeypatch):
    from nbgrader.api import get_alembic_version

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with create_engine(f"sqlite:///{graded}/gradebook.db").connect() as connection:
        stamps = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        connection.engine.dispose()
    assert stamps == [get_alembic_version()]


@pytest.mark.notebooks
def test_an_error_of_the_database_is_raised_and_not_logged_with_its_trace(
    graded, tmp_path, monkeypatch, caplog
):
    folder = shutil.copytree(graded, tmp_path / "class")

    def refuse(session):
        raise OperationalError("INSERT", {}, Exception("the connection was cut"))

    ignore_autoflush_warnings()  # of nbgrader's own way to add a submission
    with Recorder(LESSON, folder, f"sqlite:///{folder}/gradebook.db") as recorder:
        recorder.enrol(["somebody new"])
        monkeypatch.setattr(Session, "commit", refuse)
        with pytest.raises(InvalidEntry, match="the connection was cut"):
            recorder._gradebook.add_submission(LESSON.name, "somebody new")
        monkeypatch.undo()
    assert caplog.records == []


@pytest.mark.notebooks
def test_a_judge_that_dies_costs_nobody_a_grade(handed_in, graded):
    secret = course_key(handed_in)
    cases = [
        GradingTask(p.parent.parent.name, p, LESSON.name, secret)
        for p in sorted(handed_in.glob("submitted/*/*/*.ipynb"))[:3]
    ]
    with Pool([LESSON.name], 1, SANDBOX) as pool:
        results = {}
        for case, marked in pool.done(cases):
            if not results:
                pool.judges[0].process.kill()
            results[case.student] = marked
    assert sorted(results) == sorted(c.student for c in cases)
    for student, marked in results.items():
        assert isinstance(marked, Marked)
        path = graded / "autograded" / student / LESSON.name / f"{LESSON.name}.ipynb"
        assert marked.text == path.read_text(encoding="utf-8")


class Clerk:
    """A judge without a process: each task is done once somebody asks for it."""

    def __init__(self):
        self.ours, self.theirs = Pipe()
        self.tasks = deque()
        self.deadline = math.inf
        self.most = 0

    def give(self, task):
        self.tasks.append(task)
        self.most = max(self.most, len(self.tasks))
        self.theirs.send(task)

    def take(self):
        return self.tasks.popleft(), self.ours.recv()


def test_no_judge_ever_holds_more_tasks_than_agreed():
    pool = Pool.__new__(Pool)
    pool.judges = [Clerk(), Clerk(), Clerk()]
    results = pool.done(range(50))
    assert [list(clerk.tasks) for clerk in pool.judges] == [[0, 3], [1, 4], [2, 5]]
    assert sorted(task for task, _ in results) == list(range(50))
    assert [clerk.most for clerk in pool.judges] == [AHEAD] * 3


class Deadly:
    """What ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (3,)


@pytest.mark.notebooks
def test_a_file_that_kills_every_judge_is_named_and_the_others_are_graded(handed_in):
    file = sorted(handed_in.glob("submitted/*/*/*.ipynb"))[0]
    cases = [
        GradingTask("deadly", Deadly(), LESSON.name, b""),
        GradingTask("failing", file, "no-such-lesson", b""),
        GradingTask("honest", file, LESSON.name, b""),
    ]
    with Pool([LESSON.name], 1, SANDBOX) as pool:
        results = {case.student: marked for case, marked in pool.done(cases)}
    assert isinstance(results["honest"], Marked)
    assert "no-such-lesson" in results["failing"].reason
    assert "Traceback" in results["failing"].details
    assert "crashed" in results["deadly"].reason


class Endless:
    """A path over which a judge never comes to an end."""

    def __fspath__(self):
        while True:
            time.sleep(1)

    is_symlink = __str__ = __fspath__


@pytest.mark.notebooks
def test_a_judge_that_takes_too_long_is_replaced_and_the_others_are_graded(handed_in, monkeypatch):
    monkeypatch.setattr(pool_module, "LATE_SECONDS", 5)
    monkeypatch.setattr(pool_module, "Limits", lambda: Limits(submission_seconds=1))
    file = sorted(handed_in.glob("submitted/*/*/*.ipynb"))[0]
    cases = [
        GradingTask("first", file, LESSON.name, b""),
        GradingTask("endless", Endless(), LESSON.name, b""),
        GradingTask("last", file, LESSON.name, b""),
    ]
    with Pool([LESSON.name], 1, SANDBOX) as pool:
        results = {case.student: marked for case, marked in pool.done(cases)}
    assert "took too long" in results["endless"].reason
    assert all(isinstance(results[name], Marked) for name in ("first", "last"))


@pytest.mark.notebooks
def test_a_second_run_judges_nothing_again_and_keeps_what_people_wrote(graded, tmp_path):
    before, graded = export(graded), with_the_same_key(graded, tmp_path / "again")
    journal = graded / FOLDER / f"{LESSON.name}.jsonl"
    lines = journal.read_text()
    url = f"sqlite:///{graded / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        notebook = gradebook.find_submission_notebook(LESSON.name, LESSON.name, "student 0")
        notebook.grades[0].manual_score = 1.5
        notebook.grades[0].needs_manual_grade = False  # as formgrader does
        notebook.comments[0].manual_comment = "well said"
        name = notebook.grades[0].name
        gradebook.db.commit()
    grade_class(LESSON.name, graded, feedback=False, sandbox=SANDBOX)
    assert journal.read_text() == lines
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(name, LESSON.name, LESSON.name, "student 0")
        assert grade.manual_score == 1.5
        assert not grade.needs_manual_grade  # its answer is the same
        notebook = gradebook.find_submission_notebook(LESSON.name, LESSON.name, "student 0")
        assert "well said" in [c.manual_comment for c in notebook.comments]
        grade.manual_score = None
        gradebook.db.commit()
    assert export(graded) == before


def test_while_one_grader_is_at_work_a_second_is_told_to_wait(handed_in):
    (handed_in / FOLDER).mkdir(exist_ok=True)
    with FileLock(handed_in / FOLDER / "lock"), pytest.raises(CourseError, match="at work here"):
        grade_class(LESSON.name, handed_in, sandbox=SANDBOX)


@pytest.mark.parametrize("db", ["nonsense", "nodriver://a", "sqlite:////no/such/folder/a.db"])
def test_a_gradebook_that_cannot_be_opened_is_one_line_before_any_work(handed_in, db):
    with pytest.raises(CourseError, match="cannot be opened") as failure:
        grade_class(LESSON.name, handed_in, sandbox=SANDBOX, db=db)
    assert "\n" not in str(failure.value)


def test_every_student_meets_other_inputs_and_only_the_course_knows_which(handed_in, tmp_path):
    (a, b, *_) = sorted(handed_in.glob("submitted/*/*/*.ipynb"))
    shutil.copy(a, tmp_path / "copy.ipynb")
    same = [salvage_or_blank(path, LESSON) for path in (a, a, b)]
    key = course_key(handed_in)
    seeds = {
        submission_seed(same[0], key, "ann"),
        submission_seed(same[0], key, "bob"),
        submission_seed(same[2], key, "ann"),
        submission_seed(same[0], b"another course", "ann"),
        submission_seed(same[0]),
    }
    assert len(seeds) == 5
    assert submission_seed(same[0], key, "ann") == submission_seed(same[1], key, "ann")


def test_the_key_of_a_course_is_made_once_and_for_its_owner_only(tmp_path):
    key = course_key(tmp_path)
    assert course_key(tmp_path) == key != course_key(tmp_path / "other")
    assert stat.S_IMODE((tmp_path / FOLDER / "key").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / FOLDER).iterdir()] == ["key"]


def test_a_line_cut_short_loses_only_itself(tmp_path):
    path = tmp_path / "a.jsonl"
    verdict = Verdict("a", [ExerciseVerdict("f", "correct", 1.0, 1.0)], ["mended"])
    Journal(path).keep("one", verdict)
    with path.open("a") as file:
        file.write(json.dumps({"key": "two"})[:9])
    Journal(path).keep("three", verdict)
    again = Journal(path)
    assert again.find("one") == again.find("three") == verdict
    assert again.find("two") is None


def test_a_verdict_is_found_again_only_for_the_same_file_student_and_course(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    own = LESSON.under(((next(iter(LESSON.exercises)), "own"),))
    keys = {
        journal_key(tmp_path / "a", LESSON, "ann", b"k"),
        journal_key(tmp_path / "b", LESSON, "ann", b"k"),
        journal_key(tmp_path / "a", LESSON, "bob", b"k"),
        journal_key(tmp_path / "a", LESSON, "ann", b"l"),
        journal_key(tmp_path / "a", Lesson.load(lesson_names()[1]), "ann", b"k"),
        journal_key(tmp_path / "a", own, "ann", b"k"),
    }
    assert len(keys) == 6
