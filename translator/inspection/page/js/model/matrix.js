// The linear algebra that a transformer needs. States are a list of rows, one a position; a weight
// matrix is one array, row by row, as PyTorch keeps it. Numbers are kept in 32 bits, as in the
// program, and summed in 64.

/**
 * One row a position.
 * @typedef {Float32Array[]} Rows
 */

/**
 * @typedef {object} Tensor
 * @property {number[]} shape
 * @property {Float32Array} data row by row
 */

/**
 * y = x W^T + b.
 * @typedef {object} Linear
 * @property {Tensor} weight outputs x inputs
 * @property {Tensor} [bias]
 */

/**
 * @typedef {object} LayerNorm
 * @property {Tensor} weight
 * @property {Tensor} bias
 */

const EPSILON = 1e-5;

/**
 * x W^T + b. Four outputs at once: each number of x is then read once for four of W.
 * @param {Rows} x
 * @param {Linear} linear
 * @returns {Rows}
 */
export function project(x, { weight, bias }) {
  const [numOutputs, numInputs] = weight.shape;
  const W = weight.data;
  return x.map((row) => {
    const out = new Float32Array(numOutputs);
    let j = 0;
    for (; j + 4 <= numOutputs; j += 4) {
      const w0 = j * numInputs;
      const w1 = w0 + numInputs;
      const w2 = w1 + numInputs;
      const w3 = w2 + numInputs;
      let [y0, y1, y2, y3] = [0, 0, 0, 0];
      for (let i = 0; i < numInputs; i++) {
        const xi = row[i];
        y0 += xi * W[w0 + i];
        y1 += xi * W[w1 + i];
        y2 += xi * W[w2 + i];
        y3 += xi * W[w3 + i];
      }
      out[j] = y0;
      out[j + 1] = y1;
      out[j + 2] = y2;
      out[j + 3] = y3;
    }
    for (; j < numOutputs; j++) {
      let y = 0;
      for (let i = 0; i < numInputs; i++) y += row[i] * W[j * numInputs + i];
      out[j] = y;
    }
    if (bias) for (let i = 0; i < numOutputs; i++) out[i] += bias.data[i];
    return out;
  });
}

/**
 * Each row moved to mean 0 and stretched to variance 1, then by what was learned.
 * @param {Rows} x
 * @param {LayerNorm} norm
 * @returns {Rows}
 */
export function layerNorm(x, { weight, bias }) {
  return x.map((row) => {
    let mean = 0;
    for (const number of row) mean += number;
    mean /= row.length;
    let variance = 0;
    for (const number of row) variance += (number - mean) ** 2;
    variance /= row.length;
    const stretch = 1 / Math.sqrt(variance + EPSILON);
    return row.map((number, i) => (number - mean) * stretch * weight.data[i] + bias.data[i]);
  });
}

/**
 * @param {Rows} x
 * @param {Rows} y
 * @returns {Rows}
 */
export const add = (x, y) => x.map((row, r) => row.map((number, i) => number + y[r][i]));

/**
 * What is below zero cut off.
 * @param {Rows} x
 * @returns {Rows}
 */
export const relu = (x) => x.map((row) => row.map((number) => Math.max(number, 0)));
