// How attention was learned: a few sentences that were read again and again during training, and
// what was measured each time. page/learning.py embeds it; translator/inspection/learning.py says more.

/** @import { Kind, Matrix } from "./inspection.js" */
/** @import { Config } from "./model/config.js" */

import { nameAll } from "./labels.js";
import { fromBase64 } from "./model/weights.js";
import { largest, range, sum } from "./numbers.js";

/**
 * Lists have an entry a snapshot; N decoder layers, H heads.
 * @typedef {object} Measured
 * @property {string | null} beginsWith the run whose weights this training began with
 * @property {number} numSentences on which the rest was measured
 * @property {string} signature of BLEU
 * @property {number[]} steps
 * @property {number[]} bleu of greedy translations
 * @property {number[]} loss nats a token
 * @property {number[][][]} entropy [N][H] bits of the rows of cross-attention
 * @property {(number[][] | null)[]} aer [N][H] alignment error rate; null without gold
 */
/**
 * @typedef {object} Probe
 * @property {string} text
 * @property {string[]} source
 * @property {string[]} reads
 * @property {string[]} writes
 * @property {Cell[] | null} gold cells of cross-attention whose words translate each other
 */
/**
 * @typedef {object} Recorded
 * @property {Probe[]} probes
 * @property {number[][][]} probabilities of each probe's written tokens
 * @property {string} attention
 */
/** @typedef {Measured & Recorded} EmbeddedLearning */
/** @typedef {[row: number, column: number]} Cell */

/**
 * One sentence at several steps of the training.
 * @typedef {object} Film
 * @property {string} text
 * @property {string} target what the decoder reads
 * @property {number[]} steps
 * @property {{ source: string[], reads: string[], writes: string[] }} names
 * @property {Cell[]} gold
 * @property {(at: number) => Frame | null} frame at a place in `steps`; null until it is known
 */
/**
 * @typedef {object} Frame
 * @property {(kind: Kind) => Matrix[][]} weights by layer and head
 * @property {number[]} probabilities of the written tokens
 * @property {string} [translation] the model's own, where it was asked for one
 */
/** @typedef {Measured & { films: Film[] }} Learning */

/** A weight of 1 in bytes. */
const WHOLE = 255;

/**
 * @param {EmbeddedLearning} embedded
 * @param {Config} config
 * @returns {Promise<Learning>}
 */
export async function readLearning({ probes, probabilities, attention, ...measured }, config) {
  const bytes = await inflated(attention);
  const { steps } = measured;
  let from = 0;
  /** @type {(numLayers: number, numRows: number, numColumns: number) => Block} */
  const block = (numLayers, numRows, numColumns) => {
    const shape = [numLayers, config.numHeads, numRows, numColumns];
    const size = shape.reduce((product, n) => product * n, steps.length);
    from += size;
    return { shape, bytes: bytes.subarray(from - size, from) };
  };
  const films = probes.map(({ text, source, reads, writes, gold }, probe) => {
    const [S, T] = [source.length, reads.length];
    const encoder = block(config.numEncoderLayers, S, S);
    const decoder = block(config.numDecoderLayers, T, T);
    const cross = block(config.numDecoderLayers, T, S);
    /** @type {Record<Kind, Block>} */
    const blocks = { encoder_self_attn: encoder, decoder_self_attn: decoder, cross_attn: cross };
    return {
      text,
      target: "the reference",
      steps,
      names: { source: nameAll(source), reads: nameAll(reads), writes: nameAll(writes) },
      gold: gold ?? [],
      frame: (/** @type {number} */ at) => ({
        weights: (/** @type {Kind} */ kind) => weightsAt(blocks[kind], at, steps.length),
        probabilities: probabilities[at][probe],
      }),
    };
  });
  return { ...measured, films };
}

/** @typedef {{ shape: number[], bytes: Uint8Array }} Block  [layer][head][row][column][snapshot] */

/** @param {string} text */
async function inflated(text) {
  const deflated = new Blob([fromBase64(text)]).stream();
  const stream = deflated.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @type {(block: Block, at: number, numSnapshots: number) => Matrix[][]} */
function weightsAt({ shape: [numLayers, numHeads, numRows, numColumns], bytes }, at, numSnapshots) {
  let next = at;
  const weight = () => {
    next += numSnapshots;
    return bytes[next - numSnapshots] / WHOLE;
  };
  return range(numLayers).map(() =>
    range(numHeads).map(() => range(numRows).map(() => range(numColumns).map(weight))),
  );
}

/**
 * The place of the last step up to `step`.
 * @type {(steps: number[], step: number) => number}
 */
export const placeOfStep = (steps, step) =>
  Math.max(
    0,
    steps.findLastIndex((each) => each <= step),
  );

/**
 * Bits, the mean of the rows.
 * @param {Matrix} weights
 */
export const entropyOf = (weights) =>
  sum(weights.flat().map((w) => (w > 0 ? -w * Math.log2(w) : 0))) / weights.length;

/**
 * The same where each row gives alike to all that it may look at.
 * @param {Matrix} weights
 * @param {Kind} kind
 */
export function mostEntropy(weights, kind) {
  const seen = weights.map((row, i) => (kind === "decoder_self_attn" ? i + 1 : row.length));
  return sum(seen.map(Math.log2)) / seen.length;
}

/**
 * What share of its weight a row gives to other tokens, the mean of the rows.
 * @type {(before: Matrix, after: Matrix) => number}
 */
export const moved = (before, after) =>
  sum(before.flatMap((row, i) => row.map((w, j) => Math.abs(w - after[i][j])))) / before.length / 2;

/**
 * The place at which a head has changed most since the snapshot before.
 * @param {Film} film of which all is known
 * @param {Kind} kind
 * @param {number} layer
 * @param {number} head
 */
export function turningPoint({ steps, frame }, kind, layer, head) {
  const matrices = steps.map((_, at) => frame(at)?.weights(kind)[layer][head] ?? []);
  return 1 + largest(matrices.slice(1).map((after, i) => moved(matrices[i], after)));
}

/** @typedef {{ layer: number, head: number, error: number }} Aligned */

/**
 * The head of each layer that errs least.
 * @param {number[][]} aer
 * @returns {Aligned[]}
 */
export const bestOfLayers = (aer) =>
  aer.map((errors, layer) => {
    const error = Math.min(...errors);
    return { layer, head: errors.indexOf(error), error };
  });

/**
 * The head of all that errs least.
 * @param {number[][]} aer
 */
export const bestOfAll = (aer) =>
  bestOfLayers(aer).reduce((best, each) => (each.error < best.error ? each : best));

/** Of the error at the start: above it nothing is learned yet, and who leads is chance. */
const LEARNED = 0.9;

/**
 * Where the layer that aligns best at the end overtakes another for good; null where it leads from
 * the start.
 * @param {number[][][]} aer
 * @returns {{ at: number, from: number, to: number } | null} the place, and the two layers
 */
export function takeover(aer) {
  const best = aer.map(bestOfAll);
  const to = best[best.length - 1].layer;
  const before = best.findLastIndex(({ layer }) => layer !== to);
  if (before < 0 || best[before].error > LEARNED * best[0].error) return null;
  return { at: before + 1, from: best[before].layer, to };
}
