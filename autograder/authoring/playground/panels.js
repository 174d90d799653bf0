// The parts that widgets are made of: pictures, buttons, sliders, and what follows a pointer.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = ["svg", "path", "circle", "ellipse", "line", "text", "polyline", "rect"];
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

function el(tag, attributes = {}, ...children) {
  const node = DRAWN.includes(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function number(value, digits = 2) {
  return value.toFixed(digits).replace("-", "\u2212");
}

function panel(title, kind, ...children) {
  const heading = title ? [el("p", { class: "pg-title" }, title)] : [];
  return el("div", { class: `pg-panel ${kind}` }, ...heading, ...children);
}

function button(text, click, attributes = {}) {
  return el("button", { type: "button", class: "pg-button", onclick: click, ...attributes }, text);
}

// Buttons of which one is pressed; `choose` gets its index.
function choice(label, texts, choose) {
  const buttons = texts.map((text, index) => button(text, () => press(index)));
  function press(index) {
    buttons.forEach((one, i) => one.setAttribute("aria-pressed", i === index));
    choose(index);
  }
  return { node: el("div", { class: "pg-choice", role: "group", "aria-label": label }, ...buttons), press };
}

// A slider; `words(value)` is what is shown and read aloud.
function slider(label, attributes, words, change) {
  const shown = el("output", { class: "pg-value" });
  const input = el("input", { type: "range", "aria-label": label, ...attributes });
  function tell() {
    shown.textContent = words(Number(input.value));
    input.setAttribute("aria-valuetext", shown.textContent);
  }
  input.addEventListener("input", () => (tell(), change(Number(input.value))));
  tell();
  return { node: el("div", { class: "pg-slider" }, el("span", {}, label), input, shown), input };
}

function readout() {
  return el("output", { class: "pg-readout", "aria-live": "polite" });
}

// A picture of 28 by 28 probabilities: ink with this opacity; CSS says how large it is and turns it in the dark.
function picture(label, kind = "") {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const node = el("canvas", { width: 28, height: 28, class: `pg-ink ${kind}`, ...named });
  return { node, show: (x) => node.getContext("2d").putImageData(ink(x), 0, 0) };
}

function ink(x) {
  const image = new ImageData(28, 28);
  for (let i = 0; i < PIXELS; i++) image.data[4 * i + 3] = 255 * x[i];
  return image;
}

// Call `place` with the position in the box, (0, 0) at its upper left and (1, 1) at its lower right, while a
// pointer is down in it; then `end`.
function follow(box, place, end = () => {}) {
  box.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    const move = (event, first = false) => {
      if (event.pointerId !== down.pointerId) return;
      const { left, top, width, height } = box.getBoundingClientRect();
      place((event.clientX - left) / width, (event.clientY - top) / height, first);
    };
    const stop = (event) => {
      if (event.pointerId !== down.pointerId) return;
      window.removeEventListener("pointermove", move);
      ["pointerup", "pointercancel"].forEach((kind) => window.removeEventListener(kind, stop));
      end();
    };
    window.addEventListener("pointermove", move);
    ["pointerup", "pointercancel"].forEach((kind) => window.addEventListener(kind, stop));
    move(down, true);
  });
}
