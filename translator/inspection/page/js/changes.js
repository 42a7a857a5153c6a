// Changes to the model: each can be named, made and taken back by itself.

/** @import { Inspection } from "./inspection.js" */
/** @import { Ablation, Intervention } from "./model/intervention.js" */

import { headName, quoted } from "./labels.js";
import { NOTHING } from "./model/intervention.js";
import { num, sum } from "./numbers.js";

/** @typedef {{ name: string, undone: Intervention }} Change  one change, and all but it */

/** @type {Record<Ablation, string>} */
const MADE = { zero: "muted", uniform: "made uniform", permute: "moved to other tokens" };

/**
 * Every change of an intervention by itself.
 * @param {Intervention} intervention
 * @param {Inspection} inspection
 * @returns {Change[]}
 */
export function changesOf(intervention, { names, isPad }) {
  const { ablate, drop, override, temperature, scaling, pads, mask } = intervention;
  const heads = Object.entries(ablate).map(([place, how]) => {
    const [layer, head] = place.split(".").map(Number);
    return {
      name: `${headName(layer, head)} ${MADE[how]}`,
      undone: { ...intervention, ablate: without(ablate, place) },
    };
  });
  const dropped = drop.map((position) => ({
    name: `${quoted(names.source[position])} hidden`,
    undone: { ...intervention, drop: drop.filter((one) => one !== position) },
  }));
  const rows = Object.keys(override).map((place) => {
    const [layer, head, step] = place.split(".").map(Number);
    return {
      name: `${headName(layer, head)}, decoding step ${step + 1}: weights set by you`,
      undone: { ...intervention, override: without(override, place) },
    };
  });
  return [
    ...heads,
    ...dropped,
    ...rows,
    temperature !== 1 && {
      name: `temperature ${num(temperature, 1)}`,
      undone: { ...intervention, temperature: 1 },
    },
    !scaling && { name: "scores not divided", undone: { ...intervention, scaling: true } },
    pads > 0 && {
      name: `${pads} <pad> added`,
      undone: maskingPads(intervention, isPad, 0),
    },
    !mask && { name: "padding mask off", undone: maskingPads(intervention, isPad, pads) },
  ].filter((one) => one !== false);
}

/** @type {(intervention: Intervention) => boolean} */
export const isNothing = ({ ablate, drop, override, temperature, scaling, pads, mask }) =>
  !Object.keys(ablate).length &&
  !drop.length &&
  !Object.keys(override).length &&
  temperature === 1 &&
  scaling &&
  pads === 0 &&
  mask;

/**
 * Mute a head, or let it speak again.
 * @type {(intervention: Intervention, layer: number, head: number) => Intervention}
 */
export function toggleHead(intervention, layer, head) {
  const place = `${layer}.${head}`;
  return place in intervention.ablate
    ? { ...intervention, ablate: without(intervention.ablate, place) }
    : ablating(intervention, [place], "zero");
}

/**
 * Mute heads, named "layer.head", or change where they look. Rows of them that the reader has set
 * go: they would prevail.
 * @type {(intervention: Intervention, places: readonly string[], how: Ablation) => Intervention}
 */
export function ablating({ ablate, override, ...others }, places, how) {
  const rows = Object.entries(override).filter(
    ([row]) => !places.some((place) => row.startsWith(`${place}.`)),
  );
  return {
    ...others,
    override: Object.fromEntries(rows),
    ablate: { ...ablate, ...Object.fromEntries(places.map((place) => [place, how])) },
  };
}

/**
 * Hide a source token, or show it again.
 * @type {(intervention: Intervention, position: number) => Intervention}
 */
export const toggleToken = (intervention, position) =>
  intervention.drop.includes(position)
    ? { ...intervention, drop: intervention.drop.filter((one) => one !== position) }
    : hiding(intervention, [position]);

/**
 * Hide source tokens. What rows that the reader has set gave them goes to the other tokens.
 * @type {(intervention: Intervention, positions: readonly number[]) => Intervention}
 */
export function hiding(intervention, positions) {
  const drop = [...new Set([...intervention.drop, ...positions])].sort((a, b) => a - b);
  const rows = Object.entries(intervention.override);
  const override = Object.fromEntries(
    rows.map(([place, weights]) => [place, withoutTokens(weights, drop)]),
  );
  return { ...intervention, drop, override };
}

/**
 * The same with so many <pad>, hidden by the mask. What the reader did to <pad> goes with them.
 * @type {(intervention: Intervention, isPad: readonly boolean[], pads: number) => Intervention}
 */
export function maskingPads(intervention, isPad, pads) {
  const padding = isPad.flatMap((is, s) => (is ? [s] : []));
  const { override } = hiding(intervention, padding);
  const drop = intervention.drop.filter((position) => !padding.includes(position));
  return { ...intervention, override, drop, pads, mask: true };
}

/**
 * A row of weights of which some go to the others, in the same proportions.
 * @param {readonly number[]} weights
 * @param {readonly number[]} drop
 */
function withoutTokens(weights, drop) {
  const isVisible = (/** @type {number} */ _, /** @type {number} */ s) => !drop.includes(s);
  const left = weights.map((w, s) => (isVisible(w, s) ? w : 0));
  const rest = sum(left);
  if (rest > 0) return left.map((w) => w / rest);
  const share = 1 / weights.filter(isVisible).length;
  return weights.map((w, s) => (isVisible(w, s) ? share : 0));
}

/**
 * Give a row weights of its own.
 * @type {(intervention: Intervention, place: { layer: number, head: number, step: number },
 *   weights: number[]) => Intervention}
 */
export const withRow = (intervention, { layer, head, step }, weights) => ({
  ...intervention,
  override: { ...intervention.override, [`${layer}.${head}.${step}`]: weights },
});

/**
 * Give a row its own weights back.
 * @type {(intervention: Intervention, place: { layer: number, head: number, step: number }) =>
 *   Intervention}
 */
export const withoutRow = (intervention, { layer, head, step }) => ({
  ...intervention,
  override: without(intervention.override, `${layer}.${head}.${step}`),
});

/**
 * What still makes sense for another sentence: changes to heads, the softmax and padding.
 * @type {(intervention: Intervention) => Intervention}
 */
export const forAnotherSentence = (intervention) => ({
  ...intervention,
  drop: NOTHING.drop,
  override: NOTHING.override,
});

/**
 * @template Value
 * @param {Readonly<Record<string, Value>>} record
 * @param {string} key
 */
const without = (record, key) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
