// The layers of a model, found among its tensors by the names that they have in model.safetensors.

/** @import { Projections } from "./attention.js" */
/** @import { LayerNorm, Linear, Tensor } from "./matrix.js" */

/**
 * @typedef {object} EncoderLayer
 * @property {LayerNorm} self_attn_norm
 * @property {Projections} self_attn
 * @property {LayerNorm} feed_forward_norm
 * @property {{ in_proj: Linear, out_proj: Linear }} feed_forward
 */

/** Finds the parts of a model by their names. */
export class Reader {
  /** @param {Map<string, Tensor>} tensors */
  constructor(tensors) {
    this.tensors = tensors;
  }

  /**
   * @param {string} name
   * @returns {Tensor}
   */
  tensor(name) {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`the model has no ${name}`);
    return tensor;
  }

  /** @param {string} name */
  weightAndBias(name) {
    return { weight: this.tensor(`${name}.weight`), bias: this.tensor(`${name}.bias`) };
  }

  /** @param {string} name */
  attention(name) {
    return {
      q_proj: this.weightAndBias(`${name}.q_proj`),
      k_proj: this.weightAndBias(`${name}.k_proj`),
      v_proj: this.weightAndBias(`${name}.v_proj`),
      out_proj: this.weightAndBias(`${name}.out_proj`),
    };
  }

  /** @param {string} name */
  encoderLayer(name) {
    return {
      self_attn_norm: this.weightAndBias(`${name}.self_attn_norm`),
      self_attn: this.attention(`${name}.self_attn`),
      feed_forward_norm: this.weightAndBias(`${name}.feed_forward_norm`),
      feed_forward: {
        in_proj: this.weightAndBias(`${name}.feed_forward.in_proj`),
        out_proj: this.weightAndBias(`${name}.feed_forward.out_proj`),
      },
    };
  }

  /** @param {string} name */
  decoderLayer(name) {
    return {
      ...this.encoderLayer(name),
      cross_attn_norm: this.weightAndBias(`${name}.cross_attn_norm`),
      cross_attn: this.attention(`${name}.cross_attn`),
    };
  }
}
