// The page checks itself: sentences that the program translated travel in the file, and the page
// translates them again when nothing else is to be done.

/** @import { Page } from "./page.js" */

import { byId } from "./elements.js";
import { breathe } from "./model/pace.js";
import { decode } from "./model/search.js";
import { sum } from "./numbers.js";

/** Between the log-probabilities of the two, in nats: sums in another order differ by less. */
const TOLERANCE = 0.01;

/** @param {Page} page */
export async function checkItself({ embedded, model, beam }) {
  const { checks } = embedded;
  let same = 0;
  const never = new AbortController().signal;
  for (const { text, translation, logprob } of checks) {
    await breathe(never);
    const [best] = await decode(model.transformer, model.tokenizer.encode(text), beam);
    const isSame =
      inOneLine(model.tokenizer.text(best.ids)) === translation &&
      Math.abs(sum(best.logprobs) - logprob) < TOLERANCE;
    same += isSame ? 1 : 0;
  }
  const found = byId("check");
  found.dataset.same = String(same);
  found.textContent =
    same === checks.length
      ? `This page translates as the program does: ${same} of ${checks.length} sentences checked just now.`
      : `Careful: of ${checks.length} sentences that the program translated, this page translates ${same} in the same way. What it shows may be wrong in this browser.`;
}

/** As the program puts translations into lines: with single blanks. */
const inOneLine = (/** @type {string} */ text) => text.split(/\s+/).filter(Boolean).join(" ");
