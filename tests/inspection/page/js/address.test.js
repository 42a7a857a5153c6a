import assert from "node:assert/strict";
import { test } from "node:test";
import { indexIn } from "../../../../translator/inspection/page/js/address.js";

test("a place in the address counts from 1, and what is no place is ignored", () => {
  assert.equal(indexIn("1"), 0);
  assert.equal(indexIn("12"), 11);
  for (const text of ["0", "-1", "1.5", "1e9", "one", "", null]) assert.equal(indexIn(text), null);
});
