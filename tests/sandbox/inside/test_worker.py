"""The worker: it forks a session, watches it, and leaves nothing of it behind.

Here a session executes a line of Python instead of a submission, so that each test takes a moment.
"""

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

import psutil
import pytest

from autograder.files import ROOT
from autograder.sandbox.inside.worker import MAX_PROCESSES, alone, descendants

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="LOUD: the worker forks and watches on Linux only"
)
PATIENCE = 300  # seconds until a test gives up on something that happens in milliseconds
HOST = """
import os, socket, sys, types
from pathlib import Path

def run_session(control, cells, limits):
    say = lambda text: socket.socket(fileno=os.dup(control)).send(str(text).encode())
    try:
        exec(open(cells).read(), {"say": say})
    finally:
        os._exit(0)

# In the place of the module that executes cells, which imports PyTorch.
sys.modules["autograder.sandbox.inside.session"] = types.SimpleNamespace(
    run_session=run_session, prepare=None
)
from autograder.sandbox.inside import confine, worker

worker.SHARED_PLACES = (Path(sys.argv[2]),)
confine.untouchable()
control = socket.socket(fileno=int(sys.argv[1]))
host = worker.SessionHost(control, {"readable": None, "private": True, "outside": confine.pid_namespace()})
control.send(b'{"ready": true}')
host.serve()
"""
FOREVER = "import signal\nwhile True: signal.pause()"


class Host:
    """The grader's end of the socket to a worker without PyTorch's warm-up.

    Attributes:
        shared: The only place outside a session's folder that its worker clears up.
    """

    def __init__(self, shared):
        self.shared = shared
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", HOST, str(theirs.fileno()), str(shared)],
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
            )
        assert self.hear() == {"ready": True}

    def hear(self):
        assert select.select([self.control], [], [], PATIENCE)[0], "the worker says nothing"
        text = self.control.recv(2**16)
        return json.loads(text) if text else None

    def ask(self, **message):
        """Send a message and return its answer; what the worker tells on its own is passed over."""
        self.control.send(json.dumps(message).encode())
        while "killed" in (answer := self.hear()):
            pass
        return answer

    @contextlib.contextmanager
    def session(self, code, cpu_seconds=60, memory_bytes=2**30):
        """Begin a session that executes this code; yields a function that gives what it says next."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        limits = {"cpu_seconds": cpu_seconds, "memory_bytes": memory_bytes, "wall_seconds": 60}
        with ours, theirs, tempfile.TemporaryFile() as cells:
            cells.write(code.encode())
            cells.seek(0)
            message = json.dumps({"session": limits}).encode()
            socket.send_fds(self.control, [message], [theirs.fileno(), cells.fileno()])
            theirs.close()

            def said():
                assert select.select([ours], [], [], PATIENCE)[0], "the session says nothing"
                return ours.recv(2**16).decode()

            yield said

    def close(self):
        self.control.close()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()


@pytest.fixture(scope="module")
def shared_host(tmp_path_factory):
    host = Host(tmp_path_factory.mktemp("shared"))
    yield host
    host.close()


@pytest.fixture
def host(shared_host):
    """A worker without a session."""
    yield shared_host
    assert shared_host.ask(end=True, gone=False)["ended"] in ("crashed", "timeout")
    assert descendants(shared_host.process.pid) == []


def ended(pid):
    """Whether a process has ended, given time to do so; its parent may not have asked yet."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    return True


def test_a_session_has_a_folder_of_its_own_that_goes_with_it(host):
    code = "import os, tempfile\nopen('made', 'w').close()\nsay(os.getcwd())\nsay(tempfile.gettempdir())\n"
    with host.session(code + FOREVER) as said:
        folder = said()
        assert said() == folder
        assert os.listdir(folder) == ["made"]
        assert host.ask(end=True, gone=False) == {"ended": "crashed"}
    assert not os.path.exists(folder)


def test_what_a_session_left_in_a_shared_place_goes_and_what_was_there_before_stays(
    tmp_path_factory,
):
    shared = tmp_path_factory.mktemp("shared")
    (shared / "before").mkdir()
    host = Host(shared)
    try:
        paths = {"file": "open(p, 'w')", "folder": "os.mkdir(p)", "link": "os.symlink('/usr', p)"}
        code = "import os\n" + "".join(f"p = '{shared}/{n}'\n{do}\n" for n, do in paths.items())
        with host.session(code + f"say('done')\n{FOREVER}") as said:
            assert said() == "done"
            assert len(os.listdir(shared)) == 4
            host.ask(end=True, gone=False)
        assert os.listdir(shared) == ["before"]
    finally:
        host.close()


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("pass", "crashed"),
        ("import os\nos.abort()", "crashed"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)", "timeout"),
    ],
)
def test_how_a_session_ended_by_itself_is_told(host, code, ending):
    with host.session(code) as said:
        assert said() == ""  # its end of the socket is closed
        assert host.ask(end=True, gone=True) == {"ended": ending}


def test_the_cpu_time_of_a_session_is_limited_to_twice_that_of_an_exercise(host):
    code = "import resource\nsay(resource.getrlimit(resource.RLIMIT_CPU)[0])\n"
    with host.session(code + FOREVER, cpu_seconds=7) as said:
        assert said() == "14"


def test_the_largest_process_is_killed_when_memory_runs_out(host):
    code = """
import os
child = os.fork()
if child == 0:
    say(os.getpid())
    kept = bytearray(b'x') * (200 * 2**20)
    while True: signal.pause()
os.waitpid(child, 0)
say('the session lives')
"""
    with host.session(f"import signal{code}{FOREVER}", memory_bytes=100 * 2**20) as said:
        hog = int(said())
        assert host.hear() == {"killed": "memory"}
        assert ended(hog)
        assert said() == "the session lives"


def test_too_many_processes_are_all_killed(host):
    code = f"import os\nfor _ in range({MAX_PROCESSES}):\n    if os.fork() == 0: break\n"
    with host.session(code + FOREVER):
        assert host.hear() == {"killed": "processes"}
        deadline = time.monotonic() + PATIENCE
        while descendants(host.process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert descendants(host.process.pid) == []


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        ("a", "b", True),
        ("a", "a", False),
        (None, "a", False),
        ("a", None, False),
        (None, None, False),
    ],
)
def test_a_worker_kills_everybody_only_in_a_namespace_of_its_own(inside, outside, expected):
    assert alone(inside, outside) is expected


DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    say(os.getpid())
    while True: signal.pause()
os.wait()
"""


def test_a_sweep_kills_what_an_exercise_left_and_spares_the_session(host):
    with host.session(f"import signal{DAEMON}say(os.getpid())\n{FOREVER}") as said:
        pids = {int(said()), int(said())}
        (session,) = pids & {os.getsid(pid) for pid in pids}
        (daemon,) = pids - {session}
        assert host.ask(sweep=True) == {"swept": True}
        assert ended(daemon)
        assert psutil.Process(session).status() != psutil.STATUS_ZOMBIE
        host.ask(end=True, gone=False)
        assert ended(session)


def test_a_worker_whose_grader_is_gone_ends_with_everything_below_it(tmp_path):
    host = Host(tmp_path)
    with host.session(f"import signal{DAEMON}say(os.getpid())\n{FOREVER}") as said:
        pids = [int(said()), int(said())]
        assert host.close() == 0
    assert all(map(ended, pids))


def test_all_descendants_are_found_and_the_dead_are_not_counted():
    code = "sleep 1000 & echo $!; sleep 0 & echo $!; read line; kill -9 %1"
    with subprocess.Popen(["sh", "-c", code], stdin=-1, stdout=-1, text=True) as shell:
        lives, dead = (int(shell.stdout.readline()) for _ in range(2))
        assert ended(dead)
        found = [p.pid for p in descendants(os.getpid())]
        assert {shell.pid, lives} <= set(found)
        assert dead not in found
        assert descendants(lives) == []
        os.kill(lives, signal.SIGKILL)


def test_a_worker_whose_own_limits_were_changed_ends_instead_of_handing_them_on(tmp_path):
    host = Host(tmp_path)
    resource.prlimit(host.process.pid, resource.RLIMIT_CORE, (0, 0))
    with host.session("say('alive')\n") as said:
        assert said() == ""
    assert host.close() == 1
