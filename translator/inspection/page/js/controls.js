// The bars that stay in sight: above, which row is shown and the way through the story; below, what
// is changed.

/** @import { Page } from "./page.js" */

import { changesOf } from "./changes.js";
import { dropDown, el } from "./elements.js";
import { NOTHING } from "./model/intervention.js";

/**
 * @param {Page} page
 * @param {string[]} sections their short names
 */
export function controls(page, sections) {
  const { names, numSteps, numLayers, numHeads } = page.inspection;
  const { step } = page.state;
  const steps = names.writes.map(
    (name, t) => `${t + 1} of ${numSteps}: ${names.reads[t]} → ${name}`,
  );
  return [
    el(
      "div",
      { class: "tools" },
      el(
        "span",
        { class: "stepper" },
        button("back", "Previous decoding step", "‹", step === 0, () =>
          page.go({ step: step - 1 }),
        ),
        list(page, "step", "decoding step", steps),
        button("on", "Next decoding step", "›", step === numSteps - 1, () =>
          page.go({ step: step + 1 }),
        ),
      ),
      list(page, "layer", "layer", counted(numLayers)),
      list(page, "head", "head", counted(numHeads)),
      el(
        "span",
        { class: "jumps" },
        sections.map((name, i) =>
          el("a", { href: `#section-${i + 1}`, onclick: (event) => jump(event, i + 1) }, name),
        ),
      ),
    ),
  ];
}

/**
 * The changes, each with a button that takes it back.
 * @param {Page} page
 */
export function changed(page) {
  if (!page.isChanged()) return [];
  const { intervention } = page.state;
  const each = changesOf(intervention, page.inspection).map(({ name, undone }, i) =>
    el(
      "button",
      { id: `undo-${i}`, "aria-label": `Take back: ${name}`, onclick: () => page.change(undone) },
      name,
      el("span", { "aria-hidden": "true" }, " ×"),
    ),
  );
  return [
    el(
      "div",
      { class: "tools", id: "changed", role: "group", "aria-label": "Your changes" },
      el("b", {}, "You changed the model:"),
      each,
      el(
        "button",
        { id: "reset", class: "main", onclick: () => page.change(NOTHING) },
        "Put it back",
      ),
    ),
  ];
}

/**
 * Go to a section without touching the address, which holds the sentence.
 * @param {Event} event
 * @param {number} number
 */
function jump(event, number) {
  event.preventDefault();
  const title = document.getElementById(`title-${number}`);
  title?.scrollIntoView();
  title?.focus({ preventScroll: true });
}

const counted = (/** @type {number} */ n) =>
  Array.from({ length: n }, (_, i) => `${i + 1} of ${n}`);

/**
 * @param {Page} page
 * @param {"layer" | "head" | "step"} name
 * @param {string} label
 * @param {string[]} texts
 */
const list = (page, name, label, texts) =>
  dropDown(
    `at-${name}`,
    label,
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
