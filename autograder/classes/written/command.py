"""`vae-course mark`: serve the marking page until Ctrl-C."""

from __future__ import annotations

import html
import os
import sys
import tempfile
import webbrowser
from pathlib import Path

from autograder.classes.course_folder.configuration import address, gradebook_exists
from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.platforms.roster import in_lines
from autograder.classes.results.table import how_many_wait
from autograder.classes.written.desk import Desk
from autograder.classes.written.server import MarkingServer
from autograder.errors import CourseError


def mark_answers(
    name: str, course: Path, names: bool, port: int, browser: bool, db: str | None
) -> None:
    """Serve the page of a lesson, and say at the end what still waits.

    Args:
        name: Name of the lesson.
        course: Folder of the class, in which it was graded.
        names: Whether students are named.
        port: Where to listen; 0 takes any free port.
        browser: Whether to open the page.
        db: Address of the gradebook; default: that of the course.

    Raises:
        CourseError: If there is nothing to mark, or the port is taken.
    """
    db = address(course, db)
    if not gradebook_exists(db):
        raise CourseError(
            f"{course}: there is no gradebook. Run `vae-course grade {name}` first, or name another folder "
            "with --course."
        )
    desk = Desk(lesson_of(name, course), course, db, names)
    for line in in_lines("left out, their autograded notebooks cannot be read", desk.unread):
        print(line)
    private = tempfile.TemporaryDirectory(prefix="vae-course-")  # its mode is 0700
    with MarkingServer(desk, port) as server, private as folder:
        print(f"{how_many_wait(desk.waiting)}. Mark them at {server.address}")
        print("The address is for you alone. End with Ctrl-C.", flush=True)
        if browser and _has_screen():
            webbrowser.open(_door(Path(folder), server.address).as_uri())
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(f"\n{how_many_wait(desk.waiting)}. Next: vae-course grade {name}")


def _door(folder: Path, address: str) -> Path:
    """Write a file that leads to an address: everybody can read what is on a browser's command line."""
    path = folder / "mark.html"
    path.touch(mode=0o600)
    link = html.escape(address)
    path.write_text(
        f'<!DOCTYPE html>\n<meta http-equiv="refresh" content="0;url={link}">\n<a href="{link}">Mark</a>\n',
        encoding="utf-8",
    )
    return path


def _has_screen() -> bool:
    """Return whether a browser would have a window; one of the terminal would take its place."""
    on_linux = sys.platform == "linux"
    return not on_linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
