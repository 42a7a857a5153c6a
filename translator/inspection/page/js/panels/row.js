// 3. One row, worked

/** @import { Child } from "../elements.js" */
/** @import { Page } from "../page.js" */
/** @import { Line } from "../save.js" */

import { withWeight } from "../attention.js";
import { badge, div, el, nodes, p } from "../elements.js";
import { quoted } from "../labels.js";
import { num, sum } from "../numbers.js";
import { keep } from "../views.js";
import { changes, showFollowing } from "./changes.js";
import { context, keys, masking, question, scaling, scores, weighing } from "./row_steps.js";

/** @typedef {{ subtitle: string, draw: () => Child[] }} Step  drawn when it is unfolded */

const STEPS = [
  "q: what the decoder asks",
  "K: what each token can be found by",
  "q times each key, summed: the scores",
  "Divide by the square root of the width",
  "Mask",
  "Softmax: weights that sum to 1",
  "Weights times V, summed: the context",
];
/** The keys by which the page remembers unfolded steps. */
const KEYS = STEPS.map((_, i) => `step-${i + 1}`);

/** @param {Page} page */
export function row(page) {
  const r = page.row();
  const all = [
    question(page, r),
    keys(page, r),
    scores(page, r),
    scaling(page, r),
    masking(page, r),
    weighing(page, r, (at, value) => setWeight(page, at, value)),
    context(page, r),
  ];
  const steps = div(
    "steps",
    all.map((step, i) => stepOf(page, i + 1, step)),
  );
  return [
    p(
      `How the row of ${page.headName()} came about when `,
      badge("dec"),
      ` wrote ${quoted(page.inspection.writes[page.state.step])}: seven steps, computed here in the page from the recorded q, K and V. Change something, and all that follows changes with it.`,
    ),
    keep(
      page,
      "row",
      () => csv(page),
      steps,
      el("button", { id: "unfold", onclick: () => unfoldSteps(page) }, "Unfold all seven"),
      el("button", { id: "fold", onclick: () => foldSteps(page) }, "Fold them"),
    ),
    div("bench", changes(page, r), steps),
  ];
}

/** @param {Page} page */
export function unfoldSteps(page) {
  for (const key of KEYS) page.unfolded.add(key);
  page.update();
}

/** @param {Page} page */
function foldSteps(page) {
  for (const key of KEYS) page.unfolded.delete(key);
  page.update();
}

/**
 * One of the seven steps.
 * @param {Page} page
 * @param {number} number
 * @param {Step} step
 */
function stepOf(page, number, { subtitle, draw }) {
  const key = KEYS[number - 1];
  const body = el("div", {});
  const drawBody = () => {
    if (body.hasChildNodes()) return;
    body.append(...nodes([draw(), number < STEPS.length && nextStep(number)]));
  };
  if (page.unfolded.has(key)) drawBody();
  const details = el(
    "details",
    {
      class: "step",
      id: `work-${number}`,
      open: page.unfolded.has(key),
      ontoggle: () => {
        page.keepUnfolded(key, details.open);
        if (details.open) drawBody();
      },
    },
    el(
      "summary",
      { id: `fold-${key}` },
      el("span", { class: "ordinal" }, String(number)),
      el(
        "span",
        {},
        STEPS[number - 1],
        subtitle && el("span", { class: "subtitle" }, ` ${subtitle}`),
      ),
    ),
    body,
  );
  return details;
}

/** @param {number} number */
function nextStep(number) {
  const open = () => {
    const next = /** @type {HTMLDetailsElement | null} */ (
      document.getElementById(`work-${number + 1}`)
    );
    if (next) next.open = true;
    document.getElementById(`fold-${KEYS[number]}`)?.focus();
  };
  const name = STEPS[number].split(":")[0];
  return div("tools", el("button", { id: `next-${number}`, onclick: open }, `Next: ${name}`));
}

/**
 * While a weight is dragged, the slider in the reader's hand must stay the same element.
 * @param {Page} page
 * @param {number} at
 * @param {number} value
 */
function setWeight(page, at, value) {
  page.state.edited = withWeight(page.row().weights, at, value);
  const r = page.row();
  r.weights.forEach((w, s) => {
    const slider = /** @type {HTMLInputElement | null} */ (document.getElementById(`weight-${s}`));
    if (!slider) return;
    if (slider !== document.activeElement) slider.value = String(w);
    const shown = document.getElementById(`shown-${s}`);
    if (shown) shown.textContent = num(w);
  });
  document
    .getElementById(`work-${STEPS.length}`)
    ?.replaceWith(stepOf(page, STEPS.length, context(page, r)));
  showFollowing(page, r);
  page.redrawAllBut(row);
  page.tell();
}

/**
 * One line per token: every number of its column.
 * @param {Page} page
 * @returns {Line[]}
 */
function csv(page) {
  const r = page.row();
  const sources = page.sources();
  return [
    [
      "token",
      "score",
      "scaled",
      "hidden",
      "after the mask and the temperature",
      "weight",
      "the model's weight",
      ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`),
      ...r.q.map((_, i) => `weight × v ${i + 1}`),
    ],
    ...r.K.map((k, s) => [
      sources[s],
      r.scores[s],
      r.scaled[s],
      r.hidden[s],
      r.logits[s],
      r.weights[s],
      r.own[s],
      ...k.map((x, i) => r.q[i] * x),
      ...r.V[s].map((x) => r.weights[s] * x),
    ]),
    ["sum", "", "", "", "", sum(r.weights), sum(r.own), ...r.q.map(() => ""), ...r.context],
  ];
}
