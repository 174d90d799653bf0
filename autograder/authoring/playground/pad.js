// A pad to draw a digit on, with examples for those who cannot or do not want to draw.

// One line for each stroke, in a field of 28 by 28 as the images have.
const EXAMPLES = [
  ["M15 4C7 3 7 24 14 24C21 24 21 4 13 4.5"],
  ["M15.5 4L12.5 24"],
  ["M8.5 8.5C9 3 19.5 3 19 9C18.6 14 11 19 8.5 23.5C12 22 16 23.5 20 23"],
  ["M8.5 6C12 3 19 3.5 18.5 8.5C18 12.5 14 13.5 12 13.5C16 13.5 20 15 19.5 19C19 24.5 11 25 8 21.5"],
  ["M10.5 5C10 9 9 12 8.5 14.5L20 14", "M18.5 5.5L16.5 24"],
  ["M19.5 5L11 5L9.8 12.5C13 10.5 19.5 11.5 19.3 17C19 23.5 12 25 8 22"],
  ["M17 4C12 7 8.5 13 9 18.5C9.5 24.5 18.5 25 18.8 18.5C19 13.5 11.5 13 9.3 18"],
  ["M8 6L20 5.5C17 11 14.5 17 13 24"],
  ["M18.5 7.5C17 3 9 4 9.5 8.5C10 13 18.5 14 18.5 19C18.5 24.5 9.5 24.8 9.5 19.5C9.5 14.5 18.5 13 18.5 7.5"],
  ["M18.5 9C18 3.5 9.5 4 9.5 9.5C9.5 14.5 18 14 18.5 9C18.5 15 17.5 20 16.5 24"],
];
const PEN = 2.6; // pixels of 28; as thick as MNIST's strokes
const BOX = 20; // an image's digit fills a box of 20 by 20, its centre of mass in the middle
const SHARP = 10; // screen pixels of the pad for one of its 28
const BRUSH = el("canvas", { width: 28, height: 28 }).getContext("2d", { willReadFrequently: true });
const PACE = 0.5; // how far the pen goes between two points

class Pad {
  // `changed(x)` gets 784 pixels in [0, 1], or null when the pad is empty.
  constructor(changed) {
    this.changed = changed;
    this.strokes = [];
    this.canvas = el("canvas", { width: 28 * SHARP, height: 28 * SHARP, class: "pg-ink pg-paper", role: "img" });
    place(this.canvas, { "aria-label": "A pad to draw a digit on. The buttons below draw examples." });
    const digits = EXAMPLES.map((_, digit) =>
      button(String(digit), () => this.example(digit), { "aria-label": `Draw a ${digit}` }),
    );
    const group = { class: "pg-digits", role: "group", "aria-label": "Example digits" };
    this.node = el(
      "div",
      { class: "pg-pad" },
      this.canvas,
      el("div", group, ...digits, button("Clear", () => this.begin())),
    );
    follow(this.canvas, (x, y, first) => this.pen([28 * x, 28 * y], first));
  }

  // A new drawing; a hand or another example takes the pen from an example that is being drawn.
  begin() {
    this.run = null;
    this.drawsExample = false;
    this.strokes = [];
    this.redraw();
  }

  pen(at, first) {
    if (first && this.drawsExample) this.begin();
    if (first || !this.strokes.length) this.strokes.push([]);
    this.strokes.at(-1).push(at);
    this.redraw();
  }

  // Draw an example, stroke by stroke unless the visitor wants no motion.
  example(digit) {
    this.begin();
    this.drawsExample = true;
    const all = EXAMPLES[digit].map(points).flatMap((way) => way.map((at, i) => [at, i === 0]));
    const run = (this.run = () => {
      if (this.run !== run) return;
      for (const [at, first] of all.splice(0, CALM.matches ? all.length : 2)) {
        if (first) this.strokes.push([]);
        this.strokes.at(-1).push(at);
      }
      this.redraw();
      if (all.length) requestAnimationFrame(run);
    });
    run();
  }

  redraw() {
    const context = this.canvas.getContext("2d");
    context.setTransform(SHARP, 0, 0, SHARP, 0, 0); // strokes are in pixels of the image
    context.clearRect(0, 0, 28, 28);
    stroke(context, this.strokes);
    this.changed(this.strokes.length ? pixels(this.strokes) : null);
  }
}

function points(d) {
  const path = el("path", { d });
  const length = path.getTotalLength();
  const count = Math.ceil(length / PACE);
  return Array.from({ length: count + 1 }, (_, i) => {
    const { x, y } = path.getPointAtLength((length * i) / count);
    return [x, y];
  });
}

function stroke(context, strokes) {
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  for (const [first, ...others] of strokes) {
    context.moveTo(...first);
    [first, ...others].forEach((at) => context.lineTo(...at));
  }
  context.stroke();
}

// What the encoder gets: the strokes as large and as centred as the digits that it learned from.
function pixels(strokes) {
  const ends = [0, 1].map((axis) => {
    const values = strokes.flat().map((at) => at[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const size = Math.max(...ends.map(([low, high]) => high - low)) + PEN;
  const zoom = Math.max(0.7, Math.min(1.4, BOX / size)); // the first touch of the pen is not blown up
  const moved = (to) => {
    const put = (value, axis) => to[axis] + (value - (ends[axis][0] + ends[axis][1]) / 2) * zoom;
    return strokes.map((way) => way.map((at) => at.map(put)));
  };
  const [x, y] = centre(raster(moved([14, 14])));
  return raster(moved([28 - x, 28 - y]));
}

function raster(strokes) {
  BRUSH.clearRect(0, 0, 28, 28);
  stroke(BRUSH, strokes);
  const { data } = BRUSH.getImageData(0, 0, 28, 28);
  return Float32Array.from({ length: PIXELS }, (_, i) => data[4 * i + 3] / 255);
}

// Where the centre of mass of the ink lies, in pixels from the upper left corner.
function centre(x) {
  let [total, across, down] = [0, 0, 0];
  x.forEach((value, i) => {
    total += value;
    across += value * ((i % 28) + 0.5);
    down += value * (Math.floor(i / 28) + 0.5);
  });
  return total ? [across / total, down / total] : [14, 14];
}
