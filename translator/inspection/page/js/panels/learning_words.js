// 8. Watch it learn: what has been learned up to a step, in words.

/** @import { Child } from "../elements.js" */
/** @import { Aligned } from "../learning.js" */
/** @import { Watched } from "./learning.js" */

import { el } from "../elements.js";
import { quoted } from "../labels.js";
import { bestOfAll, bestOfLayers, entropyOf, mostEntropy, takeover } from "../learning.js";
import { chance, num, sum, whole } from "../numbers.js";

/** The name of a head in running text: head 2.4. */
export const headThen = (/** @type {{ layer: number, head: number }} */ { layer, head }) =>
  `head ${layer + 1}.${head + 1}`;

/**
 * @param {Watched} watched
 * @returns {Child[]}
 */
export function inWords(watched) {
  return watched.film.steps[watched.at] === 0 ? beforeTraining(watched) : since(watched);
}

/**
 * Why the first picture looks as it does.
 * @param {Watched} watched
 * @returns {Child[]}
 */
function beforeTraining(watched) {
  const { learning } = watched;
  const { now, most } = entropies(watched);
  const why = learning.beginsWith
    ? `Before the first step the weights are those of ${quoted(learning.beginsWith)}, with which this training began.`
    : "Before the first step W_Q and W_K are random numbers: no query fits one key much better than another, so the scores are small, and the softmax makes nearly even weights of them.";
  return [
    why,
    ` The rows of this matrix have an entropy of ${num(now, 2)} bits, where all tokens alike would make ${num(most, 2)}. `,
    `The model gives a token of this reference ${chance(meanProbability(watched))} on average, and its own translations score ${num(learning.bleu[0], 1)} BLEU.`,
  ];
}

/**
 * What has changed since.
 * @param {Watched} watched
 * @returns {Child[]}
 */
function since(watched) {
  const { learning, film, at, snapshot } = watched;
  const { now, first } = entropies(watched);
  return [
    `After ${film.steps[at]} steps the model scores ${num(learning.bleu[snapshot], 1)} BLEU and gives a token of this reference ${chance(meanProbability(watched))} on average. `,
    `The rows of ${headThen(watched)} have ${num(now, 2)} bits; at step ${film.steps[0]} it was ${num(first, 2)}. `,
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
      `It errs by ${whole(aer[snapshot][layer][head])} against the corpus's alignment; before training, by ${whole(aer[0][layer][head])}. `,
    el("b", {}, `Layer ${best.layer + 1} aligns best`),
    `: ${errorOf(best)}`,
    others.length > 0 && [
      "; the best of layer ",
      others.map((each, i) => [i > 0 && ", of layer ", `${each.layer + 1} is ${errorOf(each)}`]),
    ],
    ". ",
    change &&
      snapshot >= change.at &&
      `Up to step ${steps[change.at - 1]} it was layer ${change.from + 1}; at step ${steps[change.at]} layer ${change.to + 1} overtook it for good.`,
  ];
}

/**
 * Bits a row of the matrix: now, at the first step, and where all tokens get alike.
 * @param {Watched} watched
 */
function entropies({ film, at, kind, layer, head }) {
  const [now, first] = [at, 0].map((place) => film.frame(place)?.weights(kind)[layer][head]);
  return {
    now: now ? entropyOf(now) : Number.NaN,
    first: first ? entropyOf(first) : Number.NaN,
    most: now ? mostEntropy(now, kind) : Number.NaN,
  };
}

/** @param {Watched} watched */
function meanProbability({ film, at }) {
  const { probabilities } = film.frame(at) ?? { probabilities: [] };
  return sum(probabilities) / probabilities.length;
}
