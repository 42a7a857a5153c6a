// The transformer: an encoder reads the source, a decoder asks it and writes the target. What
// translator/model/transformer.py computes, for one sentence; names and order are the same.
//
// Sizes: S source positions, T target positions, D width of the model, V pieces of the vocabulary.

/** @import { Attention, Projections } from "./attention.js" */
/** @import { Config } from "./config.js" */
/** @import { Intervention } from "./intervention.js" */
/** @import { EncoderLayer } from "./layers.js" */
/** @import { Rows, Tensor } from "./matrix.js" */

import { attend, multiHeadAttention } from "./attention.js";
import { PAD_ID } from "./config.js";
import { departures, hiddenPositions, NOTHING } from "./intervention.js";
import { Reader } from "./layers.js";
import { add, layerNorm, project, relu } from "./matrix.js";
import { breathe } from "./pace.js";

/** @typedef {"encoder_self_attn" | "decoder_self_attn" | "cross_attn"} Kind */

/**
 * A source that has been read, and what is changed for whoever asks it.
 * @typedef {object} Encoded
 * @property {Rows} memory [S][D] the encoder's output, computed once
 * @property {boolean[]} hidden [S] where nobody may look
 * @property {Intervention} intervention
 */

/**
 * Keys and values of one layer, a row a position.
 * @typedef {{ keys: Rows, values: Rows }} KeysAndValues
 */

/**
 * A source that is ready for decoding steps: with its keys and values in every layer.
 * @typedef {Encoded & { source: KeysAndValues[] }} Started
 */

/**
 * What every attention of a pass computed, an entry a layer.
 * @typedef {object} Attentions
 * @property {Attention[]} encoder_self_attn
 * @property {Attention[]} decoder_self_attn
 * @property {Attention[]} cross_attn
 */

/**
 * @typedef {object} Options
 * @property {Intervention} [intervention]
 * @property {AbortSignal} [signal]
 */

export class Transformer {
  /**
   * @param {Config} config
   * @param {Map<string, Tensor>} tensors by their names in model.safetensors
   */
  constructor(config, tensors) {
    const read = new Reader(tensors);
    this.config = config;
    this.embedding = read.tensor("embedding.weight");
    this.encoderLayers = Array.from({ length: config.numEncoderLayers }, (_, layer) =>
      read.encoderLayer(`encoder_layers.${layer}`),
    );
    this.encoderNorm = read.weightAndBias("encoder_norm");
    this.decoderLayers = Array.from({ length: config.numDecoderLayers }, (_, layer) =>
      read.decoderLayer(`decoder_layers.${layer}`),
    );
    this.decoderNorm = read.weightAndBias("decoder_norm");
    /** @type {Float32Array[]} */
    this.positions = [];
    /** @type {Map<string, { weight: number[][], bias: number[] }>} */
    this.projections = new Map();
  }

  /**
   * Read the source, once however long the target gets.
   * @param {readonly number[]} source
   * @param {Options} options
   * @param {Attentions} [record]
   * @returns {Promise<Encoded>}
   */
  async encode(source, { intervention = NOTHING, signal } = {}, record) {
    const { numHeads } = this.config;
    const hidden = hiddenPositions(intervention, source.length);
    const padded = [...source, ...new Array(intervention.pads).fill(PAD_ID)];
    let x = this.embed(padded, (row) => row);
    for (const layer of this.encoderLayers) {
      await breathe(signal);
      const normed = layerNorm(x, layer.self_attn_norm);
      const attention = multiHeadAttention(layer.self_attn, normed, normed, numHeads, { hidden });
      record?.encoder_self_attn.push(attention);
      await breathe(signal);
      x = feedForward(layer, add(x, attention.output));
    }
    return { memory: layerNorm(x, this.encoderNorm), hidden, intervention };
  }

  /**
   * The whole target at once: `read` starts with <s>; row t of the logits [T][V] predicts what
   * follows its position t.
   * @param {readonly number[]} read
   * @param {Encoded} encoded
   * @param {Options} options
   * @param {Attentions} [record]
   * @returns {Promise<Rows>}
   */
  async logits(read, encoded, { signal } = {}, record) {
    const { numHeads } = this.config;
    let x = this.embed(read, (row) => row);
    for (const [at, layer] of this.decoderLayers.entries()) {
      await breathe(signal);
      const normed = layerNorm(x, layer.self_attn_norm);
      const past = multiHeadAttention(layer.self_attn, normed, normed, numHeads, {
        isCausal: true,
      });
      record?.decoder_self_attn.push(past);
      x = add(x, past.output);
      await breathe(signal);

      // Queries come from the decoder; keys and values come from the encoder.
      const asks = layerNorm(x, layer.cross_attn_norm);
      const options = departures(encoded, at, (query) => query);
      const cross = multiHeadAttention(layer.cross_attn, asks, encoded.memory, numHeads, options);
      record?.cross_attn.push(cross);
      x = feedForward(layer, add(x, cross.output));
    }
    return this.vocabularyLogits(x, signal);
  }

  /**
   * What each decoding step will need, computed once.
   * @param {Encoded} encoded
   * @returns {Started}
   */
  start(encoded) {
    const source = this.decoderLayers.map(({ cross_attn }) => ({
      keys: project(encoded.memory, cross_attn.k_proj),
      values: project(encoded.memory, cross_attn.v_proj),
    }));
    return { ...encoded, source };
  }

  /**
   * `logits` for the newest position alone, of several hypotheses of the same length.
   * @param {number[]} newest the last id of each hypothesis
   * @param {KeysAndValues[][]} pasts what each has read before, by layer
   * @param {Started} started
   * @param {Options} options
   * @returns {Promise<{ logits: Rows, pasts: KeysAndValues[][] }>} a row a hypothesis; the pasts,
   *   one position longer, are new, for hypotheses share those that they come from
   */
  async decodingStep(newest, pasts, started, { signal } = {}) {
    const { numHeads } = this.config;
    const step = pasts[0][0].keys.length;
    let x = this.embed(newest, () => step);
    /** @type {KeysAndValues[][]} */
    const longer = pasts.map(() => []);
    for (const [at, layer] of this.decoderLayers.entries()) {
      await breathe(signal);
      const normed = layerNorm(x, layer.self_attn_norm);
      const queries = project(normed, layer.self_attn.q_proj);
      const keys = project(normed, layer.self_attn.k_proj);
      const values = project(normed, layer.self_attn.v_proj);
      const contexts = queries.map((query, w) => {
        const past = pasts[w][at];
        const now = { keys: [...past.keys, keys[w]], values: [...past.values, values[w]] };
        longer[w].push(now);
        return attend([query], now.keys, now.values, numHeads).context[0];
      });
      x = add(x, project(contexts, layer.self_attn.out_proj));

      // Hypotheses share their source: in cross-attention they are simply several queries.
      const asks = project(layerNorm(x, layer.cross_attn_norm), layer.cross_attn.q_proj);
      const { keys: sourceKeys, values: sourceValues } = started.source[at];
      const options = departures(started, at, () => step);
      const { context } = attend(asks, sourceKeys, sourceValues, numHeads, options);
      x = feedForward(layer, add(x, project(context, layer.cross_attn.out_proj)));
    }
    return { logits: await this.vocabularyLogits(x, signal), pasts: longer };
  }

  /**
   * The past of a hypothesis that has read nothing yet.
   * @returns {KeysAndValues[]}
   */
  noPast() {
    return this.decoderLayers.map(() => ({ keys: [], values: [] }));
  }

  /**
   * A projection as in x W + b: the rows of W are inputs, its columns outputs.
   * @param {Kind} kind
   * @param {number} layer
   * @param {keyof Projections} name
   */
  projection(kind, layer, name) {
    const key = `${kind}.${layer}.${name}`;
    const found = this.projections.get(key);
    if (found) return found;
    const { weight, bias } = this.projectionsOf(kind, layer)[name];
    const [numOutputs, numInputs] = weight.shape;
    const projection = {
      weight: Array.from({ length: numInputs }, (_, i) =>
        Array.from({ length: numOutputs }, (_, j) => weight.data[j * numInputs + i]),
      ),
      bias: Array.from(bias.data),
    };
    this.projections.set(key, projection);
    return projection;
  }

  /**
   * @param {Kind} kind
   * @param {number} layer
   */
  projectionsOf(kind, layer) {
    if (kind === "encoder_self_attn") return this.encoderLayers[layer].self_attn;
    if (kind === "decoder_self_attn") return this.decoderLayers[layer].self_attn;
    return this.decoderLayers[layer].cross_attn;
  }

  /**
   * Embeddings, stretched to the size of positions, plus positions.
   * @param {readonly number[]} ids
   * @param {(row: number) => number} positionOf
   * @returns {Rows}
   */
  embed(ids, positionOf) {
    const { dModel } = this.config;
    const stretch = Math.sqrt(dModel);
    return ids.map((id, row) => {
      const at = positionOf(row);
      this.positions[at] ??= sinusoid(at, dModel);
      const x = this.positions[at].slice();
      for (let i = 0; i < dModel; i++) x[i] += this.embedding.data[id * dModel + i] * stretch;
      return x;
    });
  }

  /**
   * The embedding, transposed, scores the vocabulary.
   * @param {Rows} x
   * @param {AbortSignal} [signal]
   */
  async vocabularyLogits(x, signal) {
    /** @type {Rows} */
    const logits = [];
    for (const row of layerNorm(x, this.decoderNorm)) {
      await breathe(signal);
      logits.push(...project([row], { weight: this.embedding }));
    }
    return logits;
  }
}

/**
 * Each position by itself: widen, cut off below zero, narrow, add.
 * @param {EncoderLayer} layer
 * @param {Rows} x
 */
function feedForward({ feed_forward_norm, feed_forward }, x) {
  const wide = relu(project(layerNorm(x, feed_forward_norm), feed_forward.in_proj));
  return add(x, project(wide, feed_forward.out_proj));
}

/**
 * Sines in even columns, cosines in odd ones (Vaswani et al. 2017, 3.5).
 * @param {number} position
 * @param {number} dModel
 */
function sinusoid(position, dModel) {
  return Float32Array.from({ length: dModel }, (_, column) => {
    const even = column - (column % 2);
    const angle = position * Math.exp((-even * Math.log(10_000)) / dModel);
    return column === even ? Math.sin(angle) : Math.cos(angle);
  });
}
