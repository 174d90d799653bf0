"""Export: the right cell gets the right score, every other byte stays, and what does not match is refused."""

import csv
import json
import os
import shutil
import warnings
from contextlib import contextmanager
from datetime import datetime

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.classes.gradebook import _stamp
from autograder.classes.inbox import time_of
from autograder.classes.nbgrader_plugin import ignore_autoflush_warnings
from autograder.classes.platforms.scores import graded_students, read_scores
from autograder.classes.platforms.sheet import Sheet
from autograder.cli import main
from autograder.errors import CourseError
from tests.classes.downloads import LESSON, LISTED

OTHER = "02_vae"
# Points of the code and of the written answer (None: waits for a person), and the penalty.
POINTS = {
    "ada": (30, 8, 0),
    "zoe": (20.256, 2, 1.5),
    "juergen": (12, None, 0),
    "taro": (1, 0, 5),  # never below 0
}
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,ELBO (77),Quiz (78),Final Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,38.00,10.00,(read only)\r\n"
    '"Lovelace, Ada",101,s101,ada@uni.edu,"VAE, autumn",,7.50,"1,0"\r\n'
    '"O\'Neill, Zo\u00eb",102,,ZOE@uni.edu,A,"",,\r\n'
    '"M\u00fcller, ""JM""",103,juergen,jm,A,-,,\r\n'
    "\u5c71\u7530 \u592a\u90ce,104,,taro,A, ,,\r\n"
    '"Other, One",105,,x,A,5,,\r\n'
    '"Student, Test",106,,,A,,,'
)
MOODLE = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    'Participant 657737,"Ada Lovelace",a@b.c,"Submitted for grading",,38.00,Yes,"Friday, 20 November 2026",-,""\n'
    'Participant 657738,"Zo\u00eb O\'Neill",zoe@uni.edu,"Submitted, late",,38.00,Yes,-,-,"one\n""two"""\n'
    "Participant 657739,J\u00fcrgen,,x,,38.00,Yes,-,-,\n"
    "Participant 657740,Taro,,x,,38.00,Yes,-,-,\n"
    "Participant 657741,Other,,x,3.00,38.00,No,-,-,\n"
)


@contextmanager
def quiet():
    """Silence what nbgrader's own way of making a gradebook warns of."""
    with warnings.catch_warnings():
        ignore_autoflush_warnings()
        yield


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The smallest gradebook: two lessons, of which one is graded, and five students, of whom four handed in."""
    folder = tmp_path_factory.mktemp("graded")
    db = f"sqlite:///{folder / 'gradebook.db'}"
    _stamp(db)
    with quiet(), Gradebook(db, course_id="") as book:
        for name in (LESSON, OTHER):
            book.add_assignment(name)
            book.add_notebook(name, name)
            book.add_grade_cell("test_a", name, name, max_score=30, cell_type="code")
            book.add_grade_cell("written_b", name, name, max_score=8, cell_type="markdown")
        for student in (*POINTS, "lazy"):
            book.add_student(student)
        book.update_or_create_student("ada", first_name="=Ada", last_name="Lovelace")
        for student, (code, written, penalty) in POINTS.items():
            when = datetime(2026, 11, 20, 10, 0, 0)
            submission = book.add_submission(LESSON, student, timestamp=when)
            (notebook,) = submission.notebooks
            notebook.late_submission_penalty = penalty
            for grade in notebook.grades:
                grade.auto_score = code if grade.name == "test_a" else None
                grade.needs_manual_grade = False
                if grade.name == "written_b":
                    grade.manual_score = written
                    grade.needs_manual_grade = written is None
        book.db.commit()
    return folder


@pytest.fixture
def course(graded, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(graded, folder)
    collected = {}
    for student, number, participant in (
        ("ada", "101", "657737"),
        ("juergen", "999", "657739"),  # Canvas knows another number: his id is found
        ("taro", "104", "657740"),
    ):
        collected[student] = {"canvas": number, "moodle": participant}
    write_record(folder, "canvas", collected)
    return folder


def write_record(course, platform, collected):
    kept = {
        student: {
            "platform": platform,
            "platform_id": numbers[platform],
            "person": "",
            "source": "",
            "late": False,
            "when": "",
            "attempt": 1,
            "number": 0,
            "sha256": "",
            "saved": "",
        }
        for student, numbers in collected.items()
    }
    kept["zoe"] = kept["ada"] | {
        "platform": "gradescope",
        "platform_id": "5",
        "email": "zoe@uni.edu",
    }
    path = course / ".vae-course" / "collected" / f"{LESSON}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept))


@pytest.fixture
def moodle_course(course):
    numbers = {"ada": "657737", "juergen": "657739", "taro": "657740"}
    write_record(course, "moodle", {s: {"moodle": n} for s, n in numbers.items()})
    return course


@pytest.fixture
def run(course, capsys):
    def run(*arguments):
        status = main(["export", *map(str, arguments), "--course", str(course)])
        seen = capsys.readouterr()
        return status, seen.out, seen.err

    return run


@pytest.fixture
def given(tmp_path):
    """Write a grade file; return its path."""

    def given(text, encoding="utf-8"):
        path = tmp_path / "grades.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return given


def refused(seen, *words):
    status, out, err = seen
    assert (status, out, err.count("\n")) == (2, "", 1), err
    for word in words:
        assert word in err


def filled(path):
    return path.with_name("grades.filled.csv").read_bytes().decode()


# ------------------------------------------------------------------------------------------ Canvas


FILLED = {
    ',"VAE, autumn",,7.50': ',"VAE, autumn",38,7.50',
    ',A,"",,': ',A,"20.76",,',
    "jm,A,-,,": "jm,A,12,,",
    "taro,A, ,,": "taro,A,0,,",
}


def test_a_grade_book_of_canvas_is_filled_and_every_other_byte_stays(run, given):
    path = given(CANVAS)
    status, out, err = run(LESSON, "--into", path, "--column", "ELBO")
    assert (status, err) == (0, "")
    expected = CANVAS
    for old, new in FILLED.items():
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert filled(path) == expected
    assert path.read_bytes() == CANVAS.encode()
    assert f"wrote {path.with_name('grades.filled.csv')}: 4 grades filled in, 0 were there" in out
    assert "without a score, left as they are (2): Other, One; Student, Test" in out
    assert "01_elbo: not final, answers are still to be marked by hand (1): juergen" in out


@pytest.mark.parametrize("title", ["01_elbo (5)", "01_elbo", "Latent Variables and the ELBO (123)"])
def test_the_column_is_found_by_the_lesson(run, given, title):
    assert run(LESSON, "--into", given(CANVAS.replace("ELBO (77)", title)))[0] == 0


def test_the_form_with_two_columns_for_the_name(run, given):
    text = "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,01_elbo (1)\n"
    text += "    Points Possible,,,,,,38\nLovelace,Ada,101,,,A,\nZ,Z,1,,zoe,A,\nJ,J,2,juergen,,A,\nT,T,104,,,A,\n"
    path = given(text)
    assert run(LESSON, "--into", path)[0] == 0
    assert filled(path).endswith(
        "101,,,A,38\nZ,Z,1,,zoe,A,20.76\nJ,J,2,juergen,,A,12\nT,T,104,,,A,0\n"
    )


def test_semicolons_and_decimal_commas(run, given):
    text = "Student;ID;SIS User ID;Section;01_elbo (1)\r  Points Possible;;;;38,00\r"
    text += "A;101;;;\rZ;1;zoe;;\rJ;2;juergen;;3,5\rT;3;taro;;\r"
    path = given(text, "cp1252")
    refused(run(LESSON, "--into", path), "juergen has '3,5', the gradebook says 12", "--replace")
    assert run(LESSON, "--into", path, "--replace")[0] == 0
    assert filled(path).endswith("A;101;;;38\rZ;1;zoe;;20,76\rJ;2;juergen;;12\rT;3;taro;;0\r")


def test_the_same_grades_again_change_no_byte(run, given):
    path = given(CANVAS.replace(',A,"",,', ",A,20.7600,,"))
    status, out, _ = run(LESSON, "--into", path, "--column", "ELBO")
    assert (status, "3 grades filled in, 1 were there" in out) == (0, True)
    assert ",A,20.7600,," in filled(path)
    assert run(LESSON, "--into", path, "--column", "ELBO")[0] == 0  # over its own earlier result
    again = given(filled(path))
    status, out, _ = run(LESSON, "--into", again, "--column", "ELBO")
    assert "0 grades filled in, 4 were there" in out
    assert filled(again).encode() == again.read_bytes()


def test_in_place_and_out(run, given, tmp_path):
    path = given(CANVAS)
    options = [LESSON, "--into", path, "--column", "ELBO"]
    refused(run(*options, "--out", path), "Add --in-place")
    refused(run(*options, "--out", tmp_path / "x", "--in-place"), "give one of them")
    (tmp_path / "thesis.csv").write_text("mine")
    refused(run(*options, "--out", tmp_path / "thesis.csv"), "is there already, with other columns")
    assert (tmp_path / "thesis.csv").read_text() == "mine"
    assert run(*options, "--out", tmp_path / "new.csv")[0] == 0
    assert path.read_bytes() == CANVAS.encode()
    assert run(*options, "--in-place")[0] == 0
    assert path.read_bytes() == (tmp_path / "new.csv").read_bytes() != CANVAS.encode()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ELBO (77)", "Essay (77)", ["no column 'ELBO'", "'Essay (77)', 'Quiz (78)'"]),
        ("Quiz (78)", "ELBO (78)", ["several columns fit 'ELBO': 'ELBO (77)', 'ELBO (78)'"]),
        ("38.00", "40.00", ["01_elbo has 38 points, the file says 40 points"]),
        ("38.00", "", ["01_elbo has 38 points, the file says no points"]),
        ('"Lovelace, Ada",101,s101,ada@uni.edu', "X,1,,y", ["ada is not in the file", "--without"]),
        ("106,,", "101,,", ["ada fits 2 rows", "lms_user_id"]),
        (",104,,", ",104,juergen,", ["juergen fits 2 rows"]),
        (",A,-,,", ",A,EX,,", ["juergen has 'EX', the gradebook says 12", "--replace"]),
        (",A,-,,", ",A,11.98,,", ["juergen has '11.98', the gradebook says 12"]),
        (",A,-,,", ",A", ["the row of juergen has too few cells"]),
        ("Student,ID", "Learner,ID", ["neither the grade book of Canvas", "Seen: 'Learner', 'ID'"]),
        ('"Student, Test"', '"Student, Test', ["a quote in line 9 is never closed"]),
    ],
)
def test_what_does_not_match_is_refused_and_nothing_is_written(run, given, old, new, words):
    assert CANVAS.count(old) == 1
    path = given(CANVAS.replace(old, new))
    refused(run(LESSON, "--into", path, "--column", "ELBO"), *words)
    assert not path.with_name("grades.filled.csv").exists()


def test_all_that_does_not_match_is_in_the_one_line(run, given):
    text = CANVAS.replace(",101,", ",1,").replace("ada@uni.edu", "").replace(",A,-,,", ",A,3,,")
    seen = run(LESSON, "--into", given(text), "--column", "ELBO")
    refused(seen, "nothing was written.", "ada is not in the file. ", "juergen has '3'")


def test_who_left_the_course_can_be_left_out(run, given):
    path = given(CANVAS.replace('"Lovelace, Ada",101,s101,ada@uni.edu', "X,1,,y"))
    options = [LESSON, "--into", path, "--column", "ELBO"]
    assert run(*options, "--without", "ada")[0] == 0
    refused(run(*options, "--without", "eve"), "--without eve: no such student")


def test_a_roster_says_who_is_meant(run, given, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(LISTED.replace("ada@uni.edu,101", "countess@uni.edu,7"), encoding="utf-8")
    text = CANVAS.replace(",101,s101,ada@uni.edu", ",1,s101,countess@uni.edu")
    options = [LESSON, "--into", given(text), "--column", "ELBO"]
    refused(run(*options), "ada is not in the file")
    assert run(*options, "--roster", roster)[0] == 0


# ------------------------------------------------------------------------------------------ Moodle


def test_a_worksheet_of_moodle_is_filled_and_every_other_byte_stays(run, given, moodle_course):
    path = given(MOODLE)
    status, out, err = run(LESSON, "--into", path)
    assert (status, err) == (0, "")
    expected = MOODLE.replace('grading",,38', 'grading",38,38').replace(
        'late",,38', 'late",20.76,38'
    )
    expected = expected.replace("Jürgen,,x,,", "Jürgen,,x,12,").replace("Taro,,x,,", "Taro,,x,0,")
    assert filled(path) == expected
    assert "left as they are (1): Other" in out


def test_a_grade_that_moodle_has_locked_is_refused(run, given, moodle_course):
    path = given(MOODLE.replace("Taro,,x,,38.00,Yes", "Taro,,x,,38.00,No"))
    refused(run(LESSON, "--into", path), "the grade of taro cannot be changed", "Unlock it")
    same = given(MOODLE.replace("Taro,,x,,38.00,Yes", "Taro,,x,0.00,38.00,No"))
    assert run(LESSON, "--into", same)[0] == 0


def test_another_maximum_of_moodle_is_refused(run, given, moodle_course):
    path = given(MOODLE.replace("38.00,Yes", "100.00,Yes"))
    refused(run(LESSON, "--into", path), "01_elbo has 38 points, the file says 100 points.")


def test_a_worksheet_holds_one_lesson_and_other_languages_are_named(run, given, moodle_course):
    with quiet(), Gradebook(f"sqlite:///{moodle_course / 'gradebook.db'}", course_id="") as book:
        book.add_submission(OTHER, "ada")
    refused(run(LESSON, OTHER, "--into", given(MOODLE)), "is that of one assignment", "Name one")
    refused(
        run(LESSON, OTHER, "--into", given(CANVAS), "--column", "ELBO"), "one column", "Name one"
    )
    german = MOODLE.replace("Identifier", "ID").replace("Grade,", "Bewertung,")
    refused(run(LESSON, "--into", given(german)), "neither", "set to English")


# ------------------------------------------------------------------------------------------- plain


def test_a_plain_table_has_a_line_for_each_student_and_lesson(run, tmp_path):
    path = tmp_path / "grades.csv"
    status, out, err = run(LESSON, "--plain", path)
    assert (status, err) == (0, "")
    assert "not final, answers are still to be marked by hand (1): juergen" in out
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [r["id"] for r in rows] == ["juergen", "lazy", "taro", "zoe", "ada"]
    by_id = {r["id"]: r for r in rows}
    assert by_id["ada"]["name"] == "'=Ada Lovelace"
    assert by_id["ada"]["timestamp"] == "2026-11-20 10:00:00 UTC"
    assert (by_id["zoe"]["score"], by_id["zoe"]["late penalty"]) == ("20.76", "1.5")
    assert (by_id["taro"]["score"], by_id["taro"]["max score"]) == ("0", "38")
    assert by_id["juergen"]["written answers waiting"] == "1"
    assert by_id["lazy"]["score"] == by_id["lazy"]["timestamp"] == ""
    assert path.read_text().splitlines()[0].startswith('"id","name","lesson","score"')
    assert run(LESSON, "--plain", path)[0] == 0  # over its own earlier table


@pytest.mark.parametrize(
    ("time", "named"),
    [("2026-11-20 10:00:00 UTC", False), ("2026-11-21 10:00:00 UTC", True), ("soon", False)],
)
def test_who_handed_in_again_since_is_named(run, course, tmp_path, time, named):
    file = course / "submitted" / "ada" / LESSON / "timestamp.txt"
    file.parent.mkdir(parents=True)
    file.write_text(time)
    status, out, err = run(LESSON, "--plain", tmp_path / "grades.csv")
    assert (status, err) == (0, "")
    assert ("01_elbo: another file came after these grades, grade again (1): ada" in out) == named


@pytest.mark.parametrize("kind", ["pipe", "link", "large"])
def test_a_time_that_is_no_small_file_is_not_read(course, kind):
    file = course / "submitted" / "ada" / LESSON / "timestamp.txt"
    file.parent.mkdir(parents=True)
    elsewhere = course / "elsewhere.txt"
    elsewhere.write_text("2026-11-21 10:00:00 UTC" + " " * (2000 if kind == "large" else 0))
    if kind == "pipe":
        os.mkfifo(file)  # opening it would wait
    else:
        (file.symlink_to if kind == "link" else file.hardlink_to)(elsewhere)
    assert time_of(LESSON, course, "ada") is None


def test_scores_are_those_of_nbgraders_own_export(course, tmp_path):
    db = f"sqlite:///{course / 'gradebook.db'}"
    exporter = CsvExportPlugin()
    exporter.to = str(tmp_path / "theirs.csv")
    with Gradebook(db) as book:
        exporter.export(book)
    with open(exporter.to) as file:
        theirs = {r["student_id"]: r for r in csv.DictReader(file) if r["assignment"] == LESSON}
    for score in read_scores([LESSON], db):
        row = theirs[score.student.id]
        assert (score.score or 0, score.max_score) == (float(row["score"]), float(row["max_score"]))
    assert graded_students(LESSON, db) == set(POINTS)


def test_what_cannot_be_exported_is_refused(run, given, course, tmp_path):
    refused(run(LESSON), "Say where the grades go: --into FILE.csv")
    refused(run(LESSON, "--plain", tmp_path / "a", "--in-place"), "Say where the grades go")
    refused(run("77_x", "--plain", tmp_path / "a"), "no lesson '77_x'")
    refused(run(OTHER, "--plain", tmp_path / "a"), "Nothing of 02_vae was graded")
    refused(run(LESSON, "--into", tmp_path / "no.csv"), "no.csv: cannot be read")
    refused(run(LESSON, "--into", given(CANVAS, "utf-16")), "not a CSV file in UTF-8")
    refused(run(LESSON, "--into", given("")), "neither the grade book of Canvas", "Seen: nothing")
    (tmp_path / "mine").write_text("mine")
    refused(run(LESSON, "--plain", tmp_path / "mine"), "no table of this command")
    refused(run(LESSON, "--plain", tmp_path / "a", "--db", "nonsense"), "not the address")
    (course / "gradebook.db").write_bytes(b"no database" * 100)
    refused(run(LESSON, "--plain", tmp_path / "a"), "The gradebook cannot be read")
    (course / "gradebook.db").unlink()
    refused(run(LESSON, "--plain", tmp_path / "a"), "there is no gradebook")
    assert not (course / "gradebook.db").exists()
    assert not (tmp_path / "a").exists()


# ------------------------------------------------------------------------------------------- sheet


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2",
        b"a,b\r\n1,2\r\n\r\n3,\r\n",
        b'\xef\xbb\xbf"a ""x"", y",b\n"1\n2",  "3"\n',
        b"a;b\r1;2\r",
        'a\tb\né,"ü"\n'.encode("cp1252"),
    ],
)
def test_a_sheet_that_nothing_is_filled_into_keeps_its_bytes(content, tmp_path):
    assert Sheet(content, tmp_path).filled({}) == content


def test_a_sheet_reads_what_pythons_csv_reads(tmp_path):
    text = 'a,"b ""c"", d",e\r\n"1\n2",,  3 \r\n\r\n"",x"y,z'
    sheet = Sheet(text.encode(), tmp_path)
    assert sheet.rows == list(csv.reader(text.splitlines(keepends=True)))
    assert sheet.filled({(0, 1): "9", (3, 0): "8"}).decode() == text.replace(
        '"b ""c"", d"', '"9"'
    ).replace('""', '"8"', 1)


@pytest.mark.parametrize("content", [b"a\0b", b"\xff\xfea\0", b'"a'])
def test_what_is_no_sheet_is_refused(content, tmp_path):
    with pytest.raises(CourseError, match="Download"):
        Sheet(content, tmp_path)
