"""The marking page's server answers only who knows the token, on this machine, from its own page."""

import http.client
import json
import signal
import subprocess
import sys
import threading
from urllib.request import urlopen

import pytest

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


def test_only_the_page_itself_may_write(server, desk):
    data = {"question": ID, "group": place_of(server, "ben"), "points": 1, "comment": ""}
    for origin in ("http://evil.example", "null", f"http://localhost:{server.server_port}", ""):
        assert give(server, data, Origin=origin)[0] == 403
    assert recorded(desk, "ben") == (None, True, None)


def test_every_answer_forbids_what_the_page_does_not_need(server):
    for path in ("", "state", "mark.js", f"answer/{ID}/0", "nothing"):
        _, headers, _ = ask(server, f"/{server.token}/{path}")
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_points_that_are_sent_are_in_the_gradebook(server, desk):
    data = {"question": ID, "group": place_of(server, "fay"), "points": 1.5, "comment": "Good."}
    status, _, text = give(server, data)
    assert status == 200
    assert json.loads(text)["undo"] == 1
    assert recorded(desk, "fay") == (1.5, False, "Good.")
    status, _, text = ask(server, f"/{server.token}/undo", "{}")
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
        {"group": "0"},
        {"group": 99},
        {"group": True},
        {"question": "test_kl_divergence"},
        {"question": None},
        {"comment": 1},
        {"comment": "x" * 10_001},
    ],
)
def test_a_message_that_does_not_fit_changes_nothing(server, desk, change):
    data = {"question": ID, "group": place_of(server, "ben"), "points": 1, "comment": ""}
    status, _, text = give(server, data | change)
    assert status in (400, 409)
    assert len(text.decode().strip().splitlines()) == 1
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
