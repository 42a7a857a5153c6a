// 6. What if?

/** @import { WhatIf } from "../inspection.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */
/** @import { Line } from "../save.js" */

import { div, el, h3, p, quiet, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName, quoted, show } from "../labels.js";
import { chance, most, num, signed } from "../numbers.js";
import { gutterOf, legend, textWidth } from "../pictures.js";
import { choice, figure } from "../views.js";

export const NO_MODEL =
  "This inspection came from a file, without its model: inspect the sentence again";
/** Of a log-probability: 1% of the probability. */
const NOTHING = 0.01;
/** @type {[value: WhatIf["kind"], text: string][]} */
const CHANGES = [
  ["zero", "each head zeroed"],
  ["uniform", "each head made uniform"],
  ["permute", "each head's weights moved to other tokens"],
  ["layer", "each whole layer made uniform"],
  ["drop", "each source token removed"],
];
const ABLATED = { zero: "zeroed", uniform: "uniform", permute: "moved elsewhere" };

/** @param {Page} page */
export function whatIf(page) {
  const { inspection, state } = page;
  if (!inspection.whatIf.length) return [p(`${NO_MODEL} to try things out.`)];
  const group = inspection.whatIf.filter(({ kind }) => kind === state.change);
  const top = Math.max(1, Math.min(5, most(group.map(({ changes }) => changes.map(orZero)))));
  const columns =
    state.change === "drop"
      ? el("span", { class: "enc" }, "source token that nobody may look at")
      : "what is changed (layer.head)";
  return [
    el("p", { id: "verdict" }, verdict(page)),
    strongest(page),
    h3("For every word"),
    div("tools", choice(page, "change", "what if", CHANGES)),
    figure(
      page,
      "what-if",
      () => csv(page),
      [
        div("axes", el("span", { class: "dec" }, "written token"), " ↓   ", columns, " →"),
        wide("Changes", changesOf(page, group, top)),
        legend(top, null, 1),
      ],
      "Each cell: how far the log-probability of the written word moves. Below 0 it becomes less probable. Where another word becomes the most probable, it stands in the cell, or a dot does.",
    ),
    quiet(
      "Computed beforehand by the model, which read the same translation again with one thing changed. Zeroed: the head adds nothing. Uniform: it looks everywhere alike. Moved: its weights go to tokens half a sentence away. Removed: nobody, encoder or decoder, may look at the token.",
    ),
  ];
}

/** A change that is not finite is drawn as 0. */
const orZero = (/** @type {number | null} */ change) => change ?? 0;

/**
 * @param {Page} page
 * @param {WhatIf} one
 */
function nameOf({ inspection: { source } }, one) {
  if (one.drop.length) return `without ${quoted(source[one.drop[0]])}`;
  const [layer, head, how] = one.ablate[0];
  if (one.kind === "layer") return `layer ${layer + 1}, all heads uniform`;
  return `${headName(layer, head)} ${ABLATED[how]}`;
}

/**
 * @param {Page} page
 * @param {WhatIf} one
 */
function shortNameOf({ inspection: { source } }, one) {
  if (one.drop.length) return show(source[one.drop[0]]);
  const [layer, head] = one.ablate[0];
  return one.kind === "layer" ? `layer ${layer + 1}` : `${layer + 1}.${head + 1}`;
}

/** @type {(one: WhatIf, t: number, digits?: number) => string} */
function changeAt({ changes }, t, digits = 2) {
  const change = changes[t];
  return change === null ? "no number" : signed(change, digits);
}

/** @type {(one: WhatIf, t: number) => boolean} */
function isNothing({ changes, topChanged }, t) {
  const change = changes[t];
  return change !== null && Math.abs(change) < NOTHING && !topChanged[t];
}

/** @type {(one: WhatIf, t: number) => string} */
function effect(one, t) {
  if (one.topChanged[t]) return `${quoted(one.newTop[t])} becomes the most probable`;
  if (isNothing(one, t)) return "did not matter for this word";
  return `${quoted(one.newTop[t])} stays the most probable`;
}

/**
 * The probability of the word at step t, before and after.
 * @param {Page} page
 * @param {WhatIf} one
 * @param {number} t
 */
function probability({ inspection: { logprobs } }, { changes }, t) {
  const change = changes[t];
  if (change === null) return "";
  return `${chance(Math.exp(logprobs[t]))} → ${chance(Math.exp(logprobs[t] + change))}`;
}

/**
 * Whether the chosen head, and where it looks, mattered for this word.
 * @param {Page} page
 */
function verdict(page) {
  const { inspection, state } = page;
  const t = state.step;
  const of = (/** @type {WhatIf["kind"]} */ kind) =>
    /** @type {WhatIf} */ (
      inspection.whatIf.find((one) => {
        const [layer, head] = one.ablate[0] ?? [];
        return one.kind === kind && layer === state.layer && head === state.head;
      })
    );
  const [zero, uniform, permute] = [of("zero"), of("uniform"), of("permute")];
  const word = quoted(inspection.writes[t]);
  const head = page.headName();
  const numbers = `zeroed ${changeAt(zero, t, 3)}, uniform ${changeAt(uniform, t, 3)}, weights moved ${changeAt(permute, t, 3)}`;
  const noPattern = isNothing(uniform, t) && isNothing(permute, t);
  if (noPattern && isNothing(zero, t)) {
    return `Whatever is done to ${head}, the log-probability of ${word} moves by less than ${NOTHING} (${numbers}): this pattern did not matter for this word.`;
  }
  if (noPattern) {
    return `What ${head} adds matters here, but not where it looks (${numbers}; less than ${NOTHING} counts as none): this pattern did not matter for this word.`;
  }
  return `What ${head} does here moves the log-probability of ${word}: ${numbers}.`;
}

/**
 * A table of the changes that move this step's word most.
 * @param {Page} page
 */
function strongest(page) {
  const t = page.state.step;
  const size = (/** @type {WhatIf} */ { changes }) => Math.abs(orZero(changes[t]));
  const sorted = [...page.inspection.whatIf].sort((a, b) => size(b) - size(a));
  const rest = sorted.slice(8);
  return [
    table(
      `What moves ${quoted(page.inspection.writes[t])} most`,
      ["what if", "change", "probability", "then"],
      sorted
        .slice(0, 8)
        .map((one) => [
          nameOf(page, one),
          changeAt(one, t),
          probability(page, one, t),
          effect(one, t),
        ]),
    ),
    rest.length > 0 &&
      quiet(
        `${rest.length} others move it by at most ${num(size(rest[0]))}; the table saved as CSV has them all.`,
      ),
  ];
}

/**
 * One row per written token, one column per change of the group.
 * @param {Page} page
 * @param {WhatIf[]} group
 * @param {number} top
 */
function changesOf(page, group, top) {
  const { writes } = page.inspection;
  /** @type {Label[]} */
  const rows = writes.map((piece) => [[show(piece), "strong"]]);
  const width = Math.max(18, Math.min(64, (page.room - gutterOf(rows) - 10) / group.length));
  return heat(page, {
    id: "moves",
    label: "changes of log-probability",
    rows,
    columns: group.map((one) => shortNameOf(page, one)),
    values: writes.map((_, t) => group.map(({ changes }) => orZero(changes[t]))),
    width,
    height: width >= 44 ? 34 : 20,
    top,
    current: page.state.step,
    rowSide: "dec",
    columnSide: page.state.change === "drop" ? "enc" : "",
    numbers: (x, t, j) => inCell(x, group[j], t, width),
    tell: (t, j) =>
      `${nameOf(page, group[j])}: ${quoted(writes[t])} ${changeAt(group[j], t)}, ${effect(group[j], t)}`,
    pick: (step) => page.go({ step }),
  });
}

/**
 * The change, and below it the new word, or a dot where the word does not fit.
 * @param {number} x
 * @param {WhatIf} one
 * @param {number} t
 * @param {number} width
 */
function inCell(x, one, t, width) {
  const text = signed(x, width >= 44 ? 2 : 1);
  const number = width >= 34 && /[1-9]/.test(text) ? text : "";
  if (!one.topChanged[t]) return number;
  const word = `→ ${show(one.newTop[t])}`;
  return width >= 44 && textWidth(word, 11) < width - 4 ? [number, word] : `${number}•`;
}

/**
 * @param {Page} page
 * @returns {Line[]}
 */
function csv(page) {
  const { whatIf, writes } = page.inspection;
  return [
    ["what if", ...writes.flatMap((piece) => [`${piece}: change`, `${piece}: most probable then`])],
    ...whatIf.map((one) => [
      nameOf(page, one),
      ...one.changes.flatMap((x, t) => [x, one.newTop[t]]),
    ]),
  ];
}
