"""A lesson under a class's own names: code changes by names alone, prose where it speaks of code."""

import ast
import re

import pytest

from autograder.source.lesson import Lesson
from autograder.source.names import in_code, in_prose, why_not
from autograder.source.release import release_cells
from course_utils.names import in_text

NAMES = {"kl_divergence": "gaussian_kl", "elbo": "lower_bound", "VAE": "Model"}


class Renamed(ast.NodeTransformer):
    """The syntax tree of code with other names, without the texts in it."""

    def __init__(self, names):
        self.names = names

    def visit(self, node):
        for kind, key in ((ast.Name, "id"), (ast.arg, "arg")):
            if isinstance(node, kind):
                setattr(node, key, self.names.get(getattr(node, key), getattr(node, key)))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.name = self.names.get(node.name, node.name)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "checks":
            node.attr = self.names.get(node.attr, node.attr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        self.generic_visit(node)
        return node


def tree(source, names):
    return ast.dump(Renamed(names).visit(ast.parse(source)))


def under_other_names(lesson):
    return Lesson.load(lesson.name, tuple((e, f"own_{n}") for n, e in enumerate(lesson.exercises)))


def test_the_code_of_a_lesson_changes_in_nothing_but_the_names_of_its_exercises(lesson):
    own = under_other_names(lesson)
    for cell, renamed in zip(lesson.cells, own.cells, strict=True):
        assert (cell.id, cell.grade_id, cell.points) == (
            renamed.id,
            renamed.grade_id,
            renamed.points,
        )
        if cell.is_code and cell.role not in ("first", "setup"):
            assert tree(renamed.source, {}) == tree(cell.source, dict(own.names)), cell.line


def test_no_code_that_learners_get_has_the_course_s_name_of_an_exercise(lesson):
    own = under_other_names(lesson)
    for cell in release_cells(own):
        if cell.cell_type == "code":
            found = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)]
            assert not {n.id for n in found} & set(lesson.exercises), cell.source
        else:
            code = re.findall(r"(?<![.\w])`([a-z_0-9]+)[`(]", cell.source, flags=re.I)
            assert not set(code) & set(lesson.exercises), cell.source


def test_each_check_is_there_under_its_name_in_the_class(lesson):
    own, namespace = under_other_names(lesson), {}
    for cell in own.cells:
        if cell.role == "setup":
            exec(cell.source, namespace)
        elif cell.role == "check":
            check = getattr(namespace["checks"], own.called(cell.name))
            assert (check.exercise, check.title) == (cell.name, own.called(cell.name))
    assert not hasattr(namespace["checks"], next(iter(lesson.exercises)))


def test_without_names_a_lesson_is_the_same_object(a_lesson):
    assert a_lesson.under(()) is a_lesson
    assert a_lesson.under((("no_exercise_of_this_lesson", "x"),)) is a_lesson


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kl_divergence(q, p)", "gaussian_kl(q, p)"),
        ("torch.distributions.kl_divergence(q, p)", "torch.distributions.kl_divergence(q, p)"),
        ("checks.elbo(elbo)", "checks.lower_bound(lower_bound)"),
        ("fit(elbo=elbo, x=[elbo == 1])", "fit(elbo=lower_bound, x=[lower_bound == 1])"),
        ("elbo = 1", "lower_bound = 1"),
        ('row["elbo"] = f"the elbo {elbo:.1f} of VAE(3)"', None),
        ("# the elbo, by elbo(x) or `elbo`", "# the elbo, by lower_bound(x) or `lower_bound`"),
        ("my_elbo, elbo_2, VAEs = 1, 2, 3", "my_elbo, elbo_2, VAEs = 1, 2, 3"),
        ('"a \\" elbo(" + elbo', '"a \\" lower_bound(" + lower_bound'),
    ],
)
def test_names_in_code(before, after):
    after = after or 'row["elbo"] = f"the elbo {lower_bound:.1f} of Model(3)"'
    assert in_code(before, NAMES) == after


def test_names_in_prose():
    text = "The VAE and its `elbo`. <code>VAE(2)</code> uses kl_divergence: ![](figures/kl_divergence.png)"
    wanted = "The VAE and its `lower_bound`. <code>Model(2)</code> uses gaussian_kl: ![](figures/kl_divergence.png)"
    assert in_text(text, NAMES) == wanted
    assert in_prose('{{minutes("kl_divergence")}} for kl_divergence', NAMES) == (
        '{{minutes("kl_divergence")}} for gaussian_kl'
    )


@pytest.mark.parametrize(
    "name", ["", "a b", "2x", "für", "class", "match", "print", "_x", "taken", 3]
)
def test_what_is_no_name_for_an_exercise(name):
    assert why_not(name, {"taken"})
    assert not why_not("gaussian_kl", {"taken"})
