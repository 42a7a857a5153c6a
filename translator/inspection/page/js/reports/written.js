// How the numbers of a report are written.

/** @import { Estimate, Head } from "./head_report.js" */

import { num } from "../numbers.js";

/** @typedef {(x: number) => string} Written */

/** A head, counted from 1: layer 2, head 4 is 2.4. */
export const headAt = (/** @type {Head} */ [layer, head]) => `${layer + 1}.${head + 1}`;

/** @type {Written} */
export const twoDigits = (x) => num(x, 2);
/** @type {Written} */
export const bleu = (x) => num(x, 1);

const UNIT = /%$| points$/;

/**
 * The interval of an estimate: 0.78–0.84.
 * @param {Estimate} estimate
 * @param {Written} write
 */
export function interval([, low, high], write) {
  const ends = [write(low), write(high)];
  if (ends.every((end) => UNIT.test(end))) ends[0] = ends[0].replace(UNIT, "");
  return ends.some((end) => /^[\u2212+]/.test(end)) ? ends.join(" to ") : ends.join("–");
}

/**
 * 0.81 (0.78–0.84)
 * @param {Estimate} estimate
 * @param {Written} write
 */
export const withInterval = (estimate, write) =>
  `${write(estimate[0])} (${interval(estimate, write)})`;

/**
 * The places of all heads in reading order, with a number each.
 * @template T
 * @param {T[][]} byHead
 * @returns {{ head: Head, value: T }[]}
 */
export const eachHead = (byHead) =>
  byHead.flatMap((of, layer) => of.map((value, head) => ({ head: [layer, head], value })));

/**
 * The head with the least number.
 * @param {number[][]} byHead
 */
export const leastHead = (byHead) =>
  eachHead(byHead).reduce((best, one) => (one.value < best.value ? one : best));

/**
 * The head with the largest number.
 * @param {number[][]} byHead
 */
export const mostHead = (byHead) =>
  eachHead(byHead).reduce((best, one) => (one.value > best.value ? one : best));

/**
 * @template T
 * @template U
 * @param {T[][]} byHead
 * @param {(value: T) => U} change
 */
export const mapHeads = (byHead, change) => byHead.map((of) => of.map(change));

/** @param {Estimate} estimate */
export const mean = ([middle]) => middle;
