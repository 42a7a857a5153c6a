// What the model did with one sentence: tokens and their names, and every number of its attention.
// Shapes: S source tokens, T decoding steps, d_model numbers in a state, d_head in a head's vector.

/** @import { Model } from "./embedded.js" */
/** @import { Recorded } from "./model/record.js" */

import { nameAll } from "./labels.js";
import { topTokens } from "./model/candidates.js";
import { BOS_ID, PAD_ID } from "./model/config.js";
import { groupIntoWords } from "./model/words.js";

/** @typedef {"cross_attn" | "encoder_self_attn" | "decoder_self_attn"} Kind */
/** @typedef {{ layer: number, head: number, step: number }} Place  all from 0 */
/** @typedef {number[][]} Matrix */
/** @typedef {Pick<Inspection, "numSteps" | "numLayers" | "numHeads">} Sizes */

/** @typedef {ReturnType<typeof inspectionOf>} Inspection */

const NUM_ALTERNATIVES = 5;

/**
 * @param {Model} model
 * @param {{ sourceIds: number[], writeIds: number[], recorded: Recorded }} pass `sourceIds` with
 *   the <pad> behind them
 */
export function inspectionOf({ tokenizer }, { sourceIds, writeIds, recorded }) {
  const readIds = [BOS_ID, ...writeIds.slice(0, -1)];
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
    isPad: sourceIds.map((id) => id === PAD_ID),
    logprobs: writeIds.map((id, t) => logprobs[t][id]),
    /** The most probable tokens of each decoding step, the best first. */
    alternatives: logprobs.map((row) =>
      topTokens(row, NUM_ALTERNATIVES).map((id) => ({
        id,
        name: tokenizer.pieces([id])[0],
        logprob: row[id],
      })),
    ),
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
