import assert from "node:assert/strict";
import { test } from "node:test";
import * as panel from "../../../../translator/inspection/page/js/panels/explanation.js";
import { drawnSets } from "../../../../translator/inspection/page/js/panels/explanation_subsets.js";

test("the mean weight of a source token is over all layers and heads", () => {
  const cross = [
    {
      weights: [
        [[], [0.5, 0.25, 0.25]],
        [[], [0.125, 0.75, 0.125]],
      ],
    },
    {
      weights: [
        [[], [1, 0, 0]],
        [[], [0.375, 0, 0.625]],
      ],
    },
  ];

  assert.deepEqual(
    panel.meanWeights(/** @type {any} */ ({ cross, numSource: 3 }), 1),
    [0.5, 0.25, 0.25],
  );
});

test("a finding compares the heaviest token with the one that costs most", () => {
  const [heavy, second] = [weighed(4, 0.7, 0.3), weighed(1, 0.2, 2)];

  assert.deepEqual(panel.findingOf([heavy, second]), {
    heaviest: heavy,
    costliest: second,
    isAtStake: true,
    agrees: false,
  });
  assert.equal(panel.findingOf([heavy, weighed(1, 0.2, 0.29)]).agrees, true);
});

test("nothing is at stake where hiding a token costs a tenth of a nat or less", () => {
  assert.equal(panel.findingOf([weighed(0, 0.9, 0.1), weighed(1, 0.1, -3)]).isAtStake, false);
  assert.equal(panel.findingOf([weighed(0, 0.9, 0.101), weighed(1, 0.1, -3)]).isAtStake, true);
});

test("random sets are of different tokens, and always the same", () => {
  const tokens = [2, 3, 5, 7, 8];
  const sets = drawnSets(tokens, 3);

  assert.equal(sets.length, 10);
  for (const set of sets) {
    assert.equal(new Set(set).size, 3);
    assert.ok(set.every((token) => tokens.includes(token)));
  }
  assert.ok(new Set(sets.map(String)).size > 1);
  assert.deepEqual(drawnSets(tokens, 3), sets);
});

test("of single tokens each is tried", () => {
  assert.deepEqual(drawnSets([2, 3, 5], 1), [[2], [3], [5]]);
});

test("the conclusion follows the share of decoding steps at which the weights are right", () => {
  assert.match(panel.inWords(0.89), /usually the heaviest one/);
  assert.match(panel.inWords(0.6), /more often the heaviest one than not/);
  assert.match(panel.inWords(0.3), /mostly not the heaviest one/);
});

/** @type {(token: number, weight: number, nats: number) => any} */
const weighed = (token, weight, nats) => ({ token, weight, effect: { nats } });
