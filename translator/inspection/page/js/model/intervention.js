// What the reader has changed in the model, and what that makes of a row of weights. It means what
// translator/inspection/intervention.py means by it.

/** @import { Departures } from "./attention.js" */
/** @import { Encoded } from "./transformer.js" */

/** @typedef {"zero" | "uniform" | "permute"} Ablation */

/**
 * What the reader has changed in the model. Layers, heads, positions and decoding steps count
 * from 0.
 * @typedef {object} Intervention
 * @property {Readonly<Record<string, Ablation>>} ablate by "layer.head" of cross-attention
 * @property {readonly number[]} drop source positions that nobody may look at
 * @property {Readonly<Record<string, readonly number[]>>} override weights by "layer.head.step" of
 *   cross-attention; positions behind the last weight have none
 * @property {number} temperature of the softmax of all cross-attention; 1 is the model's
 * @property {boolean} scaling whether cross-attention's scores are divided by sqrt(d_head)
 * @property {number} pads <pad> tokens behind the source
 * @property {boolean} mask whether <pad> is hidden, from encoder and decoder
 */

/**
 * The model as it is.
 * @type {Readonly<Intervention>}
 */
export const NOTHING = Object.freeze({
  ablate: {},
  drop: [],
  override: {},
  temperature: 1,
  scaling: true,
  pads: 0,
  mask: true,
});

/**
 * Where nobody may look, of all source positions with the pads behind them.
 * @param {Intervention} intervention
 * @param {number} sourceLength without the pads
 */
export function hiddenPositions({ drop, pads, mask }, sourceLength) {
  const hidden = Array.from(
    { length: sourceLength + pads },
    (_, position) => drop.includes(position) || (mask && position >= sourceLength),
  );
  if (hidden.every(Boolean)) throw new RangeError("every source position is hidden: leave one");
  return hidden;
}

/**
 * How cross-attention departs from the formula in a layer.
 * @param {Encoded} encoded
 * @param {number} layer
 * @param {(query: number) => number} stepOf the decoding step of a query
 * @returns {Departures}
 */
export function departures({ intervention, hidden }, layer, stepOf) {
  const { ablate, override, temperature, scaling } = intervention;
  return {
    hidden,
    temperature,
    isScaled: scaling,
    edit(weights, head, query) {
      const given = override[`${layer}.${head}.${stepOf(query)}`];
      if (given) return weights.map((_, position) => given[position] ?? 0);
      const how = ablate[`${layer}.${head}`];
      return how ? ablated(weights, hidden, how) : weights;
    },
  };
}

/**
 * "zero": the head contributes nothing. "uniform": all positions alike. "permute": the row is moved
 * on by half, around the end, so that every weight goes to a position far away.
 * @param {Float32Array} weights
 * @param {readonly boolean[]} hidden
 * @param {Ablation} how
 */
function ablated(weights, hidden, how) {
  const visible = [...weights.keys()].filter((position) => !hidden[position]);
  const half = Math.floor(visible.length / 2);
  const result = new Float32Array(weights.length);
  if (how === "zero") return result;
  visible.forEach((position, i) => {
    const other = visible[(i + half) % visible.length];
    if (how === "uniform") result[position] = 1 / visible.length;
    else result[other] = weights[position];
  });
  return result;
}
