// One sentence and one model, as a notebook shows it: where a head looks, and one row worked.

/** @import { Child } from "../elements.js" */
/** @import { Matrix } from "../inspection.js" */
/** @import { Head } from "./head_report.js" */
/** @import { Sheet, Story } from "./sheet.js" */

import { div, dropDown, el, p, quiet, svg, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName, nameAll, quoted } from "../labels.js";
import { chance, largest, num, range, sum } from "../numbers.js";
import { drawing, legend } from "../pictures.js";
import { figure } from "../views.js";

/**
 * What the file brings along: fields of inspection.py. Layers, heads and decoding steps count from 0.
 * @typedef {object} Inspected
 * @property {string} text
 * @property {string} translation
 * @property {string} how
 * @property {string[]} source
 * @property {string[]} reads
 * @property {string[]} writes
 * @property {number[]} probabilities of what was written
 * @property {[piece: string, probability: number][][]} alternatives
 * @property {number} d_head the width of a head
 * @property {Head} start the head that is shown first
 * @property {number} step the decoding step that is shown first
 * @property {Matrix[][]} scores by layer and head
 * @property {Matrix[][]} weights
 * @property {Matrix[][]} norms
 */

const WIDEST = 44;
const NARROWEST = 22;
const HEIGHT = 24;
const GUTTER = 110;
const BAR = { width: 120, height: 12 };

/**
 * @param {Inspected} inspected
 * @returns {Story}
 */
export function oneSentence(inspected) {
  const { text, translation, how, source, writes } = inspected;
  const names = { source: nameAll(source), writes: nameAll(writes) };
  return {
    name: translation || text,
    title: "Where does it look?",
    lead: [
      el("span", { class: "sentence enc" }, text),
      el("span", { class: "sentence dec" }, translation || "(nothing was written)"),
      el("span", { class: "quiet" }, how),
    ],
    sections: [
      ["One head, all rows", "Matrix", (sheet) => matrix(sheet, inspected, names)],
      ["One row, worked", "Row", (sheet) => row(sheet, inspected, names)],
    ],
    about: [],
  };
}

/** @typedef {{ source: string[], writes: string[] }} Names */

/**
 * What the reader has chosen, or what is shown first.
 * @param {Sheet} sheet
 * @param {Inspected} inspected
 */
function placeOf({ chosen }, { start, step }) {
  const of = (/** @type {string} */ id, /** @type {number} */ first) =>
    Number(chosen.get(id) ?? first);
  return { layer: of("layer", start[0]), head: of("head", start[1]), step: of("step", step) };
}

/** @type {(sheet: Sheet, id: string, value: number | string) => void} */
function choose(sheet, id, value) {
  sheet.chosen.set(id, String(value));
  sheet.update();
}

/**
 * The matrix of a head, whose rows can be chosen.
 * @param {Sheet} sheet
 * @param {Inspected} inspected
 * @param {Names} names
 * @returns {Child[]}
 */
function matrix(sheet, inspected, names) {
  const { weights } = inspected;
  const { layer, head, step } = placeOf(sheet, inspected);
  const values = weights[layer][head];
  const fitting = (sheet.room - GUTTER) / names.source.length;
  return [
    p(
      "A row for each token that was written, a column for each source token. The fuller a cell, the more of its row's weight the source token gets, in percent. Choose a row.",
    ),
    div(
      "tools",
      numbered(sheet, "layer", weights.length, layer),
      numbered(sheet, "head", weights[0].length, head),
    ),
    figure(
      sheet,
      "matrix",
      () => [["written", ...names.source], ...values.map((of, t) => [names.writes[t], ...of])],
      wide(
        "The matrix",
        heat(sheet, {
          id: "matrix",
          label: `Cross-attention of ${headName(layer, head)}`,
          values,
          width: Math.max(NARROWEST, Math.min(WIDEST, fitting)),
          height: HEIGHT,
          side: "enc",
          top: 1,
          rows: names.writes,
          columns: names.source,
          rowSide: "dec",
          columnSide: "enc",
          current: step,
          pick: (t) => choose(sheet, "step", t),
          numbers: (x) => (x < 0.095 ? "" : num(100 * x, 0)),
          tell: (t, s) =>
            `${names.writes[t]} looks at ${names.source[s]}: ${num(values[t][s])} of its weight`,
        }),
        legend(1, "enc"),
      ),
    ),
  ];
}

/** @type {(sheet: Sheet, id: string, size: number, chosen: number) => Child} */
const numbered = (sheet, id, size, chosen) =>
  dropDown(
    id,
    id,
    range(size).map((i) => [i, `${i + 1} of ${size}`]),
    chosen,
    (value) => choose(sheet, id, value),
  );

/**
 * One row of the matrix: from the scores to what each token hands over.
 * @param {Sheet} sheet
 * @param {Inspected} inspected
 * @param {Names} names
 * @returns {Child[]}
 */
function row(sheet, inspected, names) {
  const { layer, head, step } = placeOf(sheet, inspected);
  const { reads, d_head } = inspected;
  const [scores, weights, norms] = [inspected.scores, inspected.weights, inspected.norms].map(
    (of) => of[layer][head][step],
  );
  const read = nameAll(reads)[step];
  return [
    div(
      "tools",
      dropDown(
        "step",
        "decoding step",
        names.writes.map((name, t) => [t, `${t + 1} of ${names.writes.length}: ${name}`]),
        step,
        (value) => choose(sheet, "step", value),
      ),
    ),
    p(
      `The decoder has just read ${quoted(read)}. Its state becomes the query `,
      el("b", { class: "dec" }, "q"),
      "; each source token has a key ",
      el("b", { class: "enc" }, "k"),
      " and a value ",
      el("b", { class: "enc" }, "v"),
      ` from the encoder. The softmax of q · k ÷ √${d_head} gives the weights, and each token hands over its weight × v × W_O, a vector whose length is in the last column.`,
    ),
    table(
      "The row",
      ["token", "q · k", `÷ √${d_head}`, "softmax: weight", "", "‖weight × v × W_O‖"],
      [
        ...names.source.map((name, s) => [
          el("span", { class: "enc" }, name),
          num(scores[s], 2),
          num(scores[s] / Math.sqrt(d_head), 2),
          num(weights[s]),
          bar(weights[s]),
          num(norms[s], 2),
        ]),
        ["sum", "", "", num(sum(weights)), "", ""],
      ],
      largest(weights),
    ),
    p(outcome(inspected, step)),
    quiet(
      "In Python: ",
      el("code", {}, `inspection.cross_attn[${layer}].weights[${head}, ${step}]`),
      "; queries, keys, values, scores and context lie beside weights.",
    ),
  ];
}

/** @type {(weight: number) => Node} */
const bar = (weight) =>
  drawing(
    BAR.width,
    BAR.height,
    { "aria-hidden": "true" },
    svg("rect", { class: "track", ...BAR, rx: 2 }),
    svg("rect", { class: "enc", ...BAR, width: BAR.width * weight, rx: 2 }),
  );

/**
 * What was written at a decoding step, and what else might have been.
 * @param {Pick<Inspected, "writes" | "probabilities" | "alternatives">} inspected
 * @param {number} step
 */
export function outcome({ writes, probabilities, alternatives }, step) {
  const [written, ...others] = nameAll([
    writes[step],
    ...alternatives[step].map(([piece]) => piece).filter((piece) => piece !== writes[step]),
  ]);
  const chances = alternatives[step]
    .filter(([piece]) => piece !== writes[step])
    .map(([, probability]) => chance(probability));
  const rest = others.map((name, i) => `${quoted(name)} (${chances[i]})`);
  const said = `From what all heads hand over, the model writes ${quoted(written)}, with a probability of ${chance(probabilities[step])}.`;
  return rest.length ? `${said} Next come ${rest.join(", ")}.` : said;
}
