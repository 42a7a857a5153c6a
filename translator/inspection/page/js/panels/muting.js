// What muting the heads of a layer does, one by one and all at once.

/** @import { Child } from "../elements.js" */
/** @import { Inspection } from "../inspection.js" */
/** @import { Intervention } from "../model/intervention.js" */
/** @import { Page } from "../page.js" */

import { ablating } from "../changes.js";
import { el, p, table } from "../elements.js";
import { quoted } from "../labels.js";
import { chance, largest, num, range, sum } from "../numbers.js";
import { backEachOtherUp, NOTABLE_LOSS } from "../trials.js";
import { writtenToken } from "../views.js";

/**
 * Probability of the token that the chosen decoding step writes: with every head of the layer, with
 * each of them muted alone, and with all of them muted.
 * @typedef {{ before: number, alone: number[], together: number }} Muting
 */

/**
 * The intervention with some heads of the chosen layer muted, and the others speaking.
 * @param {Intervention} intervention
 * @param {number} layer
 * @param {number[]} heads
 * @returns {Intervention}
 */
export function muted(intervention, layer, heads) {
  const others = Object.entries(intervention.ablate).filter(
    ([place]) => !place.startsWith(`${layer}.`),
  );
  const speaking = { ...intervention, ablate: Object.fromEntries(others) };
  return ablating(
    speaking,
    heads.map((head) => `${layer}.${head}`),
    "zero",
  );
}

/**
 * What muting does to the token that is written; null until the model has been asked.
 * @param {Page} page
 * @returns {Muting | null}
 */
export function mutingOf(page) {
  const { layer, step, intervention } = page.state;
  const all = headsOf(page.inspection);
  const scores = [[], ...all.map((head) => [head]), all].map((heads) =>
    page.scoreWith(muted(intervention, layer, heads)),
  );
  const chances = scores.flatMap((score) => (score ? [Math.exp(score.logprobs[step])] : []));
  if (chances.length < scores.length) return null;
  return { before: chances[0], alone: chances.slice(1, -1), together: chances[chances.length - 1] };
}

/** @param {Inspection} inspection */
export const headsOf = ({ numHeads }) => range(numHeads);

/** What is lost, in nats: @type {(before: number, after: number) => number} */
const loss = (before, after) => Math.log(before) - Math.log(after);

/**
 * Whether the model can do without the layer, whether one head carries it, whether the heads stand
 * in for each other, or whether they share the work.
 * @param {Muting} muting
 * @returns {"idle" | "one" | "backup" | "shared"}
 */
export function verdict({ before, alone, together }) {
  const all = loss(before, together);
  if (all < NOTABLE_LOSS) return "idle";
  const each = alone.map((after) => loss(before, after));
  if (Math.max(...each) >= all / 2) return "one";
  return backEachOtherUp(each, all) ? "backup" : "shared";
}

/**
 * @param {Page} page
 * @param {Muting} muting
 * @returns {Child[]}
 */
export function finding(page, muting) {
  const { before, alone, together } = muting;
  const name = writtenToken(page);
  const all = `all ${alone.length} muted`;
  const worst = largest(alone.map((x) => -x));
  if (verdict(muting) === "idle") {
    const role = loss(together, before) > NOTABLE_LOSS ? "works against" : "is hardly needed for";
    return [
      `Layer ${page.state.layer + 1} ${role} this token: with ${all}, `,
      name,
      ` is ${chance(together)} probable instead of ${chance(before)}.`,
    ];
  }
  if (alone.length === 1) {
    return [
      "With its one head muted, ",
      name,
      ` is ${chance(together)} probable instead of ${chance(before)}.`,
    ];
  }
  if (verdict(muting) === "one") {
    return [
      `Most depends on head ${worst + 1}: with it muted, `,
      name,
      ` is ${chance(alone[worst])} probable instead of ${chance(before)}; with ${all}, ${chance(together)}.`,
    ];
  }
  return [
    verdict(muting) === "backup" ? "The heads back each other up" : "The heads share the work",
    ": with any one of them muted, ",
    name,
    ` is still at least ${chance(alone[worst])} probable (now ${chance(before)}); with ${all}, ${chance(together)}.`,
  ];
}

/**
 * Mute the layer, or let it speak.
 * @param {Page} page
 */
export function tryLayer(page) {
  const { inspection, state } = page;
  const { layer, intervention } = state;
  const all = headsOf(inspection);
  const isMuted = all.every((head) => `${layer}.${head}` in intervention.ablate);
  const which = all.length > 1 ? `all ${all.length} heads` : "the only head";
  return el(
    "button",
    {
      id: "mute-layer",
      class: "main",
      "aria-pressed": String(isMuted),
      onclick: () => page.change(muted(page.state.intervention, layer, isMuted ? [] : all)),
    },
    isMuted
      ? `Let ${which} of layer ${layer + 1} speak again`
      : `Try: mute ${which} of layer ${layer + 1}`,
  );
}

/**
 * Muting one by one, and all at once.
 * @param {Page} page
 * @param {Muting} muting
 */
export function addUp({ inspection, state }, { before, alone, together }) {
  const name = inspection.names.writes[state.step];
  /** @type {(what: string, after: number) => Child[]} */
  const line = (what, after) => [what, chance(after), num(loss(before, after), 2)];
  const added = sum(alone.map((after) => loss(before, after)));
  return [
    table(
      "Muting one by one, and all at once",
      ["muted", `probability of ${quoted(name)}`, "log-probability lost, in nats"],
      [
        line("none", before),
        ...alone.map((after, head) => line(`head ${head + 1}`, after)),
        ["the heads' losses added", "", num(added, 2)],
        line("all at once", together),
      ],
    ),
    p(sumUp(added, loss(before, together))),
  ];
}

/** @type {(added: number, together: number) => string} */
function sumUp(added, together) {
  if (Math.abs(added - together) < NOTABLE_LOSS) {
    return "Here the losses nearly add up. They need not: each head is tried while the others speak.";
  }
  return together > added
    ? "Together they cost more than the sum: while one head is muted, the others still bring what the decoder needs. Muting heads one by one makes each look less important than it is."
    : "Together they cost less than the sum: some heads matter only while the others speak.";
}
