"""Pages that show learners' work run nothing of theirs and call nobody: headless Chromium opens them.

Each trick would call a server of the test. Without our walls every one does (the control); behind them none does.
"""

import base64
import hashlib
import json
import re
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import v4
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import nbgrader_plugin, page_policy
from autograder.classes.gradebook import Recorder, write_feedback
from autograder.files import ROOT
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.marking import mark
from autograder.grading.salvage import salvage_or_blank
from autograder.source.lesson import Lesson, lesson_names
from tests import browser

pytestmark = [pytest.mark.notebooks, browser.needs_chromium]
LESSON = Lesson.load(lesson_names()[0])
STUDENT = "mallory"

# HOME is the address of the test's server, and a number for the trick.
CALL = "document.documentElement.setAttribute('data-'+'changed','1');new Image().src='HOME'"
FRAMED = f"<script>{CALL}</script>"
SVG = "xmlns='http://www.w3.org/2000/svg'"
TRICKS = {
    "script": f"<script>{CALL}</script>",
    "script from elsewhere": "<script src='HOME'></script>",
    "module": f"<script type='module'>{CALL}</script>",
    "fetch": "<script>fetch('HOME', {mode: 'no-cors'})</script>",
    "beacon": "<script>navigator.sendBeacon('HOME', 'x')</script>",
    "navigation by a script": "<script>location = 'HOME'</script>",
    "picture": "<img src='HOME'>",
    "picture, address with a tab": "<img src='/&#9;/HOST/PATH'>",
    "picture in a set": "<img srcset='HOME 1x'>",
    "picture of a table": "<table background='HOME'><tr><td>x</td></tr></table>",
    "input": "<input type='image' src='HOME'>",
    "event": f'<img src="data:," onerror="{CALL}">',
    "event of details": f'<details open ontoggle="{CALL}">x</details>',
    "style sheet": "<link rel='stylesheet' href='HOME'>",
    "prefetch": "<link rel='prefetch' href='HOME'>",
    "preload": "<link rel='preload' as='image' href='HOME'>",
    "import of a style": "<style>@import url(HOME);</style>",
    "background": "<p style='background: url(HOME)'>x</p>",
    "font": "<style>@font-face{font-family:f;src:url(HOME)} p{font-family:f}</style><p>x</p>",
    "frame": "<iframe src='HOME'></iframe>",
    "frame with a text": f'<iframe srcdoc="{FRAMED}"></iframe>',
    "frame with a script": f'<iframe src="javascript:{CALL};void 0"></iframe>',
    "frame of data": f'<iframe src="data:text/html,{FRAMED}"></iframe>',
    "object": "<object data='HOME'></object>",
    "embed": "<embed src='HOME'>",
    "video": "<video src='HOME' autoplay></video>",
    "poster": "<video poster='HOME'></video>",
    "audio": "<audio src='HOME' autoplay></audio>",
    "refresh": "<meta http-equiv='refresh' content='0;url=HOME'>",
    "base": "<base href='HOME/'><img src='x.png'>",
    "form": "<form id='f' action='HOME'></form><script>document.forms[0].submit()</script>",
    "javascript link": f"<a id='a' href=\"javascript:{CALL};void 0\">x</a><script>a.click()</script>",
    "svg with a script": f"<svg {SVG}><script>{CALL}</script></svg>",
    "svg with an event": f'<svg {SVG} onload="{CALL}"></svg>',
    "svg with a picture": f"<svg {SVG}><image href='HOME'/></svg>",
    "svg with html": f"<svg {SVG}><foreignObject><img src='HOME'/></foreignObject></svg>",
    "svg with a style": f"<svg {SVG}><style>@import url(HOME);</style></svg>",
    "broken nesting": f"<svg></p><style><a id='</style><img src=x onerror=\"{CALL}\">'>",
    "end of a text": f"</pre></code></textarea></title></script></style><script>{CALL}</script>",
}
# What a policy in a page does not stop: going elsewhere. Sanitising does.
GOING_ELSEWHERE = {"refresh"}


class Server(ThreadingHTTPServer):
    """A server of this machine that notes what it is asked for; a context manager."""

    def __init__(self, folder):
        self.folder, self.called, self.asked = folder, set(), set()
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    def server_close(self):
        """Stop for good; leaving the context calls it."""
        self.shutdown()
        self._thread.join()
        super().server_close()


class Answers(BaseHTTPRequestHandler):
    """Serve the pages of the test and formgrader's files, and a script to whoever calls home."""

    def do_GET(self):
        """Answer one request."""
        _, place, *rest = self.path.split("?")[0].split("/")
        if place == "home":
            self.server.called.add(list(TRICKS)[int(rest[0])])
            return self.reply("text/javascript", b"document.title = 'changed'")
        file = self.server.folder.joinpath(place, *rest)
        if place == "formgrader":
            self.server.asked.add(rest[0])
            file = Path(handlers.static_path).joinpath(*rest[1:])
        if not file.is_file():
            return self.reply("application/json", b"[]")
        kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}
        return self.reply(kinds.get(file.suffix, "image/png"), file.read_bytes())

    do_POST = do_GET

    def reply(self, kind, content):
        """Send one answer."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The server that nobody should call, with every trick made for its address."""
    with Server(tmp_path_factory.mktemp("nothing")) as server:
        server.tricks = [
            trick.replace("HOME", f"{server.address}/home/{number}")
            .replace("HOST", server.address.removeprefix("http://"))
            .replace("PATH", f"home/{number}")
            for number, trick in enumerate(TRICKS.values())
        ]
        yield server


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The server of the pages, and their folder."""
    with Server(tmp_path_factory.mktemp("pages")) as server:
        yield server


def opened(address, home, tmp_path):
    """Open a page in a fresh Chromium that reaches no other machine.

    Returns:
        Its document at the end, and what the browser complained about.
    """
    home.called.clear()
    return browser.opened(address, tmp_path / "profile")


def outputs_of(trick):
    """Every kind of output that nbconvert would show, with a trick in it."""
    shown = [
        *("text/html", "text/markdown", "text/latex", "text/plain", "image/svg+xml"),
        *("image/png", "application/javascript", "text/vnd.mermaid"),
    ]
    data = [v4.new_output("display_data", data={kind: trick}) for kind in shown]
    isolated = v4.new_output("display_data", data={"text/html": trick})
    isolated.metadata["text/html"] = {"isolated": True}
    sized = v4.new_output("display_data", data={"image/png": ""})
    sized.metadata["image/png"] = {"width": f'1">{trick}', "alt": f'">{trick}'}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "m", "x": trick}}
    return [
        *data,
        isolated,
        sized,
        v4.new_output("execute_result", data=widget),
        v4.new_output("stream", name="stdout", text=trick),
        v4.new_output("stream", name="stderr", text=f"\x1b[31m{trick}\x1b]8;;{trick}\x07"),
        v4.new_output("error", ename=trick, evalue=trick, traceback=[trick]),
    ]


def hostile_notebook(tricks):
    """A submission with every trick as text, as raw cell, as code and in its answers."""
    everything = "\n\n".join(tricks)
    answers = reference_answers(LESSON)
    answers[next(iter(answers))] = f"'''\n{everything}\n'''"
    notebook = make_submission(LESSON, answers)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("written_"):
            cell.source = everything
    for trick in tricks:
        notebook.cells.append(v4.new_markdown_cell(trick))
        notebook.cells.append(
            v4.new_markdown_cell(f"x [x]({trick}) $x{trick}$ `{trick}` ![x]({trick})")
        )
        raw = v4.new_raw_cell(trick)
        raw.metadata["raw_mimetype"] = "text/html"
        notebook.cells.append(raw)
        notebook.cells.append(v4.new_code_cell(f"# {trick}"))
    notebook.cells.append(v4.new_markdown_cell(f"![x](attachment:{everything})"))
    notebook.cells[-1].attachments = {everything: {"text/html": everything}}
    figure = next(iter(sorted((ROOT / "solutions" / LESSON.name / "figures").iterdir())))
    notebook.cells.append(v4.new_markdown_cell(f"$x < y$ ![ours](figures/{figure.name})"))
    notebook.metadata.title = everything
    return notebook


def with_outputs(notebook, tricks):
    """The notebook with what our salvage would have dropped: outputs, and tricks in metadata."""
    for order in (tricks, tricks[::-1]):
        everything = "\n\n".join(order)
        tag = f'"> {everything}'.replace(",", "")
        cell = v4.new_code_cell("1", outputs=outputs_of(everything), metadata={"tags": [tag]})
        notebook.cells.append(cell)
    notebook.metadata.title = f"</title>{tricks[0]}"
    state = {"version_major": 2, "version_minor": 0, "state": {"m": f"</script>{tricks[0]}"}}
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": state}
    return notebook


@pytest.fixture(scope="module")
def course(home, here):
    """A course in which one hostile submission was recorded, as if judged, and has a feedback page."""
    path = hand_in(hostile_notebook(home.tricks), here.folder, STUDENT, LESSON)
    picture = next(t for t in home.tricks if t.startswith("<img"))
    path = path.rename(path.with_name(f"{picture.replace('/', '&#47;')}.ipynb"))
    submission = salvage_or_blank(path, LESSON)
    everything = "\n\n".join(home.tricks)
    verdicts = [
        ExerciseVerdict(name, "error", 0.0, points, {"id": "error", "message": everything})
        for name, points in LESSON.exercises.items()
    ]
    marked = mark(submission, Verdict(LESSON.name, verdicts))
    db = f"sqlite:///{here.folder / 'gradebook.db'}"
    with Recorder(LESSON, here.folder, db) as recorder:
        recorder.enrol([STUDENT])
        recorder.record(STUDENT, marked)
    file = here.folder / "autograded" / STUDENT / LESSON.name / f"{LESSON.name}.ipynb"
    notebook = with_outputs(nbformat.read(file, as_version=4), home.tricks)
    file.chmod(0o644)
    file.write_text(json.dumps(notebook))
    write_feedback(LESSON.name, here.folder, db, STUDENT)
    return here.folder


def formgrader_page(course, config):
    """The page that formgrader makes of the autograded notebook, beside its figures."""
    made = Config()  # as nbgrader's FormgradeExtension makes it, before it reads our settings
    made.HTMLExporter.template_name = "formgrade"
    made.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    made.merge(config)
    resources = {
        **{"assignment_id": LESSON.name, "notebook_id": LESSON.name, "submission_id": "1"},
        **{"index": 0, "total": 1, "base_url": "", "student": STUDENT, "notebook_path": "x"},
        **{"last_name": None, "first_name": None},
    }
    folder = course / "autograded" / STUDENT / LESSON.name
    exporter = HTMLExporter(config=made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbconvert's, of the notebook's odd parts
        page, _ = exporter.from_filename(str(folder / f"{LESSON.name}.ipynb"), resources=resources)
    return page


def framed(heads, home, here, tmp_path):
    """Open a page with a frame for each trick, each below one of these heads."""
    for number, trick in enumerate(home.tricks):
        for name, head in heads.items():
            (here.folder / f"{name}{number}.html").write_text(f"{head}<body>{trick}</body>")
    names = [f"{name}{number}.html" for name in heads for number in range(len(TRICKS))]
    frames = "".join(f"<iframe src='{name}'></iframe>" for name in names)
    (here.folder / "frames.html").write_text(f"<html><body>{frames}</body></html>")
    opened(f"{here.address}/frames.html", home, tmp_path)


def test_without_our_walls_every_trick_calls_home(home, here, tmp_path):
    framed({"bare": "<!DOCTYPE html><html><head></head>"}, home, here, tmp_path)
    assert home.called == set(TRICKS)


def test_the_policy_alone_stops_all_but_going_elsewhere(home, here, tmp_path):
    empty = "<!DOCTYPE html><html><head><!-- Load mathjax --><!-- End of mathjax configuration --></head>"
    bar = "<script>ours()</script><a onclick=\"ours('&amp;')\">x</a>"
    heads = {
        "feedback": page_policy.with_policy(empty),
        "formgrader": page_policy.with_policy(empty, bar),
    }
    framed(heads, home, here, tmp_path)
    assert home.called == GOING_ELSEWHERE


def test_a_feedback_page_calls_nobody_and_no_script_changes_it(home, course, tmp_path):
    page = course / "feedback" / STUDENT / LESSON.name / f"{LESSON.name}.html"
    document, console = opened(page.as_uri(), home, tmp_path)
    assert home.called == set()
    assert "data-changed" not in document
    assert f"<title>{LESSON.name}</title>" in document
    assert "sendBeacon" in document  # as text
    assert 'src="figures/' in document
    assert "<math" in document
    assert "Loading the image" not in console  # as a browser says of a picture that it refuses
    assert page.read_bytes().index(b'charset="utf-8"') < 1024  # where a browser looks for it


def test_sanitising_alone_stops_everything(home, course, tmp_path):
    page = course / "feedback" / STUDENT / LESSON.name / f"{LESSON.name}.html"
    text, policies = re.subn("<meta[^>]*Content-Security-Policy[^>]*>", "", page.read_text())
    assert policies == 1
    bare = page.with_name("bare.html")
    bare.write_text(text)
    document, _ = opened(bare.as_uri(), home, tmp_path)
    assert home.called == set()
    assert "data-changed" not in document


def test_formgrader_s_page_runs_its_own_scripts_and_calls_nobody(home, here, course, tmp_path):
    config = Config()
    nbgrader_plugin.configure(config)
    place = course / "autograded" / STUDENT / LESSON.name / "page.html"
    place.write_text(formgrader_page(course, config))
    document, _ = opened(f"{here.address}/{place.relative_to(course)}", home, tmp_path)
    assert home.called == set()
    assert "data-changed" not in document
    assert "data-link=" not in document  # a script of its head has run
    (icon,) = re.findall("<span[^>]*glyphicon-eye-open[^>]*>", document)
    assert "data-original-title" in icon  # and one of its bar
    assert {"static", "api"} <= here.asked


def test_handlers_of_formgrader_s_bar_are_allowed_by_their_text_and_no_others(course):
    config = Config()
    nbgrader_plugin.configure(config)
    page = formgrader_page(course, config)
    (policy,) = re.findall('content="([^"]*)" http-equiv="Content-Security-Policy"', page)
    handlers_of_bar = set(re.findall('onclick="([^"]*)"', page))
    assert {"toggle_name(true);", "toggle_name(false);"} == handlers_of_bar
    for code in handlers_of_bar:
        digest = hashlib.sha256(code.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert policy.count("sha256") == 4  # and the bar's script, and the one in the place of MathJax
    script_sources = policy.split("script-src ")[1].split(";")[0]
    assert "'unsafe-inline'" not in script_sources
    assert "'self'" not in script_sources


def test_a_page_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="another shape"):
        page_policy.with_policy("<head></head>")
