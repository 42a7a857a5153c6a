// 3. One row, worked: its arithmetic, number by number.

/** @import { Row } from "../attention.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */

import { el, p, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { plain } from "../labels.js";
import { largest, most, num, products, sum, within } from "../numbers.js";
import { view } from "../views.js";

/**
 * The source token whose arithmetic is written out.
 * @param {Page} page
 */
export function chosenSource(page) {
  const { source } = page.state;
  const { weights } = page.row();
  return source !== null && source < weights.length ? source : largest(weights);
}

/** @type {(name: string, text: string) => Node} */
const arithmetic = (name, text) => el("p", { class: "arithmetic", id: `arithmetic-${name}` }, text);

/**
 * The query, a key, and their products.
 * @param {Page} page
 * @param {Row} r
 */
export function scoreSteps(page, r) {
  const s = chosenSource(page);
  const name = page.inspection.names.source[s];
  const k = r.K[s];
  const root = Math.sqrt(r.q.length);
  const divided = page.state.intervention.scaling
    ? `; ${num(r.scores[s])} ÷ √${r.q.length} = ${num(r.scores[s])} ÷ ${num(root)} = ${num(r.scaled[s])}`
    : "; not divided, since you took the scaling away";
  return [
    vectors(page, {
      id: "products",
      label: "q times a key",
      rows: [[["q", "dec"]], [[`key of ${name}`, "enc"]], "product"],
      values: [r.q, k, r.q.map((x, i) => x * k[i])],
    }),
    arithmetic("scores", `${products(r.q, k)} = ${num(r.scores[s])}${divided}`),
    p(
      `A sum of ${r.q.length} products spreads about √${r.q.length} times as wide as one product. Divided by that, scores stay where the softmax can share.`,
    ),
  ];
}

/**
 * Powers of e, and each as a share of their sum.
 * @param {Page} page
 * @param {Row} r
 */
export function softmaxSteps(page, r) {
  const { names } = page.inspection;
  const { scaling, temperature } = page.state.intervention;
  const score = `${scaling ? "scaled score" : "score"}${temperature === 1 ? "" : ` ÷ ${num(temperature, 1)}`}`;
  const isSet = r.weights.some((w, s) => Math.abs(w - r.softmax[s]) > 0.0005);
  return [
    table(
      "The softmax",
      ["token", score, "e^(score − largest)", `÷ ${num(r.total)}`, ...(isSet ? ["in use"] : [])],
      [
        ...r.logits.map((x, s) => [
          names.source[s],
          num(x),
          num(r.powers[s]),
          num(r.softmax[s]),
          ...(isSet ? [num(r.weights[s])] : []),
        ]),
        ["sum", "", num(r.total), num(sum(r.softmax)), ...(isSet ? [num(sum(r.weights))] : [])],
      ],
      chosenSource(page),
    ),
    p(
      "Each score becomes a power of e, and each power is divided by the sum of all. The largest score is taken off first, so that no power overflows: the shares stay the same.",
      isSet && " The weights in use are not the softmax's: you changed them.",
    ),
  ];
}

/**
 * The weighted values, and below them their sum.
 * @param {Page} page
 * @param {Row} r
 */
export function contextSteps(page, r) {
  const { names } = page.inspection;
  const i = within(page.state.number, r.context.length);
  /** @type {Label[]} */
  const rows = names.source.map((name, s) => [
    [`${num(r.weights[s], 2)} × `, "faint"],
    [name, "enc"],
  ]);
  return [
    vectors(page, {
      id: "weighted",
      label: "weight × value",
      rows: [...rows, [["sum: context", "strong"]]],
      values: [...r.V.map((v, s) => v.map((x) => r.weights[s] * x)), r.context],
      current: r.V.length,
    }),
    arithmetic(
      "context",
      `Number ${i + 1} of the context: ${products(
        r.weights,
        r.V.map((v) => v[i]),
      )} = ${num(r.context[i])}`,
    ),
  ];
}

/**
 * Vectors of the head, one below the other; a click on a number works out that number.
 * @param {Page} page
 * @param {{ id: string, label: string, values: number[][], rows: Label[], current?: number }} given
 */
const vectors = (page, given) =>
  view(
    wide(
      given.label,
      heat(page, {
        ...given,
        width: Math.max(9, Math.min(22, (page.room - 120) / given.values[0].length)),
        height: 18,
        top: most(given.values),
        tell: (i, j) => `${plain(given.rows[i])}, number ${j + 1}: ${num(given.values[i][j])}`,
        pick: (_, number) => page.go({ number }),
      }),
    ),
  );
