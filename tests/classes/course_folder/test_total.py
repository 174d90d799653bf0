"""The mean over lessons, by the weights of the settings."""

import csv

import pytest

from autograder.classes.course_folder.settings import Settings
from autograder.classes.course_folder.total import write_total
from autograder.classes.platforms.roster import Student
from autograder.classes.platforms.scores import Score
from autograder.errors import CourseError

ADA = Student("ada", "Ada", "Lovelace, Dr.")
SCORES = [
    Score(ADA, "01_elbo", 40, 30.0),
    Score(Student("=bob"), "01_elbo", 40, 20.0),
    Score(ADA, "02_vae", 20, 20.0),
    Score(Student("=bob"), "02_vae", 20),
]


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_each_lesson_counts_by_its_weight_and_what_is_missing_as_nothing(tmp_path):
    path = tmp_path / "total.csv"
    write_total(SCORES, Settings(weights={"01_elbo": 3.0}), path)
    header, bob, ada = rows_of(path)
    assert header[2:] == [
        "01_elbo percent (weight 3)",
        "02_vae percent (weight 1)",
        "total percent",
    ]
    assert ada == ["ada", "Ada Lovelace, Dr.", "75.00", "100.00", "81.25"]
    assert bob == ["'=bob", "", "50.00", "", "37.50"]
    write_total(SCORES[:2], Settings(weights={"01_elbo": 3.0}), tmp_path / "other.csv")
    assert rows_of(tmp_path / "other.csv")[2][-1] == "75.00"


def test_other_files_are_left_alone_and_weights_of_nothing_refused(tmp_path):
    path = tmp_path / "total.csv"
    path.write_text("mine")
    with pytest.raises(CourseError, match="no table of this command"):
        write_total(SCORES, Settings(), path)
    assert path.read_text() == "mine"
    with pytest.raises(CourseError, match="add up to 0"):
        write_total(SCORES[:2], Settings(weights={"01_elbo": 0.0}), tmp_path / "new.csv")
