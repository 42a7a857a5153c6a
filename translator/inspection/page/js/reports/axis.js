// Where numbers stand on an axis.

import { range } from "../numbers.js";

/**
 * @typedef {object} Scale
 * @property {number} from the number at its start
 * @property {number} to
 * @property {number[]} ticks round numbers between
 * @property {number} digits with which the ticks are written
 */

/**
 * A scale from the least to the largest of `numbers`, with at least three ticks.
 * @param {number[]} numbers
 * @returns {Scale}
 */
export function scaleOver(numbers) {
  const from = Math.min(...numbers);
  const to = Math.max(from + 1e-6, Math.max(...numbers));
  const step = roundDown((to - from) / 3);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  const ticks = range(last - first + 1).map((i) => Number(((first + i) * step).toFixed(digits)));
  return { from, to, ticks, digits };
}

/**
 * The largest of 1, 2, 5, 10, 20, 50 ... that is not larger.
 * @param {number} step above 0
 */
function roundDown(step) {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const found = [5, 2].find((one) => one * power <= step * (1 + 1e-9)) ?? 1;
  return found * power;
}

/**
 * Where x lies between the ends of a scale, 0 to 1.
 * @type {(scale: Scale, x: number) => number}
 */
export const shareOf = ({ from, to }, x) => (x - from) / (to - from);
