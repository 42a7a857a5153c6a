// Attention: softmax(Q K^T / sqrt(d)) V, in several heads (Vaswani et al. 2017, section 3.2).
//
// One sequence asks, another answers. Each position that asks makes a query of its state. Each
// position that answers makes a key, by which it is found, and a value, which it gives. In
// self-attention a sequence asks itself; in cross-attention the decoder asks (Q), and the encoder's
// output answers (K and V). translator/model/attention.py is the same page in Python.
//
// Sizes: Q queries, M memory positions (keys, values), D width of the model, H heads, K = D / H
// width of one head. The heads stand side by side in a row: head h has the numbers from h * K on.

/** @import { Linear, Rows } from "./matrix.js" */

import { project } from "./matrix.js";

/**
 * W_Q, W_K, W_V and W_O with their biases.
 * @typedef {object} Projections
 * @property {Linear} q_proj
 * @property {Linear} k_proj
 * @property {Linear} v_proj
 * @property {Linear} out_proj
 */

/**
 * What departs from the plain formula.
 * @typedef {object} Departures
 * @property {readonly boolean[]} [hidden] of M: where no query may look
 * @property {boolean} [isCausal] hide every position after the query's own
 * @property {boolean} [isScaled] whether scores are divided by sqrt(K); true if not given
 * @property {number} [temperature] by which they are divided, too
 * @property {(weights: Float32Array, head: number, query: number) => Float32Array} [edit]
 *   the weights to go on with
 */

/**
 * @typedef {object} Attended
 * @property {Rows[]} weights [H][Q][M], each row sums to 1
 * @property {Rows} context [Q][D], the heads side by side
 */

/**
 * Everything that one attention computed, in the order in which it was computed.
 * @typedef {object} Attention
 * @property {Rows} queryInput [Q][D] what became the queries
 * @property {Rows} queries [Q][D]
 * @property {Rows} keys [M][D]
 * @property {Rows} values [M][D]
 * @property {Rows[]} weights [H][Q][M]
 * @property {Rows} context [Q][D]
 * @property {Rows} output [Q][D]
 */

/**
 * softmax(Q K^T / sqrt(K)) V
 * @param {Rows} queries
 * @param {Rows} keys
 * @param {Rows} values
 * @param {number} numHeads
 * @param {Departures} departures
 * @returns {Attended}
 */
export function attend(queries, keys, values, numHeads, departures = {}) {
  const width = queries[0].length / numHeads;
  const { hidden, isCausal = false, isScaled = true, temperature = 1, edit } = departures;
  const divisor = (isScaled ? Math.sqrt(width) : 1) * temperature;
  const context = queries.map((query) => new Float32Array(query.length));
  const weights = Array.from({ length: numHeads }, (_, head) =>
    queries.map((query, q) => {
      const [from, to] = [head * width, (head + 1) * width];
      // How well does each key fit the query? Long vectors have large products: scale them down.
      const scaled = new Float32Array(keys.length);
      for (let m = 0; m < keys.length; m++) {
        const isHidden = hidden?.[m] || (isCausal && m > q);
        scaled[m] = isHidden ? -Infinity : dot(query, keys[m], from, to) / divisor;
      }
      // The row becomes shares that sum to 1, none of them where the query may not look.
      /** @type {Float32Array} */
      let row = softmax(scaled);
      if (edit) row = edit(row, head, q);
      // What the query receives: the values, mixed in these shares.
      for (let m = 0; m < keys.length; m++) addTo(context[q], row[m], values[m], from, to);
      return row;
    }),
  );
  return { weights, context };
}

/**
 * Q from `queryInput`, K and V from `memory`: the decoder's states and the encoder's output, or
 * twice the same states.
 * @param {Projections} projections
 * @param {Rows} queryInput
 * @param {Rows} memory
 * @param {number} numHeads
 * @param {Departures} departures
 * @returns {Attention}
 */
export function multiHeadAttention(projections, queryInput, memory, numHeads, departures) {
  const queries = project(queryInput, projections.q_proj);
  const keys = project(memory, projections.k_proj);
  const values = project(memory, projections.v_proj);
  const { weights, context } = attend(queries, keys, values, numHeads, departures);
  const output = project(context, projections.out_proj);
  return { queryInput, queries, keys, values, weights, context, output };
}

/**
 * e to the power of each number, divided by the sum; the largest is subtracted first, so that no
 * power is too large for a number.
 * @param {Float32Array} row
 */
export function softmax(row) {
  const top = row.reduce((most, x) => Math.max(most, x), -Infinity);
  const powers = row.map((x) => Math.exp(x - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * The product of the numbers `from` to `to` of two rows.
 * @type {(x: Float32Array, y: Float32Array, from: number, to: number) => number}
 */
function dot(x, y, from, to) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += x[i] * y[i];
  return sum;
}

/**
 * Add `weight` times the numbers `from` to `to` of `row`.
 * @type {(sum: Float32Array, weight: number, row: Float32Array, from: number, to: number) => void}
 */
function addTo(sum, weight, row, from, to) {
  for (let i = from; i < to; i++) sum[i] += weight * row[i];
}
