// 3. One row, worked: the content of its seven steps.

/** @import { Row } from "../attention.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */
/** @import { Step } from "./row.js" */

import { badge, div, el, h4, p, quiet, slider, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { plain, quoted, show } from "../labels.js";
import { largest, most, num, products, sum } from "../numbers.js";
import { gutterOf, twoWay } from "../pictures.js";
import { fold, view } from "../views.js";

/**
 * The source token whose arithmetic is written out.
 * @param {Page} page
 * @param {Row} r
 */
function chosenSource({ state: { source } }, r) {
  return source !== null && source < r.weights.length ? source : largest(r.weights);
}

/**
 * The width of a cell in this panel's grids, beside which the box of changes needs room.
 * @param {Page} page
 */
function cellWidth({ room, inspection: { dHead } }) {
  const free = room > 960 ? room - 380 : room;
  return Math.max(9, Math.min(17, (free - 210) / dHead));
}
const cellHeight = (/** @type {number} */ n) => (n > 20 ? 15 : 18);

const tokensOf = (/** @type {Page} */ page) => page.sources().map(show);

/** @type {(name: string, text: string) => Node} */
const arithmetic = (name, text) => el("p", { class: "arithmetic", id: `arithmetic-${name}` }, text);

/**
 * A grid of vectors; a click on one writes out its arithmetic.
 * @param {Page} page
 * @param {{ id: string, label: string, values: number[][], rows: Label[], rowSide: string,
 *   current?: number, gutter?: number }} given
 */
const vectors = (page, given) =>
  heat(page, {
    ...given,
    width: cellWidth(page),
    height: cellHeight(given.values.length),
    tell: (i, j) =>
      `${given.label} of ${plain(given.rows[i])}, number ${j + 1}: ${num(given.values[i][j])}`,
    pick: (i) => page.go({ source: i < page.sources().length ? i : null }),
  });

/** @type {(page: Page, r: Row) => Step} */
export const question = (page, r) => ({
  subtitle: `1 × ${r.q.length}`,
  draw: () => [
    p(badge("dec"), ` One vector of ${r.q.length} numbers, made from the decoder's state by W_Q.`),
    view(
      wide(
        "q",
        vectors(page, {
          id: "question",
          label: "q",
          values: [r.q],
          rows: ["q"],
          rowSide: "dec",
          gutter: gutterOf(tokensOf(page)),
        }),
      ),
    ),
  ],
});

/** @type {(page: Page, r: Row) => Step} */
export const keys = (page, r) => ({
  subtitle: `${r.K.length} × ${r.q.length}`,
  draw: () => [
    p(badge("enc"), " One vector for each token, made from the encoder's output by W_K."),
    view(
      wide(
        "K",
        vectors(page, {
          id: "offer",
          label: "key",
          values: r.K,
          rows: tokensOf(page),
          rowSide: "enc",
          current: chosenSource(page, r),
        }),
      ),
    ),
  ],
});

/** @type {(page: Page, r: Row) => Step} */
export function scores(page, r) {
  const chosen = chosenSource(page, r);
  const width = r.q.length;
  const draw = () => [
    p(
      "Number by number, q is multiplied with each key; the products of a row are summed to its score. A large score: this key is what q asked for.",
    ),
    view(
      wide("Products and scores", productsAndSums(page, r, chosen)),
      "Under q its products with each key; right their sums, the scores. Click a row, or press Enter on it, to have its arithmetic written out.",
    ),
    fold(
      page,
      "sum-scores",
      `Check the sum for ${quoted(page.sources()[chosen])}`,
      arithmetic("scores", `${products(r.q, r.K[chosen])} = ${num(r.scores[chosen])}`),
    ),
  ];
  const n = r.K.length;
  return { subtitle: `1 × ${width} times ${width} × ${n} (K transposed) = 1 × ${n}`, draw };
}

/**
 * q, below it its products with each key, and beside them their sums.
 * @param {Page} page
 * @param {Row} r
 * @param {number} chosen
 */
function productsAndSums(page, r, chosen) {
  const tokens = tokensOf(page);
  const parts = r.K.map((k) => k.map((x, i) => r.q[i] * x));
  const shape = { height: cellHeight(parts.length), current: chosen };
  const pick = (/** @type {number} */ source) => page.go({ source });
  return div(
    "pair",
    div(
      "",
      vectors(page, {
        id: "asked",
        label: "q",
        values: [r.q],
        rows: [[["q", "strong dec"]]],
        rowSide: "dec",
        gutter: gutterOf(tokens),
      }),
      heat(page, {
        ...shape,
        id: "products",
        label: "products of q and each key",
        rows: tokens,
        values: parts,
        width: cellWidth(page),
        rowSide: "enc",
        tell: (i, j) =>
          `${tokens[i]}, number ${j + 1}: ${num(r.q[j])} × ${num(r.K[i][j])} = ${num(parts[i][j])}`,
        pick,
      }),
    ),
    div(
      "",
      div("note", "summed"),
      heat(page, {
        ...shape,
        id: "sums",
        label: "scores",
        values: r.scores.map((x) => [x]),
        width: 62,
        numbers: (x) => num(x, 2),
        tell: (i) => `score of ${tokens[i]}: ${num(r.scores[i])}`,
        pick,
      }),
    ),
  );
}

/** @type {(page: Page, r: Row) => Step} */
export function scaling(page, r) {
  const { scaling } = page.state;
  const width = r.q.length;
  const root = num(Math.sqrt(width));
  const top = most([r.scaled]);
  const tokens = tokensOf(page);
  const draw = () => [
    p(
      `A sum of ${width} products spreads about √${width} times as wide as one product. Divided by that, scores stay in the range where the softmax can share, however long the vectors are.`,
    ),
    table(
      "Scaled scores",
      ["token", "score", "", "scaled", ""],
      r.scores.map((x, s) => [
        tokens[s],
        num(x),
        scaling ? `÷ ${root} =` : "=",
        num(r.scaled[s]),
        twoWay(r.scaled[s], top, 120),
      ]),
      chosenSource(page, r),
    ),
  ];
  return { subtitle: scaling ? `√${width} = ${root}` : "switched off by you", draw };
}

/** @type {(page: Page, r: Row) => Step} */
export function masking(page, r) {
  const { mask } = page.state;
  const tokens = tokensOf(page);
  const hidesAny = r.hidden.some(Boolean);
  const draw = () => [
    p(
      hidesAny
        ? "In a batch, shorter sentences are filled up with <pad>. It is no word, so its score becomes −∞, and after the softmax its weight is 0."
        : "In cross-attention the mask hides padding, and only that: the decoder may look at the whole sentence. One sentence alone has no padding, so here the mask hides nothing.",
    ),
    page.inspection.pads && quiet(aboutPad(page.state.pad)),
    table(
      "Scores after the mask",
      ["token", "scaled", "may be looked at", "after the mask"],
      r.scaled.map((x, s) => [
        tokens[s],
        num(x),
        r.hidden[s] ? (mask ? "no" : "no, but ignored") : "yes",
        num(r.hidden[s] && mask ? -Infinity : x),
      ]),
      chosenSource(page, r),
    ),
  ];
  const hides = mask ? "<pad> may not be looked at" : "ignored by you";
  return { subtitle: hidesAny ? hides : "hides nothing here", draw };
}

/** @param {boolean} isShown */
const aboutPad = (isShown) =>
  isShown
    ? "The <pad> below is real: the model computed its key and value from the encoder's output one position behind this sentence, as in a batch with a longer one. Take the mask away and see what it would have done."
    : "Add a <pad> (in the box of changes) to see the mask at work: its key and value are those that the model computes behind this sentence in a batch with a longer one.";

/**
 * The softmax, with a slider for each weight.
 * @type {(page: Page, r: Row, setWeight: (at: number, value: number) => void) => Step}
 */
export function weighing(page, r, setWeight) {
  const { temperature } = page.state;
  const chosen = chosenSource(page, r);
  const tokens = tokensOf(page);
  const draw = () => [
    p(
      "Each score becomes a power of e, and each power is divided by the sum of all: shares of the attention that there is to give.",
    ),
    table(
      "Weights",
      [
        "token",
        temperature === 1 ? "after the mask" : "÷ temperature",
        "e^(it − largest)",
        "weight",
        "drag it",
      ],
      r.weights.map((w, s) => [
        tokens[s],
        num(r.logits[s]),
        num(r.powers[s]),
        el("output", { id: `shown-${s}` }, num(w)),
        slider(
          {
            id: `weight-${s}`,
            min: 0,
            max: 1,
            step: 0.01,
            value: w,
            "aria-label": `Weight of ${tokens[s]}`,
          },
          { drag: (value) => setWeight(s, value), release: () => page.update() },
        ),
      ]),
      chosen,
    ),
    fold(page, "sum-softmax", "Check the sum", ...sumsOfSoftmax(page, r, chosen)),
  ];
  const subtitle = temperature === 1 ? "" : `temperature ${num(temperature, 1)}, set by you`;
  return { subtitle, draw };
}

/**
 * @param {Page} page
 * @param {Row} r
 * @param {number} chosen
 */
function sumsOfSoftmax(page, r, chosen) {
  const list = (/** @type {number[]} */ numbers) => numbers.map((x) => num(x)).join(" + ");
  const power = num(r.powers[chosen]);
  const share = `${power} ÷ (${list(r.powers)}) = ${power} ÷ ${num(r.total)}`;
  return [
    arithmetic(
      "softmax",
      `For ${quoted(page.sources()[chosen])}: ${share} = ${num(r.powers[chosen] / r.total)}`,
    ),
    arithmetic("weights", `All weights: ${list(r.weights)} = ${num(sum(r.weights))}`),
  ];
}

/** @type {(page: Page, r: Row) => Step} */
export function context(page, r) {
  const tokens = tokensOf(page);
  const n = r.V.length;
  const width = r.q.length;
  const i = page.state.number;
  const numbers = r.V.map((v) => v[i]);
  const labels = labelsOfSum(tokens, r.weights);
  const values = () =>
    vectors(page, {
      id: "v",
      label: "value",
      values: r.V,
      rows: tokens,
      rowSide: "enc",
      current: chosenSource(page, r),
      gutter: gutterOf(labels),
    });
  const draw = () => [
    p(
      "Every token's value counts as much as its weight. Their sum is what this head brings back: the context.",
    ),
    view(
      [
        h4(badge("enc"), " V: the values"),
        wide("V", values()),
        h4("Weight × value, to the same scale; below, their sum"),
        wide("Weighted values", weightedValues(page, r, labels)),
      ],
      "Click a column, or press Enter on it, to have its arithmetic written out.",
    ),
    fold(
      page,
      "sum-context",
      `Check the sum of number ${i + 1}`,
      arithmetic("context", `${products(r.weights, numbers)} = ${num(r.context[i])}`),
    ),
  ];
  return { subtitle: `1 × ${n} times ${n} × ${width} = 1 × ${width}`, draw };
}

/**
 * Row labels of the weighted values: the weight and token of each, and the sum.
 * @type {(tokens: string[], weights: number[]) => Label[]}
 */
function labelsOfSum(tokens, weights) {
  /** @type {(token: string, s: number) => Label} */
  const weighted = (token, s) => [
    [`${num(weights[s], 2)} × `, "faint"],
    [token, ""],
  ];
  return [...tokens.map(weighted), [["sum: context", "strong"]]];
}

/**
 * The weighted values, and below them their sum.
 * @param {Page} page
 * @param {Row} r
 * @param {Label[]} rows
 */
function weightedValues(page, r, rows) {
  const tokens = tokensOf(page);
  const parts = r.V.map((v, s) => v.map((x) => r.weights[s] * x));
  const end = parts.length;
  return heat(page, {
    id: "weighted",
    label: "weighted values and their sum",
    rows,
    values: [...parts, r.context],
    width: cellWidth(page),
    height: cellHeight(end),
    top: most(r.V),
    rowSide: "enc",
    current: end,
    tell: (s, j) =>
      s === end
        ? `context, number ${j + 1}: ${num(r.context[j])}`
        : `${tokens[s]}, number ${j + 1}: ${num(r.weights[s])} × ${num(r.V[s][j])} = ${num(parts[s][j])}`,
    pick: (_, number) => page.go({ number }),
  });
}
