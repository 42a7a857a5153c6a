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
import { gutterOf, legend } from "../pictures.js";
import { axis, KINDS, percent, readsAndWrites } from "./matrix_figure.js";
import { everyHead } from "./small_matrices.js";

/** The narrowest cell that has room for a number. */
const ROOM_FOR_NUMBER = 20;
/** Of a bar, and of the number behind it. */
const barWidth = (/** @type {Page} */ { room }) => (room > 560 ? 44 : 16);
const ROOM_FOR_PERCENT = 52;

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
  const width = cellWidth(page, film, kind);
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
        beside: roomBeside(page, kind),
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
              probabilityBars(frame.probabilities, {
                x: left + width * columns.length,
                y: above,
                width: barWidth(page),
                height,
              }),
          ),
      }),
    ),
    width < ROOM_FOR_NUMBER && legend(100, answers, 0),
  ];
}

/** @type {(page: Page, kind: Kind) => number} */
const roomBeside = (page, kind) =>
  kind === "encoder_self_attn" ? 0 : barWidth(page) + ROOM_FOR_PERCENT;

/** @type {(page: Page, film: Film, kind: Kind) => number} */
function cellWidth(page, film, kind) {
  const { rows, columns } = labelsOf(film, kind);
  const free = page.room > 900 ? 0.6 * page.room : page.room;
  const taken = gutterOf(rows) + 10 + roomBeside(page, kind);
  return Math.max(14, Math.min(34, (free - taken) / columns.length));
}

/**
 * How wide the picture is, in pixels.
 * @type {(page: Page, film: Film, kind: Kind) => number}
 */
export function matrixWidth(page, film, kind) {
  const { rows, columns } = labelsOf(film, kind);
  const cells = cellWidth(page, film, kind) * columns.length;
  return gutterOf(rows) + cells + roomBeside(page, kind);
}

/** @type {(probabilities: number[], at: { x: number, y: number, width: number, height: number }) => SVGElement[]} */
const probabilityBars = (probabilities, { x, y, width, height }) =>
  probabilities.map((probability, i) => {
    const middle = y + height * (i + 0.5);
    const bar = { x: x + 6, y: middle - 4, height: 8, rx: 2 };
    return svg(
      "g",
      {},
      svg("rect", { class: "track", ...bar, width }),
      svg("rect", { class: "dec", ...bar, width: width * probability }),
      svg("text", { class: "tick", x: x + width + 12, y: middle + 4 }, chance(probability)),
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
