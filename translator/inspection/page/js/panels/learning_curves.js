// 8. Watch it learn: BLEU, alignment error and entropy over the steps.

/** @import { Child } from "../elements.js" */
/** @import { Curve } from "../curves.js" */
/** @import { Page } from "../page.js" */
/** @import { Watched } from "./learning.js" */

import { curves, strokeOf } from "../curves.js";
import { div, el, h3, svg } from "../elements.js";
import { placeOfStep } from "../learning.js";
import { num, range, whole } from "../numbers.js";
import { drawing } from "../pictures.js";
import { matrixWidth } from "./learning_matrix.js";
import { headThen } from "./learning_words.js";

/** Between the matrix and the curves. */
const GAP = 60;
const MOST_WIDTH = 640;

/**
 * @param {Page} page
 * @param {Watched} watched
 * @param {{ goTo: (at: number) => void, say: (text: string) => void }} answers to the mouse
 */
export function measures(page, { learning, film, snapshot, kind }, { goTo, say }) {
  const { room, state } = page;
  const beside = room - matrixWidth(page, film, kind) - GAP;
  const { steps, bleu, entropy } = learning;
  const { layer, head } = state;
  const name = headThen({ layer, head });
  const errors = learning.aer.filter((aer) => aer !== null);
  const hasErrors = errors.length === steps.length;
  /** @type {(numbers: number[][][]) => Curve[]} */
  const ofHeads = (numbers) => linesOf(numbers, layer, head);
  /** @type {(at: number) => string[]} */
  const told = (at) => [
    `BLEU of greedy translations: ${num(bleu[at], 1)}`,
    ...(hasErrors ? [`Alignment error of ${name}: ${whole(errors[at][layer][head])}`] : []),
    `Entropy of ${name}: ${num(entropy[at][layer][head], 2)} bits`,
  ];
  const titles = told(snapshot);
  /** @type {(title: string, top: number, lines: Curve[], unit?: string, hasSteps?: boolean) => Child} */
  const chart = (title, top, lines, unit = "", hasSteps = false) => [
    h3(title),
    curves({
      label: `${title}, at step ${steps[snapshot]}`,
      steps,
      lines,
      top,
      unit,
      hasSteps,
      at: snapshot,
      width: room > 900 ? Math.min(MOST_WIDTH, beside) : room,
      pick: (at) => goTo(placeOfStep(film.steps, steps[at])),
      point: (at) => say(`Step ${steps[at]}. ${told(at).join(". ")}.`),
    }),
  ];
  const inPercent = errors.map((aer) => aer.map((ofLayer) => ofLayer.map((x) => 100 * x)));
  const bits = Math.ceil(Math.max(...entropy.flat(2)));
  return [
    chart(titles[0], 100, [{ values: bleu, isStrong: true, of: null }]),
    hasErrors && chart(titles[1], 100, ofHeads(inPercent), "%"),
    chart(titles[titles.length - 1], bits, ofHeads(entropy), "", true),
    key(entropy[0].length, name),
  ];
}

/**
 * A line a head, the chosen one last.
 * @param {number[][][]} numbers by snapshot, layer and head
 * @param {number} layer
 * @param {number} head
 * @returns {Curve[]}
 */
function linesOf(numbers, layer, head) {
  const [numLayers, numHeads] = [numbers[0].length, numbers[0][0].length];
  const all = range(numLayers).flatMap((n) =>
    range(numHeads).map((h) => ({
      values: numbers.map((of) => of[n][h]),
      isStrong: n === layer && h === head,
      of: { layer: n, numLayers },
    })),
  );
  return all.toSorted((a, b) => Number(a.isStrong) - Number(b.isStrong));
}

/**
 * Which lines are whose.
 * @param {number} numLayers
 * @param {string} name of the chosen head
 */
const key = (numLayers, name) =>
  div(
    "lines note",
    range(numLayers).map((layer) =>
      el(
        "span",
        {},
        drawing(
          26,
          10,
          { "aria-hidden": "true" },
          svg("path", { class: "curve", ...strokeOf({ layer, numLayers }), d: "M0 5h26" }),
        ),
        `a head of layer ${layer + 1}`,
      ),
    ),
    el("span", {}, `thick: ${name}`),
  );
