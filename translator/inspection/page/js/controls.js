// The bar at the top: which layer, head and step are shown.

/** @import { Page } from "./page.js" */

import { dropDown, el } from "./elements.js";
import { show } from "./labels.js";

/** @param {Page} page */
export function controls(page) {
  const { reads, writes, numSteps, numLayers, numHeads } = page.inspection;
  const { step } = page.state;
  const steps = writes.map(
    (piece, t) => `${t + 1} of ${numSteps}: ${show(reads[t])} → ${show(piece)}`,
  );
  return [
    list(page, "layer", counted(numLayers)),
    list(page, "head", counted(numHeads)),
    el(
      "span",
      { class: "stepper" },
      button("back", "Previous step", "‹", step === 0, () => page.go({ step: step - 1 })),
      list(page, "step", steps),
      button("on", "Next step", "›", step === numSteps - 1, () => page.go({ step: step + 1 })),
    ),
  ];
}

const counted = (/** @type {number} */ n) =>
  Array.from({ length: n }, (_, i) => `${i + 1} of ${n}`);

/**
 * @param {Page} page
 * @param {"layer" | "head" | "step"} name
 * @param {string[]} texts
 */
const list = (page, name, texts) =>
  dropDown(
    `at-${name}`,
    name,
    texts.map((text, i) => [i, text]),
    page.state[name],
    (value) => page.go({ [name]: Number(value) }),
  );

/**
 * @param {string} id
 * @param {string} label
 * @param {string} sign
 * @param {boolean} disabled
 * @param {() => void} onclick
 */
const button = (id, label, sign, disabled, onclick) =>
  el("button", { id, "aria-label": label, disabled, onclick }, sign);
