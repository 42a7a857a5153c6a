// What a reader should know before trusting a translation.

/** @import { Page } from "./page.js" */

import { quoted } from "./labels.js";
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
  const { maxSrcLength } = embedded.config;
  const rare = sourceWords.filter(
    ({ pieces, isSpecial }) => !isSpecial && pieces.length >= MANY_PIECES,
  );
  const least = largest(logprobs.map((x) => -x));
  const isUnsure = Math.exp(logprobs[least]) < UNSURE;
  return [
    numSource > maxSrcLength &&
      `This sentence has ${numSource} tokens; those in training had at most ${maxSrcLength}. Expect a bad translation.`,
    rare.length > 0 &&
      `The vocabulary has no token for ${rare.map(({ text }) => quoted(text)).join(", ")}: cut into small pieces, such words are mostly guesses.`,
    isUnsure &&
      `The model is unsure: it gave ${quoted(names.writes[least])} only ${chance(Math.exp(logprobs[least]))}.`,
    writes.at(-1) !== EOS &&
      state.tgt === null &&
      "The search was cut off at its length limit: the translation does not end.",
  ].filter((notice) => notice !== false);
}
