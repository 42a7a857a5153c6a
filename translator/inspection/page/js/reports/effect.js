// What is lost without a head, alone or with its whole layer.

/** @import { Child } from "../elements.js" */
/** @import { Row } from "./dots.js" */
/** @import { Estimate, HeadReport } from "./head_report.js" */
/** @import { Sheet } from "./sheet.js" */

import { p, table } from "../elements.js";
import { num, sum } from "../numbers.js";
import { backEachOtherUp } from "../trials.js";
import { figure, fold } from "../views.js";
import { scaleOver } from "./axis.js";
import { dots } from "./dots.js";
import { panels } from "./panels.js";
import { bleu, eachHead, headAt, mean, twoDigits, withInterval } from "./written.js";

/** @type {(sheet: Sheet, report: HeadReport) => Child[]} */
export function effect(sheet, report) {
  const { zeroed, uniform, bleu_without, layer_zeroed, layer_bleu_without } = report;
  const lost = [...zeroed.flat(), ...uniform.flat(), ...layer_zeroed].flat();
  const sums = zeroed.map((of) => sum(of.map(mean)));
  const scale = scaleOver([0, ...lost, ...sums]);
  const scores = [...bleu_without.flat(), ...layer_bleu_without, report.bleu];
  return [
    p(
      "Take one head away, and let the model read the references again. How much less probable are they now? The loss is in nats a token: 0.1 nat is about a tenth of the probability. In the first picture the head hands over nothing (zeroed). In the second it looks at all source tokens alike (uniform). In the third the model translates without the head (zeroed).",
    ),
    p(effectFinding(report)),
    figure(
      sheet,
      "effect",
      () => csv(report),
      panels(sheet, 3, [
        {
          title: "Nats lost, zeroed",
          draw: (width) =>
            dots({
              label: "Nats lost without each head, and without all heads of a layer",
              rows: rowsOf(zeroed, lossOf, (name, layer) =>
                besideSum(lossOf(name, layer_zeroed[layer]), sums[layer]),
              ),
              scale,
              width,
            }),
        },
        {
          title: "Nats lost, uniform",
          draw: (width) =>
            dots({
              label: "Nats lost when a head looks at all source tokens alike",
              rows: rowsOf(uniform, lossOf, notMeasured),
              scale,
              width,
            }),
        },
        {
          title: "BLEU without it",
          draw: (width) =>
            dots({
              label: `BLEU without each head, and without all heads of a layer; with all it is ${bleu(report.bleu)}`,
              rows: rowsOf(bleu_without, scoreOf, (name, layer) =>
                scoreOf(name, layer_bleu_without[layer]),
              ),
              scale: scaleOver(scores),
              width,
              line: report.bleu,
            }),
        },
      ]),
      "Each dot is a mean, and the line through it is its 95% interval. A ring is what the heads of the layer cost one by one, added up. The dashed line is BLEU with all heads.",
    ),
    fold(sheet, "effect", "All numbers", () => [
      table(
        "What is lost without heads",
        ["without", "nats lost, zeroed", "nats lost, uniform", "BLEU"],
        [
          ...eachHead(zeroed).map(({ head: [layer, head], value }) => [
            `head ${headAt([layer, head])}`,
            withInterval(value, twoDigits),
            withInterval(uniform[layer][head], twoDigits),
            bleu(bleu_without[layer][head]),
          ]),
          ...layer_zeroed.map((value, layer) => [
            `all of layer ${layer + 1}`,
            withInterval(value, twoDigits),
            "",
            bleu(layer_bleu_without[layer]),
          ]),
        ],
      ),
    ]),
  ];
}

/**
 * A row for each head, and one for all heads of its layer, layer by layer.
 * @template T
 * @param {T[][]} heads
 * @param {(name: string, value: T) => Row} ofHead
 * @param {(name: string, layer: number) => Row} ofLayer
 */
const rowsOf = (heads, ofHead, ofLayer) =>
  heads.flatMap((of, layer) => [
    ...of.map((value, head) => ofHead(`head ${headAt([layer, head])}`, value)),
    { ...ofLayer(`all of layer ${layer + 1}`, layer), isStrong: true },
  ]);

/** @type {(name: string, estimate: Estimate) => Row} */
const lossOf = (name, estimate) => ({
  name,
  marks: [{ estimate, look: "minus" }],
  text: num(estimate[0], 2),
  tell: `${name}: ${withInterval(estimate, twoDigits)}`,
});

/**
 * With a ring for the sum of what the heads of the layer cost alone.
 * @type {(row: Row, sum: number) => Row}
 */
const besideSum = (row, sum) => ({
  ...row,
  marks: [...row.marks, { estimate: exact(sum), look: "minus", isHollow: true }],
  tell: `${row.tell}; the sum of its heads alone: ${num(sum, 2)}`,
});

/** @type {(name: string) => Row} */
const notMeasured = (name) => ({ name, marks: [], text: "–", tell: `${name}: not measured` });

/**
 * A number without an interval.
 * @type {(x: number) => Estimate}
 */
const exact = (x) => [x, x, x];

/** @type {(name: string, score: number) => Row} */
const scoreOf = (name, score) => ({
  name,
  marks: [{ estimate: exact(score), look: "minus" }],
  text: bleu(score),
  tell: `${name}: BLEU ${bleu(score)}`,
});

/**
 * How much single heads cost, whether they stand in for each other, and whether some are better
 * gone.
 * @param {Pick<HeadReport, "zeroed" | "layer_zeroed">} report
 */
export function effectFinding({ zeroed, layer_zeroed }) {
  const heads = eachHead(zeroed);
  const most = heads.reduce((best, one) => (one.value[0] > best.value[0] ? one : best));
  const harmful = heads.filter(({ value }) => value[2] < 0);
  const layer = layer_zeroed.map(mean).indexOf(Math.max(...layer_zeroed.map(mean)));
  const alone = zeroed[layer].map(mean);
  const together = layer_zeroed[layer][0];
  const said = [
    `Of the single heads, ${headAt(most.head)} costs most: ${withInterval(most.value, twoDigits)} nats.`,
    `All heads of layer ${layer + 1} together cost ${num(together, 2)}; one by one they add up to ${num(sum(alone), 2)}${backEachOtherUp(alone, together) ? ". They stand in for each other, so the loss without one head understates what it does." : "."}`,
  ];
  if (harmful.length) {
    const names = harmful.map(({ head }) => headAt(head)).join(", ");
    said.push(
      `Without ${harmful.length === 1 ? `head ${names}` : `any one of the heads ${names}`} the model finds the references a little more probable.`,
    );
  }
  return said.join(" ");
}

/** @param {HeadReport} report */
function csv({ zeroed, uniform, bleu_without, layer_zeroed, layer_bleu_without }) {
  const ends = (/** @type {string} */ name) => [name, `${name} low`, `${name} high`];
  return [
    ["layer", "head", ...ends("zeroed"), ...ends("uniform"), "bleu without"],
    ...eachHead(zeroed).map(({ head: [layer, head], value }) => [
      layer + 1,
      head + 1,
      ...value,
      ...uniform[layer][head],
      bleu_without[layer][head],
    ]),
    ...layer_zeroed.map((value, layer) => [
      layer + 1,
      "all",
      ...value,
      "",
      "",
      "",
      layer_bleu_without[layer],
    ]),
  ];
}
