// Heads removed one after another.

/** @import { Child } from "../elements.js" */
/** @import { HeadReport, Pruned } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */

import { p, table } from "../elements.js";
import { num } from "../numbers.js";
import { figure, fold } from "../views.js";
import { scaleOver } from "./axis.js";
import { curve } from "./curve.js";
import { panels } from "./panels.js";
import { bleu, headAt } from "./written.js";

/** BLEU. A model that loses less translates as before, for all that a reader would see. */
const NOTABLE = 1;

/** @type {(sheet: Sheet, report: HeadReport) => Child[]} */
export function pruning(sheet, { pruning: points }) {
  const named = (/** @type {(point: Pruned) => number} */ of) =>
    points.map((point, i) => ({
      y: of(point),
      name: point.removed ? headAt(point.removed) : "none",
      tell: `${i} removed${point.removed ? `, head ${headAt(point.removed)} last` : ""}: BLEU ${bleu(point.bleu)}, ${num(point.lost, 2)} nats lost`,
    }));
  const drawn = (
    /** @type {string} */ title,
    /** @type {string} */ label,
    /** @type {(point: Pruned) => number} */ of,
  ) => ({
    title,
    draw: (/** @type {number} */ width) =>
      curve({
        label,
        curves: [{ look: "minus", points: named(of) }],
        scale: scaleOver([0, ...points.map(of)]),
        width,
      }),
  });
  return [
    p(
      "Since heads stand in for each other, it is not enough to remove one at a time. Here one head after another is removed, and none is put back (Michel et al. 2019). From left to right, each point has also lost the head that is named below it. The order is that of what each head costs alone, the least first, as section 2 measured it on these same sentences: on others the order might differ.",
    ),
    p(pruningFinding(points)),
    figure(
      sheet,
      "pruning",
      () => [
        ["removed", "layer", "head", "bleu", "nats lost"],
        ...points.map(({ removed, bleu: score, lost }, i) => [
          i,
          removed ? removed[0] + 1 : "",
          removed ? removed[1] + 1 : "",
          score,
          lost,
        ]),
      ],
      panels(sheet, 2, [
        drawn("BLEU", "BLEU as head after head is removed", (point) => point.bleu),
        drawn(
          "Nats lost a token",
          "Nats lost as head after head is removed",
          (point) => point.lost,
        ),
      ]),
    ),
    fold(sheet, "pruning", "All numbers", () => [
      table(
        "The pruning curve",
        ["heads removed", "the last one", "BLEU", "nats lost"],
        points.map(({ removed, bleu: score, lost }, i) => [
          i,
          removed ? headAt(removed) : "",
          bleu(score),
          num(lost, 2),
        ]),
      ),
    ]),
  ];
}

/**
 * How many heads can go, and what is left without any.
 * @param {Pruned[]} points
 */
export function pruningFinding(points) {
  const total = points.length - 1;
  const full = points[0].bleu;
  const first = points.findIndex((point) => point.bleu < full - NOTABLE);
  const spare = (first < 0 ? points.length : first) - 1;
  const end = points[total];
  const can =
    spare === 0
      ? `In this order, BLEU falls by more than ${NOTABLE} point with the first of the ${total} heads.`
      : `In this order, ${spare} of the ${total} heads can go before BLEU falls by more than ${NOTABLE} point.`;
  return `${can} Without any cross-attention BLEU is ${bleu(end.bleu)} instead of ${bleu(full)}, because the decoder no longer sees the source sentence.`;
}
