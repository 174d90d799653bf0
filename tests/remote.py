"""A learner's object at the far end of a wire, as a hidden test meets it when grading."""

import contextlib
import socket
import threading

from autograder.wire.peer import Peer


@contextlib.contextmanager
def far_away(**roots):
    """Yield our peer; a thread serves the given objects at its far end."""
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(s) for s in socket.socketpair())
        streams = [s.makefile(mode) for s in (ours, theirs) for mode in ("rb", "wb")]
        far = Peer(*streams[2:], roots, trusts=True)
        thread = threading.Thread(target=far.serve, daemon=True)
        thread.start()
        try:
            peer = Peer(*streams[:2], {}, trusts=False)
            peer.far_end = far
            yield peer
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
            for stream in streams:
                with contextlib.suppress(OSError):
                    stream.close()
