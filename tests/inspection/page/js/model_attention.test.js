import assert from "node:assert/strict";
import { test } from "node:test";
import { attend, softmax } from "../../../../translator/inspection/page/js/model/attention.js";

const LOG_3 = Math.log(3);
const rows = (...lists) => lists.map((list) => Float32Array.from(list));
// Two heads of width 4, two queries, three positions of memory. Scores are divided by 2.
const QUERIES = rows([0, 0, 0, 0, 2, 0, 0, 0], [2 * LOG_3, 0, 0, 0, 0, 0, 0, 0]);
const KEYS = rows([1, 0, 0, 0, 0, 0, 0, 0], [0, 9, 0, 0, LOG_3, 0, 0, 0], [0, 0, 0, 0, 0, 5, 0, 0]);
const VALUES = rows([4, 0, 0, 0, 1, 0, 0, 0], [0, 6, 0, 0, 0, 2, 0, 0], [0, 0, 8, 0, 0, 0, 5, 0]);

test("the softmax gives shares of the powers of e, whatever their size", () => {
  near(softmax(Float32Array.of(0, LOG_3)), [0.25, 0.75]);
  near(softmax(Float32Array.of(1000, 1000, -Infinity)), [0.5, 0.5, 0]);
});

test("each head compares its own numbers and mixes its own", () => {
  const { weights, context } = attend(QUERIES, KEYS, VALUES, 2);

  near(weights[0][0], [1 / 3, 1 / 3, 1 / 3]);
  near(weights[0][1], [0.6, 0.2, 0.2]);
  near(weights[1][0], [0.2, 0.6, 0.2]);
  near(weights[1][1], [1 / 3, 1 / 3, 1 / 3]);
  near(context[1], [2.4, 1.2, 1.6, 0, 1 / 3, 2 / 3, 5 / 3, 0]);
});

test("nobody sees what is hidden, nor a query what comes after it", () => {
  near(
    attend(QUERIES, KEYS, VALUES, 2, { hidden: [true, false, false] }).weights[1][0],
    [0, 0.75, 0.25],
  );
  const { weights } = attend(QUERIES, KEYS, VALUES, 2, { isCausal: true });
  near(weights[0][0], [1, 0, 0]);
  near(weights[0][1], [0.75, 0.25, 0]);
});

test("scores may stay undivided, or be divided by a temperature too", () => {
  near(attend(QUERIES, KEYS, VALUES, 2, { isScaled: false }).weights[0][1], [
    9 / 11,
    1 / 11,
    1 / 11,
  ]);
  const both = { isScaled: false, temperature: 2 };
  near(attend(QUERIES, KEYS, VALUES, 2, both).weights[0][1], [0.6, 0.2, 0.2]);
});

test("an edit replaces a row of weights and what follows from it", () => {
  const edit = (weights, head, query) =>
    head === 0 && query === 1 ? Float32Array.of(0, 0.5, 0.5) : weights;
  const { weights, context } = attend(QUERIES, KEYS, VALUES, 2, { edit });

  near(weights[0][1], [0, 0.5, 0.5]);
  near(context[1].subarray(0, 4), [0, 3, 4, 0]);
  near(weights[1][0], [0.2, 0.6, 0.2]);
});

function near(found, expected) {
  assert.equal(found.length, expected.length);
  found.forEach((x, i) => {
    assert.ok(Math.abs(x - expected[i]) < 1e-6, `${found} is not ${expected}`);
  });
}
