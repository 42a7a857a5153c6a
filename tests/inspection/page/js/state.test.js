import assert from "node:assert/strict";
import { test } from "node:test";
import { placeIn } from "../../../../translator/inspection/page/js/address.js";
import { changed, stateAt } from "../../../../translator/inspection/page/js/state.js";

const SIZES = { numSteps: 5, numLayers: 2, numHeads: 4 };
const START = stateAt({ layer: 1, head: 2, step: 3 });

test("steps, layers and heads stay inside of what there is", () => {
  assert.equal(changed(START, { step: 9 }, SIZES).step, 4);
  assert.equal(changed(START, { step: -1 }, SIZES).step, 0);
  assert.equal(changed(START, { layer: 2 }, SIZES).layer, 1);
  assert.equal(changed(START, { head: 4 }, SIZES).head, 3);
});

test("weights set by the reader are for one row, and gone at another", () => {
  const edited = { ...START, edited: [0.1, 0.9] };

  assert.deepEqual(changed(edited, { source: 1 }, SIZES).edited, [0.1, 0.9]);
  assert.equal(changed(edited, { head: 0 }, SIZES).edited, null);
});

test("a change leaves the state before it as it was", () => {
  changed(START, { step: 0, by: "norms" }, SIZES);

  assert.equal(START.step, 3);
  assert.equal(START.by, "weights");
});

test("a place in the address counts from 1, and what is none is passed over", () => {
  assert.equal(placeIn("1", 4), 0);
  assert.equal(placeIn("4", 4), 3);
  for (const text of ["0", "5", "-1", "two", "1.5", "", null]) assert.equal(placeIn(text, 4), null);
});
