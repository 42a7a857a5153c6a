// What is being looked at, and what the reader has changed.

/** @import { Inspection, Kind, Place, WhatIf } from "./inspection.js" */

import { within } from "./numbers.js";

/**
 * What the reader may change about the row of the chosen step and head.
 * @typedef {object} Experiment
 * @property {boolean} scaling whether scores are divided by the root of d_head
 * @property {boolean} mask whether padding is hidden
 * @property {number} temperature
 * @property {number[] | null} edited the weights, where the reader has set one of them
 */
/**
 * How the panels display it.
 * @typedef {object} Display
 * @property {boolean} pad whether one padded position is shown, too
 * @property {number | null} source the source token whose arithmetic is written out; null: the
 *   heaviest
 * @property {number} number which of the context's numbers is written out
 * @property {number} output and which of the numbers after W_O
 * @property {"weights" | "norms" | "difference"} by what the matrices show
 * @property {"pieces" | "words"} units what their rows and columns count
 * @property {WhatIf["kind"]} change the group of changes in "What if?"
 * @property {Record<Exclude<Kind, "cross_attn">, [layer: number, head: number]>} self the chosen
 *   heads of self-attention
 */
/** @typedef {Place & Experiment & Display} State */
/**
 * The detail of the event LOOKED, which follows every change. `edited` has the weights of the row,
 * without that of a <pad>, if the reader has set one of them.
 * @typedef {Place & { edited: number[] | null }} Looked
 */
export const LOOKED = "looked";

/** @type {Readonly<Experiment>} */
export const AS_THE_MODEL_DID = { scaling: true, mask: true, temperature: 1, edited: null };

/** @type {(start: Place) => State} */
export const stateAt = (start) => ({
  ...start,
  ...AS_THE_MODEL_DID,
  pad: false,
  source: null,
  number: 0,
  output: 0,
  by: "weights",
  units: "pieces",
  change: "zero",
  self: { encoder_self_attn: [0, 0], decoder_self_attn: [0, 0] },
});

/**
 * The state after `changes`. Places stay in range, and edited weights apply to one row only.
 * @param {State} state
 * @param {Partial<State>} changes
 * @param {Pick<Inspection, "numSteps" | "numLayers" | "numHeads">} sizes
 * @returns {State}
 */
export function changed(state, changes, { numSteps, numLayers, numHeads }) {
  const next = { ...state, ...changes };
  next.step = within(next.step, numSteps);
  next.layer = within(next.layer, numLayers);
  next.head = within(next.head, numHeads);
  if ("layer" in changes || "head" in changes || "step" in changes) next.edited = null;
  return next;
}
