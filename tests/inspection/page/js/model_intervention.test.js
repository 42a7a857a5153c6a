import assert from "node:assert/strict";
import { test } from "node:test";
import {
  departures,
  hiddenPositions,
  NOTHING,
} from "../../../../translator/inspection/page/js/model/intervention.js";

const WEIGHTS = Float32Array.of(0.5, 0.25, 0, 0.125, 0.125);
const HIDDEN = [false, false, true, false, false];

/** What is left of WEIGHTS, those of layer 1, head 2 and decoding step 6. */
function edited(change) {
  const encoded = { intervention: { ...NOTHING, ...change }, hidden: HIDDEN };
  return Array.from(departures(encoded, 1, () => 6).edit(WEIGHTS, 2, 0));
}

test("a head that is muted has no weights", () => {
  assert.deepEqual(edited({ ablate: { 1.2: "zero" } }), [0, 0, 0, 0, 0]);
});

test("a uniform head looks at all that it may look at alike", () => {
  assert.deepEqual(edited({ ablate: { 1.2: "uniform" } }), [0.25, 0.25, 0, 0.25, 0.25]);
});

test("a permuted head's weights move on by half of what it may look at", () => {
  assert.deepEqual(edited({ ablate: { 1.2: "permute" } }), [0.125, 0.125, 0, 0.5, 0.25]);
});

test("given weights count more than an ablation, and those that are not given are 0", () => {
  const change = { ablate: { 1.2: "zero" }, override: { "1.2.6": [0.5, 0.5] } };

  assert.deepEqual(edited(change), [0.5, 0.5, 0, 0, 0]);
});

test("other layers, heads and decoding steps keep their weights", () => {
  const change = {
    ablate: { 0.2: "zero", 1.1: "uniform" },
    override: { "0.2.6": [1], "1.1.6": [1], "1.2.5": [1] },
  };

  assert.deepEqual(edited(change), Array.from(WEIGHTS));
});

test("dropped tokens are hidden, and pads while the mask is on", () => {
  const padded = { ...NOTHING, drop: [1], pads: 2 };

  assert.deepEqual(hiddenPositions(NOTHING, 3), [false, false, false]);
  assert.deepEqual(hiddenPositions(padded, 3), [false, true, false, true, true]);
  assert.deepEqual(hiddenPositions({ ...padded, mask: false }, 3), [
    false,
    true,
    false,
    false,
    false,
  ]);
});

test("a source of which everything is hidden is refused", () => {
  assert.throws(() => hiddenPositions({ ...NOTHING, drop: [0, 1], pads: 1 }, 2), /leave one/);
});
