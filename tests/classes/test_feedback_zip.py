"""Feedback for upload: the names of Canvas and Moodle are kept, and each page can be opened alone."""

import zipfile

import pytest

from autograder.classes.feedback_zip import pack_feedback
from autograder.classes.platforms.record import Collected, write_record
from autograder.cli import main
from autograder.errors import CourseError
from tests.classes.results.desk import Desk

LESSON = "01_elbo"
SOURCES = {
    "ada": ("canvas", "lovelaceada_LATE_101_2001_01_elbo-1.ipynb", "lovelaceada_LATE_101_2001_01_elbo-1.html"),
    "bob": ("moodle", "Bob B_7_assignsubmission_file/01_elbo.ipynb", "Bob B_7_assignsubmission_file/01_elbo.html"),
    "eve": ("moodle", "Eve_8_assignsubmission_file_/01_elbo.ipynb", "Eve_8_assignsubmission_file_/01_elbo.html"),
    "kim": ("moodle", "Kim_9_assignsubmission_file_01_elbo.ipynb", "Kim_9_assignsubmission_file_01_elbo.html"),
    "lee": ("plain", "lee/01_elbo.ipynb", None),
}  # fmt: skip


def collected(platform, source):
    return Collected(platform, "1", "", source, False, "", 1, 0, "", "01_elbo.ipynb")


def write_page(course, student, body):
    folder = course / "feedback" / student / LESSON
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "a.png").write_bytes(b"picture")
    (folder / f"{LESSON}.html").write_text(body, encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    write_record(
        tmp_path, LESSON, {s: collected(p, source) for s, (p, source, _) in SOURCES.items()}
    )
    for student in SOURCES:
        write_page(tmp_path, student, f'<p>{student}</p><img alt="a" src="figures/a.png">')
    return tmp_path


def test_pages_have_the_names_of_their_platform(course):
    written, without = pack_feedback(LESSON, course)
    assert without == []
    found = {}
    for path in written:
        platform = path.stem.rsplit("_", 1)[1]
        with zipfile.ZipFile(path) as archive:
            found |= {name: (platform, archive.read(name).decode()) for name in archive.namelist()}
    assert set(found) == {name for _, _, name in SOURCES.values() if name}
    for student, (platform, _, name) in SOURCES.items():
        if name:
            assert found[name][0] == platform
            assert f"<p>{student}</p>" in found[name][1]
            assert 'src="data:image/png;base64,cGljdHVyZQ=="' in found[name][1]


def test_pictures_from_elsewhere_stay_as_they_are(course):
    outside = '<img src="../../bob/01_elbo/figures/a.png"><img src="https://x.example/a.png">'
    (course / "feedback" / "ada" / LESSON / f"{LESSON}.html").write_text(outside, encoding="utf-8")
    with zipfile.ZipFile(pack_feedback(LESSON, course)[0][0]) as archive:
        assert archive.read(SOURCES["ada"][2]).decode() == outside


def test_who_has_no_page_is_named(course):
    (course / "feedback" / "eve" / LESSON / f"{LESSON}.html").unlink()
    assert pack_feedback(LESSON, course)[1] == ["eve"]


def test_without_anything_to_pack_it_is_refused(tmp_path):
    with pytest.raises(CourseError, match="Collect it first"):
        pack_feedback(LESSON, tmp_path)
    write_record(tmp_path, LESSON, {"ada": collected("canvas", "a_1_2_x.ipynb")})
    with pytest.raises(CourseError, match="Grade it first"):
        pack_feedback(LESSON, tmp_path)


def test_whose_answers_wait_is_said(tmp_path, capsys):
    desk = Desk(tmp_path / "class")
    desk.hand_in("emmy", written="It is a bound.")
    desk.grade()
    write_record(desk.folder, LESSON, {"emmy": collected("canvas", "emmy_1_2_01_elbo.ipynb")})
    write_page(desk.folder, "emmy", "<p>emmy</p>")
    assert main(["feedback-zip", LESSON, "--course", str(desk.folder)]) == 0
    said = capsys.readouterr().out
    assert f"{LESSON}: not final, answers are still to be marked by hand (1): emmy" in said
