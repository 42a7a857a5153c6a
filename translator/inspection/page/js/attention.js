// The arithmetic of one row of attention, written out from the recorded q, K and V, and what the
// heads add to the decoder's state.

/** @import { Matrix } from "./inspection.js" */
/** @import { Page } from "./page.js" */

import { dot, sum } from "./numbers.js";

/**
 * One row of cross-attention, from the query to the context. Lists have one entry a source token.
 * @typedef {object} Row
 * @property {number[]} q
 * @property {Matrix} K
 * @property {Matrix} V
 * @property {boolean[]} hidden where the model may not look
 * @property {number[]} scores
 * @property {number[]} scaled
 * @property {number[]} logits after the mask and the temperature
 * @property {number[]} powers of e, the largest of them 1
 * @property {number} total of the powers
 * @property {number[]} softmax
 * @property {number[]} weights the softmax, or what the reader has made of it
 * @property {number[]} context
 * @property {number[] | null} own the weights of the model as it is; null where it has no such row
 */

/**
 * The row of the chosen decoding step and head.
 * @param {Page} page
 * @returns {Row}
 */
export function rowOf({ inspection, original, state }) {
  const { layer, head, step, intervention } = state;
  const { queries, keys, values, mask: hidden, weights, contexts } = inspection.cross[layer];
  const q = queries[head][step];
  const scores = keys[head].map((k) => dot(q, k));
  const root = intervention.scaling ? Math.sqrt(q.length) : 1;
  const scaled = scores.map((x) => x / root);
  const found = softmax(scaled, hidden, intervention.temperature);
  const own = original.cross[layer].weights[head][step] ?? null;
  return {
    q,
    K: keys[head],
    V: values[head],
    hidden,
    scores,
    scaled,
    ...found,
    weights: weights[head][step],
    context: contexts[head][step],
    own: own && scores.map((_, s) => own[s] ?? 0),
  };
}

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
  return { logits, powers, total, softmax: powers.map((x) => x / total) };
}

/**
 * The weights after one of them was set; the others share the rest in the same proportions.
 * @param {number[]} weights that may sum to less than 1, as those of a muted head
 * @param {boolean[]} hidden tokens that get nothing
 * @param {number} at
 * @param {number} value
 */
export function withWeight(weights, hidden, at, value) {
  const others = weights.map((w, s) => (s === at || hidden[s] ? 0 : w));
  const free = hidden.filter((is, s) => !is && s !== at).length;
  if (free === 0) return weights.map((_, s) => (s === at ? 1 : 0));
  const rest = sum(others);
  const share = (/** @type {number} */ w) =>
    rest > 1e-9 ? (w / rest) * (1 - value) : (1 - value) / free;
  return others.map((w, s) => {
    if (s === at) return value;
    return hidden[s] ? 0 : share(w);
  });
}

/**
 * The weighted sum of the values: the context.
 * @type {(weights: number[], V: Matrix) => number[]}
 */
export const mix = (weights, V) =>
  V[0].map((_, i) => sum(weights.map((weight, s) => weight * V[s][i])));

/**
 * The weights with those of the two heaviest tokens changed for each other.
 * @param {number[]} weights
 */
export function switched(weights) {
  const [first, second] = heaviest(weights);
  return weights.map((w, s) => {
    if (s === first) return weights[second];
    return s === second ? weights[first] : w;
  });
}

/**
 * Positions, the heaviest first.
 * @param {number[]} weights
 */
export const heaviest = (weights) =>
  weights.map((_, s) => s).sort((a, b) => weights[b] - weights[a]);

/**
 * A decoding step of a head at which more than one token matters: where the second heaviest has
 * most. The last one, which only ends the sentence, is left out if there is another.
 * @param {Matrix} weights of the head, a row a decoding step
 */
export function stepWorthLooking(weights) {
  const seconds = weights.slice(0, Math.max(1, weights.length - 1)).map((row) => {
    const [, second] = heaviest(row);
    return row[second] ?? 0;
  });
  return seconds.indexOf(Math.max(...seconds));
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
