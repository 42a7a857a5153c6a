// How well each view names the source tokens that matter.

/** @import { Child } from "../elements.js" */
/** @import { Row } from "./dots.js" */
/** @import { Estimate, Explained, HeadReport, View } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */
/** @import { Written } from "./written.js" */

import { h3, p, table } from "../elements.js";
import { num, whole } from "../numbers.js";
import { figure, fold } from "../views.js";
import { scaleOver } from "./axis.js";
import { dots } from "./dots.js";
import { panels } from "./panels.js";
import { twoDigits, withInterval } from "./written.js";

/** @type {Record<View, string>} */
const TITLES = {
  weights: "weights",
  norms: "norms",
  alti: "ALTI+",
  gradient_x_input: "gradient × input",
  best: "best choice",
  random: "at random",
};
/** @typedef {"comprehensiveness" | "sufficiency"} Test */
/** @type {Record<Test, string>} */
const TESTS = {
  comprehensiveness: "hidden",
  sufficiency: "kept alone",
};
const BESIDE = ["best", "random"];

/** @typedef {[view: View, explained: Explained]} OfView */
/** @typedef {{ view: View, top1: Estimate }} Top */

/** @type {(sheet: Sheet, report: HeadReport, explained: Record<View, Explained>) => Child[]} */
export function faithfulness(sheet, { num_explained }, explained) {
  const views = /** @type {OfView[]} */ (Object.entries(explained));
  return [
    p(
      "Which source tokens does a written token depend on? There are several views: the attention weights; the norms, the length of what a token hands over; ALTI+, which follows the source through all layers; and gradient × input. A view can be put to the test. Hide the source tokens that it finds heaviest: if the view is right, much is lost (comprehensiveness). Keep only these tokens: if the view is right, little is lost (sufficiency).",
    ),
    p(faithfulnessFinding(explained, num_explained)),
    figure(
      sheet,
      "faithfulness",
      () => csv(views),
      [
        panels(sheet, 3, [topPanel(views)]),
        h3("Nats lost when the heaviest tokens are hidden: the more, the better the view"),
        panels(sheet, 3, testPanels(views, "comprehensiveness")),
        h3("Nats lost when only the heaviest tokens are kept: the less, the better the view"),
        panels(sheet, 3, testPanels(views, "sufficiency")),
      ],
      "The best choice is the best of all sets of tokens that were tried. In training the model never saw a sentence with hidden tokens, so part of a large loss may be that the sentence is strange to it.",
    ),
    fold(sheet, "faithfulness", "All numbers", () => [
      table(
        "Tests of the views",
        ["view", "heaviest is costliest", ...headings((test, k) => `${k} ${TESTS[test]}`)],
        views.map(([view, of]) => [
          TITLES[view],
          of.top1 ? withInterval(of.top1, whole) : "",
          ...cells(of, (estimate) => [withInterval(estimate, twoDigits)]),
        ]),
      ),
    ]),
  ];
}

/** @param {OfView[]} views */
function topPanel(views) {
  const tops = views.flatMap(([view, { top1 }]) => (top1 ? [{ view, top1 }] : []));
  const title = "How often the heaviest token is the one that costs most";
  return {
    title,
    draw: (/** @type {number} */ width) =>
      dots({
        label: title,
        rows: tops.map(({ view, top1 }) => rowOf(view, top1, whole)),
        scale: scaleOver([0, ...tops.flatMap(({ top1 }) => top1)]),
        width,
        written: whole,
      }),
  };
}

/** @type {(views: OfView[], test: Test) => import("./panels.js").Panel[]} */
function testPanels(views, test) {
  const scale = scaleOver([0, ...views.flatMap(([, of]) => of[test].flat())]);
  return views[0][1][test].map((_, i) => {
    const title = i ? `${i + 1} tokens ${TESTS[test]}` : `1 token ${TESTS[test]}`;
    const rows = views.map(([view, of]) => rowOf(view, of[test][i], twoDigits));
    return { title, draw: (width) => dots({ label: `Nats lost, ${title}`, rows, scale, width }) };
  });
}

/** @type {(view: View, estimate: Estimate, write: Written) => Row} */
const rowOf = (view, estimate, write) => ({
  name: TITLES[view],
  marks: [{ estimate, look: BESIDE.includes(view) ? "beside" : "enc" }],
  text: write(estimate[0]),
  tell: `${TITLES[view]}: ${withInterval(estimate, write)}`,
});

/**
 * Which view names the costliest token most often, and what hiding one token costs.
 * @param {Record<View, Explained>} explained
 * @param {number} numExplained
 */
export function faithfulnessFinding(explained, numExplained) {
  const tops = /** @type {OfView[]} */ (Object.entries(explained)).flatMap(([view, { top1 }]) =>
    top1 ? [{ view, top1 }] : [],
  );
  const byWeights = /** @type {Estimate} */ (explained.weights.top1);
  const best = tops.reduce((a, b) => (b.top1[0] > a.top1[0] ? b : a));
  const hidden = (/** @type {View} */ view) => num(explained[view].comprehensiveness[0][0], 2);
  const ahead =
    best.view === "weights"
      ? "no other view does better"
      : `of all views, the view by ${TITLES[best.view]} does best, with ${withInterval(best.top1, whole)}${best.top1[1] > byWeights[2] ? "" : ", but the two intervals overlap"}`;
  return `The first sentences of the split, 100 at most, were put to this test. At ${numExplained} of their decoding steps some source token matters: hiding it costs more than 0.1 nats. There the heaviest token by weights is the costliest in ${withInterval(byWeights, whole)} of cases; ${ahead}. Hiding the heaviest by weights costs ${hidden("weights")} nats, where the best choice costs ${hidden("best")} and a random token ${hidden("random")}.`;
}

/**
 * @template T
 * @param {(test: Test, k: number) => T} each
 */
const headings = (each) =>
  /** @type {Test[]} */ (Object.keys(TESTS)).flatMap((test) => [1, 2, 3].map((k) => each(test, k)));

/**
 * @template T
 * @param {Explained} of
 * @param {(estimate: Estimate) => T[]} each
 */
const cells = (of, each) =>
  [...of.comprehensiveness, ...of.sufficiency].flatMap((estimate) => each(estimate));

/** @param {OfView[]} views */
const csv = (views) => [
  [
    "view",
    ...["top1", ...headings((test, k) => `${test} ${k}`)].flatMap((name) => [
      name,
      `${name} low`,
      `${name} high`,
    ]),
  ],
  ...views.map(([view, of]) => [
    view,
    ...(of.top1 ?? ["", "", ""]),
    ...cells(of, (estimate) => estimate),
  ]),
];
