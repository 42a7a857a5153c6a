// Pieces to words: what belongs together. As translator/inspection/words.py does it.

import { SPACE, WHITE } from "./normalization.js";
import { charactersOf } from "./utf8.js";

/**
 * Some pieces in a row.
 * @typedef {object} Word
 * @property {string} text
 * @property {number[]} pieces their positions in the sentence
 * @property {boolean} isSpecial a special token, not text that is spelled like one
 */

const SPECIALS = ["<pad>", "<unk>", "<s>", "</s>"];
const BYTE = /^<0x([0-9A-F]{2})>$/;
/** Of a word. Combining marks are none, in Python's regular expressions. */
const LETTER = String.raw`\p{L}\p{N}_`;
/** A word with its hyphens and apostrophes, or a single mark. */
const WORD = new RegExp(`[${LETTER}]+(?:[-'’][${LETTER}]+)*|[^${LETTER}${WHITE}]`, "gu");

/**
 * Each piece belongs to exactly one word. A special token is a word of its own; a piece that reaches
 * into two words joins them.
 * @param {readonly string[]} pieces
 * @returns {Word[]}
 */
export function groupIntoWords(pieces) {
  /** @type {Word[]} */
  const words = [];
  let start = 0;
  for (let end = 0; end <= pieces.length; end++) {
    if (end < pieces.length && !SPECIALS.includes(pieces[end])) continue;
    words.push(...grouped(pieces.slice(start, end), start));
    if (end < pieces.length) words.push({ text: pieces[end], pieces: [end], isSpecial: true });
    start = end + 1;
  }
  return words;
}

/**
 * The words of a run of ordinary pieces, the first of which stands at position `first`. Places are
 * counted in bytes, for pieces may be single bytes of a character.
 * @param {readonly string[]} pieces
 * @param {number} first
 * @returns {Word[]}
 */
function grouped(pieces, first) {
  const spelled = pieces.map(bytesOf);
  const { text, places } = read(spelled.flat());
  const found = Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    word,
    from: index,
    start: places[index],
    end: places[index + word.length],
  }));
  /** @type {{ positions: number[], left: number, right: number }[]} */
  const groups = [];
  let end = 0;
  for (const [i, bytes] of spelled.entries()) {
    const start = end;
    end += bytes.length;
    // A piece of white space alone belongs to the word that it opens, at the end to the last.
    const left = Math.min(found.filter((one) => one.end <= start).length, found.length - 1);
    const right = Math.max(left, found.filter((one) => one.start < end).length - 1);
    const last = groups.at(-1);
    if (last && left <= last.right) {
      last.positions.push(first + i);
      last.right = right;
    } else groups.push({ positions: [first + i], left, right });
  }
  return groups.map(({ positions, left, right }) => {
    const end = found[right] && found[right].from + found[right].word.length;
    return {
      text: found[left] ? text.slice(found[left].from, end) : "",
      pieces: positions,
      isSpecial: false,
    };
  });
}

/** @param {string} piece */
function bytesOf(piece) {
  const byte = BYTE.exec(piece);
  if (byte) return [Number.parseInt(byte[1], 16)];
  return [...new TextEncoder().encode(piece.replaceAll(SPACE, " "))];
}

/**
 * The text that bytes spell, and for each place in it how many bytes stand before.
 * @param {number[]} bytes
 */
function read(bytes) {
  let text = "";
  let before = 0;
  const places = [0];
  for (const { character, numBytes } of charactersOf(bytes)) {
    for (let i = 0; i < character.length; i++) places[text.length + i] = before;
    text += character;
    before += numBytes;
    places[text.length] = before;
  }
  return { text, places };
}
