"""The marking page's server answers only who knows the token, on this machine, from its own page."""

import contextlib
import http.client
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from autograder.classes.written import server as written_server
from autograder.classes.written.command import mark_answers
from autograder.classes.written.server import MarkingServer
from autograder.errors import CourseError
from tests.classes.written.made_up import ID, made, marking, recorded


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return made(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def server(desk):
    with MarkingServer(marking(desk, names=True)) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server, path, body=None, **headers):
    """Status, headers and text of an answer; `Host` and `Origin` are those of the page unless given."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    sent = {"Origin": server.origin, **headers} if body is not None else headers
    connection.request("GET" if body is None else "POST", path, body, sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), text


def give(server, data, **headers):
    return ask(server, f"/{server.token}/mark", json.dumps(data), **headers)


def place_of(server, student):
    groups = server.desk.state()["questions"][0]["groups"]
    return next(n for n, g in enumerate(groups) if student in g["students"])


def test_without_the_token_there_is_nothing(server):
    paths = ["/", "/state", "/mark.js", f"/{server.token}", f"/{server.token[:-1]}/", "/%C3%BC/"]
    for path in [*paths, f"/x{server.token}/state", "/favicon.ico"]:
        status, _, text = ask(server, path)
        assert status == 403, path
        assert server.token.encode() not in text
    assert ask(server, "/undo", "{}")[0] == 403


def test_another_host_is_refused_as_after_a_name_was_bound_anew(server):
    for host in ("evil.example", f"evil.example:{server.server_port}", "127.0.0.1", ""):
        assert ask(server, f"/{server.token}/", Host=host)[0] == 403, host
    assert ask(server, f"/{server.token}/")[0] == 200


def a_mark(server):
    """Return a message that gives a point to ben."""
    place = place_of(server, "ben")
    return {"question": ID, "group": place, "points": 1, "comment": "", "seen": ""}


def test_only_the_page_itself_may_write(server, desk):
    data = a_mark(server)
    for origin in ("http://evil.example", "null", f"http://localhost:{server.server_port}", ""):
        assert give(server, data, Origin=origin)[0] == 403
    assert recorded(desk, "ben") == (None, True, None)


def test_every_answer_forbids_what_the_page_does_not_need(server):
    for path in ("", "state", "mark.js", f"answer/{ID}/0", "nothing"):
        _, headers, text = ask(server, f"/{server.token}/{path}")
        policy = headers["Content-Security-Policy"]
        nonce = re.search(rb'nonce="([^"]*)"', text)
        scripts = f"script-src 'nonce-{nonce[1].decode()}';" if nonce else "sandbox;"
        assert bool(nonce) == (path == "")
        assert policy.startswith(f"default-src 'none'; {scripts}")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_a_file_of_a_learner_is_no_page_and_an_encoded_slash_is_refused(server, desk):
    folder = desk.folder / "autograded" / "gus" / "01_elbo"
    folder.chmod(0o755)
    for name in ("a.svg", "a.html", "b c.png"):
        (folder / name).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "link.png").symlink_to("01_elbo.ipynb")
    place = f"files/{ID}/{place_of(server, 'gus')}/"
    for name, status in (("a.svg", 404), ("a.html", 404), ("link.png", 404), ("b%20c.png", 200)):
        assert ask(server, f"/{server.token}/{place}{name}")[0] == status, name
    for path in (place.replace("/", "%2f"), place.replace("/", "%5C"), "state%2F", "%2F"):
        assert ask(server, f"/{server.token}/{path}b%20c.png")[0] == 404, path


def raw(server, request, seconds=30):
    """What comes back for bytes that are sent as they are."""
    with socket.create_connection(("127.0.0.1", server.server_port), seconds) as connection:
        connection.sendall(request)
        try:
            return connection.recv(100)
        except ConnectionError:
            return b""


def test_a_request_of_no_sense_is_refused_and_the_terminal_stays_quiet(server, capfd):
    page = f"Host: {server.host}\r\nOrigin: {server.origin}\r\n"
    for request in (
        "GET //[ HTTP/1.1\r\n{}\r\n",
        "GET http://[\x1b[31mx/ HTTP/1.1\r\n{}\r\n",
        "GET http://a\u2100b/ HTTP/1.1\r\n{}\r\n",
        f"GET http://evil/{server.token}/state HTTP/1.1\r\n{{}}\r\n",
        f"GET /{server.token}/answer/{ID}/{'9' * 5000} HTTP/1.1\r\n{{}}\r\n",
        f"GET /{server.token}/answer/{ID}/\u0663 HTTP/1.1\r\n{{}}\r\n",
        f"POST /{server.token}/mark HTTP/1.1\r\n{{}}Content-Length: {'9' * 5000}\r\n\r\n",
    ):
        assert re.match(rb"HTTP/1.0 [45]0\d ", raw(server, request.format(page).encode())), request
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(
            f"POST /{server.token}/mark HTTP/1.1\r\n{page}Content-Length: 9\r\n\r\n".encode()
        )
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(server, f"/{server.token}/state")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_who_never_ends_a_request_keeps_nobody_else_out(server, monkeypatch):
    monkeypatch.setattr(written_server, "ARRIVAL_SECONDS", 60)
    before = threading.active_count()

    def become(most, say=b""):
        until = time.monotonic() + 8
        while threading.active_count() - before > most and time.monotonic() < until:
            with contextlib.suppress(OSError):
                slow[-1].sendall(say)
            time.sleep(0.2)
        return threading.active_count() - before <= most

    with contextlib.ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.server_port), 20))
            for _ in range(3 * written_server.MAX_WAITING)
        ]
        for connection in slow:
            with contextlib.suppress(OSError):  # it was hung up on
                connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert ask(server, f"/{server.token}/state")[0] == 200
        assert become(written_server.MAX_WAITING)
        monkeypatch.setattr(written_server, "ARRIVAL_SECONDS", 1)
        assert become(0, b"x")  # though a byte comes now and then


def test_points_that_are_sent_are_in_the_gradebook(server, desk):
    data = {
        "question": ID,
        "group": place_of(server, "fay"),
        "points": 1.5,
        "comment": "Good.",
        "seen": "",
    }
    status, _, text = give(server, data)
    assert status == 200
    assert json.loads(text)["undo"] == 1
    assert recorded(desk, "fay") == (1.5, False, "Good.")
    status, _, text = ask(server, f"/{server.token}/undo", '{"seen": 1}')
    assert status == 200
    assert json.loads(text)["group"] == place_of(server, "fay")
    assert recorded(desk, "fay") == (None, True, None)


@pytest.mark.parametrize(
    "change",
    [
        {"points": "2"},
        {"points": True},
        {"points": 3},
        {"points": float("nan")},
        {"points": float("inf")},
        {"points": 10**4000},
        {"group": 10**4000},
        {"group": "0"},
        {"group": 99},
        {"group": True},
        {"question": "test_kl_divergence"},
        {"question": None},
        {"comment": 1},
        {"seen": 1},
        {"comment": "x" * 10_001},
    ],
)
def test_a_message_that_does_not_fit_changes_nothing(server, desk, change):
    status, _, text = give(server, a_mark(server) | change)
    assert status in (400, 409)
    assert len(text.decode().strip().splitlines()) == 1
    assert recorded(desk, "ben") == (None, True, None)


def test_a_mark_that_the_page_did_not_see_is_kept_and_sent(server, desk):
    place = place_of(server, "ben")
    data = {"question": ID, "group": place, "points": 1, "comment": "", "seen": "another one"}
    status, headers, text = give(server, data)
    assert status == 409
    assert headers["Content-Type"].startswith("application/json")
    now = json.loads(text)
    assert "marked elsewhere" in now["conflict"]
    assert now["group"] == place
    assert now["groups"][place]["waiting"] == 1
    assert recorded(desk, "ben") == (None, True, None)


def test_a_comment_is_cleaned_as_other_text_is(server, desk):
    comment = '"a\\ud800b\\u0000\\u001b[31m\\u202ex"'
    data = f'{{"question": "{ID}", "group": {place_of(server, "ben")}, "points": null, "seen": "", "comment": {comment}}}'
    assert ask(server, f"/{server.token}/mark", data)[0] == 200
    assert recorded(desk, "ben") == (None, True, "a\ufffdb\ufffd\ufffd[31m\ufffdx")
    assert ask(server, f"/{server.token}/mark", data.replace(comment, '""'))[0] == 200
    assert recorded(desk, "ben") == (None, True, None)


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "x" * 200_000, "[" * 90_000])
def test_what_is_no_message_is_refused(server, body):
    assert ask(server, f"/{server.token}/mark", body)[0] in (400, 409)
    assert ask(server, f"/{server.token}/state")[0] == 200


def test_pictures_beside_an_answer_are_sent_and_nothing_else(server):
    place = f"/{server.token}/files/{ID}/{place_of(server, 'gus')}"
    status, headers, content = ask(server, f"{place}/figures/kl.png")
    assert status == 200
    assert headers["Content-Type"] == "image/png"
    assert content.startswith(b"\x89PNG")
    for path in (
        *(
            "figures/none.png",
            "01_elbo.ipynb",
            "../../../gradebook.db",
            "..%2F..%2F..%2Fgradebook.db",
        ),
        *("%2Fetc%2Fpasswd", "../../ada/01_elbo/figures/kl.png", "figures", "%00.png", ""),
    ):
        assert ask(server, f"{place}/{path}")[0] == 404, path


def test_a_port_that_is_taken_is_one_line(server):
    with pytest.raises(CourseError, match="Leave out --port"):
        MarkingServer(server.desk, server.server_port)


def test_the_address_is_not_on_the_browser_s_command_line(desk, monkeypatch):
    opened = []

    def look(url):
        path = Path(url.removeprefix("file://"))
        modes = [p.stat().st_mode & 0o777 for p in (path.parent, path)]
        opened.append((url, modes, path.read_text()))

    def interrupted(server):
        opened.append(server.address)
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", look)
    monkeypatch.setattr(MarkingServer, "serve_forever", interrupted)
    monkeypatch.setenv("DISPLAY", ":9")
    mark_answers("01_elbo", desk.folder, False, 0, True, None)
    (url, modes, text), address = opened
    assert address.split("/")[3] not in url
    assert modes == [0o700, 0o600]
    assert f"0;url={address}" in text
    assert not Path(url.removeprefix("file://")).parent.exists()


def test_the_command_serves_until_ctrl_c_and_says_what_is_next(desk):
    command = [sys.executable, "-m", "autograder.cli", "mark", "01_elbo", "--no-browser"]
    with subprocess.Popen(
        [*command, "--course", str(desk.folder)], stdout=subprocess.PIPE, text=True
    ) as running:
        address = running.stdout.readline().split()[-1]
        with urlopen(f"{address}state") as answer:
            assert ID in answer.read().decode()
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
    assert running.returncode == 0
    assert "6 answers wait. Next: vae-course grade 01_elbo" in rest
