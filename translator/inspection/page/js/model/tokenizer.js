// Text to subword ids and back, as SentencePiece does it.

import { BOS_ID, EOS_ID, PAD_ID, UNK_ID } from "./config.js";
import { argmax } from "./matrix.js";
import { normalize, SPACE } from "./normalization.js";
import { charactersOf } from "./utf8.js";

/**
 * @typedef {object} Vocabulary
 * @property {"bpe" | "unigram"} kind
 * @property {string[]} pieces by id
 * @property {number[]} scores by id: ranks of merges (bpe), log-probabilities (unigram)
 * @property {number[]} bytes the id of each byte
 */

const SPECIALS = [PAD_ID, UNK_ID, BOS_ID, EOS_ID];
// How far SentencePiece puts an unknown character below the worst piece (unigram).
const UNKNOWN_PENALTY = 10;

/** Pieces stay inside words; a character without a piece of its own is spelled in bytes. */
export class Tokenizer {
  /** @param {Vocabulary} vocabulary */
  constructor({ kind, pieces, scores, bytes }) {
    this.kind = kind;
    this.allPieces = pieces;
    this.byteIds = bytes;
    this.byteOf = new Map(bytes.map((id, byte) => [id, byte]));
    const isWritten = (/** @type {number} */ id) => !SPECIALS.includes(id) && !this.byteOf.has(id);
    const ids = [...pieces.keys()].filter(isWritten);
    this.ids = new Map(ids.map((id) => [pieces[id], id]));
    // SentencePiece has scores of 32 bits.
    this.scores = new Map([...this.ids].map(([piece, id]) => [piece, Math.fround(scores[id])]));
    const worst = [...this.scores.values()].reduce((a, b) => Math.min(a, b));
    this.unknownScore = Math.fround(worst - UNKNOWN_PENALTY);
    this.longest = ids.reduce((most, id) => Math.max(most, [...pieces[id]].length), 0);
  }

  /**
   * Ids of the text, then </s>. A special typed as text is text.
   * @param {string} text
   */
  encode(text) {
    const words = normalize(text).split(" ").filter(Boolean);
    const spaced = words.map((word) => [...SPACE, ...word]);
    const pieces =
      this.kind === "bpe"
        ? spaced.flatMap((word) => this.merged(word))
        : this.mostProbable(spaced.flat());
    return [...pieces.flatMap((piece) => this.spell(piece)), EOS_ID];
  }

  /**
   * The spelling of each id; specials and bytes too: </s>, <0xE2>.
   * @param {readonly number[]} ids
   */
  pieces(ids) {
    return ids.map((id) => this.allPieces[id]);
  }

  /**
   * The text of ids, specials left out.
   * @param {readonly number[]} ids
   */
  text(ids) {
    let text = "";
    /** @type {number[]} */
    let bytes = [];
    for (const id of ids) {
      const byte = this.byteOf.get(id);
      if (SPECIALS.includes(id)) continue;
      if (byte !== undefined) {
        bytes.push(byte);
        continue;
      }
      text += spelledBy(bytes);
      bytes = [];
      const piece = this.allPieces[id];
      // The space before the first word is not part of the text.
      const isFirst = text === "" && piece.startsWith(SPACE);
      text += (isFirst ? piece.slice(1) : piece).replaceAll(SPACE, " ");
    }
    return text + spelledBy(bytes);
  }

  /**
   * Byte pair encoding (Sennrich et al. 2016): of two neighbours whose union is a piece, those that
   * were merged first in training are merged, the leftmost first, until none is left.
   * @param {string[]} symbols characters of a word
   */
  merged(symbols) {
    const scoreAt = (/** @type {number} */ at) =>
      this.scores.get(symbols[at] + symbols[at + 1]) ?? -Infinity;
    const scores = symbols.slice(1).map((_, at) => scoreAt(at));
    for (;;) {
      const best = argmax(scores);
      if (scores.length === 0 || scores[best] === -Infinity) return symbols;
      symbols.splice(best, 2, symbols[best] + symbols[best + 1]);
      scores.splice(best, 1);
      for (const at of [best - 1, best]) if (at in scores) scores[at] = scoreAt(at);
    }
  }

  /**
   * Unigram (Kudo 2018): the pieces whose log-probabilities sum to the most, by Viterbi's way. A
   * character that is no piece has the score of an unknown one.
   * @param {string[]} characters of a sentence
   */
  mostProbable(characters) {
    // Of the best way to each place: its sum, and where its last piece starts.
    const total = new Float32Array(characters.length + 1).fill(-Infinity);
    const start = new Int32Array(characters.length + 1);
    total[0] = 0;
    for (let from = 0; from < characters.length; from++) {
      let piece = "";
      for (let to = from + 1; to <= Math.min(from + this.longest, characters.length); to++) {
        piece += characters[to - 1];
        let score = this.scores.get(piece);
        if (to === from + 1) score ??= this.unknownScore;
        if (score === undefined) continue;
        const sum = Math.fround(total[from] + score); // of two that are equal the first stays
        if (sum > total[to]) {
          total[to] = sum;
          start[to] = from;
        }
      }
    }
    const pieces = [];
    for (let to = characters.length; to > 0; to = start[to]) {
      pieces.unshift(characters.slice(start[to], to).join(""));
    }
    return pieces;
  }

  /** @param {string} piece */
  spell(piece) {
    const id = this.ids.get(piece);
    if (id !== undefined) return [id];
    return [...new TextEncoder().encode(piece)].map((byte) => this.byteIds[byte]);
  }
}

/** @param {number[]} bytes */
const spelledBy = (bytes) =>
  charactersOf(bytes).reduce((text, { character }) => text + character, "");
