// How tokens and heads are named on the page.

/**
 * The label of a row or column: a string, or parts with a class each.
 * @typedef {string | [text: string, look: string][]} Label
 */

const BYTE = /^<0x[0-9A-F]{2}>$/;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A piece without the mark that starts a word, unless the mark is all there is. */
export const show = (/** @type {string} */ piece) => piece.replaceAll("\u2581", "") || piece;

/**
 * The names of all pieces of a sentence. A byte is named by the character that it helps to spell,
 * and pieces of the same name are numbered: the¹, the².
 * @param {string[]} pieces
 */
export function nameAll(pieces) {
  const named = pieces.map((piece, i) => (BYTE.test(piece) ? byteName(pieces, i) : show(piece)));
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of named) counts.set(name, (counts.get(name) ?? 0) + 1);
  /** @type {Map<string, number>} */
  const seen = new Map();
  return named.map((name) => {
    if (counts.get(name) === 1) return name;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return `${name}${raised(seen.get(name) ?? 1)}`;
  });
}

const raised = (/** @type {number} */ n) =>
  [...String(n)].map((digit) => RAISED[Number(digit)]).join("");

/**
 * The character that a byte helps to spell, or the byte where it spells none.
 * @param {string[]} pieces
 * @param {number} i
 */
function byteName(pieces, i) {
  const isByte = (/** @type {number} */ at) => BYTE.test(pieces[at] ?? "");
  const value = (/** @type {number} */ at) => Number.parseInt(pieces[at].slice(3, 5), 16);
  let start = i;
  while (isByte(start - 1) && (value(start) & 0xc0) === 0x80) start--;
  let end = start + 1;
  while (isByte(end) && (value(end) & 0xc0) === 0x80) end++;
  const bytes = Array.from({ length: end - start }, (_, k) => value(start + k));
  const char = new TextDecoder().decode(new Uint8Array(bytes));
  return char.includes("\ufffd") ? pieces[i] : char;
}

export const quoted = (/** @type {string} */ name) => `“${name}”`;

/** The same with a capital letter at its start. */
export const capital = (/** @type {string} */ text) => text[0].toUpperCase() + text.slice(1);

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
