import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING } from "../../../../translator/inspection/page/js/model/intervention.js";
import { muted, verdict } from "../../../../translator/inspection/page/js/panels/muting.js";

test("heads of a layer are muted beside what other layers had, and the rest of it speaks", () => {
  const ablate = { 0.1: "uniform", "1.0": "zero", "10.0": "zero" };

  assert.deepEqual(muted({ ...NOTHING, ablate }, 1, [2, 3]).ablate, {
    0.1: "uniform",
    "10.0": "zero",
    1.2: "zero",
    1.3: "zero",
  });
  assert.deepEqual(muted({ ...NOTHING, ablate }, 1, []).ablate, { 0.1: "uniform", "10.0": "zero" });
});

test("a row that the reader has set goes when its head is muted, or it would speak on", () => {
  const override = { "1.2.0": [1, 0], "1.3.0": [0, 1] };

  assert.deepEqual(muted({ ...NOTHING, override }, 1, [2]).override, { "1.3.0": [0, 1] });
});

test("a layer is idle if muting it leaves the token about as probable, or makes it more so", () => {
  assert.equal(verdict({ before: 0.9, alone: [0.9, 0.89], together: 0.85 }), "idle");
  assert.equal(verdict({ before: 0.5, alone: [0.2, 0.5], together: 0.6 }), "idle");
});

test("one head carries a layer if muting it alone loses half of what muting all does", () => {
  // In nats: 0.69 and 1.39 are lost.
  assert.equal(verdict({ before: 0.8, alone: [0.79, 0.39, 0.8], together: 0.2 }), "one");
});

test("heads back each other up if all of them cost more than each alone, added up", () => {
  assert.equal(verdict({ before: 0.8, alone: [0.79, 0.41, 0.8], together: 0.2 }), "backup");
});

test("heads share the work if what they cost adds up", () => {
  // In nats: three times 0.47 and 1.39 are lost.
  assert.equal(verdict({ before: 0.8, alone: [0.5, 0.5, 0.5], together: 0.2 }), "shared");
});
