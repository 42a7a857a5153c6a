"use strict";
// The data, what is being looked at, and one row computed from it. The other files follow in the
// same script: what the panels are built of, the panels, and main.js, which begins.
// Everything shown comes from the JSON beside this script; words reach the page as text only.
const D = JSON.parse(document.getElementById("data").textContent);

/** { shape, data } -> nested arrays of numbers: float32, little-endian, row by row. */
function unpack({ shape, data }) {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const read = ([n, ...rest]) =>
    Array.from({ length: n }, () => (rest.length ? read(rest) : view.getFloat32(4 * at++, true)));
  return read(shape);
}
const unpackAll = (one) =>
  Object.fromEntries(
    Object.entries(one).map((
      [name, value],
    ) => [name, value && value.shape ? unpack(value) : value]),
  );

const cross = D.cross.map(unpackAll);
const memory = unpack(D.memory);
const matrices = Object.fromEntries(
  Object.entries(D.matrices).map(([kind, layers]) => [kind, layers.map(unpackAll)]),
);
// What the model makes of one <pad> behind this sentence, as in a batch with a longer one.
const explanation = D.explanation && unpackAll(D.explanation);
const pads = D.pad && D.pad.layers.map(unpackAll);

const S = D.source.length, T = D.writes.length;
const H = cross[0].queries.length,
  K_WIDTH = cross[0].queries[0][0].length,
  D_MODEL = memory[0].length;

const AS_THE_MODEL_DID = { scaling: true, mask: true, temperature: 1, edited: null };
const state = {
  ...D.start,
  ...AS_THE_MODEL_DID,
  pad: false, // one padded position is shown, too
  source: null, // the source token whose arithmetic is written out; null: the heaviest
  number: 0, // which of the context's numbers is written out
  output: 0, // and which of the numbers after W_O
  by: "weights",
  units: "pieces",
  change: "zero",
  self: { encoder_self_attn: [0, 0], decoder_self_attn: [0, 0] },
};

// ---- words and numbers
const MINUS = "\u2212";
const show = (piece) => piece.replaceAll("\u2581", "") || piece;
const quoted = (piece) => `“${show(piece)}”`;
const num = (
  x,
  digits = 3,
) => (x === -Infinity
  ? `${MINUS}∞`
  : Math.abs(x) < 0.5 * 10 ** -digits
  ? (0).toFixed(digits)
  : x.toFixed(digits).replace("-", MINUS));
const signed = (x, digits = 2) =>
  (x > 0 && num(x, digits) !== num(0, digits) ? "+" : "") + num(x, digits);
const whole = (x) => `${(100 * x).toFixed(0)}%`.replace("-", MINUS);
/** A probability, with two digits that count where it is small. */
const chance = (
  p,
) => (p >= 0.1 ? whole(p) : p >= 0.0001 ? `${Number((100 * p).toPrecision(2))}%` : "< 0.01%");
const headName = (layer = state.layer, head = state.head) => `layer ${layer + 1}, head ${head + 1}`;
const sum = (list) => list.reduce((total, x) => total + x, 0);
const dot = (a, b) => a.reduce((total, x, i) => total + x * b[i], 0);
const largest = (list) => list.indexOf(Math.max(...list));
const most = (rows) => Math.max(1e-9, ...rows.map((row) => Math.max(...row.map(Math.abs))));

// ---- one row, computed here from the recorded q, K and V
/** The source tokens of the row: those of the sentence, and the <pad> where it is switched on. */
const sources = () => (state.pad ? [...D.source, "<pad>"] : D.source);

function softmax(scaled, hidden, temperature) {
  const logits = scaled.map((x, s) => (hidden[s] ? -Infinity : x / temperature));
  const top = Math.max(...logits), powers = logits.map((x) => Math.exp(x - top));
  const total = sum(powers);
  return { logits, powers, total, weights: powers.map((x) => x / total) };
}
const mix = (weights, V) =>
  V[0].map((_, i) => weights.reduce((total, w, s) => total + w * V[s][i], 0));

/** The row of the chosen step and head, with what the reader has changed. */
function row() {
  const layer = cross[state.layer], head = state.head;
  const q = layer.queries[head][state.step];
  const K = [...layer.keys[head]], V = [...layer.values[head]];
  const hidden = layer.mask[state.step].map(Boolean);
  if (state.pad) {
    K.push(pads[state.layer].key[head]);
    V.push(pads[state.layer].value[head]);
    hidden.push(true);
  }
  const scores = K.map((k) => dot(q, k));
  const scaled = scores.map((x) => x / (state.scaling ? Math.sqrt(q.length) : 1));
  const found = softmax(scaled, hidden.map((is) => is && state.mask), state.temperature);
  const weights = state.edited || found.weights;
  const own = softmax(scores.map((x) => x / Math.sqrt(q.length)), hidden, 1).weights;
  return {
    q,
    K,
    V,
    hidden,
    scores,
    scaled,
    ...found,
    weights,
    context: mix(weights, V),
    own,
    ownContext: mix(own, V),
  };
}
const isChanged = () =>
  Boolean(state.edited) || !state.scaling || state.temperature !== 1 ||
  (!state.mask && row().hidden.some(Boolean));

/** One weight set by the reader; the others share what is left as they did before. */
function setWeight(at, value) {
  const old = row().weights, rest = 1 - old[at];
  state.edited = old.length === 1
    ? [1]
    : old.map((w, s) => (s === at
      ? value
      : rest > 1e-9
      ? (w / rest) * (1 - value)
      : (1 - value) / (old.length - 1))
    );
  showEdited();
}

/** What each head adds to D's state at this step: its context times its rows of W_O. */
function headOutputs() {
  const layer = cross[state.layer];
  return headContexts().map((context, head) => project(layer.wO, context, head));
}
function headContexts() {
  const layer = cross[state.layer];
  return layer.queries.map((
    _,
    head,
  ) => (head === state.head
    ? row().context
    : mix(matrices.cross_attn[state.layer].weights[head][state.step], layer.values[head]))
  );
}
function project(wO, context, head) {
  const out = new Array(D_MODEL).fill(0);
  context.forEach((x, i) => {
    const line = wO[head * K_WIDTH + i];
    for (let j = 0; j < D_MODEL; j++) out[j] += x * line[j];
  });
  return out;
}
