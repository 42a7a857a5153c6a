import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../../../translator/inspection/page/js/panels/lanes.js";

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
