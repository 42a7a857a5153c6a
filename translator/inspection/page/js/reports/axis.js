// Where numbers stand on an axis.

/**
 * @typedef {object} Scale
 * @property {number} from the number at its start
 * @property {number} to
 * @property {number[]} ticks round numbers from `from` to `to`, with both
 * @property {number} digits with which the ticks are written
 */

/**
 * A scale over all of `numbers`, from a round number to a round number.
 * @param {number[]} numbers
 * @param {number} count of ticks, about
 * @returns {Scale}
 */
export function scaleOver(numbers, count = 4) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const step = roundUp((high - low || Math.abs(high) || 1) / count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toFixed(digits)),
  );
  return { from: ticks[0], to: ticks[ticks.length - 1], ticks, digits };
}

/**
 * The next of 1, 2, 5, 10, 20, 50 ...
 * @param {number} step above 0
 */
function roundUp(step) {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const found = [1, 2, 5].find((one) => one * power >= step * (1 - 1e-9)) ?? 10;
  return found * power;
}

/**
 * Where x lies between the ends of a scale, 0 to 1.
 * @type {(scale: Scale, x: number) => number}
 */
export const shareOf = ({ from, to }, x) => (x - from) / (to - from);
