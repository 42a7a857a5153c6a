import assert from "node:assert/strict";
import { test } from "node:test";
import { extremes } from "../../../../translator/inspection/page/js/panels/matrix.js";
import {
  merged,
  percent,
  shares,
  short,
} from "../../../../translator/inspection/page/js/panels/matrix_figure.js";

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

test("the most undecided row is the one whose heaviest weight is least", () => {
  const weights = [
    [0.6, 0.3, 0.1],
    [0.4, 0.3, 0.3],
    [0.1, 0.1, 0.8],
    [0.5, 0.5, 0],
  ];

  assert.deepEqual(extremes(weights), { spread: 1, surest: 2 });
});

test("a weight in a cell is in percent, and nothing stands for nothing", () => {
  assert.deepEqual([0.256, 1, 0.005, 0.004, 0].map(percent), ["26", "100", "1", "", ""]);
});

test("a length in a cell drops its leading zero, and nothing stands for nothing", () => {
  assert.equal(short(0.256), ".26");
  assert.equal(short(-0.256), "\u2212.26");
  assert.equal(short(1.5), "1.50");
  assert.equal(short(0.004), "");
});
