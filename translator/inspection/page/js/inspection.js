// What the model did, as page.py embeds it: the types of the data, and how to read it.
// Shapes: S source tokens, T decoding steps, d_model numbers in a state, d_head in a head's vector.

/**
 * Numbers as text: float32, little-endian, row by row, in base64.
 * @typedef {{ shape: number[], data: string }} Packed
 */
/**
 * A word and the positions of its pieces.
 * @typedef {{ text: string, pieces: number[] }} Word
 */
/** @typedef {"cross_attn" | "encoder_self_attn" | "decoder_self_attn"} Kind */
/** @typedef {{ layer: number, head: number, step: number }} Place  all from 0 */
/** @typedef {[piece: string, logprob: number]} Alternative */
/** @typedef {number[][]} Matrix */
/** @typedef {number[][][]} Matrices  one for each head */

/**
 * Cross-attention in one layer of the decoder.
 * @typedef {object} EmbeddedCross
 * @property {Packed} queryInput [T, d_model]: the decoder's state, normalized
 * @property {Packed} queries [heads, T, d_head]
 * @property {Packed} keys [heads, S, d_head]
 * @property {Packed} values [heads, S, d_head]
 * @property {number[][]} mask [T, S]: 1 where the decoder may not look
 * @property {Packed} wO [d_model, d_model]
 * @property {Packed} bO [d_model]
 */
/**
 * One change to the model, and its effect on every step.
 * @typedef {object} WhatIf
 * @property {"zero" | "uniform" | "permute" | "layer" | "drop"} kind
 * @property {[layer: number, head: number, how: "zero" | "uniform" | "permute"][]} ablate
 * @property {number[]} drop source positions
 * @property {(number | null)[]} changes of the written token's log-probability; null: not finite
 * @property {string[]} newTop the most probable token
 * @property {boolean[]} topChanged whether that is another token than before
 */
/**
 * Rank correlations at each step (null where undefined), and the two measures of importance.
 * @typedef {object} EmbeddedExplanation
 * @property {(number | null)[]} weights_leave_one_out
 * @property {(number | null)[]} norms_leave_one_out
 * @property {(number | null)[]} weights_gradient
 * @property {(number | null)[]} norms_gradient
 * @property {Packed} leaveOneOut [T, S]
 * @property {Packed} gradientXInput [T, S]
 */
/**
 * Everything that the page embeds.
 * @typedef {object} Embedded
 * @property {string} text
 * @property {string} translation
 * @property {string} how the translation came about
 * @property {string[]} source S pieces
 * @property {string[]} reads T pieces: what the decoder reads at each step
 * @property {string[]} writes T pieces: what it writes there
 * @property {Word[]} sourceWords
 * @property {Word[]} readsWords
 * @property {Word[]} writesWords
 * @property {number[]} logprobs of what was written
 * @property {Alternative[][]} alternatives the most probable tokens of each step
 * @property {Place} start where the page opens
 * @property {EmbeddedCross[]} cross one for each layer
 * @property {Packed} memory [S, d_model]: the encoder's output
 * @property {Record<Kind, { weights: Packed, norms: Packed }[]>} matrices [heads, rows, columns]
 *   of each layer
 * @property {{ layers: { key: Packed, value: Packed }[] } | null} pad [heads, d_head]: what the
 *   model makes of one <pad> behind the sentence; null without a model
 * @property {WhatIf[]} whatIf none without a model
 * @property {EmbeddedExplanation | null} explanation null without a model
 */

/** @typedef {ReturnType<typeof readInspection>} Inspection  with its arrays unpacked */

/** @param {Embedded} embedded */
export function readInspection(embedded) {
  const { source, writes, matrices, pad, explanation } = embedded;
  const cross = embedded.cross.map((layer) => ({
    queryInput: matrix(layer.queryInput),
    queries: matricesOf(layer.queries),
    keys: matricesOf(layer.keys),
    values: matricesOf(layer.values),
    mask: layer.mask,
    wO: matrix(layer.wO),
    bO: vector(layer.bO),
  }));
  return {
    ...embedded,
    cross,
    memory: matrix(embedded.memory),
    matrices: {
      cross_attn: matrices.cross_attn.map(weightsAndNorms),
      encoder_self_attn: matrices.encoder_self_attn.map(weightsAndNorms),
      decoder_self_attn: matrices.decoder_self_attn.map(weightsAndNorms),
    },
    pads: pad?.layers.map(({ key, value }) => ({ key: matrix(key), value: matrix(value) })) ?? null,
    explanation: explanation && {
      ...explanation,
      leaveOneOut: matrix(explanation.leaveOneOut),
      gradientXInput: matrix(explanation.gradientXInput),
    },
    numSource: source.length,
    numSteps: writes.length,
    numLayers: cross.length,
    numHeads: embedded.cross[0].queries.shape[0],
    dHead: embedded.cross[0].queries.shape[2],
    dModel: embedded.memory.shape[1],
  };
}

/** @param {{ weights: Packed, norms: Packed }} layer */
const weightsAndNorms = ({ weights, norms }) => ({
  weights: matricesOf(weights),
  norms: matricesOf(norms),
});

/** @type {(packed: Packed) => number[]} */
const vector = (packed) => /** @type {number[]} */ (unpack(packed));
/** @type {(packed: Packed) => Matrix} */
const matrix = (packed) => /** @type {Matrix} */ (unpack(packed));
/** @type {(packed: Packed) => Matrices} */
const matricesOf = (packed) => /** @type {Matrices} */ (unpack(packed));

/** @typedef {(number | Nested)[]} Nested */

/**
 * The numbers as nested lists, one level per axis.
 * @param {Packed} packed
 * @returns {Nested}
 */
export function unpack({ shape, data }) {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  /** @type {(shape: number[]) => Nested} */
  const read = ([n, ...rest]) =>
    Array.from({ length: n }, () => (rest.length ? read(rest) : view.getFloat32(4 * at++, true)));
  return read(shape);
}
