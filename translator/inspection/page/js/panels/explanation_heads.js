// 7. Does attention explain? Heads that stand in for each other.

/** @import { Child } from "../elements.js" */
/** @import { Intervention } from "../model/intervention.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect } from "../trials.js" */

import { p, quiet, table } from "../elements.js";
import { quoted } from "../labels.js";
import { chance, num, range, sum } from "../numbers.js";
import { backEachOtherUp, effectsOf, headTrials, layerTrials, WAITING } from "../trials.js";

/**
 * By layer: nats that the translation loses a decoding step without each head alone, and without
 * all together. null until the model has said it.
 * @param {Page} page
 */
function headLosses(page) {
  const lost = (/** @type {Intervention} */ intervention) => {
    const effects = effectsOf(page, intervention);
    return { effects, nats: effects && sum(effects.map(({ nats }) => nats)) / effects.length };
  };
  return layerTrials(page).map(({ layer, intervention }) => ({
    layer,
    alone: headTrials(page, layer).map((one) => ({ head: one.head, ...lost(one.intervention) })),
    ...lost(intervention),
  }));
}

/**
 * Whether all heads of some layer cost clearly more than the sum of what each costs alone: over
 * many sentences where that was measured, otherwise over this one.
 * @param {Page} page
 */
export function isBackedUp(page) {
  const measured = page.embedded.faithfulness;
  if (measured) {
    return measured.layerTogether.some((all, i) => backEachOtherUp(measured.headAlone[i], all));
  }
  return headLosses(page).some(
    ({ alone, nats }) =>
      nats !== null &&
      backEachOtherUp(
        alone.map((one) => one.nats ?? 0),
        nats,
      ),
  );
}

/**
 * Each head of a layer muted alone, and all of them.
 * @param {Page} page
 */
export function backup(page) {
  const { step } = page.state;
  const word = page.inspection.names.writes[step];
  const layers = headLosses(page);
  if (!layers.length) return [p("No layer has two heads that speak: there is nobody to stand in.")];
  /** @type {(effects: Effect[] | null, nats: number | null) => Child} */
  const cell = (effects, nats) =>
    effects && nats !== null ? `${chance(effects[step].after)} (${num(nats, 2)})` : WAITING;
  const measured = page.embedded.faithfulness;
  return [
    table(
      `${word} without heads`,
      ["muted", ...layers.map(({ layer }) => `in layer ${layer + 1}`)],
      [
        ...range(page.inspection.numHeads).map((head) => [
          `head ${head + 1} alone`,
          ...layers.map(({ alone }) => {
            const one = alone.find((each) => each.head === head);
            return one ? cell(one.effects, one.nats) : "muted by you";
          }),
        ]),
        ["all together", ...layers.map(({ effects, nats }) => cell(effects, nats))],
      ],
      page.inspection.numHeads,
    ),
    quiet(
      `The probability of ${quoted(word)} then; in brackets the nats that a token of this translation loses on average. Where all together cost more than the sum of each alone, the heads back each other up.`,
    ),
    measured &&
      p(
        `Over ${measured.numSentences} sentences: ${measured.headAlone
          .map(
            (alone, layer) =>
              `in layer ${layer + 1} a head alone costs up to ${num(Math.max(...alone), 2)} nats, all of them ${num(measured.layerTogether[layer], 2)}`,
          )
          .join("; ")}.`,
      ),
  ];
}
