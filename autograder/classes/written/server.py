"""Serve the marking page on this machine to whoever knows its address, which holds a random token."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from autograder.classes.feedback import page as feedback
from autograder.classes.written.desk import Desk
from autograder.errors import CourseError

HERE = Path(__file__).parent
FILES = {
    "": (HERE / "mark.html", "text/html"),
    "mark.css": (HERE / "mark.css", "text/css"),
    "mark.js": (HERE / "mark.js", "text/javascript"),
    "feedback.css": (feedback.HERE / "feedback.css", "text/css"),
}
PICTURES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
MAX_BODY = 100_000  # bytes of what the page sends
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
}


class MarkingServer(ThreadingHTTPServer):
    """The server of one desk, for this machine only.

    Args:
        desk: What is shown and written.
        port: Where to listen; 0 takes any free port.

    Attributes:
        address: What to open in a browser.

    Raises:
        CourseError: If the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = False  # two servers at one port would mix up their pages

    def __init__(self, desk: Desk, port: int = 0) -> None:
        self.desk, self.token = desk, secrets.token_urlsafe(24)
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CourseError(
                f"Port {port} cannot be used ({error.strerror}). Leave out --port, or name another one."
            ) from None
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.address = f"{self.origin}/{self.token}/"


class Handler(BaseHTTPRequestHandler):
    """Answer requests that know the token and come from our own page."""

    server: MarkingServer
    timeout = 60  # seconds for a request to arrive

    def do_GET(self) -> None:
        """Send the page, its parts, or what it asks for."""
        path = self._path()
        if path is None:
            return
        if path in FILES:
            file, kind = FILES[path]
            return self._reply(200, kind, file.read_bytes())
        what, *rest = path.split("/")
        if what == "state" and not rest:
            return self._answer(self.server.desk.state)
        if what == "answer" and len(rest) == 2 and rest[1].isdecimal():
            return self._answer(lambda: {"html": self.server.desk.answer(rest[0], int(rest[1]))})
        if what == "files" and len(rest) > 2 and rest[1].isdecimal():
            return self._picture(rest[0], int(rest[1]), "/".join(rest[2:]))
        return self._refuse(404, "There is nothing here.")

    def do_POST(self) -> None:
        """Give points, or take the last ones back."""
        path = self._path()
        if path is None:
            return
        if self.headers.get("Origin") != self.server.origin:
            return self._refuse(403, "Only the marking page itself may write.")
        try:
            size = int(self.headers.get("Content-Length", ""))
            data = json.loads(self.rfile.read(size)) if 0 <= size <= MAX_BODY else None
        except (ValueError, RecursionError):
            data = None
        desk = self.server.desk
        match path, data:
            case "undo", {}:
                self._answer(desk.undo)
            case "mark", {
                "question": str(id),
                "group": int(number),
                "points": int() | float() | None as points,
                "comment": str(comment),
            } if not (isinstance(number, bool) or isinstance(points, bool)):
                self._answer(lambda: desk.give(id, number, points, comment))
            case _:
                self._refuse(400, "This is no message of the marking page.")

    def _path(self) -> str | None:
        """Return the path behind the token; None, and an answer is sent, if the request is not for us."""
        host = urlsplit(self.server.origin).netloc
        if (
            self.headers.get("Host") != host
        ):  # a name that somebody else's server gave to this machine
            self._refuse(403, "This page is for this machine only.")
            return None
        token, slash, path = urlsplit(self.path).path.removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self._refuse(403, "Open the whole address that `vae-course mark` has printed.")
            return None
        return unquote(path)

    def _answer(self, make: Callable[[], dict[str, Any]]) -> None:
        """Send what a function returns, or the line that says why it cannot."""
        try:
            content = make()
        except CourseError as error:
            return self._refuse(409, str(error))
        return self._reply(200, "application/json", json.dumps(content).encode())

    def _picture(self, id: str, number: int, name: str) -> None:
        """Send a picture that lies beside the answer."""
        try:
            folder = self.server.desk.folder(id, number).resolve()
            file = (folder / name).resolve()
            kind = PICTURES[file.suffix.lower()]
            if not file.is_relative_to(folder):
                raise OSError
            content = file.read_bytes()
        except (CourseError, OSError, KeyError, ValueError):
            return self._refuse(404, "There is no such picture.")
        return self._reply(200, kind, content)

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True  # what the request still holds is not read
        self._reply(status, "text/plain", f"{reason}\n".encode("utf-8", "replace"))

    def _reply(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header(
            "Content-Type", kind if kind in PICTURES.values() else f"{kind}; charset=utf-8"
        )
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        """Return the name of the server, without versions."""
        return "vae-course"

    def log_message(self, *_: object) -> None:
        """Say nothing: paths hold the token."""
