// One question to the model: a text, how it is translated, and what is changed; and its answer.

/** @import { Inspection } from "./inspection.js" */
/** @import { Intervention } from "./model/intervention.js" */
/** @import { Model } from "./embedded.js" */
/** @import { Hypothesis, Strategy } from "./model/search.js" */
/** @import { Asked } from "./state.js" */

import { isNothing } from "./changes.js";
import { inspectionOf } from "./inspection.js";
import { NOTHING } from "./model/intervention.js";
import { record, score } from "./model/record.js";
import { decode } from "./model/search.js";

/**
 * @typedef {object} Answer
 * @property {string} text that was asked about
 * @property {Inspection} inspection of the model with what is changed
 * @property {Inspection} original of the model as it is; the same where nothing is changed
 * @property {Hypothesis[]} hypotheses what the search ended with, the best first; none where the
 *   translation was given
 * @property {number[]} before log-probability of each token of the original translation
 * @property {number[]} after the same, had the changed model been given that translation to read
 */
/** Why a text is not translated, in words for the reader. */
export class Refusal extends Error {}

/** A longer sentence is no picture any more, and takes long. */
export const MAX_TOKENS = 150;
const EOS = 3;
const PAD = 0;

/**
 * @param {Model} model
 * @param {Strategy} beam the program's own
 * @param {Asked} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function answerTo(model, beam, asked, signal) {
  const source = encoded(model, asked.text, "sentence");
  const strategy = strategyOf(beam, asked);
  const given = asked.tgt === null ? null : encoded(model, asked.tgt, "translation");
  const { intervention, hypothesis } = asked;
  const as = (/** @type {Intervention} */ changed) => ({ intervention: changed, signal });
  const search = async (/** @type {Intervention} */ changed) =>
    given ? [] : decode(model.transformer, source, strategy, as(changed));
  const inspect = async (/** @type {number[]} */ target, /** @type {Intervention} */ changed) => {
    const recorded = await record(model.transformer, source, target, as(changed));
    const sourceIds = [...source, ...new Array(changed.pads).fill(PAD)];
    return inspectionOf(model, { sourceIds, writeIds: target, recorded });
  };

  const isChanged = !isNothing(intervention);
  const found = await search(NOTHING);
  const target = given ?? chosen(found, isChanged ? 0 : hypothesis).ids;
  const original = await inspect(target, NOTHING);
  const before = original.logprobs;
  if (!isChanged) {
    const inspection = original;
    return { text: asked.text, inspection, original, hypotheses: found, before, after: before };
  }

  const changed = await search(intervention);
  const inspection = await inspect(given ?? chosen(changed, hypothesis).ids, intervention);
  const { logprobs } = await score(model.transformer, source, target, as(intervention));
  return { text: asked.text, inspection, original, hypotheses: changed, before, after: logprobs };
}

/**
 * @param {Model} model
 * @param {string} text
 * @param {string} what
 */
function encoded({ tokenizer }, text, what) {
  const ids = tokenizer.encode(text);
  if (ids.length === 1 && ids[0] === EOS) throw new Refusal(`The ${what} is empty: type one.`);
  if (ids.length > MAX_TOKENS) {
    throw new Refusal(
      `The ${what} has ${ids.length} tokens, and this page shows at most ${MAX_TOKENS}: give it sentence by sentence.`,
    );
  }
  return ids;
}

/**
 * @param {Strategy} beam
 * @param {Asked} asked
 * @returns {Strategy}
 */
function strategyOf(beam, { search, seed }) {
  if (search === "sampling") {
    return { kind: "sampling", temperature: 1, topK: 0, topP: 1, numSamples: 1, seed };
  }
  return search === "greedy" ? { kind: "beam", beamSize: 1, lengthPenalty: 1, numBest: 1 } : beam;
}

/** @type {(hypotheses: Hypothesis[], at: number) => Hypothesis} */
const chosen = (hypotheses, at) => hypotheses[Math.min(at, hypotheses.length - 1)];
