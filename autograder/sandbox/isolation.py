"""Which isolation this machine gives, and the command that starts a worker process inside it."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.sandbox.inside import confine
from autograder.sandbox.seccomp import filter_descriptor, seccomp_filter

# What Python needs of the system: programs, libraries, fonts, time zones; nothing of /opt or /usr/local/share.
SYSTEM = (
    "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/bin", "/usr/local/lib",
    "/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/zoneinfo",
    "/lib", "/lib64", "/lib32", "/bin",
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime",
)  # fmt: skip
SHOWN = ("autograder/__init__.py", "autograder/sandbox/__init__.py", "autograder/sandbox/inside",
         "autograder/wire", "course_utils")  # fmt: skip
MEMORY_FILES = 512 * 2**20  # bytes that a submission may write into its private /tmp
SHARED_MEMORY = 256 * 2**20  # and into /dev/shm, where processes of one submission share data


@dataclass(frozen=True)
class Isolation:
    """What keeps learners' code apart on this machine.

    Attributes:
        bubblewrap: Whether namespaces work: no network, no other process, no other file.
        landlock: Version of Landlock, 0 for none: the kernel's own limits on files and signals.
        reason: Why bubblewrap does not work, "" where it does.
    """

    bubblewrap: bool
    landlock: int
    reason: str = ""

    @property
    def enough(self) -> bool:
        """Whether learners' code can be kept from files, processes and the network of this machine."""
        return self.bubblewrap

    @property
    def name(self) -> str:
        """What isolates, in a few words, for people."""
        parts = []
        if self.bubblewrap:
            parts.append("bubblewrap")
        if self.landlock:
            parts.append(f"Landlock version {self.landlock}")
        if self.bubblewrap and seccomp_filter():
            parts.append("seccomp")
        return " + ".join(parts) or "none"


@functools.cache
def isolation() -> Isolation:
    """Return which isolation this machine gives, found out by trying it."""
    version = confine.landlock_version()
    if shown := _shown_above(ROOT):
        return Isolation(False, version, f"solutions and tests lie in {shown}, which it can read")
    program = shutil.which("bwrap")
    if program is None:
        return Isolation(False, version, reason="bubblewrap is not installed")
    with filter_descriptor() as rules:
        done = subprocess.run(
            [program, *_walls(rules), "--", sys.executable, "-c", "print(1)"],
            capture_output=True,
            text=True,
            check=False,
            env={},
            pass_fds=rules,
        )
    if done.stdout.strip() != "1":
        lines = done.stderr.strip().splitlines() or ["it does not start Python"]
        return Isolation(
            False, version, reason=f"bubblewrap does not work here ({lines[-1][:200]})"
        )
    return Isolation(True, version)


def refuse_shown(course: Path) -> None:
    """Refuse a course whose folder learners' code could read.

    Raises:
        CourseError: If it lies below a folder that every submission sees.
    """
    if shown := _shown_above(course):
        raise CourseError(
            f"{course}: lies in {shown}, which every submission can read: with it the key and the work of "
            "others. Move the folder elsewhere."
        )


def _shown_above(place: Path) -> str:
    """Return the folder that learners' code can read and in which a place lies, "" if there is none."""
    for shown in (*SYSTEM, *_python(), *(str(ROOT / path) for path in SHOWN)):
        if place.resolve().is_relative_to(Path(shown).resolve()):
            return shown
    return ""


def layers() -> list[str]:
    """Return a line for each layer of isolation: that it is there, or what is missing and what to do."""
    found = isolation()
    return [
        "[OK] bubblewrap: no network, no other process, no file of yours"
        if found.bubblewrap
        else f"[--] {refusal()}",
        f"[OK] Landlock, version {found.landlock}: files and signals limited a second time"
        if found.landlock
        else "[--] Landlock is missing: it needs Linux 5.13 or newer. The other layers hold without it.",
        "[OK] seccomp: only the system calls that learners' code needs"
        if seccomp_filter()
        else "[--] seccomp: libseccomp is missing, so every system call is open. apt-get install libseccomp2",
    ]


def bytecode() -> str:
    """Return a line that says whether Python's packages are compiled: the sandbox can write no bytecode."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        return "[--] PyTorch is missing"
    folder = Path(torch.origin).parent
    slowest = importlib.util.cache_from_source(str(folder / "_dynamo" / "__init__.py"))
    if Path(slowest).exists():
        return "[OK] packages are compiled: workers start as fast as they can"
    return (
        "[--] packages are not compiled, as uv leaves them: each worker does it again when it starts. "
        f"Run once: {sys.executable} -m compileall -q {folder.parent}"
    )


def refusal() -> str:
    """Return one line that says why nothing is graded here, and what to do."""
    return (
        f"Learners' code cannot be isolated on this machine: {isolation().reason}. Install bubblewrap "
        "(apt-get install bubblewrap), lay this folder outside of Python's, grade on Linux or in a container "
        "(docs/instructor.md), or, for submissions that you trust, add --no-sandbox."
    )


def command(descriptor: int, sandbox: bool, rules: Sequence[int] = ()) -> list[str]:
    """Return the command that starts a worker process; it inherits the socket with this descriptor.

    Args:
        descriptor: File descriptor of the worker's end of its control socket.
        sandbox: Whether to isolate it.
        rules: The file descriptor from which bubblewrap reads the filter of system calls, empty for none.

    Raises:
        CourseError: If it cannot be isolated.
    """
    found = isolation() if sandbox else Isolation(False, 0)
    if sandbox and not found.enough:
        raise CourseError(refusal())
    inner = "/course" if found.bubblewrap else str(ROOT)
    readable = None
    if found.bubblewrap and found.landlock:
        shown = [f"{inner}/{path}" for path in SHOWN]
        readable = [
            *SYSTEM,
            *_python(),
            *shown,
            "/dev",
            "/proc",  # the sandbox's own: it shows only what runs inside
            "/sys/devices/system/cpu",
        ]
    settings = {
        "readable": readable,
        "private": found.bubblewrap,
        "outside": confine.pid_namespace(),
    }
    inner_command = [
        sys.executable,
        "-m",
        "autograder.sandbox.inside",
        str(descriptor),
        json.dumps(settings),
    ]
    if found.bubblewrap:
        return [shutil.which("bwrap") or "bwrap", *_walls(rules), "--", *inner_command]
    return inner_command


def environment(sandbox: bool) -> dict[str, str]:
    """Return the environment of a worker process, which holds no secret of the grader."""
    inside = sandbox and isolation().bubblewrap
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ")}
    return {
        **kept,
        "PYTHONPATH": "/course" if inside else str(ROOT),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "VAE_COURSE_FAST": "1",
        **(
            {"HOME": "/tmp", "MPLCONFIGDIR": "/tmp/matplotlib"}
            if inside
            else {"HOME": os.environ.get("HOME", "/tmp")}
        ),
    }


def _walls(rules: Sequence[int]) -> list[str]:
    """Return options of bubblewrap: namespaces of its own, and only Python and the course to read."""
    walls = [
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--hostname",
        "grader",
    ]
    # Python may live below /tmp: what is mounted later lies above.
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", str(MEMORY_FILES), "--tmpfs", "/tmp"]
    walls += ["--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm"]
    for path in dict.fromkeys([*SYSTEM, *_python()]):
        walls += ["--ro-bind-try", path, path]
    for path in SHOWN:
        walls += ["--ro-bind", str(ROOT / path), f"/course/{path}"]
    # Else what bubblewrap mounts would belong to the learner's code.
    for path in ("/dev/pts", "/dev", "/proc", "/"):
        walls += ["--remount-ro", path]
    for descriptor in rules:
        walls += ["--seccomp", str(descriptor)]
    return [*walls, "--chdir", "/tmp"]


def _python() -> list[str]:
    """Return the folders of Python and its packages."""
    folders = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent.parent)}
    return sorted(f for f in folders if f not in ("/", "/usr", "/usr/local"))
