"""Collect: whose file each one is, which one counts, and that nothing is lost or overwritten silently."""

import io
import json
import os
import zipfile
from contextlib import ExitStack
from datetime import UTC, datetime

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.classes.inbox import problem_with_name
from autograder.classes.journal import Journal, journal_key
from autograder.classes.platforms import archive, collect, gradescope
from autograder.classes.platforms.downloads import HandedIn, ending, read_downloads
from autograder.classes.platforms.roster import Roster, Student, name_keys, safe_id
from autograder.cli import main
from autograder.grading.judge import Verdict
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson, lesson_names
from tests.classes.downloads import (
    CANVAS,
    GRADESCOPE,
    LESSON,
    LISTED,
    MOODLE,
    make_folder,
    make_zip,
    notebook,
)


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    return folder


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(LISTED, encoding="utf-8")
    return path


@pytest.fixture
def run(course, capsys):
    """Run `vae-course collect`; return exit status, standard output and standard error."""

    def run(*arguments):
        status = main(["collect", LESSON, "--course", str(course), *map(str, arguments)])
        seen = capsys.readouterr()
        return status, seen.out, seen.err

    return run


def refused(seen, *words):
    status, out, err = seen
    assert (status, out, err.count("\n")) == (2, "", 1)
    for word in words:
        assert word in err


def files_in(course):
    """Return what lies in submitted/, without the times."""
    top = course / "submitted"
    files = [p for p in top.rglob("*") if p.is_file() and p.name != "timestamp.txt"]
    return {p.relative_to(top).as_posix(): p.read_bytes() for p in files}


def students_in(course):
    return sorted(p.name for p in (course / "submitted").iterdir())


def record(course):
    return json.loads((course / ".vae-course" / "collected" / f"{LESSON}.json").read_text())


def attempts(course, student):
    folder = course / ".vae-course" / "attempts" / LESSON / student
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


# ------------------------------------------------------------------------------------- platforms


@pytest.mark.parametrize("unpacked", [False, True])
def test_a_download_of_canvas(run, course, roster, tmp_path, unpacked):
    make = make_folder if unpacked else make_zip
    status, out, err = run(make(tmp_path / "submissions.zip", CANVAS), "--roster", roster)
    assert (status, err) == (0, "")
    assert files_in(course) == {
        f"ada/{LESSON}/{LESSON}.ipynb": notebook("ada 2"),
        f"ada/{LESSON}/figure.png": b"picture",  # as the notebook knows it
        f"zoe/{LESSON}/{LESSON}.ipynb": notebook("zoe"),
        f"juergen/{LESSON}/{LESSON}.ipynb.txt": notebook("juergen"),
        f"taro/{LESSON}/{LESSON}.ipynb": notebook("taro"),
        f"don/{LESSON}/{LESSON}.ipynb": notebook("don"),
    }
    assert "taken (5): ada, don, juergen, taro, zoe" in out
    assert "late (1): zoe" in out
    assert "lovelaceada_101_9102_report.pdf: not a figure, data or plain text" in out
    assert attempts(course, "ada") == {"1_01_elbo.ipynb": notebook("ada 1")}
    kept = record(course)["ada"]
    assert kept["platform"] == "canvas"
    assert kept["platform_id"] == "101"
    assert kept["source"] == "lovelaceada_101_9100_01_elbo-1.ipynb"
    assert (kept["attempt"], kept["late"], len(kept["sha256"])) == (2, False, 64)
    assert record(course)["zoe"]["late"]


def test_without_a_roster_everybody_is_taken_under_a_name_that_nbgrader_takes(
    run, course, tmp_path
):
    status, _out, _ = run(make_zip(tmp_path / "a.zip", CANVAS))
    assert status == 0
    names = ["knuthjrdonalddon_105", "lovelaceada_101", "müllerjürgen_103", "oneillzoë_102"]
    assert students_in(course) == [*names, "山田太郎_104"]
    assert not any(problem_with_name(name) for name in students_in(course))


def test_an_anonymous_download_of_canvas(run, course, roster, tmp_path):
    files = {"anon_x7Bq2_9001_01_elbo.ipynb": b"1", "LATE_anon_Zz91k_9002_elbo.ipynb": b"2"}
    download = make_zip(tmp_path / "a.zip", files)
    status, out, _ = run(download)
    assert status == 0
    assert students_in(course) == ["anon_Zz91k", "anon_x7Bq2"]
    assert "late (1): anon_Zz91k" in out
    status, out, _ = run(download, "--roster", roster)
    assert status == 1
    assert out.count("the download names nobody and the roster does not hold its number") == 2


def test_what_was_typed_into_canvas_is_reported(run, course, roster, tmp_path):
    files = {"lovelaceada_101_text.html": b"<p>see Colab</p>", "oneillzoë_102_9_a.ipynb": b"{}"}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files), "--roster", roster)
    assert status == 1
    assert "lovelaceada_101_text.html: a text or a link was typed and no file handed in" in out
    assert students_in(course) == ["zoe"]


def old_form(name):
    return name.replace("_file/", "_file_/").replace("_onlinetext/", "_onlinetext_/")


def without_folders(name):
    return name.replace("_file/", "_file_").replace("_onlinetext/", "_onlinetext_")


@pytest.mark.parametrize("form", [str, old_form, without_folders])
def test_a_download_of_moodle(run, course, roster, tmp_path, form):
    files = {form(name): content for name, content in MOODLE.items()}
    if form is without_folders:
        files = {n: c for n, c in files.items() if not n.endswith(".csv")}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files), "--roster", roster)
    assert status == 0
    expected = {
        f"ada/{LESSON}/{LESSON}.ipynb": notebook("ada"),
        f"ada/{LESSON}/data/points.csv": b"1,2",
        f"zoe/{LESSON}/{LESSON}.ipynb": notebook("zoe"),
        f"juergen/{LESSON}/{LESSON}.ipynb": notebook("juergen"),
    }
    if form is without_folders:
        del expected[f"ada/{LESSON}/data/points.csv"]
    assert files_in(course) == expected
    assert "onlinetext.html: a text or a link beside a file" in out
    assert "on the roster, without a file (2): taro, don" in out
    assert record(course)["ada"]["platform_id"] == "657737"
    assert record(course)["juergen"]["person"] == "Jürgen Müller"


def of_moodle(*people):
    """A download of people, each with their name as the contents."""
    return {
        f"{name}_{number}_assignsubmission_file/{LESSON}.ipynb": notebook(name)
        for number, name in enumerate(people, 101)
    }


def collected(run, course, tmp_path, *people):
    """Collect a download of people with a roster that has names only."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,first_name,last_name\nada,Ada,Lovelace\nben,Ben,Li-Wu\n", encoding="utf-8"
    )
    _, out, _ = run(make_zip(tmp_path / "a.zip", of_moodle(*people)), "--roster", roster)
    return files_in(course) if (course / "submitted").exists() else {}, out


def test_a_name_behind_a_group_counts_where_all_have_groups_and_is_told(run, course, tmp_path):
    people = "Group-1-Ada Lovelace", "Group 2-Ben Li-Wu"
    files, out = collected(run, course, tmp_path, *people)
    expected = {
        f"{s}/{LESSON}/{LESSON}.ipynb": notebook(n)
        for s, n in zip(["ada", "ben"], people, strict=True)
    }
    assert files == expected
    assert "behind a group's (2): Group 2-Ben Li-Wu, Group-1-Ada Lovelace" in out


@pytest.mark.parametrize(
    ("people", "student", "owner"),
    [
        (["Ada Lovelace", "Group 1-Ada Lovelace"], "ada", "Ada Lovelace"),
        (["x-Ada Lovelace", "Ben Li-Wu"], "ben", "Ben Li-Wu"),
        (["LOVELACE Ada", "Ada Lovelace"], "ada", "Ada Lovelace"),
    ],
)
def test_the_full_name_wins_and_another_that_fits_is_reported(
    run, course, tmp_path, people, student, owner
):
    files, out = collected(run, course, tmp_path, *people)
    assert files == {f"{student}/{LESSON}/{LESSON}.ipynb": notebook(owner)}
    (other,) = set(people) - {owner}
    assert f"not matched (1):\n  {other}_" in out


@pytest.mark.parametrize("people", [["Ada Lovelace"] * 2, ["Lovelace Ada", "ada lovelace"]])
def test_people_of_whom_none_or_two_have_the_full_name_are_reported(run, course, tmp_path, people):
    files, out = collected(run, course, tmp_path, *people, "Ben Li-Wu")
    assert [*files.values()] == [notebook("Ben Li-Wu")]
    assert out.count("two people of this download fit ada") == 2


@pytest.mark.parametrize("word", ["Participant", "Participante"])
def test_a_blind_download_of_moodle_is_matched_by_the_participant_only(run, course, tmp_path, word):
    files = {
        f"{word}_101_assignsubmission_file/a.ipynb": b"1",
        f"{word}_657738_assignsubmission_file/a.ipynb": b"2",
    }
    roster = tmp_path / "roster.csv"
    roster.write_text("id;lms_user_id\nada;101\nben;Participant 657738\n", encoding="utf-8-sig")
    download = make_zip(tmp_path / "a.zip", files)
    status, _out, _ = run(download, "--roster", roster)
    assert status == 1  # 101 is a user of Moodle, which is not the participant 101
    assert students_in(course) == ["ben"]
    assert run(download)[0] == 0
    assert students_in(course) == ["101", "657738", "ben"]


def test_an_export_of_gradescope(run, course, roster, tmp_path):
    status, out, _ = run(make_zip(tmp_path / "a.zip", GRADESCOPE), "--roster", roster)
    assert status == 1
    assert files_in(course) == {
        f"ada/{LESSON}/{LESSON}.ipynb": notebook("group"),
        f"zoe/{LESSON}/{LESSON}.ipynb": notebook("group"),
        f"taro/{LESSON}/{LESSON}.ipynb": notebook("taro"),
    }
    assert "submission_3/01_elbo.ipynb: " in out
    assert "does not name submission_3" in out
    when = (course / "submitted" / "ada" / LESSON / "timestamp.txt").read_text()
    assert when == "2026-11-19 10:15:01 UTC\n"
    assert record(course)["zoe"]["email"] == "zoe@uni.edu"


def test_a_submission_of_nobody_is_reported(run, course, tmp_path):
    text = b"s1:\n  :submitters:\n  - :name:\ns2:\n  :submitters:\n"
    files = {"submission_metadata.yml": text, "s1/a.ipynb": b"1", "s2/a.ipynb": b"1"}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files))
    assert status == 1
    assert "s1/a.ipynb: the download names nobody" in out
    assert "s2/a.ipynb: submission_metadata.yml names nobody who handed it in" in out


def test_metadata_that_a_learner_handed_in_counts_for_nothing(run, course, tmp_path):
    text = b"01_elbo:\n  :submitters:\n  - {:name: ada, :sid: ada}\n"
    files = {
        "eve/submission_metadata.yml": text,
        f"eve/{LESSON}/x.ipynb": b"1",
        "ada/a.ipynb": b"2",
    }
    _status, out, _ = run(make_folder(tmp_path / "class 1", files))
    assert files_in(course)[f"ada/{LESSON}/{LESSON}.ipynb"] == b"2"
    assert "eve/submission_metadata.yml: not a figure" in out


@pytest.mark.parametrize(
    "text", [b"[1", b"- 1", b"a: 5", b"a: {:submitters: [5]}", b"!!python/x 1"]
)
def test_metadata_that_is_none_is_refused(run, tmp_path, text):
    files = {"submission_metadata.yml": text, "a/x.ipynb": b"1"}
    refused(run(make_zip(tmp_path / "a.zip", files)), "not as Gradescope writes it", "Export")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada/01_elbo/work.ipynb", "ada"),
        ("ada/work.ipynb", "ada"),
        ("ada_01_elbo.ipynb", "ada"),
        ("01_elbo_ada.ipynb", "ada"),
        ("12345_01_elbo.ipynb", "12345"),  # no number of Canvas begins with 0
        ("d'Été, Zoë/work.ipynb", "d'Été, Zoë"),
    ],
)
def test_plain_files(run, course, tmp_path, name, student):
    files = {name: b"1", "ben_01_elbo.ipynb": b"2"}
    assert run(make_folder(tmp_path / "given", files))[0] == 0
    assert files_in(course) == {
        f"{s}/{LESSON}/{LESSON}.ipynb": c for s, c in ((student, b"1"), ("ben", b"2"))
    }


def test_a_folder_that_holds_everything_is_no_student(run, course, tmp_path):
    files = {f"hw/{s}/a.ipynb": s.encode() for s in ("ada", "ben")}
    assert run(make_zip(tmp_path / "a.zip", files))[0] == 0
    assert students_in(course) == ["ada", "ben"]


def test_a_single_file_of_canvas_may_be_a_zip_file(run, course, tmp_path):
    make_zip(tmp_path / "lovelaceada_101_9001_work.zip", {"01_elbo.ipynb": b"1"})
    assert run(tmp_path / "lovelaceada_101_9001_work.zip")[0] == 0
    assert list(files_in(course)) == [f"lovelaceada_101/{LESSON}/{LESSON}.zip"]


def test_in_a_mixture_each_file_is_read_by_its_own_name(run, course, roster, tmp_path):
    files = {
        "lovelaceada_101_9001_01_elbo.ipynb": b"1",
        "Zoë O'Neill_5_assignsubmission_file/a.ipynb": b"2",
        "taro_01_elbo.ipynb": b"3",
    }
    assert run(make_zip(tmp_path / "a.zip", files), "--roster", roster)[0] == 0
    assert students_in(course) == ["ada", "taro", "zoe"]


def test_most_names_decide_about_one_that_fits_two_platforms(tmp_path):
    files = {"x_1_2_01_elbo.ipynb": b"", "ada_01_elbo.ipynb": b"", "ben_01_elbo.ipynb": b""}
    with ExitStack() as stack:
        found, _ = read_downloads([make_folder(tmp_path / "f", files)], LESSON, stack)
    assert {f.person for f in found} == {"x_1_2", "ada", "ben"}


def test_names_of_other_programs_are_read(tmp_path):
    name = "Zoë"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        info = zipfile.ZipInfo("x")
        info.filename = name.encode().decode("cp437")  # UTF-8 without saying so
        info.flag_bits = 0
        file.writestr("ben\\a.ipynb", b"1")  # folders as Windows writes them
    about = zipfile.ZipInfo(name.encode().decode("cp437"))
    assert archive._name_of(about) == name
    with ExitStack() as stack:
        listed, _ = archive.entries(tmp_path / "a.zip", stack)
    assert [e.name for e in listed] == ["ben/a.ipynb"]


# ------------------------------------------------------------------------------------ which file


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ({"01_elbo.ipynb": b"1", "scratch.ipynb": b"2"}, b"1"),
        ({"01_elbo_final.ipynb": b"1", "scratch.ipynb": b"2"}, b"1"),
        ({"my work.ipynb": b"1", "notes.txt": b"2"}, b"1"),
        ({"01_ELBO.IPYNB": b"1", "a.ipynb": b"2"}, b"1"),
        ({"work.zip": b"1", "plot.png": b"2"}, b"1"),
        ({"01_elbo.ipynb": b"1", "old/01_elbo.ipynb": b"2"}, b"1"),
    ],
)
def test_which_notebook_counts(run, course, tmp_path, files, counts):
    named = {f"ada/{LESSON}/{name}": content for name, content in files.items()}
    run(make_folder(tmp_path / "given", named))
    folder = course / "submitted" / "ada" / LESSON
    (file,) = (p for p in folder.iterdir() if p.name.lower().startswith(LESSON))
    assert file.read_bytes() == counts


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (["a.ipynb", "b.ipynb"], "several files and none named 01_elbo.ipynb: a.ipynb, b.ipynb"),
        (["report.pdf"], "no notebook, only report.pdf"),
    ],
)
def test_who_has_no_clear_notebook_is_reported(run, course, tmp_path, files, reason):
    given = {f"ada/{LESSON}/{name}": b"" for name in files}
    status, out, _ = run(make_folder(tmp_path / "given", given))
    assert status == 1
    assert f"ada/{LESSON}/{files[0]}: {reason} (ada)" in out
    assert not (course / "submitted").exists()


def test_the_latest_attempt_counts_then_the_latest_time(run, course, tmp_path):
    old = make_zip(tmp_path / "1.zip", {"ada_01_elbo.ipynb": b"1"}, datetime(2026, 11, 1))
    new = make_zip(tmp_path / "2.zip", {"ada_01_elbo.ipynb": b"2"}, datetime(2026, 11, 2))
    assert run(new, old)[0] == 0
    assert files_in(course) == {f"ada/{LESSON}/{LESSON}.ipynb": b"2"}
    assert attempts(course, "ada") == {"1_01_elbo.ipynb": b"1"}


def test_files_that_could_harm_or_mislead_are_left_out(run, course, tmp_path):
    files = {
        "ada/01_elbo/01_elbo.ipynb": b"1",
        "ada/01_elbo/timestamp.txt": b"1999-01-01 00:00:00 UTC",
        "ada/01_elbo/page.html": b"<script>",
        "ada/01_elbo/data.csv": b"1,2",
        "ada/01_elbo/big.npy": bytes(21 * 2**20),
        "ada/01_elbo/.hidden.png": b"1",
        "ada/01_elbo/a\u202eb.png": b"1",
    }
    status, out, _ = run(make_zip(tmp_path / "a.zip", files))
    assert status == 0
    assert sorted(files_in(course)) == [f"ada/{LESSON}/{LESSON}.ipynb", f"ada/{LESSON}/data.csv"]
    assert "left out (4):" in out
    assert "a file may have 20 MB" in out
    assert "1999" not in (course / "submitted" / "ada" / LESSON / "timestamp.txt").read_text()


def test_files_beside_a_file_that_is_no_notebook_do_not_compete_with_it(run, course, tmp_path):
    files = {
        "ada/01_elbo/01_elbo.zip": b"1",
        "ada/01_elbo/01_elbo.txt": b"2",
        "ada/01_elbo/a.png": b"3",
    }
    run(make_folder(tmp_path / "given", {n: c for n, c in files.items() if ".txt" not in n}))
    assert sorted(files_in(course)) == [f"ada/{LESSON}/{LESSON}.zip", f"ada/{LESSON}/a.png"]


def test_the_time_is_one_that_nbgrader_reads(run, course, tmp_path):
    run(make_zip(tmp_path / "a.zip", {"ada_01_elbo.ipynb": b"1"}))
    folder = course / "submitted" / "ada" / LESSON
    read = CourseDirectory().get_existing_timestamp(str(folder))
    local = datetime(2026, 11, 20, 12, 30, 8).astimezone(UTC)
    assert read.replace(tzinfo=UTC) == local


def test_a_time_in_utc_in_a_zip_entry_comes_before_the_local_one():
    info = zipfile.ZipInfo("a", (2026, 1, 1, 0, 0, 0))
    info.extra = b"\x99\x99\x01\x00x" + b"UT\x05\x00\x01" + (1_700_000_000).to_bytes(4, "little")
    assert archive._time_of(info) == datetime.fromtimestamp(1_700_000_000, UTC)
    info.extra = b"UT\x05\x00"  # cut off
    assert archive._time_of(info) is not None
    assert archive._time_of(zipfile.ZipInfo("a")) is None
    info.date_time = (2026, 0, 0, 0, 0, 0)
    assert archive._time_of(info) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.ipynb", ".ipynb"),
        ("a.ipynb.txt", ".ipynb.txt"),
        ("A.IPYNB", ".IPYNB"),
        ("a.pdf", ""),
        (".py", ""),
    ],
)
def test_endings(name, expected):
    assert ending(name) == expected


# ---------------------------------------------------------------------------------------- roster


def students(*rows):
    return Roster([Student(*row) for row in rows])


def found(roster, **given):
    about = {"platform": "canvas", "person": "", "platform_id": "", "file_name": "a.ipynb"} | given
    rest = {"late": False, "attempt": 1, "when": None, "read": bytes, "source": "", "size": 0}
    return roster.find(HandedIn(**about, **rest, given_name=about["file_name"]))[:2]


@pytest.mark.parametrize(
    "person",
    [
        "Ada Lovelace",
        "LOVELACE, ADA",
        "lovelaceada",
        "adalovelace",
        "Lovelace  Ada",
        "Àda Lovelacé",
    ],
)
def test_a_name_is_found_however_it_is_written(person):
    assert found(students(("a1", "Ada", "Lovelace")), person=person) == ("a1", "")


def test_a_name_that_two_have_is_reported_and_not_matched():
    roster = students(("a1", "Ada", "Lovelace"), ("a2", "Lovelace", "Ada"))
    student, reason = found(roster, person="Ada Lovelace")
    assert (student, reason) == ("", "a1 and a2 of the roster both fit")


def test_a_number_comes_before_a_name_unless_it_is_another_person_s():
    roster = students(("a1", "Ada", "Lovelace", "", "7"), ("a2", "Ada", "Lovelace", "", "8"))
    assert found(roster, person="lovelaceada", platform_id="8") == ("a2", "")
    assert found(roster, person="lovelacecountess", platform_id="8") == ("a2", "")
    assert found(roster, person="countess", platform_id="8") == ("a2", "")
    two_ways = "12_a.ipynb"  # somebody called "eve_8", whose number is another one
    assert found(roster, person="lovelace", platform_id="8", file_name=two_ways) == ("a2", "")
    student, reason = found(roster, person="eve", platform_id="8", file_name=two_ways)
    assert student == ""
    assert "number is that of a2, but the name eve is another one" in reason


def test_ids_and_emails_are_found():
    roster = students(("a1", "Ada", "Lovelace", "Ada@Uni.edu"))
    assert found(roster, platform="gradescope", platform_id="a1") == ("a1", "")
    assert found(roster, platform="gradescope", email="ada@uni.edu") == ("a1", "")
    assert found(roster, platform="plain", person="ada@uni.edu") == ("a1", "")
    assert found(roster, platform="plain", person="a1") == ("a1", "")


def test_a_name_of_canvas_that_holds_the_number_of_another_user_is_no_key_to_their_folder(
    run, course, roster, tmp_path
):
    files = {
        "lovelaceada_101_9001_01_elbo.ipynb": b"1",
        "eve_101_666_9999_01_elbo-1.ipynb": b"2",  # of "eve_101", user 666
        "oneillzo\u00eb_102_9002_01_elbo.ipynb": b"3",
    }
    download = make_zip(tmp_path / "a.zip", files)
    for options in (["--roster", roster], []):
        status, out, _ = run(download, *options)
        assert status == 1
        assert "eve_101_666_9999_01_elbo-1.ipynb: its n" in out
        assert set(files_in(course).values()) == {b"1", b"3"}


def test_two_people_of_a_download_are_never_joined(run, course, roster, tmp_path):
    files = {"lovelaceada_7_1_01_elbo.ipynb": b"1", "lovelaceada_8_2_01_elbo.ipynb": b"2"}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files), "--roster", roster)
    assert status == 1
    assert out.count("two people of this download fit ada: give them their numbers") == 2
    assert not (course / "submitted").exists()


def test_who_is_not_on_the_roster_is_reported_and_not_copied(run, course, roster, tmp_path):
    status, out, _ = run(
        make_zip(tmp_path / "a.zip", {"eve_9_1_a.ipynb": b"1"}), "--roster", roster
    )
    assert status == 1
    assert "eve_9_1_a.ipynb: eve is not on the roster" in out
    assert not (course / "submitted").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,mail\na,b\n", ["should name the columns id,", "seen: name, mail"]),
        (b"", ["seen: nothing"]),
        (b"id\n", ["no student below the header"]),
        (b"id\nada\nada\n", ["row 3, id 'ada': the id stands there twice"]),
        (b"id,email\n,a@b.c\n", ["row 2", "empty"]),
        (b"id\n=1+1\n", ["begins with ="]),
        (b"id\na/b\n", ["cannot hold /"]),
        (b"id\n..\n", ["begin with a dot"]),
        (b"id\na*b\n", ["holds *"]),
        ("id\nada\n".encode("utf-16"), ["not a CSV file in UTF-8", "CSV UTF-8"]),
    ],
)
def test_a_roster_that_is_none_is_refused(run, tmp_path, content, words):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    refused(run(make_zip(tmp_path / "a.zip", CANVAS), "--roster", path), "roster.csv", *words)


@pytest.mark.parametrize(
    "text", ["id;email;first_name\r\nada;a@b.c;Ada\r\n", "email\tid\n\nx\tada\n"]
)
def test_rosters_of_other_programs_are_read(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    assert list(Roster.read(path).students) == ["ada"]


def test_safe_ids_keep_people_apart():
    ids = [
        safe_id(*who)
        for who in (("a*b", ""), ("a?b", ""), ("a-b", ""), ("..", ""), ("", "1"), ("", "-1"))
    ]
    assert len(set(ids)) == len(ids)
    assert not any(problem_with_name(i) or i.startswith(".") for i in ids)
    assert safe_id("Ada Lovelace", "12") == "Ada-Lovelace_12"
    assert len(safe_id("x" * 500, "1" * 500)) <= 140


def test_names_of_any_script_have_keys():
    assert name_keys("हिन्दी", "") == name_keys("हिन्दी")
    assert name_keys("...") == set()


# ----------------------------------------------------------------------------------- run it again


def test_the_same_download_again_changes_nothing(run, course, roster, tmp_path):
    download = make_zip(tmp_path / "a.zip", CANVAS)
    run(download, "--roster", roster)
    before = {p: p.read_bytes() for p in course.rglob("*") if p.is_file()}
    status, out, _ = run(download, "--roster", roster)
    assert status == 0
    assert "unchanged (5): ada, don, juergen, taro, zoe" in out
    assert "taken" not in out
    assert {p: p.read_bytes() for p in course.rglob("*") if p.is_file()} == before


def handed_in_twice(run, tmp_path, *options):
    run(make_zip(tmp_path / "1.zip", {"ada/01_elbo.ipynb": b"1", "ada/a.csv": b"1"}))
    later = {"ada/01_elbo.zip": b"2", "ada/b.png": b"2"}
    return run(make_zip(tmp_path / "2.zip", later, datetime(2026, 11, 21)), *options)


def test_another_file_replaces_the_one_before_which_is_kept(run, course, tmp_path):
    status, out, _ = handed_in_twice(run, tmp_path)
    assert status == 0
    assert "replaced (1): ada" in out
    assert (
        "ada: replaced, the file before is kept as .vae-course/attempts/01_elbo/ada/1_01_elbo.ipynb\n"
        in out
    )
    assert files_in(course) == {f"ada/{LESSON}/{LESSON}.zip": b"2", f"ada/{LESSON}/b.png": b"2"}
    assert attempts(course, "ada") == {"1_01_elbo.ipynb": b"1"}  # the table held the same byte


@pytest.fixture
def judged(course):
    """Say that ada's first file was graded, as the journal would."""

    def judged():
        file = course / "submitted" / "ada" / LESSON / f"{LESSON}.ipynb"
        key = journal_key(file, Lesson.load(LESSON), "ada", course_key(course))
        Journal(course / ".vae-course" / f"{LESSON}.jsonl").keep(key, Verdict(LESSON, [], []))

    return judged


@pytest.mark.parametrize("known", ["journal", "gradebook"])
@pytest.mark.parametrize("keep", [False, True])
def test_a_graded_file_is_not_replaced_silently(
    run, course, tmp_path, judged, monkeypatch, known, keep
):
    run(make_zip(tmp_path / "1.zip", {"ada/01_elbo.ipynb": b"1"}))
    if known == "journal":
        judged()
    else:
        monkeypatch.setattr(collect, "graded_students", lambda *_: {"ada"})
    later = make_zip(tmp_path / "2.zip", {"ada/01_elbo.ipynb": b"2"}, datetime(2026, 11, 21))
    status, out, _ = run(later, *(["--keep"] if keep else []))
    assert status == 0
    if keep:
        assert "graded file kept (1): ada" in out
        assert "Next" not in out
        assert files_in(course) == {f"ada/{LESSON}/{LESSON}.ipynb": b"1"}
        assert record(course)["ada"]["sha256"] == collect_digest(b"1")
    else:
        assert "it was graded: grade the lesson again" in out
        assert f"Next: vae-course grade {LESSON} --course {course}\n" in out
        assert files_in(course) == {f"ada/{LESSON}/{LESSON}.ipynb": b"2"}
        assert attempts(course, "ada") == {"1_01_elbo.ipynb": b"1"}


def collect_digest(content):
    from autograder.classes.platforms.record import digest

    return digest(content)


def test_an_older_download_does_not_undo_a_later_one(run, course, tmp_path):
    new = {"a_1_90_01_elbo-1.ipynb": b"2"}
    run(make_zip(tmp_path / "2.zip", new))
    status, out, _ = run(make_zip(tmp_path / "1.zip", {"a_1_80_01_elbo.ipynb": b"1"}))
    assert status == 0
    assert "older than what is there (1): a_1" in out
    assert files_in(course) == {f"a_1/{LESSON}/{LESSON}.ipynb": b"2"}
    assert attempts(course, "a_1") == {"1_01_elbo.ipynb": b"1"}


def test_a_file_that_a_teacher_mended_stays(run, course, tmp_path):
    download = make_zip(tmp_path / "1.zip", {"ada/01_elbo.ipynb": b"1"})
    run(download)
    (course / "submitted" / "ada" / LESSON / f"{LESSON}.ipynb").write_bytes(b"mended")
    _status, out, _ = run(download)
    assert "ada: left as it is: the file was changed here" in out
    assert files_in(course) == {f"ada/{LESSON}/{LESSON}.ipynb": b"mended"}


def test_a_person_who_has_two_ids_is_named(run, course, roster, tmp_path):
    download = make_zip(tmp_path / "a.zip", CANVAS)
    run(download)
    _, out, _ = run(download, "--roster", roster)
    assert "ada: the same person was collected as lovelaceada_101 before" in out


def test_a_damaged_record_is_refused(run, course, tmp_path):
    path = course / ".vae-course" / "collected" / f"{LESSON}.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"ada": {"plat')
    refused(
        run(make_zip(tmp_path / "a.zip", CANVAS)), "damaged", "collect the same downloads again"
    )


# ------------------------------------------------------------------------------- hostile downloads


def test_a_missing_or_damaged_download_is_refused(run, course, tmp_path):
    refused(run(tmp_path / "no.zip"), "no.zip: no such file or folder")
    whole = make_zip(tmp_path / "a.zip", CANVAS).read_bytes()
    start = whole.index(b"PK\x01\x02")
    (tmp_path / "b.zip").write_bytes(whole[:start] + b"xxxx" + whole[start + 4 :])
    refused(run(tmp_path / "b.zip"), "b.zip: a damaged zip file", "Download it again")
    (tmp_path / "empty").mkdir()
    refused(run(tmp_path / "empty"), "no files inside")
    refused(run(tmp_path / "a.zip", "--course", tmp_path / "gone"), "gone: no such folder")
    assert list(course.rglob("*.ipynb")) == []


def test_the_folder_of_the_class_is_no_download(run, course, tmp_path):
    for path in (course, tmp_path, course / "submitted"):
        path.mkdir(exist_ok=True)
        refused(run(path), "holds the class itself")


def test_reasons_and_names_of_files_are_shown_in_one_line(run, tmp_path):
    files = {**GRADESCOPE, "assignment_77_export/x\n\x1b[31m\u202e/01_elbo.ipynb": b"1"}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files))
    assert status == 1
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "does not name x \ufffd[31m\ufffd\n" in out


def test_a_zip_bomb_is_refused(run, course, tmp_path, monkeypatch):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"a_{number + 1}_1_a.ipynb", bytes(2**20))
    (tmp_path / "bomb.zip").write_bytes(bomb.getvalue())
    monkeypatch.setattr(archive, "MAY_GROW", 2**20)
    refused(run(tmp_path / "bomb.zip"), "would unpack to 3 files and 3 MB", "zip bomb")
    assert not (course / "submitted").exists()


@pytest.mark.parametrize("make", [make_zip, make_folder])
def test_too_many_files_are_refused(run, tmp_path, monkeypatch, make):
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    refused(run(make(tmp_path / "a.zip", CANVAS)), "files")


def test_a_file_that_is_too_large_or_says_less_than_it_holds_is_reported(
    run, course, tmp_path, monkeypatch
):
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    files = {"ada_01_elbo.ipynb": bytes(101), "ben_01_elbo.ipynb": b"1"}
    status, out, _ = run(make_zip(tmp_path / "a.zip", files))
    assert status == 1
    assert "ada_01_elbo.ipynb: 0 MB, more than 0 MB" in out
    assert students_in(course) == ["ben"]


def test_paths_that_climb_out_and_links_are_reported(run, course, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("../ada/x.ipynb", "/ben/x.ipynb", "C:\\cy\\x.ipynb", "a/../../x.ipynb"):
            file.writestr(name, b"1")
        link = zipfile.ZipInfo("dan/x.ipynb")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("eve/x.ipynb", b"1")
    status, out, _ = run(path)
    assert status == 1
    assert out.count("its path leads out of the download") == 4
    assert "dan/x.ipynb: a link: links are not followed" in out
    assert students_in(course) == ["eve"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "class"]


@pytest.mark.parametrize("name", ["..", ".", "...", "a/..", "-", "=1", "\u202e", "x" * 300])
def test_no_name_of_a_person_leads_out_or_becomes_a_bad_folder(name):
    made = safe_id(name, "")
    assert made
    assert "/" not in made
    assert not made.startswith(".")
    assert problem_with_name(made) == ""


def test_links_in_a_folder_are_reported(run, course, tmp_path):
    folder = make_folder(tmp_path / "given", {"ada/x.ipynb": b"1"})
    (tmp_path / "secret.ipynb").write_bytes(b"secret")
    (folder / "ben").mkdir()
    os.symlink(tmp_path / "secret.ipynb", folder / "ben" / "x.ipynb")
    os.symlink(tmp_path, folder / "cy")
    status, out, _ = run(folder)
    assert status == 1
    assert out.count("a link: links are not followed") == 2
    assert files_in(course) == {f"ada/{LESSON}/{LESSON}.ipynb": b"1"}


def test_nothing_is_written_through_a_link_in_submitted(run, course, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course / "submitted").mkdir()
    os.symlink(tmp_path / "elsewhere", course / "submitted" / "ada")
    status, out, _ = run(make_folder(tmp_path / "given", {"ada/x.ipynb": b"1", "ada/d/a.csv": b""}))
    assert status == 1
    assert "submitted/ada is a link" in out
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_below_a_lesson_s_folder_is_not_followed(run, course, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course / "submitted" / "ada" / LESSON).mkdir(parents=True)
    os.symlink(tmp_path / "elsewhere", course / "submitted" / "ada" / LESSON / "d")
    _, out, _ = run(make_folder(tmp_path / "given", {"ada/x.ipynb": b"1", "ada/d/a.csv": b""}))
    assert "behind a link" in out
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_entry_that_cannot_be_read_is_reported_and_stops_nobody_else(run, course, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("ada/x.ipynb", b"the work of ada")
        file.writestr("ben/x.ipynb", b"2")
    path.write_bytes(path.read_bytes().replace(b"work of ada", b"work of eve"))
    status, out, _ = run(path)
    assert status == 1
    assert "ada/x.ipynb: cannot be read from the zip file (Bad CRC-32" in out
    assert students_in(course) == ["ben"]


def test_metadata_is_read_without_making_objects():
    text = b"a: !ruby/object:Kernel\n  :submitters:\n  - :name: x\nb: !ruby/sym y\nc: !x [1]\n"
    loaded = gradescope.yaml.load(text, Loader=gradescope._Loader)
    assert loaded == {"a": {":submitters": [{":name": "x"}]}, "b": "y", "c": [1]}


LATE_RULE = "[late]\npercent_per_day = 10\ngrace_minutes = 15\n"
DEADLINE = f"[lessons.{LESSON}]\ndeadline = 2026-11-13T23:59:00Z\n"
EXTENSION = f"[extensions]\nzoe = {{ {LESSON} = 2026-12-01T00:00:00Z }}\n"


@pytest.mark.parametrize(
    ("settings", "when"),
    [
        ("", None),
        (LATE_RULE, None),
        (DEADLINE, "2026-11-14 00:00:00 UTC\n"),
        (DEADLINE + LATE_RULE, "2026-11-14 00:15:00 UTC\n"),
        (DEADLINE + LATE_RULE + EXTENSION, None),
    ],
)
def test_of_canvas_only_the_mark_late_counts_as_a_time(
    run, course, roster, tmp_path, settings, when
):
    (course / "settings.toml").write_text(settings)
    path = make_zip(tmp_path / "submissions.zip", CANVAS, datetime(2026, 11, 20))
    _, out, _ = run(path, "--roster", roster)
    times = {p.parent.parent.name: p.read_text() for p in course.rglob("timestamp.txt")}
    assert times == ({"zoe": when} if when else {})
    assert ("LATE counts as the first day" in out) == (
        LATE_RULE in settings and bool(DEADLINE in settings)
    )
    assert ("LATE costs nothing" in out) == (settings == LATE_RULE)


def test_a_deadline_that_is_written_later_counts_after_the_same_command_again(
    run, course, roster, tmp_path
):
    path = make_zip(tmp_path / "submissions.zip", CANVAS)
    run(path, "--roster", roster)
    (course / "settings.toml").write_text(DEADLINE)
    assert "unchanged" in run(path, "--roster", roster)[1]
    stamp = course / "submitted" / "zoe" / LESSON / "timestamp.txt"
    assert stamp.read_text() == "2026-11-14 00:00:00 UTC\n"
    stamp.write_text("2026-11-16 08:00:00 UTC\n")  # a teacher knows better
    run(path, "--roster", roster)
    assert stamp.read_text() == "2026-11-16 08:00:00 UTC\n"


def test_several_lessons_are_collected_with_one_command(course, tmp_path, capsys):
    paths = [
        make_zip(tmp_path / f"{n}.zip", {f"ada_{n}.ipynb": n.encode()}) for n in lesson_names()[:3]
    ]
    names = lesson_names()[:2]
    arguments = [names[0], paths[0], names[1], *paths[1:]]
    status = main(["collect", "--course", str(course), *map(str, arguments)])
    assert status == 1  # the third file is of another lesson
    found = {p.name for p in course.rglob("*.ipynb")}
    assert found == {f"{n}.ipynb" for n in names}
    out = capsys.readouterr().out
    assert all(f"{n}: files of 1 student" in out for n in names)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([LESSON], f"{LESSON}: no download"),
        ([LESSON, "a.zip", "02_vae"], "02_vae: no download"),
        ([LESSON, "a.zip", LESSON, "b.zip"], f"{LESSON}: named twice"),
        (["a.zip", LESSON], "no lesson 'a.zip'"),
    ],
)
def test_lessons_without_downloads_or_named_twice_are_refused(course, capsys, arguments, words):
    status = main(["collect", "--course", str(course), *arguments])
    refused((status, *capsys.readouterr()), words)


def test_the_notebook_of_another_lesson_is_reported_and_not_taken(run, course, tmp_path):
    other = Lesson.load("02_vae")
    theirs = nbformat.writes(make_submission(other, reference_answers(other))).encode()
    files = {"ada_101_1_01_elbo.ipynb": notebook("ada"), "zoe_102_2_work.ipynb": theirs}
    download = make_zip(tmp_path / "my files.zip", files)
    status, out, _ = run(download)
    assert status == 1
    assert (
        f"zoe_102_2_work.ipynb: the notebook of 02_vae, not taken (zoe_102): "
        f"vae-course collect 02_vae '{download}'"
    ) in out
    assert students_in(course) == ["ada_101"]
