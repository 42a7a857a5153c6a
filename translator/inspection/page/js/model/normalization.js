// Text as the tokenizer reads it, in training and translating: what looks the same is the same.
// The program's translator/text/normalization.py, rule by rule.

/** SentencePiece's own sign for a space: every word begins with it. */
export const SPACE = "\u2581";
/** Marks upon one character, the limit of Unicode's stream-safe text format (UAX #15, D3). */
const MAX_MARKS = 30;

/** What Python takes for white space, for a set of characters. */
export const WHITE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
/** All but white space. */
const CONTROL = String.raw`\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f`;
/** Soft hyphens, spaces without width, byte order marks, directions, signs of annotations. */
const INVISIBLE =
  String.raw`\u00ad\u061c\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff` +
  String.raw`\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e001f}`;
/** Joiners, variation selectors and tags: invisible, but they change what stands before them. */
const SELECTORS =
  String.raw`\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}` +
  String.raw`\u{e0100}-\u{e01ef}`;
/** What they change: letters of scripts that join or have variants, symbols, emoji. */
const SELECTED =
  String.raw`\u0590-\u109f\u1780-\u18af\u20d0-\u20ff\u2190-\u2bff\u2e80-\ud7ff\uf900-\ufaff` +
  String.raw`\ufb1d-\ufdff\ufe70-\ufefe\u{10a00}-\u{dffff}`;
/** After an escape character: what an arrow key sends, or what colours a terminal (ECMA-48). */
const SEQUENCE = String.raw`(?<=\x1b)(?:\[[0-?]*[!-\/]*[@-~]|O[A-Z])`;

const BLANKS = new RegExp(`[${WHITE}]+`, "gu");
const LEFT_OUT = new RegExp(`[${CONTROL}${INVISIBLE}](?:${SEQUENCE})?`, "gu");
const IDLE = new RegExp(
  `[${SELECTORS}](?<![${SELECTED}${SELECTORS}][${SELECTORS}])[${SELECTORS}]*`,
  "gu",
);
const HALF_A_PAIR = /\p{Surrogate}/gu;
const MANY_MARKS = new RegExp(`\\p{Mark}{${MAX_MARKS + 1},}`, "gu");

/**
 * One line of the text, without what nobody sees; blank if nothing else is there.
 * @param {string} text
 */
export function normalize(text) {
  const seen = text
    .replace(HALF_A_PAIR, "\ufffd")
    .replace(LEFT_OUT, "")
    .replaceAll(SPACE, " ")
    .replace(IDLE, "")
    .replace(MANY_MARKS, bounded);
  return singleSpaced(seen.normalize("NFC"));
}

/**
 * Every run of white space is one space; none at the ends.
 * @param {string} text
 */
const singleSpaced = (text) => text.replace(BLANKS, " ").replace(/^ | $/g, "");

/**
 * The marks without those that follow MAX_MARKS others of a combining class above 0.
 * @param {string} marks
 */
function bounded(marks) {
  let count = 0;
  return [...marks]
    .filter((mark) => {
      count = isOrdered(mark) ? count + 1 : 0;
      return count <= MAX_MARKS;
    })
    .join("");
}

/**
 * Whether a mark has a combining class above 0, which JavaScript does not tell: normalization moves
 * it before U+0345, whose class is the highest, and leaves others where they are.
 * @param {string} mark
 */
function isOrdered(mark) {
  // Of class 0, though made of marks that are moved.
  if (/[\u0f73\u0f75\u0f81]/.test(mark)) return false;
  return mark === "\u0345" || !`\u0345${mark}`.normalize("NFD").startsWith("\u0345");
}
