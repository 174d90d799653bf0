"""Attacks that ask the kernel for more than a learner's code needs, by the numbers of its calls."""

import platform

NUMBERS = {
    "x86_64": {
        "add_key": 248, "keyctl": 250, "request_key": 249, "unshare": 272, "setns": 308, "clone3": 435,
        "io_uring_setup": 425, "userfaultfd": 323, "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "semget": 64,
        "msgget": 68, "mq_open": 240, "bpf": 321, "perf_event_open": 298, "ptrace": 101, "process_vm_readv": 310,
        "pidfd_open": 434, "pidfd_getfd": 438, "mount": 165, "fsopen": 430, "open_tree": 428, "prlimit64": 302,
        "sched_setattr": 314, "kcmp": 312, "name_to_handle_at": 303, "fanotify_init": 300, "seccomp": 317, "chroot": 161,
        "pivot_root": 155, "syslog": 103, "quotactl": 179, "swapon": 167, "init_module": 175, "kexec_load": 246,
        "set_mempolicy": 238, "modify_ldt": 154, "io_setup": 206, "vmsplice": 278, "personality": 135,
        "process_madvise": 440, "acct": 163, "mknod": 133, "inotify_init1": 294,
    },
    "aarch64": {
        "add_key": 217, "keyctl": 219, "request_key": 218, "unshare": 97, "setns": 268, "clone3": 435,
        "io_uring_setup": 425, "userfaultfd": 282, "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "semget": 190,
        "msgget": 186, "mq_open": 180, "bpf": 280, "perf_event_open": 241, "ptrace": 117, "process_vm_readv": 270,
        "pidfd_open": 434, "pidfd_getfd": 438, "mount": 40, "fsopen": 430, "open_tree": 428, "prlimit64": 261,
        "sched_setattr": 274, "kcmp": 272, "name_to_handle_at": 264, "fanotify_init": 262, "seccomp": 277, "chroot": 51,
        "pivot_root": 41, "syslog": 116, "quotactl": 60, "swapon": 224, "init_module": 105, "kexec_load": 104,
        "set_mempolicy": 237, "io_setup": 0, "vmsplice": 75, "personality": 92, "process_madvise": 440, "acct": 89,
        "mknodat": 33, "inotify_init1": 26,
    },
}.get(platform.machine(), {})  # fmt: skip
# What is asked of each call; where nothing is said, zeros. An answer other than "not permitted" (1) or "no such call"
# (38) means that the kernel looked at the question.
ARGUMENTS = {
    "unshare": "0x10000000",
    "memfd_create": "b'x', 0",
    "mq_open": "b'/x', 0o102, 0o600, 0",
    "shmget": "0, 4096, 0o1600",
    "semget": "0, 1, 0o1600",
    "msgget": "0, 0o1600",
    "prlimit64": "os.getppid(), 1, 0, ctypes.create_string_buffer(16)",
    "pidfd_open": "os.getppid(), 0",
    "personality": "0x0040000",
    "keyctl": "0, -3, 1",
}
KERNEL = {
    name: f"(lambda r: ctypes.get_errno() not in (1, 38) or r >= 0)(libc.syscall({number}, {ARGUMENTS.get(name, '0, 0, 0, 0, 0')})) or ''"
    for name, number in NUMBERS.items()
}
