// What each head looks at.

/** @import { HeadReport, Measure } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */
/** @import { Written } from "./written.js" */

import { p } from "../elements.js";
import { num, whole } from "../numbers.js";
import { figure, fold } from "../views.js";
import { headGrid, headTable } from "./head_grid.js";
import { headAt, leastHead, mapHeads, mean, mostHead, twoDigits } from "./written.js";

/** @type {Record<Measure, { title: string, note: string, write: Written }>} */
export const MEASURES = {
  entropy: {
    title: "Entropy, bits",
    note: "0 bits: all weight on one token. Each further bit doubles the number of tokens that share it.",
    write: twoDigits,
  },
  largest: {
    title: "Largest weight",
    note: "The weight of the heaviest token of a row.",
    write: whole,
  },
  sink_share: {
    title: "Weight on punctuation and </s>",
    note: "A head often puts weight here that it has no use for.",
    write: whole,
  },
  same_position: {
    title: "Weight on the same position",
    note: "100%: a plain diagonal, token 5 looks at token 5.",
    write: whole,
  },
  coverage: {
    title: "Coverage",
    note: "100%: over the whole translation, every source token got a weight of 1 or more.",
    write: whole,
  },
};
export const NAMES = /** @type {Measure[]} */ (Object.keys(MEASURES));

/** @type {(sheet: Sheet, report: HeadReport) => import("../elements.js").Child[]} */
export function pattern(sheet, { pattern: measured }) {
  return [
    p(
      "At each decoding step, a head divides 100% of weight among the source tokens. Each cell is a head: layers down, heads across. It shows the mean over all decoding steps and, below it, the 95% interval of that mean.",
    ),
    p(patternFinding(measured)),
    figure(
      sheet,
      "pattern",
      () => [
        ["measure", "layer", "head", "mean", "low", "high"],
        ...NAMES.flatMap((name) =>
          measured[name].flatMap((of, layer) =>
            of.map((estimate, head) => [name, layer + 1, head + 1, ...estimate]),
          ),
        ),
      ],
      headGrid(
        sheet,
        NAMES.map((name) => ({
          id: `pattern-${name}`,
          estimates: measured[name],
          ...MEASURES[name],
        })),
      ),
    ),
    fold(sheet, "pattern", "All numbers", () =>
      headTable(
        "Patterns of all heads",
        NAMES.map((name) => ({ estimates: measured[name], ...MEASURES[name] })),
      ),
    ),
  ];
}

/**
 * What stands out.
 * @param {HeadReport["pattern"]} measured
 */
export function patternFinding({ entropy, sink_share, same_position }) {
  const bits = mapHeads(entropy, mean);
  const [sharpest, widest] = [leastHead(bits), mostHead(bits)];
  const resting = mostHead(mapHeads(sink_share, mean));
  const straight = mostHead(mapHeads(same_position, mean));
  const among = (/** @type {number} */ x) => num(2 ** x, 1);
  if (bits.flat().length === 1) {
    return `The only head has an entropy of ${num(sharpest.value, 2)} bits, as if it shared its weight evenly among ${among(sharpest.value)} tokens; ${whole(resting.value)} of its weight lies on punctuation and </s>.`;
  }
  return [
    `Head ${headAt(sharpest.head)} is the sharpest: its entropy is ${num(sharpest.value, 2)} bits, as if it shared its weight evenly among ${among(sharpest.value)} tokens.`,
    `Head ${headAt(widest.head)} is the widest, with ${num(widest.value, 2)} bits, or ${among(widest.value)} tokens.`,
    `Head ${headAt(resting.head)} gives most to punctuation and </s> (${whole(resting.value)}), and head ${headAt(straight.head)} is closest to a plain diagonal (${whole(straight.value)}).`,
  ].join(" ");
}
