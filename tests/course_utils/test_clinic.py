"""The instruments of lesson 08, and what the clinic must not give away."""

import base64
import codecs
import inspect
import json
import re

import pytest
import torch

from autograder.exercises.lookup import hidden_test, visible_check
from autograder.files import ROOT
from autograder.source.lesson import RELEASE, Lesson, reference_namespace
from autograder.source.release import release_notebook
from course_utils import clinic
from course_utils.checks import nb08_debugging_clinic as checks
from course_utils.checks.core import FINGERPRINTS, Incorrect, expand
from course_utils.likelihood import negative_elbo
from course_utils.models import MLPCVAE, MLPVAE

NAME = "08_debugging_clinic"
LESSON = Lesson.load(NAME)
PATIENTS = range(1, 10)


def healthy(model, x):
    x_logits, mu, log_var = model(x)
    return (negative_elbo(x_logits, x, mu, log_var),)


# ------------------------------------------------------------------------------- the instruments


def test_training_lowers_the_loss_and_reports_every_step():
    torch.manual_seed(0)
    losses = clinic.train(healthy, MLPVAE(6, (8,), 2), torch.rand(40, 6).round(), 200)
    assert len(losses) == 200
    assert sum(losses[-20:]) < sum(losses[:20])


def test_a_program_may_take_labels():
    seen = []

    def program(model, x, labels):
        seen.append(labels.tolist())
        return healthy(model, x)

    clinic.train(program, MLPVAE(6, (8,), 2), (torch.rand(3, 6), torch.tensor([4, 4, 4])), 2)
    assert seen == [[4, 4, 4]] * 2


def test_smoothing_takes_means_of_neighbours_and_drops_a_rest():
    assert clinic.smooth([1.0, 3.0, 5.0, 7.0, 100.0], width=2).tolist() == [2.0, 6.0]


def test_the_stethoscope_hears_a_healthy_program():
    model, x = MLPVAE(6, (8,), 2), torch.rand(5000, 6)
    heard = clinic.listen(healthy, model, x)
    assert torch.equal(heard.x, x)
    assert heard.z_has_gradient
    assert heard.condition is None
    assert heard.noise.std().item() == pytest.approx(1, abs=0.05)  # 7 standard errors
    assert heard.x_logits.shape == (5000, 6)
    assert all(p.grad is None for p in model.parameters())


def test_the_stethoscope_passes_on_attributes_conditions_and_modes():
    model = MLPCVAE(6, (8,), 2, num_classes=3).eval()

    def program(model, x, y):
        assert not model.training
        assert (model.latent_dim, model.num_classes) == (2, 3)
        with torch.no_grad():
            return model.train()(x, y)

    heard = clinic.listen(program, model, torch.rand(3, 6), torch.eye(3))
    assert torch.equal(heard.condition, torch.eye(3))
    assert not heard.z_has_gradient
    with pytest.raises(AttributeError, match="no_such_thing"):
        clinic.Stethoscope(model).no_such_thing  # noqa: B018


def test_a_second_opinion_stands_below_the_reports(capsys):
    x = torch.rand(8, 6)
    model = MLPVAE(6, (8,), 2)
    clinic.second_opinion(model, x, the_patient_says=(torch.tensor(1.0), 2, 3.0))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["the", "patient", "says", "1.00", "2.00", "3.00"]
    assert lines[2].startswith("the clinic measures")


# ----------------------------------------------------------------------------------- the patients


def patient(number):
    """A patient as the notebook admits it, and its reference repair."""
    namespace = reference_namespace(NAME)
    repaired = namespace[f"repair_{number}"]
    (source,) = [
        match
        for cell in LESSON.cells
        for match in re.findall(
            rf"^def patient_{number}\(.*?(?=^\S(?!\s*->)|\Z)", cell.source, re.S | re.M
        )
        if cell.role == "demonstration"
    ]
    exec(source, namespace)
    return namespace[f"patient_{number}"], repaired, source


@pytest.mark.parametrize("number", PATIENTS)
def test_a_patient_copied_without_a_repair_earns_nothing(number):
    copied, repaired, _ = patient(number)
    for seed in range(2):
        outcomes = hidden_test(NAME, f"repair_{number}").run(copied, repaired, seed)
        assert [o.name for o in outcomes if o.passed] == []


@pytest.mark.parametrize("number", PATIENTS)
def test_the_check_knows_a_patient_that_was_only_copied(number):
    with pytest.raises(Incorrect, match="as on the day of admission"):
        visible_check(NAME, f"repair_{number}")(patient(number)[0])


# ------------------------------------------------------------------------------------ the secrets


def body(source):
    """Lines of code without comments, docstring and spaces."""
    source = re.sub(r'"""(.*?)"""', "", source, flags=re.S)
    lines = (line.split("#")[0] for line in source.splitlines())
    return {"".join(line.split()) for line in lines} - {""}


def shipped():
    """Every text that a learner has: the student notebook with all its metadata, and the clinic's modules."""
    yield (RELEASE / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    yield from (inspect.getsource(module) for module in (clinic, checks))
    yield (FINGERPRINTS / f"nb{NAME}.json").read_text(encoding="utf-8")


def answers():
    return reference_namespace(NAME)["diagnosis"]()


@pytest.mark.parametrize("number", PATIENTS)
def test_no_line_of_a_repair_is_shipped(number):
    """In code no line is equal to a repaired one; in prose, modules and stored outputs none contains it."""
    source = LESSON.exercise_cell(f"repair_{number}").solution
    cure = {line for line in body(source) - body(patient(number)[2]) if "def" not in line}
    assert cure or number == 6, "the sixth repair may take a line away"
    cells = release_notebook(LESSON).cells
    code = set().union(*(body(cell.source) for cell in cells if cell.cell_type == "code"))
    assert cure & code == set()
    prose = ["".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown"]
    others = ["".join(text.split()) for text in list(shipped())[1:]]
    assert [line for line in cure for text in (*prose, *others) if line in text] == []


def test_the_student_notebook_has_no_outputs_and_only_the_graders_metadata():
    for cell in release_notebook(LESSON).cells:
        assert not cell.get("outputs")
        assert set(cell.metadata) <= {"nbgrader", "tags", "deletable", "editable"}
        assert set(cell.metadata.get("nbgrader", {})) <= {
            "cell_type",
            "checksum",
            "grade",
            "grade_id",
            "locked",
            "points",
            "schema_version",
            "solution",
            "task",
        }


def test_causes_are_named_once_and_in_the_order_of_the_alphabet():
    causes = list(clinic.CAUSES.values())
    assert causes == sorted(causes)
    assert len(causes) >= 2 * len(PATIENTS)
    for text in shipped():
        for cause in causes:
            assert text.count(cause) == ("CAUSES = dict(" in text), (
                "only the list itself names a cause"
            )


def decodings(text):
    """The text as it is, turned round, and in the codes that one tries first."""
    yield from (text, text[::-1], codecs.encode(text, "rot13"))
    for decode in (bytes.fromhex, base64.b64decode, base64.b32decode, base64.b85decode):
        try:
            yield decode(text).decode("latin-1")
        except (ValueError, TypeError):
            continue


def test_no_row_of_letters_gives_the_diagnoses():
    letters = "".join(answers()[number] for number in PATIENTS)
    secrets = [
        letters,
        letters.lower(),
        ",".join(letters),
        *(f'{n}: "{c}"' for n, c in answers().items()),
    ]
    for text in shipped():
        squeezed = re.sub(r"""["'\s,\\]+""", "", text)
        for secret in secrets:
            assert secret not in text
        assert letters not in squeezed
        words = set(re.findall(r"[A-Za-z0-9+/=]{9,}", text))
        assert [w for w in words for d in decodings(w) if letters.lower() in d.lower()] == []


def test_no_cell_names_a_patient_and_the_letter_of_its_disease():
    letters = answers()
    for cell in release_notebook(LESSON).cells:
        for number in PATIENTS:
            near = re.search(
                rf"[Pp]atient[ _]{number}\b[^.]{{0,60}}\b{letters[number]}\b(?!\w)", cell.source
            )
            assert near is None, near and near.group()


def test_each_seal_fits_one_letter_and_no_two_are_equal():
    fitting = {
        number: [letter for letter in clinic.CAUSES if checks.seal(number, letter) == seal]
        for number, seal in checks.SEALS.items()
    }
    assert fitting == {number: [letter] for number, letter in answers().items()}
    assert len(set(checks.SEALS.values())) == len(checks.SEALS)
    assert checks.ROUNDS >= 10_000, "guessing takes long"


def test_stored_observations_of_the_record_hold_flags_and_numbers_of_patients_only():
    stored = json.loads((FINGERPRINTS / f"nb{NAME}.json").read_text(encoding="utf-8"))["diagnosis"]
    correct = stored["correct"]
    runs = [correct, *(expand(m["seen"], correct) for m in stored["mistakes"].values())]
    for what, _, _, values, _ in (o for run in runs for o in run):
        patients = what.startswith("the first patient")
        assert set(values) <= set(range(10) if patients else range(2)), (what, values)


def test_every_message_of_a_mistake_says_no_cure():
    stored = json.loads((FINGERPRINTS / f"nb{NAME}.json").read_text(encoding="utf-8"))
    for entry in stored.values():
        for mistake in entry["mistakes"].values():
            assert "`" not in mistake["message"].replace("`encode`", "")
            assert not re.search(r"rsample|log_var / 2|0\.5 \*|sum\(dim", mistake["message"])


def test_one_module_ships_the_list_of_causes():
    holders = [
        p.name for p in (ROOT / "course_utils").rglob("*.py") if "CAUSES = " in p.read_text()
    ]
    assert holders == ["clinic.py"]
