"""Hostile and broken submissions: no undeserved point, none lost elsewhere, no leak, no harm."""

import os
import socket

import nbformat
import pytest

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.grading.judge import judge
from autograder.grading.report import as_json, diagnosis_message
from autograder.grading.salvage import salvage
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker import Limits, Worker
from autograder.source.lesson import Lesson
from tests.sandbox import red_team
from tests.sandbox.red_team import ATTACKS, LEAK, RIGHT, TARGET

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
LIMITS = Limits(cpu_seconds=4, wall_seconds=8, memory_bytes=2**30)
TOKEN = "token-of-the-grader"


def neighbours(lesson, exercise):
    """The honest work beside an attack: the exercises before and after it, whose cells run before and after."""
    answers = reference_answers(Lesson.load(lesson))
    place = list(answers).index(exercise)
    return {name: answers[name] for i, name in enumerate(answers) if abs(i - place) == 1}


NEIGHBOURS = neighbours(red_team.LESSON, TARGET)


@pytest.fixture(scope="module")
def guarded():
    """A worker with tight limits, on a machine that has something to protect."""
    os.environ["VAE_COURSE_TEST_TOKEN"] = TOKEN
    with Worker(LIMITS) as worker:
        yield worker
    del os.environ["VAE_COURSE_TEST_TOKEN"]


@pytest.fixture
def server():
    """A server of this machine, which no submission may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def grade(answers, worker, folder, lesson=red_team.LESSON):
    path = folder / "a.ipynb"
    beside = neighbours(lesson, next(iter(answers)))
    path.write_text(nbformat.writes(make_submission(Lesson.load(lesson), beside | answers)))
    return judge(salvage(path), worker)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.kind}-{a.id.replace(' ', '-')}")
def test_an_attack_gets_what_it_is_worth_and_harms_nobody(attack, guarded, server, tmp_path):
    secret = tmp_path / "secret_of_the_test.txt"
    secret.write_text(TOKEN)
    source = attack.source.replace("@SECRET@", str(secret)).replace("@TOKEN@", TOKEN)
    answer = {attack.exercise: source.replace("@PORT@", str(server))}
    verdict = grade(answer, guarded, tmp_path, attack.lesson)
    result = verdict.of(attack.exercise)
    expected = {"full": result.max_score, "nothing": 0.0}.get(attack.worth)
    if expected is None:
        assert result.score < result.max_score
    else:
        assert result.score == expected, result.details
    if attack.status is not None:
        assert result.status == attack.status
    others = {name: verdict.of(name).status for name in neighbours(attack.lesson, attack.exercise)}
    assert set(others.values()) == {"correct"}, others
    assert LEAK not in as_json("a", verdict)
    # A line break would begin a line in the grader's voice.
    said = [diagnosis_message(result), *result.details.values(), *verdict.repairs]
    assert "\n" not in "".join(said)
    assert secret.read_text() == TOKEN


def test_the_next_student_is_graded_as_ever_and_no_process_is_left(guarded, tmp_path):
    daemon = next(a for a in ATTACKS if a.id == "a daemon left behind")
    grade({TARGET: daemon.source}, guarded, tmp_path)
    verdict = grade({TARGET: RIGHT}, guarded, tmp_path)
    assert all(verdict.of(name).status == "correct" for name in (TARGET, *NEIGHBOURS))
    import psutil

    family = psutil.Process(guarded.process.pid).children(recursive=True)
    assert [p.name() for p in family if p.status() != psutil.STATUS_ZOMBIE][2:] == []


LOCKED = """
import os
for top in ('/dev/shm/x', 'x', '/tmp/x'):
    try:
        os.makedirs(top + '/y')
        open(top + '/y/secret', 'wb').write(b'LEFT' * 2**20)
        os.chmod(top + '/y', 0)
        os.chmod(top, 0)
    except OSError: pass
for place in ('/', '/usr', '/course', '/course/autograder', '/etc', '/dev', '/dev/shm', '/tmp', '/usr/share'):
    for change in (lambda: os.utime(place, ns=(7 * 10**18, 7 * 10**18)), lambda: os.chmod(place, 0)):
        try: change()
        except OSError: pass
"""
FIND = """
import os
found = []
for top in ('/dev/shm/x', 'x', '/tmp/x'):
    try:
        os.chmod(top, 0o700)
        found.append(top)
    except OSError: pass
for place in ('/', '/usr', '/course', '/course/autograder', '/etc', '/dev', '/dev/shm', '/tmp', '/usr/share'):
    if os.stat(place).st_mtime_ns == 7 * 10**18: found.append(place)
left = os.statvfs('/dev/shm')
if left.f_bfree != left.f_blocks: found.append('memory')
if found: raise RuntimeError('MARK' + str(found))
"""


def test_what_a_student_locks_away_is_gone_for_the_next_and_costs_nobody_a_point(guarded, tmp_path):
    grade({TARGET: LOCKED + RIGHT}, guarded, tmp_path)
    verdict = grade({TARGET: FIND + RIGHT}, guarded, tmp_path)
    assert verdict.of(TARGET).status == "correct", verdict.of(TARGET).diagnosis
    assert all(verdict.of(name).status == "correct" for name in NEIGHBOURS)


def test_a_mark_left_by_one_student_is_gone_for_the_next(guarded, tmp_path):
    find = next(a for a in ATTACKS if a.id == "a mark left by another exercise")
    mark = next(a for a in ATTACKS if a.id == "a mark for other exercises")
    grade({TARGET: mark.source}, guarded, tmp_path)
    assert LEAK not in as_json("a", grade({TARGET: find.source}, guarded, tmp_path))
