// Which tokens may come next: how a search chooses among them. Rounded to 32 bits where the
// program's translator/decoding/candidates.py computes in 32 bits, so that both choose the same.

/** @import { Rows } from "./matrix.js" */
/** @import { Sampling } from "./search.js" */

import { softmax } from "./attention.js";
import { EOS_ID } from "./config.js";

/**
 * A live hypothesis, by its place among them, and a token that may follow it.
 * @typedef {{ place: number, token: number, logprob: number }} Candidate
 */

/**
 * The logarithm of the softmax: of each token, how probable it is.
 * @param {Float32Array} logits
 */
export function logSoftmax(logits) {
  let top = -Infinity;
  for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - top);
  const subtracted = top + Math.log(total);
  const logprobs = new Float32Array(logits.length);
  for (let i = 0; i < logits.length; i++) logprobs[i] = logits[i] - subtracted;
  return logprobs;
}

/**
 * `logSoftmax` without the tokens that are not words of any sentence: <pad>, <unk> and <s>, which
 * stand before </s>.
 * @param {Float32Array} logits
 */
export const generatedLogprobs = (logits) => logSoftmax(logits).fill(-Infinity, 0, EOS_ID);

/**
 * The best candidates, best first.
 * @param {Rows} logprobs of each live hypothesis
 * @param {number[]} totals their sums so far
 * @param {number} count
 * @returns {Candidate[]}
 */
export function mostProbable(logprobs, totals, count) {
  const found = logprobs.flatMap((row, place) =>
    topTokens(row, count).map((token) => {
      const total = Math.fround(row[token] + Math.fround(totals[place]));
      return { place, token, logprob: row[token], total };
    }),
  );
  return found.sort((a, b) => b.total - a.total).slice(0, count);
}

/**
 * The tokens with the largest numbers, the largest first.
 * @param {Float32Array} row
 * @param {number} count
 */
export function topTokens(row, count) {
  /** @type {number[]} */
  const places = [];
  let least = -Infinity;
  for (let i = 0; i < row.length; i++) {
    if (row[i] <= least) continue;
    let at = places.length;
    while (at > 0 && row[places[at - 1]] < row[i]) at--;
    places.splice(at, 0, i);
    if (places.length > count) places.pop();
    if (places.length === count) least = row[places[count - 1]];
  }
  return places;
}

/**
 * One token for each number from 0 to 1, by inverting the distribution.
 * @param {Rows} logprobs of each live hypothesis
 * @param {number[][]} uniforms of each live hypothesis
 * @param {Sampling} sampling
 * @returns {Candidate[]}
 */
export function draw(logprobs, uniforms, { temperature, topK, topP }) {
  return logprobs.flatMap((row, place) => {
    const probabilities = softmax(row.map((logprob) => logprob / temperature));
    if (topK > 0 || topP < 1) cutTail(probabilities, topK, topP);
    let sum = 0;
    const cumulated = probabilities.map((probability) => (sum += probability));
    return uniforms[place].map((uniform) => {
      const wanted = Math.fround(uniform * cumulated[cumulated.length - 1]);
      const token = cumulated.findIndex((below) => below > wanted);
      return { place, token, logprob: row[token] };
    });
  });
}

/**
 * Leave the `topK` most probable, and of those the fewest that sum to `topP`.
 * @param {Float32Array} probabilities
 * @param {number} topK
 * @param {number} topP
 */
function cutTail(probabilities, topK, topP) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const kept = topK > 0 ? order.slice(0, topK) : order;
  const enough = topP * kept.reduce((sum, token) => sum + probabilities[token], 0);
  let before = 0;
  const nucleus = new Set(
    kept.filter((token) => {
      const isIn = before < enough;
      before += probabilities[token];
      return isIn;
    }),
  );
  for (const token of order) if (!nucleus.has(token)) probabilities[token] = 0;
}
