// Networks in the page. Weights come as whole numbers with one scale for each row (see weights.py) and become
// float32; between layers stands a ReLU. Each model is a script beside this one, loaded when a widget needs it.

const HOME = document.currentScript.src.replace(/[^/]*$/, "");
const PIXELS = 784;
const CODES_PER_UNIT = 32; // as in weights.py
const models = new Map(); // name -> promise of { networks, facts }
const arrived = new Map(); // name -> what to call when its script has run

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

function unpack({ weight, scale, bias }) {
  const scales = floats(scale);
  const whole = new Int8Array(bytes(weight).buffer);
  const fanIn = whole.length / scales.length;
  const weights = Float32Array.from(whole, (steps, i) => steps * scales[Math.floor(i / fanIn)]);
  return { weights, bias: floats(bias), fanIn };
}

// The outputs of a network for one row of inputs.
function forward(layers, inputs) {
  let values = inputs;
  layers.forEach(({ weights, bias, fanIn }, depth) => {
    const outputs = new Float32Array(bias.length);
    for (let row = 0; row < bias.length; row++) {
      let sum = bias[row];
      for (let i = 0, at = row * fanIn; i < fanIn; i++, at++) sum += weights[at] * values[i];
      outputs[row] = depth < layers.length - 1 && sum < 0 ? 0 : sum;
    }
    values = outputs;
  });
  return values;
}

// Pixel probabilities p(x|z).
function decode(model, z) {
  return forward(model.networks.decoder, z).map((logit) => 1 / (1 + Math.exp(-logit)));
}

// Mean and standard deviation of q(z|x), and its KL from the prior in nats.
function encode(model, x) {
  const both = forward(model.networks.encoder, x);
  const half = both.length / 2;
  const mu = both.slice(0, half);
  const logVar = both.slice(half);
  let kl = 0;
  mu.forEach((m, i) => (kl += 0.5 * (m * m + Math.exp(logVar[i]) - 1 - logVar[i])));
  return { mu, sigma: logVar.map((value) => Math.exp(value / 2)), kl };
}

function load(name) {
  if (!models.has(name)) {
    const promise = new Promise((resolve, reject) => {
      arrived.set(name, resolve);
      const script = document.createElement("script");
      script.src = `${HOME}${name}.js`;
      script.onerror = () => reject(new Error(`${name}.js was expected beside playground.js.`));
      document.head.append(script);
    });
    models.set(name, promise);
  }
  return models.get(name);
}

// Each file of weights calls this.
function put(name, { networks, facts }) {
  const unpacked = Object.entries(networks).map(([kind, layers]) => [kind, layers.map(unpack)]);
  arrived.get(name)({ networks: Object.fromEntries(unpacked), facts });
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

function gumbel() {
  return -Math.log(-Math.log(Math.random() || Number.MIN_VALUE));
}
