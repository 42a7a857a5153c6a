import assert from "node:assert/strict";
import { test } from "node:test";
import { num, signed, whole } from "../../../../translator/inspection/page/js/numbers.js";
import {
  alignmentFinding,
  ruleOf,
} from "../../../../translator/inspection/page/js/reports/alignment.js";
import { scaleOver, shareOf } from "../../../../translator/inspection/page/js/reports/axis.js";
import {
  apartFinding,
  isBeyond,
  scoreFinding,
} from "../../../../translator/inspection/page/js/reports/compared_heads.js";
import { logitFinding } from "../../../../translator/inspection/page/js/reports/contributions.js";
import { ticksThatFit } from "../../../../translator/inspection/page/js/reports/dots.js";
import { effectFinding } from "../../../../translator/inspection/page/js/reports/effect.js";
import { faithfulnessFinding } from "../../../../translator/inspection/page/js/reports/faithfulness.js";
import { outcome } from "../../../../translator/inspection/page/js/reports/inspected.js";
import {
  byHeads,
  matchingFinding,
} from "../../../../translator/inspection/page/js/reports/matching.js";
import { patternFinding } from "../../../../translator/inspection/page/js/reports/pattern.js";
import { pruningFinding } from "../../../../translator/inspection/page/js/reports/pruning.js";
import {
  commonWords,
  differenceFinding,
  preferenceFinding,
} from "../../../../translator/inspection/page/js/reports/sentence.js";
import {
  interval,
  withInterval,
} from "../../../../translator/inspection/page/js/reports/written.js";

const about = (x) => [x, x - 0.01, x + 0.01];

test("an axis has round numbers between the least and the largest", () => {
  assert.deepEqual(scaleOver([0, 0.37]).ticks, [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(scaleOver([-0.3, 1.45]).ticks, [0, 0.5, 1]);
  assert.deepEqual(scaleOver([2.3, 96.5, 40]).ticks, [20, 40, 60, 80]);
  assert.deepEqual(scaleOver([0, 5]).ticks, [0, 1, 2, 3, 4, 5]);
});

test("an axis over one number only has an extent all the same", () => {
  const { from, to, ticks } = scaleOver([97, 97]);

  assert.ok(from < to);
  assert.ok(ticks.length >= 3);
});

test("ticks that have no room are left out, 0 never", () => {
  const scale = scaleOver([-8.5, 6.2]);
  assert.deepEqual(scale.ticks, [-8, -6, -4, -2, 0, 2, 4, 6]);

  assert.deepEqual(ticksThatFit(scale, 300), scale.ticks);
  assert.deepEqual(ticksThatFit(scale, 150), [-8, -4, 0, 4]);
  assert.deepEqual(ticksThatFit(scale, 90), [-6, 0, 6]);
});

test("a number stands on an axis in proportion", () => {
  assert.equal(shareOf(scaleOver([1, 5]), 2), 0.25);
  assert.equal(shareOf(scaleOver([-0.5, 1.5]), 0.5), 0.5);
});

test("an interval has one sign of percent, and a word between numbers with signs", () => {
  assert.equal(
    interval([0.8, 0.784, 0.84], (x) => num(x, 2)),
    "0.78–0.84",
  );
  assert.equal(interval([0.8, 0.784, 0.84], whole), "78–84%");
  assert.equal(
    interval([0, -0.2, 0.1], (x) => num(x, 1)),
    "−0.2 to 0.1",
  );
  assert.equal(
    interval([0, -0.2, 0.1], (x) => `${num(x, 1)} points`),
    "−0.2 to 0.1 points",
  );
  assert.equal(withInterval([0.3, 0.2, 0.4], signed), "+0.30 (+0.20 to +0.40)");
});

test("the sharpest and the widest head are named, and how many tokens their bits are", () => {
  const found = patternFinding({
    entropy: [
      [about(1), about(0.5)],
      [about(2), about(1.5)],
    ],
    sink_share: [
      [about(0.1), about(0.2)],
      [about(0.3), about(0.25)],
    ],
    same_position: [
      [about(0.6), about(0.2)],
      [about(0.3), about(0.25)],
    ],
  });

  assert.match(
    found,
    /^Head 1\.2 is the sharpest: its entropy is 0\.50 bits, .* evenly among 1\.4 tokens\./,
  );
  assert.match(found, /Head 2\.1 is the widest, with 2\.00 bits, or 4\.0 tokens\./);
  assert.match(
    found,
    /Head 2\.1 gives most to punctuation and <\/s> \(30%\), and head 1\.1 is closest/,
  );
});

test("of an only head it is said what it looks at, without a comparison", () => {
  const found = patternFinding({
    entropy: [[about(1)]],
    sink_share: [[about(0.25)]],
    same_position: [[about(0.6)]],
  });

  assert.match(found, /^The only head has an entropy of 1\.00 bits, .* among 2\.0 tokens; 25% of/);
});

test("heads stand in for each other where a layer costs more than the sum of its heads", () => {
  const zeroed = [
    [about(0.2), about(0.1)],
    [about(0.05), [-0.02, -0.03, -0.01]],
  ];

  const found = effectFinding({ zeroed, layer_zeroed: [about(0.9), about(0.4)] });
  assert.match(found, /^Of the single heads, 1\.1 costs most: 0\.20 \(0\.19–0\.21\) nats\./);
  assert.match(found, /layer 1 together cost 0\.90; .* add up to 0\.30\. They stand in for each/);
  assert.match(found, /Without head 2\.2 the model finds the references a little more probable\.$/);

  const alone = effectFinding({ zeroed: [[about(0.2), about(0.1)]], layer_zeroed: [about(0.3)] });
  assert.match(alone, /one by one they add up to 0\.30\.$/);
});

test("heads can go as long as BLEU falls by no more than a point", () => {
  const at = (bleu) => ({ removed: null, bleu, lost: 0 });

  assert.match(
    pruningFinding([at(90), at(89.5), at(89), at(60), at(2)]),
    /^In this order, 2 of the 4 heads can go/,
  );
  assert.match(
    pruningFinding([at(90), at(88), at(2)]),
    /^In this order, BLEU falls by more than 1 point with the first of the 2 heads/,
  );
  assert.match(pruningFinding([at(90), at(90), at(2.14)]), /BLEU is 2\.1 instead of 90\.0/);
  assert.match(pruningFinding([at(0), at(0), at(0)]), /2 of the 2 heads can go/);
});

test("a rule of alignment is said in words", () => {
  const rule = { layer: null, head: null, by: "norms", rows: "writes", chosen_by: "both" };

  assert.equal(
    ruleOf(rule),
    "the mean of all heads, by norms, in the row that writes the target word, where each word of either side chooses",
  );
  assert.match(ruleOf({ ...rule, layer: 1, head: 3, rows: "reads" }), /^head 2\.4, .* that reads/);
  assert.match(ruleOf({ ...rule, layer: 1 }), /^the mean of the heads of layer 2,/);
  assert.match(ruleOf({ ...rule, head: 2 }), /^the mean over all layers of head 3,/);
});

test("the head with the least alignment error is found, by weights or by norms", () => {
  const found = alignmentFinding({
    num_sentences: 7,
    by_weights: [[0.5, 0.2]],
    by_norms: [[0.1, 0.9]],
    chosen: { layer: 0, head: 1, by: "weights", rows: "reads", chosen_by: "target" },
    chosen_on_validation: 0.15,
    chosen_here: 0.2,
    best_head: [0, 1],
    best_head_here: 0.2,
  });

  assert.match(
    found,
    /^The best way .* is 15\.0% there and 20\.0% here\..* head 1\.1 by norms: 10\.0%\.$/,
  );
  assert.match(found, /The single head that is best there, 1\.2, has 20\.0% here\./);
});

test("the part that adds most to the lead is named, the total aside", () => {
  const found = logitFinding({
    head_logit: [
      [about(0.5), about(-2)],
      [about(0.1), about(1.25)],
    ],
    part_logit: {
      embedding: about(-1),
      biases: about(3),
      "feed-forward": about(2),
      total: about(4),
    },
  });

  assert.match(found, /the lead is \+4\.00 .*, the most comes from the biases \(\+3\.00\)\./);
  assert.match(found, /Of the heads, 2\.2 adds most: \+1\.25\./);
});

test("a view is ahead of the weights only where their intervals do not overlap", () => {
  const view = (top1) => ({
    top1: top1 && [top1, top1 - 0.05, top1 + 0.05],
    comprehensiveness: [about(2), about(3), about(4)],
    sufficiency: [about(3), about(2), about(1)],
  });
  const said = (norms) =>
    faithfulnessFinding(
      { weights: view(0.6), norms: view(norms), best: view(null), random: view(null) },
      50,
    );

  assert.match(
    said(0.65),
    /of all views, the view by norms does best, with 65% \(60–70%\), but the two intervals overlap/,
  );
  assert.match(
    said(0.75),
    /of all views, the view by norms does best, with 75% \(70–80%\)\. Hiding/,
  );
  assert.match(said(0.5), /no other view does better/);
});

const MATCHING = {
  pairs: [
    { first: [0, 0], second: [0, 1], likeness: 0.9 },
    { first: [1, 0], second: [0, 0], likeness: 0.4 },
  ],
  only_first: [],
  only_second: [{ first: [0, 0], second: [0, 2], likeness: 0.3 }],
  likeness: [[[[0.1, 0.9, 0.3]]], [[[0.4, 0.2, 0.1]]]],
};

test("likenesses are laid out by the heads of both", () => {
  const { rows, columns, values } = byHeads(MATCHING);

  assert.deepEqual(rows, ["1.1", "2.1"]);
  assert.deepEqual(columns, ["1.1", "1.2", "1.3"]);
  assert.deepEqual(values, [
    [0.1, 0.9, 0.3],
    [0.4, 0.2, 0.1],
  ]);
});

test("the most and the least alike pair are named, and who is left over", () => {
  assert.equal(
    matchingFinding(MATCHING),
    "Most alike are A's head 1.1 and B's 1.2 (0.90), least alike A's head 2.1 and B's 1.1 (0.40). 1 head of B remains without a partner.",
  );
  const same = MATCHING.pairs.map((pair) => ({ ...pair, likeness: 1 }));
  assert.equal(
    matchingFinding({ ...MATCHING, pairs: same, only_second: [] }),
    "In every pair, both heads have exactly the same pattern.",
  );
});

test("translations are compared word by word from their beginning", () => {
  assert.equal(commonWords("Ein Hund bellt.", "Ein Hund bellt."), null);
  assert.equal(commonWords("Ein Hund bellt.", "Ein Kater bellt."), 1);
  assert.equal(commonWords("Ein Hund", "Ein Hund bellt."), 2);
  assert.equal(commonWords("", "Ein"), 0);
});

test("each may prefer its own translation, or the other's", () => {
  const found = preferenceFinding(false, [
    [-1, -3],
    [-2, -2.5],
  ]);

  assert.match(
    found,
    /A finds its own more probable, by 2\.00 nats; B finds the other's more .* 0\.50/,
  );
  assert.match(
    preferenceFinding(true, [
      [-1, -1],
      [-2, -2],
    ]),
    /A gives it a log-probability of −1\.00 nats, B one of −2\.00/,
  );
});

test("the row where two heads differ most is named, with what B gives more and less", () => {
  const difference = [
    [0.1, -0.1, 0],
    [-0.6, 0.2, 0.4],
  ];

  assert.equal(
    differenceFinding(difference, ["Ein", "Hund"], ["a", "dog", "</s>"]),
    "They differ most where “Hund” is written. There B gives 40 points more weight than A to “</s>”, and 60 points less to “a”.",
  );
  assert.match(differenceFinding([[0, 0.001]], ["Ein"], ["a", "dog"]), /with the same weights/);
});

test("a difference counts where 0 lies outside of its interval", () => {
  assert.deepEqual(
    [
      [0.2, 0.1, 0.3],
      [-0.2, -0.3, -0.1],
      [0.1, -0.1, 0.3],
      [0, 0, 0],
    ].map(isBeyond),
    [true, true, false, false],
  );
});

test("differences beyond their intervals are counted, and where most of them are", () => {
  const none = [
    [0, -1, 1],
    [0, -1, 1],
  ];
  const names = [
    "entropy",
    "largest",
    "sink_share",
    "same_position",
    "coverage",
    "uniform",
    "head_logit",
  ];
  const differences = Object.fromEntries(names.map((name) => [name, none]));

  assert.equal(
    apartFinding(MATCHING.pairs, { ...differences, zeroed: none }),
    "All 16 intervals contain 0.",
  );
  assert.equal(
    apartFinding(MATCHING.pairs, {
      ...differences,
      zeroed: [
        [2, 1, 3],
        [-2, -3, -1],
      ],
    }),
    "2 of the 16 intervals leave out 0; by chance alone, about one in twenty would. Most of them are in “Nats lost, zeroed” (2 of 2 pairs).",
  );
});

test("a better score counts where chance would hardly set equal models so far apart", () => {
  const score = (value) => ({ value, mean: value, confidence: 1 });
  const tested = (a, b, p_value) => ({
    name: "BLEU",
    system: score(b),
    baseline: score(a),
    p_value,
    signature: "",
  });

  assert.match(
    scoreFinding(tested(40, 41.5, 0.01)),
    /^B translates better by 1\.5 BLEU\. Chance alone would rarely/,
  );
  assert.match(
    scoreFinding(tested(41, 40, 0.4)),
    /^A translates better by 1\.0 BLEU\. Chance alone could well/,
  );
  assert.equal(scoreFinding(tested(40, 40, 1)), "Both translate equally well by BLEU.");
});

test("what a decoding step wrote is told with what else might have been", () => {
  const inspected = {
    writes: ["\u2581Ein", "\u2581Hund"],
    probabilities: [0.9, 0.6],
    alternatives: [
      [["\u2581Ein", 0.9]],
      [
        ["\u2581Hund", 0.6],
        ["\u2581Wolf", 0.25],
      ],
    ],
  };

  assert.equal(
    outcome(inspected, 1),
    "From what all heads hand over, the model writes “Hund”, with a probability of 60%. Next come “Wolf” (25%).",
  );
  assert.ok(outcome(inspected, 0).endsWith("with a probability of 90%."));
});
