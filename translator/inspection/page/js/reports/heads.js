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
      `The decoder of ${quoted(run)} looks at the source sentence through ${layers} layers of ${heads} heads of `,
      el("b", {}, "cross-attention"),
      `. What do they look at, and what would be lost without them? They were measured over ${report.num_sentences} sentences of the split ${quoted(split)}, on which the model scores ${bleu(report.bleu)} BLEU.`,
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
      "Do the heaviest tokens explain what is written?",
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
    `There are ${num_rows} decoding steps in the ${num_sentences} sentences. The decoder reads the references, so “the written token” is always the reference token; only BLEU is of the model's own, greedy translations (${bleu_signature}). Intervals are at 95%, from a bootstrap over sentences.`,
  ),
];
