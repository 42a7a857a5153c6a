// Where a written token comes from.

/** @import { Child } from "../elements.js" */
/** @import { Contributions, Estimate, ModelPart } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */

import { div, h3, p, svg, table, wide } from "../elements.js";
import { signed, whole } from "../numbers.js";
import { drawing } from "../pictures.js";
import { figure, fold } from "../views.js";
import { scaleOver } from "./axis.js";
import { dots } from "./dots.js";
import { headGrid, headTable } from "./head_grid.js";
import { headAt, interval, mapHeads, mean, mostHead, withInterval } from "./written.js";

/** @typedef {[part: ModelPart, estimate: Estimate]} OfPart */

const BAR = 30;

/** @type {(sheet: Sheet, contributions: Contributions) => Child[]} */
export function contributions(sheet, measured) {
  const { source_share, head_logit, part_logit } = measured;
  const parts = /** @type {OfPart[]} */ (Object.entries(part_logit));
  const ofHeads = {
    id: "head-logit",
    title: "What each head of cross-attention adds to the lead, logits",
    note: "Blue: for the written token. Red: for its rival.",
    estimates: head_logit,
    write: signed,
    side: null,
  };
  return [
    p(sourceFinding(source_share)),
    figure(
      sheet,
      "source-share",
      () => [
        ["", "mean", "low", "high"],
        ["source share", ...source_share],
      ],
      wide("Source and target prefix", shares(Math.min(sheet.room, 640), source_share)),
      "Teal: the source sentence. Brown: the target prefix. The line where they meet is the 95% interval.",
    ),
    p(
      "And what speaks for the written token? The token with the largest logit is the most probable. A logit is a sum to which every part of the decoder adds, exactly so once the scale of the last norm is frozen at what it was. The pictures show how much each part adds to the lead: the logit of the written token less that of its rival, the most probable other token. A part counts only for what it adds itself, not for what later layers make of it.",
    ),
    p(logitFinding(measured)),
    figure(
      sheet,
      "logits",
      () => [
        ["part", "layer", "head", "mean", "low", "high"],
        ...parts.map(([part, estimate]) => [part, "", "", ...estimate]),
        ...head_logit.flatMap((of, layer) =>
          of.map((estimate, head) => ["cross-attention", layer + 1, head + 1, ...estimate]),
        ),
      ],
      div("beside", partsOf(sheet, parts), headGrid(sheet, [ofHeads])),
    ),
    fold(sheet, "logits", "All numbers", () => [
      table(
        "Lead of the written token by part",
        ["part", "logits"],
        parts.map(([part, estimate]) => [part, withInterval(estimate, signed)]),
        parts.findIndex(([part]) => part === "total"),
      ),
      headTable("Lead of the written token by head", [ofHeads]),
    ]),
  ];
}

/** @type {(sheet: Sheet, parts: OfPart[]) => Node} */
function partsOf(sheet, parts) {
  const title = "What each part adds to the lead, logits";
  const picture = dots({
    label: title,
    rows: parts.map(([part, estimate]) => ({
      name: part,
      marks: [{ estimate, look: estimate[0] < 0 ? "minus" : "plus" }],
      text: signed(estimate[0]),
      tell: `${part}: ${withInterval(estimate, signed)}`,
      isStrong: part === "total",
    })),
    scale: scaleOver([0, ...parts.flatMap(([, estimate]) => estimate)]),
    width: Math.min(sheet.room, 480),
  });
  return div("", h3(title), wide(title, picture));
}

/**
 * One bar, divided where the source's share ends.
 * @param {number} width
 * @param {Estimate} share
 */
function shares(width, share) {
  const [middle, low, high] = share.map((x) => Math.round(x * width));
  const y = BAR / 2 + 4;
  return drawing(
    width,
    BAR,
    {
      role: "img",
      "aria-label": `The source has ${withInterval(share, whole)}, the target prefix the rest`,
    },
    svg("rect", { class: "enc", width: middle, height: BAR }),
    svg("rect", { class: "dec", x: middle, width: width - middle, height: BAR }),
    svg("path", { class: "between", d: `M${low} ${BAR / 2}H${high}M${middle} 0V${BAR}` }),
    svg("text", { class: "letter", x: 8, y }, `source ${whole(share[0])}`),
    svg(
      "text",
      { class: "letter", x: width - 8, y, "text-anchor": "end" },
      `target prefix ${whole(1 - share[0])}`,
    ),
  );
}

/**
 * @param {Estimate} share
 */
export function sourceFinding(share) {
  return `A written token comes from two sides: the source sentence, and the target prefix, which is the part of the translation before it. Followed through all layers (ALTI+, Ferrando et al. 2022), the source has a share of ${whole(share[0])} (${interval(share, whole)}).`;
}

/** @param {Pick<Contributions, "head_logit" | "part_logit">} measured */
export function logitFinding({ head_logit, part_logit }) {
  const { value, head } = mostHead(mapHeads(head_logit, mean));
  const { total, ...parts } = part_logit;
  const [[largest, most]] = Object.entries(parts).sort(([, a], [, b]) => b[0] - a[0]);
  return `On average the lead is ${withInterval(total, signed)}. Of all parts, the most comes from ${largest === "biases" ? "the biases" : largest} (${signed(most[0])}). Of the heads, ${headAt(head)} adds most: ${signed(value)}.`;
}
