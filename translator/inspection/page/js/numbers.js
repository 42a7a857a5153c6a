// A little arithmetic, and how numbers are written.

const MINUS = "\u2212";

/** 0, 1, ... n - 1. */
export const range = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i);

/** @param {number[]} list */
export const sum = (list) => list.reduce((total, x) => total + x, 0);

/** @type {(a: number[], b: number[]) => number} */
export const dot = (a, b) => a.reduce((total, x, i) => total + x * b[i], 0);

/** @param {number[]} vector */
export const length = (vector) => Math.sqrt(dot(vector, vector));

/**
 * The index of the largest number.
 * @param {number[]} list
 */
export const largest = (list) => list.indexOf(Math.max(...list));

/**
 * The largest absolute value in a matrix; never 0, since pictures divide by it.
 * @param {number[][]} rows
 */
export const most = (rows) => Math.max(1e-9, ...rows.map((row) => Math.max(...row.map(Math.abs))));

/**
 * The valid index closest to `place` in a list of `size`.
 * @type {(place: number, size: number) => number}
 */
export const within = (place, size) => Math.max(0, Math.min(size - 1, place));

/** With a true minus sign; what rounds to 0 has none. */
export function num(/** @type {number} */ x, digits = 3) {
  if (x === -Infinity) return `${MINUS}∞`;
  if (Math.abs(x) < 0.5 * 10 ** -digits) return (0).toFixed(digits);
  return x.toFixed(digits).replace("-", MINUS);
}

/** With its sign, unless it rounds to 0. */
export const signed = (/** @type {number} */ x, digits = 2) =>
  (x > 0 && num(x, digits) !== num(0, digits) ? "+" : "") + num(x, digits);

/** As a factor or a summand, with brackets if it is negative. */
export const factor = (/** @type {number} */ x) => (x < 0 ? `(${num(x)})` : num(x));

/**
 * The products of two vectors, number by number, written out as a sum.
 * @type {(a: number[], b: number[]) => string}
 */
export const products = (a, b) =>
  a.map((x, i) => `${factor(x)}\u00a0×\u00a0${factor(b[i])}`).join(" + ");

/** A share in whole percent. */
export const whole = (/** @type {number} */ x) => `${(100 * x).toFixed(0)}%`.replace("-", MINUS);

/** A probability, with two digits that count where it is small. */
export function chance(/** @type {number} */ p) {
  if (p >= 0.1) return whole(p);
  return p >= 0.0001 ? `${Number((100 * p).toPrecision(2))}%` : "< 0.01%";
}
