// The address remembers the place: #layer=2&head=1&step=4&open=1.3

/** @import { Page } from "./page.js" */

/**
 * Write the place into the address, unless it is where the page opens.
 * @param {Page} page
 */
export function remember({ inspection: { start }, state, panels, printing }) {
  const open = panels.flatMap(({ panel }, i) => (panel.open ? [i + 1] : [])).join(".");
  const { layer, head, step } = state;
  const isStart = layer === start.layer && head === start.head && step === start.step;
  const hash =
    isStart && open === "1"
      ? ""
      : `#layer=${layer + 1}&head=${head + 1}&step=${step + 1}&open=${open}`;
  if (printing || hash === location.hash) return;
  try {
    history.replaceState(null, "", hash || location.pathname + location.search);
  } catch {
    // A page in a frame may not change the address.
  }
}

/**
 * Go to the place in the address; whatever is not a place on this page is ignored.
 * @param {Page} page
 */
export function recall(page) {
  const { numLayers, numHeads, numSteps } = page.inspection;
  const asked = new URLSearchParams(location.hash.slice(1));
  page.state.layer = placeIn(asked.get("layer"), numLayers) ?? page.state.layer;
  page.state.head = placeIn(asked.get("head"), numHeads) ?? page.state.head;
  page.state.step = placeIn(asked.get("step"), numSteps) ?? page.state.step;
  if (!asked.has("open")) return;
  const open = (asked.get("open") ?? "").split(".");
  page.panels.forEach(({ panel }, i) => {
    panel.open = open.includes(String(i + 1));
  });
}

/**
 * The index, from 0, of a number from 1 to `size`; null for any other text.
 * @param {string | null} text
 * @param {number} size
 */
export function placeIn(text, size) {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= size ? value - 1 : null;
}
