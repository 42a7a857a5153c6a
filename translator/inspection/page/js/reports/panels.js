// Pictures side by side that share the width of the page.

/** @import { Sheet } from "./sheet.js" */

import { div, h3, wide } from "../elements.js";

/** @typedef {{ title: string, draw: (width: number) => Node }} Panel */

const GAP = 24;
/** A picture that is narrower says nothing. */
const NARROWEST = 250;

/**
 * At most `across` in a row, fewer where the page is narrow.
 * @param {Sheet} sheet
 * @param {number} across
 * @param {Panel[]} panels
 */
export function panels({ room }, across, panels) {
  const fitting = Math.min(across, Math.floor((room + GAP) / (NARROWEST + GAP)));
  const count = Math.max(1, fitting);
  const width = Math.floor((room - GAP * (count - 1)) / count) - 1;
  return div(
    "panels",
    panels.map(({ title, draw }) => div("", h3(title), wide(title, draw(width)))),
  );
}
