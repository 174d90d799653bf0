"""A feedback page that takes too long is not tried again while nothing changes."""

import shutil

import pytest

from autograder.classes import journal, pool
from autograder.classes.grade_class import _write_pages
from autograder.classes.pool import UNWRITTEN, FeedbackTask, Incident
from autograder.files import ROOT
from autograder.sandbox.limited import Ended

LONG = Incident("it takes too long", "details", lasting=True)
PASSING = Incident("the database is locked")


class Clerk:
    """A pool that gives each page the same result, and remembers which ones it was given."""

    def __init__(self, result):
        self.result, self.given = result, []

    def done(self, tasks):
        for task in tasks:
            self.given.append(task.student)
            yield task, self.result


def tried(course, result, key="key of ann"):
    """Which pages are tried in one run."""
    clerk = Clerk(result)
    pages = [FeedbackTask(student, "lesson", course, "sqlite://") for student in ("ann", "bob")]
    _write_pages(pages, {"ann": key, "bob": "key of bob"}, clerk, course)
    return clerk.given


def test_it_is_tried_again_when_the_submission_changed_or_the_instructor_says_so(tmp_path, capsys):
    assert tried(tmp_path, LONG) == ["ann", "bob"]
    said = capsys.readouterr().err
    assert "ann: no feedback page: it takes too long; incident" in said
    assert tried(tmp_path, None) == []
    assert "ann: no feedback page: it takes too long; incident" in capsys.readouterr().err
    assert tried(tmp_path, None, key="another file") == ["ann"]
    shutil.rmtree(tmp_path / UNWRITTEN)
    assert tried(tmp_path, None) == ["ann", "bob"]


@pytest.mark.parametrize("result", [None, PASSING, "its worker died"])
def test_other_pages_are_written_in_every_run(tmp_path, result):
    for _ in range(2):
        assert tried(tmp_path, result) == ["ann", "bob"]


def test_it_is_tried_again_when_the_code_that_writes_pages_changed(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "autograder/classes", tmp_path / "autograder/classes")
    with monkeypatch.context() as patch:
        patch.setattr(journal, "ROOT", tmp_path)
        journal.pages_version.cache_clear()
        before = journal.page_key("key")
        assert journal.page_key("key") == before != journal.page_key("another key")
        (tmp_path / "autograder/classes/nbgrader_plugin.py").write_text("# changed")
        journal.pages_version.cache_clear()  # as in the next run, which is another process
        assert journal.page_key("key") != before
    journal.pages_version.cache_clear()


@pytest.mark.parametrize(
    ("status", "said", "lasting"),
    [
        ("timeout", "takes too long", True),
        ("memory", "too much memory", True),
        ("crashed", "failed", False),
    ],
)
def test_the_incident_says_why_and_how_to_try_again(tmp_path, monkeypatch, status, said, lasting):
    def end(*_, **__):
        raise Ended(status)

    monkeypatch.setattr(pool, "limited", end)
    incident = FeedbackTask("ann", "lesson", tmp_path, "sqlite://").run(None)
    assert said in incident.reason
    assert incident.lasting is lasting
    assert UNWRITTEN in incident.details
