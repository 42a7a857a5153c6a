import assert from "node:assert/strict";
import { test } from "node:test";
import { branchesOf } from "../../../../translator/inspection/page/js/panels/beam.js";

test("a hypothesis leaves the earlier one with which it has most tokens in common", () => {
  const hypotheses = [
    [5, 6, 7, 3],
    [5, 8, 3],
    [5, 8, 9, 3],
    [4, 3],
    [5, 6, 3],
  ];

  assert.deepEqual(branchesOf(hypotheses.map((ids) => ({ ids }))), [
    { from: -1, start: 0 },
    { from: 0, start: 1 },
    { from: 1, start: 2 },
    { from: 0, start: 0 },
    { from: 0, start: 2 },
  ]);
});
