// How tokens and heads are named on the page.

/**
 * The label of a row or column: a string, or parts with a class each.
 * @typedef {string | [text: string, look: string][]} Label
 */

/** A piece without the mark that starts a word, unless the mark is all there is. */
export const show = (/** @type {string} */ piece) => piece.replaceAll("\u2581", "") || piece;

export const quoted = (/** @type {string} */ piece) => `“${show(piece)}”`;

/** @type {(layer: number, head: number) => string} */
export const headName = (layer, head) => `layer ${layer + 1}, head ${head + 1}`;

/**
 * The parts of a label.
 * @param {Label} label
 * @returns {[text: string, look: string][]}
 */
export const spans = (label) => (typeof label === "string" ? [[label, ""]] : label);

export const plain = (/** @type {Label} */ label) =>
  spans(label)
    .map(([text]) => text)
    .join("");
