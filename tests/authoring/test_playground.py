"""The latent playground: its files, what its pages say, and that its networks compute what PyTorch computes."""

import html
import json
import re

import pytest
import torch
from torch import nn

from autograder.authoring.playground import models, page, snippet, weights, write_playground
from autograder.authoring.playground.export import write_weights
from autograder.errors import CourseError
from course_utils import data
from tests import browser

MEGABYTE = 1_000_000
WITH_CLASSES = {
    "classes",
    "gumbel",
}  # the last ten inputs of these decoders are a class or a mixture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    output = tmp_path_factory.mktemp("site") / "playground"
    write_playground(output)
    return output


@pytest.fixture(scope="module")
def images():
    return data.load("digits", device="cpu")


def test_the_playground_is_small_and_complete(folder):
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sum(sizes.values()) < 3 * MEGABYTE
    assert {f"{name}.js" for name in models.names()} < sizes.keys()
    for address in re.findall(r'(?:src|href)="\./([^"]+)"', (folder / "index.html").read_text()):
        assert address in sizes


def test_nothing_is_asked_of_another_machine(folder):
    for path in folder.glob("*.[jch]*"):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.|fetch\(|XMLHttpRequest", text), path.name


def test_lessons_02_to_06_have_a_widget_that_says_what_to_try_and_to_see(lesson, folder):
    text = snippet(lesson.name, base="../_static/playground")
    if lesson.name[:2] not in {"02", "03", "04", "05", "06"}:
        assert text == ""
        return
    assert text.count("<section") == text.count("<details><summary>What you should see") == 1
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(addresses) == 3
    for address in addresses:
        assert (folder / address.removeprefix("../_static/playground/")).exists(), address
    assert len(re.search(r'alt="([^"]+)"', text).group(1)) > 20


def test_stored_weights_are_within_half_a_step_of_the_trained_ones(tmp_path, seeded):
    network = nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 10))
    network[2].weight.data[3] = 0  # a row without any weight
    (tmp_path / "tiny.js").write_bytes(weights.packed("tiny", {"decoder": network}, {"a": 1}))
    stored = weights.stored("tiny", tmp_path)
    assert stored.facts == {"a": 1}
    for layer, copy in zip(network, stored.networks["decoder"], strict=True):
        if isinstance(layer, nn.Linear):
            step = layer.weight.abs().amax(dim=1, keepdim=True) / 127
            assert bool(((layer.weight - copy.weight).abs() <= 0.501 * step + 1e-9).all())
            assert torch.equal(layer.bias, copy.bias)


def test_missing_or_damaged_weights_are_one_line_that_says_what_to_do(tmp_path):
    (tmp_path / "map.js").write_text('vaePlayground.put("map", {"networks": {"decoder": [{}]}});')
    for name in ("map", "gumbel"):
        with pytest.raises(CourseError, match=rf"vae-course weights {name}$") as failure:
            weights.stored(name, tmp_path)
        assert "\n" not in str(failure.value)


def test_only_known_models_are_trained_and_only_on_mnist(tmp_path):
    with pytest.raises(CourseError, match=r"There is no model 'mapp'.*map"):
        next(write_weights(["mapp"], tmp_path))
    with pytest.raises(CourseError, match="MNIST, but digits was loaded: unset VAE_COURSE_FAST"):
        next(write_weights(["map"], tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["map", "classes", "beta_1", "gumbel"])
def test_each_recipe_trains_what_the_page_loads(name, images, seeded):
    trained = models.train(name, images, share=1e-3)
    stored = weights.stored(name)
    assert trained.facts.keys() == stored.facts.keys()
    for kind, network in stored.networks.items():
        shapes = [p.shape for p in trained.networks[kind].parameters()]
        assert [p.shape for p in network.parameters()] == shapes


# ------------------------------------------------------------------------------- in the browser


def questions():
    """Inputs for every network: codes or mixtures for decoders, images (decoded ones) for encoders."""
    generator = torch.Generator().manual_seed(0)
    asked = {}
    for name in models.names():
        networks = weights.stored(name).networks
        z = 1.5 * torch.randn(8, networks["decoder"][0].in_features, generator=generator)
        if name in WITH_CLASSES:
            z[:, -10:] = z[:, -10:].softmax(dim=1)
        asked[name] = {"z": z}
        if "encoder" in networks:
            asked[name]["x"] = torch.rand(8, 784, generator=generator)
    return asked


ASK = """
<pre id="answers"></pre>
<script>
(async () => {
  const answers = {};
  for (const [name, { z, x }] of Object.entries(QUESTIONS)) {
    const model = await vaePlayground.load(name);
    answers[name] = { decoded: z.map((row) => [...vaePlayground.decode(model, row)]) };
    answers[name].encoded = (x || []).map((row) => {
      const { mu, sigma } = vaePlayground.encode(model, row);
      return [[...mu], [...sigma]];
    });
  }
  document.getElementById("answers").textContent = JSON.stringify(answers);
})();
</script>
"""


def answers_of(page_text, element="answers"):
    found = re.search(rf'<pre id="{element}">(.*?)</pre>', page_text, flags=re.DOTALL).group(1)
    assert found, "the page's script did not come to its end"
    return json.loads(html.unescape(found))


@browser.needs_chromium
def test_the_page_computes_what_pytorch_computes_with_the_same_weights(folder, tmp_path):
    asked = questions()
    rows = {name: {k: t.tolist() for k, t in one.items()} for name, one in asked.items()}
    script = ASK.replace("QUESTIONS", json.dumps(rows))
    (folder / "ask.html").write_text(f'<script src="playground.js"></script>{script}')
    text, complaints = browser.opened((folder / "ask.html").as_uri(), tmp_path / "profile")
    (folder / "ask.html").unlink()
    assert "CONSOLE" not in complaints, complaints
    answers = answers_of(text)
    with torch.no_grad():
        for name, one in asked.items():
            networks = weights.stored(name).networks
            decoded = networks["decoder"](one["z"]).sigmoid()
            assert (torch.tensor(answers[name]["decoded"]) - decoded).abs().max() < 1e-5, name
            if "x" in one:
                mu, log_var = networks["encoder"](one["x"]).chunk(2, dim=1)
                expected = torch.stack([mu, (0.5 * log_var).exp()], dim=1)
                answered = torch.tensor(answers[name]["encoded"])
                torch.testing.assert_close(answered, expected, atol=1e-5, rtol=1e-5)


PLAY = """
<pre id="seen"></pre>
<script>
const seen = {};
const widget = (kind) => document.querySelector(`[data-widget=${kind}]`);
const told = (kind) => widget(kind).querySelector(".pg-readout").textContent;
const ink = (canvas) => canvas.toDataURL();
const large = (kind) => ink(widget(kind).querySelector(".pg-large"));
const named = (kind, text) => [...widget(kind).querySelectorAll("button")].find((b) => b.textContent === text);
const key = (node, name, more = {}) =>
  node.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
function pointer(node, kind, x, y, pointerType) {
  const { left, top, width, height } = node.getBoundingClientRect();
  const at = { clientX: left + x * width, clientY: top + y * height };
  node.dispatchEvent(new PointerEvent(kind, { bubbles: true, button: 0, pointerId: 7, pointerType, ...at }));
}
function set(kind, value) {
  const input = widget(kind).querySelector("input");
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return input.getAttribute("aria-valuetext");
}
function play() {
  const map = widget("walking").querySelector(".pg-map");
  seen.start = told("walking");
  key(map, "ArrowRight");
  key(map, "ArrowUp", { shiftKey: true });
  seen.keys = told("walking");
  key(map, "Home");
  seen.home = told("walking");
  const before = large("walking");
  pointer(map, "pointerdown", 0.5, 0.5, "mouse");
  pointer(map, "pointermove", 0.75, 0.25, "mouse");
  pointer(map, "pointerup", 0.75, 0.25, "mouse");
  pointer(map, "pointermove", 0.1, 0.1, "mouse");
  seen.mouse = told("walking");
  seen.redrawn = large("walking") !== before;
  pointer(map, "pointerdown", 2.0, 0.5, "touch");
  pointer(map, "pointerup", 2.0, 0.5, "touch");
  seen.outside = told("walking");
  const sheet = ink(map.querySelector(".pg-sheet"));
  named("walking", "Pictures").click();
  seen.sheet = ink(map.querySelector(".pg-sheet")) !== sheet;

  seen.example = told("drawing");
  const plane = widget("drawing").querySelector(".pg-map");
  seen.hidden = [0.1, 0.85].flatMap((x) => [0.1, 0.85].map((y) => {
    pointer(plane, "pointerdown", x, y, "mouse");
    pointer(plane, "pointerup", x, y, "mouse");
    const [lens, box] = [".pg-lens", ".pg-map"].map((name) => widget("drawing").querySelector(name).getBoundingClientRect());
    const [left, top] = [box.left + x * box.width, box.top + y * box.height];
    return lens.left < left && left < lens.right && lens.top < top && top < lens.bottom;
  }));
  seen.moved = told("drawing");
  named("drawing", "Clear").click();
  seen.cleared = told("drawing");
  const paper = widget("drawing").querySelector(".pg-paper");
  pointer(paper, "pointerdown", 0.5, 0.2, "touch");
  for (let i = 0; i < 20; i++) pointer(paper, "pointermove", 0.5, 0.2 + 0.03 * i, "touch");
  pointer(paper, "pointerup", 0.5, 0.8, "touch");
  seen.drawn = told("drawing");

  const four = large("conditional");
  widget("conditional").querySelector("[aria-label='Class 7']").click();
  seen.seven = [told("conditional"), large("conditional") !== four];
  seen.pressed = widget("conditional").querySelectorAll("[aria-pressed=true]").length;

  seen.betas = [0, 1, 2, 3, 4].map((i) => [set("priced", i), told("priced"), large("priced")]);

  const heights = () => [...widget("relaxed").querySelectorAll(".pg-bars")].map((chart) =>
    [...chart.querySelectorAll("i")].map((bar) => parseFloat(bar.style.height)));
  seen.warm = [set("relaxed", 0.7), heights()];
  seen.cold = [set("relaxed", -1.3), heights()];
  seen.nameless = [...document.querySelectorAll("button, input, [tabindex]")].filter(
    (node) => !(node.textContent.trim() || node.getAttribute("aria-label"))).length;
  document.getElementById("seen").textContent = JSON.stringify(seen);
}
const sections = [...document.querySelectorAll(".vae-playground")];
addEventListener("load", () => Promise.all(sections.map(vaePlayground.start)).then(play));
</script>
"""


@browser.needs_chromium
def test_every_widget_answers_keys_pointers_and_touch(folder, tmp_path):
    text = (folder / "index.html").read_text().replace("</body>", PLAY + "</body>")
    (folder / "play.html").write_text(text)
    options = ("--window-size=1000,4000", "--force-prefers-reduced-motion")
    address = (folder / "play.html").as_uri()
    text, complaints = browser.opened(address, tmp_path / "profile", *options)
    (folder / "play.html").unlink()
    assert "CONSOLE" not in complaints, complaints
    seen = answers_of(text, "seen")
    assert seen["start"].startswith("z = (2.20, \u22120.40)")
    assert seen["keys"].startswith("z = (2.30, 0.10)")
    assert seen["home"].startswith("z = (0.00, 0.00)")
    assert seen["mouse"].startswith("z = (1.75, 1.75)"), (
        "after the pointer is up nothing follows it"
    )
    assert seen["outside"].startswith("z = (3.50, "), "the point stays on the map"
    assert seen["redrawn"]
    assert seen["sheet"]
    assert "KL to the prior" in seen["example"]
    assert seen["hidden"] == 4 * [False], "the lens moves out of the point's way"
    assert seen["moved"].startswith("z = (2.45, \u22122.45). q(z|x): mean")
    assert seen["cleared"].startswith("z = (0.00, 0.00). Nothing drawn.")
    assert "KL to the prior" in seen["drawn"]
    assert seen["seven"][0].startswith("y = 7")
    assert seen["seven"][1]
    assert seen["pressed"] == 1
    assert [row[0] for row in seen["betas"]] == [f"{beta:g}" for beta in models.BETAS]
    assert len({row[1] for row in seen["betas"]}) == len(models.BETAS)
    assert len({row[2] for row in seen["betas"]}) == len(models.BETAS)
    (warmth, warm), (coldness, cold) = seen["warm"], seen["cold"]
    assert (warmth, coldness) == ("5.01", "0.05")
    for mixed, pure in zip(warm, cold, strict=True):
        assert sum(mixed) == pytest.approx(100, abs=0.1)
        assert max(mixed) < max(pure)
        assert mixed.index(max(mixed)) == pure.index(max(pure))
    assert seen["nameless"] == 0


@browser.needs_chromium
def test_missing_weights_leave_the_still_picture_and_one_line(tmp_path):
    write_playground(tmp_path)
    (tmp_path / "map.js").unlink()
    start = "document.querySelectorAll('.vae-playground').forEach(vaePlayground.start)"
    text = (tmp_path / "index.html").read_text()
    script = f"<script>addEventListener('load', () => {start})</script></body>"
    (tmp_path / "play.html").write_text(text.replace("</body>", script))
    text, _ = browser.opened((tmp_path / "play.html").as_uri(), tmp_path / "profile")
    assert text.count("map.js was expected beside playground.js") == 2
    assert text.count("pg-still") == 2
    assert text.count("pg-ready") == len(page.WIDGETS) - 2
