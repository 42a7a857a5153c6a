// Two translators and one sentence.

/** @import { Child } from "../elements.js" */
/** @import { HeadPair, SentenceComparison } from "./compared.js" */
/** @import { Sheet, Story } from "./sheet.js" */

import { div, dropDown, el, h3, p, quiet, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { nameAll, quoted } from "../labels.js";
import { num, signed } from "../numbers.js";
import { legend } from "../pictures.js";
import { figure } from "../views.js";
import { matched } from "./matching.js";
import { headAt, twoDigits } from "./written.js";

/** @typedef {{ title: string, values: number[][], side: "enc" | null }} Shown */

const TARGETS = {
  A: "A's translation",
  B: "B's translation",
  user: "the translation that was given",
};

const WIDEST = 34;
const NARROWEST = 22;
const HEIGHT = 24;
const GUTTER = 100;

/**
 * @param {SentenceComparison} comparison
 * @returns {Story}
 */
export function twoOverSentence(comparison) {
  const { names, target_by } = comparison;
  return {
    name: `${names[0]} and ${names[1]}: one sentence`,
    title: "One sentence, two translators",
    lead: [
      "Where do two models look when they translate the same sentence? ",
      el("b", { class: "side-a" }, "A"),
      ` is ${quoted(names[0])}, `,
      el("b", { class: "side-b" }, "B"),
      ` is ${quoted(names[1])}.`,
    ],
    sections: [
      ["What does each write?", "Translations", () => translations(comparison)],
      [
        "Which heads do the same?",
        "Heads",
        (sheet) => matched(sheet, comparison.matching, `while both read ${TARGETS[target_by]}`),
      ],
      ["Where does each look?", "Matrices", (sheet) => matrices(sheet, comparison)],
    ],
    about: [
      p(
        `Rows and columns are ${comparison.units === "pieces" ? "tokens, since both models cut the sentence into the same ones" : "words, since the models cut them into different tokens"}. Layers and heads are counted from 1.`,
      ),
    ],
  };
}

/**
 * @param {SentenceComparison} comparison
 * @returns {Child[]}
 */
function translations({ text, own, target, target_by, logprobs }) {
  const [a, b] = own;
  const common = commonWords(a.translation, b.translation);
  return [
    el("p", { class: "sentence enc" }, text),
    written("A", a, common),
    written("B", b, common),
    target_by === "user" && [
      el("p", { class: "sentence dec" }, target),
      quiet("the translation that was given for both to read"),
    ],
    p(preferenceFinding(common === null, logprobs)),
    common !== null &&
      table(
        "Log-probabilities, in nats",
        ["read by", "of what A writes", "of what B writes"],
        logprobs.map((of, i) => [["A", "B"][i], ...of.map((x) => num(x, 2))]),
      ),
  ];
}

/** @type {(side: "A" | "B", own: { translation: string, how: string }, common: number | null) => Child} */
function written(side, { translation, how }, common) {
  const words = translation.split(/\s+/).filter(Boolean);
  const from = common ?? words.length;
  return div(
    "",
    el(
      "p",
      { class: "sentence" },
      el("b", { class: `name side-${side.toLowerCase()}` }, `${side} `),
      words.slice(0, from).join(" "),
      " ",
      el("span", { class: `side-${side.toLowerCase()}` }, words.slice(from).join(" ")),
    ),
    quiet(translation.trim() ? how : `${how}: it wrote nothing`),
  );
}

/**
 * How many words two translations begin with in common; null where they are the same.
 * @param {string} a
 * @param {string} b
 */
export function commonWords(a, b) {
  if (a === b) return null;
  const [words, others] = [a, b].map((text) => text.split(/\s+/).filter(Boolean));
  const differs = words.findIndex((word, i) => word !== others[i]);
  return differs < 0 ? words.length : differs;
}

/**
 * How probable each finds what it writes, and what the other does.
 * @param {boolean} isSame whether both write the same
 * @param {number[][]} logprobs
 */
export function preferenceFinding(isSame, [ofA, ofB]) {
  if (isSame) {
    return `Both write the same. A gives it a log-probability of ${num(ofA[0], 2)} nats, B one of ${num(ofB[1], 2)}: the closer to 0, the surer the model.`;
  }
  const said = (/** @type {string} */ side, /** @type {number} */ lead) =>
    `${side} finds ${lead > 0 ? "its own" : "the other's"} more probable, by ${num(Math.abs(lead), 2)} nats`;
  return `They part where the colour begins. Each model has also read the other's translation. The table has the log-probability of each whole translation in nats: the closer to 0, the more probable. ${said("A", ofA[0] - ofA[1])}; ${said("B", ofB[1] - ofB[0])}.`;
}

/**
 * The matrices of a pair, and their difference.
 * @param {Sheet} sheet
 * @param {SentenceComparison} comparison
 * @returns {Child[]}
 */
function matrices(sheet, comparison) {
  const { matching, weights, rows, columns } = comparison;
  const pairs = [...matching.pairs, ...matching.only_first, ...matching.only_second];
  const pair = pairs[Number(sheet.chosen.get("pair") ?? pairs.indexOf(leastAlike(matching.pairs)))];
  const [a, b] = [weights[0], weights[1]].map((of, i) => {
    const [layer, head] = i ? pair.second : pair.first;
    return of[layer][head];
  });
  const difference = b.map((row, t) => row.map((x, s) => x - a[t][s]));
  const [ofA, ofB] = [`A, head ${headAt(pair.first)}`, `B, head ${headAt(pair.second)}`];
  const targets = nameAll(rows);
  const sources = nameAll(columns);
  const shown = /** @type {Shown[]} */ ([
    { title: ofA, values: a, side: "enc" },
    { title: ofB, values: b, side: "enc" },
    { title: "B less A", values: difference, side: null },
  ]);
  return [
    p(
      "Each row belongs to a token that is written, each column to a source token. A cell shows how much of its row's weight the source token gets, in percent. The third matrix is B less A: blue where B gives more, red where A does. Each of its rows sums to 0.",
    ),
    div(
      "tools",
      dropDown(
        "pair",
        "heads",
        pairs.map((one, i) => [i, pairName(one)]),
        pairs.indexOf(pair),
        (value) => {
          sheet.chosen.set("pair", value);
          sheet.update();
        },
      ),
    ),
    el("p", { id: "difference" }, differenceFinding(difference, targets, sources)),
    figure(
      sheet,
      "matrices",
      () => [
        ["matrix", "written", ...sources],
        ...shown.flatMap(({ title, values }) =>
          values.map((row, t) => [title, targets[t], ...row]),
        ),
      ],
      div(
        "multiples",
        shown.map((one, i) => matrix(sheet, one, i, targets, sources)),
      ),
    ),
  ];
}

/** @type {(pair: HeadPair) => string} */
const pairName = ({ first, second, likeness }) =>
  `A ${headAt(first)}, B ${headAt(second)}: likeness ${twoDigits(likeness)}`;

/** @param {HeadPair[]} pairs */
const leastAlike = (pairs) =>
  pairs.reduce((least, one) => (one.likeness < least.likeness ? one : least));

/** @type {(sheet: Sheet, shown: Shown, number: number, rows: string[], columns: string[]) => Node} */
function matrix(sheet, { title, values, side }, number, rows, columns) {
  const across = Math.max(1, Math.floor(sheet.room / 360));
  const fitting = (sheet.room / across - GUTTER) / columns.length;
  const width = Math.max(NARROWEST, Math.min(WIDEST, fitting));
  return div(
    "",
    h3(title),
    wide(
      title,
      heat(sheet, {
        id: `matrix-${number}`,
        label: title,
        values,
        width,
        height: HEIGHT,
        side,
        top: 1,
        rows,
        columns,
        rowSide: "dec",
        columnSide: "enc",
        numbers: (x) => (Math.abs(x) < 0.095 ? "" : num(100 * x, 0)),
        tell: (t, s) => {
          const value = side ? num(values[t][s]) : signed(values[t][s], 3);
          return `${title}, ${rows[t]} looks at ${columns[s]}: ${value}`;
        },
      }),
      legend(1, side),
    ),
  );
}

/**
 * Where the two differ most.
 * @param {number[][]} difference
 * @param {string[]} rows
 * @param {string[]} columns
 */
export function differenceFinding(difference, rows, columns) {
  const sizes = difference.map((row) => Math.max(...row.map(Math.abs)));
  const size = Math.max(...sizes);
  if (size < 0.005) return "These two heads look at the same tokens with the same weights.";
  const t = sizes.indexOf(size);
  const more = difference[t].indexOf(Math.max(...difference[t]));
  const less = difference[t].indexOf(Math.min(...difference[t]));
  return `They differ most where ${quoted(rows[t])} is written. There B gives ${num(100 * difference[t][more], 0)} points more weight than A to ${quoted(columns[more])}, and ${num(-100 * difference[t][less], 0)} points less to ${quoted(columns[less])}.`;
}
