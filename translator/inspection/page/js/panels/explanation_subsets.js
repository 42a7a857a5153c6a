// 7. Does attention explain? What is lost when the heaviest tokens are hidden, or kept alone.

/** @import { Losses } from "../embedded.js" */
/** @import { Page } from "../page.js" */
/** @import { Weighed } from "./explanation.js" */

import { heaviest } from "../attention.js";
import { hiding } from "../changes.js";
import { h3, p, quiet, table } from "../elements.js";
import { mersenneTwister } from "../model/draws.js";
import { num, sum } from "../numbers.js";
import { effectsOf, WAITING } from "../trials.js";

const SIZES = [1, 2, 3];
const NUM_DRAWS = 10;

/**
 * Comprehensiveness and sufficiency of the weights, at this decoding step and over many.
 * @param {Page} page
 * @param {Weighed[]} weighed the heaviest first
 */
export function subsets(page, weighed) {
  const measured = page.embedded.faithfulness;
  const sizes = SIZES.filter((size) => size < weighed.length);
  const row = (/** @type {string} */ name, /** @type {(number | null)[]} */ nats) => [
    name,
    ...nats.map((x) => (x === null ? WAITING : num(x, 2))),
  ];
  /** @type {(isKept: boolean, many: Losses | undefined) => Node} */
  const lost = (isKept, many) =>
    table(
      isKept ? "Only the heaviest are kept" : "The heaviest are hidden",
      ["tokens", "the heaviest", isKept ? "the best to keep" : "the worst to lose", "at random"],
      sizes.flatMap((size, i) => [
        row(`${size}, here`, lossesOf(page, weighed, size, isKept) ?? [null, null, null]),
        ...(many
          ? [
              row(`${size}, on average`, [
                many.lostHeaviest[i],
                many.lostBest[i],
                many.lostRandom[i],
              ]),
            ]
          : []),
      ]),
    );
  return [
    p(
      "If the heaviest tokens are those that matter, hiding them must cost much, and keeping them alone must cost little. Nats that the written token loses:",
    ),
    h3(
      "When they are hidden (comprehensiveness): the more is lost, the better the weights explain",
    ),
    lost(false, measured?.comprehensiveness),
    h3("When only they are kept (sufficiency): the less is lost, the better the weights explain"),
    lost(true, measured?.sufficiency),
    quiet(
      `At random: the mean over all tokens, or over ${NUM_DRAWS} drawn sets of two or three. The best and the worst: of all these, and of the tokens that cost most one by one.${measured ? ` On average: over the decoding steps of ${measured.numSentences} sentences where some token matters.` : ""} A model has seldom seen a sentence of which so much is hidden; large losses say that, too.`,
    ),
  ];
}

/**
 * Nats lost when `size` tokens are hidden, or all but these: the heaviest, the best choice that
 * was tried, and the mean of the random ones. null until the model has said it.
 * @param {Page} page
 * @param {Weighed[]} weighed the heaviest first
 * @param {number} size
 * @param {boolean} isKept
 * @returns {[heaviest: number, best: number, random: number] | null}
 */
function lossesOf(page, weighed, size, isKept) {
  const tokens = weighed.map(({ token }) => token);
  const byCost = heaviest(weighed.map(({ effect }) => effect.nats)).map((i) => tokens[i]);
  const drawn = drawnSets(
    [...tokens].sort((a, b) => a - b),
    size,
  );
  const lost = [tokens.slice(0, size), byCost.slice(0, size), ...drawn].map((set) => {
    const hidden = isKept ? tokens.filter((token) => !set.includes(token)) : set;
    return effectsOf(page, hiding(page.state.intervention, hidden))?.[page.state.step].nats ?? null;
  });
  if (!lost.every((nats) => nats !== null)) return null;
  const best = isKept ? Math.min(...lost) : Math.max(...lost);
  return [lost[0], best, sum(lost.slice(2)) / drawn.length];
}

/**
 * Every token, or random sets of several: always the same ones.
 * @param {number[]} tokens
 * @param {number} size
 */
export function drawnSets(tokens, size) {
  if (size === 1) return tokens.map((token) => [token]);
  const next = mersenneTwister(size);
  return Array.from({ length: NUM_DRAWS }, () => {
    const left = [...tokens];
    return Array.from({ length: size }, () => left.splice(next() % left.length, 1)[0]);
  });
}
