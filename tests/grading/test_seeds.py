"""Seeds follow from all that the learner's code can see of its file, so that no second file knows its inputs."""

import nbformat
from nbformat import v4

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.grading.cells import cells_to_run
from autograder.grading.salvage import salvage
from autograder.grading.seeds import submission_seed
from autograder.source.lesson import Lesson
from autograder.source.release import SKIP_TAG

LESSON = Lesson.load("01_elbo")


def submission(tmp_path, change):
    notebook = make_submission(LESSON, reference_answers(LESSON))
    change(notebook.cells)
    path = tmp_path / "01_elbo.ipynb"
    nbformat.write(notebook, path)
    return salvage(path, LESSON)


def add_code(*tags):
    def change(cells):
        cells.append(v4.new_code_cell("x = 1", id="own", metadata={"tags": list(tags)}))

    return change


def test_a_tag_that_switches_statements_off_gives_other_inputs(tmp_path):
    plain, tagged = (submission(tmp_path, add_code(*tags)) for tags in ((), (SKIP_TAG,)))
    assert cells_to_run(plain) != cells_to_run(tagged)
    assert submission_seed(plain) != submission_seed(tagged)


def test_text_cells_change_neither_what_runs_nor_the_inputs(tmp_path):
    def add_text(cells):
        add_code()(cells)
        for number in range(7):
            cells.insert(0, v4.new_markdown_cell("hello", id=f"text-{number}"))

    plain, longer = (submission(tmp_path, change) for change in (add_code(), add_text))
    assert cells_to_run(plain) == cells_to_run(longer)
    assert submission_seed(plain) == submission_seed(longer)
