import assert from "node:assert/strict";
import { test } from "node:test";
import * as changes from "../../../../translator/inspection/page/js/changes.js";
import { NOTHING } from "../../../../translator/inspection/page/js/model/intervention.js";

const {
  ablating,
  changesOf,
  forAnotherSentence,
  hiding,
  isNothing,
  maskingPads,
  toggleHead,
  toggleToken,
  withoutRow,
  withRow,
} = changes;

const EVERYTHING = {
  ablate: { 1.3: /** @type {const} */ ("zero"), 0.2: /** @type {const} */ ("uniform") },
  drop: [2],
  override: { "0.1.4": [0.5, 0.5, 0] },
  temperature: 2,
  scaling: false,
  pads: 2,
  mask: false,
};
const INSPECTION = /** @type {any} */ ({
  names: { source: ["the¹", "dog", "the²"] },
  isPad: [false, false, false, true, true],
});

test("every change has a name", () => {
  assert.deepEqual(
    changesOf(EVERYTHING, INSPECTION).map(({ name }) => name),
    [
      "layer 2, head 4 muted",
      "layer 1, head 3 made uniform",
      "“the²” hidden",
      "layer 1, head 2, decoding step 5: weights set by you",
      "temperature 2.0",
      "scores not divided",
      "2 <pad> added",
      "padding mask off",
    ],
  );
});

test("each change can be taken back by itself, and all of them leave nothing", () => {
  let left = /** @type {any} */ (EVERYTHING);
  for (;;) {
    const [first] = changesOf(left, INSPECTION);
    assert.equal(isNothing(left), !first);
    if (!first) break;
    left = first.undone;
  }
  assert.deepEqual(left, NOTHING);
});

test("with the padding, what was done to it goes, too", () => {
  const isPad = [false, false, false, true];
  const changed = { ...NOTHING, pads: 1, mask: false, drop: [1, 3] };
  const rows = { ...changed, override: { "0.0.0": [0.125, 0, 0.375, 0.5] } };

  assert.deepEqual(maskingPads(rows, isPad, 0), {
    ...NOTHING,
    drop: [1],
    override: { "0.0.0": [0.25, 0, 0.75, 0] },
  });
});

test("a head is muted and speaks again", () => {
  const muted = toggleHead(NOTHING, 1, 0);

  assert.deepEqual(muted.ablate, { "1.0": "zero" });
  assert.deepEqual(toggleHead(muted, 1, 0), NOTHING);
});

test("hidden tokens stay in order, and rows that look at them look at the others", () => {
  const place = { layer: 0, head: 1, step: 2 };
  const changed = withRow(toggleToken(NOTHING, 3), place, [0.25, 0.5, 0.25, 0]);

  const hidden = toggleToken(changed, 1);
  assert.deepEqual(hidden.drop, [1, 3]);
  assert.deepEqual(hidden.override, { "0.1.2": [0.5, 0, 0.5, 0] });
  assert.deepEqual(toggleToken(hidden, 3).drop, [1]);
});

test("a row that looked at nothing but hidden tokens looks at all others alike", () => {
  const changed = withRow(NOTHING, { layer: 0, head: 1, step: 2 }, [0, 0.75, 0.25, 0]);

  assert.deepEqual(hiding(changed, [2, 1]).override, { "0.1.2": [0.5, 0, 0, 0.5] });
});

test("a row is given its own weights back, and only that row", () => {
  const once = withRow(NOTHING, { layer: 1, head: 0, step: 4 }, [0, 1, 0]);
  const twice = withRow(once, { layer: 0, head: 2, step: 3 }, [1, 0, 0]);

  assert.deepEqual(withoutRow(twice, { layer: 0, head: 2, step: 3 }), once);
});

test("heads that are muted lose the rows that the reader has set, and only they", () => {
  const first = withRow(NOTHING, { layer: 1, head: 1, step: 2 }, [0, 1]);
  const changed = withRow(first, { layer: 1, head: 10, step: 2 }, [1, 0]);

  const muted = ablating(changed, ["1.1", "0.3"], "zero");
  assert.deepEqual(muted.ablate, { 1.1: "zero", 0.3: "zero" });
  assert.deepEqual(muted.override, { "1.10.2": [1, 0] });
});

test("for another sentence the changes of places in the old one go", () => {
  const { drop, override, ...others } = forAnotherSentence(EVERYTHING);

  assert.deepEqual([drop, override], [[], {}]);
  assert.deepEqual(others, {
    ablate: EVERYTHING.ablate,
    temperature: 2,
    scaling: false,
    pads: 2,
    mask: false,
  });
});
