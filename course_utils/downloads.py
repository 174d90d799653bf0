"""Download MNIST and Fashion-MNIST with torchvision, which verifies their checksums.

Without a network this gives up within seconds and says why in one line.
"""

import contextlib
import io
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torchvision.datasets import MNIST


class DataError(RuntimeError):
    """A dataset could not be loaded; the message is one line and says what to do."""


CLASSES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}
TIMEOUT_SECONDS = 8.0


def folder(name: str) -> str:
    """Return the folder that torchvision makes for a dataset below its root."""
    return CLASSES[name]


def dataset_class(name: str) -> "type[MNIST]":
    """Return torchvision's class for a dataset."""
    # Importing torchvision takes a second, so it is imported only when needed.
    from torchvision import datasets

    return getattr(datasets, CLASSES[name])


def fetch(name: str, roots: list[Path]) -> Path:
    """Download a dataset into the first usable root and return that root.

    Args:
        name: "mnist" or "fashion_mnist".
        roots: Candidates in order of preference: the user's own choice first, if there is one,
            else the last, which is the `data` folder of the repository.

    Raises:
        DataError: If no root can be written, no server answers, or a download fails.
    """
    chosen = roots[:1] if os.environ.get("VAE_COURSE_DATA") else []
    root = _first_writable([*chosen, *reversed(roots)])
    cls = dataset_class(name)
    if not _any_answers(cls.mirrors):
        raise DataError("no download server answers")
    print(f"Downloading {name} into {root}.")
    try:
        # torchvision prints one line per mirror that fails; the progress bar is on stderr.
        with _socket_timeout(TIMEOUT_SECONDS), contextlib.redirect_stdout(io.StringIO()):
            cls(root, train=True, download=True)
    except Exception as error:  # network, disk and checksum errors of many types
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise DataError(f"download failed ({reason})") from error
    return root


def _first_writable(roots: list[Path]) -> Path:
    """Return the first of the folders that can be written to; a missing one is made.

    Raises:
        DataError: If there is none.
    """
    for root in roots:
        with contextlib.suppress(OSError):
            root.mkdir(parents=True, exist_ok=True)
            if os.access(root, os.W_OK | os.X_OK):
                return root
    raise DataError(f"no folder to download into can be written, last tried {roots[-1]}")


def _any_answers(urls: list[str]) -> bool:
    """Return whether any server answers within `TIMEOUT_SECONDS`.

    Looking up a name has no timeout of its own. So each server is asked in a thread, which is left behind
    when it takes too long.
    """
    answered = threading.Event()

    def ask(url: str) -> None:
        """Set `answered` if the server answers."""
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):
                answered.set()
        except urllib.error.HTTPError:  # the server refuses to list its files, but it answers
            answered.set()
        except (OSError, ValueError):
            pass

    threads = [threading.Thread(target=ask, args=(url,), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(0 if answered.is_set() else TIMEOUT_SECONDS)
    return answered.is_set()


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Let every socket that is opened meanwhile give up after `seconds` without an answer."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
