// Changes to the model: each can be named, made and taken back by itself.

/** @import { Inspection } from "./inspection.js" */
/** @import { Ablation, Intervention } from "./model/intervention.js" */

import { headName } from "./labels.js";
import { NOTHING } from "./model/intervention.js";
import { num } from "./numbers.js";

/** @typedef {{ name: string, undone: Intervention }} Change  one change, and all but it */

/** @type {Record<Ablation, string>} */
const MADE = { zero: "muted", uniform: "made uniform", permute: "moved to other tokens" };

/**
 * Every change of an intervention by itself.
 * @param {Intervention} intervention
 * @param {Inspection} inspection
 * @returns {Change[]}
 */
export function changesOf(intervention, { names }) {
  const { ablate, drop, override, temperature, scaling, pads, mask } = intervention;
  const heads = Object.entries(ablate).map(([place, how]) => {
    const [layer, head] = place.split(".").map(Number);
    return {
      name: `${headName(layer, head)} ${MADE[how]}`,
      undone: { ...intervention, ablate: without(ablate, place) },
    };
  });
  const dropped = drop.map((position) => ({
    name: `“${names.source[position]}” hidden`,
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
      undone: { ...intervention, pads: 0, mask: true },
    },
    !mask && { name: "padding mask off", undone: { ...intervention, mask: true } },
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
 * Mute a head, or let it speak again. Rows of it that the reader has set go: they would speak.
 * @type {(intervention: Intervention, layer: number, head: number) => Intervention}
 */
export function toggleHead(intervention, layer, head) {
  const place = `${layer}.${head}`;
  const { ablate, override } = intervention;
  const rows = Object.entries(override).filter(([row]) => !row.startsWith(`${place}.`));
  return {
    ...intervention,
    override: Object.fromEntries(rows),
    ablate: place in ablate ? without(ablate, place) : { ...ablate, [place]: "zero" },
  };
}

/**
 * Hide a source token, or show it again. The weights of rows that the reader has set go, since a
 * row must not look at what is hidden.
 * @type {(intervention: Intervention, position: number) => Intervention}
 */
export function toggleToken(intervention, position) {
  const { drop } = intervention;
  const isHidden = drop.includes(position);
  return {
    ...intervention,
    override: {},
    drop: isHidden
      ? drop.filter((one) => one !== position)
      : [...drop, position].sort((a, b) => a - b),
  };
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
