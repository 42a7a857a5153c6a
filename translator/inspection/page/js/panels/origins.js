// 2. Where do Q, K and V come from? One of the three products, drawn as matrices are multiplied by
// hand: the states on the left, the matrix above, and each number where its row and column meet.

/** @import { Child, Side } from "../elements.js" */
/** @import { Matrix } from "../inspection.js" */
/** @import { Page } from "../page.js" */
/** @import { Line } from "../save.js" */
/** @import { State } from "../state.js" */

import { badge, div, el, p, svg, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { factor, most, num, products, signed, within } from "../numbers.js";
import { painted } from "../painting.js";
import { drawing, gutterOf, twoWay } from "../pictures.js";
import { figure, fold, tryButton } from "../views.js";
import { workedSum } from "../worked_sum.js";
import { chosenSource } from "./row_steps.js";

/** @typedef {State["projection"]} Projection */
/**
 * One product: inputs [n][d_model] times weight [d_model][d_head] plus bias is results [n][d_head].
 * @typedef {object} Product
 * @property {Matrix} inputs
 * @property {string[]} names of the rows
 * @property {Matrix} weight the columns of the chosen head
 * @property {number[]} bias
 * @property {Matrix} results
 * @property {number} i the row and the column of the number that is worked out
 * @property {number} j
 */

/** @typedef {{ letter: string, matrix: string, side: Side, states: string, one: string }} Named */

/** @type {Record<Projection, Named>} */
const KINDS = {
  q_proj: {
    letter: "Q",
    matrix: "W_Q",
    side: "dec",
    states: "decoder's state",
    one: "query after",
  },
  k_proj: { letter: "K", matrix: "W_K", side: "enc", states: "encoder's output", one: "key of" },
  v_proj: { letter: "V", matrix: "W_V", side: "enc", states: "encoder's output", one: "value of" },
};
/** @type {Record<Projection, Projection>} */
const NEXT = { v_proj: "k_proj", k_proj: "q_proj", q_proj: "v_proj" };

const MATRIX_HEIGHT = 256;
const BIAS_HEIGHT = 9;
/** What sums in another order may differ by. */
const TOLERANCE = 1e-3;

/** @param {Page} page */
export function origins(page) {
  const product = productOf(page);
  const kind = KINDS[page.state.projection];
  return [
    p(
      badge("dec", "Q"),
      " comes from the decoder: its state times a matrix, W_Q, anew at each decoding step. ",
      badge("enc", "K"),
      " and ",
      badge("enc", "V"),
      " come from the encoder: its output times W_K, and the same output times W_V, once, before the first query. No attention weight has a part in V.",
    ),
    el(
      "div",
      { class: "tools", role: "group", "aria-label": "Which product is worked out" },
      choices(page),
    ),
    figure(
      page,
      "origins",
      () => csv(product, kind),
      wide(`${kind.letter} as a product`, multiplication(page, product)),
      caption(page, kind),
      tryNext(page, product),
    ),
    fold(page, "products", `All ${product.weight.length} products of this number`, () => [
      writtenOut(product),
    ]),
    fold(page, "shared", "What do the other heads and layers use?", () => shared(page)),
  ];
}

/**
 * @param {Page} page
 * @param {Named} kind
 * @returns {Child[]}
 */
const caption = (page, { letter, side }) => [
  side === "dec" && "One row a decoding step, after the token that it has just read. ",
  `The true numbers of ${page.headName()}, stronger where they are larger: `,
  el("span", { class: "key plus" }, "above 0"),
  " ",
  el("span", { class: "key minus" }, "below 0"),
  `. Choose a number of ${letter}: its row and its column are framed, and the corner works it out.`,
];

/**
 * The chosen product, in the chosen layer and head.
 * @param {Page} page
 * @returns {Product}
 */
function productOf(page) {
  const { inspection, model, state } = page;
  const { layer, head, step, projection } = state;
  const { names, memory, dHead } = inspection;
  const { queryInput, queries, keys, values } = inspection.cross[layer];
  const { weight, bias } = model.transformer.projection("cross_attn", layer, projection);
  const ofHead = (/** @type {number[]} */ row) => row.slice(head * dHead, (head + 1) * dHead);
  const matrix = { weight: weight.map(ofHead), bias: ofHead(bias) };
  const j = within(state.number, dHead);
  if (projection === "q_proj") {
    const results = queries[head];
    return { ...matrix, inputs: queryInput, names: names.reads, results, i: step, j };
  }
  const results = (projection === "k_proj" ? keys : values)[head];
  return { ...matrix, inputs: memory, names: names.source, results, i: chosenSource(page), j };
}

/**
 * Which of the three products is drawn.
 * @param {Page} page
 */
const choices = (page) =>
  /** @type {Projection[]} */ (["q_proj", "k_proj", "v_proj"]).map((projection) => {
    const { letter, matrix, side, states } = KINDS[projection];
    return el(
      "button",
      {
        id: `show-${projection}`,
        class: `product ${side}-side`,
        "aria-pressed": String(projection === page.state.projection),
        onclick: () => page.go({ projection }),
      },
      `${states} × ${matrix} = `,
      badge(side, letter),
    );
  });

/**
 * The matrix above, the states on the left, their product where they meet; the corner works out
 * one number.
 * @param {Page} page
 * @param {Product} product
 */
function multiplication(page, product) {
  const { side, letter, matrix, states } = KINDS[page.state.projection];
  const { weight, inputs } = product;
  const size = sizesOf(page, product);
  return div(
    `multiplication ${side}-side`,
    div("corner", worked(page, product)),
    div(
      "upper",
      titled(matrix, `${weight.length} × ${weight[0].length} + bias`),
      matrixPicture(product, matrix, size),
    ),
    div(
      "states",
      titled(states, `${inputs.length} × ${weight.length}`),
      statesPicture(product, states, side, size),
    ),
    div(
      "result",
      titled(letter, `${inputs.length} × ${weight[0].length}`),
      resultsGrid(page, product, size),
    ),
  );
}

/** @type {(name: string, shape: string) => Node} */
const titled = (name, shape) => div("title", name, " ", el("span", { class: "shape" }, shape));

/** @typedef {{ gutter: number, state: number, cell: number, line: number }} Sizes  in pixels */

/**
 * The widths of a number in a state and in a head's vector, and the height of a row.
 * @param {Page} page
 * @param {Product} product
 * @returns {Sizes}
 */
function sizesOf({ room }, { names, weight }) {
  const gutter = gutterOf(names);
  const free = Math.min(room, 1000) - gutter - 20;
  return {
    gutter,
    state: Math.max(1, Math.min(4, (0.56 * free) / weight.length)),
    cell: Math.max(4, Math.min(11, (0.44 * free) / weight[0].length)),
    line: names.length > 20 ? 12 : 16,
  };
}

/**
 * @param {Product} product
 * @param {string} name
 * @param {Sizes} size
 */
function matrixPicture({ weight, bias, j }, name, { cell }) {
  const width = cell * bias.length;
  const top = most(weight);
  const below = MATRIX_HEIGHT + 5;
  const box = { x: 1, width };
  return drawing(
    width + 2,
    below + BIAS_HEIGHT + 1,
    {
      role: "img",
      "aria-label": `${name}: ${weight.length} rows, ${bias.length} columns, and its bias`,
    },
    painted(weight, top, { ...box, y: 1, height: MATRIX_HEIGHT }),
    painted([bias], top, { ...box, y: below, height: BIAS_HEIGHT }),
    lit(1 + cell * j, 1, cell, below + BIAS_HEIGHT - 1),
  );
}

/**
 * @param {Product} product
 * @param {string} name
 * @param {Side} side
 * @param {Sizes} size
 */
function statesPicture({ inputs, names, i }, name, side, { gutter, state, line }) {
  const width = state * inputs[0].length;
  const height = line * inputs.length;
  return drawing(
    gutter + width + 1,
    height + 2,
    { role: "img", "aria-label": `${name}: ${inputs.length} rows, ${inputs[0].length} columns` },
    svg(
      "g",
      { class: side },
      names.map((text, at) =>
        svg("text", { x: gutter - 7, y: 1 + line * (at + 0.5) + 4, "text-anchor": "end" }, text),
      ),
    ),
    painted(inputs, most(inputs), { x: gutter, y: 1, width, height }),
    lit(gutter, 1 + line * i, width, line),
  );
}

/**
 * Q, K or V, whose numbers can be chosen.
 * @param {Page} page
 * @param {Product} product
 * @param {Sizes} size
 */
function resultsGrid(page, { results, names, i, j }, { cell, line }) {
  const { projection } = page.state;
  const { letter, one } = KINDS[projection];
  return heat(page, {
    id: "results",
    label: `${letter}: ${results.length} rows, ${results[0].length} columns`,
    values: results,
    width: cell,
    height: line,
    tell: (at, number) => `${one} ${names[at]}, number ${number + 1}: ${num(results[at][number])}`,
    pick: (at, number) => page.go({ ...placed(projection, at), number }),
    extra: ({ left, above }) => lit(left + cell * j, above + line * i, cell, line),
  });
}

/**
 * The row of a number as a part of the state: a decoding step or a source token.
 * @type {(projection: Projection, i: number) => Partial<State>}
 */
const placed = (projection, i) => (projection === "q_proj" ? { step: i } : { source: i });

/** @type {(x: number, y: number, width: number, height: number) => SVGElement} */
const lit = (x, y, width, height) => svg("rect", { class: "lit", x, y, width, height });

/**
 * The chosen number as the sum that it is.
 * @param {Page} page
 * @param {Product} product
 */
function worked(page, { inputs, names, weight, bias, results, i, j }) {
  const { letter, one } = KINDS[page.state.projection];
  const column = weight.map((row) => row[j]);
  const { listed, numOthers, others, total } = workedSum(inputs[i], column, bias[j]);
  const top = Math.max(...listed.map(({ product }) => Math.abs(product)), Math.abs(others));
  const hasBars = page.room >= 720;
  /** @type {(text: string, x: number) => Child[]} */
  const line = (text, x) => [text, signed(x, 3), ...(hasBars ? [twoWay(x, top, 60)] : [])];
  return [
    div("title", `Number ${j + 1} of the ${one} `, el("b", { class: "name" }, names[i])),
    table(
      `Number ${j + 1} as a sum`,
      ["row × column", "product", ...(hasBars ? [""] : [])],
      [
        ...listed.map(({ i: at, x, weight: w, product }) =>
          line(`${at + 1}: ${num(x)} × ${factor(w)}`, product),
        ),
        ...(numOthers ? [line(`${numOthers} others together`, others)] : []),
        line("bias", bias[j]),
      ],
    ),
    p(verdict(weight.length, total, results[i][j], letter)),
  ];
}

/**
 * Whether the sum is the number that the model has.
 * @type {(numProducts: number, total: number, recorded: number, letter: string) => Child[]}
 */
const verdict = (numProducts, total, recorded, letter) => {
  const isSame = Math.abs(total - recorded) < TOLERANCE * Math.max(1, Math.abs(recorded));
  return [
    `${numProducts} products and the bias sum to `,
    el("b", {}, num(total)),
    isSame ? `, as in ${letter}.` : `, but ${letter} has ${num(recorded)}.`,
  ];
};

/** @param {Product} product */
function writtenOut({ inputs, weight, bias, i, j }) {
  const column = weight.map((row) => row[j]);
  const { total } = workedSum(inputs[i], column, bias[j]);
  const text = `${products(inputs[i], column)} + bias ${factor(bias[j])} = ${num(total)}`;
  return el("p", { class: "arithmetic" }, text);
}

/**
 * One thing to do: work out the largest number, then see the next product.
 * @param {Page} page
 * @param {Product} product
 */
function tryNext(page, { results, i, j }) {
  const { projection } = page.state;
  const { letter } = KINDS[projection];
  const id = "try-origins";
  const top = most(results);
  const [atI, atJ] = placeOf(results, top);
  if (atI === i && atJ === j) {
    const next = NEXT[projection];
    return tryButton(id, `see where ${KINDS[next].letter} comes from`, () =>
      page.go({ projection: next }),
    );
  }
  const text = `work out the largest number in ${letter}, ${num(results[atI][atJ])}`;
  return tryButton(id, text, () => page.go({ ...placed(projection, atI), number: atJ }));
}

/**
 * Where a matrix has a number of this size.
 * @type {(values: Matrix, size: number) => [i: number, j: number]}
 */
function placeOf(values, size) {
  const i = values.findIndex((row) => row.some((x) => Math.abs(x) === size));
  return [i, values[i].findIndex((x) => Math.abs(x) === size)];
}

/** @param {Page} page */
function shared({ inspection, state }) {
  const { numHeads, numLayers, numSteps, dHead, dModel } = inspection;
  const { layer, head } = state;
  const columns = `columns ${head * dHead + 1} to ${(head + 1) * dHead}`;
  return [
    p(
      `W_Q, W_K and W_V of layer ${layer + 1} are ${dModel} × ${dModel} each; head ${head + 1} of ${numHeads} uses their ${columns}, and the other heads the rest.`,
    ),
    p(
      numLayers > 1
        ? `The ${numLayers} decoder layers all read the same encoder's output, but each has a W_Q, W_K and W_V of its own: choose another layer above, and K and V change while the encoder's output stays.`
        : "This model has one decoder layer; with more of them, each would multiply the same encoder's output by a W_K and a W_V of its own.",
    ),
    p(
      `So K and V are computed once a sentence, and q at each of the ${numSteps} decoding steps: the decoder's state is another after each token that it has read. A layer normalization comes before W_Q, and one closes the encoder; the states here are the normalized ones.`,
    ),
  ];
}

/**
 * Every number of the three matrices that are drawn.
 * @param {Product} product
 * @param {Named} kind
 * @returns {Line[]}
 */
const csv = ({ inputs, names, weight, bias, results }, { letter, matrix, states }) => [
  ["what", "row", ...inputs[0].map((_, at) => at + 1)],
  ...inputs.map((row, at) => [states, names[at], ...row]),
  ...weight.map((row, at) => [matrix, at + 1, ...row]),
  ["bias", "", ...bias],
  ...results.map((row, at) => [letter, names[at], ...row]),
];
