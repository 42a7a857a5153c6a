// A number at one point after another, joined by a line.

/** @import { Scale } from "./axis.js" */

import { svg } from "../elements.js";
import { num } from "../numbers.js";
import { drawing, textWidth } from "../pictures.js";
import { shareOf } from "./axis.js";

/** @typedef {{ y: number, name: string, tell: string }} Point */
/** @typedef {{ look: string, points: Point[] }} Curve */

const HEIGHT = 150;
const ABOVE = 8;
const RADIUS = 3.5;
/** Between names that stand side by side. */
const GAP = 8;

/**
 * @param {object} given
 * @param {string} given.label what the picture shows, for who does not see it
 * @param {Curve[]} given.curves the names of the longest one's points stand below
 * @param {Scale} given.scale
 * @param {number} given.width
 */
export function curve({ label, curves, scale, width }) {
  const left = Math.max(...scale.ticks.map((tick) => textWidth(num(tick, scale.digits), 11))) + 8;
  const longest = curves.reduce((a, b) => (b.points.length > a.points.length ? b : a));
  const names = longest.points.map(({ name }) => name);
  const widest = Math.max(...names.map((name) => textWidth(name, 11)));
  const right = widest / 2 + 4;
  const step = (width - left - right - GAP) / Math.max(1, names.length - 1);
  const leaning = step < widest + GAP;
  const below = leaning ? widest + 12 : 20;
  const xAt = (/** @type {number} */ i) => left + GAP + step * i;
  const yAt = (/** @type {number} */ y) => ABOVE + HEIGHT * (1 - shareOf(scale, y));
  const bottom = ABOVE + HEIGHT;
  return drawing(
    width,
    bottom + below,
    { role: "img", "aria-label": label, class: "curve" },
    scale.ticks.map((tick) => [
      svg("path", { class: "gridline", d: `M${left} ${yAt(tick)}H${width - right}` }),
      svg(
        "text",
        { class: "tick", x: left - 6, y: yAt(tick) + 4, "text-anchor": "end" },
        num(tick, scale.digits),
      ),
    ]),
    names.map((name, i) => {
      const place = leaning
        ? {
            transform: `translate(${xAt(i) + 4} ${bottom + 8}) rotate(-90)`,
            "text-anchor": "end",
          }
        : { x: xAt(i), y: bottom + 15, "text-anchor": "middle" };
      return svg("text", { class: "tick", ...place }, name);
    }),
    curves.map(({ look, points }) =>
      svg(
        "g",
        { class: `mark ${look}` },
        svg("path", {
          class: "whisker",
          d: points.map(({ y }, i) => `${i ? "L" : "M"}${xAt(i)} ${yAt(y)}`).join(""),
        }),
        points.map(({ y, tell }, i) =>
          svg("circle", { cx: xAt(i), cy: yAt(y), r: RADIUS }, svg("title", {}, tell)),
        ),
      ),
    ),
  );
}
