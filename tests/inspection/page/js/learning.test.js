import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { strokeOf } from "../../../../translator/inspection/page/js/curves.js";
import {
  bestOfAll,
  bestOfLayers,
  entropyOf,
  mostEntropy,
  moved,
  placeOfStep,
  readLearning,
  takeover,
  turningPoint,
} from "../../../../translator/inspection/page/js/learning.js";
import { whyBefore } from "../../../../translator/inspection/page/js/panels/learning_words.js";

/** One encoder layer, two decoder layers, two heads; a probe of 3 source tokens and 2 rows. */
const CONFIG = /** @type {any} */ ({ numEncoderLayers: 1, numDecoderLayers: 2, numHeads: 2 });
const PROBE = {
  text: "A dog",
  source: ["▁A", "▁dog", "</s>"],
  reads: ["<s>", "▁Hund"],
  writes: ["▁Hund", "</s>"],
  gold: null,
};

/** Two snapshots of one probe: at the second one each byte is by 100 larger than at the first. */
const recorded = () => {
  const numCells = 1 * 2 * 9 + 2 * 2 * 4 + 2 * 2 * 6;
  const bytes = Array.from({ length: numCells }, (_, cell) => [cell, cell + 100]).flat();
  return /** @type {any} */ ({
    steps: [0, 25],
    probes: [PROBE],
    probabilities: [[[0.1, 0.2]], [[0.3, 0.4]]],
    attention: deflateSync(Buffer.from(bytes)).toString("base64"),
  });
};

test("each matrix comes out of the record at its layer, head and snapshot", async () => {
  const { films } = await readLearning(recorded(), CONFIG);
  const [first, second] = [films[0].frame(0), films[0].frame(1)];

  assert.deepEqual(inBytes(first?.weights("encoder_self_attn")[0][1]), [
    [9, 10, 11],
    [12, 13, 14],
    [15, 16, 17],
  ]);
  assert.deepEqual(inBytes(first?.weights("decoder_self_attn")[1][0]), [
    [26, 27],
    [28, 29],
  ]);
  assert.deepEqual(inBytes(second?.weights("cross_attn")[1][1]), [
    [152, 153, 154],
    [155, 156, 157],
  ]);
  assert.deepEqual(second?.probabilities, [0.3, 0.4]);
  assert.deepEqual(films[0].names.writes, ["Hund", "</s>"]);
  assert.deepEqual(films[0].gold, []);
});

test("a step between two snapshots is shown as the one before", () => {
  assert.deepEqual(
    [0, 24, 25, 40, 99].map((step) => placeOfStep([0, 25, 60], step)),
    [0, 0, 1, 1, 2],
  );
});

test("entropy is none where one token gets all, and most where all that may get alike", () => {
  assert.equal(entropyOf([[1, 0, 0, 0]]), 0);
  assert.equal(
    entropyOf([
      [0.25, 0.25, 0.25, 0.25],
      [0, 0.5, 0.5, 0],
    ]),
    1.5,
  );
  const four = [
    [1, 0, 0, 0],
    [1, 0, 0, 0],
  ];
  assert.equal(mostEntropy(four, "cross_attn"), 2);
  assert.equal(mostEntropy(four, "decoder_self_attn"), 0.5); // one bit in the second row
});

test("a head has changed most where most of its weight has moved", () => {
  const [even, left, right] = [[[0.5, 0.5]], [[0.75, 0.25]], [[0, 1]]];
  assert.equal(moved(left, right), 0.75);
  const film = /** @type {any} */ ({
    steps: [0, 5, 9],
    frame: (/** @type {number} */ at) => ({ weights: () => [[[even, left, right][at]]] }),
  });

  assert.equal(turningPoint(film, "cross_attn", 0, 0), 2);
});

test("the head that errs least, of each layer and of all", () => {
  const aer = [
    [0.5, 0.4],
    [0.3, 0.6],
  ];

  assert.deepEqual(bestOfLayers(aer), [
    { layer: 0, head: 1, error: 0.4 },
    { layer: 1, head: 0, error: 0.3 },
  ]);
  assert.deepEqual(bestOfAll(aer), { layer: 1, head: 0, error: 0.3 });
});

test("a layer overtakes another where it begins to lead for good", () => {
  const leads = (/** @type {[first: number, second: number][]} */ ...best) =>
    best.map(([first, second]) => [[0.95, first], [second]]);

  assert.deepEqual(
    takeover(leads([0.9, 0.92], [0.8, 0.7], [0.5, 0.6], [0.4, 0.3], [0.4, 0.1])),
    { at: 3, from: 0, to: 1 }, // at the second snapshot it led, too, but not for good
  );
  assert.equal(takeover(leads([0.9, 0.8], [0.5, 0.2])), null);
  // Before anything is learned, chance leads.
  assert.equal(takeover(leads([0.9, 0.92], [0.88, 0.89], [0.5, 0.4])), null);
});

test("before the first step weights are even, uneven by chance, or another run's", () => {
  assert.match(whyBefore(null, true), /W_Q and W_K are random, .* nearly even weights\.$/);
  assert.match(whyBefore(null, false), /weights that differ only by chance\.$/);
  assert.match(whyBefore("old", false), /^Before the first step, the weights are those of “old”/);
});

test("layers differ in colour and in their dashes, and the last has none", () => {
  const strokes = [0, 1, 2].map((layer) => strokeOf({ layer, numLayers: 3 }));

  assert.equal(new Set(strokes.map(({ stroke }) => stroke)).size, 3);
  assert.deepEqual(
    strokes.map((stroke) => stroke["stroke-dasharray"]),
    ["3 3", "8 3", false],
  );
  assert.equal(strokeOf({ layer: 0, numLayers: 1 })["stroke-dasharray"], false);
});

const inBytes = (/** @type {number[][] | undefined} */ rows) =>
  rows?.map((row) => row.map((x) => Math.round(255 * x)));
