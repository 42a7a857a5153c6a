// 6. What if? Whether it matters where a head looks, or only that it adds something.

/** @import { Ablation } from "../model/intervention.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect } from "../trials.js" */

import { ablating } from "../changes.js";
import { div, el, p, table } from "../elements.js";
import { chance, num } from "../numbers.js";
import { effectsOf, WAITING } from "../trials.js";
import { NOTABLE } from "./what_if_picture.js";

/** @type {[how: Ablation, what: string][]} */
const PATTERNS = [
  ["uniform", "it looks everywhere alike"],
  ["permute", "it looks half a sentence away"],
  ["zero", "it adds nothing"],
];

/**
 * Whether the chosen head's weights matter, or only that it adds something.
 * @param {Page} page
 */
export function pattern(page) {
  const { state, inspection } = page;
  const { intervention, layer, head, step } = state;
  const tried = PATTERNS.map(([how, what]) => {
    const changed = ablating(intervention, [`${layer}.${head}`], how);
    return { how, what, changed, effect: effectsOf(page, changed)?.[step] };
  });
  const [uniform, moved, muted] = tried.map(({ effect }) => effect);
  return [
    p(uniform && moved && muted ? patternVerdict(uniform, moved, muted) : WAITING),
    div(
      "wraps",
      table(
        `What ${page.headName()} does for ${inspection.names.writes[step]}`,
        ["what if …", "probability", "nats", ""],
        tried.map(({ how, what, changed, effect }) => [
          what,
          effect ? `${chance(effect.before)} → ${chance(effect.after)}` : WAITING,
          effect ? num(-effect.nats, 2) : WAITING,
          el(
            "button",
            {
              id: `pattern-${how}`,
              "aria-label": `Try: ${what}`,
              onclick: () => page.change(changed),
            },
            "Try",
          ),
        ]),
      ),
    ),
  ];
}

/** @type {(uniform: Effect, moved: Effect, muted: Effect) => string} */
export function patternVerdict(uniform, moved, muted) {
  const matters = (/** @type {Effect} */ { before, after }) => Math.abs(after - before) >= NOTABLE;
  if (matters(uniform) || matters(moved))
    return "Yes: when it looks elsewhere, the written token becomes more or less probable.";
  if (matters(muted)) return "No: what it adds matters here, but not where it takes it from.";
  return "Not here: whatever is done to this head alone, the written token keeps its probability.";
}
