// A sum of many products, told in a few lines.

import { sum } from "./numbers.js";

/** Products that are listed by themselves. */
const LISTED = 4;

/**
 * A row times a column, plus a bias: the largest products, all others together, and the total.
 * @param {number[]} row
 * @param {number[]} column
 * @param {number} bias
 */
export function workedSum(row, column, bias) {
  const products = row.map((x, i) => x * column[i]);
  const order = products.map((_, i) => i);
  order.sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
  const at = order.slice(0, LISTED);
  const others = order.slice(LISTED);
  return {
    listed: at.map((i) => ({ i, x: row[i], weight: column[i], product: products[i] })),
    numOthers: others.length,
    others: sum(others.map((i) => products[i])),
    bias,
    total: sum(products) + bias,
  };
}
