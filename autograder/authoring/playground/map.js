// The plane of z, with a point that a visitor moves by pointer or arrow keys.

const REACH = 3.5; // the plane goes from -REACH to REACH in both directions
const VIEW = `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const LENS = 0.21; // the lens shows q so far around its mean
const CORNERS = [[1, -1], [1, 1], [-1, -1], [-1, 1]]; // where the lens may stand: right or left, above or below
const UNDER = 1; // beyond this distance from both axes a point is under a lens in that corner
const TRAIL = 80; // so many means of q stay visible

function place(node, attributes) {
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
}

class LatentMap {
  // `moved(z)` is called whenever a visitor moves the point.
  constructor(label, moved) {
    this.z = [0, 0];
    this.moved = moved;
    this.sheet = el("canvas", { class: "pg-sheet pg-ink", role: "presentation" });
    this.dots = el("svg", { class: "pg-dots", viewBox: VIEW });
    this.way = el("polyline", { class: "pg-way" });
    this.start = el("circle", { r: 0, class: "pg-start" });
    this.spreads = [1, 2].map(() => [el("ellipse", { class: "pg-wide" }), el("ellipse", { class: "pg-near" })]);
    this.point = el("circle", { r: 0.15, class: "pg-point" });
    this.mean = [0, 0];
    this.corner = CORNERS[0];
    this.lensPoint = el("circle", { r: 0.012, class: "pg-point" });
    this.lens = el("svg", { class: "pg-lens", viewBox: `${-LENS} ${-LENS} ${2 * LENS} ${2 * LENS}` }, ...this.spreads[1], this.lensPoint);
    const marks = [this.way, this.start, ...this.spreads[0], this.point];
    const name = `${label} Arrow keys move the point.`;
    this.node = el(
      "div",
      { class: "pg-map", tabindex: 0, role: "application", "aria-label": name },
      this.sheet,
      frame(),
      this.dots,
      el("svg", { viewBox: VIEW }, ...marks),
      this.lens,
    );
    follow(this.node, (x, y) => this.move((2 * x - 1) * REACH, (1 - 2 * y) * REACH));
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.set(0, 0);
  }

  set(x, y) {
    this.z = [x, y].map((value) => Math.max(-REACH, Math.min(REACH, value)));
    place(this.point, { cx: this.z[0], cy: -this.z[1] });
    place(this.lensPoint, { cx: this.z[0] - this.mean[0], cy: this.mean[1] - this.z[1] });
    this.clear();
  }

  // Move the lens to a corner where it hides neither the point nor the mean of q.
  clear() {
    const hides = ([right, up]) => [this.z, this.mean].some(([x, y]) => right * x > UNDER && up * y > UNDER);
    if (hides(this.corner)) this.corner = CORNERS.find((corner) => !hides(corner));
    this.lens.classList.toggle("pg-left", this.corner[0] < 0);
    this.lens.classList.toggle("pg-above", this.corner[1] > 0);
  }

  move(x, y) {
    this.set(x, y);
    this.moved(this.z);
  }

  key(event) {
    const step = event.shiftKey ? 0.5 : 0.1;
    const [x, y] = this.z;
    if (event.key === "Home") this.move(0, 0);
    else if (event.key in ARROWS) this.move(x + step * ARROWS[event.key][0], y + step * ARROWS[event.key][1]);
    else return;
    event.preventDefault();
  }

  // Dots for the codes of test images: one path and one number for each class.
  scatter({ codes, labels }) {
    const steps = new Int8Array(bytes(codes).buffer);
    const numbers = [];
    for (let digit = 0; digit < 10; digit++) {
      const mine = [...labels].flatMap((name, i) => (Number(name) === digit ? [i] : []));
      const at = mine.map((i) => [steps[2 * i] / CODES_PER_UNIT, -steps[2 * i + 1] / CODES_PER_UNIT]);
      const [x, y] = [0, 1].map((axis) => at.map((p) => p[axis]).sort((a, b) => a - b)[at.length >> 1]);
      const d = at.map((p) => `M${p[0]} ${p[1]}h0`).join("");
      this.dots.append(el("path", { d, class: "pg-dot", style: `--class: var(--pg-class-${digit})` }));
      numbers.push(el("text", { x, y: y + 0.14, class: "pg-class" }, String(digit)));
    }
    this.dots.append(...numbers);
  }

  // What a decoder draws all over the plane; `draw(z)` gives the pixels.
  tile(draw, count = 15) {
    this.sheet.width = this.sheet.height = 28 * count;
    const context = this.sheet.getContext("2d");
    const at = (i) => ((2 * i + 1) / count - 1) * REACH;
    for (let i = 0; i < count * count; i++) {
      const [column, row] = [i % count, Math.floor(i / count)];
      context.putImageData(ink(draw([at(column), -at(row)])), 28 * column, 28 * row);
    }
  }

  // Show the codes (0) or the decoder's pictures (1) behind the point.
  background(which) {
    this.node.classList.toggle("pg-pictures", which === 1);
  }

  // Ellipses at one and at two standard deviations of q, once more in the lens, and the way that its mean has gone.
  posterior({ mu, sigma }) {
    this.mean = [mu[0], mu[1]];
    const [cx, cy] = [mu[0], -mu[1]];
    for (const [[wide, near], at] of [[this.spreads[0], { cx, cy }], [this.spreads[1], {}]]) {
      place(wide, { ...at, rx: 2 * sigma[0], ry: 2 * sigma[1] });
      place(near, { ...at, rx: sigma[0], ry: sigma[1] });
    }
    const before = (this.way.getAttribute("points") || "").split(" ").filter(Boolean);
    place(this.way, { points: [...before, `${cx.toFixed(3)},${cy.toFixed(3)}`].slice(-TRAIL).join(" ") });
    this.node.classList.add("pg-has-q");
    this.clear();
  }

  // No q: nothing was drawn.
  forget() {
    this.spreads.flat().forEach((ellipse) => place(ellipse, { rx: 0, ry: 0 }));
    place(this.way, { points: "" });
    this.node.classList.remove("pg-has-q");
  }

  // A straight line from here to the point.
  line([x, y]) {
    place(this.start, { cx: x, cy: -y, r: 0.1 });
    place(this.way, { points: `${x},${-y} ${this.z[0]},${-this.z[1]}` });
  }
}

// Axes, and rings at one, two and three standard deviations of the prior.
function frame() {
  return el(
    "svg",
    { viewBox: VIEW, class: "pg-frame" },
    ...[1, 2, 3].map((r) => el("circle", { r, class: "pg-ring" })),
    el("line", { x1: -REACH, x2: REACH, class: "pg-ring" }),
    el("line", { y1: -REACH, y2: REACH, class: "pg-ring" }),
    el("text", { x: REACH - 0.15, y: -0.13, "text-anchor": "end", class: "pg-tick" }, "z\u2081"),
    el("text", { x: 0.13, y: 0.35 - REACH, class: "pg-tick" }, "z\u2082"),
  );
}
