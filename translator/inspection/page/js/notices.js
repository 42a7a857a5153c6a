// What a reader should know before trusting a translation.

/** @import { Config } from "./model/config.js" */
/** @import { Page } from "./page.js" */

import { quoted } from "./labels.js";
import { sentencesOf } from "./model/sentences.js";
import { chance, largest } from "./numbers.js";

/** Pieces of one word from which on the model has hardly seen it. */
const MANY_PIECES = 4;
/** A token below this probability was nearly a guess. */
const UNSURE = 0.4;
const EOS = "</s>";

/**
 * @param {Page} page
 * @returns {string[]}
 */
export function noticesOf({ embedded, inspection, state }) {
  const { numSource, sourceWords, writes, names, logprobs } = inspection;
  const rare = sourceWords.filter(
    ({ pieces, isSpecial }) => !isSpecial && pieces.length >= MANY_PIECES,
  );
  const least = largest(logprobs.map((x) => -x));
  const isUnsure = Math.exp(logprobs[least]) < UNSURE;
  return [
    lengthNotice(embedded.config, numSource, state.text),
    rare.length > 0 &&
      `The vocabulary has no token for ${rare.map(({ text }) => quoted(text)).join(", ")}: cut into small pieces, such words are mostly guesses.`,
    isUnsure &&
      `The model is unsure: it gave ${quoted(names.writes[least])} only ${chance(Math.exp(logprobs[least]))}.`,
    writes.at(-1) !== EOS &&
      state.tgt === null &&
      "The search was cut off at its length limit: the translation does not end.",
  ].filter((notice) => notice !== false);
}

/**
 * @param {Config} config
 * @param {number} numSource
 * @param {string} text
 */
function lengthNotice({ maxSrcLength, splitOver }, numSource, text) {
  if (numSource > maxSrcLength) {
    return `This sentence has ${numSource} tokens; those in training had at most ${maxSrcLength}. Expect a bad translation.`;
  }
  const { length } = sentencesOf(text);
  const isSplit = length > 1 && (splitOver === 0 || numSource > splitOver);
  return (
    isSplit &&
    `The program translates these ${length} sentences one by one. This page reads them as one: enter a single sentence to see what the program does.`
  );
}
