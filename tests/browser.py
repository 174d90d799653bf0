"""Headless Chromium for tests of pages; nothing outside this machine can be reached by it."""

import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="LOUD: Chromium is missing, so no page was opened in a browser"
)


def opened(address, profile, *options):
    """Open a page in a fresh Chromium.

    Returns:
        Its document at the end, and what the browser complained about.
    """
    command = [
        *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={profile}",
        *("--enable-logging=stderr", "--virtual-time-budget=2000", *options),
        *("--dump-dom", address),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert "</html>" in done.stdout, done.stderr
    return done.stdout, done.stderr
