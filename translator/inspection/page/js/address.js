// The address remembers the sentence and the place: #text=A+dog+runs.&layer=2&head=1&step=4

/** @import { Page } from "./page.js" */

import { forAnotherSentence } from "./changes.js";

/**
 * Write sentence and place into the address, unless they are where the page opens.
 * @param {Page} page
 */
export function remember({ embedded, state, printing }) {
  const { start, text } = embedded;
  const { layer, head, step } = state;
  const said = new URLSearchParams();
  if (state.text !== text) said.set("text", state.text);
  if (state.search !== "beam") said.set("search", state.search);
  if (said.size || layer !== start.layer || head !== start.head || step !== start.step) {
    said.set("layer", String(layer + 1));
    said.set("head", String(head + 1));
    said.set("step", String(step + 1));
  }
  const hash = said.size ? `#${said}` : "";
  if (printing || hash === location.hash) return;
  try {
    history.replaceState(null, "", hash || location.pathname + location.search);
  } catch {
    // A page in a frame may not change the address.
  }
}

/**
 * Go to the sentence and the place in the address; what is neither is ignored.
 * @param {Page} page
 * @returns {boolean} whether the address names a decoding step
 */
export function recall({ embedded, state }) {
  const asked = new URLSearchParams(location.hash.slice(1));
  const text = asked.get("text");
  if (text !== null && text !== state.text) {
    state.text = text;
    state.tgt = text === embedded.text ? embedded.tgt : null;
    state.hypothesis = 0;
    state.intervention = forAnotherSentence(state.intervention);
  }
  if (asked.get("search") === "greedy") state.search = "greedy";
  for (const name of /** @type {const} */ (["layer", "head", "step"])) {
    state[name] = indexIn(asked.get(name)) ?? state[name];
  }
  return indexIn(asked.get("step")) !== null;
}

/**
 * The index, from 0, of a number from 1; null for any other text.
 * @param {string | null} text
 */
export function indexIn(text) {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value < 10_000 ? value - 1 : null;
}
