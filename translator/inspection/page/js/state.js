// What the page is looking at, and what the reader has changed in the model.

/** @import { Kind, Place, Sizes } from "./inspection.js" */
/** @import { Intervention } from "./model/intervention.js" */

import { NOTHING } from "./model/intervention.js";
import { within } from "./numbers.js";

/** @typedef {"beam" | "greedy" | "sampling"} SearchName */
/**
 * What is translated, and how.
 * @typedef {object} Asked
 * @property {string} text
 * @property {string | null} tgt a translation that the decoder reads instead of searching for one
 * @property {SearchName} search
 * @property {number} seed of a sample
 * @property {number} hypothesis which of the search's hypotheses is shown, from 0
 * @property {Intervention} intervention
 */
/**
 * How the panels display it.
 * @typedef {object} Display
 * @property {number | null} source the source token whose arithmetic is written out; null: the
 *   heaviest
 * @property {number} number which number of the head's vectors is written out
 * @property {"q_proj" | "k_proj" | "v_proj"} projection the matrix whose product is written out
 * @property {number} output and which of the numbers after W_O
 * @property {Record<Exclude<Kind, "cross_attn">, [layer: number, head: number]>} self the chosen
 *   heads of self-attention
 * @property {{ step: number, probe: number | "own", kind: Kind }} learning which sentence is watched in
 *   training, at which step, and which kind of attention
 */
/** @typedef {Place & Asked & Display} State */

/** @type {(place: Place, text: string, tgt: string | null) => State} */
export const stateAt = (place, text, tgt) => ({
  ...place,
  text,
  tgt,
  search: "beam",
  seed: 1,
  hypothesis: 0,
  intervention: NOTHING,
  source: null,
  number: 0,
  projection: "v_proj",
  output: 0,
  self: { encoder_self_attn: [0, 0], decoder_self_attn: [0, 0] },
  learning: { step: 0, probe: 0, kind: "cross_attn" },
});

const ASKED = /** @type {const} */ ([
  "text",
  "tgt",
  "search",
  "seed",
  "hypothesis",
  "intervention",
]);

/** Whether `changes` ask the model something new. */
export const asksAnew = (/** @type {Partial<State>} */ changes) =>
  ASKED.some((name) => name in changes);

/**
 * What a state asks, without where it looks.
 * @param {Asked} state
 * @returns {Asked}
 */
export const askedIn = ({ text, tgt, search, seed, hypothesis, intervention }) => ({
  text,
  tgt,
  search,
  seed,
  hypothesis,
  intervention,
});

/**
 * The state with its place inside `sizes`.
 * @param {State} state
 * @param {Sizes} sizes
 * @returns {State}
 */
export const placed = (state, { numSteps, numLayers, numHeads }) => ({
  ...state,
  step: within(state.step, numSteps),
  layer: within(state.layer, numLayers),
  head: within(state.head, numHeads),
});
