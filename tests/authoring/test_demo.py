"""The demo on one lesson: honest numbers, pages with pictures, and a folder in which nbgrader works anywhere."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from autograder.authoring.demo import MARK, SHOWN, Result, Student
from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.cli import main
from autograder.files import ROOT
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.source.lesson import Lesson, lesson_names

LESSON = Lesson.load(lesson_names()[1])
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
}
SERVER = ["jupyter", "server", "--no-browser", "--allow-root", "--IdentityProvider.token=test"]
# `jupyter lab` loads it too, from nbgrader's own settings.
FORMGRADER = "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Status, screen and folder of a demo that took the place of an earlier one and then was moved."""
    first = tmp_path_factory.mktemp("demo")
    (first / MARK).touch()
    (first / "submitted" / "earlier").mkdir(parents=True)
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen):
        status = main(["demo", LESSON.name, "--folder", str(first)])
    moved = first.with_name("ein anderer Ort für Übungen")
    first.rename(moved)
    return status, screen.getvalue().replace(str(first), str(moved)), moved


@pytest.fixture(scope="module")
def intruder(demo, tmp_path_factory):
    """Where a student's cells in the demo's folder would leave a file, read a secret, and end Python."""
    folder = tmp_path_factory.mktemp("outside")
    secret, left = folder / "secret", folder / "left"
    secret.write_text("the secret of this machine")
    answers = reference_answers(LESSON)
    a, b, c, *_ = answers
    answers[a] = f"open({str(left)!r}, 'w')\n{answers[a]}"
    answers[b] = f"def {b}(*args, **kwargs):\n    raise ValueError(open({str(secret)!r}).read())"
    answers[c] = f"import os\nos._exit(0)\n{answers[c]}"
    hand_in(make_submission(LESSON, answers), demo[2], "intruder", LESSON)
    return left


def expected_score():
    """All points but those of two exercises: the first cell only stops above a right answer."""
    first, _, _, *others = LESSON.exercises.values()
    return first + sum(others)


@pytest.mark.notebooks
def test_every_planted_mistake_is_named_and_right_work_gets_full_marks(demo):
    status, screen, folder = demo
    assert status == 0, screen
    (row,) = re.findall(rf"^{LESSON.name} .*$", screen, re.M)
    (handed_in, _, named, planted, full, right) = map(int, re.findall(r"\d+", row)[-6:])
    students = {p.name for p in (folder / "submitted").iterdir()}
    assert handed_in == len(students - {"intruder"}) >= 12
    assert named == planted >= 2 * len(LESSON.exercises)
    assert full == right == 3


@pytest.mark.notebooks
def test_the_end_fits_on_one_screen_and_shows_what_a_student_reads(demo):
    _, screen, folder = demo
    others = len(lesson_names()) - 1  # a line each in the whole demo
    assert len(screen.splitlines()) + others <= 32
    page = (folder / "feedback" / SHOWN / LESSON.name / f"{LESSON.name}.html").read_text()
    text = re.sub(r"<[^>]+>", " ", page)
    shown = screen[screen.index(f"What {SHOWN} reads") : screen.index("Open next")]
    messages = re.findall(r"points: ((?:[^\n]+\n(?:    [^\n]+\n)*))", shown)
    assert messages
    for message in messages:
        first_words = [re.escape(w) for w in message.replace("`", " ").split()[:6]]
        assert re.search(r"\s*".join(first_words), text), message


@pytest.mark.notebooks
def test_what_it_says_to_open_is_there(demo):
    _, screen, folder = demo
    paths = re.findall(rf"{re.escape(str(folder))}/.+\.(?:html|ipynb)$", screen, re.M)
    assert sorted(Path(p).suffix for p in paths) == [".html", ".ipynb"]
    assert all(Path(p).is_file() for p in paths)


@pytest.mark.notebooks
def test_feedback_pages_need_no_network_and_figures_lie_beside_them(demo):
    pages = list((demo[2] / "feedback").glob("*/*/*.html"))
    assert len(pages) >= 12
    stored = {p.name for p in (ROOT / "solutions" / LESSON.name / "figures").iterdir()}
    for page in pages:
        assert not re.search(r"<script|<link|(src|href)=.?https?:", page.read_text()), page
        assert {p.name for p in (page.parent / "figures").iterdir()} == stored


def test_a_mistake_that_is_not_named_is_counted_and_told(capsys):
    from autograder.authoring.demo import _summarise
    from autograder.classes.grade_class import Grade

    def exercise(name, id, score):
        return ExerciseVerdict(name, "", score, 4.0, {"id": id, "message": ""} if id else None)

    verdict = Verdict("x", [exercise("f", "sign", 0.0), exercise("g", "", 3.0)])
    students = [
        Student("ann", None, {"f": "sign", "g": "scale"}),
        Student("bob", None, right=True),
        Student("cy", None, {"f": "sign"}),
    ]
    grades = [Grade("ann", verdict), Grade("bob", verdict), Grade("cy", None, "crashed")]
    _summarise([Result("x", students, grades, 1.0)], 2.0)
    text = capsys.readouterr().out
    assert text.splitlines()[0].split()[-6:] == ["1", "of", "3", "0", "of", "1"]
    assert "not named: x ann g: scale, but told nothing" in text
    assert "not named: x cy f: sign, but told nothing" in text
    assert "lost points, though right: x bob" in text


@pytest.mark.notebooks
def test_nbgrader_autograde_in_the_moved_folder_judges_in_the_sandbox(demo, intruder):
    folder = demo[2]
    arguments = ["autograde", LESSON.name, "--student", "intruder"]
    done = subprocess.run(
        [PROGRAMS / "nbgrader", *arguments],
        cwd=folder,
        env={k: v for k, v in ENVIRONMENT.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not intruder.exists()
    autograded = folder / "autograded" / "intruder" / LESSON.name
    text = (autograded / f"{LESSON.name}.ipynb").read_text()
    assert "the secret of this machine" not in text
    assert "FileNotFoundError" in text
    assert "ended the Python process itself" in text
    assert list(autograded.glob("figures/*.png"))


@pytest.fixture(scope="module")
def formgrader(demo, intruder, tmp_path_factory):
    """Ask a formgrader that was started in the demo's folder."""
    port = 19765 + os.getpid() % 1000
    command = [sys.executable, "-m", *SERVER, FORMGRADER, f"--port={port}"]
    log = (tmp_path_factory.mktemp("server") / "log").open("w+")
    server = subprocess.Popen(
        [*command, "--ServerApp.port_retries=0"],
        cwd=demo[2],
        env=ENVIRONMENT,
        stdout=log,
        stderr=subprocess.STDOUT,
    )

    def ask(path, data=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/formgrader/{path}",
            data=data,
            headers={"Authorization": "token test"},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read()

    try:
        for _ in range(1200):
            try:
                ask("api/assignments")
                break
            except OSError:
                assert server.poll() is None, Path(log.name).read_text()
                time.sleep(0.25)
        yield ask
    finally:
        server.terminate()
        server.wait()
        log.close()


@pytest.mark.notebooks
def test_formgrader_in_the_moved_folder_lists_the_class(formgrader):
    (assignment,) = json.loads(formgrader("api/assignments"))
    assert assignment["name"] == LESSON.name
    students = {s["student"]: s for s in json.loads(formgrader(f"api/submissions/{LESSON.name}"))}
    assert students[SHOWN]["autograded"]
    assert students[SHOWN]["last_name"] == "mistakes a"


@pytest.mark.notebooks
def test_formgrader_s_autograde_button_judges_in_the_sandbox_and_shows_pictures(
    formgrader, intruder
):
    answer = json.loads(formgrader(f"api/submission/{LESSON.name}/intruder/autograde", b""))
    assert answer["success"], answer
    assert not intruder.exists()
    seen = json.loads(formgrader(f"api/submission/{LESSON.name}/intruder"))
    assert seen["score"] == expected_score()
    notebooks = json.loads(formgrader(f"api/submitted_notebooks/{LESSON.name}/{LESSON.name}"))
    (id,) = [n["id"] for n in notebooks if n["student"] == "intruder"]
    page = formgrader(f"submissions/{id}/").decode()
    assert "the secret of this machine" not in page
    sources = re.findall(r'<img[^>]+src="([^"]+)"', page)
    assert sources
    kinds = b"\x89PNG", b"<?xml"  # figures and drawings
    assert all(formgrader(f"submissions/{id}/{s}").startswith(kinds) for s in sources)


@pytest.mark.notebooks
def test_settings_that_do_not_load_end_nbgrader_instead_of_leaving_it_without_a_sandbox(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "autograder.py").write_text("raise RuntimeError('broken')")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", LESSON.name],
        cwd=tmp_path,
        env=ENVIRONMENT | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "nbgrader_config.py: RuntimeError: broken. Start nbgrader" in done.stderr


@pytest.mark.notebooks
@pytest.mark.skipif(
    sys.platform != "linux", reason="LOUD: graders are other processes on Linux only"
)
def test_ctrl_c_leaves_no_process_and_the_demo_can_be_run_again(tmp_path):
    folder = tmp_path / "demo"
    demo = subprocess.Popen(
        # More lessons, so that it is still at work when the signal comes, on a busy machine too.
        [
            sys.executable,
            "-m",
            "autograder.cli",
            "demo",
            LESSON.name,
            "03_cvae",
            "04_beta_vae",
            "06_gumbel_vae",
            "--folder",
            str(folder),
        ],
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    journal = folder / ".vae-course" / f"{LESSON.name}.jsonl"
    while demo.poll() is None and not journal.exists():  # until the first verdict
        time.sleep(0.05)
    family = psutil.Process(demo.pid).children(recursive=True)
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
    _, complaint = demo.communicate()
    assert demo.returncode == 130
    assert complaint.endswith("Stopped. Run the same command again to go on.\n")
    assert len(family) >= 2  # at least a judge and its worker
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    from autograder.authoring.demo import _clear

    _clear(folder)
    assert {p.name for p in folder.iterdir()} == {MARK}
