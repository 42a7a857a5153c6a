// 4. The whole matrix

/** @import { Child, Side } from "../elements.js" */
/** @import { Inspection, Kind, Matrix } from "../inspection.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */

import { div, el, h3, p, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName, nameAll, plain, quoted } from "../labels.js";
import { largest, most, num, sum, whole } from "../numbers.js";
import { labelWidth, legend } from "../pictures.js";
import { figure, fold, sourceToken, tryButton } from "../views.js";
import { everyHead, miniSize, placeOf } from "./small_matrices.js";

/** @typedef {{ text: Label, pieces: number[] }} Unit  of rows or columns: a token or a word */
/** @typedef {"weights" | "norms" | "difference"} Measure */
/** @typedef {{ kind: Kind, by: Measure, units: "tokens" | "words", id: string }} Shown */

/**
 * Who asks in the rows, and who answers in the columns.
 * @type {Record<Kind, { title: string, asks: Side, answers: Side }>}
 */
const KINDS = {
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

/** @type {(kind: Kind) => Shown} */
const weightsOf = (kind) => ({ kind, by: "weights", units: "tokens", id: kind });

/** @param {Page} page */
export function matrix(page) {
  return [
    p(shapeOf(page.inspection)),
    el("p", { id: "columns" }, aboutColumns(page)),
    attention(page, weightsOf("cross_attn"), {
      room: page.room > 900 ? page.room - miniSize(page) * 4 - 120 : page.room,
      caption: [aboutRow(page), " Click a row to go to its decoding step."],
      tools: tryRow(page),
    }),
    fold(page, "words", "By words instead of tokens", () => byWords(page)),
    fold(page, "norms", "Does a heavy weight add much?", () => byLength(page)),
    fold(page, "self", "Self-attention beside it: a square and a triangle", () => self(page)),
  ];
}

/** @param {Inspection} inspection */
function shapeOf({ numSource, numSteps }) {
  const sizes = `Every decoding step has such a row. One below the other, they are a matrix of ${numSteps} decoding steps and ${numSource} source tokens`;
  return numSource === numSteps
    ? `${sizes}: a square only by chance, since the two sentences happen to be of the same length.`
    : `${sizes}: a rectangle, since the two sentences differ in length.`;
}

/**
 * Rows sum to 1, columns to anything.
 * @param {Page} page
 */
function aboutColumns(page) {
  const { inspection, state } = page;
  const { names } = inspection;
  const { weights, mask } = inspection.cross[state.layer];
  const received = columnSums(weights[state.head]);
  const best = largest(received);
  const least = largest(received.map((x, s) => (mask[s] ? -Infinity : -x)));
  if (received[best] === 0) return "This head is muted: all its rows are empty.";
  if (best === least) return `Each row gives all it has to ${quoted(names.source[best])}.`;
  return [
    "Each row shares out 100%. A column may get any amount: over all decoding steps, ",
    sourceToken(page, names.source[best]),
    ` gets ${whole(received[best])}, `,
    sourceToken(page, names.source[least]),
    ` ${whole(received[least])}.`,
  ];
}

/** @param {Matrix} m */
const columnSums = (m) => m[0].map((_, j) => sum(m.map((line) => line[j])));

/**
 * The row of the chosen decoding step, in words.
 * @param {Page} page
 */
function aboutRow(page) {
  const { names } = page.inspection;
  const { step } = page.state;
  const { weights } = page.row();
  const best = largest(weights);
  const row = `Outlined: decoding step ${step + 1}, which writes ${quoted(names.writes[step])}`;
  return weights[best] > 0
    ? `${row} and looks most at ${quoted(names.source[best])} (${whole(weights[best])}).`
    : `${row}.`;
}

/**
 * Go to the row in which no token stands out, or from there to the one in which one does most.
 * @param {Page} page
 */
function tryRow(page) {
  const { names, cross } = page.inspection;
  const { layer, head, step } = page.state;
  const { spread, surest } = extremes(cross[layer].weights[head]);
  if (spread === surest) return null;
  const [to, which] = step === spread ? [surest, "surest"] : [spread, "most undecided"];
  return tryButton(
    "try-row",
    `go to the ${which} row, which writes ${quoted(names.writes[to])}`,
    () => page.go({ step: to }),
  );
}

/**
 * The rows whose heaviest weight is the least and the most.
 * @param {Matrix} weights
 */
export function extremes(weights) {
  const heaviest = weights.map((line) => Math.max(...line));
  return { spread: largest(heaviest.map((x) => -x)), surest: largest(heaviest) };
}

/** @param {Page} page */
function byWords(page) {
  /** @type {Shown} */
  const shown = { kind: "cross_attn", by: "weights", units: "words", id: "words" };
  return [
    p(
      "The columns of a word's tokens are summed: what the word gets. Its rows are averaged: where its decoding steps look.",
    ),
    attention(page, shown, { room: page.room }),
  ];
}

/** @param {Page} page */
function byLength(page) {
  const room = page.room > 900 ? page.room / 2 - 30 : page.room;
  /** @type {(by: Measure) => Node} */
  const beside = (by) =>
    attention(page, { kind: "cross_attn", by, units: "tokens", id: by }, { room });
  return [
    p(
      "What a token adds is a vector: weight × value × W_O. A heavy weight on a short vector adds little, so weights alone say less than they seem to. ",
      aboutLengths(page),
    ),
    div("beside", beside("norms"), beside("difference")),
  ];
}

/**
 * The token whose part differs most from its weight.
 * @param {Page} page
 */
function aboutLengths({ inspection, state }) {
  const { weights, norms } = inspection.cross[state.layer];
  const mean = (/** @type {Matrix} */ m) => columnSums(m).map((x) => x / m.length);
  const ofWeights = mean(weights[state.head]);
  const ofLengths = mean(shares(norms[state.head]));
  const away = ofWeights.map((w, s) => Math.abs(ofLengths[s] - w));
  const most = largest(away);
  const [weight, share] = [whole(ofWeights[most]), whole(ofLengths[most])];
  return away[most] < 0.02
    ? "In this head the two hardly differ."
    : `In this head, ${quoted(inspection.names.source[most])} gets ${weight} of the weight and adds ${share} of the length.`;
}

/** @param {Page} page */
function self(page) {
  const room = page.room > 900 ? page.room / 2 - 30 : page.room;
  return [
    p(
      "Within one sentence, those who ask and those who answer are the same tokens: a square. The encoder looks in both directions. The decoder looks back only, at what it has read so far, so the causal mask leaves it a triangle.",
    ),
    div(
      "beside",
      attention(page, weightsOf("encoder_self_attn"), { room }),
      attention(page, weightsOf("decoder_self_attn"), { room }),
    ),
  ];
}

/**
 * The matrix of the chosen head; where weights of tokens are shown, a small one for every head.
 * @param {Page} page
 * @param {Shown} shown
 * @param {{ room: number, caption?: Child, tools?: Child }} more
 */
function attention(page, shown, { room, caption, tools }) {
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
      hasAll && div("", h3("Every layer and head"), everyHead(page, kind, KINDS[kind])),
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
const axis = (side, verb) =>
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
const readsAndWrites = (reads, writes) => [
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
  const name = (/** @type {Unit} */ { text }) => quoted(plain(text));
  const isLater = (/** @type {number} */ i, /** @type {number} */ j) =>
    kind === "decoder_self_attn" && j > i;
  const isHidden = (/** @type {number} */ j) =>
    kind !== "decoder_self_attn" &&
    columns[j].pieces.every((s) => page.inspection.cross[0].mask[s]);
  /** @type {(i: number, j: number) => string} */
  const tell = (i, j) => {
    const whom = `${name(rows[i])} may not look at ${name(columns[j])}`;
    if (isLater(i, j)) return `${whom}: it comes later`;
    if (isHidden(j)) return `${whom}: it is hidden`;
    return `${name(rows[i])} asks, ${name(columns[j])} answers: ${MEASURES[by].name} ${num(values[i][j])}`;
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
    hidden: (i, j) => isLater(i, j) || isHidden(j),
    numbers: width < MEASURES[by].room ? null : by === "weights" ? percent : short,
    current: isSteps ? rows.findIndex((row) => row.pieces.includes(step)) : -1,
    tell,
    pick: isSteps ? (i) => page.go({ step: rows[i].pieces[0] }) : null,
  });
}

/** Whole percent without the sign; nothing for what rounds to 0. */
export const percent = (/** @type {number} */ x) => (x >= 0.005 ? num(100 * x, 0) : "");

/** Two digits without the leading 0; nothing for what rounds to 0. */
export const short = (/** @type {number} */ x) =>
  Math.abs(x) >= 0.005 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "";
