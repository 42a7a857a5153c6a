// A number of each head: small squares side by side, and the same as a table.

/** @import { Estimates } from "./head_report.js" */
/** @import { Side } from "../elements.js" */
/** @import { Sheet } from "./sheet.js" */
/** @import { Written } from "./written.js" */

import { div, h3, p, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName } from "../labels.js";
import { range } from "../numbers.js";
import { textWidth } from "../pictures.js";
import { eachHead, headAt, interval, mapHeads, mean, withInterval } from "./written.js";

/**
 * A measure of all heads.
 * @typedef {object} Measured
 * @property {string} title
 * @property {Estimates} estimates
 * @property {Written} write
 */
/**
 * @typedef {object} Squares
 * @property {string} id
 * @property {string} note
 * @property {Side | null} [side] whose colour it has; null: two colours for the signs
 */

const NARROWEST = 56;
const HEIGHT = 40;

/**
 * A grid for each measure.
 * @param {Sheet} sheet
 * @param {(Measured & Squares)[]} measures
 */
export const headGrid = (sheet, measures) =>
  div(
    "multiples",
    measures.map((measured) =>
      div("", h3(measured.title), wide(measured.title, grid(sheet, measured)), note(measured.note)),
    ),
  );

const note = (/** @type {string} */ text) => {
  const shown = p(text);
  shown.className = "note";
  return shown;
};

/**
 * @param {Sheet} sheet
 * @param {Measured & Squares} measured
 */
function grid(sheet, { id, title, estimates, write, side = "enc" }) {
  const texts = mapHeads(estimates, (estimate) => interval(estimate, write));
  const width = Math.max(NARROWEST, ...texts.flat().map((text) => textWidth(text, 11) + 10));
  return heat(sheet, {
    id,
    label: title,
    values: mapHeads(estimates, mean),
    width,
    height: HEIGHT,
    side,
    rows: range(estimates.length).map((layer) => `layer ${layer + 1}`),
    columns: range(estimates[0].length).map((head) => `head ${head + 1}`),
    numbers: (_, i, j) => `${write(estimates[i][j][0])}\n${texts[i][j]}`,
    tell: (i, j) => `${headName(i, j)}: ${withInterval(estimates[i][j], write)}`,
  });
}

/**
 * A line for each head, a column for each measure.
 * @param {string} label
 * @param {Measured[]} measures
 */
export const headTable = (label, measures) => [
  table(
    label,
    ["head", ...measures.map(({ title }) => title)],
    eachHead(measures[0].estimates).map(({ head: [layer, head] }) => [
      headAt([layer, head]),
      ...measures.map(({ estimates, write }) => withInterval(estimates[layer][head], write)),
    ]),
  ),
];
