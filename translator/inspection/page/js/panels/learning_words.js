// 8. Watch it learn: what has been learned up to a step, in words.

/** @import { Child } from "../elements.js" */
/** @import { Aligned, Frame } from "../learning.js" */
/** @import { Watched } from "./learning.js" */

import { el } from "../elements.js";
import { quoted } from "../labels.js";
import { bestOfAll, bestOfLayers, entropyOf, mostEntropy, takeover } from "../learning.js";
import { chance, num, sum, whole } from "../numbers.js";

/** Of the entropy of even weights: from here on a row looks like one grey. */
const NEARLY_EVEN = 0.9;

/** The name of a head in running text: head 2.4. */
export const headThen = (/** @type {{ layer: number, head: number }} */ { layer, head }) =>
  `head ${layer + 1}.${head + 1}`;

/**
 * @param {Watched} watched
 * @returns {Child[]}
 */
export function inWords(watched) {
  const { film, at } = watched;
  const frame = film.frame(at);
  if (!frame) return [`The model as it was at step ${film.steps[at]} is reading the sentence …`];
  return film.steps[at] === 0 ? beforeTraining(watched, frame) : since(watched, frame);
}

/**
 * Why the first picture looks as it does.
 * @type {(watched: Watched, frame: Frame) => Child[]}
 */
function beforeTraining(watched, frame) {
  const { film, learning, kind } = watched;
  const weights = weightsIn(frame, watched);
  const [now, most] = [entropyOf(weights), mostEntropy(weights, kind)];
  return [
    whyBefore(learning.beginsWith, now > NEARLY_EVEN * most),
    ` The entropy of these rows is ${num(now, 2)} bits; with even weights it would be ${num(most, 2)}. `,
    `The tokens of ${film.target} have a probability of ${chance(meanProbability(frame))} on average, and the model's own translations score ${num(learning.bleu[0], 1)} BLEU.`,
  ];
}

/** @type {(beginsWith: string | null, isEven: boolean) => string} */
export function whyBefore(beginsWith, isEven) {
  if (beginsWith) {
    return `Before the first step, the weights are those of ${quoted(beginsWith)}, with which this training began.`;
  }
  const weights = isEven ? "nearly even weights" : "weights that differ only by chance";
  return `Before the first step, W_Q and W_K are random, so no query has anything to do with any key. The scores are small, and the softmax turns them into ${weights}.`;
}

/**
 * What has changed since.
 * @type {(watched: Watched, frame: Frame) => Child[]}
 */
function since(watched, frame) {
  const { learning, film, at, snapshot, kind } = watched;
  const weights = weightsIn(frame, watched);
  return [
    `After ${film.steps[at]} steps, the model scores ${num(learning.bleu[snapshot], 1)} BLEU, and the tokens of ${film.target} have a probability of ${chance(meanProbability(frame))} on average. `,
    `The entropy of the rows of ${headThen(watched)} is ${num(entropyOf(weights), 2)} bits of ${num(mostEntropy(weights, kind), 2)} possible. `,
    alignment(watched),
  ];
}

/**
 * Which head aligns best, and since when its layer leads.
 * @param {Watched} watched
 * @returns {Child[]}
 */
function alignment({ learning, snapshot, kind, layer, head }) {
  const aer = learning.aer.filter((each) => each !== null);
  if (aer.length < learning.steps.length) return [];
  const { steps } = learning;
  const best = bestOfAll(aer[snapshot]);
  const others = bestOfLayers(aer[snapshot]).filter((each) => each.layer !== best.layer);
  const errorOf = (/** @type {Aligned} */ each) => `${headThen(each)} (${whole(each.error)})`;
  const change = takeover(aer);
  return [
    kind === "cross_attn" &&
      `Its alignment error is ${whole(aer[snapshot][layer][head])}; before training it was ${whole(aer[0][layer][head])}. `,
    el("b", {}, `Layer ${best.layer + 1} aligns best`),
    `: ${errorOf(best)}`,
    others.map((each) => `; the best of layer ${each.layer + 1} is ${errorOf(each)}`),
    ". ",
    change &&
      snapshot >= change.at &&
      `Up to step ${steps[change.at - 1]}, layer ${change.from + 1} led; from step ${steps[change.at]} on, layer ${change.to + 1} does.`,
  ];
}

/** @type {(frame: Frame, watched: Watched) => number[][]} */
const weightsIn = (frame, { kind, layer, head }) => frame.weights(kind)[layer][head];

/** @param {Frame} frame */
const meanProbability = ({ probabilities }) => sum(probabilities) / probabilities.length;
