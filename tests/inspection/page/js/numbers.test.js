import assert from "node:assert/strict";
import { test } from "node:test";
import * as numbers from "../../../../translator/inspection/page/js/numbers.js";

const { chance, dot, factor, largest, length, most, num, products, signed, sum, whole, within } =
  numbers;

test("a number has three digits and a true minus sign", () => {
  assert.equal(num(1.23456), "1.235");
  assert.equal(num(-0.5), "\u22120.500");
  assert.equal(num(-12.345, 1), "\u221212.3");
  assert.equal(num(-Infinity), "\u2212∞");
});

test("what rounds to 0 has no sign", () => {
  assert.equal(num(-0.0004), "0.000");
  assert.equal(num(-0.0006), "\u22120.001");
  assert.equal(signed(0.004), "0.00");
  assert.equal(signed(0.006), "+0.01");
  assert.equal(signed(-1.5, 1), "\u22121.5");
});

test("a share is shown in whole percent", () => {
  assert.equal(whole(0.256), "26%");
  assert.equal(whole(-0.07), "\u22127%");
});

test("a small probability keeps the two digits that count", () => {
  assert.equal(chance(0.956), "96%");
  assert.equal(chance(0.0456), "4.6%");
  assert.equal(chance(0.000234), "0.023%");
  assert.equal(chance(0.00009), "< 0.01%");
});

test("products are written out with negative factors in brackets", () => {
  assert.equal(factor(-2), "(\u22122.000)");
  const text = products([1, -2], [0.5, 3]).replaceAll("\u00a0", " ");
  assert.equal(text, "1.000 × 0.500 + (\u22122.000) × 3.000");
});

test("sums, products and lengths", () => {
  assert.equal(sum([1, 2, 4]), 7);
  assert.equal(dot([1, 2, 3], [4, -5, 6]), 12);
  assert.equal(length([3, -4]), 5);
  assert.equal(largest([0.2, 0.7, 0.1]), 1);
});

test("the largest size in a matrix counts both signs and is never 0", () => {
  assert.equal(most([[1, -8, 2], [3]]), 8);
  assert.ok(most([[0, 0]]) > 0);
});

test("a place outside of a list becomes its nearest", () => {
  assert.deepEqual(
    [-2, 0, 3, 4, 9].map((place) => within(place, 5)),
    [0, 0, 3, 4, 4],
  );
});
