// 2. Where do Q, K and V come from?

/** @import { Child, Side } from "../elements.js" */
/** @import { Matrix } from "../inspection.js" */
/** @import { Page } from "../page.js" */

import { badge, div, el, p, svg, wide } from "../elements.js";
import { heat, strip } from "../grid.js";
import { quoted, show } from "../labels.js";
import { num } from "../numbers.js";
import { drawing, gutterOf } from "../pictures.js";
import { figure } from "../views.js";

/** @param {Page} page */
export function origins(page) {
  const { inspection, state } = page;
  const { source, reads, memory, numHeads, dHead, dModel } = inspection;
  const layer = inspection.cross[state.layer];
  const decoderState = layer.queryInput[state.step];
  const q = layer.queries[state.head][state.step];
  const K = layer.keys[state.head];
  const V = layer.values[state.head];
  const token = reads[state.step];
  const csv = () => [
    ["what", "side", "token", ...decoderState.map((_, i) => i + 1)],
    ["state", "decoder", token, ...decoderState],
    ["q", "decoder", token, ...q],
    ...memory.map((v, s) => ["encoder output", "encoder", source[s], ...v]),
    ...K.map((v, s) => ["key", "encoder", source[s], ...v]),
    ...V.map((v, s) => ["value", "encoder", source[s], ...v]),
  ];
  return [
    p(
      "Q comes from the decoder ",
      badge("dec"),
      ". K and V come from the encoder ",
      badge("enc"),
      ": both from the same output, by two different matrices. Only q knows what has been translated so far; K and V know the sentence alone, so they are computed once and kept.",
    ),
    figure(page, "origins", csv, flow(page, decoderState, q, K, V), [
      `The true numbers of ${page.headName()}: each cell is one, darker where it is larger. `,
      el("span", { class: "key minus" }, "below 0"),
      " ",
      el("span", { class: "key plus" }, "above 0"),
      `. The other heads have ${dHead} columns of their own of the same ${dModel} × ${numHeads * dHead} matrices. A bias is added after each multiplication.`,
    ]),
  ];
}

/**
 * @param {Page} page
 * @param {number[]} decoderState
 * @param {number[]} q
 * @param {Matrix} K
 * @param {Matrix} V
 */
function flow(page, decoderState, q, K, V) {
  const { source, reads, memory, numSource, numSteps, dHead, dModel } = page.inspection;
  const t = page.state.step;
  const width = cellWidths(page);
  const rows = [show(reads[t])];
  const gutter = gutterOf([...source.map(show), ...rows]);
  const ofDecoder = { rows, rowSide: "dec", gutter };
  const always = "computed once for all steps";
  return div(
    "origins",
    block(
      "dec",
      "decoder's state",
      `1 × ${dModel}`,
      `after reading ${quoted(reads[t])}, normalized: another at every step`,
      strip(page, {
        id: "state",
        name: "decoder's state",
        values: decoderState,
        width: width.model,
        ...ofDecoder,
      }),
    ),
    times(page, "W_Q", "dec"),
    block(
      "dec",
      "q",
      `1 × ${dHead}`,
      `what step ${t + 1} asks: computed anew at each of the ${numSteps} steps`,
      strip(page, { id: "q", name: "q", values: q, width: width.head, ...ofDecoder }),
    ),
    div(
      "both",
      block(
        "enc",
        "encoder's output",
        `${numSource} × ${dModel}`,
        `a row for each token of the sentence: ${always}`,
        ofTokens(page, "memory", "encoder's output", memory, width.model, gutter),
      ),
    ),
    times(page, "W_K", "enc"),
    block(
      "enc",
      "K",
      `${numSource} × ${dHead}`,
      `what each token can be found by: ${always}`,
      ofTokens(page, "keys", "key", K, width.head, gutter),
    ),
    times(page, "W_V", "enc"),
    block(
      "enc",
      "V",
      `${numSource} × ${dHead}`,
      `what each token hands over: ${always}`,
      ofTokens(page, "values", "value", V, width.head, gutter),
    ),
  );
}

/**
 * The width of a cell in vectors of d_model numbers, and in vectors of d_head numbers.
 * @param {Page} page
 */
function cellWidths({ room, inspection: { dHead, dModel } }) {
  const narrow = room < 720;
  const forModel = narrow ? room - 24 : Math.min(560, room / 2);
  const forHead = narrow ? room : room * 0.36;
  return {
    model: Math.max(2, Math.min(4, (forModel - 70) / dModel)),
    head: Math.max(5, Math.min(10, (forHead - 90) / dHead)),
  };
}

/**
 * @param {Side} side
 * @param {string} title
 * @param {string} shape
 * @param {string} note
 * @param {Child} content
 */
const block = (side, title, shape, note, content) =>
  div(
    `block ${side}-side`,
    div("title", badge(side), ` ${title} `, el("span", { class: "shape" }, shape)),
    wide(title, content),
    div("note", note),
  );

/**
 * The matrix that turns a state into a vector of one head.
 * @param {Page} page
 * @param {string} name
 * @param {Side} side
 */
const times = ({ room, inspection: { dHead, dModel } }, name, side) =>
  outline(name, dModel, dHead, side, room < 720 ? "↓" : "→");

/**
 * A matrix as an outline in the proportions of its rows and columns.
 * @param {string} name
 * @param {number} rows
 * @param {number} columns
 * @param {Side} side
 * @param {"↓" | "→"} sign
 */
export function outline(name, rows, columns, side, sign) {
  const scale = 84 / Math.max(rows, columns);
  const width = Math.max(12, columns * scale);
  const height = Math.max(12, rows * scale);
  const label = `${name}, a matrix of ${rows} rows and ${columns} columns`;
  const arrow = () => el("span", { class: "arrow", "aria-hidden": "true" }, sign);
  return div(
    "times",
    arrow(),
    div(
      "matrix",
      drawing(
        width + 2,
        height + 2,
        { role: "img", "aria-label": label },
        svg("rect", { class: `outline ${side}-line`, x: 1, y: 1, width, height }),
      ),
      el("b", {}, name),
      el("span", { class: "shape" }, `${rows} × ${columns}`),
    ),
    sign === "→" && arrow(),
  );
}

/**
 * One row per source token. It is the same at every step, so it is drawn once.
 * @param {Page} page
 * @param {string} id
 * @param {string} name
 * @param {Matrix} values
 * @param {number} width
 * @param {number} gutter
 */
function ofTokens(page, id, name, values, width, gutter) {
  const { source, numSource } = page.inspection;
  const depends = [page.state.layer, page.state.head, width, gutter].join();
  const known = page.drawnOnce.get(id);
  if (known?.depends === depends) return known.picture;
  const picture = heat(page, {
    id,
    label: `${name}: ${values.length} rows, ${values[0].length} columns`,
    rows: source.map(show),
    values,
    width,
    height: numSource > 20 ? 12 : 15,
    gutter,
    rowSide: "enc",
    tell: (i, j) => `${name} of ${quoted(source[i])}, number ${j + 1}: ${num(values[i][j])}`,
  });
  page.drawnOnce.set(id, { depends, picture });
  return picture;
}
