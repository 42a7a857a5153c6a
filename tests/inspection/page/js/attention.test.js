import assert from "node:assert/strict";
import { test } from "node:test";
import * as attention from "../../../../translator/inspection/page/js/attention.js";
import { stateAt } from "../../../../translator/inspection/page/js/state.js";
import { inspectionByHand } from "./by_hand.js";

const { contextsOf, isChanged, mix, project, rowOf, softmax, sourcesOf, withWeight } = attention;

test("the softmax gives shares of the powers of e", () => {
  const { powers, total, weights } = softmax([0, Math.log(3)], [false, false], 1);

  near(powers, [1 / 3, 1]);
  near([total], [4 / 3]);
  near(weights, [0.25, 0.75]);
});

test("what is hidden has no weight, and a temperature divides the scores", () => {
  near(softmax([5, 0, Math.log(9)], [true, false, false], 1).weights, [0, 0.1, 0.9]);
  near(softmax([0, Math.log(9)], [false, false], 2).weights, [0.25, 0.75]);
});

test("the row of a step and head is worked from its q, K and V", () => {
  const row = rowOf(inspectionByHand(), stateAt({ layer: 0, head: 1, step: 1 }));

  assert.deepEqual(row.q, [2, 0, 0, 0]);
  near(row.scores, [0, 2 * Math.log(3), 0]);
  near(row.scaled, [0, Math.log(3), 0]); // divided by the root of 4
  near(row.weights, [0.2, 0.6, 0.2]);
  near(row.context, [1, 6, 2, 1]); // 0.2 [5, 0, 0, 5] + 0.6 [0, 10, 0, 0] + 0.2 [0, 0, 10, 0]
});

test("without scaling the weights follow the raw scores, and the model's own stay", () => {
  const state = { ...stateAt({ layer: 0, head: 1, step: 1 }), scaling: false };
  const row = rowOf(inspectionByHand(), state);

  near(row.weights, [1 / 11, 9 / 11, 1 / 11]);
  near(row.own, [0.2, 0.6, 0.2]);
  near(row.ownContext, [1, 6, 2, 1]);
});

test("a pad is one more source token, which the mask hides until it is taken away", () => {
  const inspection = inspectionByHand();
  const padded = { ...stateAt({ layer: 0, head: 1, step: 1 }), pad: true };

  assert.deepEqual(sourcesOf(inspection, padded), ["▁A", "▁dog", "</s>", "<pad>"]);
  near(rowOf(inspection, padded).weights, [0.2, 0.6, 0.2, 0]);
  near(rowOf(inspection, { ...padded, mask: false }).weights, [0.125, 0.375, 0.125, 0.375]);
});

test("the row is changed by whatever moves its weights, and by nothing else", () => {
  const inspection = inspectionByHand();
  const state = stateAt({ layer: 0, head: 1, step: 1 });

  assert.equal(isChanged(inspection, state), false);
  assert.equal(isChanged(inspection, { ...state, pad: true }), false);
  assert.equal(isChanged(inspection, { ...state, mask: false }), false); // it hides nothing
  assert.equal(isChanged(inspection, { ...state, pad: true, mask: false }), true);
  assert.equal(isChanged(inspection, { ...state, scaling: false }), true);
  assert.equal(isChanged(inspection, { ...state, temperature: 2 }), true);
  assert.equal(isChanged(inspection, { ...state, edited: [1, 0, 0] }), true);
});

test("when one weight is set the others share the rest as they did before", () => {
  near(withWeight([0.5, 0.3, 0.2], 0, 0.75), [0.75, 0.15, 0.1]);
  near(withWeight([1, 0, 0], 0, 0.4), [0.4, 0.3, 0.3]); // they had nothing: alike
  assert.deepEqual(withWeight([1], 0, 0.2), [1]);
});

test("the context is the weighted sum of the values", () => {
  near(
    mix(
      [0.25, 0.75],
      [
        [4, 0, 8],
        [0, 4, -8],
      ],
    ),
    [1, 3, -4],
  );
});

test("only the chosen head's context follows the reader's weights", () => {
  const state = { ...stateAt({ layer: 0, head: 1, step: 1 }), edited: [0, 0, 1] };
  const contexts = contextsOf(inspectionByHand(), state);

  near(contexts[0], [2, 3, 0, 0]); // as recorded: 0.5 [4, 0, 0, 0] + 0.5 [0, 6, 0, 0]
  near(contexts[1], [0, 0, 10, 0]);
});

test("a head is projected by its own rows of W_O", () => {
  const wO = [
    [1, 0, 2],
    [0, 1, 0],
    [5, 0, 0],
    [0, 7, 1],
  ];

  assert.deepEqual(project(wO, [2, 3], 0), [2, 3, 4]);
  assert.deepEqual(project(wO, [2, 3], 1), [10, 21, 3]);
});

function near(found, expected) {
  assert.equal(found.length, expected.length);
  found.forEach((x, i) => {
    assert.ok(Math.abs(x - expected[i]) < 1e-6, `${found} is not ${expected}`);
  });
}
