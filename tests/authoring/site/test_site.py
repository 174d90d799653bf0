"""The whole site, with solutions: what is in its pages, and what people can do with them in a browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from autograder.authoring.site.build import build_site
from autograder.authoring.site.links import broken_links
from autograder.authoring.site.sources import documents
from autograder.source.lesson import RELEASE, lesson_names
from tests.authoring.site.browser import chromium, served, watched
from tests.browser import needs_chromium

PAGES = [*documents(), *lesson_names(), "search"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
LESSON = "02_vae"
# axe would look for style sheets of style sheets at wrong addresses, and list all that is well. Of a formula people
# hear the MathML that KaTeX writes; what it draws is left out, it takes axe long.
AXE = {"preload": False, "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "site"
    assert build_site(folder) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser, address):
    with watched(browser, address, viewport=DESK, reduced_motion="reduce") as page:
        yield page


@pytest.mark.oldest
def test_every_page_is_there_and_the_site_is_small(site):
    assert {path.stem for path in site.glob("*.html")} == set(PAGES)
    assert sum(path.stat().st_size for path in site.rglob("*")) < 20_000_000
    assert broken_links(site) == []


def test_a_lesson_shows_all_figures_exercises_hints_and_answers(site, request):
    for lesson in request.config.lessons:
        page = (site / f"{lesson.name}.html").read_text(encoding="utf-8")
        notebook = (RELEASE / lesson.name / f"{lesson.name}.ipynb").read_text(encoding="utf-8")
        for figure in set(re.findall(r"\]\(figures/(\w+)", notebook)):
            assert f"_images/{figure}" in page, figure
        answers = len(lesson.exercises) + len(lesson.written)
        assert page.count('<details class="solution ') == answers
        assert page.count('<details class="hint ') == notebook.count("<summary>Hint")
        # An output is closed where the reader was asked to guess it first.
        outputs = re.findall(r"^ +\"(guess = )|<summary>(What you should see)<", notebook, re.M)
        opened = sum(
            bool(shown) and not (before and before[0])
            for before, (_, shown) in zip([None, *outputs], outputs, strict=False)
        )
        assert len(re.findall(r"<details [^>]*open", page)) == opened > 0
        assert page.count("Write it down, then read on.") == sum(
            bool(guess) for guess, _ in outputs
        )
        assert "guess = " not in page
        cells = 1 + len(re.findall(r"widgets\.slider\(", notebook))
        assert page.count('<details class="code ') == cells
        folds = page.count("<details class=")  # those of the playground have none
        assert folds == notebook.count("<details><summary>") + answers + cells


@needs_chromium
def test_every_page_fits_a_phone_asks_nobody_and_draws_its_formulas(browser, address):
    with watched(browser, address, viewport=PHONE) as page:
        for name in PAGES:
            page.goto(f"/{name}.html")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], name
            assert page.locator(".katex-error").count() == 0, name
            assert page.locator(".math:not(:has(.katex))").count() == 0, name
            assert page.locator("img:not([alt])").count() == 0, name


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, address, scheme):
    found = {}
    with watched(browser, address, viewport=DESK, color_scheme=scheme) as page:
        for name in ("index", LESSON, "glossary", "search"):
            page.goto(f"/{name}.html")
            page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
            result = Axe().run(page, {"exclude": [".katex-html"]}, AXE).response
            for fault in result["violations"]:
                if fault["impact"] in ("serious", "critical"):
                    found[name, fault["id"]] = [node["html"] for node in fault["nodes"]][:3]
    assert found == {}


@needs_chromium
def test_search_finds_a_term(tab):
    tab.goto("/index.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("posterior collapse")
    tab.keyboard.press("Enter")
    tab.locator('ul.search li a[href*="02_vae"]').first.wait_for()


@needs_chromium
def test_search_in_pages_opened_as_files_says_that_it_has_no_excerpts(browser, site):
    complaints = []
    page = browser.new_page()
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.goto(f"{(site / 'search.html').as_uri()}?q=posterior+collapse")
    page.locator('ul.search li a[href*="02_vae"]').first.wait_for()
    page.get_by_text("Excerpts need a web server").wait_for()
    page.close()
    assert complaints == []


@needs_chromium
def test_code_fits_a_laptop_and_is_copied_and_a_button_shows_the_contents(browser, address):
    wide = "[...document.querySelectorAll('pre')].filter((p) => p.scrollWidth > p.clientWidth + 1).length"
    with watched(browser, address, viewport=DESK) as page:
        for name in lesson_names():
            page.goto(f"/{name}.html")
            assert page.evaluate(wide) == 0, name
        assert page.locator(".highlight-python button.copybtn").count() > 10
        contents = page.locator("#pst-secondary-sidebar-modal nav.page-toc")
        assert not contents.is_visible()
        page.locator("button.secondary-toggle").click()
        contents.wait_for()
        page.keyboard.press("Escape")
        contents.wait_for(state="hidden")


@needs_chromium
def test_on_a_phone_wide_pictures_lead_to_their_files_and_wide_things_show_it(browser, address):
    with watched(browser, address, viewport=PHONE) as page:
        page.goto(f"/{LESSON}.html")
        picture = page.locator('article a > img[src$="samples.png"]').first
        picture.wait_for()
        assert picture.locator("..").get_attribute("href") == picture.evaluate("(p) => p.src")
        assert page.locator("div.math.scrolls, pre.scrolls").count() > 0


@needs_chromium
def test_a_fold_opens_by_keyboard_and_shows_its_formulas(tab):
    tab.goto(f"/{LESSON}.html")
    hint = tab.locator("details.hint", has=tab.locator(".math")).first
    formula = hint.locator(".katex").first
    assert not formula.is_visible()
    hint.locator("summary").focus()
    tab.keyboard.press("Enter")
    assert formula.is_visible()


@needs_chromium
def test_a_term_is_explained_on_focus_and_on_hover_until_escape(tab):
    tab.goto(f"/{LESSON}.html")
    term = tab.locator("a.term", has_text="posterior collapse").first
    box = tab.get_by_role("tooltip")
    term.focus()
    assert "carry nothing" in box.text_content()
    assert term.get_attribute("aria-describedby") == box.get_attribute("id")
    tab.keyboard.press("Escape")
    assert not box.is_visible()
    term.hover()
    assert box.is_visible()
    term.click()
    tab.locator("#term-posterior-collapse").wait_for(state="attached")


@needs_chromium
def test_the_reader_chooses_the_dark_theme_and_keeps_it(tab):
    tab.goto("/index.html")
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.locator(".theme-switch-button").first.click()
    tab.locator('[data-mode="dark"]').locator("visible=true").first.click()
    tab.goto("/glossary.html")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light


@needs_chromium
def test_the_keyboard_alone_goes_to_the_text_and_to_a_lesson(tab):
    tab.goto("/index.html")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")  # "Skip to main content"
    focused = []
    while "01_elbo.html" not in focused:
        tab.keyboard.press("Tab")
        focused.append(tab.evaluate("document.activeElement.getAttribute('href')"))
        assert len(focused) < 20
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/01_elbo.html")


@needs_chromium
def test_on_paper_there_is_the_text_alone_dark_on_light(browser, address):
    background = "getComputedStyle(document.body).backgroundColor"
    with watched(browser, address, viewport=DESK, color_scheme="dark") as page:
        page.goto(f"/{LESSON}.html")
        dark = page.evaluate(background)
        page.emulate_media(media="print", color_scheme="dark")
        page.wait_for_function(f"{background} === 'rgb(255, 255, 255)'")
        assert page.locator("h1").is_visible()
        for other in (".bd-header", ".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-footer"):
            assert not page.locator(other).first.is_visible()
        page.emulate_media(media="screen", color_scheme="dark")
        page.wait_for_function(f"{background} === '{dark}'")
