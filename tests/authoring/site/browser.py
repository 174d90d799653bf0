"""A Chromium that reaches only a folder of pages, and notes what pages ask for and complain about."""

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.browser import CHROMIUM

PATIENCE = 300_000  # milliseconds: on a busy machine a page may take long


class Quiet(SimpleHTTPRequestHandler):
    """Serve a folder and say nothing."""

    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """Serve a folder on this machine; yields the address."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def chromium():
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@contextmanager
def watched(browser, address, known=(), **settings):
    """Open a tab that reaches this address alone; at the end nobody else was asked and nothing complained.

    Args:
        browser: Chromium.
        address: The address.
        known: Parts of complaints that are not ours to mend.
        settings: Of the browser's context.
    """
    context = browser.new_context(base_url=address, **settings)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong = []

    def guard(route):
        url = route.request.url
        if urlsplit(url).netloc == urlsplit(address).netloc:
            return route.continue_()
        wrong.append(f"asked for {url}")
        return route.abort()

    context.route("**/*", guard)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
    page.on("response", lambda r: r.status >= 400 and wrong.append(f"{r.status} {r.url}"))
    yield page
    context.close()
    wrong = [w for w in wrong if not any(part in w for part in known)]
    assert wrong == [], wrong
