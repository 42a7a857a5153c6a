// The decoder reads a translation once more, in one pass: with all that attention computes there,
// which is what it computed in each decoding step, or only how probable each token is.

/** @import { Attention } from "./attention.js" */
/** @import { Rows, Tensor } from "./matrix.js" */
/** @import { Attentions, Kind, Options, Transformer } from "./transformer.js" */

import { logSoftmax } from "./candidates.js";
import { BOS_ID } from "./config.js";
import { argmax } from "./matrix.js";

/** @typedef {number[][]} Matrix */

/**
 * Sizes: H heads, T decoding steps, S source positions (pads included), K width of one head, D
 * width of the model.
 * @typedef {object} CrossAttention
 * @property {Matrix} queryInput [T][D] what became the queries
 * @property {Matrix[]} queries [H][T][K]
 * @property {Matrix[]} keys [H][S][K]
 * @property {Matrix[]} values [H][S][K]
 * @property {boolean[]} mask [S] true where nobody may look
 * @property {Matrix[]} weights [H][T][S] after the intervention
 * @property {Matrix[]} norms [H][T][S] || weight * value @ W_O ||
 * @property {Matrix[]} contexts [H][T][K]
 * @property {Matrix} output [T][D]
 */

/** @typedef {{ weights: Matrix[], norms: Matrix[] }} SelfAttention */

/**
 * Everything that panels show; a list entry a layer.
 * @typedef {object} Recorded
 * @property {Matrix} memory [S][D]
 * @property {Rows} logprobs T rows of the vocabulary
 * @property {CrossAttention[]} cross
 * @property {SelfAttention[]} encoderSelf
 * @property {SelfAttention[]} decoderSelf
 */

/**
 * @param {Transformer} transformer
 * @param {readonly number[]} source ends in </s>
 * @param {readonly number[]} target without <s>
 * @param {Options} options
 * @returns {Promise<Recorded>}
 */
export async function record(transformer, source, target, options = {}) {
  /** @type {Attentions} */
  const kept = { encoder_self_attn: [], decoder_self_attn: [], cross_attn: [] };
  const encoded = await transformer.encode(source, options, kept);
  const logits = await transformer.logits(readBefore(target), encoded, options, kept);
  /** @type {(kind: Kind) => SelfAttention[]} */
  const self = (kind) =>
    kept[kind].map((attention, layer) => ({
      weights: attention.weights.map(plain),
      norms: norms(transformer, kind, layer, attention),
    }));
  return {
    memory: plain(encoded.memory),
    logprobs: logits.map(logSoftmax),
    cross: kept.cross_attn.map((attention, layer) => ({
      queryInput: plain(attention.queryInput),
      queries: heads(transformer, attention.queries),
      keys: heads(transformer, attention.keys),
      values: heads(transformer, attention.values),
      mask: encoded.hidden,
      weights: attention.weights.map(plain),
      norms: norms(transformer, "cross_attn", layer, attention),
      contexts: heads(transformer, attention.context),
      output: plain(attention.output),
    })),
    encoderSelf: self("encoder_self_attn"),
    decoderSelf: self("decoder_self_attn"),
  };
}

/**
 * The log-probability of each token of `target`, and the most probable id at each decoding step.
 * @param {Transformer} transformer
 * @param {readonly number[]} source
 * @param {readonly number[]} target
 * @param {Options} options
 */
export async function score(transformer, source, target, options = {}) {
  const encoded = await transformer.encode(source, options);
  const logits = await transformer.logits(readBefore(target), encoded, options);
  const logprobs = logits.map(logSoftmax);
  return {
    logprobs: logprobs.map((row, step) => row[target[step]]),
    top: logprobs.map(argmax),
  };
}

/**
 * What the decoder has read when it writes each token.
 * @param {readonly number[]} target
 */
const readBefore = (target) => [BOS_ID, ...target.slice(0, -1)];

/** @param {Rows} rows */
const plain = (rows) => rows.map((row) => Array.from(row));

/**
 * [L][D] -> [H][L][K]
 * @param {Transformer} transformer
 * @param {Rows} rows
 */
function heads({ config }, rows) {
  const width = config.dModel / config.numHeads;
  return Array.from({ length: config.numHeads }, (_, head) =>
    plain(rows.map((row) => row.subarray(head * width, (head + 1) * width))),
  );
}

/**
 * || weight * value @ W_O ||, W_O being the head's rows: the length of what a memory position
 * contributed (Kobayashi et al. 2020).
 * @param {Transformer} transformer
 * @param {Kind} kind
 * @param {number} layer
 * @param {Attention} attention
 */
function norms(transformer, kind, layer, { values, weights }) {
  const { weight } = transformer.projectionsOf(kind, layer).out_proj;
  const width = transformer.config.dModel / transformer.config.numHeads;
  return weights.map((rows, head) => {
    const lengths = values.map((value) => projectedLength(value, weight, head * width, width));
    return rows.map((row) => Array.from(row, (share, m) => share * lengths[m]));
  });
}

/**
 * Of a head's part of a value after W_O; a row of `weight` is a column of W_O.
 * @param {Float32Array} value
 * @param {Tensor} weight
 * @param {number} from
 * @param {number} width
 */
function projectedLength(value, { shape, data }, from, width) {
  const [numOutputs, numInputs] = shape;
  let squares = 0;
  for (let j = 0; j < numOutputs; j++) {
    let sum = 0;
    for (let k = from; k < from + width; k++) sum += value[k] * data[j * numInputs + k];
    squares += sum ** 2;
  }
  return Math.sqrt(squares);
}
