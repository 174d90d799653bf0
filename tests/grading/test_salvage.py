"""Mangled files: what editors, converters and learners do to notebooks, and what is left of the work."""

import copy
import json
import os

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.errors import CourseError
from autograder.grading.cells import cells_to_run
from autograder.grading.judge import _cell_problem
from autograder.grading.reading import normalise_cells, read_cells
from autograder.grading.salvage import fit_to_lesson, other_lesson, salvage, salvage_or_blank
from autograder.sandbox.worker import LocalWorker
from autograder.source.lesson import Lesson, lesson_names

LESSON = Lesson.load(lesson_names()[0])
NAMES = list(LESSON.exercises)
ANSWERS = reference_answers(LESSON)


@pytest.fixture
def notebook():
    return json.loads(nbformat.writes(make_submission(LESSON, ANSWERS)))


@pytest.fixture
def read(tmp_path):
    def read(content, name="work.ipynb"):
        path = tmp_path / name
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(raw)
        return salvage(path)

    return read


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def place(notebook, wanted):
    return next(i for i, c in enumerate(notebook["cells"]) if grade_id(c) == wanted)


def answers_in(submission):
    return {
        g: c.source
        for c in submission.notebook.cells
        if (g := grade_id(c)) and g in LESSON.exercises
    }


def assert_whole(submission):
    """All answers found, all checks and written answers there, the notebook valid."""
    assert answers_in(submission) == ANSWERS
    ids = [g for c in submission.notebook.cells if (g := grade_id(c))]
    assert sorted(ids) == sorted({c.grade_id for c in LESSON.cells if c.grade_id})
    nbformat.validate(submission.notebook)


def test_a_good_file_needs_no_repair(read, notebook):
    submission = read(notebook)
    assert submission.repairs == []
    assert_whole(submission)


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-8", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_any_unicode_encoding_is_read(read, notebook, encoding):
    notebook["cells"][0]["source"] = "Prüfung 検査"
    assert_whole(read(json.dumps(notebook, ensure_ascii=False).encode(encoding)))


def test_a_file_that_is_not_utf8_is_read(read, notebook):
    notebook["cells"][0]["source"] = "Prüfung"
    assert_whole(read(json.dumps(notebook, ensure_ascii=False).encode("latin-1")))


def test_windows_line_ends_are_read(read, notebook):
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]
    assert_whole(read(notebook))


def test_nbformat_3_is_read(read, notebook):
    cells = [
        {**c, "input": c.pop("source")} if c["cell_type"] == "code" else c
        for c in notebook["cells"]
    ]
    assert_whole(
        read({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})
    )


@pytest.mark.parametrize("kernelspec", [None, {"name": "ir", "language": "R", "display_name": "R"}])
def test_a_lost_or_foreign_kernel_is_replaced(read, notebook, kernelspec):
    notebook["metadata"] = {"kernelspec": kernelspec} if kernelspec else {}
    submission = read(notebook)
    assert_whole(submission)
    assert submission.notebook.metadata.kernelspec.language == "python"


def test_lost_metadata_is_restored(read, notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    assert_whole(read(notebook))


def test_lost_metadata_and_ids_are_restored_by_name(read, notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id")
    submission = read(notebook)
    assert_whole(submission)
    names = ", ".join(f"`{name}`" for name in NAMES)
    assert submission.repairs == [f"Cells that had lost their mark were found by name: {names}."]


@pytest.mark.parametrize("kind", ["exercise", "check"])
def test_a_duplicated_cell_counts_once(read, notebook, kind):
    wanted = NAMES[1] if kind == "exercise" else f"test_{NAMES[1]}"
    index = place(notebook, wanted)
    notebook["cells"].insert(index, copy.deepcopy(notebook["cells"][index]))
    submission = read(notebook)
    assert_whole(submission)
    assert submission.repairs == [f"The cell `{wanted}` was there 2 times; one counts."]


def test_an_untouched_copy_below_the_answer_does_not_count(read, notebook):
    index = place(notebook, NAMES[1])
    stub = json.loads(nbformat.writes(make_submission(LESSON, {})))["cells"][index]
    notebook["cells"].insert(index + 1, stub)
    submission = read(notebook)
    assert_whole(submission)
    assert sum(c["source"] == "".join(stub["source"]) for c in cells_to_run(submission)) == 0


def test_an_answer_written_in_a_new_cell_is_found(read, notebook):
    index = place(notebook, NAMES[1])
    answer = notebook["cells"][index]["source"]
    stub = json.loads(nbformat.writes(make_submission(LESSON, {})))["cells"][index]
    notebook["cells"][index] = stub
    notebook["cells"].insert(
        index + 1,
        {"cell_type": "code", "metadata": {}, "source": answer, "outputs": [], "id": "new"},
    )
    assert_whole(read(notebook))


@pytest.mark.parametrize("wanted", [NAMES[0], f"test_{NAMES[0]}", f"test_{NAMES[-1]}"])
def test_a_deleted_cell_is_put_back_and_told(read, notebook, wanted):
    del notebook["cells"][place(notebook, wanted)]
    submission = read(notebook)
    assert submission.repairs == [
        f"The cell `{wanted}` was missing; the released one was put back."
    ]
    assert submission.missing == ({wanted} & set(NAMES))
    ids = [g for c in submission.notebook.cells if (g := grade_id(c))]
    assert ids == [c.grade_id for c in LESSON.cells if c.grade_id]


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_an_answer_retyped_as_text_is_code_again(read, notebook, kind):
    cell = notebook["cells"][place(notebook, NAMES[2])]
    cell["cell_type"] = kind
    assert_whole(read(notebook))


def test_a_split_answer_runs_in_both_parts(read, notebook):
    index = place(notebook, NAMES[1])
    helper = {
        "cell_type": "code",
        "metadata": {},
        "source": "helper = 3\n",
        "outputs": [],
        "id": "h",
    }
    notebook["cells"].insert(index, helper)
    submission = read(notebook)
    assert_whole(submission)
    assert "helper = 3\n" in [c["source"] for c in cells_to_run(submission)]


def test_two_merged_answers_are_both_run(read, notebook):
    first, second = place(notebook, NAMES[0]), place(notebook, NAMES[1])
    notebook["cells"][first]["source"] = ANSWERS[NAMES[0]] + "\n\n\n" + ANSWERS[NAMES[1]]
    del notebook["cells"][second]
    sources = "\n".join(c["source"] for c in cells_to_run(read(notebook)))
    assert ANSWERS[NAMES[0]] in sources
    assert ANSWERS[NAMES[1]] in sources


def test_cells_in_another_order_are_all_found(read, notebook):
    notebook["cells"].reverse()
    submission = read(notebook)
    assert answers_in(submission) == ANSWERS


def test_a_rewritten_check_cell_is_the_lessons_again_and_its_text_a_cell_before_it(read, notebook):
    index = place(notebook, f"test_{NAMES[0]}")
    notebook["cells"][index]["source"] = "pass"
    cells = read(notebook).notebook.cells
    assert cells[index].source == "pass"
    assert grade_id(cells[index]) is None
    assert cells[index + 1].source.startswith(f"checks.{NAMES[0]}")
    assert grade_id(cells[index + 1]) == f"test_{NAMES[0]}"


def test_a_written_answer_that_lost_its_mark_is_found_below_its_question(read, notebook):
    topic = next(iter(LESSON.written))
    index = place(notebook, f"written_{topic}")
    cell = notebook["cells"][index]
    cell.update(metadata={}, source="Because I say so.", id="other")
    cells = read(notebook).notebook.cells
    found = next(c for c in cells if grade_id(c) == f"written_{topic}")
    assert found.source == "Because I say so."


UNREADABLE = {
    "cut short": (b'{"cells": [', r"its JSON is broken \(.*\)\. Open it in JupyterLab"),
    "empty": (b"", "the file is empty"),
    "white": (b" \n", "the file is empty"),
    "a list": (b"[1, 2]", "valid JSON but not a notebook"),
    "no cells": (b'{"nbformat": 4}', "valid JSON but not a notebook"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x01", "neither JSON nor Python"),
    "of no lesson": (b'{"cells": [], "nbformat": 4}', "holds no exercise of any lesson"),
    "deep": (b"[" * 100_000, "its JSON is broken"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_is_one_line_that_says_what_to_do(read, name):
    content, message = UNREADABLE[name]
    with pytest.raises(CourseError, match=message) as failure:
        read(content)
    assert "\n" not in str(failure.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CourseError, match="cannot be read"):
        read_cells(tmp_path / "nothing.ipynb")
    with pytest.raises(CourseError, match="a folder"):
        read_cells(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
        "source": st.sampled_from([*ANSWERS.values(), ["x = 1\n"]]) | JSON,
        "id": st.text(max_size=80) | JSON,
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "nbgrader": st.fixed_dictionaries(
                    {}, optional={"grade_id": st.sampled_from(NAMES) | JSON}
                ),
                "tags": JSON,
            },
        )
        | JSON,
    },
)


@settings(max_examples=150)
@given(st.lists(CELL | JSON, max_size=6))
def test_any_list_of_cells_is_fitted_into_a_valid_notebook(cells):
    submission = fit_to_lesson(normalise_cells(cells), LESSON)
    nbformat.validate(submission.notebook)
    ids = [g for c in submission.notebook.cells if (g := grade_id(c))]
    assert sorted(ids) == sorted({c.grade_id for c in LESSON.cells if c.grade_id})


def test_a_pipe_or_a_device_is_refused_at_once(tmp_path):
    path = tmp_path / "01_elbo.ipynb"
    os.mkfifo(path)
    with pytest.raises(CourseError, match="not a file with a notebook"):
        salvage(path)
    link = tmp_path / "zero.ipynb"
    link.symlink_to("/dev/zero")
    with pytest.raises(CourseError, match="not a file with a notebook"):
        salvage(link)


def test_ten_thousand_cells_are_too_many_and_five_thousand_without_ids_are_read(read, notebook):
    cell = {"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": []}
    few = {**notebook, "cells": [*notebook["cells"], *[dict(cell) for _ in range(4_800)]]}
    assert_whole(read(few))
    many = {**notebook, "cells": [dict(cell) for _ in range(10_000)]}
    with pytest.raises(CourseError, match=r"10,000 cells, at most 5,000"):
        read(many)


def test_a_cell_that_is_too_long_costs_itself_and_is_told(read, notebook):
    notebook["cells"][place(notebook, NAMES[1])]["source"] = f"x = [{'0, ' * 600_000}]"
    submission = read(notebook)
    assert answers_in(submission)[NAMES[1]] == ""
    assert answers_in(submission)[NAMES[0]] == ANSWERS[NAMES[0]]
    assert any(f"Cells that are too long: 1 ({NAMES[1]})" in r for r in submission.repairs)


@pytest.mark.parametrize(
    "data", [{"worksheets": [{"cells": 5}]}, {"worksheets": 5}, {"worksheets": [{"cells": [7]}]}]
)
def test_worksheets_of_a_wrong_form_are_no_notebook_or_an_empty_one(read, data):
    with pytest.raises(CourseError):
        read(data)


def test_what_no_file_can_hold_is_replaced_in_a_cell(read, notebook):
    notebook["cells"][place(notebook, NAMES[0])]["source"] += "\n# \ud800 \x00"
    assert answers_in(read(notebook))[NAMES[0]].endswith("# \ufffd \ufffd")


def test_a_file_that_ends_too_early_says_so_for_each_exercise_behind_its_end(notebook, tmp_path):
    del notebook["cells"][place(notebook, NAMES[0])]  # the learner's own doing
    text = json.dumps(notebook)
    path = tmp_path / "work.ipynb"
    path.write_text(text[: text.index(f'"grade_id": "{NAMES[2]}"')])
    submission = salvage(path, LESSON)
    assert submission.missing == {NAMES[0], *NAMES[2:]}
    assert submission.behind_the_end == set(NAMES[2:])
    assert "Hand in the file again." in submission.repairs[0]
    assert submission.repairs[1:] == [
        f"The cell `{NAMES[0]}` was missing; the released one was put back."
    ]
    with LocalWorker().open_session(cells_to_run(submission)) as session:
        told = [_cell_problem(name, [], submission, session)[2] for name in (NAMES[0], NAMES[2])]
    assert "was deleted" in told[0]
    assert told[1] == (
        f"The file ends before the cell of `{NAMES[2]}`: hand in the whole file again."
    )


def test_a_notebook_of_another_lesson_is_named_and_one_with_both_is_read(notebook, tmp_path):
    other = Lesson.load(lesson_names()[1])
    theirs = json.loads(nbformat.writes(make_submission(other, reference_answers(other))))
    path = tmp_path / "02_vae.ipynb"
    for cells in (theirs["cells"], [{**c, "metadata": {}, "id": ""} for c in theirs["cells"]]):
        path.write_text(json.dumps({**theirs, "cells": cells}))
        assert other_lesson(path.read_bytes(), LESSON) == other.name
        blank = salvage_or_blank(path, LESSON)
        assert f"this is the notebook of {other.name}. Hand in" in blank.unread
        assert len(blank.repairs) == 1
    mixed = json.dumps({**theirs, "cells": theirs["cells"] + notebook["cells"]})
    assert other_lesson(mixed.encode(), LESSON) == ""
    path.write_text(mixed)
    assert_whole(salvage(path, LESSON))
    for nothing in (b"", b"{", b'{"cells": []}', b"PK\x03\x04"):
        assert other_lesson(nothing, LESSON) == ""
