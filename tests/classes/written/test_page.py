"""The marking page in Chromium: a class is marked by keyboard alone, hostile answers do nothing, axe finds no fault."""

import contextlib
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

from autograder.classes.written.server import MarkingServer
from tests.authoring.site.browser import chromium, watched
from tests.browser import needs_chromium
from tests.classes.test_page_policy import TRICKS
from tests.classes.written.made_up import ID, LESSON, OTHER, answer, made, marking, recorded

pytestmark = [pytest.mark.notebooks, needs_chromium]
PHONE = {"width": 390, "height": 844}
# Some tricks name pictures beside the answer that are not there.
# A mark that is refused is one, too.
NOT_THERE = ("/files/", "status of 404 (Not Found)", "/mark", "status of 409 (Conflict)")
# Where a trick would call: the browser may not go there, and `watched` notes who tries.
ELSEWHERE = {"HOME": "http://127.0.0.1:9/home", "HOST": "127.0.0.1:9", "PATH": "home"}


def hostile():
    """Every trick of the tests of feedback pages, one after the other."""
    text = "\n\n".join(f"trick {number}: {trick}" for number, trick in enumerate(TRICKS.values()))
    for word, meant in ELSEWHERE.items():
        text = text.replace(word, meant)
    return text


@pytest.fixture
def desk(tmp_path):
    desk = made(tmp_path)
    answer(desk.folder, "mallory", hostile())
    desk.grade()
    return desk


@contextlib.contextmanager
def served(desk):
    with MarkingServer(marking(desk, names=True)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def tab(desk):
    """The page in a browser that reaches nobody else."""
    with (
        served(desk) as server,
        chromium() as browser,
        watched(browser, server.origin, NOT_THERE, viewport=PHONE) as page,
    ):
        page.goto(server.address)
        yield page


def shown(page, student, key="n"):
    """Go on by a key until a student's answer is shown."""
    page.locator(
        "#answer:not([aria-busy]):not(:empty)"
    ).wait_for()  # the page has all that it asked for
    while student not in page.locator("#who").inner_text():
        before = page.locator("#which").inner_text()
        page.keyboard.press(key)
        page.locator("#which", has_not_text=before).wait_for()
    page.locator("#answer:not([aria-busy])").wait_for()


def press(page, *keys, said):
    for key in keys:
        page.keyboard.press(key)
    page.locator("#said", has_text=said).wait_for()


def test_a_class_is_marked_by_keyboard(desk, tab):
    shown(tab, "ada")
    assert "2 students: ada, cem" in tab.locator("#who").inner_text()
    assert tab.locator("#answer math").count() == 1
    tab.keyboard.press("c")
    tab.keyboard.type("One cause of three.")
    press(tab, "Escape", said="Comment saved")
    press(tab, "h", "0", said="Saved: 0.5 points for 2 students")
    assert recorded(desk, "ada") == recorded(desk, "cem") == (0.5, False, "One cause of three.")

    shown(tab, "fay")
    press(tab, "r", said="Saved: 0.5 points. ")
    assert recorded(desk, "fay") == (0.5, False, "One cause of three.")
    press(tab, "u", said="Taken back")
    assert recorded(desk, "fay") == (None, True, None)
    assert "fay" in tab.locator("#who").inner_text()
    press(tab, "3", said="At most 2 points")
    tab.keyboard.press("Shift+1")
    press(tab, "1", said="Saved: 1 point.")
    assert recorded(desk, "fay") == (1, False, "One cause of three.")
    assert "fay" not in tab.locator("#who").inner_text()

    shown(tab, "gus")
    for picture in tab.locator("#answer img").all():
        assert picture.evaluate("p => p.decode().then(() => p.naturalWidth)") > 0
    tab.keyboard.press("p")
    tab.keyboard.type("1.25")
    press(tab, "Enter", said="Saved: 1.25 points")
    assert recorded(desk, "gus") == (1.25, False, None)

    shown(tab, "mallory")
    assert "trick 0" in tab.locator("#answer").inner_text()
    assert tab.locator("html[data-changed]").count() == 0
    assert (
        tab.locator("#answer :is(script, iframe, object, embed, style, form, input, svg)").count()
        == 0
    )
    press(tab, "0", said="Saved: 0 points")
    shown(tab, "ben")
    press(tab, "2", said="Saved: 2 points")
    shown(tab, "dia")
    assert "2 students: dia, eva" in tab.locator("#who").inner_text()
    press(tab, "0", said="No answer waits")
    assert "All 8 marked" in tab.locator("#progress").inner_text()

    tab.keyboard.press("]")
    tab.locator("#progress", has_text="All 8 marked").wait_for()  # nobody wrote anything there
    assert f"#{OTHER}/0" in tab.url
    tab.reload()
    tab.locator("#answer", has_text="(nothing)").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert ID in tab.evaluate("fetch('state').then((s) => s.text())")


def test_a_mark_of_somebody_else_is_shown_and_what_was_typed_stays(desk, tab):
    shown(tab, "fay")
    other = marking(desk, names=True)
    groups = other.state()["questions"][0]["groups"]
    other.give(ID, next(n for n, g in enumerate(groups) if "fay" in g["students"]), 2, "Good.")
    tab.keyboard.press("c")
    tab.keyboard.type("Bad.")
    press(tab, "Escape", "0", said="marked elsewhere")
    assert "2 of 2 points, “Good.”" in tab.locator("#said").inner_text()
    assert "2 of 2 points" in tab.locator("#given").inner_text()
    assert tab.locator("#comment").input_value() == "Bad."
    assert recorded(desk, "fay") == (2, False, "Good.")
    press(tab, "0", said="Press 0 again to change them")
    assert recorded(desk, "fay") == (2, False, "Good.")
    press(tab, "0", said="Saved: 0 points")
    assert recorded(desk, "fay") == (0, False, "Bad.")
    shown(tab, "fay", "k")
    press(tab, "h", "0", said="Press h and 0 again to change them")
    press(tab, "h", "0", said="Saved: 0.5 points")
    assert recorded(desk, "fay") == (0.5, False, "Bad.")


def test_a_file_of_a_learner_runs_nothing_of_ours(desk):
    folder = desk.folder / "autograded" / "ada" / LESSON.name
    folder.chmod(0o755)
    script = "<script xmlns='http://www.w3.org/1999/xhtml' src='mark.js'/>"
    for name in ("evil.svg", "evil.png"):
        (folder / name).write_text(f"<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>")
    with served(desk) as server, chromium() as browser:
        page = browser.new_page()
        groups = server.desk.state()["questions"][0]["groups"]
        (place,) = [n for n, g in enumerate(groups) if "ada" in g["students"]]
        for path in (f"files%2f{ID}%2f{place}%2f", f"files/{ID}/{place}/"):
            for name in ("evil.svg", "evil.png"):
                page.goto(f"{server.address}{path}{name}")
                assert page.evaluate("typeof give") == "undefined"
                assert page.evaluate("origin") == "null"  # it has no part in the page's origin


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(tab, scheme):
    tab.emulate_media(color_scheme=scheme)
    shown(tab, "mallory")
    tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    found = Axe().run(tab).response["violations"]
    assert [(f["id"], [n["html"] for n in f["nodes"]][:3]) for f in found] == []
