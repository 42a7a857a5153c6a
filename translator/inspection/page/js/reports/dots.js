// Estimates as dots with their intervals, row by row over one axis.

/** @import { Scale } from "./axis.js" */
/** @import { Estimate } from "./head_report.js" */

import { svg } from "../elements.js";
import { num } from "../numbers.js";
import { drawing, textWidth } from "../pictures.js";
import { shareOf } from "./axis.js";

/** @typedef {{ estimate: Estimate, look: string, isHollow?: boolean }} Mark */
/**
 * @typedef {object} Row
 * @property {string} name
 * @property {Mark[]} marks
 * @property {string} text written at the end
 * @property {string} tell what it says when the mouse rests on it
 * @property {boolean} [isStrong]
 */

const HEIGHT = 20;
const BELOW = 22;
const TICK_WIDTH = 34;
const RADIUS = 4.5;
/** Between the texts and the axis, which dots may overlap at its ends. */
const GAP = 11;

/**
 * @param {object} given
 * @param {string} given.label what the picture shows, for who does not see it
 * @param {Row[]} given.rows
 * @param {Scale} given.scale
 * @param {number} given.width
 * @param {number | null} [given.line] a number to compare with, drawn from top to bottom
 * @param {(x: number) => string} [given.written] how ticks are written
 */
export function dots({ label, rows, scale, width, line = null, written }) {
  const left = Math.max(...rows.map(({ name }) => textWidth(name, 12, 700))) + GAP;
  const right = Math.max(...rows.map(({ text }) => textWidth(text, 12, 700))) + GAP;
  const length = Math.max(40, width - left - right - 2 * GAP);
  const bottom = HEIGHT * rows.length + 2;
  const at = (/** @type {number} */ x) => left + GAP + length * shareOf(scale, x);
  return drawing(
    left + right + length + 2 * GAP,
    bottom + BELOW,
    { role: "img", "aria-label": label, class: "dots" },
    scale.ticks.map((tick) => [
      svg("path", { class: tick ? "gridline" : "zeroline", d: `M${at(tick)} 0V${bottom}` }),
    ]),
    ticksThatFit(scale, length).map((tick) =>
      svg(
        "text",
        { class: "tick", x: at(tick), y: bottom + 15, "text-anchor": "middle" },
        written ? written(tick) : num(tick, scale.digits),
      ),
    ),
    line !== null && svg("path", { class: "reference", d: `M${at(line)} 0V${bottom}` }),
    rows.map(({ name, marks, text, tell, isStrong }, i) => {
      const middle = HEIGHT * (i + 0.5) + 1;
      const look = isStrong ? "strong" : null;
      return svg(
        "g",
        {},
        svg("title", {}, tell),
        svg("rect", { class: "hit", y: middle - HEIGHT / 2, width, height: HEIGHT }),
        svg("text", { class: look, x: left - 2, y: middle + 4, "text-anchor": "end" }, name),
        marks.map((mark) => marked(mark, at, middle)),
        svg("text", { class: look, x: left + length + 2 * GAP + 4, y: middle + 4 }, text),
      );
    }),
  );
}

/**
 * @param {Mark} mark
 * @param {(x: number) => number} at
 * @param {number} y
 */
function marked({ estimate: [mean, low, high], look, isHollow }, at, y) {
  return svg(
    "g",
    { class: isHollow ? `mark hollow ${look}` : `mark ${look}` },
    high > low && svg("path", { class: "whisker", d: `M${at(low)} ${y}H${at(high)}` }),
    svg("circle", { cx: at(mean), cy: y, r: RADIUS }),
  );
}

/**
 * All of them, or every second, third ... from 0 on, as they have room.
 * @param {Scale} scale
 * @param {number} length of the axis in pixels
 */
export function ticksThatFit({ from, to, ticks }, length) {
  const step = ticks[1] - ticks[0];
  const apart = (length * step) / (to - from);
  const every = Math.ceil(TICK_WIDTH / apart);
  return ticks.filter((tick) => Math.round(tick / step) % every === 0);
}
