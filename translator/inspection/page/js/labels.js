// Tokens and heads, as they are called on the page.

/**
 * The text of a row or column: as it is, or in parts, each with the class that it is drawn in.
 * @typedef {string | [text: string, look: string][]} Label
 */

/** A piece without the mark of a word's beginning; a piece that is only the mark, with it. */
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
