// Which head knows the word alignment.

/** @import { Child } from "../elements.js" */
/** @import { Alignment, ByHead, Reader } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */

import { div, h3, p, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { headName } from "../labels.js";
import { range, whole } from "../numbers.js";
import { figure, fold } from "../views.js";
import { eachHead, headAt, leastHead } from "./written.js";

const WIDTH = 64;
const HEIGHT = 30;

/** @type {(sheet: Sheet, alignment: Alignment) => Child[]} */
export const alignment = (sheet, measured) => {
  const { num_sentences, by_weights, by_norms } = measured;
  return [
    p(
      `For ${num_sentences} of these sentences, the corpus says which words translate each other. Link each word with the word of the other side to which the head gives most, and compare the links with those of the corpus: the alignment error rate is 0% where they are the same. The fuller the colour, the fewer errors. The first grid goes by the weights. The second goes by norms, the length of what a token hands over: weight × value × W_O.`,
    ),
    p(alignmentFinding(measured)),
    figure(
      sheet,
      "alignment",
      () => [
        ["layer", "head", "error by weights", "error by norms"],
        ...eachHead(by_weights).map(({ head: [layer, head], value }) => [
          layer + 1,
          head + 1,
          value,
          by_norms[layer][head],
        ]),
      ],
      div(
        "multiples",
        errors(sheet, "aer-weights", "Alignment errors by weights", by_weights),
        errors(sheet, "aer-norms", "Alignment errors by norms", by_norms),
      ),
    ),
    fold(sheet, "ways", "Other ways to read links", () => waysOf(measured)),
    fold(sheet, "alignment", "All numbers", () => [
      table(
        "Alignment error rates",
        ["head", "by weights", "by norms"],
        eachHead(by_weights).map(({ head: [layer, head], value }) => [
          headAt([layer, head]),
          percent(value),
          percent(by_norms[layer][head]),
        ]),
      ),
    ]),
  ];
};

/**
 * Every combination of row, quantity and chooser.
 * @param {Alignment} measured
 */
const waysOf = ({ ways }) => [
  p(
    "Links can be read in the row that writes a target word or, one decoding step later, in the row that reads it. They can be read by weights or by norms. And each target word can choose its partner, or each source word, or both. For each way, the table has the error rate of the head that is best on the validation split, on that split (there) and on this one (here), and that of the mean of all heads.",
  ),
  table(
    "Ways to read links",
    ["row", "by", "chosen by", "best head", "there", "here", "mean, there", "here"],
    ways.map((way) => [
      way.rows,
      way.by,
      way.chosen_by,
      headAt(way.best_head),
      percent(way.best_head_on_validation),
      percent(way.best_head_here),
      percent(way.mean_on_validation),
      percent(way.mean_here),
    ]),
  ),
];

/** @type {(sheet: Sheet, id: string, title: string, rates: ByHead) => Node} */
const errors = (sheet, id, title, rates) =>
  div(
    "",
    h3(title),
    wide(
      title,
      heat(sheet, {
        id,
        label: title,
        values: rates.map((of) => of.map((rate) => 1 - rate)),
        top: 1,
        width: WIDTH,
        height: HEIGHT,
        side: "enc",
        rows: range(rates.length).map((layer) => `layer ${layer + 1}`),
        columns: range(rates[0].length).map((head) => `head ${head + 1}`),
        numbers: (_, i, j) => whole(rates[i][j]),
        tell: (i, j) => `${headName(i, j)}: error rate ${percent(rates[i][j])}`,
      }),
    ),
  );

/** @type {(rate: number) => string} */
const percent = (rate) => `${(100 * rate).toFixed(1)}%`;

/** @param {Alignment} measured */
export function alignmentFinding(measured) {
  const { by_weights, by_norms, chosen, chosen_on_validation, chosen_here } = measured;
  const here = [leastHead(by_weights), leastHead(by_norms)];
  const [best, by] = here[1].value < here[0].value ? [here[1], "norms"] : [here[0], "weights"];
  return [
    `The best way to read links was chosen on the validation split: ${ruleOf(chosen)}. Its error rate is ${percent(chosen_on_validation)} there and ${percent(chosen_here)} here.`,
    `The single head that is best there, ${headAt(measured.best_head)}, has ${percent(measured.best_head_here)} here.`,
    `The lowest error rate in the grids below is that of head ${headAt(best.head)} by ${by}: ${percent(best.value)}.`,
  ].join(" ");
}

/**
 * A way to read links, in words.
 * @param {Reader} reader
 */
export function ruleOf({ layer, head, by, rows, chosen_by }) {
  const who =
    layer !== null && head !== null
      ? `head ${headAt([layer, head])}`
      : layer !== null
        ? `the mean of the heads of layer ${layer + 1}`
        : head !== null
          ? `the mean over all layers of head ${head + 1}`
          : "the mean of all heads";
  const whose = {
    target: "each target word chooses",
    source: "each source word chooses",
    both: "each word of either side chooses",
  }[chosen_by];
  const row = { writes: "that writes the target word", reads: "that reads the target word" }[rows];
  return `${who}, by ${by}, in the row ${row}, where ${whose}`;
}
