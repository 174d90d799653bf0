"""A class's folder: what is in it, wherever it lies; what is refused, in one line."""

import csv
import sys

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.classes import nbgrader_plugin as plugin
from autograder.classes.course_folder.configuration import address, read_configuration
from autograder.classes.course_folder.lab import lab_command
from autograder.classes.course_folder.late_policy import LatePolicy
from autograder.classes.course_folder.new import new_course
from autograder.classes.platforms.roster import Roster
from autograder.errors import CourseError
from autograder.source.lesson import GLOSSARY, SOURCES, Lesson
from autograder.source.release import notebook_text, reference_notebook, release_text

LESSON = Lesson.load("01_elbo")
LATE = "[late]\npercent_per_day = 10\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Übung & mehr") / "Kurs für VAE"
    new_course(folder, [LESSON])
    return folder


@pytest.fixture
def course(made, tmp_path):
    """A folder with the settings files of the one that was made."""
    for name in ("nbgrader_config.py", "settings.toml", "students.csv"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    return tmp_path


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_it_holds_the_lesson_as_built_with_figures_and_glossary(made):
    name = f"{LESSON.name}.ipynb"
    texts = {"source": notebook_text(reference_notebook(LESSON)), "release": release_text(LESSON)}
    for place, text in texts.items():
        folder = made / place / LESSON.name
        assert (folder / name).read_text(encoding="utf-8") == text
        assert (folder / "glossary.md").read_bytes() == GLOSSARY.read_bytes()
        assert files_of(folder / "figures") == files_of(SOURCES / LESSON.name / "figures")
    with Gradebook(address(made)) as book:
        assert [a.name for a in book.assignments] == [LESSON.name]


def test_nobody_else_may_enter_it(made, tmp_path):
    assert made.stat().st_mode & 0o777 == 0o700
    tmp_path.chmod(0o755)
    new_course(tmp_path, [LESSON])
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_nobody_is_on_the_list_until_somebody_is_written_into_it(course):
    assert Roster.of(course) is None
    with (course / "students.csv").open("a", newline="") as file:
        csv.writer(file).writerow(["jm", "Jürgen", "Müller, Dr.", "jm@uni.edu", "103"])
    assert list(Roster.of(course).students) == ["jm"]


@pytest.mark.parametrize("name", ["a[1]", "what?", "all*", "50%"])
def test_a_name_that_nbgrader_reads_as_something_else_is_refused(tmp_path, name):
    with pytest.raises(CourseError, match="Name another one"):
        new_course(tmp_path / name, [LESSON])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_and_a_file_are_refused(made, tmp_path):
    before = files_of(made)
    (tmp_path / "file").touch()
    for folder in (made, tmp_path / "file"):
        with pytest.raises(CourseError, match="not empty"):
            new_course(folder, [LESSON])
    assert files_of(made) == before


# -------------------------------------------------------------------------------- configuration


def test_late_policy_and_zone_come_from_the_settings(course):
    (course / "settings.toml").write_text(LATE + '[course]\ntimezone = "Asia/Tokyo"\n')
    config = read_configuration(course)
    assert config.AssignLatePenalties.plugin_class is LatePolicy
    assert LatePolicy(config=config).late_submission_penalty("ada", 20, 90_000) == 4
    assert config.NbGraderAPI.timezone == "Asia/Tokyo"


def test_what_nbgrader_config_says_counts_more_than_the_settings(course):
    (course / "settings.toml").write_text(LATE)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(
            "c.LatePolicy.percent_per_day = 50\nc.CourseDirectory.db_url = 'sqlite:////x/y.db'\n"
        )
    assert LatePolicy(config=read_configuration(course)).percent_per_day == 50
    assert address(course) == "sqlite:////x/y.db"
    assert address(course, "sqlite:////z.db") == "sqlite:////z.db"


def test_a_folder_without_any_settings_has_the_usual_ones(tmp_path):
    config = read_configuration(tmp_path)
    assert plugin.Judge in config.Autograde.autograde_preprocessors
    assert address(tmp_path) == f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.CourseDirectory.submitted_directory = 'in'", "submitted_directory should be 'submitted'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("c.x = (", "SyntaxError"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_line(course, line, said):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(CourseError) as failure:
        read_configuration(course)
    assert said in str(failure.value)
    assert len(str(failure.value).splitlines()) == 1


def test_with_wrong_settings_nbgrader_loads_but_grades_nothing(course):
    (course / "settings.toml").write_text("[late]\ngrace = 1\n")
    config = Config()
    plugin.configure(config, course)
    with pytest.raises(SystemExit, match="no setting 'grace'"):
        config.Autograde.exporter_class(config=config)
    with pytest.raises(CourseError, match="no setting 'grace'"):
        read_configuration(course)


# -------------------------------------------------------------------------------------------- lab


def test_jupyterlab_starts_in_the_folder_with_formgrader(course):
    command = lab_command(course, ["--no-browser"])
    assert command[:4] == [sys.executable, "-m", "jupyter", "lab"]
    assert f"--ServerApp.root_dir={course}" in command
    assert command[-1] == "--no-browser"


def test_a_folder_that_is_no_class_is_refused(tmp_path):
    with pytest.raises(CourseError, match="vae-course new FOLDER"):
        lab_command(tmp_path)


def test_settings_that_leave_out_the_sandbox_are_refused(course):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n")
    with pytest.raises(CourseError, match="without a sandbox"):
        lab_command(course)
