"""Serve the marking page on this machine to whoever knows its address, which holds a random token."""

from __future__ import annotations

import contextlib
import hmac
import json
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from autograder.classes.feedback import page as feedback
from autograder.classes.written.answers import MAX_PICTURE, PICTURES
from autograder.classes.written.desk import Desk
from autograder.errors import CourseError
from autograder.files import read_regular

HERE = Path(__file__).parent
FILES = {
    "mark.css": (HERE / "mark.css", "text/css"),
    "mark.js": (HERE / "mark.js", "text/javascript"),
    "feedback.css": (feedback.HERE / "feedback.css", "text/css"),
}
NUMBER = re.compile(r"[0-9]{1,9}")
ENCODED_SLASH = re.compile("%(?:2f|5c)", re.IGNORECASE)
MAX_BODY = 100_000  # bytes of what the page sends
MAX_WAITING = 32  # connections whose request has not arrived
ARRIVAL_SECONDS = 10  # for a whole request to arrive
PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Of all but the page: a learner's file that is opened by itself runs nothing and has no part in our origin.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
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
    request_queue_size = MAX_WAITING
    # On Windows two servers could share a port then, and mix up their pages.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, desk: Desk, port: int = 0) -> None:
        self.desk, self.token = desk, secrets.token_urlsafe(24)
        self._waiting: dict[Any, float] = {}  # connections and when they came, the oldest first
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CourseError(
                f"Port {port} cannot be used ({error.strerror}). Leave out --port, or name another one."
            ) from None
        self.host = f"127.0.0.1:{self.server_port}"
        self.origin = f"http://{self.host}"
        self.address = f"{self.origin}/{self.token}/"

    def server_close(self) -> None:
        """End the server."""
        super().server_close()
        self.desk.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Read a request in a thread; the connection that has waited longest makes room for it."""
        self._waiting[request] = time.monotonic()
        if len(self._waiting) > MAX_WAITING:
            self._hang_up(next(iter(self._waiting)))
        super().process_request(request, client_address)

    def arrived(self, request: Any) -> None:
        """Note that a request is there as a whole and may take its time."""
        self._waiting.pop(request, None)

    def service_actions(self) -> None:
        """Hang up on whoever takes too long to ask; called twice a second."""
        before = time.monotonic() - ARRIVAL_SECONDS
        for request, since in list(self._waiting.items()):
            if since < before:
                self._hang_up(request)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self.arrived(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what is our own fault; a connection that breaks is none."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"A request failed: {type(error).__name__}", file=sys.stderr)

    def _hang_up(self, request: Any) -> None:
        self.arrived(request)
        with contextlib.suppress(OSError):  # it is gone already
            request.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Answer requests that know the token and come from our own page."""

    server: MarkingServer
    timeout = ARRIVAL_SECONDS  # for a read or a write

    def do_GET(self) -> None:
        """Send the page, its parts, or what it asks for."""
        path = self._path()
        if path is None:
            return
        self.server.arrived(self.connection)
        desk = self.server.desk
        match path.split("/"):
            case [""]:
                self._page()
            case [name] if name in FILES:
                file, kind = FILES[name]
                self._reply(200, kind, file.read_bytes())
            case ["state"]:
                self._answer(desk.state)
            case ["answer", id, number] if NUMBER.fullmatch(number):
                self._answer(lambda: {"html": desk.answer(id, int(number))})
            case ["files", id, number, *names] if NUMBER.fullmatch(number):
                self._picture(id, int(number), "/".join(map(unquote, names)))
            case _:
                self._refuse(404, "There is nothing here.")

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
        self.server.arrived(self.connection)
        desk = self.server.desk
        match path, data:
            case "undo", {"seen": int(step)}:
                self._answer(lambda: desk.undo(step))
            case "mark", {
                "question": str(id),
                "group": int(number),
                "points": int() | float() | None as points,
                "comment": str(comment),
                "seen": str(seen),
            } if not (isinstance(number, bool) or isinstance(points, bool)):
                self._answer(lambda: desk.give(id, number, points, comment, seen))
            case _:
                self._refuse(400, "This is no message of the marking page.")

    def _path(self) -> str | None:
        """Return the path behind the token; None, and an answer is sent, if the request is not for us.

        It is as it was sent: a browser counts folders in that, so a slash that is encoded is refused.
        """
        token, slash, path = self.path.removeprefix("/").partition("/")
        known = slash and hmac.compare_digest(token.encode(), self.server.token.encode())
        if (
            self.headers.get("Host") != self.server.host
        ):  # a name that somebody gave to this machine
            self._refuse(403, "This page is for this machine only.")
        elif not known:
            self._refuse(403, "Open the whole address that `vae-course mark` has printed.")
        elif ENCODED_SLASH.search(path):
            self._refuse(404, "There is nothing here.")
        else:
            return path.partition("?")[0]
        return None

    def _page(self) -> None:
        """Send the page; a nonce, which nobody can know before, lets its script run and no other."""
        nonce = secrets.token_urlsafe(16)
        text = (HERE / "mark.html").read_text(encoding="utf-8")
        page = text.replace("<script ", f'<script nonce="{nonce}" ')
        self._reply(200, "text/html", page.encode(), PAGE_POLICY.format(nonce=nonce))

    def _answer(self, make: Callable[[], dict[str, Any]]) -> None:
        """Send what a function returns, or the line that says why it cannot."""
        try:
            content = make()
        except CourseError as error:
            return self._refuse(409, str(error))
        status = 409 if "conflict" in content else 200
        return self._reply(status, "application/json", json.dumps(content).encode())

    def _picture(self, id: str, number: int, name: str) -> None:
        """Send a picture that lies beside the answer."""
        try:
            folder = self.server.desk.folder(id, number).resolve()
            file = folder / name
            kind = PICTURES[file.suffix.lower()]
            if file.resolve() != file or not file.is_relative_to(folder):  # a link, or elsewhere
                raise OSError
            content = read_regular(file, MAX_PICTURE)
        except (CourseError, OSError, KeyError, ValueError):
            return self._refuse(404, "There is no such picture.")
        return self._reply(200, kind, content)

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True  # what the request still holds is not read
        self._reply(status, "text/plain", f"{reason}\n".encode("utf-8", "replace"))

    def _reply(self, status: int, kind: str, content: bytes, policy: str = POLICY) -> None:
        self.send_response(status)
        self.send_header("Content-Security-Policy", policy)
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
