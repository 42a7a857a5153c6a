import assert from "node:assert/strict";
import { test } from "node:test";
import * as panels from "../../../../translator/inspection/page/js/panels/explanation.js";
import { spread } from "../../../../translator/inspection/page/js/panels/lanes.js";
import {
  merged,
  shaded,
  shares,
  short,
} from "../../../../translator/inspection/page/js/panels/matrix.js";

test("words in a lane share what room is left", () => {
  // 100 wide, words of 30 and 20, gaps of 10 and 0: 40 are left, 20 for each word.
  assert.deepEqual(spread([30, 20], [10, 0], 2, 100), [
    { middle: 27, width: 50 },
    { middle: 82, width: 40 },
  ]);
});

test("words in a lane that is too narrow keep their width", () => {
  assert.deepEqual(spread([30, 20], [10, 0], 0, 40), [
    { middle: 15, width: 30 },
    { middle: 50, width: 20 },
  ]);
});

test("a word's columns are summed and its rows averaged", () => {
  const weights = [
    [0.5, 0.25, 0.25],
    [0.25, 0.25, 0.5],
  ];
  const columns = [{ pieces: [0, 1] }, { pieces: [2] }];

  assert.deepEqual(merged(weights, [{ pieces: [0, 1] }], columns), [[0.625, 0.375]]);
  assert.deepEqual(merged(weights, [{ pieces: [0] }], columns), [[0.75, 0.25]]);
});

test("shares of a row sum to 1, and a row of zeros stays one", () => {
  assert.deepEqual(
    shares([
      [1, 3, 4],
      [0, 0, 0],
    ]),
    [
      [0.125, 0.375, 0.5],
      [0, 0, 0],
    ],
  );
});

test("a number in a cell drops its leading zero, and nothing stands for nothing", () => {
  assert.equal(short(0.256), ".26");
  assert.equal(short(-0.256), "\u2212.26");
  assert.equal(short(1.5), "1.50");
  assert.equal(short(0.004), "");
});

test("cells of one sign and shade are one path", () => {
  const paths = shaded(
    [
      [1, 0, 0.5],
      [-1, 0.5, 0],
    ],
    3,
    1,
    null,
  );

  assert.deepEqual(
    [...paths],
    [
      ["plus 12", "M0 0h3.00v3.00h-3.00z"],
      ["plus 6", "M6 0h3.00v3.00h-3.00zM3 3h3.00v3.00h-3.00z"],
      ["minus 12", "M0 3h3.00v3.00h-3.00z"],
    ],
  );
});

test("a side has one colour for both signs", () => {
  assert.deepEqual([...shaded([[-1, 1]], 3, 1, "enc").keys()], ["enc 12"]);
});

test("a mean leaves out what is unknown", () => {
  assert.equal(panels.mean([1, null, 4]), 2.5);
  assert.equal(panels.mean([null, null]), null);
});

test("rank correlations are put into words", () => {
  const words = [0.7, 0.69, 0.29, -0.3, null].map(panels.inWords);

  assert.deepEqual(words, [
    "much the same order",
    "partly the same order",
    "hardly related",
    "rather the opposite order",
    "cannot be compared",
  ]);
});
