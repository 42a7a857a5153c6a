// The weights of the model, from the text in the page to numbers.

/** @import { Tensor } from "./matrix.js" */

/** @typedef {"float16" | "int8" | "float32"} Precision */

/**
 * @typedef {object} EmbeddedTensor
 * @property {string} name as in model.safetensors
 * @property {number[]} shape
 * @property {string} data base64: little-endian, row by row
 * @property {string} [scales] base64, of a matrix of int8: one float32 a row
 */

/**
 * By name, in 32 bits.
 * @param {EmbeddedTensor[]} tensors
 * @param {Precision} precision
 * @returns {Map<string, Tensor>}
 */
export const readTensors = (tensors, precision) =>
  new Map(tensors.map((tensor) => [tensor.name, readTensor(tensor, precision)]));

/** @type {(tensor: EmbeddedTensor, precision: Precision) => Tensor} */
function readTensor({ shape, data, scales }, precision) {
  const bytes = fromBase64(data);
  if (precision === "float16") return { shape, data: fromFloat16(new Uint16Array(bytes)) };
  if (!scales) return { shape, data: new Float32Array(bytes) };
  return { shape, data: fromInt8(new Int8Array(bytes), new Float32Array(fromBase64(scales))) };
}

/** @param {string} text */
export function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

/**
 * Each whole number times the scale of its row.
 * @param {Int8Array} numbers
 * @param {Float32Array} scales
 */
function fromInt8(numbers, scales) {
  const width = numbers.length / scales.length;
  const scaled = new Float32Array(numbers.length);
  for (let row = 0; row < scales.length; row++) {
    for (let i = row * width; i < (row + 1) * width; i++) scaled[i] = numbers[i] * scales[row];
  }
  return scaled;
}

/**
 * Five bits of exponent become eight, ten of the fraction twenty-three.
 * @param {Uint16Array} halves
 */
function fromFloat16(halves) {
  const bits = new Uint32Array(halves.length);
  const numbers = new Float32Array(bits.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    const sign = (half & 0x8000) << 16;
    const rest = half & 0x7fff;
    // Below the smallest exponent the fraction counts in steps of 2 ** -24.
    if (rest < 0x0400) numbers[i] = (sign ? -rest : rest) * 2 ** -24;
    else bits[i] = sign | ((rest << 13) + (112 << 23));
  }
  return numbers;
}
