// 7. Is attention an explanation?

/** @import { Page } from "../page.js" */

import { el, h4, p, table } from "../elements.js";
import { quoted, show } from "../labels.js";
import { largest, num, sum } from "../numbers.js";
import { bar, twoWay } from "../pictures.js";
import { figure } from "../views.js";
import { NO_MODEL } from "./what_if.js";

/** @typedef {NonNullable<Page["inspection"]["explanation"]>} Explanation */
/** @typedef {{ name: string, values: number[] }} Measure  of the importance of S source tokens */

/** The two things that each correlation compares. */
const PAIRS = /** @type {const} */ ([
  ["weights_leave_one_out", "weights, leaving one out"],
  ["norms_leave_one_out", "contributions, leaving one out"],
  ["weights_gradient", "weights, gradient × input"],
  ["norms_gradient", "contributions, gradient × input"],
]);

/** @param {Page} page */
export function explanation(page) {
  const { explanation } = page.inspection;
  if (!explanation) return [p(`${NO_MODEL} to measure this.`)];
  const measures = measuresAt(page, explanation);
  return [
    p(
      "If attention explained why a word was written, it would put the source tokens in the order of their importance. Two measures of importance that do not look at attention: ",
      el("b", {}, "leaving one out"),
      " hides a token from the model and sees how far the written word's log-probability moves; ",
      el("b", {}, "gradient × input"),
      " asks how fast it moves when the token's embedding is scaled.",
    ),
    el("p", { id: "in-words" }, inOneSentence(page, explanation, measures)),
    orders(page, measures),
    correlations(page, explanation),
    p(
      "Attention shows where a head took its vectors from, and that exactly. It does not show why the word was chosen: the encoder has already mixed the tokens, other layers and the decoder's own state take part, and other weights can lead to the same word (Jain and Wallace 2019; Serrano and Smith 2019). Whether that disqualifies it depends on what one wants explained (Wiegreffe and Pinter 2019), and the lengths of the vectors often tell more than the weights (Kobayashi et al. 2020). The two measures disagree with each other, too: neither is the truth, and one sentence proves little.",
    ),
  ];
}

/**
 * The tokens of the source by four measures, side by side.
 * @param {Page} page
 * @param {Explanation} explanation
 * @returns {Measure[]}
 */
function measuresAt(page, { leaveOneOut, gradientXInput }) {
  const t = page.state.step;
  return [
    { name: "mean weight", values: meanRow(page, "weights") },
    { name: "mean contribution", values: meanRow(page, "norms") },
    { name: "leaving it out", values: leaveOneOut[t].map(Math.abs) },
    { name: "gradient × input", values: gradientXInput[t].map(Math.abs) },
  ];
}

/**
 * The mean over layers and heads of cross-attention at the chosen step, S numbers.
 * @param {Page} page
 * @param {"weights" | "norms"} name
 */
function meanRow({ inspection, state }, name) {
  const heads = inspection.matrices.cross_attn.flatMap((layer) => layer[name]);
  return inspection.source.map(
    (_, s) => sum(heads.map((one) => one[state.step][s])) / heads.length,
  );
}

/**
 * The mean of the numbers that are known; null where there are none.
 * @param {(number | null)[]} list
 */
export function mean(list) {
  const known = list.filter((x) => x !== null);
  return known.length ? sum(known) / known.length : null;
}

/**
 * A rank correlation in words.
 * @param {number | null} x
 */
export function inWords(x) {
  if (x === null) return "cannot be compared";
  if (x >= 0.7) return "much the same order";
  if (x >= 0.3) return "partly the same order";
  return x > -0.3 ? "hardly related" : "rather the opposite order";
}

const two = (/** @type {number | null} */ x) => (x === null ? "none" : num(x, 2));

/**
 * @param {Page} page
 * @param {Explanation} explanation
 * @param {Measure[]} measures
 */
function inOneSentence(page, explanation, measures) {
  const { weights_leave_one_out: weights, norms_leave_one_out: norms } = explanation;
  const t = page.state.step;
  const word = quoted(page.inspection.writes[t]);
  const here = `${inWords(weights[t])} (rank correlation ${two(weights[t])}); the contributions: ${inWords(norms[t])} (${two(norms[t])})`;
  const everywhere = `weights ${two(mean(weights))}, contributions ${two(mean(norms))}`;
  return `For ${word}, the weights and leaving one out: ${here}. ${favourites(page, measures)} Over all steps, the mean: ${everywhere}.`;
}

/**
 * Whether weights and leaving one out agree on the first token.
 * @param {Page} page
 * @param {Measure[]} measures
 */
function favourites({ inspection: { source } }, [weights, , leavingOut]) {
  const first = largest(weights.values);
  const second = largest(leavingOut.values);
  return first === second
    ? `Both put ${quoted(source[first])} first.`
    : `The weights put ${quoted(source[first])} first, leaving one out ${quoted(source[second])}.`;
}

/**
 * @param {Page} page
 * @param {Measure[]} measures
 */
function orders(page, measures) {
  const { source, writes } = page.inspection;
  const heads = ["token", ...measures.map(({ name }) => name)];
  const width = page.room < 600 ? 30 : 90;
  /** @type {(measure: Measure, s: number) => Node} */
  const measured = ({ values }, s) =>
    el(
      "span",
      { class: "with" },
      bar(values[s] / Math.max(1e-9, ...values), "enc", width),
      ` ${num(values[s])}`,
    );
  return figure(
    page,
    "orders",
    () => [heads, ...source.map((piece, s) => [piece, ...measures.map(({ values }) => values[s])])],
    [
      h4(`Four orders of the source tokens, for ${quoted(writes[page.state.step])}`),
      table(
        "Four orders",
        heads,
        source.map((piece, s) => [show(piece), ...measures.map((one) => measured(one, s))]),
      ),
    ],
    "Weights and contributions: the mean over all layers and heads. The other two: by size, whether they help the word or hold it back.",
  );
}

/**
 * @param {Page} page
 * @param {Explanation} explanation
 */
function correlations(page, explanation) {
  const heads = ["written", ...PAIRS.map(([, name]) => name)];
  const width = page.room < 600 ? 30 : 64;
  const cell = (/** @type {number | null} */ x) =>
    x === null ? two(x) : el("span", { class: "with" }, twoWay(x, 1, width), ` ${two(x)}`);
  /** @type {{ name: string, values: (number | null)[] }[]} */
  const lines = [
    ...page.inspection.writes.map((piece, t) => ({
      name: show(piece),
      values: PAIRS.map(([name]) => explanation[name][t]),
    })),
    { name: "mean of all steps", values: PAIRS.map(([name]) => mean(explanation[name])) },
  ];
  return figure(
    page,
    "explanation",
    () => [heads, ...lines.map(({ name, values }) => [name, ...values.map((x) => x ?? "")])],
    [
      h4("Rank correlation at every step"),
      table(
        "Rank correlations",
        heads,
        lines.map(({ name, values }) => [name, ...values.map(cell)]),
        page.state.step,
      ),
    ],
    "1: the same order. 0: nothing in common. −1: the opposite order. (Spearman's, over the source tokens.)",
  );
}
