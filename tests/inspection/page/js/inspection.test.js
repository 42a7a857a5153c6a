import assert from "node:assert/strict";
import { test } from "node:test";
import { unpack } from "../../../../translator/inspection/page/js/inspection.js";
import { inspectionByHand } from "./by_hand.js";

test("an array is unpacked row by row from little-endian float32", () => {
  // 1, -2, 0.5, 3, 0, 100 as written by numpy: "<f4".
  const data = "AACAPwAAAMAAAAA/AABAQAAAAAAAAMhC";

  assert.deepEqual(unpack({ shape: [2, 3], data }), [
    [1, -2, 0.5],
    [3, 0, 100],
  ]);
  assert.deepEqual(unpack({ shape: [3, 1, 2], data }), [[[1, -2]], [[0.5, 3]], [[0, 100]]]);
  assert.deepEqual(unpack({ shape: [6], data }), [1, -2, 0.5, 3, 0, 100]);
});

test("an inspection knows its sizes", () => {
  const { numSource, numSteps, numLayers, numHeads, dHead, dModel } = inspectionByHand();

  assert.deepEqual(
    { numSource, numSteps, numLayers, numHeads, dHead, dModel },
    { numSource: 3, numSteps: 2, numLayers: 1, numHeads: 2, dHead: 4, dModel: 8 },
  );
});
