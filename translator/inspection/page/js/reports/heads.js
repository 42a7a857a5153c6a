// What the heads of one run are worth.

/** @import { HeadReport } from "./head_report.js" */
/** @import { Draw, Story } from "./sheet.js" */

import { el, p } from "../elements.js";
import { quoted } from "../labels.js";
import { alignment } from "./alignment.js";
import { contributions } from "./contributions.js";
import { effect } from "./effect.js";
import { faithfulness } from "./faithfulness.js";
import { pattern } from "./pattern.js";
import { pruning } from "./pruning.js";
import { bleu } from "./written.js";

/**
 * @param {HeadReport} report
 * @returns {Story}
 */
export function headsOfRun(report) {
  const { run, split } = report;
  const layers = report.zeroed.length;
  const heads = report.zeroed[0].length;
  return {
    name: `${run}: what its heads are worth`,
    title: "What is each head worth?",
    lead: [
      `The decoder of ${quoted(run)} looks at the source sentence through ${layers} × ${heads} heads of `,
      el("b", {}, "cross-attention"),
      `. What do they look at, and what would be lost without them? Measured over ${report.num_sentences} sentences of the split ${quoted(split)}, which it translates with BLEU ${bleu(report.bleu)}.`,
    ],
    sections: sectionsOf(report),
    about: aboutReport(report),
  };
}

/**
 * A section for each part of the report that is there.
 * @param {HeadReport} report
 * @returns {Story["sections"]}
 */
function sectionsOf(report) {
  const { alignment: gold, explained } = report;
  /** @type {[title: string, short: string, draw: Draw | null][]} */
  const all = [
    ["What does each head look at?", "Patterns", (sheet) => pattern(sheet, report)],
    ["What is lost without a head?", "Without a head", (sheet) => effect(sheet, report)],
    ["How many heads can go?", "Pruning", (sheet) => pruning(sheet, report)],
    ["Which head knows the alignment?", "Alignment", gold && ((sheet) => alignment(sheet, gold))],
    [
      "Where does a written token come from?",
      "Contributions",
      (sheet) => contributions(sheet, report.contributions),
    ],
    [
      "Does a view explain what is written?",
      "Views",
      explained && ((sheet) => faithfulness(sheet, report, explained)),
    ],
  ];
  return all.flatMap(([title, short, draw]) => (draw ? [[title, short, draw]] : []));
}

/**
 * How it was measured.
 * @param {HeadReport} report
 */
const aboutReport = ({ num_sentences, num_rows, bleu_signature }) => [
  p(
    `Measured over ${num_rows} decoding steps of ${num_sentences} sentences, with the references as what the decoder reads. All intervals are at 95%, from a bootstrap over sentences. BLEU is that of greedy translations: ${bleu_signature}.`,
  ),
];
