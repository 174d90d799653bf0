"""Whole submissions through the judge: nothing for nothing, full marks for right, a name for each mistake."""

import json
from itertools import zip_longest

import nbformat
import pytest

from autograder.authoring.submissions import make_submission, reference_answers, strip_metadata
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.grading.judge import judge
from autograder.grading.report import as_json
from autograder.grading.salvage import salvage
from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import Limits, Worker

pytestmark = pytest.mark.notebooks
# Each known answer meets the visible check in tests/exercises. Here it meets the judge, the hidden test and the wire, in
# the sandbox and beside other answers.


@pytest.fixture
def grade(worker, tmp_path):
    """Grade a notebook object, or raw bytes, as a file of any name."""

    def grade(notebook, name="submission.ipynb"):
        path = tmp_path / name
        raw = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
        path.write_bytes(raw)
        return judge(salvage(path), worker)

    return grade


ROUNDS = 20  # notebooks with known answers; tests/exercises looks at all of them, without a sandbox


def rounds(bank, lesson):
    """Notebook after notebook, the k-th holding the k-th of up to `ROUNDS` variants of every exercise."""
    some = (bank.of(name) for name in lesson.exercises)
    rows = zip_longest(*(found[:: -(-len(found) // ROUNDS) or 1] for found in some))
    return ([v for v in row if v is not None] for row in rows)


def statuses(verdict):
    return {e.name: e.status for e in verdict.exercises}


def test_an_untouched_notebook_earns_nothing_and_is_not_attempted(lesson, grade):
    verdict = grade(make_submission(lesson, {}))
    assert verdict.score == 0
    assert set(statuses(verdict).values()) == {"not attempted"}
    assert verdict.max_score == sum(lesson.exercises.values())


def test_the_reference_earns_full_marks(lesson, grade):
    verdict = grade(make_submission(lesson, reference_answers(lesson)))
    assert set(statuses(verdict).values()) == {"correct"}
    assert verdict.score == verdict.max_score
    assert all(e.diagnosis is None for e in verdict.exercises)


def test_known_wrong_answers_lose_points_and_are_named_also_beside_other_wrong_ones(lesson, grade):
    for variants in rounds(wrong_solutions(lesson.name), lesson):
        answers = reference_answers(lesson) | {v.exercise: v.source for v in variants}
        verdict = grade(make_submission(lesson, answers))
        for v in variants:
            result = verdict.of(v.exercise)
            assert result.score < result.max_score, v.id
            assert result.diagnosis == {"id": v.id, "message": v.message}
        others = set(lesson.exercises) - {v.exercise for v in variants}
        assert all(verdict.of(name).status == "correct" for name in others)


def test_known_right_answers_earn_full_marks_also_beside_other_ones(lesson, grade):
    for variants in rounds(right_solutions(lesson.name), lesson):
        answers = reference_answers(lesson) | {v.exercise: v.source for v in variants}
        verdict = grade(make_submission(lesson, answers))
        assert set(statuses(verdict).values()) == {"correct"}, [v.id for v in variants]


def test_one_exercise_alone_is_correct_when_all_others_are_untouched(lesson, grade):
    last = list(lesson.exercises)[-1]
    middle = list(lesson.exercises)[2]
    reference = reference_answers(lesson)
    verdict = grade(make_submission(lesson, {n: reference[n] for n in (middle, last)}))
    assert statuses(verdict) == {
        n: "correct" if n in (middle, last) else "not attempted" for n in lesson.exercises
    }


def test_a_deleted_exercise_costs_itself_alone(a_lesson, grade):
    first = next(iter(a_lesson.exercises))
    notebook = make_submission(a_lesson, reference_answers(a_lesson))
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") != first
    ]
    verdict = grade(notebook)
    assert statuses(verdict) == {
        n: "missing" if n == first else "correct" for n in a_lesson.exercises
    }


def test_stripped_metadata_costs_nothing(lesson, grade):
    verdict = grade(strip_metadata(make_submission(lesson, reference_answers(lesson))))
    assert verdict.score == verdict.max_score


def test_each_way_to_fail_has_its_status_and_harms_no_other_exercise(lesson, grade):
    names = list(lesson.exercises)
    answers = reference_answers(lesson)
    answers[names[0]] += "\n)"
    answers[names[1]] = "import os\nos._exit(3)\n"
    answers[names[2]] = f"def {names[2]}(*args, **kwargs):\n    raise KeyError('lost')\n"
    answers[names[3]] = f"def {names[3]}(*args, **kwargs):\n    import os\n    os.abort()\n"
    verdict = grade(make_submission(lesson, answers))
    expected = ["error", "crashed", "error", "crashed"] + ["correct"] * (len(names) - 4)
    assert statuses(verdict) == dict(zip(names, expected, strict=True))
    assert "line" in verdict.of(names[0]).diagnosis["message"]
    assert "KeyError: 'lost' (line 2" in verdict.of(names[2]).diagnosis["message"]


def test_prints_warnings_plots_magics_and_shell_lines_cost_nothing(a_lesson, grade):
    noise = (
        "%matplotlib inline\n%pip install x\n%nonsense\n!echo shell\nfiles = !ls\n%time t = 1\nassert t == 1\nimport sys, warnings\nwarnings.warn('careful')\n"
        "print('hello', file=sys.stderr)\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
    )
    answers = {n: noise + source for n, source in reference_answers(a_lesson).items()}
    verdict = grade(make_submission(a_lesson, answers))
    assert verdict.score == verdict.max_score


def test_asking_for_input_and_reading_pipes_harms_nobody(a_lesson, grade):
    names = list(a_lesson.exercises)
    answers = reference_answers(a_lesson)
    greedy = "import os\nfor fd in range(3, 64):\n    try:\n        os.set_blocking(fd, False)\n        os.read(fd, 9)\n    except OSError:\n        pass\n"
    answers[names[0]] = f"name = input('name? ')\n{answers[names[0]]}"
    answers[names[1]] = greedy + answers[names[1]]
    verdict = grade(make_submission(a_lesson, answers))
    assert statuses(verdict) == dict.fromkeys(names, "correct")  # the first has a note
    assert any("input() is not available" in r for r in verdict.repairs)
    again = grade(make_submission(a_lesson, reference_answers(a_lesson)))
    assert again.score == again.max_score


def test_a_later_cell_may_reuse_the_name_of_an_exercise(a_lesson, grade):
    notebook = make_submission(a_lesson, reference_answers(a_lesson))
    names = list(a_lesson.exercises)
    scratch = "\n".join(f"{name} = 'a result'" for name in names)
    notebook.cells.append(nbformat.v4.new_code_cell(scratch))
    verdict = grade(notebook)
    assert verdict.score == verdict.max_score


def test_the_same_text_gets_the_same_verdict_again_whatever_its_file_is_called(a_lesson, grade):
    first = wrong_solutions(a_lesson.name).variants[0]
    notebook = make_submission(
        a_lesson, reference_answers(a_lesson) | {first.exercise: first.source}
    )
    assert as_json("x", grade(notebook)) == as_json("x", grade(notebook, "again.ipynb"))


def test_the_json_line_is_the_contract(a_lesson, grade):
    wrong = wrong_solutions(a_lesson.name).variants[0]
    verdict = grade(make_submission(a_lesson, {wrong.exercise: wrong.source}))
    line = json.loads(as_json("a.ipynb", verdict))
    assert list(line) == ["file", "lesson", "score", "max_score", "exercises"]
    assert (line["file"], line["lesson"]) == ("a.ipynb", a_lesson.name)
    keys = ["name", "status", "score", "max_score", "diagnosis", "criteria"]
    assert all(list(e) == keys for e in line["exercises"])
    assert [e["name"] for e in line["exercises"]] == list(a_lesson.exercises)
    assert all(list(c) == ["name", "passed"] for e in line["exercises"] for c in e["criteria"])


def test_an_endless_loop_and_a_memory_hog_are_named_and_harm_no_other_exercise(a_lesson, tmp_path):
    names = list(a_lesson.exercises)
    answers = {n: s for n, s in reference_answers(a_lesson).items() if n == names[2]}
    answers[names[0]] = f"def {names[0]}(*args):\n    while True:\n        pass\n"
    answers[names[1]] = (
        "import time\n"
        f"def {names[1]}(*args):\n"
        "    kept = []\n"
        "    while True:\n"
        "        kept.append(b'x' * 2**24)\n"
        "        time.sleep(0.005)\n"
    )
    answers[names[3]] = "while True:\n    pass\n"
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(make_submission(a_lesson, answers)))
    limits = Limits(cpu_seconds=4, wall_seconds=30, memory_bytes=300 * 2**20)
    with Worker(limits, sandbox=isolation().enough) as worker:
        verdict = judge(salvage(path), worker)
    found = statuses(verdict)
    assert [found[n] for n in names[:4]] == ["timeout", "memory", "correct", "timeout"]
