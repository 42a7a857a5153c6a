// 6. What if?

/** @import { Child } from "../elements.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect, Trial } from "../trials.js" */

import { el, p, quiet, table } from "../elements.js";
import { capital, quoted, show } from "../labels.js";
import { chance, range, signed, sum } from "../numbers.js";
import {
  backEachOtherUp,
  effectsOf,
  headTrials,
  layerTrials,
  nameOf,
  READING_AGAIN,
  tokenTrials,
} from "../trials.js";
import { figure, fold, sourceToken, targetToken, tryButton, writtenToken } from "../views.js";
import { pattern } from "./what_if_pattern.js";
import { NOTABLE, picture } from "./what_if_picture.js";

/** @typedef {Trial & { effects: Effect[] | null }} Tried */
/** @typedef {Tried & { layer: number }} TriedHeads  one head of a layer, or all */
/** @typedef {{ tokens: Tried[], heads: TriedHeads[], layers: TriedHeads[] }} Groups */

/** A token less probable than this may lose much of its probability, and yet not NOTABLE. */
const IMPROBABLE = 0.2;
/** More heads than these make the picture too long: it then has those of the chosen layer. */
const MANY_HEADS = 16;
const NUM_SORTED = 12;

/** @param {Page} page */
export function whatIf(page) {
  const groups = groupsOf(page);
  const all = [...groups.tokens, ...groups.heads, ...groups.layers];
  if (!all.length) {
    return [p("One source token and no head are left: put something back, then ask what if.")];
  }
  return [
    el("p", { id: "verdict" }, verdict(page, groups)),
    figure(
      page,
      "what-if",
      () => csv(page, all),
      picture(page, groups, all),
      caption(page),
      attempt(page, groups),
    ),
    fold(page, "what-if-nats", "Sorted, in nats, and for the whole translation", () =>
      sorted(page, all),
    ),
    fold(page, "pattern", `Does it matter where ${page.headName()} looks?`, () => pattern(page)),
  ];
}

/**
 * What is tried, and what came of it.
 * @param {Page} page
 * @returns {Groups}
 */
function groupsOf(page) {
  const { numLayers, numHeads } = page.inspection;
  /** @type {<One extends Trial>(trial: One) => One & Tried} */
  const tried = (trial) => ({ ...trial, effects: effectsOf(page, trial.intervention) });
  const layers = numLayers * numHeads > MANY_HEADS ? [page.state.layer] : range(numLayers);
  return {
    tokens: tokenTrials(page).map(tried),
    heads: layers.flatMap((layer) => headTrials(page, layer)).map(tried),
    layers: layerTrials(page).map(tried),
  };
}

/**
 * The one that takes most from the token written at decoding step t; null where there is none or
 * the model has not said it yet.
 * @template {Tried} One
 * @param {One[]} group
 * @param {number} t
 */
function strongest(group, t) {
  /** @type {{ trial: One, effect: Effect, lost: number } | null} */
  let best = null;
  for (const trial of group) {
    if (!trial.effects) return null;
    const effect = trial.effects[t];
    const lost = effect.before - effect.after;
    if (!best || lost > best.lost) best = { trial, effect, lost };
  }
  return best;
}

/**
 * What matters for the chosen token, in words.
 * @param {Page} page
 * @param {Groups} groups
 * @returns {Child[]}
 */
function verdict(page, { tokens, heads, layers }) {
  const t = page.state.step;
  const token = strongest(tokens, t);
  const head = strongest(heads, t);
  const layer = strongest(layers, t);
  if ((tokens.length && !token) || (heads.length && !head)) return [READING_AGAIN];
  const before = Math.exp(page.inspection.logprobs[t]);
  const isStable = [token, head, layer].every((one) => !one || one.lost < NOTABLE);
  if (before < IMPROBABLE && isStable) {
    return [
      "The model finds ",
      writtenToken(page),
      ` improbable here (${chance(before)}): it has little to lose.`,
    ];
  }
  return [
    page.isChanged() && "What follows comes on top of your changes. ",
    token && ofTokens(page, token),
    head && [" ", ofHeads(page, head, layer, layer !== null && areBackedUp(heads, layer.trial, t))],
  ];
}

/** @typedef {{ trial: Tried, effect: Effect, lost: number }} Strongest */

/**
 * @param {Page} page
 * @param {Strongest} strongest
 * @returns {Child[]}
 */
function ofTokens(page, { trial, effect, lost }) {
  const word = writtenToken(page);
  if (lost < NOTABLE) {
    return [word, " needs no single source token: whichever you hide, it has ", least(effect)];
  }
  return [
    "Hide ",
    sourceToken(page, trial.object),
    ", and ",
    word,
    ` falls from ${chance(effect.before)} to `,
    el("b", {}, chance(effect.after)),
    effect.newTop === null
      ? "."
      : [": then ", targetToken(page, quoted(effect.newTop)), " is the most probable."],
  ];
}

/**
 * Heads alone, and together.
 * @param {Page} page
 * @param {Strongest} head
 * @param {Strongest | null} layer
 * @param {boolean} isBackedUp whether the heads of that layer stand in for each other
 * @returns {Child[]}
 */
function ofHeads(page, head, layer, isBackedUp) {
  const alone =
    head.lost < NOTABLE
      ? [
          "No single head is needed: whichever you mute, ",
          writtenToken(page),
          " has ",
          least(head.effect),
        ]
      : [
          `${capital(nameOf(head.trial))}, and `,
          writtenToken(page),
          ` keeps ${chance(head.effect.after)}.`,
        ];
  if (!layer) return alone;
  if (layer.lost < NOTABLE) {
    const isAsWell = head.lost < NOTABLE;
    return [alone, isAsWell ? " Nor is a whole layer." : " A whole layer costs less."];
  }
  return [
    alone,
    ` ${capital(nameOf(layer.trial))}, and it keeps `,
    el("b", {}, chance(layer.effect.after)),
    isBackedUp ? ": its heads back each other up." : ".",
  ];
}

/**
 * Whether the heads of a layer stand in for each other; false where they were not tried alone.
 * @param {TriedHeads[]} heads
 * @param {TriedHeads} together
 * @param {number} t
 */
export function areBackedUp(heads, together, t) {
  const nats = (/** @type {Tried} */ { effects }) => effects?.[t].nats ?? 0;
  const alone = heads.filter(({ layer }) => layer === together.layer);
  return alone.length > 0 && backEachOtherUp(alone.map(nats), nats(together));
}

const least = (/** @type {Effect} */ { after }) => `at least ${chance(after)}.`;

/** @param {Page} page */
function caption(page) {
  const { numLayers, numHeads } = page.inspection;
  return [
    "Each row changes one thing, and the model reads this translation again. Cells: how probable the written token is then, and what is then the most probable instead. Empty: it moves by less than 5 points. Choose a cell to make that change.",
    numLayers * numHeads > MANY_HEADS && ` Single heads: those of layer ${page.state.layer + 1}.`,
  ];
}

/**
 * The change that matters most, to be made.
 * @param {Page} page
 * @param {Groups} groups
 */
function attempt(page, { tokens, heads, layers }) {
  const t = page.state.step;
  const token = strongest(tokens, t);
  const best =
    token && token.lost >= NOTABLE ? token : strongest([...tokens, ...heads, ...layers], t);
  return (
    best &&
    tryButton("try-change", `${nameOf(best.trial)}${page.isChanged() ? " as well" : ""}`, () =>
      page.go({ intervention: best.trial.intervention, hypothesis: 0 }),
    )
  );
}

/**
 * @param {Page} page
 * @param {Tried[]} all
 */
function csv(page, all) {
  const { names, logprobs, alternatives } = page.inspection;
  return [
    [
      "change",
      "decoding step",
      "written",
      "probability",
      "probability then",
      "nats",
      "most probable then",
    ],
    ...all.flatMap((trial) =>
      (trial.effects ?? []).map(({ before, after, nats, newTop }, t) => [
        nameOf(trial),
        t + 1,
        names.writes[t],
        before,
        after,
        -nats,
        newTop ?? show(alternatives[t][0].name),
      ]),
    ),
    ...logprobs.map((logprob, t) => {
      const p = Math.exp(logprob);
      return ["nothing", t + 1, names.writes[t], p, p, 0, show(alternatives[t][0].name)];
    }),
  ];
}

/**
 * The changes, what takes most from the chosen token first.
 * @param {Page} page
 * @param {Tried[]} all
 */
function sorted(page, all) {
  const t = page.state.step;
  const known = all.flatMap((trial) =>
    trial.effects ? { name: nameOf(trial), effects: trial.effects } : [],
  );
  known.sort((a, b) => b.effects[t].nats - a.effects[t].nats);
  const name = page.inspection.names.writes[t];
  return [
    table(
      "What moves the chosen token most",
      ["what if you …", `${name}: probability`, "log-probability", "of the whole translation"],
      known
        .slice(0, NUM_SORTED)
        .map((one) => [
          one.name,
          `${chance(one.effects[t].before)} → ${chance(one.effects[t].after)}`,
          signed(-one.effects[t].nats),
          signed(-sum(one.effects.map(({ nats }) => nats))),
        ]),
    ),
    quiet(
      "Log-probabilities in nats: the natural logarithm of the probability. A loss of 0.69 nats halves it, one of 2.3 leaves a tenth. The whole translation: the sum over its tokens. All changes, for all tokens, are in the CSV.",
    ),
  ];
}
