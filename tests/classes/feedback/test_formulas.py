"""Formulas are drawn by the browser alone, and nothing of HTML gets through them."""

import re

import pytest

from autograder.classes.feedback.formulas import ELEMENTS, MAX_TEX, mathml
from autograder.classes.feedback.safe import with_formulas


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"\mathrm{KL}(q \| p) \ge 0", ["<mo>≥</mo>", "<mn>0</mn>"]),
        (r"\mathbb{E}_{q}\left[\log p(x \mid z)\right]", ["\U0001d53c", "log"]),
        (r"\frac12 \sum_i \sigma_i^2", ["<mfrac>", "∑", "\u03c3"]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", ["<mtable", "<mtr>"]),
        (r"\log p", ['<mi>log</mi><mspace width="0.167em"></mspace><mi>p</mi>']),
        (r"\log(p) x_{\max}", ["<mi>log</mi><mo"]),
        (r"a < b", ["<mo>&lt;</mo>"]),
    ],
)
def test_a_formula_is_mathml(tex, parts):
    shown = mathml(tex, block=True)
    assert shown.startswith('<math display="block">')
    for part in parts:
        assert part in shown


HOSTILE = [
    r"\href{javascript:alert(1)}{x}",
    r"\style{background:url(http://evil)}{x}",
    r"\class{evil}{x}",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\text{</math><script>alert(1)</script>}",
    r"\color{red\"onload=alert(1)}{x}",
    r"\mathrm{<b>}",
]


@pytest.mark.parametrize("tex", HOSTILE)
def test_no_formula_brings_html_or_links(tex):
    for shown in (mathml(tex, False), with_formulas(f"${tex}$", {})):
        tags = re.findall(r"</?([a-z]+)((?:\s[^>]*)?)>", shown)
        assert {name for name, _ in tags} <= ELEMENTS | {"code", "p", "math"}
        assert not any(re.search(r"href|style=|class|\bon\w+=", a) for _, a in tags), shown


@pytest.mark.parametrize(
    "tex", ["x^", r"\frac", "{{{", r"\unknown x", "a & b", r"\def\a{b}\a", "x" * (MAX_TEX + 1), ""]
)
def test_what_cannot_be_drawn_is_shown_as_it_was_typed(tex):
    assert mathml(tex, False) == f"<code>{tex.replace('&', '&amp;')}</code>"


def test_formulas_stand_where_they_were_typed_and_nowhere_else():
    text = 'One $a$, `$b$`, ![$c$](x.png "$d$")\n\n$$e$$\n\n\\begin{align}f &= g\\end{align}'
    shown = with_formulas(text, {})
    assert shown.count("<math") == 3
    assert shown.index("<mi>a</mi>") < shown.index("<mi>e</mi>") < shown.index("<mi>f</mi>")
    assert "<code>$b$</code>" in shown
    (picture,) = re.findall("<img[^>]*>", shown)
    assert "<math" not in picture


def test_who_forges_the_place_of_a_formula_sees_one_of_their_own_once():
    forged = '<span lang="x-formula-0"></span>'
    shown = with_formulas(f"{forged}{forged} <b title='{forged}'>x</b> $y$ {forged * 3}", {})
    assert shown.count("<math") == 1
    assert "<mi>y</mi>" in shown
