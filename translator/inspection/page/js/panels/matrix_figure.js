// 4. The whole matrix: one of its figures, the matrix of the chosen head.

/** @import { Child, Side } from "../elements.js" */
/** @import { Inspection, Kind, Matrix } from "../inspection.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */

import { div, el, h3, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName, nameAll, plain, quoted } from "../labels.js";
import { most, num, sum } from "../numbers.js";
import { labelWidth, legend } from "../pictures.js";
import { figure } from "../views.js";
import { everyHead, placeOf } from "./small_matrices.js";

/** @typedef {{ text: Label, pieces: number[] }} Unit  of rows or columns: a token or a word */
/** @typedef {"weights" | "norms" | "difference"} Measure */
/** @typedef {{ kind: Kind, by: Measure, units: "tokens" | "words", id: string }} Shown */

/**
 * Who asks in the rows, and who answers in the columns.
 * @type {Record<Kind, { title: string, asks: Side, answers: Side }>}
 */
export const KINDS = {
  cross_attn: { title: "Cross-attention", asks: "dec", answers: "enc" },
  encoder_self_attn: { title: "Encoder self-attention", asks: "enc", answers: "enc" },
  decoder_self_attn: { title: "Decoder self-attention", asks: "dec", answers: "dec" },
};
/**
 * What the numbers are called, alone and as a title; and the narrowest cell that has room for one.
 */
const MEASURES = {
  weights: { name: "weight", title: "in percent", room: 20 },
  norms: { name: "length", title: "the length of what each token adds", room: 32 },
  difference: {
    name: "share of the lengths minus weight",
    title: "each token's share of the row's lengths, minus its weight",
    room: 28,
  },
};

/**
 * The matrix of the chosen head; where weights of tokens are shown, a small one for every head.
 * @param {Page} page
 * @param {Shown} shown
 * @param {{ room: number, caption?: Child, tools?: Child }} more
 */
export function attention(page, shown, { room, caption, tools }) {
  const { kind, by, units, id } = shown;
  const { title, asks, answers } = KINDS[kind];
  const [layer, head] = placeOf(page.state, kind);
  const [rows, columns] = unitsOf(page.inspection, shown);
  const values = valuesOf(page.inspection, shown, layer, head);
  const hasAll = by === "weights" && units === "tokens";
  const top = by === "weights" ? 1 : most(values);
  const width = cellWidth(rows, columns, room);
  const name = `${title}, ${headName(layer, head)}: ${MEASURES[by].title}${units === "words" ? ", by words" : ""}`;
  const csv = () => [
    ["", ...columns.map(({ text }) => plain(text))],
    ...values.map((line, i) => [plain(rows[i].text), ...line]),
  ];
  return figure(
    page,
    id,
    csv,
    div(
      "whole",
      div(
        "",
        h3(name),
        div("axes", axis(asks, "asks (Q)"), " ↓   ", axis(answers, "answers (K, V)"), " →"),
        wide(name, big(page, shown, { rows, columns, values, width, top })),
        width < MEASURES[by].room && colours(by, answers, top),
      ),
      hasAll &&
        div(
          "",
          h3("Every layer and head"),
          everyHead(page, kind, {
            ...KINDS[kind],
            id: `mini-${kind}`,
            weights: page.inspection.matrices[kind].map(({ weights }) => weights),
          }),
        ),
    ),
    caption,
    tools,
  );
}

/**
 * What the colours mean, where cells have no room for numbers.
 * @param {Measure} by
 * @param {Side} side
 * @param {number} top
 */
function colours(by, side, top) {
  if (by === "weights") return legend(100, side, 0);
  return legend(top, by === "norms" ? side : null);
}

/** @type {(side: Side, verb: string) => Node} */
export const axis = (side, verb) =>
  el("span", { class: side }, side === "enc" ? `the source ${verb}` : `the decoder ${verb}`);

/**
 * What rows and columns count.
 * @param {Inspection} inspection
 * @param {Shown} shown
 * @returns {[rows: Unit[], columns: Unit[]]}
 */
function unitsOf({ names, sourceWords, writesWords }, { kind, units }) {
  if (units === "words") return [named(writesWords), named(sourceWords)];
  const [source, reads] = [tokens(names.source), tokens(names.reads)];
  if (kind === "encoder_self_attn") return [source, source];
  if (kind === "decoder_self_attn") return [reads, reads];
  const rows = names.writes.map((name, t) => ({
    text: readsAndWrites(names.reads[t], name),
    pieces: [t],
  }));
  return [rows, source];
}

/** @type {(reads: string, writes: string) => Label} */
export const readsAndWrites = (reads, writes) => [
  [reads, "read"],
  [" → ", "faint"],
  [writes, "strong"],
];

/** @type {(names: string[]) => Unit[]} */
const tokens = (names) => names.map((text, i) => ({ text, pieces: [i] }));

/** @type {(words: { text: string, pieces: number[] }[]) => Unit[]} */
function named(words) {
  const names = nameAll(words.map(({ text }) => text));
  return words.map(({ pieces }, i) => ({ text: names[i], pieces }));
}

/**
 * The numbers of one head.
 * @param {Inspection} inspection
 * @param {Shown} shown
 * @param {number} layer
 * @param {number} head
 * @returns {Matrix}
 */
function valuesOf(inspection, shown, layer, head) {
  const { weights, norms } = inspection.matrices[shown.kind][layer];
  const w = weights[head];
  if (shown.by === "norms") return norms[head];
  if (shown.by === "difference") {
    return shares(norms[head]).map((line, i) => line.map((x, j) => x - w[i][j]));
  }
  return shown.units === "tokens" ? w : merged(w, ...unitsOf(inspection, shown));
}

/**
 * A word's columns summed, its rows averaged.
 * @type {(m: Matrix, rows: { pieces: number[] }[], columns: { pieces: number[] }[]) => Matrix}
 */
export const merged = (m, rows, columns) =>
  rows.map((row) =>
    columns.map(
      (column) =>
        sum(row.pieces.map((i) => sum(column.pieces.map((j) => m[i][j])))) / row.pieces.length,
    ),
  );

/**
 * Each row as shares of its sum; a row of zeros stays one.
 * @type {(m: Matrix) => Matrix}
 */
export const shares = (m) =>
  m.map((line) => {
    const all = sum(line) || 1;
    return line.map((x) => x / all);
  });

/** @type {(rows: Unit[], columns: Unit[], room: number) => number} */
function cellWidth(rows, columns, room) {
  const left = Math.max(...rows.map(({ text }) => labelWidth(text))) + 20;
  return Math.max(14, Math.min(46, (room - left) / columns.length));
}

/**
 * The matrix of the chosen head.
 * @param {Page} page
 * @param {Shown} shown
 * @param {{ rows: Unit[], columns: Unit[], values: Matrix, width: number, top: number }} drawn
 */
function big(page, { kind, by, id }, { rows, columns, values, width, top }) {
  const { step } = page.state;
  const { title, asks, answers } = KINDS[kind];
  const isSteps = kind !== "encoder_self_attn";
  const isHidden = hiddenIn(page, kind, columns);
  /** @type {(i: number, j: number) => string} */
  const tell = (i, j) => {
    const [row, column] = [rows[i], columns[j]].map(({ text }) => quoted(plain(text)));
    const why = isHidden(i, j);
    return why
      ? `${row} may not look at ${column}: ${why}`
      : `${row} asks, ${column} answers: ${MEASURES[by].name} ${num(values[i][j])}`;
  };
  return heat(page, {
    id: `grid-${id}`,
    label: `${title}, ${headName(...placeOf(page.state, kind))}: ${rows.length} rows, ${columns.length} columns`,
    rows: rows.map(({ text }) => text),
    columns: columns.map(({ text }) => text),
    values,
    width,
    height: Math.min(30, width),
    side: by === "difference" ? null : answers,
    top,
    rowSide: asks,
    columnSide: answers,
    hidden: (i, j) => Boolean(isHidden(i, j)),
    numbers: width < MEASURES[by].room ? null : by === "weights" ? percent : short,
    current: isSteps ? rows.findIndex((row) => row.pieces.includes(step)) : -1,
    tell,
    pick: isSteps ? (i) => page.go({ step: rows[i].pieces[0] }) : null,
  });
}

/**
 * Why row i may not look at column j; empty where it may.
 * @param {Page} page
 * @param {Kind} kind
 * @param {Unit[]} columns
 * @returns {(i: number, j: number) => string}
 */
function hiddenIn({ inspection }, kind, columns) {
  if (kind === "decoder_self_attn") return (i, j) => (j > i ? "it comes later" : "");
  const { mask } = inspection.cross[0];
  return (_, j) => (columns[j].pieces.every((s) => mask[s]) ? "it is hidden" : "");
}

/** Whole percent without the sign; nothing for what rounds to 0. */
export const percent = (/** @type {number} */ x) => (x >= 0.005 ? num(100 * x, 0) : "");

/** Two digits without the leading 0; nothing for what rounds to 0. */
export const short = (/** @type {number} */ x) =>
  Math.abs(x) >= 0.005 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "";
