"""A class in which every fourth submission is hostile: the honest ones get what they get without the others.

Forty students where everything must run (`.ci/run`), else sixteen.
"""

import functools
import json
import os
import shutil
from itertools import zip_longest

import nbformat
import pytest

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import pool
from autograder.classes.journal import Journal
from autograder.cli import main
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.grading.seeds import FOLDER, course_key
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker import Limits
from autograder.source.lesson import Lesson
from tests.classes.test_grade_class import export_table
from tests.conftest import REQUIRE_ALL
from tests.sandbox import red_team
from tests.sandbox.red_team import ATTACKS, LEAK, TARGET
from tests.sandbox.test_red_team import LOCKED

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.slow,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
LESSON = Lesson.load(red_team.LESSON)
FILE = f"{LESSON.name}.ipynb"
REFERENCE = reference_answers(LESSON)
# Little CPU time and memory for the attacks, though enough for slow right answers; much wall time, because honest work
# must not depend on what else the machine does.
LIMITS = Limits(cpu_seconds=15, wall_seconds=240, memory_bytes=2**30, submission_seconds=480)
STUDENTS = 40 if REQUIRE_ALL else 16


# ------------------------------------------------------------------------------------- the honest


def rows(bank):
    """Answers by exercise, the k-th row holding the k-th variant of every exercise that has one.

    Double loops are left out: they take seconds, and whether they end in time would depend on the machine.
    """
    columns = ([v for v in bank.of(name) if v.id != "double-loop"] for name in LESSON.exercises)
    return [{v.exercise: v.source for v in row if v is not None} for row in zip_longest(*columns)]


WRONG, RIGHT = rows(wrong_solutions(LESSON.name)), rows(right_solutions(LESSON.name))


def half(answers, number):
    """Every second of these answers."""
    return {name: answers[name] for name in list(answers)[number % 2 :: 2]}


HONEST = [
    lambda number: REFERENCE,
    lambda number: REFERENCE | RIGHT[number % len(RIGHT)],
    lambda number: REFERENCE | half(WRONG[number % len(WRONG)], number),
    lambda number: half(REFERENCE, number),
    lambda number: {} if number % 2 else WRONG[number % len(WRONG)],
]


# ------------------------------------------------------------------------------------ the hostile


def attack(id):
    """The attacked exercise's cell."""
    (found,) = [a.source for a in ATTACKS if a.id == id]
    return {TARGET: found}


def write(text, course, student):
    file = course / "submitted" / student / LESSON.name / FILE
    file.parent.mkdir(parents=True)
    file.write_text(text)


def attacking(answers):
    def make(course, student):
        hand_in(make_submission(LESSON, REFERENCE | answers), course, student, LESSON)

    return make


def leak_beside_text_that_no_file_holds(course, student):
    notebook = make_submission(LESSON, REFERENCE | attack("other submissions"))
    notebook = json.loads(nbformat.writes(notebook))
    notebook["cells"][0]["source"] = "\ud800 \x00"
    write(json.dumps(notebook), course, student)


def no_notebook(course, student):
    write("PK\x03\x04 this is a document", course, student)


def a_pipe(course, student):
    write("", course, student)
    file = course / "submitted" / student / LESSON.name / FILE
    file.unlink()
    os.mkfifo(file)


def as_many_cells_as_are_read_and_30_mb(course, student):
    notebook = make_submission(LESSON, REFERENCE)
    text = "# " + "x" * 6_000
    new = nbformat.v4.new_code_cell
    notebook.cells += [new(f"{text}\nx{i} = {i}") for i in range(5_000 - len(notebook.cells))]
    hand_in(notebook, course, student, LESSON)


# Each with the exercises that get no full marks, and with their status where it is certain. None: all of them, because
# the file cannot be read.
HOSTILE = {
    "fakes-and-exits": (
        attacking(attack("patched torch.allclose") | {"log_evidence": "import os\nos._exit(0)"}),
        {TARGET: "incorrect", "log_evidence": "crashed"},
    ),
    "looks-around": (leak_beside_text_that_no_file_holds, {TARGET: "incorrect"}),
    "locks-and-leaves": (
        attacking({TARGET: LOCKED + attack("a daemon from the cell")[TARGET]}),
        {},
    ),
    "a-pipe": (a_pipe, None),
    "never-ends": (attacking(attack("an endless loop")), {TARGET: "timeout"}),
    "takes-memory": (attacking(attack("a memory bomb")), {TARGET: "memory"}),
    "forks": (attacking(attack("a fork bomb")), {TARGET: None}),
    "sends-much": (attacking(attack("half a million empty tensors")), {TARGET: None}),
    "no-notebook": (no_notebook, None),
    "many-cells": (as_many_cells_as_are_read_and_30_mb, {}),
}  # fmt: skip


# ------------------------------------------------------------------------------------- the class


def name_of(number):
    """Every fourth is hostile, the others are honest."""
    return f"{number:02d}-{list(HOSTILE)[number // 4] if number % 4 == 3 else 'honest'}"


def results(course):
    """The honest students' lines of nbgrader's export, autograded notebooks and feedback pages, as bytes."""
    lines = export_table(course).read_bytes().splitlines()
    honest = {f"line {i}": s for i, s in enumerate(s for s in lines if b"-honest," in s)}
    files = [f for top in ("autograded", "feedback") for f in (course / top).rglob("*")]
    return honest | {
        str(f.relative_to(course)): f.read_bytes()
        for f in sorted(files)
        if f.is_file() and "-honest" in str(f.relative_to(course))
    }


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """The class and its honest students alone, graded with the same key."""
    whole, alone = (tmp_path_factory.mktemp(name) for name in ("whole", "alone"))
    course_key(whole)
    shutil.copytree(whole / FOLDER, alone / FOLDER)
    for number in range(STUDENTS):
        if number % 4 == 3:
            make, _ = HOSTILE[list(HOSTILE)[number // 4]]
            make(whole, name_of(number))
        else:
            notebook = make_submission(LESSON, HONEST[number % len(HONEST)](number))
            for course in (whole, alone):
                hand_in(notebook, course, name_of(number), LESSON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "open_worker", functools.partial(pool.open_worker, LIMITS))
        patch.setattr(pool, "Limits", lambda: LIMITS)
        for course in (whole, alone):
            assert main(["grade", LESSON.name, "--course", str(course), "--jobs", "2"]) == 0
    return whole, alone


@pytest.fixture(scope="module")
def verdicts(classes):
    """What the journal of the whole class holds, by student."""
    from autograder.classes.journal import journal_key

    whole, _ = classes
    journal, key = Journal(whole / FOLDER / f"{LESSON.name}.jsonl"), course_key(whole)
    names = map(name_of, range(STUDENTS))
    files = {name: whole / "submitted" / name / LESSON.name / FILE for name in names}
    return {
        name: journal.find(journal_key(file, LESSON, name, key)) for name, file in files.items()
    }


def test_the_honest_get_the_same_bytes_as_without_the_hostile(classes):
    with_them, without = map(results, classes)
    assert sorted(with_them) == sorted(without)
    assert [name for name in without if with_them[name] != without[name]] == []
    honest = STUDENTS * 3 // 4
    assert sum(name.startswith("line ") for name in without) == honest
    for top, ending in (("autograded", ".ipynb"), ("feedback", ".html")):
        names = [n for n in without if n.startswith(top) and n.endswith(f"{LESSON.name}{ending}")]
        assert len(names) == honest


def test_the_honest_are_of_many_kinds(verdicts):
    honest = [v for name, v in verdicts.items() if name.endswith("honest")]
    assert {e.status for v in honest for e in v.exercises} >= {"correct", "partial", "incorrect", "not attempted"}  # fmt: skip
    assert sum(v.score == v.max_score for v in honest) >= STUDENTS * 3 // 10


def test_each_hostile_one_gets_what_it_is_worth_and_says_why(verdicts):
    for number, (name, (_, lost)) in enumerate(list(HOSTILE.items())[: STUDENTS // 4]):
        verdict = verdicts[name_of(4 * number + 3)]
        if lost is None:
            assert verdict.score == 0
            assert len(verdict.repairs[0]) > 20
            continue
        less = {e.name: e for e in verdict.exercises if e.score < e.max_score}
        assert set(less) == set(lost), name
        for exercise, status in lost.items():
            assert status in (None, less[exercise].status), (name, less[exercise])
            assert less[exercise].diagnosis is not None, (name, less[exercise])


def test_no_hostile_one_saw_anything_or_failed_the_grader(classes):
    for course in classes:
        assert not (course / FOLDER / "incidents").exists()
        for top in ("autograded", "feedback"):
            pages = [p for p in (course / top).rglob("*") if p.suffix in (".ipynb", ".html")]
            said = [p for p in pages if "-honest" in str(p)]
            assert all(LEAK.encode() not in p.read_bytes() for p in said)
        assert LEAK not in (course / FOLDER / f"{LESSON.name}.jsonl").read_text()
