"""Confine one process by the kernel: Landlock and resource limits. Linux only.

Landlock takes rights away for good, from this process and every child: files outside the given folders, TCP,
and, where the kernel is new enough, signals to other processes.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
READ = 0b1101  # execute, read a file, read a folder
FILE_ONLY = 0b0101 | 0b10 | (1 << 14) | (1 << 15)  # rights that make sense for a single file
RIGHTS_OF_ABI = (0, 13, 14, 15, 15, 16, 16, 16)  # number of file rights known to each version
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def landlock_version() -> int:
    """Return the version of Landlock that this kernel offers, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(_libc().syscall(CREATE_RULESET, None, 0, 1), 0)


def landlock(readable: list[str], writable: list[str]) -> bool:
    """Restrict this process and its children to these folders, without TCP or signals to others.

    Args:
        readable: Folders and files that may be read and executed; missing ones are left out.
        writable: Folders in which everything is allowed.

    Returns:
        Whether the kernel offers Landlock.

    Raises:
        OSError: If the kernel offers Landlock but refuses.
    """
    version = landlock_version()
    if version == 0:
        return False
    every = (1 << RIGHTS_OF_ABI[min(version, len(RIGHTS_OF_ABI) - 1)]) - 1
    # Since version 4: no TCP; since version 6: no abstract sockets and no signals to others.
    rules = _Ruleset(every, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), size, 0)
    try:
        for rights, paths in ((READ & every, readable), (every, writable)):
            for path in paths:
                _allow(ruleset, path, rights)
        no_new_privileges()
        _call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def no_new_privileges() -> None:
    """Keep every program that this process starts from gaining rights through its set-uid bit."""
    _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def untouchable() -> None:
    """Keep other processes of this user from tracing this one or reading its memory; adopt orphans.

    Children whose parent ends become children of this process, so that it can kill them.
    """
    if sys.platform == "linux":
        _libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however it ends."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent had already ended
            os._exit(1)


def limit(cpu_seconds: int, file_bytes: int = 256 * 2**20, open_files: int = 1024) -> None:
    """Limit CPU time, the size of files and the number of open ones; no core dumps."""
    import resource

    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, open_files, open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        highest = resource.getrlimit(kind)[1]
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)
        resource.setrlimit(kind, (soft, hard))


def pid_namespace() -> str | None:
    """Return the name of this process's PID namespace, None where there are no namespaces."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def inheritance() -> tuple:
    """Return limits, processors and priority of this process, which forks inherit and others might change."""
    import resource

    kinds = [value for name, value in vars(resource).items() if name.startswith("RLIMIT_")]
    limits = {kind: resource.getrlimit(kind) for kind in kinds}
    return limits, os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)


def limit_memory(beyond: int, for_good: bool = False) -> None:
    """Limit the memory that this process may map, to so many bytes beyond what it has mapped already.

    Args:
        beyond: Bytes.
        for_good: Whether nobody may raise the limit again.
    """
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    wanted = pages * resource.getpagesize() + beyond
    highest = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = _at_most(wanted, highest)
    resource.setrlimit(resource.RLIMIT_AS, (most, most if for_good else highest))


def limit_cpu_from_now(seconds: float) -> None:
    """Let the kernel end this process after so many more seconds of CPU time; a later call can raise that."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = math.ceil(used.ru_utime + used.ru_stime + seconds)
    highest = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(wanted, highest), highest))


def _at_most(wanted: int, highest: int) -> int:
    return wanted if highest == -1 else min(wanted, highest)  # -1 means no limit


def _allow(ruleset: int, path: str, rights: int) -> None:
    if not Path(path).exists():
        return
    if not Path(path).is_dir():
        rights &= FILE_ONLY
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, folder)
        _call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(folder)


def _call(number: int, *arguments: object) -> int:
    result = _libc().syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
