// A matrix as one small picture: no cell can be chosen, so thousands of them are a few paths.

/** @import { Side } from "./elements.js" */
/** @import { Matrix } from "./inspection.js" */

import { svg } from "./elements.js";

const SHADES = 12;

/**
 * @param {Matrix} values
 * @param {number} top the size that is drawn in full colour
 * @param {{ x: number, y: number, width: number, height: number }} box
 * @param {Side | null} side whose colour it has; two colours for the signs without it
 */
export const painted = (values, top, box, side = null) =>
  svg(
    "svg",
    {
      ...box,
      viewBox: `0 0 ${values[0].length} ${values.length}`,
      preserveAspectRatio: "none",
      "shape-rendering": "crispEdges",
    },
    svg("rect", { class: "paper", width: values[0].length, height: values.length }),
    [...shaded(values, top)].map(([key, d]) => {
      const [sign, shade] = key.split(" ");
      return svg("path", {
        class: side ?? sign,
        "fill-opacity": (Number(shade) / SHADES).toFixed(2),
        d,
      });
    }),
  );

/**
 * The outlines of cells of size 1, by their sign and shade; neighbours in a row are one outline.
 * @param {Matrix} values
 * @param {number} top
 */
export function shaded(values, top) {
  /** @type {Map<string, string>} */
  const paths = new Map();
  values.forEach((row, i) => {
    const keys = row.map((x) => {
      const shade = Math.round(SHADES * Math.min(1, Math.abs(x) / top));
      return shade && `${x < 0 ? "minus" : "plus"} ${shade}`;
    });
    let from = 0;
    keys.forEach((key, j) => {
      if (key === keys[j + 1]) return;
      const width = j + 1 - from;
      if (key) paths.set(key, `${paths.get(key) ?? ""}M${from} ${i}h${width}v1h-${width}z`);
      from = j + 1;
    });
  });
  return paths;
}
