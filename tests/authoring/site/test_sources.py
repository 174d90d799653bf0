"""Links of documents, and the glossary's terms, on their way into pages."""

import re

import pytest
from docutils import nodes

from autograder.authoring.site import home_page, lesson_page
from autograder.authoring.site.links import broken_links
from autograder.authoring.site.sources import Sources
from autograder.authoring.site.term_links import link_terms
from autograder.authoring.site.terms import definitions, with_anchors
from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names

GLOSSARY = """
| symbol | in code | what it is | first met |
|---|---|---|---|
| ELBO | `elbo` | evidence lower bound | 01 |

- **Posterior collapse**: q equals the prior.
- **Kullback-Leibler divergence (KL)**: no distance.
- **Score**: a gradient.
"""


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[l](../notebooks/02_vae/02_vae.ipynb)", "[l](02_vae.md)"),
        ("[s](../solutions/02_vae/02_vae.ipynb)", "[s](02_vae.md)"),
        ("[docs/student.md](student.md#install)", "[For learners](student.md#install)"),
        ("[a part](#below)", "[a part](#below)"),
        ("[far](https://example.org/a.md)", "[far](https://example.org/a.md)"),
        ("[code](../autograder/cli.py)", "code"),
        ("[folder](../benchmarks)", "folder"),
        ("![rooms](images/rooms.svg)", "![rooms](files/docs/images/rooms.svg)"),
        ("about <!-- =hours() -->2<!-- . --> hours", "about 2 hours"),
        ("`[not](a-link.md)` and", "`[not](a-link.md)` and"),
    ],
)
def test_a_link_leads_to_a_page(link, expected, tmp_path):
    Sources(tmp_path).write("page", link, ROOT / "docs" / "student.md")
    assert (tmp_path / "page.md").read_text() == expected


def test_a_link_that_leads_nowhere_is_one_line_with_its_file(tmp_path):
    with pytest.raises(CourseError, match=r"^docs/student.md: the link to gone.md leads nowhere"):
        Sources(tmp_path).write("page", "see [this](gone.md)", ROOT / "docs" / "student.md")


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("<a href='there.html#place'>", ""),
        ("<a href='https://example.org'>", ""),
        ("<a href='https://example.org/1:'>", "ends in a mark of the sentence"),
        ("<img src='data:,'>", ""),
        ("<a href='gone.html'>", "gone.html does not exist"),
        ("<a href='there.html#gone'>", "names no place"),
        ("<a href='#gone'>", "names no place"),
        ("<img src='gone.png'>", "gone.png does not exist"),
        ("<script src='https://example.org/x.js'></script>", "is loaded from elsewhere"),
        ("<link rel='stylesheet' href='//example.org/x.css'>", "is loaded from elsewhere"),
    ],
)
def test_links_of_a_finished_site_are_followed(address, fault, tmp_path):
    (tmp_path / "there.html").write_text("<p id='place'>")
    (tmp_path / "here.html").write_text(address)
    found = broken_links(tmp_path)
    assert len(found) == bool(fault)
    assert not fault or fault in found[0]


def test_terms_have_places_and_everyday_words_are_none():
    assert definitions(GLOSSARY) == {
        "posterior collapse": ("term-posterior-collapse", "q equals the prior."),
        "kullback-Leibler divergence": ("term-kullback-leibler-divergence-kl", "no distance."),
        "KL": ("term-kullback-leibler-divergence-kl", "no distance."),
        "ELBO": ("term-elbo", "evidence lower bound"),
    }
    text = with_anchors(GLOSSARY)
    assert "| []{#term-elbo}ELBO |" in text
    assert "- []{#term-posterior-collapse}**Posterior collapse**" in text


def test_the_first_use_of_a_term_in_each_section_is_linked():
    document = nodes.document(None, None)
    for number in range(2):
        section = nodes.section("", nodes.title("", "The ELBO"), ids=[str(number)])
        section += nodes.paragraph("", "Posterior collapse, the ELBO, ELBOs and the KLD. ")
        section += nodes.paragraph("", "", nodes.literal("", "ELBO"))
        document += section
    link_terms(document, definitions(GLOSSARY))
    links = [(node.astext(), node["refuri"]) for node in document.findall(nodes.reference)]
    expected = [
        ("Posterior collapse", "glossary.html#term-posterior-collapse"),
        ("ELBO", "glossary.html#term-elbo"),
    ]
    assert links == 2 * expected


def test_html_of_the_notebooks_becomes_markdown():
    text = (
        "<details><summary>Hint 1: a <fold></summary>\nUse <code>__init__ &lt; 3</code>, <i>not</i>"
        "<pre>a\n  b</pre>more\n</details>"
    )
    assert lesson_page.markdown(text) == (
        ":::{admonition} Hint 1: a <fold>\n:collapsible: closed\n:class: hint\n\n"
        "Use `__init__ < 3`, *not*\n```text\na\n  b\n```\n\nmore\n:::\n"
    )


def test_a_notebook_that_does_not_belong_to_its_source_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lesson_page, "RELEASE", tmp_path)
    name = lesson_names()[0]
    with pytest.raises(CourseError, match=f"Run: vae-course build {name}"):
        lesson_page.lesson_page(Lesson.load(name), True)


def test_the_readme_must_list_each_lesson(monkeypatch):
    monkeypatch.setattr(home_page, "lesson_names", lambda: ["99_new"])
    with pytest.raises(CourseError, match="has no row for 99_new"):
        home_page.home_page()


def test_the_readme_must_have_a_start_that_the_site_replaces(monkeypatch):
    page = home_page.home_page(playground=True)
    assert "make setup" not in page
    assert "_static/playground/index.html" in page
    assert "_static/playground" not in home_page.home_page()
    monkeypatch.setattr(home_page, "START", re.compile("^## Beginning$", re.M))
    with pytest.raises(CourseError, match=r"expected a section `## Start`"):
        home_page.home_page()


def test_a_playground_gets_a_section_before_the_summary_and_a_link_at_the_top():
    text = lesson_page.lesson_page(Lesson.load(lesson_names()[0]), False, "<b>try</b>")
    assert text.index("(#try-it-here)") < text.index("## Try it here")
    assert text.index("## Try it here") < text.index("<b>try</b>") < text.index("## Summary")
