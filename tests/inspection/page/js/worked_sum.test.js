import assert from "node:assert/strict";
import { test } from "node:test";
import { workedSum } from "../../../../translator/inspection/page/js/worked_sum.js";

test("the largest products are listed, all others are one number, and the bias is added", () => {
  const { listed, numOthers, others, bias, total } = workedSum(
    [1, 2, -3, 0.5, 1, 4],
    [1, 0.25, 2, 1, -5, 2],
    0.75,
  );

  assert.deepEqual(
    listed.map(({ i, x, weight, product }) => [i, x, weight, product]),
    [
      [5, 4, 2, 8],
      [2, -3, 2, -6],
      [4, 1, -5, -5],
      [0, 1, 1, 1],
    ],
  );
  assert.deepEqual(
    { numOthers, others, bias, total },
    { numOthers: 2, others: 1, bias: 0.75, total: -0.25 },
  );
});

test("a short sum has no others", () => {
  const { listed, numOthers, others, total } = workedSum([2, 3], [5, 7], 0);

  assert.deepEqual(
    listed.map(({ i }) => i),
    [1, 0],
  );
  assert.deepEqual({ numOthers, others, total }, { numOthers: 0, others: 0, total: 31 });
});
