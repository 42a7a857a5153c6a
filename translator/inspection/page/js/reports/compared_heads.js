// Two runs over the same sentences, head by head.

/** @import { Child } from "../elements.js" */
/** @import { Difference, HeadComparison, HeadPair } from "./compared.js" */
/** @import { Estimate, HeadReport, Pruned } from "./head_report.js" */
/** @import { Sheet, Story } from "./sheet.js" */
/** @import { Written } from "./written.js" */

import { el, p, quiet, table } from "../elements.js";
import { quoted } from "../labels.js";
import { num, signed, whole } from "../numbers.js";
import { figure, fold } from "../views.js";
import { scaleOver } from "./axis.js";
import { curve } from "./curve.js";
import { dots } from "./dots.js";
import { matched } from "./matching.js";
import { panels } from "./panels.js";
import { MEASURES, NAMES } from "./pattern.js";
import { bleu, headAt, twoDigits, withInterval } from "./written.js";

/** @type {Written} */
const points = (x) => `${signed(100 * x, 1)} points`;

/** @type {{ name: Difference, title: string, write: Written }[]} */
const DIFFERENCES = [
  ...NAMES.map((name) => ({
    name,
    title: MEASURES[name].title,
    write: name === "entropy" ? signed : points,
  })),
  { name: "zeroed", title: "Nats lost, zeroed", write: signed },
  { name: "uniform", title: "Nats lost, uniform", write: signed },
  { name: "head_logit", title: "Adds to the lead, logits", write: signed },
];

/**
 * @param {HeadComparison} comparison
 * @returns {Story}
 */
export function twoRuns(comparison) {
  const { a, b, matching } = comparison;
  return {
    name: `${a.run} and ${b.run}: head by head`,
    title: "Two runs, head by head",
    lead: [
      el("b", { class: "side-a" }, "A"),
      ` is ${quoted(a.run)}, `,
      el("b", { class: "side-b" }, "B"),
      ` is ${quoted(b.run)}. Which of their heads do the same, and how do they differ? Both were measured over the same ${a.num_sentences} sentences of the split ${quoted(a.split)}.`,
    ],
    sections: [
      ["How do the runs differ?", "Overview", () => overview(comparison)],
      [
        "Which heads do the same?",
        "Heads",
        (sheet) => matched(sheet, matching, "while both read the references of all sentences"),
      ],
      ["How do matched heads differ?", "Differences", (sheet) => apart(sheet, comparison)],
      ["How many heads can go?", "Pruning", (sheet) => pruned(sheet, a, b)],
    ],
    about: [
      p(
        `A difference is B's number less A's. Intervals are at 95%, from a bootstrap in which every draw takes the same sentences for both. Scores are those of greedy translations; ${scoresOf(
          comparison,
        )
          .map(({ name, signature }) => `${name}: ${signature}`)
          .join("; ")}.`,
      ),
    ],
  };
}

/**
 * Whether 0 lies outside of the interval.
 * @param {Estimate} difference
 */
export const isBeyond = ([, low, high]) => low > 0 || high < 0;

/**
 * The numbers of the two runs as a whole.
 * @param {HeadComparison} comparison
 * @returns {Child[]}
 */
function overview(comparison) {
  const { a, b, layer_zeroed, source_share } = comparison;
  const both = (/** @type {string} */ name, /** @type {(of: HeadReport) => string} */ write) => [
    name,
    write(a),
    write(b),
  ];
  const rate = (/** @type {HeadReport} */ { alignment }) =>
    alignment ? `${num(100 * alignment.chosen_here, 1)}%` : "–";
  return [
    p(scoreFinding(comparison.bleu)),
    table(
      "Two runs",
      ["", "A", "B", "B less A"],
      [
        ...scoresOf(comparison).map(({ name, baseline, system, p_value }) => [
          name,
          num(baseline.value, 1),
          num(system.value, 1),
          el(
            isSure(p_value) ? "b" : "span",
            {},
            `${signed(system.value - baseline.value, 1)}, p = ${num(p_value, 3)}`,
          ),
        ]),
        [...both("layers × heads", ({ zeroed }) => `${zeroed.length} × ${zeroed[0].length}`), ""],
        ...(layer_zeroed ?? []).map((difference, layer) => [
          ...both(`nats lost without all heads of layer ${layer + 1}`, (of) =>
            withInterval(of.layer_zeroed[layer], twoDigits),
          ),
          marked(difference, signed),
        ]),
        [
          ...both("the source's share in a written token", ({ contributions }) =>
            withInterval(contributions.source_share, whole),
          ),
          marked(source_share, points),
        ],
        ...(a.alignment || b.alignment
          ? [[...both("alignment error, chosen rule", rate), ""]]
          : []),
      ],
    ),
    quiet(
      "Bold: p is below 0.05, or 0 lies outside the interval. By chance alone, that happens to about one number in twenty even where two models are equally good. Lower TER is better.",
    ),
  ];
}

/**
 * An estimate, bold if 0 lies outside of its interval.
 * @type {(difference: Estimate, write: Written) => Child}
 */
const marked = (difference, write) =>
  el(isBeyond(difference) ? "b" : "span", {}, withInterval(difference, write));

/** @param {HeadComparison} comparison */
const scoresOf = ({ bleu, chrf, ter }) => [bleu, chrf, ter];

/** @type {(p: number) => boolean} */
const isSure = (p) => p < 0.05;

/** @param {HeadComparison["bleu"]} tested */
export function scoreFinding({ name, system, baseline, p_value }) {
  const gap = system.value - baseline.value;
  if (gap === 0) return `Both translate equally well by ${name}.`;
  const better = gap > 0 ? "B" : "A";
  const but = isSure(p_value)
    ? ". Chance alone would rarely set two equal models so far apart."
    : ". Chance alone could well set two equal models so far apart.";
  return `${better} translates better by ${num(Math.abs(gap), 1)} ${name}${but}`;
}

/**
 * The differences of matched heads.
 * @param {Sheet} sheet
 * @param {HeadComparison} comparison
 * @returns {Child[]}
 */
function apart(sheet, { matching, differences }) {
  const { pairs } = matching;
  return [
    p(
      "For each pair, B's number less A's: right of the line B has more, left of it A has more. A full dot: 0 lies outside the interval. A ring: 0 lies inside it, so the two may be alike. Even of pairs that are alike, about one in twenty has a full dot by chance.",
    ),
    p(apartFinding(pairs, differences)),
    figure(
      sheet,
      "differences",
      () => [
        [
          "measure",
          "layer of A",
          "head of A",
          "layer of B",
          "head of B",
          "B less A",
          "low",
          "high",
        ],
        ...DIFFERENCES.flatMap(({ name }) =>
          pairs.map(({ first, second }, i) => [
            name,
            ...first.map((at) => at + 1),
            ...second.map((at) => at + 1),
            ...differences[name][i],
          ]),
        ),
      ],
      panels(
        sheet,
        3,
        DIFFERENCES.map(({ name, title, write }) => ({
          title: `${title}, B less A`,
          draw: (width) =>
            dots({
              label: `${title}: B's heads less A's`,
              rows: pairs.map((pair, i) => rowOf(pair, differences[name][i], write)),
              scale: scaleOver([0, ...differences[name].flat()]),
              width,
              written: write === points ? (x) => num(100 * x, 0) : undefined,
            }),
        })),
      ),
    ),
    fold(sheet, "differences", "All numbers", () => [
      table(
        "Differences of matched heads, B less A; bold: 0 lies outside the interval",
        ["A", "B", "likeness", ...DIFFERENCES.map(({ title }) => title)],
        pairs.map(({ first, second, likeness }, i) => [
          headAt(first),
          headAt(second),
          twoDigits(likeness),
          ...DIFFERENCES.map(({ name, write }) => marked(differences[name][i], write)),
        ]),
      ),
    ]),
  ];
}

/** @type {(pair: HeadPair, difference: Estimate, write: Written) => import("./dots.js").Row} */
function rowOf({ first, second }, difference, write) {
  const name = `A ${headAt(first)}, B ${headAt(second)}`;
  const isClear = isBeyond(difference);
  return {
    name,
    marks: [
      { estimate: difference, look: difference[0] < 0 ? "minus" : "plus", isHollow: !isClear },
    ],
    text: write(difference[0]).replace(" points", ""),
    tell: `${name}: ${withInterval(difference, write)}`,
    isStrong: isClear,
  };
}

/**
 * How many differences are beyond their intervals, and how many would be by chance.
 * @param {HeadPair[]} pairs
 * @param {HeadComparison["differences"]} differences
 */
export function apartFinding(pairs, differences) {
  const counts = DIFFERENCES.map(({ name, title }) => ({
    title,
    count: differences[name].filter(isBeyond).length,
  }));
  const count = counts.reduce((total, one) => total + one.count, 0);
  const total = pairs.length * DIFFERENCES.length;
  if (count === 0) return `All ${total} intervals contain 0.`;
  const most = counts.reduce((best, one) => (one.count > best.count ? one : best));
  return `${count} of the ${total} intervals leave out 0; by chance alone, about one in twenty would. Most of them are in ${quoted(most.title)} (${most.count} of ${pairs.length} pairs).`;
}

/**
 * Both pruning curves.
 * @param {Sheet} sheet
 * @param {HeadReport} a
 * @param {HeadReport} b
 * @returns {Child[]}
 */
function pruned(sheet, a, b) {
  const drawn = (/** @type {string} */ title, /** @type {(point: Pruned) => number} */ of) => ({
    title,
    draw: (/** @type {number} */ width) =>
      curve({
        label: `${title} as head after head is removed`,
        curves: [
          { look: "minus", points: pointsOf("A", a, of) },
          { look: "plus", points: pointsOf("B", b, of) },
        ],
        scale: scaleOver([0, ...[...a.pruning, ...b.pruning].map(of)]),
        width,
      }),
  });
  return [
    p(
      "In each run one head after another is removed until none is left. The order is that of what each head of that run costs alone, the least first, measured on these same sentences.",
    ),
    figure(
      sheet,
      "pruning",
      () => [
        ["run", "removed", "bleu", "nats lost"],
        ...[a, b].flatMap(({ run, pruning }) =>
          pruning.map(({ bleu: score, lost }, i) => [run, i, score, lost]),
        ),
      ],
      panels(sheet, 2, [
        drawn("BLEU", (point) => point.bleu),
        drawn("Nats lost a token", (point) => point.lost),
      ]),
      [
        "Below: heads removed. ",
        el("b", { class: "side-a" }, "Red: A. "),
        el("b", { class: "side-b" }, "Blue: B."),
      ],
    ),
  ];
}

/** @type {(side: string, report: HeadReport, of: (point: Pruned) => number) => import("./curve.js").Point[]} */
const pointsOf = (side, { pruning }, of) =>
  pruning.map((point, i) => ({
    y: of(point),
    name: String(i),
    tell: `${side}, ${i} removed: BLEU ${bleu(point.bleu)}, ${num(point.lost, 2)} nats lost`,
  }));
