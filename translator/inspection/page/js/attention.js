// Attention, computed in the page from the recorded q, K and V: the row of the chosen step and head
// with what the reader has changed, and what the heads add to the decoder's state.

/** @import { Inspection, Matrix } from "./inspection.js" */
/** @import { State } from "./state.js" */

import { dot, sum } from "./numbers.js";

/**
 * One row of attention, from the query to the context. Lists have one entry per source token.
 * @typedef {object} Row
 * @property {number[]} q
 * @property {Matrix} K
 * @property {Matrix} V
 * @property {boolean[]} hidden where the model's mask forbids to look
 * @property {number[]} scores
 * @property {number[]} scaled
 * @property {number[]} logits after the mask and the temperature
 * @property {number[]} powers of e, the largest of them 1
 * @property {number} total of the powers
 * @property {number[]} weights the softmax, or what the reader has set
 * @property {number[]} context
 * @property {number[]} own the model's weights
 * @property {number[]} ownContext the model's context
 */

/**
 * @param {number[]} scaled
 * @param {boolean[]} hidden
 * @param {number} temperature
 */
export function softmax(scaled, hidden, temperature) {
  const logits = scaled.map((x, s) => (hidden[s] ? -Infinity : x / temperature));
  const top = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - top));
  const total = sum(powers);
  return { logits, powers, total, weights: powers.map((x) => x / total) };
}

/**
 * The weighted sum of the rows of V.
 * @type {(weights: number[], V: Matrix) => number[]}
 */
export const mix = (weights, V) =>
  V[0].map((_, i) => weights.reduce((total, w, s) => total + w * V[s][i], 0));

/**
 * The source tokens of the row: those of the sentence, and the <pad> where it is switched on.
 * @type {(inspection: Inspection, state: State) => string[]}
 */
export const sourcesOf = ({ source }, { pad }) => (pad ? [...source, "<pad>"] : source);

/**
 * The row of the chosen step and head, with what the reader has changed.
 * @param {Inspection} inspection
 * @param {State} state
 * @returns {Row}
 */
export function rowOf({ cross, pads }, state) {
  const { head, step } = state;
  const layer = cross[state.layer];
  const q = layer.queries[head][step];
  const K = [...layer.keys[head]];
  const V = [...layer.values[head]];
  const hidden = layer.mask[step].map(Boolean);
  if (state.pad && pads) {
    K.push(pads[state.layer].key[head]);
    V.push(pads[state.layer].value[head]);
    hidden.push(true);
  }
  const root = Math.sqrt(q.length);
  const scores = K.map((k) => dot(q, k));
  const scaled = scores.map((x) => x / (state.scaling ? root : 1));
  const masked = hidden.map((is) => is && state.mask);
  const found = softmax(scaled, masked, state.temperature);
  const weights = state.edited || found.weights;
  const own = softmax(
    scores.map((x) => x / root),
    hidden,
    1,
  ).weights;
  const contexts = { context: mix(weights, V), ownContext: mix(own, V) };
  return { q, K, V, hidden, scores, scaled, ...found, weights, own, ...contexts };
}

/**
 * Whether the row differs from the model's.
 * @param {Inspection} inspection
 * @param {State} state
 */
export const isChanged = (inspection, state) =>
  Boolean(state.edited) ||
  !state.scaling ||
  state.temperature !== 1 ||
  (!state.mask && rowOf(inspection, state).hidden.some(Boolean));

/**
 * Set one weight; the others share the rest in the same proportions as before.
 * @param {number[]} weights
 * @param {number} at
 * @param {number} value
 */
export function withWeight(weights, at, value) {
  if (weights.length === 1) return [1];
  const rest = 1 - weights[at];
  const share = (/** @type {number} */ w) =>
    rest > 1e-9 ? (w / rest) * (1 - value) : (1 - value) / (weights.length - 1);
  return weights.map((w, s) => (s === at ? value : share(w)));
}

/**
 * The context of each head of the chosen layer at the chosen step.
 * @param {Inspection} inspection
 * @param {State} state
 */
export function contextsOf(inspection, state) {
  const { values } = inspection.cross[state.layer];
  const { weights } = inspection.matrices.cross_attn[state.layer];
  return values.map((V, head) =>
    head === state.head ? rowOf(inspection, state).context : mix(weights[head][state.step], V),
  );
}

/**
 * What a head adds to the decoder's state: its context times its rows of W_O.
 * @param {Matrix} wO
 * @param {number[]} context
 * @param {number} head
 */
export function project(wO, context, head) {
  const out = new Array(wO[0].length).fill(0);
  context.forEach((x, i) => {
    const line = wO[head * context.length + i];
    for (let j = 0; j < out.length; j++) out[j] += x * line[j];
  });
  return /** @type {number[]} */ (out);
}
