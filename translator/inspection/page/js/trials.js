// One more change each, tried on the shown translation: the model reads it again, and says how
// probable every token is then.

/** @import { Intervention } from "./model/intervention.js" */
/** @import { Page } from "./page.js" */

import { ablating, hiding } from "./changes.js";
import { headName, quoted, show } from "./labels.js";
import { range, sum } from "./numbers.js";

/** Nats. A loss of less does not show: about a tenth of the probability. */
export const NOTABLE_LOSS = 0.1;
/** What stands where the model has not answered yet, in a cell and in a sentence. */
export const WAITING = "…";
export const READING_AGAIN = "The model is reading the translation again …";

/**
 * @typedef {object} Trial
 * @property {"hide" | "mute"} verb
 * @property {string} object that is hidden or muted
 * @property {Intervention} intervention the reader's changes and this one
 */
/**
 * What one change does to one written token.
 * @typedef {object} Effect
 * @property {number} before its probability
 * @property {number} after
 * @property {number} nats by which its log-probability falls
 * @property {string | null} newTop what becomes the most probable token; null where that stays
 */

/**
 * Source tokens that somebody may look at, <pad> aside.
 * @param {Page} page
 */
export function visibleTokens({ inspection, state }) {
  const { isPad, numSource } = inspection;
  const { drop } = state.intervention;
  return range(numSource).filter((s) => !isPad[s] && !drop.includes(s));
}

/**
 * Each source token hidden; none where only one is left to look at.
 * @param {Page} page
 * @returns {(Trial & { token: number })[]}
 */
export function tokenTrials(page) {
  const { names } = page.inspection;
  const visible = visibleTokens(page);
  if (visible.length < 2) return [];
  return visible.map((token) => ({
    token,
    verb: "hide",
    object: names.source[token],
    intervention: hiding(page.state.intervention, [token]),
  }));
}

/**
 * Each head of a layer muted by itself, but those that are muted already.
 * @param {Page} page
 * @param {number} layer
 * @returns {(Trial & { layer: number, head: number })[]}
 */
export function headTrials(page, layer) {
  const { intervention } = page.state;
  return headsThatSpeak(page, layer).map((head) => ({
    layer,
    head,
    verb: "mute",
    object: headName(layer, head),
    intervention: ablating(intervention, [`${layer}.${head}`], "zero"),
  }));
}

/**
 * All heads of each layer muted together, where more than one still speaks.
 * @param {Page} page
 * @returns {(Trial & { layer: number })[]}
 */
export function layerTrials(page) {
  return range(page.inspection.numLayers).flatMap((layer) => {
    const places = headsThatSpeak(page, layer).map((head) => `${layer}.${head}`);
    if (places.length < 2) return [];
    return {
      layer,
      verb: "mute",
      object: `all of layer ${layer + 1}`,
      intervention: ablating(page.state.intervention, places, "zero"),
    };
  });
}

/**
 * @param {Page} page
 * @param {number} layer
 */
const headsThatSpeak = ({ inspection, state }, layer) =>
  range(inspection.numHeads).filter(
    (head) => state.intervention.ablate[`${layer}.${head}`] !== "zero",
  );

/** What is done, as an order. */
export const nameOf = (/** @type {Trial} */ { verb, object }) =>
  `${verb} ${verb === "hide" ? quoted(object) : object}`;

/**
 * What a change does to the token written at each decoding step; null until the model has said it.
 * @param {Page} page
 * @param {Intervention} intervention
 * @returns {Effect[] | null}
 */
export function effectsOf(page, intervention) {
  const { inspection, model } = page;
  const score = page.scoreWith(intervention);
  return (
    score &&
    inspection.logprobs.map((logprob, t) => ({
      before: Math.exp(logprob),
      after: Math.exp(score.logprobs[t]),
      nats: logprob - score.logprobs[t],
      newTop:
        score.top[t] === inspection.alternatives[t][0].id
          ? null
          : show(model.tokenizer.pieces([score.top[t]])[0]),
    }))
  );
}

/**
 * Whether heads stand in for each other: muted together they cost clearly more than the sum of what
 * each costs alone. All in nats.
 * @type {(alone: number[], together: number) => boolean}
 */
export const backEachOtherUp = (alone, together) => together > sum(alone) + NOTABLE_LOSS;
