import assert from "node:assert/strict";
import { test } from "node:test";
import * as attention from "../../../../translator/inspection/page/js/attention.js";
import { NOTHING } from "../../../../translator/inspection/page/js/model/intervention.js";

const { heaviest, mix, project, rowOf, softmax, switched, withWeight } = attention;

test("the softmax gives shares of the powers of e", () => {
  const { powers, total, softmax: shares } = softmax([0, Math.log(3)], [false, false], 1);

  near(powers, [1 / 3, 1]);
  near([total], [4 / 3]);
  near(shares, [0.25, 0.75]);
});

test("what is hidden has no weight, and a temperature divides the scores", () => {
  near(softmax([5, 0, Math.log(9)], [true, false, false], 1).softmax, [0, 0.1, 0.9]);
  near(softmax([0, Math.log(9)], [false, false], 2).softmax, [0.25, 0.75]);
});

test("a row is worked from its q and K, with what is changed", () => {
  const row = rowOf(pageByHand({}));

  near(row.scores, [0, 2 * Math.log(3), 0]);
  near(row.scaled, [0, Math.log(3), 0]); // divided by the root of 4
  near(row.softmax, [0.2, 0.6, 0.2]);
  near(rowOf(pageByHand({ scaling: false })).softmax, [1 / 11, 9 / 11, 1 / 11]);
});

test("a row knows the weights of the model as it is, where it has that row", () => {
  assert.deepEqual(rowOf(pageByHand({}, [[0.2, 0.6]])).own, [0.2, 0.6, 0]); // a <pad> was added
  assert.equal(rowOf(pageByHand({}, [])).own, null);
});

test("a weight that is set leaves the rest to the others in their proportions", () => {
  const seen = [false, false, false];

  near(withWeight([0.2, 0.6, 0.2], seen, 1, 0.2), [0.4, 0.2, 0.4]);
  near(withWeight([0, 1, 0], seen, 1, 0.5), [0.25, 0.5, 0.25]);
  near(withWeight([0, 0, 0], seen, 0, 0.4), [0.4, 0.3, 0.3]); // a muted head
});

test("a weight that is set gives nothing to what is hidden", () => {
  near(withWeight([0.5, 0.5, 0], [false, false, true], 0, 0.2), [0.2, 0.8, 0]);
  near(withWeight([1, 0], [false, true], 0, 0.2), [1, 0]); // nobody else may be looked at
});

test("the two heaviest tokens change their weights", () => {
  assert.deepEqual(heaviest([0.1, 0.2, 0.7]), [2, 1, 0]);
  assert.deepEqual(switched([0.1, 0.2, 0.7]), [0.1, 0.7, 0.2]);
});

test("the context is the sum of the values, each times its weight", () => {
  const values = [
    [4, 0, 8],
    [0, 4, -8],
  ];

  near(mix([0.25, 0.75], values), [1, 3, -4]);
});

test("a head meets its own rows of W_O", () => {
  const wO = [
    [1, 0, 0],
    [0, 1, 0],
    [2, 0, 5],
    [0, 3, 0],
  ];

  assert.deepEqual(project(wO, [1, 10], 0), [1, 10, 0]);
  assert.deepEqual(project(wO, [1, 10], 1), [2, 30, 5]);
});

/**
 * One layer of one head, one decoding step, three source tokens.
 * @param {Partial<typeof NOTHING>} changes
 */
function pageByHand(changes, own = [[0.2, 0.6, 0.2]]) {
  const layer = {
    queries: [[[2, 0, 0, 0]]],
    keys: [
      [
        [0, 1, 0, 0],
        [Math.log(3), 0, 0, 0],
        [0, 0, 0, 9],
      ],
    ],
    values: [
      [
        [5, 0, 0, 5],
        [0, 10, 0, 0],
        [0, 0, 10, 0],
      ],
    ],
    mask: [false, false, false],
    weights: [[[0.2, 0.6, 0.2]]],
    contexts: [[[1, 6, 2, 1]]],
  };
  return /** @type {any} */ ({
    inspection: { cross: [layer] },
    original: { cross: [{ weights: [own] }] },
    state: { layer: 0, head: 0, step: 0, intervention: { ...NOTHING, ...changes } },
  });
}

/** @type {(found: number[], expected: number[]) => void} */
function near(found, expected) {
  assert.equal(found.length, expected.length);
  found.forEach((x, i) => {
    assert.ok(Math.abs(x - expected[i]) < 1e-6, `${found} is not ${expected}`);
  });
}
