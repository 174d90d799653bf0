// The widgets of the lessons. Each takes its stage (an empty box in the page) and its models, and fills the stage.

// Lesson 02: draw x, see q(z|x), see what the decoder makes of z.
function drawing(stage, [model]) {
  const result = picture("What the decoder draws for this z", "pg-large");
  const told = readout();
  let q = null;
  const map = new LatentMap("Map of z with the mean and spread of q of your digit.", show);
  const pad = new Pad((x) => {
    q = x && encode(model, x);
    if (q) map.posterior(q);
    else map.forget();
    map.set(...(q ? q.mu : [0, 0]));
    show(map.z);
  });
  function show(z) {
    result.show(decode(model, z));
    const drawn = q
      ? `q(z|x): mean ${pair(q.mu)}, spread ${pair(q.sigma)}, KL to the prior ${number(q.kl, 1)} nats`
      : "Nothing drawn.";
    told.textContent = `z = ${pair(z)}. ${drawn}`;
  }
  function sample() {
    const [mu, sigma] = q ? [q.mu, q.sigma] : [[0, 0], [1, 1]];
    map.move(mu[0] + sigma[0] * normal(), mu[1] + sigma[1] * normal());
  }
  map.scatter(model.facts);
  stage.append(
    panel("x: your digit", "pg-x", pad.node),
    panel("q(z|x) on the map of z", "pg-z", map.node, row(button("Draw z from q", sample))),
    panel("p(x|z), drawn", "pg-out", result.node),
    told,
  );
  pad.example(3);
}

// Lesson 05: move z over the map, and walk a straight line to it.
function walking(stage, [model]) {
  const result = picture("What the decoder draws for this z", "pg-large");
  const told = readout();
  const steps = Array.from({ length: 9 }, () => picture(""));
  let start = [-1, 1.5];
  const map = new LatentMap("Map of z.", show);
  const views = choice("Behind the point", ["Codes", "Pictures"], (which) => {
    if (which && !map.sheet.dataset.done) map.tile((z) => decode(model, z));
    if (which) map.sheet.dataset.done = "yes";
    map.background(which);
  });
  function show(z) {
    result.show(decode(model, z));
    steps.forEach(({ show }, i) => show(decode(model, [0, 1].map((k) => start[k] + ((z[k] - start[k]) * i) / 8))));
    map.line(start);
    told.textContent = `z = ${pair(z)}, ${number(Math.hypot(...z), 1)} from the middle of the prior`;
  }
  function startHere() {
    start = [...map.z];
    show(map.z);
  }
  map.scatter(model.facts);
  stage.append(
    panel("z: drag the point", "pg-z", map.node, row(views.node)),
    panel("p(x|z), drawn", "pg-out", result.node),
    wide(
      "The straight line from the ring to the point",
      el("div", { class: "pg-strip", role: "img", "aria-label": "Nine pictures along the line" }, ...steps.map((s) => s.node)),
      row(button("Start the line here", startHere)),
    ),
    told,
  );
  views.press(0);
  map.move(2.2, -0.4);
}

// Lesson 03: one z, ten classes.
function conditional(stage, [model]) {
  const result = picture("What the decoder draws for this class and z", "pg-large");
  const told = readout();
  let chosen = 4;
  const map = new LatentMap("Map of z, with the pictures of the chosen class behind the point.", show);
  const small = Array.from({ length: 10 }, () => picture(""));
  const buttons = small.map((one, digit) => {
    const made = button("", () => press(digit), { "aria-label": `Class ${digit}` });
    made.append(one.node, String(digit));
    return made;
  });
  const draw = (z, digit) => decode(model, [...z, ...small.map((_, i) => Number(i === digit))]);
  function press(digit) {
    chosen = digit;
    buttons.forEach((one, i) => one.setAttribute("aria-pressed", i === digit));
    map.tile((z) => draw(z, digit), 11);
    show(map.z);
  }
  function show(z) {
    small.forEach((one, digit) => one.show(draw(z, digit)));
    result.show(draw(z, chosen));
    told.textContent = `y = ${chosen}, z = ${pair(z)}`;
  }
  stage.append(
    wide("y: the class, each with the same z", el("div", { class: "pg-classes", role: "group", "aria-label": "Class" }, ...buttons)),
    panel("z: drag the point", "pg-z", map.node),
    panel("p(x|z, y), drawn", "pg-out", result.node),
    told,
  );
  map.background(1);
  map.set(0.5, -0.5);
  press(chosen);
}

// Lesson 04: the same network at several prices of information.
function priced(stage, sweep) {
  const result = picture("What comes back of your digit", "pg-large");
  const told = readout();
  const draws = Array.from({ length: 8 }, () => ({ z: Float32Array.from({ length: 20 }, normal), ...picture("") }));
  const plane = ratePlane(sweep.map((model) => model.facts));
  let [x, which] = [null, 1];
  const pad = new Pad((pixels) => {
    x = pixels;
    reconstruct();
  });
  const prices = slider("beta", { min: 0, max: sweep.length - 1, step: 1, value: which }, (i) => `${sweep[i].facts.beta}`, choose);
  function reconstruct() {
    const q = x && encode(sweep[which], x);
    result.show(q ? decode(sweep[which], q.mu) : new Float32Array(PIXELS));
    const { rate, distortion } = sweep[which].facts;
    const yours = q ? `Your digit: KL ${number(q.kl, 1)} nats. ` : "";
    told.textContent = `${yours}Test images: rate ${number(rate, 1)}, distortion ${number(distortion, 1)}, sum ${number(rate + distortion, 1)} nats`;
  }
  function choose(index) {
    which = index;
    draws.forEach(({ z, show }) => show(decode(sweep[which], z)));
    plane.mark(which);
    reconstruct();
  }
  function drawNew() {
    draws.forEach((draw) => draw.z.forEach((_, i) => (draw.z[i] = normal())));
    choose(which);
  }
  stage.append(
    wide("", prices.node),
    panel("x: your digit", "pg-x", pad.node),
    panel("What comes back", "pg-out", result.node),
    panel("Rate and distortion", "pg-rates", plane.node),
    wide(
      "Draws from the prior, the same z at each beta",
      el("div", { class: "pg-strip", role: "img", "aria-label": "Eight draws from the prior" }, ...draws.map((draw) => draw.node)),
      row(button("New draws", drawNew)),
    ),
    told,
  );
  choose(which);
  pad.example(5);
}

// A small plot of distortion against rate, in nats: a dot for each beta.
function ratePlane(facts) {
  const [top, right] = [1.1, 1.15].map((room, i) => room * Math.max(...facts.map((f) => (i ? f.rate : f.distortion))));
  const bottom = 0.8 * Math.min(...facts.map((f) => f.distortion));
  const at = ({ rate, distortion }) => [30 + (185 * rate) / right, 150 - (140 * (distortion - bottom)) / (top - bottom)];
  const dots = facts.map((f) => el("circle", { cx: at(f)[0], cy: at(f)[1], r: 4, class: "pg-mark" }));
  const texts = facts.map((f) => el("text", { x: at(f)[0] + 7, y: at(f)[1] - 6, class: "pg-small" }, `${f.beta}`));
  const node = el(
    "svg",
    { viewBox: "0 0 230 180", class: "pg-plane", role: "img", "aria-label": "Distortion against rate, a dot for each beta" },
    el("path", { d: "M30 8V150H222", class: "pg-rule" }),
    el("polyline", { points: facts.map(at).join(" "), class: "pg-way" }),
    el("text", { x: 222, y: 168, "text-anchor": "end", class: "pg-small" }, "rate (nats)"),
    el("text", { x: 20, y: 10, "text-anchor": "end", class: "pg-small", transform: "rotate(-90 20 10)" }, "distortion (nats)"),
    ...dots,
    ...texts,
  );
  const mark = (chosen) => [...dots, ...texts].forEach((one, i) => one.classList.toggle("pg-chosen", i % facts.length === chosen));
  return { node, mark };
}

// Lesson 06: relaxed choices between ten words that a model found.
function relaxed(stage, [model]) {
  const words = 10;
  const style = new Float32Array(model.facts.latent_dim);
  const drawn = (mix) => decode(model, [...style, ...mix]);
  const named = Array.from({ length: words }, (_, k) => drawn(Array.from({ length: words }, (_, i) => Number(i === k))));
  const samples = Array.from({ length: 4 }, () => sampleCard(named));
  const told = readout();
  const heat = slider("temperature", { min: -1.3, max: 0.7, step: 0.05, value: 0 }, (power) => number(10 ** power), show);
  function show() {
    const temperature = 10 ** Number(heat.input.value);
    const largest = samples.map((sample) => {
      const mix = softmax(sample.noise.map((value) => value / temperature));
      sample.show(mix, drawn(mix));
      return Math.max(...mix);
    });
    told.textContent = `Largest entry of the four samples: ${largest.map((value) => number(value)).join(", ")}`;
  }
  function again() {
    samples.forEach((sample) => (sample.noise = Array.from({ length: words }, gumbel)));
    show();
  }
  stage.append(
    wide("", heat.node),
    ...samples.map((sample) => sample.node),
    wide("", row(button("New noise", again))),
    told,
  );
  again();
}

// One sample: its picture above ten bars, and under each bar what this word alone draws.
function sampleCard(named) {
  const result = picture("What the decoder draws from this mixture", "pg-middle");
  const bars = named.map(() => el("i"));
  const feet = named.map((x) => {
    const foot = picture("");
    foot.show(x);
    return foot.node;
  });
  const columns = bars.map((bar, i) => el("span", { class: "pg-column" }, el("b", {}, bar), feet[i]));
  const chart = el("div", { class: "pg-bars", role: "img" }, ...columns);
  const node = el("div", { class: "pg-panel pg-card" }, result.node, chart);
  function show(mix, x) {
    result.show(x);
    const winner = mix.indexOf(Math.max(...mix));
    bars.forEach((bar, i) => {
      bar.style.height = `${100 * mix[i]}%`;
      bar.classList.toggle("pg-winner", i === winner);
    });
    place(chart, { "aria-label": `Weights of the ten words: ${mix.map((value) => number(value)).join(", ")}` });
  }
  return { node, show, noise: [] };
}

function softmax(values) {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

function pair([a, b]) {
  return `(${number(a)}, ${number(b)})`;
}

function row(...children) {
  return el("div", { class: "pg-row" }, ...children);
}

function wide(title, ...children) {
  return panel(title, "pg-across", ...children);
}

const WIDGETS = { drawing, walking, conditional, priced, relaxed };

const started = new Map(); // section -> promise that is kept when the widget can be used, or says why not

function start(section) {
  if (!started.has(section)) started.set(section, fill(section));
  return started.get(section);
}

// Fill a widget's stage when its models are there; until then, and without them, its still picture stands there.
async function fill(section) {
  const stage = section.querySelector(".pg-stage");
  try {
    const loaded = await Promise.all(section.dataset.models.split(" ").map(load));
    stage.replaceChildren();
    WIDGETS[section.dataset.widget](stage, loaded);
    section.classList.add("pg-ready");
  } catch (error) {
    stage.append(el("p", { class: "pg-missing" }, `This widget could not start: ${error.message}`));
  }
}

const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => start(target)),
  { rootMargin: "300px" },
);
window.vaePlayground = { put, load, decode, encode, start };
document.querySelectorAll(".vae-playground").forEach((section) => near.observe(section));
