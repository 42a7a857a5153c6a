// 4. The whole matrix

/** @import { Child, Side } from "../elements.js" */
/** @import { Kind, Matrix } from "../inspection.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */

import { badge, div, el, h3, h4, p, quiet, svg, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName, plain, quoted, show } from "../labels.js";
import { most, num, sum } from "../numbers.js";
import { labelWidth, legend } from "../pictures.js";
import { choice, figure } from "../views.js";

/** @typedef {{ text: Label, pieces: number[] }} Unit  of rows or columns: a piece or a word */

/**
 * Who asks in the rows, and who answers in the columns.
 * @type {Record<Kind, { title: string, asks: Side, answers: Side }>}
 */
const KINDS = {
  cross_attn: { title: "cross-attention", asks: "dec", answers: "enc" },
  encoder_self_attn: { title: "encoder self-attention", asks: "enc", answers: "enc" },
  decoder_self_attn: { title: "decoder self-attention", asks: "dec", answers: "dec" },
};
/** What the numbers are called, and a note about them. */
const SHOWN = {
  weights: {
    name: "weight",
    about: "Colour: the weight, always from 0 to 1. Each row of pieces sums to 1.",
  },
  norms: {
    name: "length",
    about:
      "Colour: the length of the vector that a token adds, weight × value × W_O. A heavy weight on a short vector adds little. All heads of a kind share one scale.",
  },
  difference: {
    name: "share of the lengths minus weight",
    about:
      "Each token's share of a row's lengths minus its weight. Below 0: it adds less than its weight suggests, as </s> and full stops often do. All heads of a kind share one scale.",
  },
};
const SHADES = 12;

/** @param {Page} page */
export function matrix(page) {
  const { room, state } = page;
  const { numSource, numSteps, numHeads } = page.inspection;
  const forCross = room > 900 ? room - Math.min(4, numHeads) * 124 - 40 : room;
  const forSelf = room > 900 ? room / 2 - 30 : room;
  return [
    p(
      `One row for each of the ${numSteps} steps, one column for each of the ${numSource} source tokens: a rectangle, since question and answer are two different sentences. The row of this step is outlined; click a row, or press Enter in it, to go to its step.`,
    ),
    div(
      "tools",
      choice(page, "by", "show", [
        ["weights", "weights"],
        ["norms", "contributions (norms)"],
        ["difference", "difference of the two"],
      ]),
      choice(page, "units", "by", [
        ["pieces", "pieces"],
        ["words", "words"],
      ]),
    ),
    quiet(
      SHOWN[state.by].about,
      state.units === "words" &&
        " By words: the columns of a word's pieces are summed, its rows averaged.",
    ),
    attention(
      page,
      "cross_attn",
      forCross,
      state.units === "pieces"
        ? "Rows: what the step reads → what it writes."
        : "Rows: the word that the steps write.",
    ),
    h3("Self-attention beside it: square"),
    p(
      "Within one sentence, askers and answerers are the same tokens. The encoder looks in both directions; the decoder only back, at what it has read so far: struck out is what the causal mask hides.",
    ),
    div(
      "beside",
      attention(page, "encoder_self_attn", forSelf, null),
      attention(
        page,
        "decoder_self_attn",
        forSelf,
        "Rows and columns: the tokens that the decoder reads.",
      ),
    ),
  ];
}

/**
 * One kind of attention: a large matrix, and a small one for every layer and head.
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} space
 * @param {string | null} about
 */
function attention(page, kind, space, about) {
  const { title, asks, answers } = KINDS[kind];
  const [layer, head] = placeOf(page, kind);
  const [rows, columns] = unitsOf(page, kind);
  const top = scaleOf(page, kind);
  const csv = () => [
    ["", ...columns.map(({ text }) => plain(text))],
    ...valuesOf(page, kind, layer, head).map((line, i) => [plain(rows[i].text), ...line]),
  ];
  const large = div(
    "",
    h4(badge(asks), " asks ", badge(answers), ` ${title}, ${headName(layer, head)}`),
    div("axes", axis(asks, "asks"), " ↓   ", axis(answers, "answers"), " →"),
    wide(title, big(page, kind, space, top)),
    legend(top, page.state.by === "difference" ? null : answers),
  );
  const small = div(
    "",
    h4("Every layer and head"),
    everyHead(page, kind, top, page.room > 900 ? 500 : page.room),
  );
  return figure(page, kind, csv, div("whole", large, small), about);
}

/** @type {(side: Side, verb: string) => Node} */
const axis = (side, verb) =>
  el(
    "span",
    { class: side },
    side === "enc" ? `source (encoder, ${verb})` : `target (decoder, ${verb})`,
  );

/**
 * The chosen layer and head of a kind.
 * @param {Page} page
 * @param {Kind} kind
 * @returns {[layer: number, head: number]}
 */
const placeOf = ({ state }, kind) =>
  kind === "cross_attn" ? [state.layer, state.head] : state.self[kind];

/**
 * What rows and columns count.
 * @param {Page} page
 * @param {Kind} kind
 * @returns {[rows: Unit[], columns: Unit[]]}
 */
function unitsOf({ inspection, state }, kind) {
  const { source, reads, writes, sourceWords, readsWords, writesWords } = inspection;
  const isByWords = state.units === "words";
  const columns = isByWords ? sourceWords : pieces(source);
  const read = isByWords ? readsWords : pieces(reads);
  if (kind === "encoder_self_attn") return [columns, columns];
  if (kind === "decoder_self_attn") return [read, read];
  if (isByWords) return [writesWords, columns];
  const rows = writes.map((piece, t) => ({ text: readsAndWrites(reads[t], piece), pieces: [t] }));
  return [rows, columns];
}

/** @type {(reads: string, writes: string) => Label} */
const readsAndWrites = (reads, writes) => [
  [show(reads), "read"],
  [" → ", "faint"],
  [show(writes), "strong"],
];

/** @type {(list: string[]) => Unit[]} */
const pieces = (list) => list.map((piece, i) => ({ text: show(piece), pieces: [i] }));

/**
 * The numbers of one head, in the chosen measure and units.
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} layer
 * @param {number} head
 * @returns {Matrix}
 */
function valuesOf(page, kind, layer, head) {
  const { weights, norms } = page.inspection.matrices[kind][layer];
  const { by, units } = page.state;
  const [rows, columns] = unitsOf(page, kind);
  const inUnits = (/** @type {Matrix} */ m) => (units === "pieces" ? m : merged(m, rows, columns));
  const w = inUnits(weights[head]);
  if (by === "weights") return w;
  const n = inUnits(norms[head]);
  return by === "norms" ? n : shares(n).map((line, i) => line.map((x, j) => x - w[i][j]));
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

/**
 * The value drawn in full colour, the same for all heads of a kind.
 * @param {Page} page
 * @param {Kind} kind
 */
function scaleOf(page, kind) {
  if (page.state.by === "weights") return 1;
  const all = page.inspection.matrices[kind].flatMap(({ norms }, layer) =>
    norms.map((_, head) => most(valuesOf(page, kind, layer, head))),
  );
  return Math.max(...all);
}

/**
 * The matrix of the chosen head.
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} space
 * @param {number} top
 */
function big(page, kind, space, top) {
  const { by, step } = page.state;
  const { title, asks, answers } = KINDS[kind];
  const [layer, head] = placeOf(page, kind);
  const [rows, columns] = unitsOf(page, kind);
  const values = valuesOf(page, kind, layer, head);
  const left = Math.max(...rows.map(({ text }) => labelWidth(text))) + 20;
  const widest = kind === "cross_attn" ? 46 : 34;
  const cell = Math.max(15, Math.min(widest, (space - left) / columns.length));
  const isSteps = kind !== "encoder_self_attn";
  const name = (/** @type {Unit} */ { text }) => quoted(plain(text));
  /** @type {(i: number, j: number) => boolean} */
  const hidden = (i, j) =>
    kind === "decoder_self_attn" && Math.min(...columns[j].pieces) > Math.max(...rows[i].pieces);
  return heat(page, {
    id: `grid-${kind}`,
    label: `${title}, ${headName(layer, head)}: ${rows.length} rows, ${columns.length} columns`,
    rows: rows.map(({ text }) => text),
    columns: columns.map(({ text }) => text),
    values,
    width: cell,
    height: Math.min(30, cell),
    side: by === "difference" ? null : answers,
    top,
    rowSide: asks,
    columnSide: answers,
    hidden,
    numbers: cell >= 28 ? short : null,
    current: isSteps ? rows.findIndex((row) => row.pieces.includes(step)) : -1,
    tell: (i, j) =>
      hidden(i, j)
        ? `${name(rows[i])} may not look at ${name(columns[j])}: it comes later`
        : `${name(rows[i])} asks, ${name(columns[j])} answers: ${SHOWN[by].name} ${num(values[i][j])}`,
    pick: (i) => isSteps && page.go({ step: rows[i].pieces[0] }),
  });
}

/** Two digits without the leading 0; nothing for what rounds to 0. */
export const short = (/** @type {number} */ x) =>
  Math.abs(x) >= 0.005 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "";

/**
 * A button for every layer and head, with its matrix on it.
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} top
 * @param {number} space
 */
function everyHead(page, kind, top, space) {
  return el(
    "div",
    { class: "many", role: "group", "aria-label": "Every layer and head" },
    page.inspection.matrices[kind].map(({ weights }, layer) =>
      div(
        "of-layer",
        el("span", { class: "note" }, `layer ${layer + 1}`),
        weights.map((_, head) => {
          const picture = small(page, kind, layer, head, top, space);
          return headButton(page, kind, layer, head, picture);
        }),
      ),
    ),
  );
}

/**
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} layer
 * @param {number} head
 * @param {Child} picture
 */
function headButton(page, kind, layer, head, picture) {
  const [atLayer, atHead] = placeOf(page, kind);
  return el(
    "button",
    {
      class: "mini",
      id: `mini-${kind}-${layer}-${head}`,
      "aria-pressed": String(layer === atLayer && head === atHead),
      "aria-label": `Show ${headName(layer, head)}`,
      onclick: () => {
        if (kind === "cross_attn") page.go({ layer, head });
        else page.go({ self: { ...page.state.self, [kind]: [layer, head] } });
      },
    },
    picture,
    el("span", { class: "note" }, `head ${head + 1}`),
  );
}

/**
 * A small matrix without labels. All cells of one shade are one path.
 * @param {Page} page
 * @param {Kind} kind
 * @param {number} layer
 * @param {number} head
 * @param {number} top
 * @param {number} space
 */
function small(page, kind, layer, head, top, space) {
  const values = valuesOf(page, kind, layer, head);
  const n = values.length;
  const m = values[0].length;
  const widest = Math.min(104, space / Math.min(4, page.inspection.numHeads) - 18);
  const cell = Math.max(2, Math.min(8, widest / Math.max(n, m)));
  const width = cell * m;
  const height = cell * n;
  const side = page.state.by === "difference" ? null : KINDS[kind].answers;
  return svg(
    "svg",
    {
      width: width + 2,
      height: height + 2,
      viewBox: `-1 -1 ${width + 2} ${height + 2}`,
      "aria-hidden": "true",
    },
    svg("rect", { class: "ground", width, height }),
    [...shaded(values, cell, top, side)].map(([key, d]) => {
      const [look, shade] = key.split(" ");
      return svg("path", { class: look, "fill-opacity": (Number(shade) / SHADES).toFixed(2), d });
    }),
  );
}

/**
 * The outlines of the cells, by their class and shade.
 * @param {Matrix} values
 * @param {number} cell
 * @param {number} top
 * @param {Side | null} side
 */
export function shaded(values, cell, top, side) {
  /** @type {Map<string, string>} */
  const paths = new Map();
  const size = cell.toFixed(2);
  values.forEach((line, i) => {
    line.forEach((x, j) => {
      const shade = Math.ceil(SHADES * Math.min(1, Math.abs(x) / top) - 0.3);
      if (shade <= 0) return;
      const key = `${side ?? (x < 0 ? "minus" : "plus")} ${shade}`;
      const corner = `${+(cell * j).toFixed(2)} ${+(cell * i).toFixed(2)}`;
      paths.set(key, `${paths.get(key) ?? ""}M${corner}h${size}v${size}h-${size}z`);
    });
  });
  return paths;
}
