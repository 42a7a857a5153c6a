// Numbers over the steps of a training, as curves.

/** @import { Child } from "./elements.js" */

import { svg } from "./elements.js";
import { range, within } from "./numbers.js";
import { drawing, textWidth } from "./pictures.js";

/**
 * @typedef {object} Curve
 * @property {number[]} values a number a snapshot
 * @property {boolean} [isStrong]
 * @property {{ layer: number, numLayers: number } | null} [of] whose colour and dashes it has
 */
/**
 * @typedef {object} Given
 * @property {string} label
 * @property {number[]} steps one beside the other, however far apart they are
 * @property {Curve[]} lines the last in front
 * @property {number} top of the scale, which begins at 0
 * @property {string} unit behind its numbers
 * @property {number} at the place of the step that is marked
 * @property {number} width in pixels
 * @property {boolean} hasSteps whether steps stand under it
 * @property {(at: number) => void} pick what happens on a click
 * @property {(at: number) => void} point what happens under the mouse
 */

const HEIGHT = 96;
const LEFT = 38;
const RIGHT = 8;
const ABOVE = 8;
const TICK_GAP = 14;

/** @param {Given} given */
export function curves({ label, steps, lines, top, unit, at, width, hasSteps, pick, point }) {
  const inner = width - LEFT - RIGHT;
  const x = (/** @type {number} */ place) => LEFT + (inner * place) / Math.max(1, steps.length - 1);
  const y = (/** @type {number} */ value) => ABOVE + HEIGHT * (1 - Math.min(1, value / top));
  const picture = drawing(
    width,
    ABOVE + HEIGHT + (hasSteps ? 22 : 6),
    { role: "img", "aria-label": label, class: "curves" },
    svg("rect", { class: "hit", width, height: ABOVE + HEIGHT }),
    [0, top / 2, top].map((value) => [
      svg("path", { class: "axis", d: `M${LEFT} ${y(value)}h${inner}` }),
      svg(
        "text",
        { class: "tick faint", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" },
        `${value}${unit}`,
      ),
    ]),
    hasSteps && stepTicks(steps, x, ABOVE + HEIGHT + 16),
    svg("path", { class: "mark", d: `M${x(at)} ${ABOVE - 4}v${HEIGHT + 8}` }),
    lines.map((line) => curve(line, x, y)),
    lines
      .filter(({ isStrong }) => isStrong)
      .map(({ values, of }) =>
        svg("circle", { cx: x(at), cy: y(values[at]), r: 4, fill: strokeOf(of).stroke }),
      ),
  );
  const placeOf = (/** @type {MouseEvent} */ event) => {
    const across = event.clientX - picture.getBoundingClientRect().left - LEFT;
    return within(Math.round((across / inner) * (steps.length - 1)), steps.length);
  };
  picture.addEventListener("click", (event) => pick(placeOf(event)));
  picture.addEventListener("mousemove", (event) => point(placeOf(event)));
  return picture;
}

/**
 * @param {Curve} curve
 * @param {(place: number) => number} x
 * @param {(value: number) => number} y
 */
const curve = ({ values, isStrong, of }, x, y) =>
  svg("path", {
    class: isStrong ? "curve strong" : "curve",
    ...strokeOf(of),
    d: `M${values.map((value, place) => `${x(place).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`,
  });

/**
 * Layers differ in colour, and in their dashes: the last has none.
 * @param {Curve["of"]} of
 */
export function strokeOf(of) {
  if (!of) return { stroke: "var(--ink)" };
  const depth = of.numLayers > 1 ? of.layer / (of.numLayers - 1) : 1;
  return {
    stroke: colourAt(depth),
    "stroke-dasharray": depth < 1 && `${Math.round(3 + 9 * depth)} 3`,
  };
}

/** From one colour to another. The ends are no mixture: not every program that opens a saved picture
 * knows those. */
function colourAt(/** @type {number} */ depth) {
  if (depth === 0) return "var(--plus)";
  if (depth === 1) return "var(--minus)";
  return `color-mix(in oklab, var(--minus) ${Math.round(100 * depth)}%, var(--plus))`;
}

/**
 * As many steps as have room, the first and the last among them.
 * @param {number[]} steps
 * @param {(place: number) => number} x
 * @param {number} y
 * @returns {Child[]}
 */
function stepTicks(steps, x, y) {
  const last = steps.length - 1;
  const half = (/** @type {number} */ place) => textWidth(String(steps[place]), 11) / 2;
  /** @type {number[]} */
  const shown = [];
  for (const place of range(last)) {
    const before = shown.at(-1);
    const isFree =
      before === undefined || x(place) - half(place) > x(before) + half(before) + TICK_GAP;
    if (isFree && x(place) + half(place) + TICK_GAP < x(last) - 2 * half(last)) shown.push(place);
  }
  return [...shown, last].map((place) =>
    svg(
      "text",
      {
        class: "tick faint",
        x: place === last ? x(place) + RIGHT : x(place),
        y,
        "text-anchor": place === last ? "end" : "middle",
      },
      steps[place],
    ),
  );
}
