import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING } from "../../../../translator/inspection/page/js/model/intervention.js";
import { areBackedUp } from "../../../../translator/inspection/page/js/panels/what_if.js";
import { patternVerdict } from "../../../../translator/inspection/page/js/panels/what_if_pattern.js";
import {
  shareMoved,
  told,
} from "../../../../translator/inspection/page/js/panels/what_if_picture.js";
import * as trials from "../../../../translator/inspection/page/js/trials.js";

/** Two layers of three heads, four source tokens, one of them <pad>, and two decoding steps. */
const pageWith = (/** @type {Partial<typeof NOTHING>} */ changed, scoreWith = () => null) =>
  /** @type {any} */ ({
    state: { intervention: { ...NOTHING, ...changed } },
    inspection: {
      numLayers: 2,
      numHeads: 3,
      numSource: 4,
      isPad: [false, false, false, true],
      names: { source: ["A", "dog", "</s>", "<pad>"] },
      logprobs: [Math.log(0.8), Math.log(0.5)],
      alternatives: [[{ id: 7 }], [{ id: 9 }]],
    },
    model: {
      tokenizer: { pieces: (/** @type {number[]} */ ids) => ids.map((id) => `▁word${id}`) },
    },
    scoreWith,
  });

test("each visible source token is hidden beside what is hidden already", () => {
  const page = pageWith({ drop: [0], pads: 1 });
  const found = trials.tokenTrials(page);

  assert.deepEqual(
    found.map(({ object, intervention }) => [object, intervention.drop]),
    [
      ["dog", [0, 1]],
      ["</s>", [0, 2]],
    ],
  );
});

test("the last visible source token is not hidden", () => {
  assert.deepEqual(trials.tokenTrials(pageWith({ drop: [0, 2] })), []);
});

test("heads that speak are muted by themselves and by layers", () => {
  const page = pageWith({ ablate: { 0.1: "zero", "1.0": "zero", 1.2: "zero", 0.2: "uniform" } });

  assert.deepEqual(
    trials.headTrials(page, 0).map(({ object }) => object),
    ["layer 1, head 1", "layer 1, head 3"],
  );
  assert.deepEqual(
    trials.layerTrials(page).map(({ object, intervention }) => [object, intervention.ablate]),
    [["all of layer 1", { "0.0": "zero", 0.1: "zero", 0.2: "zero", "1.0": "zero", 1.2: "zero" }]],
  );
});

test("an effect compares with the model of the page, and names a new most probable token", () => {
  const page = pageWith({}, () => ({ logprobs: [Math.log(0.2), Math.log(0.5)], top: [4, 9] }));
  const effects = trials.effectsOf(page, NOTHING) ?? [];

  near(
    effects.map(({ before }) => before),
    [0.8, 0.5],
  );
  near(
    effects.map(({ after }) => after),
    [0.2, 0.5],
  );
  near(
    effects.map(({ nats }) => nats),
    [Math.log(4), 0],
  );
  assert.deepEqual(
    effects.map(({ newTop }) => newTop),
    ["word4", null],
  );
});

test("what the model has not said yet has no effect", () => {
  assert.equal(trials.effectsOf(pageWith({}), NOTHING), null);
});

test("a change of less than 5 points is not tinted, any other by the share that it moves", () => {
  const effects = [
    { before: 0.8, after: 0.76 },
    { before: 0.8, after: 0.2 },
    { before: 0.2, after: 0.8 },
  ];

  near(
    effects.map((one) => shareMoved(effect(one))),
    [0, -0.75, 0.75],
  );
});

test("a cell says in words how a probability moves", () => {
  const texts = [
    effect({ before: 0.89, after: 0.03, newTop: "die" }),
    effect({ before: 0.3, after: 0.9 }),
    effect({ before: 0.9, after: 0.899 }),
  ].map((one) => told(one, "den"));

  assert.deepEqual(texts, [
    "“den” falls from 89% to 3%; “die” becomes the most probable",
    "“den” rises from 30% to 90%",
    "“den” stays at 90%",
  ]);
});

test("heads back each other up where all together cost more than the sum of each alone", () => {
  assert.equal(trials.backEachOtherUp([0.2, 0.3], 0.61), true);
  assert.equal(trials.backEachOtherUp([0.2, 0.3], 0.59), false); // that much does not show
});

test("heads of a layer are compared with that layer, at the chosen decoding step", () => {
  const costing = (/** @type {number} */ layer, /** @type {number} */ nats) =>
    /** @type {any} */ ({ layer, effects: [effect({ nats: 9 }), effect({ nats })] });
  const heads = [costing(0, 5), costing(1, 0.2), costing(1, 0.3)];

  assert.equal(areBackedUp(heads, costing(1, 1.1), 1), true);
  assert.equal(areBackedUp(heads, costing(1, 0.5), 1), false);
  assert.equal(areBackedUp(heads.slice(0, 1), costing(1, 1.1), 1), false); // not tried alone
});

test("it matters where a head looks if looking elsewhere changes the probability", () => {
  const [kept, lost] = [effect({ before: 0.9, after: 0.88 }), effect({ before: 0.9, after: 0.4 })];

  assert.match(patternVerdict(kept, lost, kept), /^Yes/);
  assert.match(patternVerdict(kept, kept, lost), /^No: what it adds matters/);
  assert.match(patternVerdict(kept, kept, kept), /^Not here/);
});

const effect = (/** @type {object} */ parts) => ({
  before: 1,
  after: 1,
  nats: 0,
  newTop: null,
  ...parts,
});

function near(/** @type {number[]} */ found, /** @type {number[]} */ expected) {
  assert.equal(found.length, expected.length);
  found.forEach((x, i) => {
    assert.ok(Math.abs(x - expected[i]) < 1e-12, `${found} is not ${expected}`);
  });
}
