// Small pictures, and the width of the text in them.

/** @import { Attributes, Child } from "./elements.js" */
/** @import { Label } from "./labels.js" */

import { svg } from "./elements.js";
import { spans } from "./labels.js";
import { num, sum } from "./numbers.js";

/**
 * @param {number} width
 * @param {number} height
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export const drawing = (width, height, attributes, ...children) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes }, children);

/**
 * A bar that fills `share` of its width, from 0 to 1.
 * @type {(share: number, look: string, width: number) => SVGSVGElement}
 */
export const bar = (share, look, width) =>
  onTrack(
    width,
    svg("rect", { class: look, width: Math.max(0, Math.min(1, share)) * width, height: 12, rx: 2 }),
  );

/**
 * A bar to the left or right of the middle, for `x` between -top and top.
 * @type {(x: number, top: number, width: number) => SVGSVGElement}
 */
export const twoWay = (x, top, width) =>
  onTrack(
    width,
    svg("rect", {
      class: x < 0 ? "minus" : "plus",
      height: 12,
      width: (Math.min(1, Math.abs(x) / top) * width) / 2,
      x: x < 0 ? (width / 2) * (1 - Math.min(1, -x / top)) : width / 2,
    }),
    svg("path", { class: "axis", d: `M${width / 2} 0V12` }),
  );

/** @type {(width: number, ...bar: Child[]) => SVGSVGElement} */
const onTrack = (width, ...bar) =>
  drawing(
    width,
    12,
    { class: "bar", "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    bar,
  );

/**
 * The meaning of the colours: from 0 to `top` in a side's colour, or both signs.
 * @param {number} top
 * @param {string | null} side
 */
export function legend(top, side = null, digits = 2) {
  const steps = side ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
  const box = (/** @type {number} */ i) => ({ x: 6 + 44 * i, y: 1, width: 42, height: 11 });
  return drawing(
    230,
    30,
    {
      class: "legend",
      role: "img",
      "aria-label": side
        ? `Colours from 0 to ${num(top, digits)}`
        : `Colours from ${num(-top, digits)} to ${num(top, digits)}`,
    },
    steps.map((x, i) => [
      svg("rect", { class: "ground", ...box(i) }),
      svg("rect", {
        class: side || (x < 0 ? "minus" : "plus"),
        ...box(i),
        "fill-opacity": Math.abs(x),
      }),
      svg(
        "text",
        { class: "tick", x: 27 + 44 * i, y: 26, "text-anchor": "middle" },
        num(x * top, digits),
      ),
    ]),
  );
}

/** @type {{ context: CanvasRenderingContext2D, family: string } | null} */
let ruler = null;
/** @type {Map<string, number>} */
const widths = new Map();

function makeRuler() {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) throw new Error("this browser cannot measure text");
  const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
  return { context, family };
}

/** The width of a text in pixels, in the pictures' font. */
export function textWidth(/** @type {string} */ text, size = 13, weight = 400) {
  ruler ??= makeRuler();
  const font = `${weight} ${size}px ${ruler.family}`;
  const known = widths.get(font + text);
  if (known !== undefined) return known;
  ruler.context.font = font;
  const { width } = ruler.context.measureText(text);
  widths.set(font + text, width);
  return width;
}

export const labelWidth = (/** @type {Label} */ label) =>
  sum(spans(label).map(([text, look]) => textWidth(text, 12, look.includes("strong") ? 700 : 400)));

/**
 * The width that row labels need.
 * @param {Label[]} labels
 */
export const gutterOf = (labels) => Math.max(...labels.map(labelWidth)) + 10;

/**
 * The parts of a label as SVG text.
 * @param {Label} label
 */
export const written = (label) =>
  spans(label).map(([text, look]) => svg("tspan", { class: look }, text));
