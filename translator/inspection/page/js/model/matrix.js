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
 * x W^T + b
 * @param {Rows} x
 * @param {Linear} linear
 * @returns {Rows}
 */
export function project(x, { weight, bias }) {
  const [numOutputs] = weight.shape;
  return x.map((row) => {
    const out = new Float32Array(numOutputs);
    if (bias) out.set(bias.data);
    let j = 0;
    for (; j + 8 <= numOutputs; j += 8) addEightProducts(out, weight.data, row, j);
    for (; j < numOutputs; j++) addProduct(out, weight.data, row, j);
    return out;
  });
}

/**
 * Add the product of `x` and row j of W to number j of `out`.
 * @param {Float32Array} out
 * @param {Float32Array} W row by row
 * @param {Float32Array} x
 * @param {number} j
 */
function addProduct(out, W, x, j) {
  const start = j * x.length;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * W[start + i];
  out[j] += sum;
}

/**
 * `addProduct` for eight rows: each number of `x` is read once for all of them. Nearly all of the
 * page's work is done here; small as it is, the browser soon makes fast code of it.
 * @param {Float32Array} out
 * @param {Float32Array} W row by row
 * @param {Float32Array} x
 * @param {number} j the first row
 */
function addEightProducts(out, W, x, j) {
  const width = x.length;
  const start0 = j * width;
  const start1 = start0 + width;
  const start2 = start1 + width;
  const start3 = start2 + width;
  const start4 = start3 + width;
  const start5 = start4 + width;
  const start6 = start5 + width;
  const start7 = start6 + width;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let sum4 = 0;
  let sum5 = 0;
  let sum6 = 0;
  let sum7 = 0;
  for (let i = 0; i < width; i++) {
    const number = x[i];
    sum0 += number * W[start0 + i];
    sum1 += number * W[start1 + i];
    sum2 += number * W[start2 + i];
    sum3 += number * W[start3 + i];
    sum4 += number * W[start4 + i];
    sum5 += number * W[start5 + i];
    sum6 += number * W[start6 + i];
    sum7 += number * W[start7 + i];
  }
  out[j] += sum0;
  out[j + 1] += sum1;
  out[j + 2] += sum2;
  out[j + 3] += sum3;
  out[j + 4] += sum4;
  out[j + 5] += sum5;
  out[j + 6] += sum6;
  out[j + 7] += sum7;
}

/**
 * Each row moved to mean 0 and stretched to variance 1, then by what was learned.
 * @param {Rows} x
 * @param {LayerNorm} norm
 * @returns {Rows}
 */
export function layerNorm(x, { weight, bias }) {
  return x.map((row) => {
    const width = row.length;
    let mean = 0;
    for (let i = 0; i < width; i++) mean += row[i] / width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += (row[i] - mean) ** 2 / width;
    const stretch = 1 / Math.sqrt(variance + EPSILON);
    const out = new Float32Array(width);
    for (let i = 0; i < width; i++) {
      out[i] = (row[i] - mean) * stretch * weight.data[i] + bias.data[i];
    }
    return out;
  });
}

/**
 * @param {Rows} x
 * @param {Rows} y
 * @returns {Rows}
 */
export function add(x, y) {
  return x.map((row, r) => {
    const sum = new Float32Array(row);
    for (let i = 0; i < sum.length; i++) sum[i] += y[r][i];
    return sum;
  });
}

/**
 * What is below zero cut off.
 * @param {Rows} x
 * @returns {Rows}
 */
export function relu(x) {
  return x.map((row) => {
    const out = new Float32Array(row.length);
    for (let i = 0; i < out.length; i++) out[i] = Math.max(row[i], 0);
    return out;
  });
}

/**
 * Where the largest number stands, the first of several; 0 where there is none.
 * @param {ArrayLike<number>} numbers
 */
export function argmax(numbers) {
  let largest = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[largest]) largest = i;
  return largest;
}
