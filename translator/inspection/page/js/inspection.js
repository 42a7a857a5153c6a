// What the model did with one sentence: tokens and their names, and every number of its attention.
// Shapes: S source tokens, T decoding steps, d_model numbers in a state, d_head in a head's vector.

/** @import { Model } from "./embedded.js" */
/** @import { Recorded } from "./model/record.js" */

import { nameAll } from "./labels.js";
import { groupIntoWords } from "./model/words.js";

/** @typedef {"cross_attn" | "encoder_self_attn" | "decoder_self_attn"} Kind */
/** @typedef {{ layer: number, head: number, step: number }} Place  all from 0 */
/** @typedef {{ id: number, name: string, logprob: number }} Alternative */
/** @typedef {number[][]} Matrix */
/** @typedef {Pick<Inspection, "numSteps" | "numLayers" | "numHeads">} Sizes */

/** @typedef {ReturnType<typeof inspectionOf>} Inspection */

const PAD = 0;
const BOS = 2;
const NUM_ALTERNATIVES = 5;

/**
 * @param {Model} model
 * @param {{ sourceIds: number[], writeIds: number[], recorded: Recorded }} pass `sourceIds` with
 *   the <pad> behind them
 */
export function inspectionOf({ tokenizer }, { sourceIds, writeIds, recorded }) {
  const readIds = [BOS, ...writeIds.slice(0, -1)];
  const source = tokenizer.pieces(sourceIds);
  const reads = tokenizer.pieces(readIds);
  const writes = tokenizer.pieces(writeIds);
  const sourceWords = groupIntoWords(source);
  const readsWords = groupIntoWords(reads);
  const writesWords = groupIntoWords(writes);
  const { cross, encoderSelf, decoderSelf, memory, logprobs } = recorded;
  return {
    text: tokenizer.text(sourceIds),
    translation: tokenizer.text(writeIds),
    sourceIds,
    writeIds,
    source,
    reads,
    writes,
    sourceWords,
    readsWords,
    writesWords,
    names: {
      source: nameAll(source),
      reads: nameAll(reads),
      writes: nameAll(writes),
    },
    isPad: sourceIds.map((id) => id === PAD),
    logprobs: writeIds.map((id, t) => logprobs[t][id]),
    /** The most probable tokens of each decoding step, the best first. */
    alternatives: logprobs.map((row) => mostProbable(row, (id) => tokenizer.pieces([id])[0])),
    memory,
    cross,
    matrices: { cross_attn: cross, encoder_self_attn: encoderSelf, decoder_self_attn: decoderSelf },
    numSource: source.length,
    numSteps: writes.length,
    numLayers: cross.length,
    numHeads: cross[0].queries.length,
    dHead: cross[0].queries[0][0].length,
    dModel: memory[0].length,
  };
}

/**
 * @param {ArrayLike<number>} row of log-probabilities
 * @param {(id: number) => string} pieceOf
 * @returns {Alternative[]}
 */
function mostProbable(row, pieceOf) {
  /** @type {number[]} */
  const best = [];
  for (let id = 0; id < row.length; id++) {
    if (best.length === NUM_ALTERNATIVES && row[id] <= row[best[NUM_ALTERNATIVES - 1]]) continue;
    let at = best.length;
    while (at > 0 && row[best[at - 1]] < row[id]) at--;
    best.splice(at, 0, id);
    best.length = Math.min(best.length, NUM_ALTERNATIVES);
  }
  return best.map((id) => ({ id, name: pieceOf(id), logprob: row[id] }));
}
