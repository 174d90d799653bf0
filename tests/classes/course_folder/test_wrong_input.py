"""Whatever is wrong with a class's folder or a file, each command says so in one line, with exit status 2."""

import sqlite3

import pytest

from autograder.authoring.submissions import hand_in, make_submission
from autograder.classes.course_folder import lab
from autograder.classes.course_folder.new import write_course
from autograder.cli import app, main
from autograder.source.lesson import Lesson, lesson_names
from tests.classes.downloads import make_zip

LESSON = Lesson.load(lesson_names()[0])
NAME = LESSON.name
NOT_TEXT = b"\xff\xfe\x00\xd8garbage\x00\x00"
NOT_ZIP = b"PK\x03\x04" + b"\0" * 40
# Commands that need the folder of a class in which something was handed in, and was not graded.
FOR_A_CLASS = {
    "grade": ["grade", NAME, "--course", "{course}", "--jobs", "1", "--no-sandbox"],
    "status": ["status", NAME, "--course", "{course}"],
    "collect": ["collect", NAME, "{top}/given.zip", "--course", "{course}"],
    "export": ["export", NAME, "--plain", "{top}/out.csv", "--course", "{course}"],
    "export --into": ["export", NAME, "--into", "{top}/grades.csv", "--course", "{course}"],
    "feedback-zip": ["feedback-zip", NAME, "--course", "{course}"],
    "report": ["report", NAME, "--course", "{course}"],
    "similar": ["similar", NAME, "--program", "true", "--course", "{course}"],
    "interview": ["interview", "ada", NAME, "--course", "{course}"],
    "history": ["history", NAME, "--course", "{course}"],
    "lab": ["lab", "{course}"],
}
NEVER_GRADED = {
    "export",
    "export --into",
    "feedback-zip",
    "report",
    "similar",
    "interview",
    "history",
}


def settings(course, text):
    (course / "settings.toml").write_text(text)


def other_database(course):
    (course / "gradebook.db").unlink()
    with sqlite3.connect(course / "gradebook.db") as connection:
        connection.execute("CREATE TABLE assignment (other)")
    connection.close()


def folder_in_the_place_of(name):
    def put(course):
        (course / name).unlink(missing_ok=True)
        (course / name).mkdir(parents=True)

    return put


def written(name, content):
    def write(course):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_bytes(content)

    return write


# What is wrong, and which commands must say so. Others may not need what is damaged.
DAMAGES = {
    "nothing graded yet": (lambda course: None, NEVER_GRADED),
    "settings are no TOML": (
        lambda c: settings(c, "[late\n"),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "a setting is misspelt": (
        lambda c: settings(c, "[late]\npercent_per_dy = 3\n"),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "settings are a folder": (
        folder_in_the_place_of("settings.toml"),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "settings are no text": (
        written("settings.toml", NOT_TEXT),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "nbgrader_config.py is no Python": (
        written("nbgrader_config.py", b"c = get_config(\n"),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "nbgrader_config.py fails in two lines": (
        written("nbgrader_config.py", b"raise ValueError('a\\nb')\n"),
        {"grade", "status", "collect", "export", "lab"},
    ),
    "the gradebook is none": (
        written("gradebook.db", b"no database" * 99),
        {"collect", "status", "export", "export --into", "lab"},
    ),
    "the gradebook is another database": (
        other_database,
        {"collect", "status", "export", "export --into", "lab"},
    ),
    "the list is no text": (
        written("students.csv", NOT_TEXT),
        {"grade", "status", "collect", "export", "export --into"},
    ),
    "the list is a folder": (
        folder_in_the_place_of("students.csv"),
        {"grade", "status", "collect", "export", "export --into"},
    ),
    "the list has no id": (
        written("students.csv", b"name\nada\n"),
        {"grade", "status", "collect", "export", "export --into"},
    ),
    "what was collected is damaged": (
        written(f".vae-course/collected/{NAME}.json", b'{"x": 3'),
        {"collect", "feedback-zip"},
    ),
}
CASES = [(damage, name) for damage, (_, commands) in DAMAGES.items() for name in sorted(commands)]


@pytest.fixture
def top(tmp_path):
    make_zip(tmp_path / "given.zip", {f"ada_{NAME}.ipynb": b"{}"})
    (tmp_path / "grades.csv").write_text("Student,ID\n")
    return tmp_path


@pytest.fixture(scope="module")
def a_course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes") / "class"
    write_course(folder, [LESSON])
    hand_in(make_submission(LESSON, {}), folder, "ada", LESSON)
    return folder


@pytest.fixture
def course(a_course, top):
    import shutil

    return shutil.copytree(a_course, top / "class")


@pytest.fixture
def refused(capsys, monkeypatch, top):
    """Assert that a command refuses in one line, and return the line."""
    monkeypatch.setattr(lab, "start_lab", lab.lab_command)
    monkeypatch.chdir(top)

    def refused(*arguments):
        status = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1), (arguments, out, err)
        assert "Traceback" not in err
        return err

    return refused


def filled(command, top, course="nowhere"):
    return [a.format(top=top, course=course) for a in command]


@pytest.mark.parametrize(("damage", "name"), CASES, ids=lambda x: x.replace(" ", "-"))
def test_what_is_damaged_in_a_class_s_folder_is_one_line(refused, top, course, damage, name):
    DAMAGES[damage][0](course)
    refused(*filled(FOR_A_CLASS[name], top, course))


@pytest.mark.parametrize("name", FOR_A_CLASS)
@pytest.mark.parametrize("place", ["missing", "given.zip", "empty"])
def test_a_folder_that_is_none_of_a_class_is_one_line(refused, top, name, place):
    (top / "empty").mkdir()
    if name == "collect" and place == "empty":
        return  # files may be collected anywhere
    refused(*filled(FOR_A_CLASS[name], top, top / place))


@pytest.mark.parametrize("name", [n for n in FOR_A_CLASS if n != "lab"])
@pytest.mark.parametrize("unknown", ["77_nothing", "", f"../{NAME}", "a\nb\x1b[2J", "\ud800"])
def test_a_lesson_that_is_none_is_one_line(refused, top, course, name, unknown):
    command = [unknown if a == NAME else a for a in FOR_A_CLASS[name]]
    refused(*filled(command, top, course))


OTHERS = [c.name or c.callback.__name__ for c in app.registered_commands]
OTHERS = sorted({*OTHERS} & {"build", "audit", "spread", "figures", "bands", "demo", "handout"})


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("unknown", ["77_nothing", "", "a\nb\x1b[2J"])
def test_a_lesson_that_is_none_is_one_line_for_authors_too(refused, name, unknown):
    refused(name, unknown)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"text", NOT_ZIP, NOT_TEXT],
    ids=["missing", "empty", "text", "zip", "bytes"],
)
@pytest.mark.parametrize(
    "command",
    [
        ["collect", NAME, "{top}/bad.zip", "--course", "{course}"],
        ["collect", NAME, "{top}/given.zip", "--roster", "{top}/bad.zip", "--course", "{course}"],
        ["collect", NAME, "{top}/given.zip", "02_vae", "{top}/bad.zip", "--course", "{course}"],
        ["check", "{top}/bad.zip"],
    ],
    ids=["download", "roster", "second", "check"],
)
def test_a_file_that_is_none_is_one_line(top, course, capsys, command, content):
    if content is not None:
        (top / "bad.zip").write_bytes(content)
    status = main(filled(command, top, course))
    out, err = capsys.readouterr()
    assert (status, err.count("\n")) == (2, 1), (out, err)
    assert out == "" or "02_vae" in command


@pytest.mark.parametrize(
    "arguments",
    [
        ["new", "{top}/grades.csv"],
        ["new", "{top}"],
        ["new", "{top}/grades.csv/x"],
        ["new", "{top}/a*b"],
        ["handout", "--output", "{top}/grades.csv"],
        ["handout", NAME, "--output", "{top}/grades.csv/x"],
        ["playground", "{top}/grades.csv"],
        ["playground", "{top}/grades.csv/x"],
        ["site", "--output", "{top}/grades.csv"],
        ["demo", "--folder", "{top}"],
        ["demo", "--folder", "{top}/grades.csv"],
        ["weights", "nothing"],
        ["reproduce", "nothing"],
        ["solution", "nothing"],
        ["solution", ""],
        ["figures", "--data", "cifar"],
        ["bands", NAME, "--seeds", "1"],
    ],
    ids=" ".join,
)
def test_a_place_or_name_that_cannot_be_is_one_line(refused, top, arguments):
    refused(*filled(arguments, top))
