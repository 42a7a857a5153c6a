// Which heads of two models do the same.

/** @import { Child } from "../elements.js" */
/** @import { HeadPair, Matching } from "./compared.js" */
/** @import { Sheet } from "./sheet.js" */

import { p, svg, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { legend } from "../pictures.js";
import { figure, fold } from "../views.js";
import { eachHead, headAt, twoDigits } from "./written.js";

const WIDTH = 44;
const HEIGHT = 26;

/**
 * @param {Sheet} sheet
 * @param {Matching} matching
 * @param {Child} where over what the rows were compared
 * @returns {Child[]}
 */
export function matched(sheet, matching, where) {
  const { rows, columns, values } = byHeads(matching);
  return [
    p(
      "Head 1 of one model need not do what head 1 of another does. So heads are matched by what they look at ",
      where,
      ". The likeness of two heads is how much of their weight lies in the same places: 1 is the same pattern, 0 is no place in common. Heads are paired one to one, in the way that gives the likenesses of all pairs the largest sum.",
    ),
    p(matchingFinding(matching)),
    figure(
      sheet,
      "likeness",
      () => [["head of A", ...columns], ...values.map((of, i) => [rows[i], ...of])],
      wide(
        "Likeness of heads",
        heat(sheet, {
          id: "likeness",
          label: "Likeness of the heads of A (rows) and of B (columns)",
          values,
          width: WIDTH,
          height: HEIGHT,
          side: "enc",
          top: 1,
          rows: rows.map((name) => `A ${name}`),
          columns: columns.map((name) => `B ${name}`),
          numbers: twoDigits,
          tell: (i, j) => `A ${rows[i]} and B ${columns[j]}: likeness ${twoDigits(values[i][j])}`,
          extra: ({ left, above }, width) =>
            svg(
              "g",
              {},
              matching.pairs.map(({ first, second }) =>
                svg("rect", {
                  class: "pair",
                  x: left + width * columns.indexOf(headAt(second)) + 1,
                  y: above + HEIGHT * rows.indexOf(headAt(first)) + 1,
                  width: width - 3,
                  height: HEIGHT - 3,
                }),
              ),
            ),
        }),
        legend(1, "enc"),
      ),
      "Frames mark the pairs.",
    ),
    fold(sheet, "likeness", "All pairs", () => [
      table(
        "Matched heads",
        ["head of A", "head of B", "likeness"],
        matching.pairs.map(({ first, second, likeness }) => [
          headAt(first),
          headAt(second),
          twoDigits(likeness),
        ]),
      ),
      lonely(
        "A",
        "B",
        matching.only_first,
        ({ first }) => first,
        ({ second }) => second,
      ),
      lonely(
        "B",
        "A",
        matching.only_second,
        ({ second }) => second,
        ({ first }) => first,
      ),
    ]),
  ];
}

/**
 * The likenesses of all heads of A, in rows, and all of B, in columns, with their names.
 * @param {Matching} matching
 */
export function byHeads({ likeness }) {
  return {
    rows: eachHead(likeness).map(({ head }) => headAt(head)),
    columns: eachHead(likeness[0][0]).map(({ head }) => headAt(head)),
    values: likeness.flat().map((of) => of.flat()),
  };
}

/** @type {(side: string, other: string, pairs: HeadPair[], own: (pair: HeadPair) => HeadPair["first"], its: (pair: HeadPair) => HeadPair["first"]) => Child} */
const lonely = (side, other, pairs, own, its) =>
  pairs.length > 0 &&
  p(
    `Without a partner in ${side}: ${pairs
      .map(
        (pair) =>
          `${headAt(own(pair))} (most like ${other}'s ${headAt(its(pair))}, ${twoDigits(pair.likeness)})`,
      )
      .join(", ")}.`,
  );

/**
 * The most and the least alike.
 * @param {Matching} matching
 */
export function matchingFinding({ pairs, only_first, only_second }) {
  const sorted = [...pairs].sort((a, b) => b.likeness - a.likeness);
  const [most, least] = [sorted[0], sorted[sorted.length - 1]];
  const alone = only_first.length + only_second.length;
  if (pairs.every(({ likeness }) => likeness > 1 - 1e-6)) {
    return "In every pair, both heads have exactly the same pattern.";
  }
  const pair = (/** @type {HeadPair} */ { first, second, likeness }) =>
    `A's head ${headAt(first)} and B's ${headAt(second)} (${twoDigits(likeness)})`;
  return [
    pairs.length > 1
      ? `Most alike are ${pair(most)}, least alike ${pair(least)}.`
      : `The only pair is ${pair(most)}.`,
    alone > 0 &&
      `${alone} ${alone === 1 ? "head" : "heads"} of ${only_first.length ? "A" : "B"} remain${alone === 1 ? "s" : ""} without a partner.`,
  ]
    .filter(Boolean)
    .join(" ");
}
