// 8. Watch it learn: the matrices as they were at a step.

/** @import { Kind } from "../inspection.js" */
/** @import { Label } from "../labels.js" */
/** @import { Film } from "../learning.js" */
/** @import { Page } from "../page.js" */
/** @import { Watched } from "./learning.js" */

import { div, h3, svg, wide } from "../elements.js";
import { heat } from "../grid.js";
import { capital, headName, plain, quoted } from "../labels.js";
import { chance, num } from "../numbers.js";
import { labelWidth, legend } from "../pictures.js";
import { axis, KINDS, percent, readsAndWrites } from "./matrix_figure.js";
import { everyHead } from "./small_matrices.js";

/** The narrowest cell that has room for a number. */
const ROOM_FOR_NUMBER = 20;
const BAR_WIDTH = 44;
const ROOM_BESIDE = BAR_WIDTH + 52;

/**
 * @param {Film} film
 * @param {Kind} kind
 * @returns {{ rows: Label[], columns: string[] }}
 */
export function labelsOf({ names: { source, reads, writes } }, kind) {
  if (kind === "encoder_self_attn") return { rows: source, columns: source };
  const rows = reads.map((read, t) => readsAndWrites(read, writes[t]));
  return { rows, columns: kind === "cross_attn" ? source : reads };
}

/**
 * The matrix of the chosen head.
 * @param {Page} page
 * @param {Watched} watched
 */
export function matrixThen(page, { film, at, kind, layer, head }) {
  const frame = film.frame(at);
  if (!frame) return null;
  const { title, asks, answers } = KINDS[kind];
  const { rows, columns } = labelsOf(film, kind);
  const values = frame.weights(kind)[layer][head];
  const width = cellWidth(page, rows, columns);
  const name = `${title}, ${headName(layer, head)}, at step ${film.steps[at]}`;
  const hasBars = kind !== "encoder_self_attn";
  const isHidden = (/** @type {number} */ i, /** @type {number} */ j) =>
    kind === "decoder_self_attn" && j > i;
  /** @type {(i: number, j: number) => string} */
  const tell = (i, j) => {
    const [row, column] = [quoted(plain(rows[i])), quoted(columns[j])];
    if (isHidden(i, j)) return `${row} may not look at ${column}: it comes later`;
    const probable = hasBars ? ` (${chance(frame.probabilities[i])} probable)` : "";
    return `${row}${probable} asks, ${column} answers: weight ${num(values[i][j])}`;
  };
  const height = Math.min(30, width);
  return [
    h3(name),
    div("axes", axis(asks, "asks (Q)"), " ↓   ", axis(answers, "answers (K, V)"), " →"),
    wide(
      name,
      heat(page, {
        id: "grid-learning",
        label: `${name}: ${rows.length} rows, ${columns.length} columns`,
        rows,
        columns,
        values,
        width,
        height,
        side: answers,
        top: 1,
        rowSide: asks,
        columnSide: answers,
        hidden: isHidden,
        numbers: width < ROOM_FOR_NUMBER ? null : percent,
        tell,
        beside: hasBars ? ROOM_BESIDE : 0,
        extra: ({ left, above }) =>
          svg(
            "g",
            { "aria-hidden": "true" },
            kind === "cross_attn" &&
              film.gold.map(([i, j]) =>
                svg("rect", {
                  class: "gold",
                  x: left + width * j,
                  y: above + height * i,
                  width: width - 1,
                  height: height - 1,
                }),
              ),
            hasBars &&
              probabilityBars(frame.probabilities, left + width * columns.length, above, height),
          ),
      }),
    ),
    width < ROOM_FOR_NUMBER && legend(100, answers, 0),
  ];
}

/** @type {(page: Page, rows: Label[], columns: string[]) => number} */
function cellWidth({ room }, rows, columns) {
  const free = (room > 900 ? 0.6 * room : room) - Math.max(...rows.map(labelWidth)) - 20;
  return Math.max(14, Math.min(34, (free - ROOM_BESIDE) / columns.length));
}

/** @type {(probabilities: number[], x: number, y: number, height: number) => SVGElement[]} */
const probabilityBars = (probabilities, x, y, height) =>
  probabilities.map((probability, i) => {
    const middle = y + height * (i + 0.5);
    const bar = { x: x + 6, y: middle - 4, height: 8, rx: 2 };
    return svg(
      "g",
      {},
      svg("rect", { class: "track", ...bar, width: BAR_WIDTH }),
      svg("rect", { class: "dec", ...bar, width: BAR_WIDTH * probability }),
      svg("text", { class: "tick", x: x + BAR_WIDTH + 12, y: middle + 4 }, chance(probability)),
    );
  });

/**
 * A small matrix for every layer and head.
 * @param {Page} page
 * @param {Watched} watched
 */
export function smallOnes(page, { film, at, kind }) {
  const frame = film.frame(at);
  if (!frame) return null;
  return [
    h3(capital(`every layer and head at step ${film.steps[at]}`)),
    everyHead(page, kind, { ...KINDS[kind], id: "learning-head", weights: frame.weights(kind) }),
  ];
}
