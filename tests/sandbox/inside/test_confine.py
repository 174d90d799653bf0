"""What the kernel takes from a process, each right tried in a child process that gave it up."""

import signal
import socket
import subprocess
import sys
import textwrap

import psutil
import pytest

from autograder.files import ROOT
from autograder.sandbox.inside import confine

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="LOUD: confinement is Linux's, so nothing was confined"
)
NEEDS_LANDLOCK = pytest.mark.skipif(
    confine.landlock_version() == 0, reason="LOUD: this kernel has no Landlock"
)
BEGIN = "import os, signal, sys\nfrom autograder.sandbox.inside import confine\n"


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code, *arguments):
    """Exit status and output of a program that has imported `confine`."""
    with start(code, *arguments) as process:
        out, err = process.communicate()
    return process.returncode, out.split("\n")[:-1], err


def lines(code, *arguments):
    """Lines that a program printed that must end well."""
    status, out, err = run(code, *arguments)
    assert status == 0, err
    return out


# ----------------------------------------------------------------------------------------- limits


def test_cpu_time_beyond_the_limit_ends_the_process_with_its_signal():
    status, _, _ = run("confine.limit(1)\nwhile True: pass")
    assert status == -signal.SIGXCPU


def test_a_file_ends_at_the_limit_and_files_can_be_opened_up_to_theirs(tmp_path):
    code = """
    confine.limit(9, file_bytes=1000, open_files=20)
    with open(sys.argv[1], 'wb', buffering=0) as file:
        print(file.write(b'x' * 5000))
        try:
            file.write(b'x')
        except OSError as error:
            print(error.strerror)
    opened = []
    try:
        while True:
            opened.append(open(os.devnull))
    except OSError as error:
        print(error.strerror, opened[-1].fileno())
    """
    expected = ["1000", "File too large", "Too many open files 19"]
    assert lines(code, tmp_path / "file") == expected


def test_a_limit_that_is_lower_already_stays():
    code = """
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
    confine.limit(9)
    print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))
    """
    assert lines(code) == ["(30, 30) (0, 0)"]


# --------------------------------------------------------------------------------------- landlock

TRY = """
def attempt(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return type(error).__name__
    return 'done'

def read(path):
    open(path).close()

def write(path):
    open(path, 'w').close()

def restrict():
    import encodings.idna, socket, subprocess  # what Python would import later, from outside
    folders = [sys.argv[1] + '/readable', '/no/such/folder', *sys.path[1:], '/usr', '/lib', '/lib64']
    assert confine.landlock(folders, [sys.argv[1] + '/writable'])
"""


@pytest.fixture
def folders(tmp_path):
    """A folder with three others: readable, writable and outside, with a file in each."""
    for name in ("readable", "writable", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    return tmp_path


@NEEDS_LANDLOCK
def test_landlock_permits_what_it_was_given_and_denies_every_other_file(folders):
    code = f"""{TRY}
restrict()
for action in (read, write):
    print(*[attempt(action, f'{{sys.argv[1]}}/{{name}}/file') for name in ('readable', 'writable', 'outside')])
    print(attempt(action, sys.argv[1] + '/readable/new'), attempt(action, sys.argv[1] + '/writable/new'))
print(attempt(os.listdir, sys.argv[1] + '/readable'), attempt(os.listdir, sys.argv[1] + '/outside'))
print(attempt(os.unlink, sys.argv[1] + '/readable/file'), attempt(os.unlink, sys.argv[1] + '/writable/file'))
"""
    assert lines(code, folders) == [
        "done done PermissionError",
        "FileNotFoundError FileNotFoundError",
        "PermissionError done PermissionError",
        "PermissionError done",
        "done PermissionError",
        "PermissionError done",
    ]
    assert (folders / "outside" / "file").read_text() == "x"


@NEEDS_LANDLOCK
def test_a_child_is_restricted_too_and_gains_no_rights(folders):
    code = f"""{TRY}
restrict()
if os.fork() == 0:
    print(attempt(read, sys.argv[1] + '/outside/file'), attempt(read, sys.argv[1] + '/readable/file'))
    sys.exit()
os.wait()
"""
    assert lines(code, folders) == ["PermissionError done"]


@pytest.mark.skipif(
    confine.landlock_version() < 4, reason="LOUD: Landlock before 4 leaves TCP open"
)
def test_landlock_closes_tcp(folders):
    code = f"""{TRY}
import socket
print(attempt(socket.create_connection, ('127.0.0.1', int(sys.argv[2]))))
restrict()
print(attempt(socket.create_connection, ('127.0.0.1', int(sys.argv[2]))))
print(attempt(socket.create_server, ('127.0.0.1', 0)))
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = lines(code, folders, server.getsockname()[1])
    assert found == ["done", "PermissionError", "PermissionError"]


@pytest.mark.skipif(
    confine.landlock_version() < 6, reason="LOUD: Landlock before 6 lets signals out"
)
def test_landlock_keeps_signals_inside(folders):
    code = f"""{TRY}
restrict()
child = os.fork()
if child == 0:
    signal.pause()
print(attempt(os.kill, os.getppid(), 0), attempt(os.kill, child, signal.SIGKILL))
"""
    assert lines(code, folders) == ["PermissionError done"]


def test_where_there_is_no_landlock_the_caller_is_told(monkeypatch):
    monkeypatch.setattr(confine.sys, "platform", "darwin")
    assert confine.landlock_version() == 0
    assert confine.landlock(["/"], []) is False


# -------------------------------------------------------------------------------- other processes


def test_no_program_started_later_gains_rights():
    show = (
        "print([l for l in open('/proc/self/status') if l.startswith('NoNewPrivs')][0].split()[1])"
    )
    assert lines(f"{show}\nconfine.no_new_privileges()\n{show}") in (["0", "1"], ["1", "1"])
    assert lines(f"confine.no_new_privileges()\nif os.fork() == 0: {show}\nelse: os.wait()") == [
        "1"
    ]


def test_an_untouchable_process_adopts_orphans_and_cannot_be_traced():
    code = """
    import ctypes
    confine.untouchable()
    read, write = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.write(write, b'%d' % os.getpid())
            signal.pause()
        os._exit(0)
    os.wait()
    orphan = int(os.read(read, 20))
    parent = open(f'/proc/{orphan}/stat').read().rsplit(')', 1)[1].split()[1]
    os.kill(orphan, signal.SIGKILL)
    PR_GET_DUMPABLE = 3
    print(int(parent) == os.getpid(), ctypes.CDLL(None).prctl(PR_GET_DUMPABLE))
    """
    assert lines(code) == ["True 0"]


def test_a_process_dies_with_its_parent():
    parent = start("""
    child = os.fork()
    if child == 0:
        confine.die_with(os.getppid())
        print(os.getpid(), flush=True)
    signal.pause()
    """)
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, alive = psutil.wait_procs([child], timeout=60)
    for process in alive:
        process.kill()
    assert gone


def test_a_process_whose_parent_is_gone_already_ends_at_once():
    status, out, _ = run("confine.die_with(os.getppid() + 1)\nprint('still here')")
    assert (status, out) == (1, [])
