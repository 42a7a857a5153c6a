import assert from "node:assert/strict";
import { test } from "node:test";
import { shaded } from "../../../../translator/inspection/page/js/painting.js";

test("cells of one sign and shade are one path, neighbours one outline, and 0 is paper", () => {
  const paths = shaded(
    [
      [2, 2, 0, 1],
      [-2, 0.05, -2, -5],
    ],
    2,
  );

  assert.deepEqual(
    [...paths],
    [
      ["plus 12", "M0 0h2v1h-2z"],
      ["plus 6", "M3 0h1v1h-1z"],
      ["minus 12", "M0 1h1v1h-1zM2 1h2v1h-2z"],
    ],
  );
});
