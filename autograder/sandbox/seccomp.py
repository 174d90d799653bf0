"""Which system calls a worker process may make: a filter for the kernel, made by libseccomp.

What is not listed fails with "operation not permitted". The list is narrower than what container
engines allow by default: no sockets but local ones, no namespaces, no keyrings, no shared memory or queues of
System V, no message queues, no memory without a limit (memfd), no limits and no scheduling of other processes,
no tracing.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

ALLOW = 0x7FFF0000
DENY = 0x00050000  # fail; the low bits say with which error
NOT_EQUAL, EQUAL, MASKED_EQUAL = 1, 4, 7
NAMESPACES = 0x7E020080  # the flags of `clone` for namespaces of its own, also that for time
AF_UNIX = 1
SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE = 7, 8, 32, 33
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ = (
    0,
    1,
    2,
    3,
    4,
    1030,
    1032,
)
F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW = 6, 7, 37, 38
MADV_COLD, MADV_PAGEOUT = 20, 21
WORD = 0xFFFFFFFF  # the bits of an argument at which the kernel looks

ANY_ARGUMENTS = Path(__file__).with_name("system_calls.txt")  # names of those allowed always
# Allowed where one argument, counted from 0, has this value.
ONE_ARGUMENT = [
    ("socket", 0, EQUAL, AF_UNIX, 0),
    ("socketpair", 0, EQUAL, AF_UNIX, 0),
    ("clone", 0, MASKED_EQUAL, NAMESPACES, 0),
    ("prlimit64", 0, EQUAL, 0, 0),  # the process itself
    ("sched_setaffinity", 0, EQUAL, 0, 0),
    ("sched_setscheduler", 0, EQUAL, 0, 0),
    ("setpriority", 1, EQUAL, 0, 0),
    ("personality", 0, EQUAL, 0xFFFFFFFF, 0),  # asks, and changes nothing
    # Copy a descriptor, its flags, the size of a pipe: no leases, which keep others from a file.
    *(
        ("fcntl", 1, MASKED_EQUAL, WORD, command)
        for command in (
            F_DUPFD,
            F_GETFD,
            F_SETFD,
            F_GETFL,
            F_SETFL,
            F_DUPFD_CLOEXEC,
            F_GETPIPE_SZ,
        )
    ),
    # Advice about memory, but none that takes pages of files out of it: which are there is a message.
    *(
        ("madvise", 2, MASKED_EQUAL, WORD, advice)
        for advice in range(26)
        if advice not in (MADV_COLD, MADV_PAGEOUT)
    ),
    # All options of sockets but those that make their buffers larger, in which memory could hide.
    *(
        ("setsockopt", 2, MASKED_EQUAL, WORD, option)
        for option in range(1, 100)
        if option not in (SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE)
    ),
]

# These do nothing and say that they have done it: ordinary programs go on. Rights, owners, times and locks of
# files that all submissions share would be messages to others, and harm where a device is shared.
NOTHING_DONE = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "utimensat", "futimesat", "flock", "fadvise64", "readahead"),
)
LOCKS = F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW


class _Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


@functools.cache
def seccomp_filter() -> bytes:
    """Return the filter as a program for the kernel; b"" where libseccomp is missing."""
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError:
        return b""
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(DENY | errno.EPERM)))

    def add(action: int, name: str, *comparisons: _Comparison) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # this kind of processor has no such call
            return
        array = (_Comparison * max(1, len(comparisons)))(*comparisons)
        library.seccomp_rule_add_array(
            rules, ctypes.c_uint32(action), number, ctypes.c_uint(len(comparisons)), array
        )

    try:
        for name in ANY_ARGUMENTS.read_text().split():
            add(ALLOW, name)
        for name, *comparison in ONE_ARGUMENT:
            add(ALLOW, name, _Comparison(*comparison))
        for name in NOTHING_DONE:
            add(DENY, name)
        for command in LOCKS:
            add(DENY, "fcntl", _Comparison(1, MASKED_EQUAL, WORD, command))
        # No filter can see the flags of clone3. Where it does not exist, the C library takes clone.
        add(DENY | errno.ENOSYS, "clone3")
        # A flag of theirs tells which pages of a file are in memory. The C library takes preadv then.
        for name in ("preadv2", "pwritev2"):
            add(DENY | errno.ENOSYS, name)
        with tempfile.TemporaryFile() as file:
            if library.seccomp_export_bpf(rules, file.fileno()) != 0:
                return b""
            file.seek(0)
            return file.read()
    finally:
        library.seccomp_release(rules)


@contextlib.contextmanager
def filter_descriptor() -> Iterator[list[int]]:
    """Yield a list of the descriptor from which bubblewrap reads the filter; empty where there is none."""
    program = seccomp_filter()
    if not program:
        yield []
        return
    reader, writer = os.pipe()
    try:
        os.write(writer, program)  # a few kilobytes, which a pipe holds
        os.close(writer)
        yield [reader]
    finally:
        os.close(reader)
